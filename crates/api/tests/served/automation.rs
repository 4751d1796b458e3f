//! Automation rules through HTTP: made, changed, ordered, and what they did.

use domain::access::Standing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

async fn patch(client: &Client, path: &str, body: Value) -> Answer {
    let known = client.get(path).await;
    let etag = known.header("etag").to_owned();
    Served::send(client.request(Method::PATCH, path).header("if-match", etag).json(&body)).await
}

fn says(text: &str) -> Value {
    json!({"type": "send_message", "content": {"type": "text", "text": {"body": text}}})
}

fn places(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().filter_map(|error| error["pointer"].as_str()).collect()
}

async fn head(hall: &Hall) -> u64 {
    hall.root.get("/v1/log").await.expect(200)["head_pos"].as_u64().expect("a position")
}

#[tokio::test]
async fn a_rule_greets_in_the_customers_name_and_its_runs_say_what_it_did() {
    let hall = Hall::open().await;
    let body = json!({
        "name": "Greets", "trigger": {"on": "message_received"},
        "when": {"all": [{"field": "text", "op": "has_any_word", "value": ["parcel", "question"]}]},
        "actions": [says("Hello {{contact.first_name|there}}!"), {"type": "add_tag", "tag": "Parcel"}],
        "limits": {"once": "episode"},
    });
    hall.agent.post("/v1/automation-rules", body.clone()).await.refused(403, "forbidden");
    let rule = hall.root.post("/v1/automation-rules", body).await.expect(201);
    assert_eq!((rule["mode"].as_str(), &rule["limits"]["per_hour_max"]), (Some("enabled"), &Value::Null));
    let conversation = hall.served.customer_writes(&hall.root, "4915112345678", "where is my parcel").await;
    let at = |rest: &str| format!("/v1/conversations/{}{rest}", id(&conversation));
    let runs = hall.root.get(&at("/automation-runs")).await.expect(200);
    let run = &runs["data"][0];
    assert_eq!((&run["rule_id"], &run["matched"]), (&rule["id"], &json!(["/all/0"])));
    assert_eq!(
        (run["outcomes"][0]["done"].as_bool(), run["caused"].as_u64().map(|n| n >= 2)),
        (Some(true), Some(true))
    );
    let path = format!("/v1/automation-rules/{}/runs", id(&rule));
    assert_eq!(hall.root.get(&path).await.expect(200)["data"], runs["data"]);
    // The message is the bot's, in the rule's name, and greets by the name that came with the message.
    let message = run["outcomes"][0]["message_id"].as_str().expect("sent");
    let message = hall.root.get(&format!("/v1/messages/{message}")).await.expect(200);
    assert_eq!(message["author"], json!({"type": "bot", "id": rule["id"], "name": "Greets"}));
    assert_eq!(message["text"]["body"], "Hello Customer!");
    // Whoever does not see the conversation does not see the run.
    let other = hall.case(&hall.admin, Standing::OtherBrand).await.conversation;
    let all = hall.root.get(&path).await.expect(200)["data"].as_array().map(Vec::len);
    let of_admin = hall.admin.get(&path).await.expect(200)["data"].as_array().map(Vec::len);
    assert_eq!((all, of_admin), (Some(2), Some(1)));
    hall.admin.get(&format!("/v1/conversations/{other}/automation-runs")).await.refused(404, "not-found");
}

#[tokio::test]
async fn what_a_rule_names_wrongly_is_refused_with_its_place() {
    let hall = Hall::open().await;
    let wrong = json!({
        "name": "Wrong", "trigger": {"on": "tag_added", "tag": "bell\u{7}"},
        "when": {"all": [{"field": "channel_id", "op": "is", "value": "chan_00000000000000000000000001"}]},
        "actions": [
            {"type": "move_to_queue", "queue_id": "team_00000000000000000000000001"},
            {"type": "assign_agent", "user_id": "usr_00000000000000000000000001"},
            says(""),
            {"type": "send_message", "content": {"type": "template", "template": {"name": "gone", "language": {"code": "en"}}}},
        ],
    });
    let problem = hall.root.post("/v1/automation-rules", wrong).await.refused(422, "unprocessable");
    let found = places(&problem);
    for expected in [
        "/trigger/tag",
        "/when/all/0/value",
        "/actions/0/queue_id",
        "/actions/1/user_id",
        "/actions/2/content/text/body",
        "/actions/3/content/template/name",
    ] {
        assert!(found.contains(&expected), "{expected} in {found:?}");
    }
    let stray =
        json!({"name": "x", "trigger": {"on": "opened", "tag": "vip"}, "actions": [{"type": "add_tag", "tag": "a"}]});
    let problem = hall.root.post("/v1/automation-rules", stray).await.refused(422, "unprocessable");
    assert_eq!(places(&problem)[0], "/trigger/tag");
}

