//! What people take at once, and what they can: said by who gives out work, read by them and by oneself.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::Hall;

fn of(user: &Client) -> String {
    format!("/v1/users/{}/routing-profile", user.user_id)
}

async fn says(client: &Client, whom: &Client, version: u64, body: Value) -> Answer {
    let request = client.request(Method::PUT, &of(whom)).header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

#[tokio::test]
async fn a_profile_is_said_as_a_whole_and_read_by_oneself() {
    let hall = Hall::open().await;
    let empty = hall.agent.get(&of(&hall.agent)).await;
    assert!(empty.header("etag").starts_with("\"v0-"));
    let plain = json!({
        "user_id": hall.agent.user_id, "version": 0, "max_open": null, "by_team": [], "by_channel": [], "skills": [],
        "languages": [],
    });
    assert_eq!(empty.expect(200), plain);
    let body = json!({
        "max_open": 8,
        "by_team": [{"team_id": hall.teams[0], "max_open": 5}],
        "by_channel": [{"channel_id": hall.channels[0], "max_open": 3}],
        "skills": ["returns", "billing"],
        "languages": ["pt-BR", "de"],
    });
    let said = says(&hall.admin, &hall.agent, 0, body.clone()).await.expect(200);
    let version = said["version"].as_u64().unwrap();
    assert_eq!((&said["skills"], &said["languages"]), (&json!(["billing", "returns"]), &json!(["de", "pt-br"])));
    for reader in [&hall.agent, &hall.admin, &hall.root] {
        assert_eq!(reader.get(&of(&hall.agent)).await.expect(200), said);
    }
    // Said again it changes nothing; a stale one, or one that has read none, is refused.
    assert_eq!(says(&hall.admin, &hall.agent, version, body.clone()).await.expect(200), said);
    says(&hall.admin, &hall.agent, 0, body.clone()).await.refused(412, "precondition-failed");
    hall.admin.put(&of(&hall.agent), body).await.refused(428, "precondition-required");
    assert_eq!(hall.root.events("user.routing_changed").await.len(), 1);
    let audit = hall.root.get("/v1/audit-log?action=configuration_changed&limit=200").await.expect(200);
    assert!(audit.to_string().contains("user.routing_changed"));
    // What is left out is empty.
    let said = says(&hall.admin, &hall.agent, version, json!({"skills": ["billing"]})).await.expect(200);
    assert_eq!((&said["max_open"], &said["by_team"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn what_is_wrong_or_behind_a_wall_is_pointed_at() {
    let hall = Hall::open().await;
    let wrong = json!({
        "by_team": [{"team_id": hall.teams[0], "max_open": 5}, {"team_id": hall.teams[2], "max_open": 5}],
        "by_channel": [{"channel_id": hall.channels[1], "max_open": 5}],
        "skills": ["ok", "Not OK"],
        "languages": ["german shepherd"],
    });
    let problem = says(&hall.admin, &hall.agent, 0, wrong).await.refused(422, "unprocessable");
    let errors = problem["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect();
    assert_eq!(pointers, ["/by_team/1/team_id", "/by_channel/0/channel_id", "/skills/1", "/languages/0"]);
    for wrong in [json!({"max_open": 0}), json!({"max_open": 1_001}), json!({"skill": []})] {
        says(&hall.admin, &hall.agent, 0, wrong).await.refused(400, "invalid-body");
    }
}

#[tokio::test]
async fn profiles_are_for_who_gives_out_work() {
    let hall = Hall::open().await;
    let wish = || json!({"max_open": 3});
    says(&hall.admin, &hall.operator, 0, wish()).await.expect(200);
    says(&hall.admin, &hall.stranger, 0, wish()).await.refused(404, "not-found");
    hall.admin.get(&of(&hall.stranger)).await.refused(404, "not-found");
    says(&hall.admin, &hall.root, 0, wish()).await.refused(403, "role-protected");
    for weak in [&hall.agent, &hall.operator] {
        says(weak, weak, 0, wish()).await.refused(403, "forbidden");
    }
    hall.agent.get(&of(&hall.mate)).await.refused(403, "forbidden");
    hall.agent.get(&of(&hall.stranger)).await.refused(404, "not-found");
    // A team of another brand stays unseen.
    let everywhere = json!({"by_team": [{"team_id": hall.teams[2], "max_open": 5}]});
    says(&hall.root, &hall.agent, 0, everywhere).await.expect(200);
    assert_eq!(hall.admin.get(&of(&hall.agent)).await.expect(200)["by_team"], json!([]));
    assert_eq!(hall.root.get(&of(&hall.agent)).await.expect(200)["by_team"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_workspace_has_a_default_for_how_much_people_take() {
    let served = Served::start().await;
    let root = served.admin().await;
    let settings = root.get("/v1/settings").await.expect(200);
    assert_eq!(settings["routing"], json!({"max_open_default": null}));
    let change = async |version: &Value, body: Value| {
        let request = root.request(Method::PATCH, "/v1/settings").header("if-match", format!("\"v{version}\""));
        Served::send(request.json(&body)).await
    };
    let set = change(&settings["version"], json!({"routing": {"max_open_default": 12}})).await.expect(200);
    assert_eq!(set["routing"]["max_open_default"], 12);
    assert_eq!(set["agents"], settings["agents"]);
    let same = change(&set["version"], json!({"routing": {}})).await.expect(200);
    assert_eq!(same, set);
    change(&set["version"], json!({"routing": {"max_open_default": 0}})).await.refused(400, "invalid-body");
    let cleared = change(&set["version"], json!({"routing": {"max_open_default": null}})).await.expect(200);
    assert_eq!(cleared["routing"]["max_open_default"], Value::Null);
}
