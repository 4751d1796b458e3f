//! Queues, routing rules and why a conversation went where it went, through HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

async fn patch(client: &Client, path: &str, body: Value) -> Answer {
    let known = client.get(path).await;
    let etag = known.header("etag").to_owned();
    Served::send(client.request(Method::PATCH, path).header("if-match", etag).json(&body)).await
}

async fn available(client: &Client) {
    client.put("/v1/me/availability", json!({"state": "available"})).await.expect(200);
}

/// A queue of the hall's first team that gives out by itself, and the channel whose conversations begin in it.
async fn staffed(hall: &Hall) -> String {
    let queue = hall.teams[0].clone();
    let body = json!({"strategies": ["sticky", "skill", "least_loaded"], "lease_seconds": 300, "capacity": 5});
    patch(&hall.root, &format!("/v1/queues/{queue}"), body).await.expect(200);
    let channel = format!("/v1/channels/{}", hall.channels[0]);
    patch(&hall.root, &channel, json!({"default_team_id": queue})).await.expect(200);
    queue
}

fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
}

#[tokio::test]
async fn a_conversation_is_given_out_and_the_decision_says_why() {
    let hall = Hall::open().await;
    let queue = staffed(&hall).await;
    let conversation = hall.served.customer_writes(&hall.root, "4915112345678", "hello").await;
    assert_eq!(conversation["assignee"], Value::Null);
    let asked = format!("/v1/routing-decisions?conversation_id={}", id(&conversation));
    let held = hall.agent.get(&asked).await.expect(200)["data"][0].clone();
    assert_eq!((held["kind"].as_str(), held["hold_reason"].as_str()), (Some("held"), Some("nobody_available")));
    let waiting = hall.agent.get(&format!("/v1/queues/{queue}/entries")).await.expect(200);
    assert_eq!(waiting["data"][0]["conversation_id"], conversation["id"]);
    assert_eq!(waiting["data"][0]["hold_reason"], "nobody_available");
    available(&hall.agent).await;
    let owned = hall.root.get(&format!("/v1/conversations/{}", id(&conversation))).await.expect(200);
    assert_eq!(owned["assignee"]["id"], json!(hall.agent.user_id));
    let decisions = hall.agent.get(&asked).await.expect(200);
    let newest = &decisions["data"][0];
    assert_eq!(newest["kind"], "assigned");
    assert_eq!(newest["strategy"], "least_loaded");
    assert_eq!(newest["trigger"], "room_gained");
    assert_eq!(newest["candidates"][0]["user_id"], json!(hall.agent.user_id));
    assert_ne!(newest["lease_until"], Value::Null);
    assert_eq!(decisions["data"].as_array().map(Vec::len), Some(2));
    // The whole workspace's newest are for those who look after routing.
    hall.agent.get("/v1/routing-decisions").await.refused(403, "forbidden");
    let all = hall.root.get("/v1/routing-decisions?limit=1").await.expect(200);
    assert_eq!(all["data"][0]["pos"], newest["pos"]);
    let cursor = all["page"]["next_cursor"].as_str().expect("more").to_owned();
    let rest = hall.root.get(&format!("/v1/routing-decisions?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"][0]["kind"], "held");
}

#[tokio::test]
async fn what_a_queue_refuses_it_refuses_with_every_place_and_changes_nothing() {
    let hall = Hall::open().await;
    let path = format!("/v1/queues/{}", hall.teams[0]);
    let before = hall.root.get(&path).await.expect(200);
    let wrong = json!({
        "strategies": ["round_robin", "sticky"],
        "spill": {"after_seconds": 60, "to_queue_id": hall.teams[0]},
        "hours_id": "hours_00000000000000000000000001",
        "dispositions": ["solved", "solved"],
        "auto_resolve": {"after_seconds": 60, "warn_before_seconds": 90, "warning": null, "disposition": null},
        "disposition_required": true,
    });
    let problem = patch(&hall.root, &path, wrong).await.refused(422, "unprocessable");
    let expected = [
        "/strategies",
        "/spill/to_queue_id",
        "/hours_id",
        "/dispositions/1",
        "/auto_resolve/warning",
        "/auto_resolve/warn_before_seconds",
        "/auto_resolve/disposition",
    ];
    assert_eq!(pointers(&problem), expected);
    assert_eq!(hall.root.get(&path).await.expect(200), before);
    let plain = hall.root.request(Method::PATCH, &path).json(&json!({"capacity": 3}));
    Served::send(plain).await.refused(428, "precondition-required");
    let stale = hall.root.request(Method::PATCH, &path).header("if-match", "\"v7\"").json(&json!({"capacity": 3}));
    Served::send(stale).await.refused(412, "precondition-failed");
}