#[tokio::test]
async fn rules_are_ordered_changed_with_a_version_and_refused_where_they_would_never_end() {
    let hall = Hall::open().await;
    let ping = |from: &str, to: &str| {
        json!({
            "name": from, "trigger": {"on": "tag_added", "tag": from}, "follows_automation": true,
            "actions": [{"type": "remove_tag", "tag": from}, {"type": "add_tag", "tag": to}],
        })
    };
    let first = hall.root.post("/v1/automation-rules", ping("ping", "pong")).await.expect(201);
    let problem = hall.root.post("/v1/automation-rules", ping("pong", "ping")).await.refused(422, "unprocessable");
    assert!(problem["errors"][0]["detail"].as_str().expect("why").contains("ping"), "{problem}");
    let mut limited = ping("pong", "ping");
    limited["limits"] = json!({"once": "conversation"});
    let second = hall.root.post("/v1/automation-rules", limited).await.expect(201);
    assert_eq!(second["conflicts"][0]["kind"], "limited_loop");
    // The limit cannot be taken away again.
    let path = format!("/v1/automation-rules/{}", id(&second));
    patch(&hall.root, &path, json!({"limits": {}})).await.refused(422, "unprocessable");
    let known = hall.root.get("/v1/automation-rule-order").await;
    let etag = known.header("etag").to_owned();
    let order = json!({"rule_ids": [id(&second), id(&first)]});
    let put = hall.root.request(Method::PUT, "/v1/automation-rule-order").header("if-match", etag).json(&order);
    Served::send(put).await.expect(200);
    let listed = hall.root.get("/v1/automation-rules?limit=1").await.expect(200);
    assert_eq!(listed["data"][0]["id"], second["id"]);
    let plain = hall.root.request(Method::PATCH, &path).json(&json!({"mode": "shadow"}));
    Served::send(plain).await.refused(428, "precondition-required");
    let changed = patch(&hall.root, &path, json!({"mode": "shadow"})).await.expect(200);
    assert_eq!((changed["mode"].as_str(), changed["version"].as_u64()), (Some("shadow"), Some(2)));
}

#[tokio::test]
async fn a_dry_run_gives_the_runs_there_were_and_a_draft_those_there_would_have_been() {
    let hall = Hall::open().await;
    let body = json!({
        "name": "Sees", "trigger": {"on": "message_received"}, "limits": {"once": "conversation"},
        "actions": [{"type": "add_tag", "tag": "seen"}, says("Hi")],
    });
    let rule = hall.root.post("/v1/automation-rules", body).await.expect(201);
    let from = head(&hall).await + 1;
    for (n, text) in ["hello", "a parcel", "hello again"].iter().enumerate() {
        hall.served.customer_writes(&hall.root, &format!("491511234567{}", n % 2), text).await;
    }
    let nobodys = json!({"rule_id": rule["id"], "range": {"from_pos": from, "to_pos": from}});
    hall.agent.post("/v1/automation-simulations", nobodys).await.refused(403, "forbidden");
    let to = head(&hall).await;
    let range = json!({"from_pos": from, "to_pos": to});
    let asked = json!({"rule_id": rule["id"], "range": range});
    let same = hall.root.post("/v1/automation-simulations", asked).await.expect(200);
    let counts = [&same["count"], &same["real_count"], &same["same_count"]].map(|count| count.as_u64());
    assert_eq!(counts, [Some(2); 3], "{same}");
    let draft = json!({
        "name": "Parcels", "trigger": {"on": "message_received"},
        "when": {"all": [{"field": "text", "op": "has_any_word", "value": ["parcel"]}]},
        "actions": [{"type": "add_tag", "tag": "seen"}, {"type": "set_priority", "priority": "high"}],
    });
    let tried = hall.root.post("/v1/automation-simulations", json!({"rule": draft, "range": range})).await.expect(200);
    assert_eq!((tried["count"].as_u64(), tried["real_count"].as_u64()), (Some(1), Some(0)));
    assert_eq!(tried["firings"][0]["outcomes"][0]["skipped"], "already_so");
    assert_eq!(tried["firings"][0]["outcomes"][1]["done"], true);
    assert_eq!(head(&hall).await, to, "a dry run makes nothing");
}
