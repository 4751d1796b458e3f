//! Playbook 3: a first line with a checklist, a second line asked in a note or taking over, and what was learnt kept.

use reqwest::StatusCode;
use serde_json::json;

use super::stage::{Stage, id_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_line_asks_the_second_hands_over_in_one_step_and_the_solution_becomes_an_article() {
    let stage = Stage::set().await;
    let parts = stage.installs("triage").await;
    let leo = stage.agent("Leo", "agent", Some(&parts["l1"])).await;
    let nora = stage.agent("Nora", "agent", Some(&parts["l2"])).await;
    stage.begins_in(&parts["l1"]).await;

    // The first line works through its checklist.
    let lucia = stage.customer("+34611222333", "Lucía");
    lucia.writes("The app says error 42");
    leo.is_shown("the question", |item| item.to_string().contains("error 42")).await;
    let id = id_of(&stage.conversation_with("Lucía").await);
    assert_eq!(leo.conversation(&id).await["team_id"], json!(parts["l1"]));
    leo.claims(&id).await;
    stage.minutes(3);
    let checklist = leo.canned_reply(&id, "checklist").await;
    leo.replies(&id, &checklist).await;
    lucia.sees("Which device and version are you using?").await;
    lucia.writes("Pixel, version 7. Since this morning.");
    leo.is_shown("the answer", |item| item.to_string().contains("version 7")).await;

    // A specialist is asked in a note, is told, and answers in the thread.
    let note = leo.notes(&id, &format!("@[{}] have you seen error 42 on version 7?", nora.id)).await;
    nora.is_shown("that she was named", |item| item.to_string().contains("error 42 on version 7")).await;
    let answer = json!({"body": "Yes, the update of this morning. I take it.", "parent_id": note["id"]});
    nora.post(&format!("/v1/conversations/{id}/notes"), answer).await.expect(StatusCode::CREATED);
    leo.is_shown("her answer", |item| item.to_string().contains("I take it")).await;

    // One step moves it: tag, note and queue, with the rights of whoever does it.
    let run = json!({"macro_id": parts["escalate"], "conversation_id": id});
    let ran = leo.post("/v1/macro-runs", run).await;
    assert!(ran.status.is_success(), "{}", ran.body);
    let row = nora.conversation(&id).await;
    assert_eq!((&row["tags"], &row["team_id"]), (&json!(["escalated"]), &json!(parts["l2"])));
    nora.claims(&id).await;
    nora.replies(&id, "Please install version 7.1, it has the fix.").await;
    lucia.sees("version 7.1").await;
    lucia.writes("Works again, thank you!");
    nora.is_shown("that it works", |item| item.to_string().contains("Works again")).await;

    // The closing note becomes a draft, is approved, and is found by the next who needs it.
    let note = nora.notes(&id, "Error 42: version 7 loses its session. Install version 7.1 and sign in again.").await;
    nora.resolves(&id).await;
    let draft = json!({"note_id": note["id"], "title": "Error 42 after the update to version 7"});
    let draft = nora.post(&format!("/v1/conversations/{id}/article-drafts"), draft).await.expect(StatusCode::CREATED);
    let article = id_of(&draft);
    assert_eq!(draft["status"], "draft");
    stage.publishes(&article).await;
    let found = leo.get("/v1/kb/search?q=error%2042").await.expect(StatusCode::OK);
    assert_eq!(
        found["data"][0]["article_id"].as_str().or(found["data"][0]["article"]["id"].as_str()),
        Some(article.as_str()),
        "{found}"
    );
    // Nothing internal ever reached the customer.
    let screen = lucia.screen();
    assert!(screen.iter().all(|text| !text.contains("I take it") && !text.contains("loses its session")), "{screen:?}");
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_line_is_warned_before_a_promise_is_broken() {
    let stage = Stage::set().await;
    let parts = stage.installs("triage").await;
    let nora = stage.agent("Nora", "agent", Some(&parts["l2"])).await;
    stage.begins_in(&parts["l1"]).await;
    stage.promises_an_answer_in(10).await;
    let lucia = stage.customer("+34611222333", "Lucía");
    lucia.writes("Is anybody there?");
    let id = id_of(&stage.conversation_with("Lucía").await);
    stage.minutes(7);
    assert_eq!(stage.conversation_with("Lucía").await["priority"], "none");
    stage.minutes(2);
    nora.is_shown("the warning", |item| item.to_string().contains("about to miss its target")).await;
    let row = stage.admin.conversation(&id).await;
    assert_eq!(row["priority"], "urgent");
    // Once, whatever happens next.
    stage.minutes(30);
    stage.until_events("sla.breached", 1).await;
    assert_eq!(stage.events("automation.rule_ran").await.len(), 1);
    stage.clear().await;
}
