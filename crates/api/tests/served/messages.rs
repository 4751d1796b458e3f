//! Messages and notes.

use serde_json::{Value, json};

use crate::desk::Served;

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test]
async fn a_reply_is_queued_once_however_often_it_is_asked_for() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let text = json!({"type": "text", "text": {"body": "On its way."}, "client_ref": "r1"});
    let first = admin.say(id(&row), "key-1", text.clone()).await;
    let location = first.header("location").to_owned();
    let first = first.expect(202);
    assert_eq!(first["status"], "queued");
    assert_eq!(first["text"], json!({"body": "On its way."}));
    assert_eq!(first["author"]["id"], admin.user_id);
    let again = admin.say(id(&row), "key-1", text).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(202), first);
    let other = json!({"type": "text", "text": {"body": "Something else."}});
    admin.say(id(&row), "key-1", other.clone()).await.refused(422, "idempotency-key-reused");
    let without = admin.post(&format!("/v1/conversations/{}/messages", id(&row)), other).await;
    without.refused(400, "idempotency-key-required");
    assert_eq!(admin.get(&location).await.expect(200)["id"], first["id"]);
    let list = admin.get(&format!("/v1/conversations/{}/messages", id(&row))).await.expect(200);
    let bodies: Vec<_> = list["data"].as_array().unwrap().iter().map(|message| &message["text"]["body"]).collect();
    assert_eq!(bodies, ["On its way.", "hello"]);
    assert_eq!(admin.get(&format!("/v1/conversations/{}", id(&row))).await.expect(200)["waiting_since"], Value::Null);
}

#[tokio::test]
async fn a_reply_to_what_has_moved_on_is_refused_and_names_what_came() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let ben = served.member(&admin, "ben", "agent").await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let seen = row["last_message"]["pos"].clone();
    let sent = ben.say(id(&row), "b1", json!({"type": "text", "text": {"body": "I have it."}})).await.expect(202);
    let stale = json!({"type": "text", "text": {"body": "Me too."}, "after_pos": seen});
    let problem = admin.say(id(&row), "a1", stale).await.refused(409, "stale-reply");
    assert_eq!(problem["newer_message_ids"], json!([sent["id"]]));
    let anyway = json!({"type": "text", "text": {"body": "Me too."}, "after_pos": seen, "on_stale": "send"});
    admin.say(id(&row), "a1", anyway).await.expect(202);
}

#[tokio::test]
async fn bodies_are_held_to_the_published_schema() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let unknown = json!({"type": "text", "text": {"body": "x"}, "colour": "red"});
    let problem = admin.say(id(&row), "k", unknown).await.refused(400, "invalid-body");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!(""), &json!("unknown-field"))
    );
    let long = json!({"type": "text", "text": {"body": "x".repeat(4_097)}});
    admin.say(id(&row), "k", long).await.refused(400, "invalid-body");
    let big = json!({"type": "text", "text": {"body": "x".repeat(300_000)}});
    admin.say(id(&row), "k", big).await.refused(413, "payload-too-large");
    admin.say(id(&row), "k", json!({"type": "text"})).await.refused(422, "unprocessable");
    let path = format!("/v1/conversations/{}/messages", id(&row));
    let twice = admin.request(reqwest::Method::POST, &path).header("idempotency-key", "k");
    let twice = twice.header("content-type", "application/json").body(r#"{"type":"text","type":"text"}"#);
    Served::send(twice).await.refused(400, "malformed");
}

#[tokio::test]
async fn a_note_stays_inside() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}/notes", id(&row));
    let note = admin.post(&path, json!({"body": "Asked the depot."})).await.expect(201);
    assert_eq!(note["author"]["id"], admin.user_id);
    assert_eq!(admin.get(&path).await.expect(200)["data"], json!([note]));
    let messages = admin.get(&format!("/v1/conversations/{}/messages", id(&row))).await.expect(200);
    assert_eq!(messages["data"].as_array().unwrap().len(), 1);
    let timeline = admin.get(&format!("/v1/conversations/{}/timeline", id(&row))).await.expect(200);
    let kinds: Vec<_> = timeline["data"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["note", "message", "activity"]);
    let now = served.desk.now();
    assert!(served.desk.view(|views| views.outbox.due(now, 10).is_empty()));
}

#[tokio::test]
async fn outside_the_window_only_a_template_goes() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let yesterday = served.desk.now().as_millis() / 1_000 - 25 * 3_600;
    let webhook = crate::desk::text_webhook("4915112345678", "wamid.old", "hello", yesterday);
    assert_eq!(served.deliver(&webhook).await.status, 200);
    let row = admin.get("/v1/conversations").await.expect(200)["data"][0].clone();
    assert_eq!(row["service_window"]["open"], false);
    let text = json!({"type": "text", "text": {"body": "Too late."}});
    let problem = admin.say(id(&row), "k", text).await.refused(409, "service-window-closed");
    assert_eq!(problem["hint"], "template");
    let template = json!({"type": "template", "template": {"name": "order_update", "language": {"code": "en_US"}}});
    admin.say(id(&row), "k", template).await.refused(422, "template-parameters-mismatch");
}
