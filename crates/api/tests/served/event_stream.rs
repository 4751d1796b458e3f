//! The log as a stream and in figures: its form, its filters, its walls, and that it can be broken off and taken up.

use std::io::Read;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, Served};

/// A stream that is being read.
struct Reading {
    response: reqwest::Response,
    buffer: String,
}

impl Reading {
    async fn of(client: &Client, path: &str) -> Self {
        let response = client.request(Method::GET, path).send().await.expect("the server answers");
        assert_eq!(response.status().as_u16(), 200);
        Self { response, buffer: String::new() }
    }

    /// The next line; `None`: the stream is over.
    async fn line(&mut self) -> Option<Value> {
        loop {
            if let Some((line, rest)) = self.buffer.split_once('\n') {
                let value = serde_json::from_str(line).expect("a line of JSON");
                self.buffer = rest.to_owned();
                return Some(value);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk()).await;
            let chunk = chunk.expect("a line in time").expect("the connection holds")?;
            self.buffer.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    async fn rest(mut self) -> Vec<Value> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        lines
    }
}

async fn lines(client: &Client, path: &str) -> Vec<Value> {
    Reading::of(client, path).await.rest().await
}

fn positions(events: &[Value]) -> Vec<u64> {
    events.iter().filter_map(|event| event["id"].as_str()?.parse().ok()).collect()
}

#[tokio::test]
async fn each_line_is_a_cloud_event_whose_personal_part_stays_sealed() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "a very particular sentence").await;
    let head = served.head();
    let mut all = lines(&admin, "/v1/event-stream").await;
    assert_eq!(served.head(), head, "nothing personal was shown, so there is nothing to write down");
    assert_eq!(all.pop(), Some(json!({"end": head})));
    assert_eq!(positions(&all), (1..=head).collect::<Vec<_>>());
    let log = admin.get("/v1/log").await.expect(200)["log_id"].as_str().unwrap().to_owned();
    for event in &all {
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["source"], format!("/logs/{log}"));
        assert_eq!(event["sequence"], format!("{:0>20}", event["id"].as_str().unwrap()));
        assert_eq!(event["data"]["private"], Value::Null);
        assert_eq!(event["dataclassification"], "internal");
        let kind = event["type"].as_str().unwrap();
        assert!(event["dataschema"].as_str().unwrap().starts_with(&format!("urn:frontdesk:event-schema:{kind}:v")));
    }
    let received = all.iter().find(|event| event["type"] == "message.received").unwrap();
    assert_eq!((&received["subject"], &received["partitionkey"]), (&row["id"], &row["id"]));
    assert_eq!((&received["authtype"], &received["authid"]), (&json!("service_account"), &Value::Null));
    assert_eq!((&received["data"]["facts"]["kind"], &received["data"]["sealed"]), (&json!("text"), &json!(true)));
    let login = all.iter().find(|event| event["type"] == "session.opened").unwrap();
    assert_eq!(login["authid"], admin.user_id.as_str());

    // Asked for, it is opened, and that is written down before the first line.
    let opened = lines(&admin, "/v1/event-stream?open_personal=true&types=message.received").await;
    assert_eq!(opened[0]["data"]["private"]["content"]["text"]["body"], "a very particular sentence");
    assert_eq!(
        (&opened[0]["data"]["sealed"], &opened[0]["dataclassification"]),
        (&json!(false), &json!("confidential"))
    );
    let revealed = admin.events("data.revealed").await;
    assert_eq!(revealed[0]["facts"]["operation"], "stream_events");
    assert_eq!((&revealed[0]["facts"]["from_pos"], &revealed[0]["facts"]["to_pos"]), (&json!(1), &json!(head)));
}

