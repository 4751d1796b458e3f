//! Who falls behind, who reads nothing, who is away or sent away: where they stand then, and what it costs the others.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use super::listener::event_of;
use crate::desk::{Client, Served, text_webhook};
use crate::hall::{Hall, id};
use domain::access::Standing;

/// More positions than a client may miss and still resume; `FRONTDESK_FOREIGN=100000` passes more of them.
const FOREIGN: u64 = 20_500;
/// Messages of one webhook.
const AT_ONCE: u64 = 500;

/// So many messages of one customer, as few webhooks.
async fn customer_writes_much(served: &Served, wa_id: &str, count: u64, length: usize) {
    let now_s = served.desk.now().as_millis() / 1_000;
    let text = "x".repeat(length);
    for from in (0..count).step_by(AT_ONCE as usize) {
        let mut body = text_webhook(wa_id, "wamid.", &text, now_s);
        let messages = &mut body["entry"][0]["changes"][0]["value"]["messages"];
        let one = messages[0].clone();
        let numbered = |n: u64| {
            let mut message = one.clone();
            message["id"] = json!(format!("wamid.{wa_id}.{n}"));
            message
        };
        *messages = (from..(from + AT_ONCE).min(count)).map(numbered).collect();
        let delivered = served.deliver(&body).await;
        assert_eq!(delivered.status, 200, "{}", delivered.body);
    }
}

#[tokio::test]
async fn however_much_passes_that_is_not_theirs_an_idle_client_has_nothing_to_catch_up_with() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let mut live = served.listen(&admin, json!({"snapshot": ["me"], "filter": {"types": ["note.*"]}})).await;
    live.until(|frame| frame["type"] == "ready").await;
    let begun = live.mirror.pos();
    let foreign = std::env::var("FRONTDESK_FOREIGN").ok().and_then(|count| count.parse().ok()).unwrap_or(FOREIGN);
    customer_writes_much(&served, "4915112345678", foreign, 20).await;
    let head = served.head();
    assert!(head >= begun + foreign, "all of it was taken: {begun} to {head}");
    live.reaches(head).await;
    let batches: Vec<Value> = live.frames.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect();
    let batches: Vec<_> = batches.iter().filter(|frame| frame["type"] == "batch").collect();
    assert!(batches.iter().all(|batch| batch["items"] == json!([])), "nothing of it was theirs");
    assert!(batches.len() as u64 <= foreign / 1_000 + 2, "and they are told so seldom: {}", batches.len());
    // From where they were told to be nothing is left to look through, though it is too far from where they began.
    let mirror = live.cut();
    let more = json!({"snapshot": ["me"], "filter": {"types": ["note.*"]}});
    let mut live = served.resume(&admin, mirror, more.clone()).await;
    let ready = live.next().await.unwrap();
    assert_eq!((&ready["mode"], &ready["pos"], &ready["head_pos"]), (&json!("resumed"), &json!(head), &json!(head)));
    let log = served.desk.reader().log_id().to_owned();
    let mut behind = more;
    behind["resume"] = json!({"log_id": log, "pos": begun});
    let mut late = served.listen(&admin, behind).await;
    assert_eq!(late.next().await.unwrap()["reason"], "replay_too_long");
    let path = format!("/v1/conversations/{}/notes", id(&row));
    admin.post(&path, json!({"body": "for you"})).await.expect(201);
    live.until_item(event_of("note.added")).await;
}

