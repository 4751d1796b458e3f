//! Keys for programs: what they open, and what they never do.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, HandClock, Served};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn make(maker: &Client, scopes: &[&str], more: Value) -> Value {
    let mut body = json!({"name": "Warehouse", "role": "agent", "scopes": scopes});
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    maker.post("/v1/api-keys", body).await.expect(201)
}

/// What a program does with the key.
async fn with(served: &Served, key: &Value, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = served.raw(method, path).bearer_auth(text(&key["secret"]));
    Served::send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

async fn reads(served: &Served, key: &Value, path: &str) -> Answer {
    with(served, key, Method::GET, path, None).await
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_in_its_makers_name_and_nothing_else() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let row = served.customer_writes(&root, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}", text(&row["id"]));
    let key = make(&root, &["conversations.list", "conversations.read", "notes.add"], json!({})).await;
    assert!(text(&key["secret"]).starts_with("fdk_"));
    reads(&served, &key, &path).await.expect(200);
    let note = Some(json!({"body": "from the warehouse"}));
    with(&served, &key, Method::POST, &format!("{path}/notes"), note).await.expect(201);
    for (method, path) in [
        (Method::POST, format!("{path}/claim")),
        (Method::GET, "/v1/users".to_owned()),
        // A key has no account of its own.
        (Method::GET, "/v1/me".to_owned()),
        (Method::POST, "/v1/auth/logout-all".to_owned()),
        (Method::GET, "/v1/api-keys".to_owned()),
    ] {
        with(&served, &key, method, &path, None).await.refused(403, "forbidden");
    }
    // The log names both; the history names the person.
    let noted = root.events("note.added").await[0]["actor"].clone();
    assert_eq!(noted, json!({"type": "user", "id": root.user_id, "api_key_id": key["id"]}));
    let known = root.get(&format!("/v1/api-keys/{}", text(&key["id"]))).await.expect(200);
    assert_eq!(known["secret"], Value::Null);
    assert!(known["last_used_at"].is_string());
    let events = root.get("/v1/events?limit=200").await.expect(200).to_string();
    assert!(!events.contains(&text(&key["secret"])));
}

#[tokio::test]
async fn a_key_is_never_above_its_maker() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let ben = served.member(&root, "ben", "agent").await;
    let body = |role: &str, scopes: &[&str]| json!({"name": "x", "role": role, "scopes": scopes});
    ben.post("/v1/api-keys", body("agent", &["conversations.read"])).await.refused(403, "forbidden");
    ada.post("/v1/api-keys", body("super_admin", &["users.list"])).await.refused(422, "unprocessable");
    ada.post("/v1/api-keys", body("admin", &["users.manage_admins"])).await.refused(403, "forbidden");
    for scope in ["public", "account.own", "api_keys.manage", "nonsense"] {
        ada.post("/v1/api-keys", body("admin", &[scope])).await.refused(422, "unprocessable");
    }
    let key = make(&ada, &["users.list", "users.manage", "conversations.list"], json!({"role": "admin"})).await;
    let rename = |name: &str| {
        let path = format!("/v1/users/{}/deactivation", ben.user_id);
        let method = if name == "off" { Method::POST } else { Method::DELETE };
        (method, path)
    };
    let (method, path) = rename("off");
    with(&served, &key, method, &path, Some(json!({}))).await.expect(200);
    let (method, path) = rename("on");
    with(&served, &key, method, &path, None).await.expect(200);
    // Demoted, they take the key along, with the next request.
    root.put(&format!("/v1/users/{}/role", ada.user_id), json!({"role": "agent"})).await.expect(200);
    let (method, path) = rename("off");
    with(&served, &key, method, &path, Some(json!({}))).await.refused(403, "forbidden");
    reads(&served, &key, "/v1/conversations").await.expect(200);
    // Closed, their account ends it, also when it is opened again.
    let closed = format!("/v1/users/{}/deactivation", ada.user_id);
    root.post(&closed, json!({})).await.expect(200);
    reads(&served, &key, "/v1/conversations").await.refused(401, "token-invalid");
    root.delete(&closed).await.expect(200);
    reads(&served, &key, "/v1/conversations").await.refused(401, "token-invalid");
}

