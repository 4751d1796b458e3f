//! Who gets in, how, and how far somebody who misbehaves.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Served;

fn body(response: &tokio_tungstenite::tungstenite::http::Response<Option<Vec<u8>>>) -> Value {
    serde_json::from_slice(response.body().as_deref().unwrap_or_default()).unwrap_or(Value::Null)
}

#[tokio::test]
async fn a_token_in_the_address_and_a_page_of_a_stranger_are_refused() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let Err(refused) = served.dial(served.upgrade(&format!("?token={}", admin.token))).await else { panic!("let in") };
    assert_eq!((refused.status().as_u16(), &body(&refused)["code"]), (400, &json!("token-in-url")));
    let mut request = served.upgrade("");
    request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    let Err(refused) = served.dial(request).await else { panic!("let in") };
    assert_eq!((refused.status().as_u16(), &body(&refused)["code"]), (403, &json!("origin-not-allowed")));
    let mut request = served.upgrade("");
    request.headers_mut().insert("authorization", "Bearer nonsense".parse().unwrap());
    let Err(refused) = served.dial(request).await else { panic!("let in") };
    assert_eq!((refused.status().as_u16(), &body(&refused)["code"]), (401, &json!("token-invalid")));
    let plain = Served::send(served.raw(Method::GET, "/v1/live")).await;
    plain.refused(400, "invalid-parameter");
    Served::send(served.raw(Method::GET, "/v1/live/sse")).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn the_first_frame_or_the_header_or_a_ticket_says_who_somebody_is() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let hello = json!({"type": "hello", "v": 1, "snapshot": []});
    // By header.
    let mut request = served.upgrade("");
    request.headers_mut().insert("authorization", format!("Bearer {}", admin.token).parse().unwrap());
    let mut live = served.dial(request).await.unwrap();
    live.say(hello.clone()).await;
    assert_eq!(live.next().await.unwrap()["type"], "ready");
    // By ticket, once.
    let ticket = admin.post("/v1/live/tickets", json!({"purpose": "ws"})).await.expect(200);
    for (n, code) in [(0, None), (1, Some(4100))] {
        let mut live = served.dial(served.upgrade("")).await.unwrap();
        let mut hello = hello.clone();
        hello["ticket"] = ticket["ticket"].clone();
        live.say(hello).await;
        match code {
            None => assert_eq!(live.next().await.unwrap()["type"], "ready", "{n}"),
            Some(_) => assert_eq!(live.ends().await.1, code),
        }
    }
    // In the one header that a browser's script can set.
    let ticket = admin.post("/v1/live/tickets", json!({"purpose": "ws"})).await.expect(200);
    let mut request = served.upgrade("");
    let offered = format!("frontdesk.v1, frontdesk.ticket.{}", ticket["ticket"].as_str().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", offered.parse().unwrap());
    let mut live = served.dial(request).await.unwrap();
    live.say(hello.clone()).await;
    assert_eq!(live.next().await.unwrap()["type"], "ready");
    // A ticket for the other door opens nothing.
    let ticket = admin.post("/v1/live/tickets", json!({"purpose": "sse"})).await.expect(200);
    let mut live = served.dial(served.upgrade("")).await.unwrap();
    live.say(json!({"type": "hello", "v": 1, "ticket": ticket["ticket"]})).await;
    assert_eq!(live.ends().await.1, Some(4100));
}

#[tokio::test]
async fn frames_that_make_no_sense_are_answered_and_the_third_ends_it() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let mut live = served.listen(&admin, json!({"snapshot": []})).await;
    live.until(|frame| frame["type"] == "ready").await;
    live.say(json!({"type": "dance", "id": "d"})).await;
    let refused = live.until(|frame| frame["type"] == "reply").await;
    assert_eq!((&refused["id"], &refused["error"]["status"]), (&json!("d"), &json!(400)));
    live.say_text("{".to_owned()).await;
    assert_eq!(live.until(|frame| frame["type"] == "reply").await["error"]["code"], "malformed");
    live.say(json!({"type": "subscribe", "id": "s", "filter": {"types": ["*.*"]}})).await;
    let (bye, code) = live.ends().await;
    assert_eq!((code, &bye.unwrap()["reconnect"]), (Some(4200), &json!(false)));
    for (first, code) in [
        (json!({"type": "hello", "v": 2, "token": admin.token}), 4201),
        (json!({"type": "hello", "v": 1, "token": "nonsense"}), 4100),
        (json!({"type": "hello", "v": 1}), 4100),
        (json!({"type": "ping"}), 4200),
        (json!({"type": "hello", "v": 1, "token": "x".repeat(20_000)}), 4205),
    ] {
        let mut live = served.dial(served.upgrade("")).await.unwrap();
        live.say(first).await;
        assert_eq!(live.ends().await.1, Some(code));
    }
}

#[tokio::test]
async fn who_sends_too_much_is_told_once_and_who_says_nothing_is_sent_away() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let mut silent = served.dial(served.upgrade("")).await.unwrap();
    let mut live = served.listen(&admin, json!({"snapshot": []})).await;
    for n in 0..52 {
        live.say(json!({"type": "ping", "id": n.to_string()})).await;
    }
    let refused = live.until(|frame| frame["ok"] == false).await;
    assert_eq!(refused["error"]["code"], "rate-limited");
    assert_eq!(live.ends().await.1, Some(4005));
    assert_eq!(silent.ends().await.1, Some(4202));
}

