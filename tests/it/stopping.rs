//! Stopping in order: what is under way ends, nothing new begins, whoever follows is told, and the rest waits for the
//! next start.

use reqwest::{Method, StatusCode};

use crate::support::{Frontdesk, PATIENCE, Person, Shop};

#[tokio::test]
async fn a_server_that_stops_ends_the_send_under_way_and_begins_no_other() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    shop.whatsapp.faults(|faults| faults.answer_delay_ms = 2_000);
    let first = shop.admin.replies(&conversation, "Uno").await;
    // One is under way for each customer: the second waits for the first.
    let second = shop.admin.replies(&conversation, "Dos").await;
    assert!(shop.whatsapp.ledger().wait_until(PATIENCE, |ledger| ledger.sends().len() == 1).await);
    let following = shop.admin.request(Method::GET, "/v1/event-stream?follow=true").send().await.unwrap();

    let (folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    assert_eq!(shop.whatsapp.ledger().sends().len(), 1, "nothing new is begun");
    let lines = following.text().await.unwrap();
    assert!(lines.lines().last().unwrap().starts_with("{\"end\":"), "who follows is told");

    shop.whatsapp.faults(|faults| faults.answer_delay_ms = 0);
    let desk = Frontdesk::on(folder);
    let admin = Person::sign_in(&desk, "ada@example.com", "correct horse battery staple").await;
    let status = async |message: &serde_json::Value| {
        let path = format!("/v1/messages/{}", message["id"].as_str().unwrap());
        admin.get(&path).await.expect(StatusCode::OK)["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&first).await, "accepted", "its end was waited for and written down");
    assert!(shop.whatsapp.ledger().wait_until(PATIENCE, |ledger| ledger.sends().len() == 2).await);
    assert!(["sending", "accepted"].contains(&status(&second).await.as_str()));
}