#[tokio::test]
async fn queues_are_seen_by_those_who_work_them_and_changed_by_those_above() {
    let hall = Hall::open().await;
    let listed = async |client: &Client| {
        let page = client.get("/v1/queues").await.expect(200);
        let mut ids: Vec<_> = page["data"].as_array().expect("rows").iter().map(id).collect();
        ids.sort();
        ids
    };
    let mut own = vec![hall.brands[0].clone(), hall.teams[0].clone()];
    own.sort();
    assert_eq!(listed(&hall.agent).await, own);
    let mut of_brand = vec![hall.brands[0].clone(), hall.teams[0].clone(), hall.teams[1].clone()];
    of_brand.sort();
    assert_eq!(listed(&hall.admin).await, of_brand);
    assert_eq!(listed(&hall.operator).await, Vec::<String>::new());
    hall.agent.get(&format!("/v1/queues/{}", hall.teams[1])).await.refused(404, "not-found");
    hall.admin.get(&format!("/v1/queues/{}", hall.teams[2])).await.refused(404, "not-found");
    let path = format!("/v1/queues/{}", hall.teams[0]);
    patch(&hall.agent, &path, json!({"capacity": 3})).await.refused(403, "forbidden");
    let changed = patch(&hall.admin, &path, json!({"capacity": 3, "spill": null})).await.expect(200);
    assert_eq!((changed["capacity"].as_u64(), changed["version"].as_u64()), (Some(3), Some(1)));
}

