//! Webhooks: signature, duplicates, batches, the unreadable. A provider is never told that something is safe before it is,
//! and never gets an error it would only repeat.

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::whatsapp::SignWith;

use crate::support::{Shop, eventually};

const NUMBER: &str = "700100200300400";

fn webhook(messages: Vec<Value>) -> Vec<u8> {
    webhook_for(NUMBER, messages)
}

fn webhook_for(number: &str, messages: Vec<Value>) -> Vec<u8> {
    let contacts = json!([{ "profile": { "name": "Kim" }, "wa_id": "12025550111", "user_id": "US.42" }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "700100200", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "12025550188", "phone_number_id": number },
        "contacts": contacts, "messages": messages,
    } }] }] })
    .to_string()
    .into_bytes()
}

fn text(id: &str, body: &str) -> Value {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    json!({ "from": "12025550111", "from_user_id": "US.42", "id": id, "timestamp": now, "type": "text", "text": { "body": body } })
}

/// Events that customers made; the desk itself writes some too (how a number stands, its templates).
async fn customer_events(shop: &Shop) -> usize {
    let by_customers = |event: &&Value| {
        let kind = event["type"].as_str().unwrap();
        ["contact.", "conversation.", "message.", "quarantine."].iter().any(|noun| kind.starts_with(noun))
    };
    let (mut count, mut after) = (0, 0);
    loop {
        let page = shop.admin.get(&format!("/v1/events?limit=1000&after={after}")).await.expect(StatusCode::OK);
        let events = page["data"].as_array().unwrap();
        if events.is_empty() {
            return count;
        }
        count += events.iter().filter(by_customers).count();
        after = page["next_after"].as_u64().unwrap();
    }
}

#[tokio::test]
async fn only_a_right_signature_over_the_exact_bytes_passes() {
    let shop = Shop::open().await;
    let body = webhook(vec![text("wamid.1", "hello")]);
    let inject = |sign| shop.whatsapp.inject_raw("app-1", body.clone(), sign);
    assert_eq!(inject(SignWith::Nothing).await, Ok(401));
    for header in ["sha256=", "sha256=zz", "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709", &"0".repeat(64)] {
        assert_eq!(inject(SignWith::Header(header.to_owned())).await, Ok(401), "{header}");
    }
    assert_eq!(inject(SignWith::Secret("another".to_owned())).await, Ok(401));
    // Right for the same JSON written otherwise: what counts is the bytes that came.
    let rewritten = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&body).unwrap()).unwrap();
    let signed = channels::whatsapp::signature::sign(&rewritten, b"shop-app-secret");
    assert_eq!(inject(SignWith::Header(signed)).await, Ok(401));
    assert_eq!(customer_events(&shop).await, 0, "a refused webhook leaves no event");
    assert_eq!(inject(SignWith::App).await, Ok(200));
    assert!(customer_events(&shop).await > 0);
}

