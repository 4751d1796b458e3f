//! Who takes work: one's own to say, others' for who looks after them, and nobody's business behind a wall.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, Served};
use crate::hall::{Hall, id};

const OWN: &str = "/v1/me/availability";

fn of(user: &str) -> String {
    format!("/v1/users/{user}/availability")
}

async fn changes(root: &Client) -> Vec<Value> {
    root.events("agent.availability_changed").await
}

#[tokio::test]
async fn somebody_says_what_they_are_and_their_colleagues_read_it() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ben = served.member(&root, "ben", "agent").await;
    let before = ben.get(OWN).await.expect(200);
    let offline = json!({"state": "offline", "since": before["since"], "until": null, "note": null, "cause": null});
    assert_eq!(before, offline);
    let until = (served.desk.now() + Millis::hours(1)).to_rfc3339();
    let wish = json!({"state": "busy", "until": until, "note": " in a meeting "});
    let said = ben.put(OWN, wish.clone()).await.expect(200);
    let busy = json!({
        "state": "busy", "since": said["since"], "until": until, "note": "in a meeting", "cause": "chosen",
    });
    assert_eq!(said, busy);
    assert_eq!(ben.put(OWN, wish).await.expect(200), busy);
    assert_eq!(changes(&root).await.len(), 1, "saying it again changes nothing");
    let one = root.get(&format!("/v1/users/{}", ben.user_id)).await.expect(200);
    let all = root.get("/v1/users").await.expect(200);
    let row = all["data"].as_array().unwrap().iter().find(|row| id(row) == ben.user_id).unwrap();
    for shown in [&ben.get(OWN).await.expect(200), &one["availability"], &row["availability"]] {
        assert_eq!(shown, &busy);
    }
    // What is left out ends.
    let said = ben.put(OWN, json!({"state": "available"})).await.expect(200);
    assert_eq!((&said["until"], &said["note"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_end_lies_ahead_and_ends_an_absence() {
    let served = Served::start().await;
    let root = served.admin().await;
    let at = |length: Millis| (served.desk.now() + length).to_rfc3339();
    for wish in [
        json!({"state": "away", "until": at(Millis(-1))}),
        json!({"state": "away", "until": at(Millis::days(367))}),
        json!({"state": "available", "until": at(Millis::hours(1))}),
        json!({"state": "away", "note": "   "}),
    ] {
        root.put(OWN, wish).await.refused(422, "unprocessable");
    }
    for wish in [json!({}), json!({"state": "asleep"}), json!({"state": "away", "note": "x".repeat(141)})] {
        root.put(OWN, wish).await.refused(400, "invalid-body");
    }
    assert_eq!(changes(&root).await, Vec::<Value>::new());
}

#[tokio::test]
async fn others_are_set_by_who_looks_after_them() {
    let hall = Hall::open().await;
    let away = || json!({"state": "away", "note": "called in sick"});
    let eve = hall.served.member(&hall.root, "eve", "admin").await;
    for (whom, said) in [(&hall.agent, &hall.admin), (&hall.operator, &hall.admin), (&hall.admin, &hall.root)] {
        let set = said.put(&of(&whom.user_id), away()).await.expect(200);
        assert_eq!((id(&set), &set["availability"]["cause"]), (whom.user_id.clone(), &json!("set_by_other")));
        assert_eq!(whom.get(OWN).await.expect(200)["note"], "called in sick");
    }
    // Of another brand; of all brands, so not theirs alone; above them.
    hall.admin.put(&of(&hall.stranger.user_id), away()).await.refused(404, "not-found");
    hall.admin.put(&of(&hall.root.user_id), away()).await.refused(403, "role-protected");
    hall.admin.put(&of(&eve.user_id), away()).await.refused(403, "role-protected");
    for weak in [&hall.agent, &hall.operator] {
        for whom in [&hall.mate, &hall.stranger, &hall.root, weak] {
            weak.put(&of(&whom.user_id), away()).await.refused(403, "forbidden");
        }
    }
    let by = changes(&hall.root).await;
    let by: Vec<_> = by.iter().map(|event| (&event["actor"]["id"], &event["facts"]["user_id"])).collect();
    let (admin, root) = (json!(hall.admin.user_id), json!(hall.root.user_id));
    let (agent, operator) = (json!(hall.agent.user_id), json!(hall.operator.user_id));
    assert_eq!(by, [(&admin, &agent), (&admin, &operator), (&root, &admin)]);
}

#[tokio::test]
async fn a_note_is_read_by_who_sees_its_writer_and_is_in_no_event() {
    let hall = Hall::open().await;
    let wish = json!({"state": "busy", "note": "SECRET dentist"});
    for writer in [&hall.root, &hall.agent, &hall.stranger] {
        writer.put(OWN, wish.clone()).await.expect(200);
    }
    let note = async |reader: &Client, writer: &Client| {
        let answer = reader.get(&format!("/v1/users/{}", writer.user_id)).await;
        (answer.status, answer.body["availability"]["note"].clone())
    };
    assert_eq!(note(&hall.mate, &hall.agent).await, (200, json!("SECRET dentist")));
    for (reader, writer) in [
        (&hall.neighbour, &hall.agent),
        (&hall.operator, &hall.agent),
        (&hall.agent, &hall.stranger),
        (&hall.admin, &hall.stranger),
    ] {
        assert_eq!(note(reader, writer).await, (404, Value::Null));
        let list = reader.get("/v1/users?availability=busy").await.expect(200);
        assert!(list["data"].as_array().unwrap().iter().all(|row| id(row) != writer.user_id));
    }
    let everywhere = hall.served.member(&hall.root, "eve", "admin").await;
    for (reader, events) in [(&hall.root, 3), (&everywhere, 2), (&hall.admin, 0)] {
        let page = reader.get("/v1/events?limit=1000").await.expect(200);
        assert!(!page.to_string().contains("SECRET"));
        let seen: Vec<_> = changes(reader).await;
        assert_eq!(seen.len(), events);
        assert!(seen.iter().all(|event| event["private"].is_null() && event["facts"]["note_key"].is_string()));
    }
    hall.agent.get("/v1/events").await.refused(403, "forbidden");
    let audit = hall.root.get("/v1/audit-log?limit=200").await.expect(200);
    assert!(!audit.to_string().contains("SECRET"));
}

#[tokio::test]
async fn the_list_can_be_narrowed_to_those_who_are_there() {
    let served = Served::start().await;
    let root = served.admin().await;
    for (name, state) in [("ben", "busy"), ("eve", "available"), ("kim", "away")] {
        served.member(&root, name, "agent").await.put(OWN, json!({"state": state})).await.expect(200);
    }
    let names = |page: &Value| {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let page = root.get("/v1/users?availability=available,busy&limit=1").await.expect(200);
    assert_eq!(names(&page), ["ben"]);
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let next = format!("/v1/users?availability=busy,available&limit=1&cursor={cursor}");
    assert_eq!(names(&root.get(&next).await.expect(200)), ["eve"]);
    root.get(&format!("/v1/users?availability=away&cursor={cursor}")).await.refused(400, "cursor-mismatch");
    root.get("/v1/users?availability=asleep").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn what_is_said_while_connected_rests_on_the_connection() {
    let served = Served::start().await;
    let root = served.admin().await;
    root.put(OWN, json!({"state": "available"})).await.expect(200);
    let user = root.user_id.parse().unwrap();
    let connection = served.desk.presence().connect(user, domain::ids::SessionId::from_u128(1));
    root.put(OWN, json!({"state": "busy"})).await.expect(200);
    drop(connection);
    root.put(OWN, json!({"state": "away"})).await.expect(200);
    root.put(OWN, json!({"state": "busy"})).await.expect(200);
    let live: Vec<_> = changes(&root).await.iter().map(|event| event["facts"]["live"].clone()).collect();
    assert_eq!(live, [json!(false), json!(true), json!(true), json!(false)]);
}

#[tokio::test]
async fn whoever_leaves_is_offline_with_nothing_said() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let ben = served.member(&root, "ben", "agent").await;
    ben.put(OWN, json!({"state": "busy", "note": "in a meeting"})).await.expect(200);
    clock.advance(Millis::minutes(1));
    let closed = root.post(&format!("/v1/users/{}/deactivation", ben.user_id), json!({})).await.expect(200);
    let since = served.desk.now().to_rfc3339();
    let offline = json!({"state": "offline", "since": since, "until": null, "note": null, "cause": null});
    assert_eq!(closed["user"]["availability"], offline);
    root.put(&of(&ben.user_id), json!({"state": "away"})).await.refused(409, "invalid-transition");
}
