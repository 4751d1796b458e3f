//! From a customer's message to an agent's reply and its ticks, and who may do what on the way.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Shop, eventually};

#[tokio::test]
async fn a_customer_writes_an_agent_replies_and_the_ticks_come_back() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34611222333", "Lucía");
    customer.says("¿Dónde está mi pedido?");
    let conversation = shop.conversation_with("Lucía").await;
    assert_eq!(conversation["status"], "open");
    assert_eq!(conversation["service_window"]["open"], true);
    assert!(conversation["waiting_since"].is_string());

    let agent = shop.hire("Ben", "agent").await;
    let reply = agent.replies(&conversation, "Sale hoy mismo").await;
    assert_eq!(reply["direction"], "outbound");
    let read = shop.message_reaches(reply["id"].as_str().unwrap(), "read").await;
    assert!(read["provider_message_id"].as_str().unwrap().starts_with("wamid."));
    assert_eq!(shop.whatsapp.ledger().delivered_to("34611222333")[0].content["text"]["body"], "Sale hoy mismo");

    let id = conversation["id"].as_str().unwrap();
    let after = shop.admin.get(&format!("/v1/conversations/{id}")).await.expect(StatusCode::OK);
    assert_eq!(after["waiting_since"], Value::Null);
    let messages = shop.admin.get(&format!("/v1/conversations/{id}/messages")).await.expect(StatusCode::OK);
    assert_eq!(messages["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_key_sends_once_and_another_body_under_it_is_refused() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let path = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let body = json!({ "type": "text", "text": { "body": "Hola" } });
    let first = shop.admin.post_once(&path, "k-1", body.clone()).await.expect(StatusCode::ACCEPTED);
    let again = shop.admin.post_once(&path, "k-1", body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(StatusCode::ACCEPTED), first);
    let other = shop.admin.post_once(&path, "k-1", json!({ "type": "text", "text": { "body": "Adiós" } })).await;
    assert_eq!(other.refused(422), "idempotency-key-reused");
    shop.message_reaches(first["id"].as_str().unwrap(), "read").await;
    assert_eq!(shop.whatsapp.ledger().sends().len(), 1);
}

#[tokio::test]
async fn of_two_who_claim_at_once_one_wins_and_the_other_is_told_who() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let path = format!("/v1/conversations/{}/claim", conversation["id"].as_str().unwrap());
    let (ben, eva) = (shop.hire("Ben", "agent").await, shop.hire("Eva", "agent").await);
    let (one, other) = tokio::join!(ben.post(&path, json!({})), eva.post(&path, json!({})));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} / {}", one.body, other.body);
}

#[tokio::test]
async fn an_operator_sees_only_what_is_theirs() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let id = conversation["id"].as_str().unwrap();
    let operator = shop.hire("Olga", "operator").await;
    let hidden = operator.get(&format!("/v1/conversations/{id}")).await;
    let absent = operator.get("/v1/conversations/conv_01jd8w3q5tex9bqm1d0vhkk6ws").await;
    assert_eq!(hidden.body["code"], absent.body["code"]);
    assert_eq!(hidden.refused(404), "not-found");
    assert_eq!(operator.get("/v1/conversations").await.expect(StatusCode::OK)["data"], json!([]));
    let assignment = json!({ "assignee_id": operator.id });
    shop.admin.put(&format!("/v1/conversations/{id}/assignment"), assignment).await.expect(StatusCode::OK);
    assert_eq!(operator.get(&format!("/v1/conversations/{id}")).await.expect(StatusCode::OK)["id"], id);
    operator.replies(&conversation, "Claro").await;
}

#[tokio::test]
async fn a_note_stays_inside() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let id = conversation["id"].as_str().unwrap();
    let ben = shop.hire("Ben", "agent").await;
    let path = format!("/v1/conversations/{id}/notes");
    let note = json!({ "body": format!("VIP, be quick @[{}]", ben.id), "pinned": true });
    let note = shop.admin.post(&path, note).await.expect(StatusCode::CREATED);
    let answer = json!({ "body": "VIP indeed", "parent_id": note["id"] });
    ben.post(&path, answer).await.expect(StatusCode::CREATED);
    let this = format!("/v1/notes/{}", note["id"].as_str().unwrap());
    let edited = json!({ "body": format!("VIP, be quick and kind @[{}]", ben.id) });
    shop.admin.patch(&this, edited).await.expect(StatusCode::OK);
    ben.put(&format!("{this}/reactions/%F0%9F%A6%84"), json!({})).await.expect(StatusCode::OK);
    let sent = shop.whatsapp.ledger().sends().len();
    let reply = shop.admin.replies(&conversation, "Hola").await;
    shop.message_reaches(reply["id"].as_str().unwrap(), "read").await;
    assert_eq!(shop.whatsapp.ledger().sends().len(), sent + 1, "only the reply is sent");
    let inside = ["VIP", "🦄", "notif_", "note_", "usr_", "Ben"];
    for call in shop.whatsapp.ledger().calls() {
        let body = call.body.to_string();
        assert!(inside.iter().all(|word| !body.contains(word)), "a note left the house: {body}");
    }
    let timeline = shop.admin.get(&format!("/v1/conversations/{id}/timeline")).await.expect(StatusCode::OK);
    assert!(timeline.to_string().contains("VIP, be quick and kind"));
}

#[tokio::test]
async fn a_resolved_conversation_stays_resolved_for_thanks_and_reopens_for_more() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34611222333", "Lucía");
    customer.says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let id = conversation["id"].as_str().unwrap();
    let path = format!("/v1/conversations/{id}");
    shop.admin.put(&format!("{path}/status"), json!({ "status": "resolved" })).await.expect(StatusCode::OK);
    customer.says("Gracias!");
    eventually("the thanks to arrive", || async {
        let messages = shop.admin.get(&format!("{path}/messages")).await.expect(StatusCode::OK);
        (messages["data"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    assert_eq!(shop.admin.get(&path).await.expect(StatusCode::OK)["status"], "resolved");
    customer.says("Una cosa más");
    eventually("the conversation to reopen", || async {
        (shop.admin.get(&path).await.expect(StatusCode::OK)["status"] == "open").then_some(())
    })
    .await;
}