#[tokio::test]
async fn a_client_that_takes_gzip_is_given_it_and_each_part_at_once() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let plain = lines(&admin, "/v1/event-stream").await;
    let ask = |path: &str| admin.request(Method::GET, path).header("accept-encoding", "br, gzip");
    let answer = ask("/v1/event-stream").send().await.unwrap();
    assert_eq!((&answer.headers()["content-encoding"], &answer.headers()["vary"]), (&"gzip", &"Accept-Encoding"));
    let bytes = answer.bytes().await.unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("a whole stream");
    let inflated: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(inflated, plain);

    let head = served.head();
    let mut following = ask(&format!("/v1/event-stream?follow=true&after={head}")).send().await.unwrap();
    admin.post("/v1/brands", json!({"name": "North"})).await.expect(201);
    let (mut bytes, mut seen) = (Vec::new(), String::new());
    while !seen.contains("brand.created") {
        let chunk = tokio::time::timeout(Duration::from_secs(10), following.chunk()).await;
        bytes.extend_from_slice(&chunk.expect("it is not kept back").unwrap().unwrap());
        seen.clear();
        // The stream is not over, so its trailer is missing; what was sent can be read nevertheless.
        let mut decoder = flate2::read::GzDecoder::new(&bytes[..]);
        let mut byte = [0];
        while decoder.read(&mut byte).is_ok_and(|count| count > 0) {
            seen.push(char::from(byte[0]));
        }
    }
}

#[tokio::test]
async fn filters_narrow_the_stream_the_list_and_the_figures_alike() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, "4915112345678", "hello").await;
    served.customer_writes(&admin, "4915112345679", "good day").await;
    let conversation = row["id"].as_str().unwrap();
    let all = lines(&admin, "/v1/event-stream").await;
    let middle = &all[all.len() / 2];
    let (at, pos) = (middle["recordedtime"].as_str().unwrap(), middle["id"].as_str().unwrap().parse::<u64>().unwrap());
    let of = |wanted: &dyn Fn(&Value) -> bool| {
        let events: Vec<_> = all.iter().filter(|event| event["id"].is_string() && wanted(event)).cloned().collect();
        positions(&events)
    };
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    let wanted = [
        ("types=message.received", of(&|event| kind(event) == "message.received")),
        (
            "types=message.received,conversation.*",
            of(&|event| kind(event) == "message.received" || kind(event).starts_with("conversation.")),
        ),
        (&format!("subject={conversation}") as &str, of(&|event| event["subject"] == conversation)),
        (&format!("actor_id={}", admin.user_id), of(&|event| event["authid"] == admin.user_id.as_str())),
        (&format!("since={at}"), of(&|event| event["recordedtime"].as_str() >= Some(at))),
        (&format!("until={at}"), of(&|event| event["recordedtime"].as_str() < Some(at))),
        (
            &format!("until_pos={pos}&after=2"),
            of(&|event| {
                let id: u64 = event["id"].as_str().unwrap().parse().unwrap();
                id > 2 && id <= pos
            }),
        ),
        ("types=nothing.happened", Vec::new()),
    ];
    for (query, expected) in wanted {
        let streamed = lines(&admin, &format!("/v1/event-stream?{query}")).await;
        assert!(streamed.last().unwrap()["end"].is_u64(), "{query}");
        assert_eq!(positions(&streamed), expected, "{query}");
        let page = admin.get(&format!("/v1/events?limit=1000&until_pos={}&{query}", all.len() - 1));
        if !query.contains("until_pos") {
            let page = page.await.expect(200);
            let listed: Vec<_> = page["data"].as_array().unwrap().iter().map(|event| event["pos"].as_u64()).collect();
            assert_eq!(listed, expected.iter().copied().map(Some).collect::<Vec<_>>(), "{query}");
        }
        let figures = admin.get(&format!("/v1/event-stats?{query}")).await.expect(200);
        let counted = figures["types"].as_array().unwrap().iter().map(|each| each["tally"]["count"].as_u64().unwrap());
        if query.contains("until") || query.contains("nothing") {
            assert_eq!(counted.sum::<u64>(), expected.len() as u64, "{query}");
        }
    }
    admin.get("/v1/event-stream?types=Message").await.refused(400, "invalid-parameter");
    admin.get("/v1/event-stream?follow=true&until=2030-01-01T00:00:00Z").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn a_page_can_be_a_batch_of_cloud_events() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    served.customer_writes(&admin, "4915112345678", "hello").await;
    let batch = |after: u64| {
        let request = admin.request(Method::GET, &format!("/v1/events?limit=4&after={after}"));
        Served::send(request.header("accept", "application/cloudevents-batch+json"))
    };
    let first = batch(0).await;
    assert_eq!(first.header("content-type"), "application/cloudevents-batch+json");
    assert_eq!(first.header("frontdesk-next-after"), "4");
    let second = batch(4).await.expect(200);
    let both: Vec<_> =
        first.expect(200).as_array().unwrap().iter().chain(second.as_array().unwrap()).cloned().collect();
    assert_eq!(positions(&both), (1..=8).collect::<Vec<_>>());
    assert!(both.iter().all(|event| event["specversion"] == "1.0"));
}