#[tokio::test]
async fn rules_are_kept_in_order_tried_and_taken_away() {
    let hall = Hall::open().await;
    staffed(&hall).await;
    let words = |words: &[&str]| json!({"all": [{"field": "text", "op": "has_any_word", "value": words}]});
    let rule = |name: &str, when: Value, team: &str| json!({"name": name, "when": when, "then": {"queue_id": team, "priority": "high"}});
    let body = rule("Money", words(&["refund"]), &hall.teams[1]);
    hall.agent.post("/v1/routing-rules", body.clone()).await.refused(403, "forbidden");
    let first = hall.root.post("/v1/routing-rules", body).await.expect(201);
    let second = hall.root.post("/v1/routing-rules", rule("All", json!({"all": []}), &hall.teams[0])).await.expect(201);
    let order = json!({"rule_ids": [id(&second), id(&first)]});
    let known = hall.root.get("/v1/routing-rule-order").await;
    let etag = known.header("etag").to_owned();
    let put = hall.root.request(Method::PUT, "/v1/routing-rule-order").header("if-match", etag.clone()).json(&order);
    Served::send(put).await.expect(200);
    let again = hall.root.request(Method::PUT, "/v1/routing-rule-order").header("if-match", etag).json(&order);
    Served::send(again).await.refused(412, "precondition-failed");
    let listed = hall.root.get("/v1/routing-rules").await.expect(200);
    assert_eq!([&listed["data"][0]["id"], &listed["data"][1]["id"]], [&second["id"], &first["id"]]);
    // A dry run of a draft says which of its rules applies, and makes nothing happen.
    let head = hall.served.head();
    let draft = json!({
        "rules": [rule("Never", words(&["lawyer"]), &hall.teams[0]), rule("Refunds", words(&["refund"]), &hall.teams[1])],
        "sample": {"channel_id": hall.channels[0], "text": "I want a REFUND!"},
    });
    let tried = hall.root.post("/v1/routing-simulations", draft).await.expect(200);
    let simulated = &tried["cases"][0]["simulated"];
    assert_eq!((simulated["rule_index"].as_u64(), &simulated["queue_id"]), (Some(1), &json!(hall.teams[1])));
    assert_eq!(hall.served.head(), head);
    // What really came in went by the rules there are; without the first it would have gone elsewhere.
    let conversation = hall.served.customer_writes(&hall.root, "4915112345678", "refund please").await;
    assert_eq!(conversation["team_id"], json!(hall.teams[0]));
    let range = json!({"from_pos": head + 1, "to_pos": hall.served.head()});
    let draft = json!({"rules": [rule("Money", words(&["refund"]), &hall.teams[1])], "range": range});
    let compared = hall.root.post("/v1/routing-simulations", draft).await.expect(200);
    assert_eq!((compared["looked_at"].as_u64(), compared["differing"].as_u64()), (Some(1), Some(1)));
    let case = &compared["cases"][0];
    assert_eq!(case["conversation_id"], conversation["id"]);
    assert_eq!(case["actual"]["queue_id"], json!(hall.teams[0]));
    assert_eq!(case["simulated"]["queue_id"], json!(hall.teams[1]));
    let same = hall.root.post("/v1/routing-simulations", json!({"range": range})).await.expect(200);
    assert_eq!(same["differing"], 0, "the rules there are do what was done: {same}");
    let path = format!("/v1/routing-rules/{}", id(&second));
    let gone = hall.root.request(Method::DELETE, &path).header("if-match", "\"v1\"");
    Served::send(gone).await.expect(204);
    hall.root.get(&path).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_rule_that_cannot_work_is_refused_with_every_place() {
    let hall = Hall::open().await;
    let deep = json!({"all": [{"any": [{"all": [{"none": [{"all": [{"any": []}]}]}]}]}]});
    let when = json!({"all": [
        {"field": "txet", "op": "is", "value": "x"},
        {"field": "text", "op": "matches", "value": "(a+)+$"},
        {"some": []},
        deep,
    ]});
    let body = json!({"name": "Broken", "when": when, "then": {"queue_id": hall.teams[0]}});
    let problem = hall.root.post("/v1/routing-rules", body).await.refused(422, "unprocessable");
    let expected = ["/when/all/0/field", "/when/all/1/op", "/when/all/2", "/when/all/3/all/0/any/0/all/0/none/0"];
    assert_eq!(pointers(&problem), expected);
    let when = json!({"all": [
        {"field": "channel_id", "op": "in", "value": ["chan_00000000000000000000000001"]},
        {"field": "text", "op": "contains", "value": "x".repeat(9_000)},
    ]});
    let then = json!({"queue_id": "team_00000000000000000000000001", "required_skills": ["Not a skill"], "strategies": ["skill"]});
    let body = json!({"name": "Broken", "when": when, "then": then});
    let problem = hall.root.post("/v1/routing-rules", body).await.refused(422, "unprocessable");
    let expected =
        ["/when/all/0/value/0", "/when/all/1/value", "/then/queue_id", "/then/required_skills/0", "/then/strategies"];
    assert_eq!(pointers(&problem), expected);
    // Whoever works for one brand makes rules of that brand, to queues of that brand.
    let body = json!({"name": "Mine", "when": {"all": []}, "then": {"priority": "high"}});
    let problem = hall.admin.post("/v1/routing-rules", body.clone()).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/brand_id"]);
    let mut foreign = body;
    foreign["brand_id"] = json!(hall.brands[0]);
    foreign["then"]["queue_id"] = json!(hall.teams[2]);
    let problem = hall.admin.post("/v1/routing-rules", foreign).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/then/queue_id"]);
    assert_eq!(hall.root.get("/v1/routing-rules").await.expect(200)["data"], json!([]));
}
