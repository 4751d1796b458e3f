//! Playbooks through HTTP: set up once however often it is asked for, within one's walls, by whoever may make each part.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

const ALL: [&str; 4] = ["lead-qualification", "instant-answers", "triage", "outage"];

async fn installs(client: &Client, preset: &str, body: Value) -> Answer {
    client.post(&format!("/v1/presets/{preset}/installations"), body).await
}

/// The parts by name: id, and whether they were made now.
fn parts(installed: &Value) -> BTreeMap<String, (String, bool)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = installed["parts"].as_array().expect("parts").iter();
    all.map(|part| (text(&part["name"]), (id(part), part["created"] == true))).collect()
}

#[tokio::test]
async fn every_playbook_is_set_up_once_and_what_was_taken_away_comes_back() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    for preset in ALL {
        let first = installs(&root, preset, json!({})).await.expect(200);
        assert!(parts(&first).values().all(|(_, created)| *created), "{first}");
        assert!(!first["next_steps"].as_array().expect("steps").is_empty());
        let head = root.events("preset.part_installed").await.len();
        let again = installs(&root, preset, json!({})).await.expect(200);
        assert!(parts(&again).values().all(|(_, created)| !created), "{again}");
        let ids = |installed: &Value| parts(installed).into_values().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&again));
        assert_eq!(root.events("preset.part_installed").await.len(), head);
    }
    // Who changed a part keeps the change; who removed one gets it back by asking again.
    let parts_of = |installed: &Value| parts(installed);
    let known = parts_of(&installs(&root, "lead-qualification", json!({})).await.expect(200));
    let rule = |name: &str| format!("/v1/automation-rules/{}", known[name].0);
    let change = |method: Method, path: String, body: Value| {
        Served::send(root.request(method, &path).header("if-match", "\"v1\"").json(&body))
    };
    change(Method::PATCH, rule("greeting"), json!({"mode": "disabled"})).await.expect(200);
    change(Method::DELETE, rule("crm"), json!({})).await.expect(204);
    let after = parts_of(&installs(&root, "lead-qualification", json!({})).await.expect(200));
    assert_eq!((after["greeting"].clone(), after["crm"].1), ((known["greeting"].0.clone(), false), true));
    assert_eq!(root.get(&rule("greeting")).await.expect(200)["mode"], "disabled");
    installs(&root, "no-such-preset", json!({})).await.refused(404, "not-found");
    let listed = root.get("/v1/presets").await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(4));
    assert!(listed["data"][0]["brand_ids"].as_array().is_some_and(|brands| brands.len() == 1));
}

#[tokio::test]
async fn a_playbook_stays_in_its_brand_and_takes_the_right_to_each_of_its_parts() {
    let hall = Hall::open().await;
    // Where there are several brands it is said which.
    installs(&hall.root, "triage", json!({})).await.refused(422, "unprocessable");
    let theirs = json!({"brand_id": hall.brands[1]});
    installs(&hall.admin, "triage", theirs.clone()).await.refused(422, "unknown-reference");
    let mixed = json!({"brand_id": hall.brands[0], "channel_id": hall.channels[1]});
    installs(&hall.root, "triage", mixed).await.refused(422, "unprocessable");
    // An Admin of one brand need not name it.
    let own = installs(&hall.admin, "triage", json!({})).await.expect(200);
    assert_eq!(own["brand_id"], json!(hall.brands[0]));
    let other = installs(&hall.root, "triage", theirs).await.expect(200);
    assert_ne!(parts(&own)["l1"].0, parts(&other)["l1"].0);
    let seen = hall.admin.get("/v1/presets").await.expect(200);
    let triage = seen["data"].as_array().expect("a list").iter().find(|preset| preset["name"] == "triage");
    assert_eq!(triage.expect("it is there")["brand_ids"], json!([hall.brands[0]]));
    for client in [&hall.agent, &hall.operator] {
        installs(client, "triage", json!({})).await.refused(403, "forbidden");
    }
    // A role that may set up playbooks and make no rules gets the parts before the first rule, and nothing of it.
    let role =
        json!({"name": "Half", "base": "admin", "permissions": ["presets.install", "teams.manage", "teams.read"]});
    let role = id(&hall.root.post("/v1/roles", role).await.expect(201));
    let path = format!("/v1/users/{}/role", hall.admin.user_id);
    hall.root.put(&path, json!({"role": "admin", "custom_role_id": role})).await.expect(200);
    installs(&hall.admin, "lead-qualification", json!({})).await.refused(403, "forbidden");
    let rules = hall.root.get("/v1/automation-rules").await.expect(200);
    assert!(
        rules["data"]
            .as_array()
            .expect("rules")
            .iter()
            .all(|rule| rule["name"] != "New leads: ask who writes for the first time")
    );
}
