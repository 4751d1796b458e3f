//! Playbook 2: what is asked every day is answered from the knowledge base; whoever wants a person gets one.

use reqwest::StatusCode;
use serde_json::json;

use super::stage::{Stage, id_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyword_is_answered_from_the_knowledge_base_and_agent_hands_over_with_the_whole_history() {
    let stage = Stage::set().await;
    stage.installs("instant-answers").await;
    let ana = stage.agent("Ana", "agent", None).await;

    let lucia = stage.customer("+34611222333", "Lucía");
    lucia.writes("Hi, what are your opening hours?");
    let answer = lucia.sees("Monday to Friday from 9:00 to 18:00").await;
    assert!(answer.ends_with("[Talk to a person]"), "{answer}");
    let id = id_of(&stage.conversation_with("Lucía").await);
    assert_eq!(ana.conversation(&id).await["bot"]["active"], true);
    stage.minutes(1);
    lucia.writes("and can I return shoes");
    lucia.sees("You can return anything within 30 days").await;
    assert_eq!(stage.events("article.answered").await.len(), 2);

    // The word is enough, and so is the button.
    stage.minutes(1);
    lucia.writes("agent");
    ana.is_shown("that somebody wants a person", |item| item["event"]["type"] == "conversation.handed_off").await;
    let row = ana.conversation(&id).await;
    assert_eq!((&row["bot"]["active"], &row["waiting_since"]), (&json!(false), &json!("2026-11-23T09:00:00.000Z")));
    let entries = ana.get(&format!("/v1/queues/{}/entries", stage.brand_id)).await.expect(StatusCode::OK);
    assert_eq!(
        entries["data"][0]["conversation"]["id"].as_str().or(entries["data"][0]["conversation_id"].as_str()),
        Some(id.as_str()),
        "{entries}"
    );
    let said = ana.timeline(&id).await;
    for words in ["what are your opening hours?", "Monday to Friday", "can I return shoes", "within 30 days", "agent"] {
        assert!(said.iter().any(|text| text.contains(words)), "{words} in {said:?}");
    }
    // From now on people answer: the bot is quiet, also where a keyword falls.
    ana.claims(&id).await;
    ana.replies(&id, "Hello Lucía, which shoes?").await;
    lucia.sees("which shoes?").await;
    let before = lucia.screen().len();
    lucia.writes("the ones from your address in the old town");
    stage.minutes(1);
    ana.is_shown("her answer", |item| item.to_string().contains("old town")).await;
    assert_eq!(lucia.screen().len(), before);
    ana.resolves(&id).await;

    // Somebody whom the answer was enough: nobody of the team has to do with it.
    let bea = stage.customer("+34611222444", "Bea");
    bea.writes("¿Cuál es su horario? opening hours?");
    bea.sees("Monday to Friday").await;
    let theirs = id_of(&stage.conversation_with("Bea").await);
    stage.admin.resolves(&theirs).await;
    stage.minutes(1);
    let summary = stage.admin.get("/v1/analytics/summary?metrics=deflection,frt").await.expect(StatusCode::OK);
    let deflection = &summary["data"]["total"]["metrics"][0];
    assert_eq!(deflection["value"].as_f64(), Some(0.5), "{deflection}");
    // A conversation that asks nothing the base knows is simply there for people.
    let tom = stage.customer("+34611222555", "Tom");
    tom.writes("My parcel is broken");
    let row = stage.conversation_with("Tom").await;
    assert_eq!((&row["bot"]["active"], tom.screen().len()), (&json!(false), 0));
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_button_under_an_answer_brings_a_person() {
    let stage = Stage::set().await;
    stage.installs("instant-answers").await;
    let lucia = stage.customer("+34611222333", "Lucía");
    lucia.writes("address please");
    lucia.sees("12 Market Street").await;
    lucia.taps("Talk to a person").await;
    stage.handed_over("Lucía").await;
    let handed = stage.events("conversation.handed_off").await;
    assert_eq!(handed.len(), 1);
    stage.clear().await;
}
