//! Notes: threads, changes, signs, mentions; and that nothing of them leaves the house.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, Served};

/// A desk with one conversation; gives it and the path of its notes.
async fn desk(served: &Served, admin: &Client) -> (Value, String) {
    served.connect(admin).await;
    let row = served.customer_writes(admin, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}/notes", row["id"].as_str().expect("it is there"));
    (row, path)
}

fn at(note: &Value, rest: &str) -> String {
    format!("/v1/notes/{}{rest}", note["id"].as_str().expect("it is there"))
}

fn bodies(page: &Value) -> Vec<&str> {
    page["data"]
        .as_array()
        .expect("it is there")
        .iter()
        .map(|note| note["body"].as_str().expect("it is there"))
        .collect()
}

#[tokio::test]
async fn a_thread_is_one_level_deep_and_reads_in_order() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (_, path) = desk(&served, &admin).await;
    let root = admin.post(&path, json!({"body": "what happened?", "pinned": true})).await.expect(201);
    assert_eq!(root["thread"], json!({"root_id": root["id"], "reply_count": 0, "last_reply_at": null}));
    let first = admin.post(&path, json!({"body": "lost", "parent_id": root["id"]})).await.expect(201);
    let second = admin.post(&path, json!({"body": "refund", "parent_id": first["id"]})).await.expect(201);
    assert_eq!(second["thread"]["root_id"], root["id"]);
    let now = admin.get(&at(&root, "")).await.expect(200);
    assert_eq!((&now["thread"]["reply_count"], &now["thread"]["last_reply_at"]), (&json!(2), &second["created_at"]));
    for note in [&root, &second] {
        let page = admin.get(&at(note, "/replies?limit=1")).await.expect(200);
        assert_eq!(bodies(&page), ["lost"]);
        let next = page["page"]["next_cursor"].as_str().unwrap();
        let rest = admin.get(&at(note, &format!("/replies?limit=1&cursor={next}"))).await.expect(200);
        assert_eq!((bodies(&rest), &rest["page"]["next_cursor"]), (vec!["refund"], &Value::Null));
    }
    assert_eq!(bodies(&admin.get(&path).await.expect(200)), ["refund", "lost", "what happened?"]);
    assert_eq!(bodies(&admin.get(&format!("{path}?pinned=true")).await.expect(200)), ["what happened?"]);
    let foreign = json!({"body": "x", "parent_id": "note_00000000000000000000000001"});
    let problem = admin.post(&path, foreign).await.refused(422, "unknown-reference");
    assert_eq!(problem["errors"][0]["pointer"], "/parent_id");
}

#[tokio::test]
async fn its_author_changes_a_note_for_fifteen_minutes_and_every_text_stays() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let admin = served.admin().await;
    let (_, path) = desk(&served, &admin).await;
    let ben = served.member(&admin, "ben", "agent").await;
    let note = ben.post(&path, json!({"body": "tipo"})).await.expect(201);
    admin.patch(&at(&note, ""), json!({"body": "mine"})).await.refused(403, "forbidden");
    admin.delete(&at(&note, "")).await.refused(403, "forbidden");
    let stale = ben.request(reqwest::Method::PATCH, &at(&note, "")).header("if-match", "\"v1\"");
    Served::send(stale.json(&json!({"body": "typo"}))).await.refused(412, "precondition-failed");
    clock.advance(Millis::minutes(9));
    let edited = ben.patch(&at(&note, ""), json!({"body": "typo"})).await.expect(200);
    assert_eq!((&edited["body"], edited["edited_at"].is_string()), (&json!("typo"), true));
    assert!(edited["version"].as_u64() > note["version"].as_u64());
    let history = admin.get(&at(&note, "/revisions")).await.expect(200);
    assert_eq!(bodies(&history), ["tipo", "typo"]);
    assert_eq!((&history["data"][0]["number"], &history["data"][1]["created_at"]), (&json!(1), &edited["edited_at"]));
    clock.advance(Millis(6 * 60_000 + 1));
    // A session's token lives ten minutes.
    let ben = served.log_in("ben@example.com", "eleven quiet lamps").await;
    ben.patch(&at(&note, ""), json!({"body": "late"})).await.refused(409, "note-settled");
    ben.delete(&at(&note, "")).await.refused(409, "note-settled");
    let fresh = ben.post(&path, json!({"body": "never mind"})).await.expect(201);
    let gone = ben.delete(&at(&fresh, "")).await.expect(200);
    assert_eq!((&gone["deleted"], &gone["body"]), (&json!(true), &json!("")));
    ben.delete(&at(&fresh, "")).await.expect(200);
    assert_eq!(ben.get(&at(&fresh, "/revisions")).await.expect(200)["data"], json!([]));
    ben.patch(&at(&fresh, ""), json!({"body": "back"})).await.refused(409, "invalid-transition");
    assert_eq!(bodies(&ben.get(&path).await.expect(200)), ["", "typo"]);
    let timeline = ben.get(&path.replace("/notes", "/timeline")).await.expect(200);
    assert!(!timeline.to_string().contains("never mind") && timeline.to_string().contains("typo"));
}