#[tokio::test]
async fn a_reader_who_lost_the_connection_goes_on_where_it_was() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let mut reading = Reading::of(&admin, "/v1/event-stream?follow=true").await;
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(reading.line().await.unwrap());
    }
    drop(reading);
    admin.post("/v1/brands", json!({"name": "North"})).await.expect(201);
    let served = served.restart().await;
    let admin = served.admin().await;
    let head = served.head();
    let path = format!("/v1/event-stream?follow=true&after={}&until_pos={head}", positions(&seen).last().unwrap());
    let mut rest = lines(&admin, &path).await;
    assert_eq!(rest.pop(), Some(json!({"end": head})), "it was told how far to follow");
    seen.extend(rest);
    assert_eq!(positions(&seen), (1..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn whose_rights_end_is_given_nothing_more_and_no_end_line() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let key = json!({"name": "Warehouse", "role": "admin", "scopes": ["events.read"]});
    let key = root.post("/v1/api-keys", key).await.expect(201);
    let head = served.head();
    let path = format!("/v1/event-stream?follow=true&after={head}");
    let of_ada = Reading::of(&ada, &path).await;
    let mut program = root.clone();
    program.token = key["secret"].as_str().unwrap().to_owned();
    let of_key = Reading::of(&program, &path).await;
    root.put(&format!("/v1/users/{}/role", ada.user_id), json!({"role": "agent"})).await.expect(200);
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    let etag = root.get(&path).await.header("etag").to_owned();
    let removed = Served::send(root.request(Method::DELETE, &path).header("if-match", etag)).await;
    assert!(removed.status < 300, "{removed:?}");
    root.post("/v1/brands", json!({"name": "North"})).await.expect(201);
    for lines in [of_ada.rest().await, of_key.rest().await] {
        assert!(lines.iter().all(|line| line["end"].is_null() && line["type"] != "brand.created"), "{lines:#?}");
    }
}

#[tokio::test]
async fn the_stream_ends_at_the_walls_of_whoever_reads() {
    let served = Served::start().await;
    let root = served.admin().await;
    let [north, south] = [("North", "100000000000001"), ("South", "100000000000002")].map(|names| names);
    let mut brands = Vec::new();
    for (name, number) in [north, south] {
        let brand = root.post("/v1/brands", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned();
        served.connect_number(&root, number, Some(&brand)).await;
        let at = served.desk.now().as_millis() / 1_000;
        let hook = crate::desk::webhook_on(number, "4915112345678", &format!("wamid.{name}"), "hello", at);
        assert_eq!(served.deliver(&hook).await.status, 200);
        brands.push(brand);
    }
    let ada = served.member(&root, "ada", "admin").await;
    let path = format!("/v1/users/{}/brands", ada.user_id);
    root.put(&path, json!({"brand_ids": [brands[0]]})).await.expect(200);
    let whole = lines(&root, "/v1/event-stream?types=conversation.opened,contact.*,message.*,channel.*").await;
    let hers = lines(&ada, "/v1/event-stream").await;
    let of_brand = |event: &Value, brand: &str| event["data"]["facts"]["brand_id"] == brand;
    assert!(whole.iter().any(|event| of_brand(event, &brands[1])));
    assert!(hers.iter().any(|event| of_brand(event, &brands[0])));
    assert!(!hers.iter().any(|event| of_brand(event, &brands[1])), "nothing of the other brand");
    // What she is given is what she may read one by one, and what the figures count for her.
    let page = ada.get("/v1/events?limit=1000").await.expect(200);
    let listed: Vec<_> = page["data"].as_array().unwrap().iter().map(|event| event["pos"].as_u64().unwrap()).collect();
    let streamed = positions(&hers);
    assert_eq!(listed[..streamed.len()], streamed);
    let upto = format!("/v1/event-stats?until_pos={}", hers.last().unwrap()["end"]);
    let figures = ada.get(&upto).await.expect(200);
    assert_eq!(figures["total"]["count"], streamed.len());
    assert_ne!(figures["total"], root.get(&upto).await.expect(200)["total"]);

    for role in ["agent", "operator"] {
        let other = served.member(&root, role, role).await;
        for path in ["/v1/event-stream", "/v1/event-stats", "/v1/event-stream?follow=true"] {
            other.get(path).await.refused(403, "forbidden");
        }
    }
    let secret = |scopes: Value| {
        let body = json!({"name": "Warehouse", "role": "admin", "scopes": scopes});
        let made = root.post("/v1/api-keys", body);
        async { made.await.expect(201)["secret"].as_str().unwrap().to_owned() }
    };
    let without = secret(json!(["conversations.list"])).await;
    let reader = secret(json!(["events.read"])).await;
    let asks = |secret: &str, path: &str| Served::send(served.raw(Method::GET, path).bearer_auth(secret));
    asks(&without, "/v1/event-stream").await.refused(403, "forbidden");
    asks(&reader, "/v1/event-stream?open_personal=true").await.refused(403, "forbidden");
    assert_eq!(asks(&reader, "/v1/event-stream").await.status, 200);
    // Whoever may not open what is personal is shown the rest.
    let page = asks(&reader, "/v1/events?limit=1000&types=message.received").await.expect(200);
    assert_eq!(page["data"][0]["private"], Value::Null);
}

#[tokio::test]
async fn figures_say_how_many_of_what_and_when() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    for wa_id in ["4915112345678", "4915112345679"] {
        served.customer_writes(&admin, wa_id, "hello").await;
    }
    let head = served.head();
    let figures = admin.get("/v1/event-stats").await.expect(200);
    assert_eq!((&figures["total"]["count"], &figures["total"]["last_pos"]), (&json!(head), &json!(head)));
    assert_eq!((&figures["next_after"], &figures["as_of"]), (&Value::Null, &json!(head)));
    let rows = |name: &str| figures[name].as_array().unwrap().clone();
    let received = rows("types").into_iter().find(|row| row["type"] == "message.received").unwrap();
    assert_eq!(received["tally"]["count"], 2);
    for name in ["types", "days"] {
        for field in ["count", "bytes"] {
            let sum: u64 = rows(name).iter().map(|row| row["tally"][field].as_u64().unwrap()).sum();
            assert_eq!(figures["total"][field], sum, "{name} {field}");
        }
    }
    // Ranges add up.
    let upper = admin.get("/v1/event-stats?after=5").await.expect(200)["total"]["count"].as_u64().unwrap();
    let lower = admin.get("/v1/event-stats?until_pos=5").await.expect(200)["total"]["count"].as_u64().unwrap();
    assert_eq!((lower, lower + upper), (5, head));
    let none = admin.get(&format!("/v1/event-stats?after={head}")).await.expect(200);
    assert_eq!((&none["total"], &none["types"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn nobody_holds_more_streams_than_their_share() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let path = format!("/v1/event-stream?follow=true&after={}", served.head());
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(Reading::of(&admin, &path).await);
    }
    let refused = admin.get(&path).await;
    assert!(refused.headers.contains_key("retry-after"));
    refused.refused(429, "rate-limited");
    let ada = served.member(&admin, "ada", "admin").await;
    let _hers = Reading::of(&ada, &path).await;
}
