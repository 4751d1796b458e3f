//! Macros through HTTP: each action is done as if by hand.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, Served};
use crate::hall::{Hall, id};

fn text(body: &str) -> Value {
    json!({"type": "send_message", "content": {"type": "text", "text": {"body": body}}})
}

fn of_all(name: &str, actions: Value) -> Value {
    json!({"scope": {"type": "workspace"}, "name": name, "actions": actions})
}

async fn made(hall: &Hall, name: &str, actions: Value) -> String {
    id(&hall.root.post("/v1/macros", of_all(name, actions)).await.expect(201))
}

fn outcomes(run: &Value) -> Vec<String> {
    let results = run["results"].as_array().expect("results").iter();
    let said = |result: &Value| match result["reason"].as_str() {
        Some(reason) => format!("{} {reason}", result["outcome"].as_str().expect("a word")),
        None => result["outcome"].as_str().expect("a word").to_owned(),
    };
    results.map(said).collect()
}

fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
}

/// A conversation that belongs to somebody.
async fn own(hall: &Hall, client: &Client, number: &str) -> String {
    let conversation = id(&hall.served.customer_writes(&hall.root, number, "hello").await);
    let assignment = json!({"team_id": hall.teams[0], "assignee_id": client.user_id});
    hall.root.put(&format!("/v1/conversations/{conversation}/assignment"), assignment).await.expect(200);
    conversation
}

async fn run(client: &Client, macro_id: &str, conversation: &str) -> crate::desk::Answer {
    client.post("/v1/macro-runs", json!({"macro_id": macro_id, "conversation_id": conversation})).await
}