#[tokio::test]
async fn signs_and_pins_are_set_and_taken_back() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (_, path) = desk(&served, &admin).await;
    let ben = served.member(&admin, "ben", "agent").await;
    let note = admin.post(&path, json!({"body": "solved"})).await.expect(201);
    for client in [&admin, &ben, &ben] {
        client.put(&at(&note, "/reactions/%F0%9F%8E%89"), json!({})).await.expect(200);
    }
    let shown = ben.put(&at(&note, "/pin"), json!({})).await.expect(200);
    assert_eq!((&shown["reactions"][0]["emoji"], &shown["reactions"][0]["count"]), (&json!("🎉"), &json!(2)));
    assert_eq!(shown["pinned"], true);
    ben.put(&at(&note, "/reactions/Mallory"), json!({})).await.refused(422, "unprocessable");
    let shown = ben.delete(&at(&note, "/reactions/%F0%9F%8E%89")).await.expect(200);
    assert_eq!(shown["reactions"][0]["user_ids"], json!([admin.user_id]));
    assert_eq!(ben.delete(&at(&note, "/pin")).await.expect(200)["pinned"], false);
}

#[tokio::test]
async fn a_mention_of_somebody_behind_the_wall_is_refused_and_writes_nothing() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (row, path) = desk(&served, &admin).await;
    let (ben, olga) = (served.member(&admin, "ben", "agent").await, served.member(&admin, "olga", "operator").await);
    let candidates = |q: &str| format!("/v1/mention-candidates?conversation_id={}&q={q}", row["id"].as_str().unwrap());
    let names = async |client: &Client, q: &str| -> Vec<String> {
        let found = client.get(&candidates(q)).await.expect(200);
        found["data"].as_array().unwrap().iter().map(|each| each["name"].as_str().unwrap().to_owned()).collect()
    };
    let head = served.desk.view(|views| views.position());
    assert_eq!(names(&admin, "").await, ["ben"]);
    let mut told_apart = Vec::new();
    for wall in [olga.user_id.as_str(), "usr_00000000000000000000000001", "team_00000000000000000000000001"] {
        let body = json!({"body": format!("@[{}] @[{wall}] look", ben.user_id)});
        let mut problem = admin.post(&path, body).await.refused(422, "mention-not-permitted");
        assert_eq!(problem["errors"][0]["pointer"], "/body");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("index 1"));
        problem["instance"] = Value::Null;
        told_apart.push(problem);
    }
    assert!(told_apart.iter().all(|problem| *problem == told_apart[0]), "absent and hidden look alike");
    assert_eq!(served.desk.view(|views| views.position()), head, "a refused note leaves no event");
    // Behind the wall, even asking whom to name says nothing.
    olga.get(&candidates("")).await.refused(404, "not-found");
    let hers = json!({"assignee_id": olga.user_id});
    admin.put(&format!("/v1/conversations/{}/assignment", row["id"].as_str().unwrap()), hers).await.expect(200);
    assert_eq!(names(&admin, "OL").await, ["olga"]);
    let note = admin.post(&path, json!({"body": format!("@[{}] look", olga.user_id)})).await.expect(201);
    assert_eq!(note["mentions"], json!([{"type": "user", "id": olga.user_id, "name": "olga"}]));
}

/// A team behind closed walls.
async fn team(admin: &Client, name: &str, members: &[&Client]) -> String {
    let team = admin.post("/v1/teams", json!({"name": name})).await.expect(201);
    let id = team["id"].as_str().expect("an id").to_owned();
    for member in members {
        admin.put(&format!("/v1/teams/{id}/members/{}", member.user_id), json!({})).await.expect(200);
    }
    id
}

