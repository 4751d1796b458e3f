//! Items nobody could place.

use serde_json::json;

use crate::desk::{APP_SECRET, Served, VERIFY_TOKEN, text_webhook};

#[tokio::test]
async fn an_item_for_an_unknown_number_waits_until_the_number_is_connected() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let at = served.desk.now().as_millis() / 1_000;
    let webhook = text_webhook("4915112345678", "wamid.one", "Anybody there?", at).to_string();
    let webhook = serde_json::from_str(&webhook.replace(crate::desk::NUMBER_ID, "20999")).unwrap();
    assert_eq!(served.deliver(&webhook).await.status, 200);
    assert_eq!(admin.get("/v1/conversations").await.expect(200)["data"], json!([]));
    let page = admin.get("/v1/quarantine").await.expect(200);
    let item = &page["data"][0];
    assert_eq!((&item["reason"], &item["raw"]), (&json!("unknown_number"), &json!(null)));
    let path = format!("/v1/quarantine/{}", item["id"].as_str().unwrap());
    assert!(admin.get(&path).await.expect(200)["raw"].as_str().unwrap().contains("Anybody there?"));
    let again = format!("{path}/reinterpretation");
    assert_eq!(admin.post(&again, json!({})).await.expect(200)["applied"], false);
    let second = json!({
        "type": "whatsapp", "name": "Second", "phone_e164": "+15550783882",
        "credentials": {"phone_number_id": "20999", "waba_id": "102290129340398", "access_token": "t",
            "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN},
    });
    admin.post("/v1/channels", second).await.expect(201);
    assert_eq!(admin.post(&again, json!({})).await.expect(200)["applied"], true);
    admin.get(&path).await.refused(404, "not-found");
    let rows = admin.get("/v1/conversations").await.expect(200);
    assert_eq!(rows["data"][0]["last_message"]["preview"], "Anybody there?");
}

#[tokio::test]
async fn an_item_can_be_let_go() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    assert_eq!(
        served
            .deliver(&json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes":
        [{"field": "never_heard_of", "value": {"x": 1}}]}]}))
            .await
            .status,
        200
    );
    let page = admin.get("/v1/quarantine").await.expect(200);
    let path = format!("/v1/quarantine/{}", page["data"][0]["id"].as_str().unwrap());
    let agent = served.member(&admin, "ben", "agent").await;
    agent.delete(&path).await.refused(403, "forbidden");
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.delete(&path).await.refused(404, "not-found");
    assert_eq!(admin.get("/v1/quarantine").await.expect(200)["data"], json!([]));
}
