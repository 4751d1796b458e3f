//! What a client is told, in which order, and what it is not.

use serde_json::{Value, json};

use super::listener::event_of;
use crate::desk::Served;
use crate::hall::{Hall, id};
use domain::access::Standing;

#[tokio::test]
async fn a_client_begins_with_a_picture_and_is_told_what_happens_then() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    served.customer_writes(&admin, "4915112345678", "before").await;
    let mut live = served.listen(&admin, json!({})).await;
    let ready = live.next().await.unwrap();
    assert_eq!((&ready["type"], &ready["id"], &ready["mode"]), (&json!("ready"), &json!("h"), &json!("snapshot")));
    assert_eq!(ready["pos"], served.head());
    assert_eq!(ready["user"]["id"], json!(admin.user_id));
    live.until(|frame| frame["last"] == true).await;
    assert_eq!(live.mirror.conversations.len(), 1);
    let row = served.customer_writes(&admin, "4915112345679", "after").await;
    let entered = live.until_item(|item| item["kind"] == "enter").await;
    assert_eq!((&entered["id"], &entered["reason"]), (&row["id"], &json!("opened")));
    let told = live.until_item(event_of("message.received")).await;
    assert_eq!(told["event"]["subject"], json!(format!("conversations/{}", id(&row))));
    assert_eq!(told["event"]["data"]["preview"], "after");
    assert_eq!(told["event"]["data"]["message"], Value::Null, "it is not open");
    assert_eq!(told["event"]["conversation"], row, "the row as the list shows it");
    live.reaches(served.head()).await;
    assert_eq!(live.mirror.conversations[&id(&row)], row);
}

#[tokio::test]
async fn of_open_conversations_messages_and_notes_come_whole() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let mut live = served.listen(&admin, json!({"open": [id(&row)]})).await;
    live.until(|frame| frame["last"] == true).await;
    let body = json!({"type": "text", "text": {"body": "good morning"}, "client_ref": "tmp-1"});
    let sent = admin.say(&id(&row), "k1", body).await.expect(202);
    let told = live.until_item(event_of("message.queued")).await;
    assert_eq!(told["event"]["data"]["client_ref"], "tmp-1");
    assert_eq!(told["event"]["data"]["message"]["text"]["body"], "good morning");
    assert_eq!(told["event"]["data"]["message"]["id"], sent["id"]);
    let note = admin.post(&format!("/v1/conversations/{}/notes", id(&row)), json!({"body": "between us"})).await;
    let note = note.expect(201);
    let told = live.until_item(event_of("note.added")).await;
    assert_eq!(told["event"]["data"]["note"], note);
    let path = format!("/v1/conversations/{}/priority", id(&row));
    let changed = admin.put(&path, json!({"priority": "high"})).await;
    let request = changed.header("request-id").to_owned();
    changed.expect(200);
    let told = live.until_item(event_of("conversation.priority_changed")).await;
    assert_eq!(told["event"]["correlationid"], json!(request), "a client knows its own doings");
    assert_eq!(told["event"]["data"]["activity"]["type"], "conversation.priority_changed");
    assert_eq!(told["event"]["conversation"]["priority"], "high");
}

#[tokio::test]
async fn conversations_come_and_go_with_their_assignment() {
    let hall = Hall::open().await;
    let case = hall.case(&hall.agent, Standing::OtherTeam).await;
    let mut agent = hall.served.listen(&hall.agent, json!({})).await;
    let mut operator = hall.served.listen(&hall.operator, json!({})).await;
    for live in [&mut agent, &mut operator] {
        live.until(|frame| frame["last"] == true).await;
        assert_eq!(live.mirror.conversations.len(), 0);
    }
    let path = format!("/v1/conversations/{}/assignment", case.conversation);
    let move_to = |team: usize, assignee: Option<&str>| json!({"team_id": hall.teams[team], "assignee_id": assignee});
    hall.root.put(&path, move_to(0, None)).await.expect(200);
    let entered = agent.until_item(|item| item["kind"] == "enter").await;
    assert_eq!((&entered["reason"], &entered["messages_stale"]), (&json!("reassigned"), &json!(true)));
    hall.root.put(&path, move_to(0, Some(&hall.operator.user_id))).await.expect(200);
    operator.until_item(|item| item["kind"] == "enter").await;
    agent.until_item(event_of("conversation.assigned")).await;
    hall.root.put(&path, move_to(1, None)).await.expect(200);
    for live in [&mut agent, &mut operator] {
        let left = live.until_item(|item| item["kind"] == "leave").await;
        assert_eq!(left["id"], json!(case.conversation));
    }
    let writes = format!("/v1/conversations/{}/notes", case.conversation);
    hall.root.post(&writes, json!({"body": "a secret of the other team"})).await.expect(201);
    let head = hall.served.head();
    // Their own doing, so that they are told of something after it.
    hall.root.put(&path, move_to(0, Some(&hall.operator.user_id))).await.expect(200);
    for live in [&mut agent, &mut operator] {
        live.until_item(|item| item["kind"] == "enter" && item["pos"].as_u64() > Some(head)).await;
        assert!(!live.frames.concat().contains("a secret of the other team"));
    }
}

