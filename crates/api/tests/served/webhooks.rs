//! The provider's callbacks.

use reqwest::Method;
use serde_json::json;

use crate::desk::{APP_SECRET, Served, VERIFY_TOKEN, text_webhook};

#[tokio::test]
async fn a_signed_webhook_is_durable_when_it_is_answered_and_counts_once() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let at = served.desk.now().as_millis() / 1_000;
    let webhook = text_webhook("4915112345678", "wamid.one", "Where is my parcel?", at);
    assert_eq!(served.deliver(&webhook).await.status, 200);
    assert_eq!(served.deliver(&webhook).await.status, 200);
    let page = admin.get("/v1/conversations").await.expect(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let row = &page["data"][0];
    assert_eq!(row["contact"]["name"], "Customer 4915112345678");
    assert_eq!(row["status"], "open");
    assert_eq!(row["unread_count"], 1);
    assert_eq!(row["service_window"]["open"], true);
    assert_eq!(row["last_message"]["preview"], "Where is my parcel?");
    assert!(row["waiting_since"].is_string());
    let messages = admin.get(&format!("/v1/conversations/{}/messages", row["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(messages["data"].as_array().unwrap().len(), 1);
    assert_eq!(messages["data"][0]["text"]["body"], "Where is my parcel?");
    assert_eq!(messages["data"][0]["provider_message_id"], "wamid.one");
}

#[tokio::test]
async fn nothing_unsigned_or_wrongly_signed_is_taken() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let body = text_webhook("4915112345678", "wamid.one", "hi", 1_795_251_600).to_string();
    let post = || served.raw(Method::POST, "/v1/inbound/whatsapp").body(body.clone());
    Served::send(post()).await.refused(401, "webhook-signature-missing");
    let right = channels::whatsapp::signature::sign(body.as_bytes(), APP_SECRET.as_bytes());
    // Before any number is connected there is no secret, and nothing is believed.
    Served::send(post().header("x-hub-signature-256", &right)).await.refused(401, "webhook-signature-invalid");
    served.connect(&admin).await;
    let wrong = channels::whatsapp::signature::sign(body.as_bytes(), b"another");
    Served::send(post().header("x-hub-signature-256", wrong)).await.refused(401, "webhook-signature-invalid");
    let twice = post().header("x-hub-signature-256", &right).header("x-hub-signature-256", &right);
    Served::send(twice).await.refused(401, "webhook-signature-invalid");
    assert_eq!(admin.get("/v1/conversations").await.expect(200)["data"], json!([]));
    assert_eq!(Served::send(post().header("x-hub-signature-256", right)).await.status, 200);
}

#[tokio::test]
async fn the_address_check_gives_the_challenge_back_to_whoever_knows_a_token() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let check =
        |token: &str| format!("/v1/inbound/whatsapp?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=115");
    let answer = served.anonymous(Method::GET, &check(VERIFY_TOKEN), None).await;
    assert_eq!((answer.status, answer.body), (200, json!(115)));
    served.anonymous(Method::GET, &check("other"), None).await.refused(403, "forbidden");
}

#[tokio::test]
async fn two_secrets_are_good_while_a_rotation_is_under_way() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let channel = served.connect(&admin).await;
    let path = format!("/v1/channels/{}/secret", channel["id"].as_str().unwrap());
    admin.put(&path, json!({"app_secret": "the-next-secret"})).await.expect(200);
    let webhook = text_webhook("4915112345678", "wamid.a", "hi", served.desk.now().as_millis() / 1_000);
    assert_eq!(served.deliver(&webhook).await.status, 200);
    admin.put(&path, json!({"app_secret": "the-one-after"})).await.expect(200);
    served.deliver(&webhook).await.refused(401, "webhook-signature-invalid");
}

#[tokio::test]
async fn a_webhook_may_have_four_mebibytes_and_no_encoding() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let sign = |raw: &[u8]| channels::whatsapp::signature::sign(raw, APP_SECRET.as_bytes());
    let post = |raw: Vec<u8>| {
        let signature = sign(&raw);
        served.raw(Method::POST, "/v1/inbound/whatsapp").header("x-hub-signature-256", signature).body(raw)
    };
    Served::send(post(vec![b' '; 4 * 1024 * 1024 + 1])).await.refused(413, "payload-too-large");
    let encoded = post(b"{}".to_vec()).header("content-encoding", "gzip");
    Served::send(encoded).await.refused(415, "content-encoding");
}