#[tokio::test]
async fn a_key_stays_behind_the_walls_it_was_given() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let row = served.customer_writes(&root, "4915112345678", "hello").await;
    let brands = root.get("/v1/brands").await.expect(200)["data"].clone();
    let home = text(&brands[0]["id"]);
    let other = text(&root.post("/v1/brands", json!({"name": "Linden"})).await.expect(201)["id"]);
    let team = text(&root.post("/v1/teams", json!({"name": "Clinic", "brand_id": home})).await.expect(201)["id"]);
    let path = format!("/v1/conversations/{}", text(&row["id"]));
    let scopes = ["conversations.list", "conversations.read"];
    let outside = make(&root, &scopes, json!({"brand_ids": [other]})).await;
    reads(&served, &outside, &path).await.refused(404, "not-found");
    let listed = reads(&served, &outside, "/v1/conversations").await.expect(200);
    assert_eq!(listed["data"], json!([]));
    let inside = make(&root, &scopes, json!({"brand_ids": [home]})).await;
    reads(&served, &inside, &path).await.expect(200);
    // An operator's sees what is assigned to its maker.
    let operator = make(&root, &scopes, json!({"role": "operator"})).await;
    reads(&served, &operator, &path).await.refused(404, "not-found");
    root.post(&format!("{path}/claim"), json!({})).await.expect(200);
    reads(&served, &operator, &path).await.expect(200);
    let teams = |role: &str, teams: Value| json!({"name": "x", "role": role, "scopes": scopes, "team_ids": teams});
    root.post("/v1/api-keys", teams("admin", json!([team]))).await.refused(422, "unprocessable");
    root.post("/v1/api-keys", teams("agent", json!(["team_00000000000000000000000001"])))
        .await
        .refused(422, "unknown-reference");
    root.post("/v1/api-keys", teams("agent", json!([team]))).await.expect(201);
}

#[tokio::test]
async fn a_key_is_held_to_its_networks_its_time_and_its_secret() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let scopes = ["conversations.list"];
    let list = "/v1/conversations";
    let away = make(&root, &scopes, json!({"allowed_ips": ["192.0.2.0/24", "2001:db8::1"]})).await;
    assert_eq!(away["allowed_ips"], json!(["192.0.2.0/24", "2001:db8::1/128"]));
    reads(&served, &away, list).await.refused(403, "ip-denied");
    let path = format!("/v1/api-keys/{}", text(&away["id"]));
    let patch = |body: Value| Served::send(root.request(Method::PATCH, &path).json(&body));
    patch(json!({"allowed_ips": ["here"]})).await.refused(422, "unprocessable");
    patch(json!({"allowed_ips": ["127.0.0.0/8"]})).await.expect(200);
    reads(&served, &away, list).await.expect(200);
    // A new secret voids the old one at once.
    let rotated = root.post(&format!("{path}/rotate"), json!({})).await.expect(200);
    reads(&served, &away, list).await.refused(401, "token-invalid");
    reads(&served, &rotated, list).await.expect(200);
    let end = served.desk.now() + Millis::minutes(5);
    patch(json!({"expires_at": (served.desk.now() - Millis::minutes(1)).to_rfc3339()}))
        .await
        .refused(422, "unprocessable");
    patch(json!({"expires_at": end.to_rfc3339()})).await.expect(200);
    clock.advance(Millis::minutes(5));
    reads(&served, &rotated, list).await.refused(401, "token-invalid");
    patch(json!({"expires_at": null, "name": "Warehouse 2"})).await.expect(200);
    reads(&served, &rotated, list).await.expect(200);
    assert_eq!(root.delete(&path).await.status, 204);
    reads(&served, &rotated, list).await.refused(401, "token-invalid");
    root.get(&path).await.refused(404, "not-found");
}