#[tokio::test]
async fn a_change_of_role_begins_anew_and_the_end_of_a_session_ends_at_once() {
    let hall = Hall::open().await;
    let _case = hall.case(&hall.agent, Standing::Team).await;
    let mut live = hall.served.listen(&hall.agent, json!({})).await;
    live.until(|frame| frame["last"] == true).await;
    assert_eq!(live.mirror.conversations.len(), 1);
    let path = format!("/v1/users/{}/role", hall.agent.user_id);
    hall.root.put(&path, json!({"role": "operator"})).await.expect(200);
    live.until(|frame| frame["type"] == "reset").await;
    let ready = live.next().await.unwrap();
    assert_eq!((&ready["type"], &ready["user"]["role"]), (&json!("ready"), &json!("operator")));
    live.until(|frame| frame["last"] == true).await;
    assert_eq!(live.mirror.conversations.len(), 0);
    assert_eq!(live.mirror.resets, ["scope_changed"]);
    hall.agent.post("/v1/auth/logout", json!({})).await.expect(204);
    let (bye, code) = live.ends().await;
    assert_eq!(code, Some(4101));
    let bye = bye.expect("a goodbye");
    assert_eq!((&bye["code"], &bye["reconnect"]), (&json!(4101), &json!(true)));
}

#[tokio::test]
async fn a_client_goes_on_where_it_broke_off() {
    let hall = Hall::open().await;
    let kept = hall.case(&hall.agent, Standing::Team).await;
    let lost = hall.case(&hall.agent, Standing::Team).await;
    let mut live = hall.served.listen(&hall.agent, json!({"open": [kept.conversation]})).await;
    live.until(|frame| frame["last"] == true).await;
    live.reaches(hall.served.head()).await;
    let mirror = live.cut();
    let at = |case: &crate::hall::Case, rest: &str| format!("/v1/conversations/{}{rest}", case.conversation);
    hall.root.post(&at(&kept, "/notes"), json!({"body": "while you were away"})).await.expect(201);
    hall.root.post(&at(&lost, "/notes"), json!({"body": "never for your eyes"})).await.expect(201);
    hall.root.put(&at(&lost, "/assignment"), json!({"team_id": hall.teams[1], "assignee_id": null})).await.expect(200);
    let gained = hall.case(&hall.agent, Standing::Team).await;
    let mut live =
        hall.served.resume(&hall.agent, mirror, json!({"open": [kept.conversation, lost.conversation]})).await;
    let ready = live.next().await.unwrap();
    assert_eq!(ready["mode"], "resumed");
    live.reaches(hall.served.head()).await;
    let known: Vec<_> = live.mirror.conversations.keys().cloned().collect();
    let mut expected = vec![kept.conversation.clone(), gained.conversation.clone()];
    expected.sort();
    assert_eq!(known, expected);
    let told = live.frames.concat();
    assert!(told.contains("while you were away") && !told.contains("never for your eyes"));
    let fresh = hall.agent.get(&at(&kept, "")).await.expect(200);
    assert_eq!(live.mirror.conversations[&kept.conversation], fresh);
}

