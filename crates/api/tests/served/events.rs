//! The log from outside.

use serde_json::{Value, json};

use crate::desk::{PASSWORD, Served};

#[tokio::test]
async fn events_are_read_in_order_and_secrets_are_not_among_them() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    served.customer_writes(&admin, "4915112345678", "a very particular sentence").await;
    let mut after = 0;
    let mut all: Vec<Value> = Vec::new();
    loop {
        let page = admin.get(&format!("/v1/events?after={after}&limit=3")).await.expect(200);
        let data = page["data"].as_array().unwrap();
        if data.is_empty() {
            assert_eq!(page["next_after"], page["head_pos"]);
            break;
        }
        all.extend(data.iter().cloned());
        after = page["next_after"].as_u64().unwrap();
    }
    let positions: Vec<_> = all.iter().map(|event| event["pos"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=all.len() as u64).collect::<Vec<_>>());
    let text = serde_json::to_string(&all).unwrap();
    for secret in [PASSWORD, "argon2id", crate::desk::APP_SECRET, crate::desk::VERIFY_TOKEN] {
        assert!(!text.contains(secret), "{secret}");
    }
    let received = all.iter().find(|event| event["type"] == "message.received").unwrap();
    assert_eq!(received["private"]["content"]["text"]["body"], "a very particular sentence");
    assert_eq!(received["actor"], json!({"type": "provider", "id": null, "api_key_id": null}));
    let one = admin.get(&format!("/v1/events/{}", received["pos"])).await.expect(200);
    assert_eq!(&one, received);
    admin.get("/v1/events/999999").await.refused(404, "not-found");
    let agent = served.member(&admin, "ben", "agent").await;
    agent.get("/v1/events").await.refused(403, "forbidden");
}

#[tokio::test]
async fn of_a_super_admins_account_only_super_admins_read_events() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let key = json!({"name": "Export", "role": "admin", "scopes": ["events.read"]});
    root.post("/v1/api-keys", key).await.expect(201);
    ada.put(&format!("/v1/users/{}/role", root.user_id), json!({"role": "agent"})).await.refused(403, "role-protected");
    let all = |page: crate::desk::Answer| page.expect(200)["data"].as_array().expect("rows").clone();
    let (whole, hers) = (all(root.get("/v1/events?limit=200").await), all(ada.get("/v1/events?limit=200").await));
    let account = |event: &Value| {
        let stream = event["stream"].as_str().expect("a stream");
        stream == root.user_id || stream.starts_with("key_")
    };
    assert!(whole.iter().filter(|event| account(event)).count() > 2, "{whole:#?}");
    let expected: Vec<_> = whole.iter().filter(|event| !account(event)).map(|event| event["pos"].clone()).collect();
    assert_eq!(hers.iter().map(|event| event["pos"].clone()).collect::<Vec<_>>(), expected);
    // Her own sign-in and the refusal she got are hers to read.
    for kind in ["session.opened", "access.denied"] {
        assert!(hers.iter().any(|event| event["type"] == kind), "{kind} in {hers:#?}");
    }
    for event in whole.iter().filter(|event| account(event)) {
        ada.get(&format!("/v1/events/{}", event["pos"])).await.refused(404, "not-found");
    }
}

#[tokio::test]
async fn a_stream_gives_what_is_there_then_what_comes() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let whole = admin.get("/v1/event-stream?format=plain").await;
    let Value::String(lines) = &whole.body else { panic!("lines: {}", whole.body) };
    let head = served.desk.view(|views| views.position());
    assert_eq!(lines.lines().count() as u64, head + 1);
    assert_eq!(lines.lines().last().unwrap(), format!("{{\"end\":{head}}}"));
    let path = format!("/v1/event-stream?follow=true&after={head}&format=plain&open_personal=true");
    let mut following = admin.request(reqwest::Method::GET, &path).send().await.unwrap();
    admin.post("/v1/brands", json!({"name": "North"})).await.expect(201);
    let mut lines = String::new();
    while lines.lines().count() < 2 {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(10), following.chunk()).await;
        lines.push_str(std::str::from_utf8(&chunk.expect("a line in time").unwrap().unwrap()).unwrap());
    }
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // That somebody follows is itself the first thing that comes.
    assert_eq!((&events[0]["type"], &events[0]["pos"]), (&json!("data.revealed"), &json!(head + 1)));
    assert_eq!((&events[1]["type"], &events[1]["pos"]), (&json!("brand.created"), &json!(head + 2)));
}

#[tokio::test]
async fn a_stream_that_follows_ends_in_order_as_soon_as_the_server_drains() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let head = served.desk.view(|views| views.position());
    let path = format!("/v1/event-stream?follow=true&after={head}");
    let following = admin.request(reqwest::Method::GET, &path).send().await.unwrap();
    served.desk.drain();
    let rest = tokio::time::timeout(std::time::Duration::from_secs(10), following.text()).await;
    let rest = rest.expect("an end in time").unwrap();
    assert_eq!(rest.lines().last(), Some(format!("{{\"end\":{head}}}").as_str()));
}

#[tokio::test]
async fn every_answer_says_where_the_log_is() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let log = admin.get("/v1/log").await;
    assert_eq!(log.header("frontdesk-log"), log.body["log_id"]);
    assert_eq!(log.header("frontdesk-position"), log.body["head_pos"].to_string());
    assert!(log.header("request-id").starts_with("req_"));
}
