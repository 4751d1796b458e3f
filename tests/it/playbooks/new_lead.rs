//! Playbook 1: who writes for the first time is asked, a new lead goes to Sales, and the CRM is told how it ended.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::stage::{Stage, id_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_lead_is_asked_given_to_sales_answered_and_recorded_in_the_crm() {
    let stage = Stage::set().await;
    let parts = stage.installs("lead-qualification").await;
    let ana = stage.agent("Ana", "agent", Some(&parts["sales"])).await;
    let omar = stage.agent("Omar", "agent", None).await;
    let marta = stage.agent("Marta", "admin", None).await;
    stage.templates_are_approved().await;

    // The customer's first words are answered at once by a question; nobody is given the conversation yet.
    let lucia = stage.customer("+34611222333", "Lucía Pérez");
    lucia.writes("Hi! Do you rent out tents for thirty people?");
    let asked = lucia.sees("Are you a customer of ours, or new here?").await;
    assert!(asked.starts_with("Hello Lucía") && asked.ends_with("[I'm new] [I'm a customer]"), "{asked}");
    let row = stage.conversation_with("Lucía Pérez").await;
    let id = id_of(&row);
    assert_eq!((&row["bot"]["active"], &row["assignee"]), (&json!(true), &json!(null)));
    let waiting = omar.get(&format!("/v1/queues/{}/entries", stage.brand_id)).await.expect(StatusCode::OK);
    assert_eq!(waiting["data"], json!([]), "nobody waits for a person yet");

    // Two minutes later the customer taps: a tag, and into the queue of Sales, with everything that was said.
    stage.minutes(2);
    lucia.taps("I'm new").await;
    ana.is_shown("that it is for people now", |item| item["event"]["type"] == "conversation.handed_off").await;
    let row = ana.conversation(&id).await;
    assert_eq!((&row["tags"], &row["team_id"]), (&json!(["new lead"]), &json!(parts["sales"])));
    assert_eq!((&row["bot"]["active"], &row["bot"]["handoff_at"]), (&json!(false), &json!("2026-11-23T09:02:02.000Z")));
    let said = ana.timeline(&id).await;
    assert!(said.iter().any(|text| text.contains("tents for thirty people")), "{said:?}");
    assert!(said.iter().any(|text| text == "I'm new"), "{said:?}");
    // Sales has walls.
    omar.get(&format!("/v1/conversations/{id}")).await.refused(404);

    // Ana answers four minutes after it became hers to answer: that is the agents' first response, not the bot's.
    ana.claims(&id).await;
    stage.minutes(4);
    let text = ana.canned_reply(&id, "welcome").await;
    assert_eq!(text, "Hi Lucía, this is Ana from Shop. What are you looking for?");
    ana.replies(&id, &text).await;
    lucia.sees("this is Ana from Shop").await;

    // She asks her manager in a note; the manager is told, steps in, and the customer sees none of it.
    ana.notes(&id, &format!("@[{}] ten per cent off for thirty people?", marta.id)).await;
    marta
        .is_shown("that she was named", |item| item["kind"] == "notification" || item.to_string().contains("mention"))
        .await;
    marta.notes(&id, "Yes, until Friday").await;
    ana.is_shown("the manager's note", |item| item.to_string().contains("Yes, until Friday")).await;
    ana.replies(&id, "We can offer ten per cent off until Friday.").await;
    lucia.sees("ten per cent off until Friday").await;
    assert!(lucia.screen().iter().all(|text| !text.contains("for thirty people?") && !text.contains("Yes, until")));

    // A day of silence closes the window: only the template gets through.
    stage.minutes(25 * 60);
    let path = format!("/v1/conversations/{id}/messages");
    let refused = ana.post(&path, json!({"type": "text", "text": {"body": "Still interested?"}})).await;
    assert_eq!(refused.refused(409), "service-window-closed");
    let template = json!({"type": "template", "template": {"name": "lead_follow_up", "language": {"code": "en_US"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Lucía"}]}]}});
    ana.post(&path, template).await.expect(StatusCode::ACCEPTED);
    lucia.sees("<lead_follow_up>").await;
    lucia.writes("Yes please, thirty people it is");
    ana.is_shown("the answer", |item| item.to_string().contains("thirty people it is")).await;
    ana.replies(&id, "Booked. See you on Saturday!").await;
    assert!(stage.events("integration.call_requested").await.is_empty());
    ana.resolves(&id).await;

    // What the CRM is to be told is a fact, once.
    let calls = stage.until_events("integration.call_requested", 1).await;
    assert_eq!(
        (&calls[0]["facts"]["integration"], &calls[0]["facts"]["operation"]),
        (&json!("crm"), &json!("record_contact_and_summary"))
    );
    let runs = stage.events("automation.rule_ran").await;
    assert_eq!(runs.len(), 2, "the greeting and the CRM: {runs:?}");
    stage.minutes(1);
    let metrics = stage.admin.get("/v1/analytics/summary?metrics=frt,handled").await.expect(StatusCode::OK);
    let frt = &metrics["data"]["total"]["metrics"][0];
    assert_eq!((frt["count"].as_u64(), frt["value"].as_f64()), (Some(1), Some(240.0)), "{frt}");
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_an_answer_is_understood_and_who_gives_none_gets_a_person() {
    let stage = Stage::set().await;
    let parts = stage.installs("lead-qualification").await;
    let ana = stage.agent("Ana", "agent", Some(&parts["sales"])).await;
    let [typing, silent, lost] = [("+34611000001", "Tim"), ("+34611000002", "Sia"), ("+34611000003", "Leo")]
        .map(|(phone, name)| stage.customer(phone, name));
    for phone in [&typing, &silent, &lost] {
        phone.writes("Hello");
        phone.sees("Are you a customer of ours").await;
    }
    typing.writes("new");
    stage.handed_over("Tim").await;
    assert_eq!(stage.conversation_with("Tim").await["tags"], json!(["new lead"]));
    // Twice something else: asked once more, then a person.
    stage.pass(Duration::from_secs(20));
    lost.writes("What do you mean?");
    stage.until("the question again", || lost.screen().len() == 2).await;
    stage.pass(Duration::from_secs(20));
    lost.writes("I do not understand");
    stage.handed_over("Leo").await;
    assert_eq!(stage.conversation_with("Leo").await["tags"], json!([]));
    // Half an hour of nothing: a person as well.
    assert_eq!(stage.conversation_with("Sia").await["bot"]["active"], true);
    stage.minutes(31);
    stage.handed_over("Sia").await;
    // Who comes back later is not asked again.
    ana.claims(&id_of(&stage.conversation_with("Tim").await)).await;
    let id = id_of(&stage.conversation_with("Tim").await);
    ana.replies(&id, "Welcome").await;
    ana.resolves(&id).await;
    typing.writes("One more question");
    stage.minutes(1);
    assert_eq!(stage.events("question.asked").await.len(), 3);
    stage.clear().await;
}
