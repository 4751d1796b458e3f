//! Messages for later.

use domain::access::Standing;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Client, Served};
use crate::hall::Hall;

async fn begun() -> (Served, Client, String) {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let id = row["id"].as_str().expect("an id").to_owned();
    (served, admin, id)
}

fn later(served: &Served, hours: i64, cancel: bool) -> Value {
    let at = (served.desk.now() + Millis::hours(hours)).to_rfc3339();
    json!({"type": "text", "text": {"body": "As promised."}, "scheduled_at": at, "cancel_if_customer_writes": cancel})
}

#[tokio::test]
async fn a_message_for_later_is_shown_waiting_and_answers_nobody() {
    let (served, admin, id) = begun().await;
    let body = later(&served, 30, false);
    let made = admin.say(&id, "k1", body.clone()).await.expect(202);
    assert_eq!((&made["status"], &made["scheduled_at"]), (&json!("scheduled"), &body["scheduled_at"]));
    assert_eq!(made["text"], json!({"body": "As promised."}));
    // The same request is the same message.
    assert_eq!(admin.say(&id, "k1", body.clone()).await.expect(202), made);
    let row = admin.get(&format!("/v1/conversations/{id}")).await.expect(200);
    assert_eq!(row["last_message"]["direction"], "inbound");
    assert_ne!(row["waiting_since"], Value::Null);
    let messages = admin.get(&format!("/v1/conversations/{id}/messages")).await.expect(200);
    assert_eq!(messages["data"][0], made);
    let timeline = admin.get(&format!("/v1/conversations/{id}/timeline")).await.expect(200);
    let shown = timeline["data"].as_array().unwrap().iter().any(|entry| entry["message"]["status"] == "scheduled");
    assert!(shown);
    let never = json!({"type": "text", "text": {"body": "x"}, "scheduled_at": "2020-01-01T00:00:00.000Z"});
    let refused = admin.say(&id, "k2", never).await.refused(422, "unprocessable");
    assert_eq!(refused["errors"][0]["pointer"], "/scheduled_at");
    let no_time = json!({"type": "text", "text": {"body": "x"}, "cancel_if_customer_writes": true});
    admin.say(&id, "k3", no_time).await.refused(422, "unprocessable");
}

#[tokio::test]
async fn it_is_changed_and_taken_back_while_it_waits() {
    let (served, admin, id) = begun().await;
    let made = admin.say(&id, "k1", later(&served, 30, false)).await.expect(202);
    let path = format!("/v1/messages/{}", made["id"].as_str().unwrap());
    let at = (served.desk.now() + Millis::hours(40)).to_rfc3339();
    let changed = admin.patch(&path, json!({"scheduled_at": at, "cancel_if_customer_writes": true})).await.expect(200);
    assert_eq!((&changed["scheduled_at"], &changed["text"]), (&json!(at), &made["text"]));
    assert_eq!(changed["cancel_if_customer_writes"], true);
    let rewritten = admin.patch(&path, json!({"type": "text", "text": {"body": "Better."}})).await.expect(200);
    assert_eq!((&rewritten["scheduled_at"], &rewritten["text"]), (&json!(at), &json!({"body": "Better."})));
    admin.patch(&path, json!({"text": {"body": "?"}})).await.refused(422, "unprocessable");
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.delete(&path).await.status, 204);
    let gone = admin.get(&path).await.expect(200);
    assert_eq!(gone["status"], "cancelled");
    let words: Vec<_> = gone["status_history"].as_array().unwrap().iter().map(|step| &step["status"]).collect();
    assert_eq!(words, ["scheduled", "cancelled"]);
    admin.patch(&path, json!({"scheduled_at": at})).await.refused(409, "invalid-transition");
    // What was sent at once does not wait.
    let sent = admin.say(&id, "k2", json!({"type": "text", "text": {"body": "now"}})).await.expect(202);
    assert_eq!((&sent["scheduled_at"], &sent["cancel_if_customer_writes"]), (&Value::Null, &json!(false)));
    let sent = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    admin.delete(&sent).await.refused(409, "invalid-transition");
}

#[tokio::test]
async fn a_customer_who_writes_takes_it_back_and_an_erasure_empties_it() {
    let (served, admin, id) = begun().await;
    let nudge = admin.say(&id, "k1", later(&served, 30, true)).await.expect(202);
    let news = admin.say(&id, "k2", later(&served, 30, false)).await.expect(202);
    let path = |made: &Value| format!("/v1/messages/{}", made["id"].as_str().unwrap());
    let row = served.customer_writes(&admin, "4915112345678", "here I am").await;
    assert_eq!(admin.get(&path(&nudge)).await.expect(200)["status"], "cancelled");
    assert_eq!(admin.get(&path(&news)).await.expect(200)["status"], "scheduled");
    let erasure = format!("/v1/contacts/{}/erasure", row["contact"]["id"].as_str().unwrap());
    admin.post(&erasure, json!({"confirm": true})).await.expect(200);
    let gone = admin.get(&path(&news)).await.expect(200);
    assert_eq!((&gone["status"], &gone["text"]), (&json!("failed"), &Value::Null));
    assert_eq!((&gone["error"]["code"], &gone["error"]["retryable"]), (&json!("contact_erased"), &json!(false)));
    assert_eq!(admin.get(&path(&nudge)).await.expect(200)["text"], Value::Null);
}

#[tokio::test]
async fn what_one_wrote_one_can_take_back_also_where_one_only_reads_by_now() {
    let hall = Hall::open().await;
    let conversation = hall.case(&hall.agent, Standing::Own).await.conversation;
    let mine = hall.agent.say(&conversation, "k1", later(&hall.served, 30, false)).await.expect(202);
    let theirs = hall.root.say(&conversation, "k2", later(&hall.served, 30, false)).await.expect(202);
    // It goes to another team, and the agent is asked to have a look.
    let move_away = json!({"assignee_id": null, "team_id": hall.teams[1]});
    hall.root.put(&format!("/v1/conversations/{conversation}/assignment"), move_away).await.expect(200);
    let path = |made: &Value| format!("/v1/messages/{}", made["id"].as_str().unwrap());
    hall.agent.delete(&path(&mine)).await.refused(404, "not-found");
    let invitation = format!("/v1/conversations/{conversation}/collaborators/{}", hall.agent.user_id);
    assert!(hall.root.put(&invitation, json!({})).await.status < 300);
    hall.agent.delete(&path(&theirs)).await.refused(403, "forbidden");
    assert_eq!(hall.agent.delete(&path(&mine)).await.status, 204);
}
