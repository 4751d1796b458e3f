//! Satisfaction surveys end to end: asked through the provider, pressed and typed by customers, with a crash in between.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, eventually};

const LUCIA: &str = "34611222333";

/// An answered conversation with Lucía in a shop that asks like this; its path.
async fn asking(shop: &Shop, survey: Value) -> String {
    let customer = shop.customer("+34611222333", "Lucía");
    customer.says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let path = format!("/v1/csat-surveys/{}", conversation["brand_id"].as_str().unwrap());
    let request = shop.admin.request(Method::PUT, &path).header("if-match", "\"v0\"").json(&survey);
    shop.admin.send(request).await.expect(StatusCode::OK);
    shop.admin.replies(&conversation, "Buenas").await;
    format!("/v1/conversations/{}", conversation["id"].as_str().unwrap())
}

async fn resolves(shop: &Shop, path: &str) {
    shop.admin.put(&format!("{path}/status"), json!({"status": "resolved"})).await.expect(StatusCode::OK);
}

/// The question as it reached Lucía's phone: its message id and the rows from 5 to 1.
async fn question(shop: &Shop) -> (String, Vec<Value>) {
    eventually("the question", || async {
        let delivered = shop.whatsapp.ledger().delivered_to(LUCIA);
        let asked = delivered.into_iter().find(|message| message.content["type"] == "interactive")?;
        let rows = asked.content["interactive"]["action"]["sections"][0]["rows"].as_array()?.clone();
        Some((asked.message_id, rows))
    })
    .await
}

/// Waits until the conversation's survey has a score.
async fn scored(shop: &Shop, path: &str, score: u8) -> Value {
    eventually(&format!("a score of {score}"), || async {
        let row = shop.admin.get(path).await.expect(StatusCode::OK);
        (row["csat"]["score"] == score).then_some(row)
    })
    .await
}

#[tokio::test]
async fn a_customer_is_asked_rates_changes_their_mind_and_stays_resolved() {
    let shop = Shop::open().await;
    let path = asking(&shop, json!({"enabled": true, "thanks": "¡Gracias!"})).await;
    resolves(&shop, &path).await;
    let (asked, rows) = question(&shop).await;
    let customer = shop.customer("+34611222333", "Lucía");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    customer.picks(&asked, &text(&rows[0], "id"), &text(&rows[0], "title"));
    scored(&shop, &path, 5).await;
    customer.says("⭐⭐");
    let row = scored(&shop, &path, 2).await;
    assert_eq!((&row["status"], &row["csat"]["state"]), (&json!("resolved"), &json!("answered")));
    let thanked = || {
        let delivered = shop.whatsapp.ledger().delivered_to(LUCIA);
        delivered.iter().filter(|message| message.content["text"]["body"] == "¡Gracias!").count()
    };
    eventually("the thanks", || async { (thanked() > 0).then_some(()) }).await;
    // Somebody else who has the row from a picture of it rates nothing.
    let stranger = shop.customer("+34611222444", "Marta");
    stranger.picks(&asked, &text(&rows[0], "id"), &text(&rows[0], "title"));
    let theirs = shop.conversation_with("Marta").await;
    assert_eq!((&theirs["status"], &theirs["csat"]), (&json!("open"), &Value::Null));
    assert_eq!((scored(&shop, &path, 2).await["status"].clone(), thanked()), (json!("resolved"), 1));
}

#[tokio::test]
async fn a_question_that_waits_for_its_time_is_asked_once_after_a_crash() {
    let shop = Shop::open().await;
    let path = asking(&shop, json!({"enabled": true, "delay_seconds": 2})).await;
    resolves(&shop, &path).await;
    assert_eq!(shop.admin.get(&path).await.expect(StatusCode::OK)["csat"]["state"], "planned");
    let shop = shop.crash_and_restart().await;
    let (asked, rows) = question(&shop).await;
    let shop = shop.crash_and_restart().await;
    let customer = shop.customer("+34611222333", "Lucía");
    customer.picks(&asked, rows[4]["id"].as_str().unwrap(), rows[4]["title"].as_str().unwrap());
    scored(&shop, &path, 1).await;
    let questions = shop.whatsapp.ledger().delivered_to(LUCIA);
    assert_eq!(questions.iter().filter(|message| message.content["type"] == "interactive").count(), 1);
}