#[tokio::test]
async fn whoever_cannot_resume_is_told_why_and_given_a_picture() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let log = served.desk.reader().log_id().to_owned();
    for (resume, reason) in [
        (json!({"log_id": "another", "pos": 1}), "log_changed"),
        (json!({"log_id": log, "pos": served.head() + 1_000}), "position_ahead"),
    ] {
        let mut live = served.listen(&admin, json!({"resume": resume})).await;
        let reset = live.next().await.unwrap();
        assert_eq!((&reset["type"], &reset["reason"]), (&json!("reset"), &json!(reason)));
        let ready = live.next().await.unwrap();
        assert_eq!((&ready["mode"], &ready["id"]), (&json!("snapshot"), &json!("h")));
    }
    // Rights that changed while away.
    let ben = served.member(&admin, "ben", "agent").await;
    let pos = served.head();
    admin.put(&format!("/v1/users/{}/role", ben.user_id), json!({"role": "operator"})).await.expect(200);
    let mut live = served.listen(&ben, json!({"resume": {"log_id": log, "pos": pos}})).await;
    assert_eq!(live.next().await.unwrap()["reason"], "scope_changed");
}

#[tokio::test]
async fn signals_reach_those_who_see_the_conversation_and_nobody_else() {
    let hall = Hall::open().await;
    let case = hall.case(&hall.agent, Standing::Team).await;
    let mut agent = hall.served.listen(&hall.agent, json!({})).await;
    let mut mate = hall.served.listen(&hall.mate, json!({})).await;
    let mut neighbour = hall.served.listen(&hall.neighbour, json!({})).await;
    for live in [&mut agent, &mut mate, &mut neighbour] {
        live.until(|frame| frame["last"] == true).await;
    }
    let online = |frame: &Value| frame["presence"].as_array().is_some_and(|all| !all.is_empty());
    let known: Vec<_> = mate.until(online).await["presence"].as_array().unwrap().clone();
    assert!(known.iter().any(|one| one["user_id"] == json!(hall.agent.user_id) && one["state"] == "online"));
    assert!(!known.iter().any(|one| one["user_id"] == json!(hall.neighbour.user_id)), "not of their teams");
    let signal = |kind: &str| json!({"type": "signal", "id": "s", "kind": kind, "conversation_id": case.conversation});
    agent.say(signal("replying")).await;
    agent.until(|frame| frame["type"] == "reply" && frame["ok"] == true).await;
    let said = mate.until(|frame| frame["type"] == "signals" && frame["presence"].is_null()).await;
    assert_eq!(said["conversation_id"], json!(case.conversation));
    assert_eq!(said["agents"][0]["user_id"], json!(hall.agent.user_id));
    assert_eq!(said["agents"][0]["state"], "replying");
    let path = format!("/v1/conversations/{}/viewers", case.conversation);
    assert_eq!(hall.mate.get(&path).await.expect(200)["data"], said["agents"]);
    hall.neighbour.get(&path).await.refused(404, "not-found");
    neighbour.say(signal("viewing")).await;
    let refused = neighbour.until(|frame| frame["type"] == "reply").await;
    assert_eq!(refused["error"]["code"], "not-found");
    drop(agent);
    mate.until(|frame| frame["type"] == "signals" && frame["agents"] == json!([])).await;
    let asked = json!({"kind": "viewing", "conversation_id": case.conversation});
    hall.neighbour.post("/v1/live/signals", asked.clone()).await.refused(404, "not-found");
    hall.agent.post("/v1/live/signals", asked).await.expect(204);
    mate.until(|frame| frame["type"] == "signals" && frame["agents"][0]["state"] == "viewing").await;
    neighbour.say(json!({"type": "ping", "id": "p"})).await;
    neighbour.until(|frame| frame["id"] == "p").await;
    assert!(neighbour.mirror.signals.is_empty());
}

#[tokio::test]
async fn what_is_not_theirs_moves_the_cursor_and_an_idle_client_resumes_from_near() {
    let hall = Hall::open().await;
    let mine = hall.case(&hall.agent, Standing::Team).await;
    let theirs = hall.case(&hall.agent, Standing::OtherTeam).await;
    let mut live = hall.served.listen(&hall.agent, json!({})).await;
    live.until(|frame| frame["last"] == true).await;
    let begun = live.mirror.pos();
    let path = format!("/v1/conversations/{}/notes", theirs.conversation);
    let mut written = 0;
    while hall.served.head() < begun + 1_100 {
        let notes = (0..40).map(|n| hall.root.post(&path, json!({"body": format!("note {written} {n}")})));
        futures_util::future::join_all(notes).await.into_iter().for_each(|answer| drop(answer.expect(201)));
        written += 1;
    }
    let told = live.until(|frame| frame["type"] == "batch").await;
    assert_eq!(told["items"], json!([]), "nothing of it was theirs");
    assert!(told["pos"].as_u64() >= Some(begun + 1_000), "but they know where they stand: {told}");
    let mirror = live.cut();
    let path = format!("/v1/conversations/{}/notes", mine.conversation);
    hall.root.post(&path, json!({"body": "for you"})).await.expect(201);
    let mut live = hall.served.resume(&hall.agent, mirror, json!({})).await;
    assert_eq!(live.next().await.unwrap()["mode"], "resumed");
    live.until_item(event_of("note.added")).await;
}

