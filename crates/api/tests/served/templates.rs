//! Templates that the team writes, and previews, through HTTP. What the provider makes of them is tried end to end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

async fn patch(client: &Client, path: &str, body: Value) -> Answer {
    let known = client.get(path).await;
    let etag = known.header("etag").to_owned();
    Served::send(client.request(Method::PATCH, path).header("if-match", etag).json(&body)).await
}

async fn remove(client: &Client, path: &str) -> Answer {
    let known = client.get(path).await;
    let etag = known.header("etag").to_owned();
    Served::send(client.request(Method::DELETE, path).header("if-match", etag)).await
}

fn draft(hall: &Hall, brand: usize, name: &str) -> Value {
    json!({
        "channel_id": hall.channels[brand], "name": name, "language": "en_US", "category": "utility",
        "components": [
            {"type": "BODY", "text": "Hi {{1}}, your order {{2}} is here.", "example": {"body_text": [["Ann", "A-17"]]}},
            {"type": "FOOTER", "text": "Marea"},
        ],
    })
}

fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
}

#[tokio::test]
async fn a_draft_is_written_changed_submitted_and_seen_by_those_of_its_account() {
    let hall = Hall::open().await;
    let made = hall.admin.post("/v1/templates", draft(&hall, 0, "order_here")).await.expect(201);
    assert_eq!((&made["status"], &made["sendable"]), (&json!("DRAFT"), &json!(false)));
    assert_eq!(made["variables"], json!(["1", "2"]));
    let path = format!("/v1/templates/{}", id(&made));
    assert_eq!(hall.agent.get(&path).await.expect(200)["draft"]["category"], "utility");
    hall.agent.post("/v1/templates", draft(&hall, 0, "another")).await.refused(403, "forbidden");
    hall.admin.post("/v1/templates", draft(&hall, 0, "order_here")).await.refused(409, "name-taken");
    let foreign = hall.admin.post("/v1/templates", draft(&hall, 1, "another")).await;
    assert_eq!(pointers(&foreign.refused(422, "unknown-reference")), ["/channel_id"]);
    let renamed = patch(&hall.admin, &path, json!({"name": "order_ready", "category": "marketing"})).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["category"]), (&json!("order_ready"), &json!("MARKETING")));
    let submitted = hall.admin.post(&format!("{path}/submission"), json!({})).await.expect(202);
    assert_eq!(submitted["submission"]["state"], "requested");
    // While it is on its way it stays as it is.
    patch(&hall.admin, &path, json!({"name": "order_late"})).await.refused(409, "conflict");
    hall.admin.post(&format!("{path}/submission"), json!({})).await.refused(409, "conflict");
    remove(&hall.admin, &path).await.refused(409, "conflict");
    let other = hall.admin.post("/v1/templates", draft(&hall, 0, "unwanted")).await.expect(201);
    let other = format!("/v1/templates/{}", id(&other));
    remove(&hall.admin, &other).await.expect(204);
    hall.admin.get(&other).await.refused(404, "not-found");
}

#[tokio::test]
async fn what_the_provider_would_refuse_is_refused_before_with_every_place() {
    let hall = Hall::open().await;
    let mut body = draft(&hall, 0, "Order Here");
    body["components"] = json!([
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "{{1}} is {{3}}"},
        {"type": "FOOTER", "text": "x".repeat(61)},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Track", "url": "https://a.example/{{1}}"}]},
    ]);
    body["message_send_ttl_seconds"] = json!(10);
    let problem = hall.root.post("/v1/templates", body).await.refused(422, "unprocessable");
    let expected = [
        "/name",
        "/message_send_ttl_seconds",
        "/components/0/example/header_handle",
        "/components/1/text",
        "/components/1/text",
        "/components/1/example/body_text",
        "/components/2/text",
        "/components/3/buttons/0/example",
    ];
    assert_eq!(pointers(&problem), expected);
}

#[tokio::test]
async fn a_preview_shows_what_a_customer_would_see_and_what_is_missing() {
    let hall = Hall::open().await;
    let conversation = id(&hall.served.customer_writes(&hall.root, "4915112345678", "hello").await);
    let template = id(&hall.root.post("/v1/templates", draft(&hall, 0, "order_here")).await.expect(201));
    let components = json!([{"type": "body", "parameters": [
        {"type": "text", "text": "{{contact.first_name}}"}, {"type": "text", "text": "A-17"},
    ]}]);
    let body = json!({"template_id": template, "components": components, "conversation_id": conversation});
    let shown = hall.agent.post("/v1/template-previews", body.clone()).await.expect(200);
    assert_eq!(shown["body"], "Hi Customer, your order A-17 is here.");
    assert_eq!((&shown["footer"], &shown["errors"], &shown["sendable"]), (&json!("Marea"), &json!([]), &json!(false)));
    let bare = hall.agent.post("/v1/template-previews", json!({"template_id": template})).await.expect(200);
    assert_eq!(bare["body"], "Hi {{1}}, your order {{2}} is here.");
    assert_eq!(bare["errors"][0]["pointer"], "/template/components");
    hall.stranger.post("/v1/template-previews", body).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_message_is_seen_before_it_is_sent_with_what_would_stand_in_its_way() {
    let hall = Hall::open().await;
    let conversation = id(&hall.served.customer_writes(&hall.root, "4915112345678", "hello").await);
    let queued = hall.root.events("message.queued").await.len();
    let preview = async |client: &Client, body: Value| {
        let mut body = body;
        body["conversation_id"] = json!(conversation);
        client.post("/v1/message-previews", body).await
    };
    let text = json!({"type": "text", "text": {"body": "Hi {{contact.first_name}}, {{team.name|we}} {{contact.attribute.plan}}"}});
    let shown = preview(&hall.agent, text).await.expect(200);
    assert_eq!((&shown["text"], &shown["missing"]), (&json!("Hi Customer, we "), &json!(["contact.attribute.plan"])));
    assert_eq!(shown["warnings"], json!([]));
    assert_ne!(shown["window_until"], Value::Null);
    let template = json!({"type": "template", "template": {"name": "unknown", "language": {"code": "en"}}});
    let shown = preview(&hall.agent, template).await.expect(200);
    assert_eq!(shown["warnings"][0]["code"], "template-parameters-mismatch");
    let contact = id(&hall.root.get(&format!("/v1/conversations/{conversation}")).await.expect(200)["contact"]);
    let own = json!({"scope": {"type": "personal"}, "shortcut": "hi", "title": "Hi", "text": "Hi {{contact.name}}"});
    let own = id(&hall.agent.post("/v1/canned-replies", own).await.expect(201));
    let shown = preview(&hall.agent, json!({"canned_reply_id": own})).await.expect(200);
    assert_eq!(shown["content"]["text"]["body"], "Hi Customer 4915112345678");
    preview(&hall.mate, json!({"canned_reply_id": own})).await.refused(422, "unknown-reference");
    preview(&hall.stranger, json!({"canned_reply_id": own})).await.refused(404, "not-found");
    assert_eq!(hall.root.events("message.queued").await.len(), queued, "nothing is sent by looking");
    hall.root.post(&format!("/v1/contacts/{contact}/block"), json!({"reason": "spam"})).await.expect(200);
    let shown = preview(&hall.agent, json!({"canned_reply_id": own})).await.expect(200);
    assert_eq!(shown["warnings"][0]["code"], "contact-blocked", "{shown}");
}