#[tokio::test]
async fn the_handshake_gives_the_challenge_back_to_whoever_knows_the_token() {
    let shop = Shop::open().await;
    let ask = |query: &str| shop.desk.request(Method::GET, &format!("/v1/inbound/whatsapp?{query}")).send();
    let right = ask("hub.mode=subscribe&hub.challenge=12345&hub.verify_token=verify-me").await.unwrap();
    assert_eq!(right.status(), 200);
    assert!(right.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(right.text().await.unwrap(), "12345");
    assert_eq!(ask("hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong").await.unwrap().status(), 403);
    assert_eq!(ask("hub.challenge=1").await.unwrap().status(), 403);
    let script = ask("hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=verify-me").await.unwrap();
    assert_eq!(script.status(), 400);
}

#[tokio::test]
async fn a_message_delivered_many_times_also_at_once_is_one_message() {
    let shop = Shop::open().await;
    let body = webhook(vec![text("wamid.same", "hello")]);
    let copies = (0..1_000).map(|_| shop.whatsapp.inject_raw("app-1", body.clone(), SignWith::App));
    let answers: Vec<_> = futures_util::stream::iter(copies).buffer_unordered(50).collect().await;
    assert_eq!(answers, vec![Ok(200); 1_000]);
    assert_eq!(customer_events(&shop).await, 3, "a contact, a conversation, a message");
    let conversation = shop.conversation_with("Kim").await;
    let path = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    assert_eq!(shop.admin.get(&path).await.expect(StatusCode::OK)["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_one_app_signs_for_the_number_of_another_is_kept_and_seen_by_nobody_there() {
    let shop = Shop::open().await;
    let credentials = json!({ "phone_number_id": "999", "waba_id": "800", "access_token": "token-2",
        "app_secret": "secret-of-another-app", "verify_token": "verify-me-too" });
    let channel = json!({ "type": "whatsapp", "name": "Other", "phone_e164": "+12025550199",
        "graph_base_url": shop.whatsapp.graph_base_url(), "credentials": credentials });
    shop.admin.post("/v1/channels", channel).await.expect(StatusCode::CREATED);
    let foreign = || SignWith::Secret("secret-of-another-app".to_owned());
    let body = webhook(vec![text("wamid.planted", "I am not from here")]);
    assert_eq!(shop.whatsapp.inject_raw("app-1", body, foreign()).await, Ok(200), "an error would only be repeated");
    assert_eq!(shop.admin.get("/v1/conversations").await.expect(StatusCode::OK)["data"], json!([]));
    let kept = shop.admin.get("/v1/quarantine").await.expect(StatusCode::OK);
    assert_eq!((kept["data"].as_array().unwrap().len(), &kept["data"][0]["reason"]), (1, &json!("wrong_app")));
    // For its own number the same secret is good.
    let body = webhook_for("999", vec![text("wamid.own", "I am")]);
    assert_eq!(shop.whatsapp.inject_raw("app-1", body, foreign()).await, Ok(200));
    shop.conversation_with("Kim").await;
}

#[tokio::test]
async fn a_thousand_reports_in_one_webhook_are_taken_whole_and_once() {
    let shop = Shop::open().await;
    let pad = "x".repeat(2_700);
    let report = |n| {
        json!({ "id": format!("wamid.unknown{n}"), "status": "delivered", "timestamp": "1795251600",
        "recipient_id": "12025550111", "of_tomorrow": pad })
    };
    let statuses: Vec<Value> = (0..1_000).map(report).collect();
    let value = json!({ "messaging_product": "whatsapp", "statuses": statuses,
        "metadata": { "display_phone_number": "12025550188", "phone_number_id": NUMBER } });
    let entry = json!([{ "id": "700100200", "changes": [{ "field": "messages", "value": value }] }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": entry }).to_string().into_bytes();
    assert!(body.len() > 2_800_000);
    for _ in 0..2 {
        assert_eq!(shop.whatsapp.inject_raw("app-1", body.clone(), SignWith::App).await, Ok(200));
        assert_eq!(customer_events(&shop).await, 1_000, "each is parked until its message is known");
    }
}

#[tokio::test]
async fn a_thousand_messages_in_three_megabytes_are_taken_whole_and_more_bytes_are_not() {
    let shop = Shop::open().await;
    let long = "x".repeat(2_700);
    let messages = (0..1_000).map(|n| text(&format!("wamid.batch{n}"), &format!("{n} {long}"))).collect();
    let body = webhook(messages);
    assert!(body.len() > 2_800_000);
    assert_eq!(shop.whatsapp.inject_raw("app-1", body, SignWith::App).await, Ok(200));
    let conversation = shop.conversation_with("Kim").await;
    let mut path = format!("/v1/conversations/{}/messages?limit=200", conversation["id"].as_str().unwrap());
    let base = path.clone();
    let mut count = 0;
    loop {
        let page = shop.admin.get(&path).await.expect(StatusCode::OK);
        count += page["data"].as_array().unwrap().len();
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => path = format!("{base}&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(count, 1_000);
    let oversize = vec![b' '; (4 << 20) + 1];
    assert_eq!(shop.whatsapp.inject_raw("app-1", oversize, SignWith::App).await, Ok(413));
}

#[tokio::test]
async fn what_cannot_be_placed_is_kept_visible_and_can_be_tried_again() {
    let shop = Shop::open().await;
    let other = webhook_for("999", vec![text("wamid.other", "for another number")]);
    assert_eq!(shop.whatsapp.inject_raw("app-1", other, SignWith::App).await, Ok(200));
    assert_eq!(shop.whatsapp.inject_raw("app-1", b"{not json".to_vec(), SignWith::App).await, Ok(200));
    // One broken item beside a good one.
    let mixed = webhook(vec![json!("not an object"), text("wamid.good", "I am fine")]);
    assert_eq!(shop.whatsapp.inject_raw("app-1", mixed, SignWith::App).await, Ok(200));
    shop.conversation_with("Kim").await;
    let quarantined = shop.admin.get("/v1/quarantine").await.expect(StatusCode::OK);
    assert_eq!(quarantined["data"].as_array().unwrap().len(), 3, "{quarantined}");

    // The number is connected after all: what waited for it comes in.
    let credentials = json!({ "phone_number_id": "999", "waba_id": "700100200", "access_token": "token-1",
        "app_secret": "shop-app-secret", "verify_token": "verify-me" });
    let channel = json!({ "type": "whatsapp", "name": "Second", "phone_e164": "+12025550199",
        "graph_base_url": shop.whatsapp.graph_base_url(), "credentials": credentials });
    shop.admin.post("/v1/channels", channel).await.expect(StatusCode::CREATED);
    let waiting =
        quarantined["data"].as_array().unwrap().iter().find(|item| item["reason"] == "unknown_number").unwrap();
    let path = format!("/v1/quarantine/{}/reinterpretation", waiting["id"].as_str().unwrap());
    let answer = shop.admin.post(&path, json!({})).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    eventually("the second conversation", || async {
        let page = shop.admin.get("/v1/conversations").await.expect(StatusCode::OK);
        let rows = page["data"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["contact"]["name"] == "Kim"), "who wrote is known as if it had come today");
        (rows.len() == 2).then_some(())
    })
    .await;
}