#[tokio::test]
async fn keys_are_their_makers_and_a_super_admin_ends_them() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let eve = served.member(&root, "eve", "admin").await;
    let key = make(&ada, &["conversations.list"], json!({})).await;
    let path = format!("/v1/api-keys/{}", text(&key["id"]));
    eve.get(&path).await.refused(404, "not-found");
    assert_eq!(eve.get("/v1/api-keys").await.expect(200)["data"], json!([]));
    eve.delete(&path).await.refused(404, "not-found");
    root.post(&format!("{path}/rotate"), json!({})).await.refused(403, "forbidden");
    assert_eq!(root.get("/v1/api-keys").await.expect(200)["data"][0]["user_id"], json!(ada.user_id));
    assert_eq!(root.delete(&path).await.status, 204);
    reads(&served, &key, "/v1/conversations").await.refused(401, "token-invalid");
}

#[tokio::test]
async fn its_use_is_written_down_once_an_hour() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let key = make(&root, &["conversations.list"], json!({})).await;
    let notes = async || served.admin().await.events("api_key.used").await.len();
    let head = served.head();
    reads(&served, &key, "/v1/conversations").await.expect(200);
    served.moves_beyond(head).await;
    for _ in 0..3 {
        clock.advance(Millis::minutes(1));
        reads(&served, &key, "/v1/conversations").await.expect(200);
    }
    assert_eq!(notes().await, 1);
    clock.advance(Millis::minutes(60));
    let head = served.head();
    reads(&served, &key, "/v1/conversations").await.expect(200);
    served.moves_beyond(head).await;
    assert_eq!(notes().await, 2);
}

#[tokio::test]
async fn a_bots_key_answers_nobody_and_hands_over_to_people() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let row = served.customer_writes(&root, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}", text(&row["id"]));
    let scopes = &["conversations.list", "conversations.read", "messages.send"];
    let bot = make(&root, scopes, json!({})).await;
    let says = |automated: Value| {
        let mut body = json!({"type": "text", "text": {"body": "What is your order's number?"}});
        body["automated"] = automated;
        body
    };
    let send = async |automated: Value, key: &str| {
        let messages = format!("{path}/messages");
        let request = served.raw(Method::POST, &messages).bearer_auth(text(&bot["secret"]));
        Served::send(request.header("idempotency-key", key).json(&says(automated))).await
    };
    let asked = send(json!(true), "one").await.expect(202);
    assert_eq!(asked["author"]["type"], "system");
    let waits = root.get(&path).await.expect(200);
    assert_eq!(waits["waiting_since"], row["waiting_since"], "nobody has answered: {waits}");
    // People write what they write.
    let refused = root.request(Method::POST, &format!("{path}/messages")).header("idempotency-key", "two");
    Served::send(refused.json(&says(json!(true)))).await.refused(422, "unprocessable");
    let hand_off = async |reason: &str| {
        let body = Some(json!({"reason": reason}));
        with(&served, &bot, Method::POST, &format!("{path}/bot-handoff"), body).await
    };
    hand_off("wants a person").await.expect(200);
    hand_off("again").await.expect(200);
    let handed = root.events("conversation.handed_off").await;
    assert_eq!(handed.len(), 1, "once in an episode");
    assert_eq!(handed[0]["actor"]["api_key_id"], bot["id"]);
    let timeline = root.get(&format!("{path}/timeline")).await.expect(200);
    let told = timeline["data"].as_array().expect("entries").iter().find_map(|entry| {
        (entry["activity"]["type"] == "conversation.handed_off").then(|| entry["activity"]["detail"].clone())
    });
    assert_eq!(told, Some(json!({"reason": "wants a person", "cause": "request", "queue_id": null})));
    // One that a key sends as its maker is that person's answer, as before.
    let answered = send(json!(null), "three").await.expect(202);
    assert_eq!(answered["author"]["type"], "user");
    assert_eq!(root.get(&path).await.expect(200)["waiting_since"], Value::Null);
    root.put(&format!("{path}/status"), json!({"status": "resolved"})).await.expect(200);
    hand_off("too late").await.refused(409, "invalid-transition");
}