#[tokio::test]
async fn whoever_stops_reading_holds_up_nobody_and_is_sent_away_to_resume() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    served.customer_writes(&admin, "4915112345678", "hello").await;
    let mut reader = served.listen(&admin, json!({"snapshot": ["me"]})).await;
    reader.until(|frame| frame["type"] == "ready").await;
    // What the kernels on both sides keep is little, so that it is soon full.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let stream = socket.connect(served.base().trim_start_matches("http://").parse().unwrap()).await.unwrap();
    let mut stalled = served.dial_on(stream, served.upgrade("")).await;
    stalled.say(json!({"type": "hello", "v": 1, "token": admin.token, "snapshot": ["me"]})).await;
    stalled.until(|frame| frame["type"] == "ready").await;
    let begun = std::time::Instant::now();
    let mut reached = served.head();
    // Until it lags further than anybody may, and has not read for longer than the server forgives with that lag.
    for n in 0.. {
        customer_writes_much(&served, &format!("49151123457{n:02}"), AT_ONCE, 100).await;
        reader.reaches(served.head()).await;
        reached = served.head().max(reached);
        if n >= 14 && begun.elapsed().as_secs() >= 2 {
            break;
        }
    }
    let told = reader.frames.len();
    // What was on its way comes, in order and without a gap, and then why it ends.
    let (bye, code) = stalled.ends().await;
    assert_eq!(code, Some(4002));
    let bye = bye.expect("a goodbye");
    assert_eq!((&bye["reason"], &bye["resume"]), (&json!("slow_consumer"), &json!(true)));
    assert!(stalled.mirror.pos() < reached, "{} of {reached}", stalled.mirror.pos());
    assert!(stalled.frames.len() < told, "{} frames were kept for it, of {told}", stalled.frames.len());
    let mut back = served.resume(&admin, stalled.cut(), json!({"snapshot": ["me"]})).await;
    assert_eq!(back.next().await.unwrap()["mode"], "resumed");
    back.reaches(served.head()).await;
}

#[tokio::test]
async fn after_the_end_of_a_session_nothing_more_is_told_not_even_what_happens_at_once() {
    let hall = Hall::open().await;
    let case = hall.case(&hall.agent, Standing::Team).await;
    let notes = format!("/v1/conversations/{}/notes", case.conversation);
    let note = async |client: &Client, n: usize| {
        client.post(&notes, json!({"body": format!("note {n}")})).await.expect(201);
    };
    let sessions = hall.agent.get("/v1/auth/sessions").await.expect(200);
    let current = sessions["data"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
    let path = format!("/v1/auth/sessions/{}", current["id"].as_str().unwrap());
    let mut live = hall.served.listen(&hall.agent, json!({"snapshot": ["me"]})).await;
    live.until(|frame| frame["type"] == "ready").await;
    note(&hall.root, 0).await;
    live.until_item(event_of("note.added")).await;
    // While colleagues go on writing.
    let writing = async {
        for n in 1..=20 {
            note(&hall.root, n).await;
        }
    };
    let revoking = async { hall.agent.delete(&path).await };
    let (revoked, ()) = tokio::join!(revoking, writing);
    let over = revoked.header("frontdesk-position").parse::<u64>().unwrap();
    revoked.expect(204);
    let (bye, code) = live.ends().await;
    assert_eq!((code, &bye.expect("a goodbye")["reason"]), (Some(4101), &json!("session_revoked")));
    assert!(live.mirror.pos() <= over, "told up to {}, and it was over by {over}", live.mirror.pos());
    assert!(live.frames.last().unwrap().contains("\"bye\""), "the goodbye is the last word");
}

#[tokio::test]
async fn a_server_that_stops_sends_everybody_home_to_come_back_one_by_one() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let mut all = Vec::new();
    for _ in 0..8 {
        let mut live = served.listen(&admin, json!({"snapshot": ["me"]})).await;
        live.until(|frame| frame["type"] == "ready").await;
        all.push(live);
    }
    served.desk.drain();
    let mut waits = BTreeSet::new();
    for mut live in all {
        let (bye, code) = live.ends().await;
        let bye = bye.expect("a goodbye");
        assert_eq!((code, &bye["reconnect"], &bye["resume"]), (Some(4001), &json!(true), &json!(true)));
        waits.insert(bye["after_ms"].as_u64().unwrap());
    }
    assert!(waits.len() > 1 && waits.iter().all(|wait| *wait < 5_000), "{waits:?}");
    let Err(refused) = served.dial(served.upgrade("")).await else { panic!("let in") };
    assert_eq!(refused.status().as_u16(), 503);
}

#[tokio::test]
async fn an_upgrade_that_is_no_stream_is_answered_as_any_request() {
    let served = Served::start().await;
    let mut request = served.upgrade("");
    *request.uri_mut() = request.uri().to_string().replace("/v1/live", "/v1/nothing").parse().unwrap();
    let Err(refused) = served.dial(request).await else { panic!("let in") };
    assert_eq!(refused.status().as_u16(), 404);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    assert!(refused.headers().contains_key("request-id"));
    Served::send(served.raw(Method::GET, "/v1/live").header("upgrade", "h2c")).await.refused(400, "invalid-parameter");
}