#[tokio::test]
async fn connections_of_one_person_are_counted() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let mut held = Vec::new();
    for _ in 0..10 {
        let mut live = served.listen(&admin, json!({"snapshot": []})).await;
        live.until(|frame| frame["type"] == "ready").await;
        held.push(live);
    }
    let mut eleventh = served.listen(&admin, json!({"snapshot": []})).await;
    assert_eq!(eleventh.ends().await.1, Some(4204));
    let mut strangers = Vec::new();
    for _ in 0..20 {
        strangers.push(served.dial(served.upgrade("")).await.unwrap());
    }
    let Err(refused) = served.dial(served.upgrade("")).await else { panic!("let in") };
    assert_eq!(refused.status().as_u16(), 429);
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_on_the_connection_or_ends_it() {
    use app::OsEntropy;
    use domain::time::Millis;
    let clock = crate::desk::HandClock::new();
    let served = Served::start_on(Default::default(), clock.clone(), std::sync::Arc::new(OsEntropy)).await;
    let admin = served.admin().await;
    let mut live = served.listen(&admin, json!({"snapshot": []})).await;
    live.until(|frame| frame["type"] == "ready").await;
    clock.advance(Millis::seconds(570));
    live.say(json!({"type": "ping", "id": "p"})).await;
    let notice = live.until(|frame| frame["type"] == "notice").await;
    assert_eq!(notice["code"], "token_expiring");
    let renewed = served
        .anonymous(Method::POST, "/v1/auth/refresh", Some(json!({"refresh_token": admin.refresh_token})))
        .await
        .expect(200);
    live.say(json!({"type": "auth", "id": "a", "token": renewed["access_token"]})).await;
    live.until(|frame| frame["id"] == "a" && frame["ok"] == true).await;
    clock.advance(Millis::minutes(9));
    live.say(json!({"type": "ping", "id": "q"})).await;
    live.until(|frame| frame["id"] == "q").await;
    clock.advance(Millis::minutes(2));
    live.say(json!({"type": "ping", "id": "r"})).await;
    assert_eq!(live.ends().await.1, Some(4100));
}

#[tokio::test]
async fn server_sent_events_carry_the_same_frames_and_resume_by_the_last_id() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let ticket = admin.post("/v1/live/tickets", json!({"purpose": "sse"})).await.expect(200);
    let path = format!("/v1/live/sse?snapshot=conversations:all&ticket={}", ticket["ticket"].as_str().unwrap());
    let mut stream = Events::open(served.raw(Method::GET, &path)).await;
    let (ready, id) = stream.until("ready").await;
    assert_eq!(ready["mode"], "snapshot");
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    let (batch, last) = stream.until("batch").await;
    assert!(batch["items"].as_array().is_some_and(|items| !items.is_empty()), "{batch} after {id:?}");
    drop(stream);
    let path = format!("/v1/conversations/{}/notes", row["id"].as_str().unwrap());
    admin.post(&path, json!({"body": "meanwhile"})).await.expect(201);
    let request = admin.request(Method::GET, "/v1/live/sse").header("last-event-id", last.expect("an id"));
    let mut stream = Events::open(request).await;
    assert_eq!(stream.until("ready").await.0["mode"], "resumed");
    let mut told = String::new();
    while !told.contains("meanwhile") {
        told.push_str(&stream.until("batch").await.0.to_string());
    }
}

/// A reader of server-sent events.
struct Events {
    response: reqwest::Response,
    buffer: String,
}

impl Events {
    async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new() }
    }

    /// The next event of a type, with its id.
    async fn until(&mut self, kind: &str) -> (Value, Option<String>) {
        loop {
            while let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()))
                };
                let (found, id, data) = (field("event:"), field("id:"), field("data:"));
                self.buffer = rest.to_owned();
                if found.as_deref() == Some(kind) {
                    return (serde_json::from_str(&data.expect("data")).expect("JSON"), id);
                }
            }
            let more = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let more = more.expect("an event in time").expect("a chunk").expect("the stream goes on");
            self.buffer.push_str(std::str::from_utf8(&more).expect("text"));
        }
    }
}

#[tokio::test]
async fn polling_gives_the_same_batches_and_waits_for_the_next() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let here = admin.get("/v1/live/poll").await.expect(200);
    assert_eq!((&here["type"], here["items"].as_array().map(Vec::len)), (&json!("batch"), Some(0)));
    let log = served.desk.reader().log_id().to_owned();
    let from = |pos: &Value| format!("/v1/live/poll?wait=20&resume={log}:{pos}");
    let waiting = {
        let (admin, path) = (admin.clone(), from(&here["pos"]));
        tokio::spawn(async move { admin.get(&path).await.expect(200) })
    };
    let row = served.customer_writes(&admin, "4915112345678", "at last").await;
    let told = waiting.await.unwrap();
    assert_eq!(told["prev"], here["pos"]);
    assert!(told.to_string().contains(row["id"].as_str().unwrap()), "{told}");
    assert!(api::asyncapi::frame_errors(&told).is_empty());
    let refused = admin.get("/v1/live/poll?resume=another:1").await.refused(410, "position-gone");
    assert_eq!((&refused["reason"], &refused["log_id"]), (&json!("log_changed"), &json!(log)));
    admin.get("/v1/live/poll?resume=nonsense").await.refused(400, "invalid-parameter");
    admin.get("/v1/live/poll?wait=26").await.refused(400, "invalid-parameter");
    admin.get("/v1/live/poll?filter=%7B%22types%22%3A%5B%22%2A.%2A%22%5D%7D").await.refused(422, "unprocessable");
    let ben = served.member(&admin, "ben", "agent").await;
    let pos = json!(served.head());
    admin.put(&format!("/v1/users/{}/role", ben.user_id), json!({"role": "operator"})).await.expect(200);
    assert_eq!(ben.get(&from(&pos)).await.refused(410, "position-gone")["reason"], "scope_changed");
}