#[tokio::test]
async fn a_filter_narrows_and_a_wider_one_begins_anew() {
    let hall = Hall::open().await;
    let one = hall.case(&hall.root, Standing::Team).await;
    let other = hall.case(&hall.root, Standing::OtherTeam).await;
    let hello = json!({"filter": {"teams": [hall.teams[0]], "types": ["note.*"]}});
    let mut live = hall.served.listen(&hall.root, hello).await;
    live.until(|frame| frame["last"] == true).await;
    assert_eq!(live.mirror.conversations.keys().collect::<Vec<_>>(), [&one.conversation]);
    for case in [&one, &other] {
        let at = |rest: &str| format!("/v1/conversations/{}{rest}", case.conversation);
        hall.root.put(&at("/priority"), json!({"priority": "high"})).await.expect(200);
        hall.root.post(&at("/notes"), json!({"body": "a note"})).await.expect(201);
    }
    let told = live.until_item(|item| item["kind"] == "event").await;
    assert_eq!(
        (&told["event"]["type"], &told["event"]["data"]["conversation_id"]),
        (&json!("note.added"), &json!(one.conversation))
    );
    // Out of the filter is out of sight.
    let path = format!("/v1/conversations/{}/assignment", one.conversation);
    hall.root.put(&path, json!({"team_id": hall.teams[1], "assignee_id": null})).await.expect(200);
    live.until_item(|item| item["kind"] == "leave").await;
    live.say(json!({"type": "subscribe", "id": "s"})).await;
    live.until(|frame| frame["type"] == "reset").await;
    let reply = live.until(|frame| frame["id"] == "s").await;
    assert_eq!(reply["effective_pos"], json!(live.mirror.pos() + 1));
    assert_eq!(live.mirror.conversations.len(), 2);
    live.say(json!({"type": "subscribe", "id": "t", "open": ["conv_01jd8w3q5tex9bqm1d0vhkk6ws"]})).await;
    assert_eq!(live.until(|frame| frame["id"] == "t").await["error"]["code"], "not-found");
}

#[tokio::test]
async fn of_one_event_everybody_is_told_with_their_own_conversations() {
    let hall = Hall::open().await;
    let ours = hall.case(&hall.agent, Standing::Team).await;
    let theirs = hall.case(&hall.agent, Standing::OtherTeam).await;
    // One customer with a conversation on either side of a wall, and as many unread in both.
    let merge = hall.root.request(reqwest::Method::POST, "/v1/contact-merges").header("idempotency-key", "m1");
    let merge = merge.json(&json!({"winner_id": ours.contact, "loser_id": theirs.contact}));
    Served::send(merge).await.expect(201);
    let readers = [&hall.agent, &hall.mate, &hall.neighbour];
    let mut listening = Vec::new();
    for reader in readers {
        let mut live = hall.served.listen(reader, json!({"snapshot": []})).await;
        live.until(|frame| frame["type"] == "ready").await;
        listening.push(live);
    }
    hall.root.patch(&format!("/v1/contacts/{}", ours.contact), json!({"name": "One Customer"})).await.expect(200);
    for (live, (own, foreign)) in listening.iter_mut().zip([(&ours, &theirs), (&ours, &theirs), (&theirs, &ours)]) {
        let told = live.until_item(event_of("contact.edited")).await;
        assert_eq!(told["event"]["conversation"]["id"], json!(own.conversation));
        assert!(!live.frames.concat().contains(&foreign.conversation));
    }
}

#[tokio::test]
async fn an_account_that_is_closed_is_gone_from_the_stream_at_once() {
    let hall = Hall::open().await;
    let mut live = hall.served.listen(&hall.agent, json!({})).await;
    live.until(|frame| frame["last"] == true).await;
    let path = format!("/v1/users/{}/deactivation", hall.agent.user_id);
    hall.root.post(&path, json!({})).await.expect(200);
    let (bye, code) = live.ends().await;
    assert!(matches!(code, Some(4101 | 4203)), "{code:?}");
    assert!(bye.is_some());
}