#[tokio::test]
async fn a_team_can_be_named_where_somebody_of_it_sees_the_conversation() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (row, path) = desk(&served, &admin).await;
    let conversation = format!("/v1/conversations/{}", row["id"].as_str().unwrap());
    let (ben, eva) = (served.member(&admin, "ben", "agent").await, served.member(&admin, "eva", "agent").await);
    let (first, second) = (team(&admin, "First line", &[&ben]).await, team(&admin, "Second line", &[&eva]).await);
    let to_first = json!({"assignee_id": null, "team_id": first});
    admin.put(&format!("{conversation}/assignment"), to_first).await.expect(200);
    let candidates = format!("/v1/mention-candidates?conversation_id={}", row["id"].as_str().unwrap());
    let first_line = json!({"type": "team", "id": first, "name": "First line"});
    let ben_himself = json!({"type": "user", "id": ben.user_id, "name": "ben"});
    assert_eq!(admin.get(&candidates).await.expect(200)["data"], json!([ben_himself, first_line]));
    let note = admin.post(&path, json!({"body": format!("@[{first}] please")})).await.expect(201);
    assert_eq!(note["mentions"], json!([first_line]));
    let told = async |client: &Client| client.get("/v1/mentions").await.expect(200)["data"].as_array().unwrap().len();
    assert_eq!((told(&ben).await, told(&eva).await), (1, 0));
    admin.post(&path, json!({"body": format!("@[{second}]")})).await.refused(422, "mention-not-permitted");
    // Behind the team's wall the note, its thread and the conversation are one and the same nothing.
    eva.get(&at(&note, "")).await.refused(404, "not-found");
    eva.get(&candidates).await.refused(404, "not-found");
    // Whoever was invited sees it, can be named, and is told; with the invitation it all goes.
    let invitation = format!("{conversation}/collaborators/{}", eva.user_id);
    admin.put(&invitation, json!({})).await.expect(200);
    eva.post(&path, json!({"body": "at your service", "parent_id": note["id"]})).await.expect(201);
    admin.post(&path, json!({"body": format!("@[{second}] and you?")})).await.expect(201);
    assert_eq!(told(&eva).await, 1);
    admin.delete(&invitation).await;
    assert_eq!(told(&eva).await, 0);
    assert_eq!(eva.get("/v1/notification-counts").await.expect(200)["unread"], 0);
}

#[tokio::test]
async fn a_note_has_limits() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (_, path) = desk(&served, &admin).await;
    let post = async |body: String| admin.post(&path, json!({"body": body})).await;
    post("x".repeat(16_384)).await.expect(201);
    post("x".repeat(16_385)).await.refused(400, "invalid-body");
    post("é".repeat(8_193)).await.refused(422, "unprocessable");
    post(" ".to_owned()).await.refused(422, "unprocessable");
    post("x".repeat(10_000_000)).await.refused(413, "payload-too-large");
    let many = |n: u128| (0..n).map(|n| format!("@[{}]", domain::ids::UserId::from_u128(n))).collect::<String>();
    post(many(21)).await.refused(422, "unprocessable");
    post(many(480)).await.refused(422, "unprocessable");
    let odd = json!({"body": "x", "note_id": "note_00000000000000000000000001"});
    admin.post(&path, odd).await.refused(400, "invalid-body");
}

#[tokio::test]
async fn a_note_by_id_is_as_hidden_as_its_conversation() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (_, path) = desk(&served, &admin).await;
    let olga = served.member(&admin, "olga", "operator").await;
    let note = admin.post(&path, json!({"body": "about olga"})).await.expect(201);
    let absent = olga.get("/v1/notes/note_00000000000000000000000001").await.refused(404, "not-found");
    let alike = |mut problem: Value| {
        problem["instance"] = absent["instance"].clone();
        assert_eq!(problem, absent);
    };
    for rest in ["", "/replies", "/revisions"] {
        alike(olga.get(&at(&note, rest)).await.refused(404, "not-found"));
    }
    alike(olga.patch(&at(&note, ""), json!({"body": "x"})).await.refused(404, "not-found"));
    alike(olga.delete(&at(&note, "")).await.refused(404, "not-found"));
    for rest in ["/pin", "/reactions/%F0%9F%8E%89", "/reactions/Mallory"] {
        alike(olga.put(&at(&note, rest), json!({})).await.refused(404, "not-found"));
        alike(olga.delete(&at(&note, rest)).await.refused(404, "not-found"));
    }
}

#[tokio::test]
async fn the_same_request_again_adds_no_second_note_and_says_the_same() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let (_, path) = desk(&served, &admin).await;
    let root = admin.post(&path, json!({"body": "root"})).await.expect(201);
    let again = async || {
        let request = admin.request(reqwest::Method::POST, &path).header("idempotency-key", "k");
        Served::send(request.json(&json!({"body": "once", "parent_id": root["id"], "pinned": true}))).await
    };
    let first = again().await;
    assert_eq!(first.header("location"), at(&first.body, ""));
    let first = first.expect(201);
    admin.patch(&at(&first, ""), json!({"body": "changed"})).await.expect(200);
    let replay = again().await;
    assert_eq!(replay.header("idempotency-replayed"), "true");
    assert_eq!(replay.expect(201), first);
    assert_eq!(bodies(&admin.get(&path).await.expect(200)), ["changed", "root"]);
}
