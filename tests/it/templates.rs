//! Templates end to end: written here, reviewed there, sendable once approved; refused, rejected, changed and removed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, eventually};

fn draft(shop: &Shop, name: &str) -> Value {
    json!({
        "channel_id": shop.channel_id, "name": name, "language": "en_US", "category": "utility",
        "components": [{
            "type": "BODY", "text": "Hello {{1}}, your order is ready for you.", "example": {"body_text": [["Ann"]]},
        }],
    })
}

/// A template that was written and handed over; its path.
async fn submitted(shop: &Shop, name: &str) -> String {
    let made = shop.admin.post("/v1/templates", draft(shop, name)).await.expect(StatusCode::CREATED);
    let path = format!("/v1/templates/{}", made["id"].as_str().unwrap());
    shop.admin.post(&format!("{path}/submission"), json!({})).await.expect(StatusCode::ACCEPTED);
    path
}

async fn becomes(shop: &Shop, path: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    eventually(what, || async {
        let shown = shop.admin.get(path).await.expect(StatusCode::OK);
        holds(&shown).then_some(shown)
    })
    .await
}

async fn changed(shop: &Shop, method: Method, path: &str, body: Value) -> StatusCode {
    let version = shop.admin.get(path).await.expect(StatusCode::OK)["version"].clone();
    let request = shop.admin.request(method, path).header("if-match", format!("\"v{version}\""));
    let request = if body.is_null() { request } else { request.json(&body) };
    shop.admin.send(request).await.status
}

#[tokio::test]
async fn a_template_is_written_reviewed_approved_by_webhook_and_then_sent() {
    let shop = Shop::open().await;
    let path = submitted(&shop, "order_ready").await;
    let taken = becomes(&shop, &path, "the provider has it", |it| it["submission"]["state"] == "accepted").await;
    assert!(taken["sendable"] == false || taken["status"] == "APPROVED", "{taken}");
    becomes(&shop, &path, "its approval", |it| it["status"] == "APPROVED" && it["sendable"] == true).await;
    let customer = shop.customer("+34611222333", "Lucía");
    customer.says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let messages = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let parameters = json!([{"type": "body", "parameters": [{"type": "text", "text": "Lucía"}]}]);
    let template = json!({"name": "order_ready", "language": {"code": "en_US"}, "components": parameters});
    let message = json!({"type": "template", "template": template});
    let sent = shop.admin.post_once(&messages, "template", message).await.expect(StatusCode::ACCEPTED);
    shop.message_reaches(sent["id"].as_str().unwrap(), "delivered").await;
    // An approved one is changed once a day: the change is reviewed anew, and the next waits.
    let other =
        json!([{"type": "BODY", "text": "Hello {{1}}, come and fetch it.", "example": {"body_text": [["Ann"]]}}]);
    assert_eq!(changed(&shop, Method::PATCH, &path, json!({"components": other})).await, StatusCode::OK);
    shop.admin.post(&format!("{path}/submission"), json!({})).await.expect(StatusCode::ACCEPTED);
    let again = |it: &Value| it["status"] == "APPROVED" && it["draft"] == Value::Null;
    let shown = becomes(&shop, &path, "its approval again", again).await;
    assert_eq!(shown["components"], other);
    assert_eq!(changed(&shop, Method::PATCH, &path, json!({"components": []})).await, StatusCode::UNPROCESSABLE_ENTITY);
    let third = json!([{"type": "BODY", "text": "Hello, come and fetch it."}]);
    assert_eq!(changed(&shop, Method::PATCH, &path, json!({"components": third})).await, StatusCode::OK);
    shop.admin.post(&format!("{path}/submission"), json!({})).await.expect(StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_refused_says_why_and_what_is_rejected_how_to_mend_it() {
    let shop = Shop::open().await;
    let mut wordless = draft(&shop, "wordless");
    wordless["components"][0]["text"] = json!("x {{1}}.");
    let made = shop.admin.post("/v1/templates", wordless).await.expect(StatusCode::CREATED);
    let path = format!("/v1/templates/{}", made["id"].as_str().unwrap());
    shop.admin.post(&format!("{path}/submission"), json!({})).await.expect(StatusCode::ACCEPTED);
    let refused = becomes(&shop, &path, "the refusal", |it| it["submission"]["state"] == "refused").await;
    assert_eq!(refused["status"], "DRAFT");
    let reason = refused["submission"]["refusal"]["reason"].as_str().unwrap();
    assert!(reason.contains("too many variables"), "{reason}");
    let path = submitted(&shop, "rejected_order").await;
    let rejected = becomes(&shop, &path, "the rejection", |it| it["status"] == "REJECTED").await;
    assert_eq!(rejected["reason"], "INVALID_FORMAT");
    assert!(rejected["advice"].as_str().is_some_and(|advice| advice.contains("submit it again")), "{rejected}");
    let path = submitted(&shop, "promotional_order").await;
    becomes(&shop, &path, "another category", |it| it["status"] == "APPROVED" && it["category"] == "MARKETING").await;
}

#[tokio::test]
async fn a_template_is_removed_where_it_lies_and_a_crash_loses_no_submission() {
    let shop = Shop::open().await;
    let path = submitted(&shop, "instant_order").await;
    becomes(&shop, &path, "its approval", |it| it["status"] == "APPROVED").await;
    assert_eq!(changed(&shop, Method::DELETE, &path, Value::Null).await, StatusCode::NO_CONTENT);
    eventually("its removal", || async { (shop.admin.get(&path).await.status == StatusCode::NOT_FOUND).then_some(()) })
        .await;
    let path = submitted(&shop, "slow_order").await;
    let shop = shop.crash_and_restart().await;
    becomes(&shop, &path, "the provider has it", |it| it["submission"]["state"] == "accepted").await;
    let calls = shop.whatsapp.ledger().calls();
    let made =
        calls.iter().filter(|call| call.method == "POST" && call.body["name"] == "slow_order" && call.status == 200);
    assert_eq!(made.count(), 1, "handed over once");
}