#[tokio::test]
async fn several_things_are_done_at_once_in_the_name_of_whoever_runs_it() {
    let hall = Hall::open().await;
    let conversation = own(&hall, &hall.agent, "4915112345678").await;
    let actions = json!([
        text("Thank you, {{contact.first_name|dear customer}}. {{agent.first_name}}"),
        {"type": "add_tag", "tag": "thanked"},
        {"type": "add_note", "body": "closed by macro"},
        {"type": "set_status", "status": "resolved"},
    ]);
    let thanks = made(&hall, "Thank and close", actions).await;
    let done = run(&hall.agent, &thanks, &conversation).await.expect(200);
    assert_eq!(outcomes(&done), ["done", "done", "done", "done"]);
    assert_eq!(done["complete"], true);
    let message = done["results"][0]["message_id"].as_str().expect("a message");
    let message = hall.agent.get(&format!("/v1/messages/{message}")).await.expect(200);
    assert_eq!(message["author"]["id"], json!(hall.agent.user_id));
    let said = message["text"]["body"].as_str().expect("text");
    assert!(said.starts_with("Thank you, Customer.") && !said.contains("{{"), "{said}");
    let shown = hall.agent.get(&format!("/v1/conversations/{conversation}")).await.expect(200);
    assert_eq!((&shown["status"], &shown["tags"]), (&json!("resolved"), &json!(["thanked"])));
    let known = hall.agent.get(&format!("/v1/macros/{thanks}")).await.expect(200);
    assert_eq!((&known["runs"], &known["version"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_macro_is_no_way_around_what_its_user_may_not_do() {
    let hall = Hall::open().await;
    let conversation = own(&hall, &hall.operator, "4915112345678").await;
    // An operator gives nothing away and sets no priority, by hand or by macro.
    let urgent = made(&hall, "Urgent", json!([{"type": "set_priority", "priority": "urgent"}])).await;
    let problem = run(&hall.operator, &urgent, &conversation).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/actions/0"]);
    let away = json!([
        {"type": "add_tag", "tag": "moved"},
        {"type": "move_to_queue", "queue_id": hall.teams[1]},
        {"type": "add_note", "body": "never written"},
    ]);
    let away = made(&hall, "Away", away).await;
    let done = run(&hall.operator, &away, &conversation).await.expect(200);
    assert_eq!(outcomes(&done), ["done", "refused not_allowed", "left"]);
    assert_eq!(done["complete"], false);
    let shown = hall.root.get(&format!("/v1/conversations/{conversation}")).await.expect(200);
    assert_eq!((&shown["team_id"], &shown["priority"]), (&json!(hall.teams[0]), &json!("none")));
    // Whoever does not see the conversation, or the macro, finds neither.
    run(&hall.neighbour, &urgent, &conversation).await.refused(404, "not-found");
    let own = json!({"scope": {"type": "personal"}, "name": "Mine", "actions": [{"type": "add_tag", "tag": "x"}]});
    let own = id(&hall.mate.post("/v1/macros", own).await.expect(201));
    run(&hall.operator, &own, &conversation).await.refused(422, "unknown-reference");
    // Once another has taken it away, the rights are those of that moment.
    let assignment = json!({"assignee_id": null});
    hall.root.put(&format!("/v1/conversations/{conversation}/assignment"), assignment).await.expect(200);
    run(&hall.operator, &away, &conversation).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_message_that_could_not_be_sent_stops_it_all_and_the_same_request_runs_it_once() {
    let hall = Hall::open().await;
    let conversation = own(&hall, &hall.agent, "4915112345678").await;
    let tagged = made(&hall, "Tag", json!([{"type": "add_tag", "tag": "seen"}])).await;
    let with_key = || {
        let body = json!({"macro_id": tagged, "conversation_id": conversation});
        hall.agent.request(Method::POST, "/v1/macro-runs").header("idempotency-key", "one").json(&body)
    };
    let first = Served::send(with_key()).await.expect(200);
    let again = Served::send(with_key()).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(200), first);
    let third = run(&hall.agent, &tagged, &conversation).await.expect(200);
    assert_eq!((outcomes(&third), &third["complete"]), (vec!["already_so".to_owned()], &json!(true)));
    let actions = json!([{"type": "add_tag", "tag": "late"}, text("Too late {{contact.attribute.plan}}")]);
    let late = made(&hall, "Late", actions).await;
    let problem = run(&hall.agent, &late, &conversation).await.refused(422, "unprocessable");
    assert_eq!(
        (pointers(&problem), &problem["errors"][0]["code"]),
        (vec!["/actions/1".to_owned()], &json!("missing-value"))
    );
    let shown = hall.agent.get(&format!("/v1/conversations/{conversation}")).await.expect(200);
    assert_eq!(shown["tags"], json!(["seen"]));
}

#[tokio::test]
async fn what_no_macro_can_do_is_refused_when_it_is_saved() {
    let hall = Hall::open().await;
    let actions = json!([
        text("Hello {{contact.nmae}}"),
        {"type": "move_to_queue", "queue_id": "team_00000000000000000000000001"},
        {"type": "assign_agent", "user_id": "usr_00000000000000000000000001"},
    ]);
    let problem = hall.root.post("/v1/macros", of_all("Broken", actions)).await.refused(422, "unprocessable");
    let expected = ["/actions/0/content/text/body", "/actions/1/queue_id", "/actions/2/user_id"];
    assert_eq!(pointers(&problem), expected);
    let ask = of_all("Ask", json!([{"type": "ask", "text": "Well?", "choices": [{"title": "Yes"}]}]));
    let problem = hall.root.post("/v1/macros", ask).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/actions/0/type"]);
    let call = json!([{"type": "call_integration", "integration": "crm", "operation": "log"}]);
    let own = json!({"scope": {"type": "personal"}, "name": "Call", "actions": call});
    let problem = hall.agent.post("/v1/macros", own).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), ["/actions/0/type"]);
    let tag = json!([{"type": "add_tag", "tag": "a"}]);
    made(&hall, "Call", tag.clone()).await;
    hall.root.post("/v1/macros", of_all("CALL", tag)).await.refused(409, "name-taken");
}
