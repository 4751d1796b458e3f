//! The four playbooks, each acted out whole: the customer's phone on one side, agents over HTTP and the live stream on the
//! other, on a clock that only the play moves.

mod agent;
mod instant_answer;
mod new_lead;
mod outage;
mod phone;
mod stage;
mod triage;

use std::time::Duration;

use domain::time::Millis;
use serde_json::json;

use stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_play_goes_by_its_own_clock() {
    let stage = Stage::set().await;
    let team = stage.team("Support").await;
    let ana = stage.agent("Ana", "agent", Some(&team)).await;
    let lucia = stage.customer("+34611222333", "Lucía");
    lucia.writes("Hola");
    let conversation = stage.conversation_with("Lucía").await;
    let id = conversation["id"].as_str().unwrap();
    stage.admin.put(&format!("/v1/conversations/{id}/assignment"), json!({"assignee_id": ana.id})).await;
    ana.is_shown("the conversation", |item| item.to_string().contains(id)).await;
    stage.minutes(25);
    ana.replies(id, "Buenas, Lucía").await;
    lucia.sees("Buenas, Lucía").await;
    stage.pass(Duration::from_secs(2));
    assert_eq!(stage.elapsed(), Millis::seconds(25 * 60 + 2));
    let row = ana.conversation(id).await;
    assert_eq!(row["first_response_at"], "2026-11-23T09:25:00.000Z");
    stage.clear().await;
}
