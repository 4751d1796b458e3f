//! Stopping in order: what is under way ends, nothing new begins, whoever follows is told, and the rest waits for the
//! next start.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::whatsapp::{Number, Profile, SignWith};

use crate::support::{Frontdesk, PATIENCE, Person, Shop, eventually};

/// A second number whose app reports to nobody: only the answer to a call tells how a send ended. Gives the conversation
/// with the customer who wrote to it.
async fn with_a_quiet_number(shop: &Shop) -> Value {
    shop.whatsapp.app("quiet-app", "quiet-secret", "quiet-token");
    shop.whatsapp.number(Number {
        phone_number_id: "999".to_owned(),
        waba_id: "800".to_owned(),
        app_id: "quiet-app".to_owned(),
        display: "12025550199".to_owned(),
        verified_name: "Quiet".to_owned(),
        throughput_mps: 80,
    });
    let credentials = json!({ "phone_number_id": "999", "waba_id": "800", "access_token": "quiet-token",
        "app_secret": "quiet-secret", "verify_token": "verify-me-too" });
    let channel = json!({ "type": "whatsapp", "name": "Quiet", "phone_e164": "+12025550199",
        "graph_base_url": shop.whatsapp.graph_base_url(), "credentials": credentials });
    shop.admin.post("/v1/channels", channel).await.expect(StatusCode::CREATED);
    shop.whatsapp.customer(Profile::new("+34611222333", "Lucía"), "999").says("Hola");
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    let value = json!({
        "messaging_product": "whatsapp", "metadata": { "display_phone_number": "12025550199", "phone_number_id": "999" },
        "contacts": [{ "profile": { "name": "Lucía" }, "wa_id": "34611222333" }],
        "messages": [{ "from": "34611222333", "id": "wamid.1", "timestamp": now, "type": "text", "text": { "body": "Hola" } }],
    });
    let entry = json!([{ "id": "800", "changes": [{ "field": "messages", "value": value }] }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": entry }).to_string().into_bytes();
    let sign = SignWith::Secret("quiet-secret".to_owned());
    assert_eq!(shop.whatsapp.inject_raw("app-1", body, sign).await, Ok(200));
    shop.conversation_with("Lucía").await
}

async fn status(admin: &Person, message: &Value) -> String {
    let path = format!("/v1/messages/{}", message["id"].as_str().unwrap());
    admin.get(&path).await.expect(StatusCode::OK)["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_that_stops_ends_the_send_under_way_and_begins_no_other() {
    let shop = Shop::open().await;
    let conversation = with_a_quiet_number(&shop).await;
    shop.whatsapp.faults(|faults| faults.answer_delay_ms = 2_000);
    let first = shop.admin.replies(&conversation, "Uno").await;
    // One is under way for each customer: the second waits for the first.
    let second = shop.admin.replies(&conversation, "Dos").await;
    eventually("the first to be under way", || async {
        (status(&shop.admin, &first).await == "sending").then_some(())
    })
    .await;
    let following = shop.admin.request(Method::GET, "/v1/event-stream?follow=true").send().await.unwrap();

    let (folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    assert_eq!(shop.whatsapp.ledger().sends().len(), 1, "nothing new is begun");
    let lines = following.text().await.unwrap();
    assert!(lines.lines().last().unwrap().starts_with("{\"end\":"), "who follows is told");

    let desk = Frontdesk::on(folder);
    let admin = Person::sign_in(&desk, "ada@example.com", "correct horse battery staple").await;
    assert_eq!(status(&admin, &first).await, "accepted", "its end was waited for and written down");
    assert!(shop.whatsapp.ledger().wait_until(PATIENCE, |ledger| ledger.sends().len() == 2).await);
    eventually("the second to be accepted", || async { (status(&admin, &second).await == "accepted").then_some(()) })
        .await;
}
