//! Somebody follows the log while the server dies: nothing is missed, nothing comes twice.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Person, Shop};

/// Reads until a stream breaks, or `enough` says so; gives the positions seen.
async fn read(admin: &Person, after: u64, enough: impl Fn(&Value) -> bool) -> Vec<u64> {
    let path = format!("/v1/event-stream?follow=true&after={after}");
    // The server may be dead before it answers.
    let Ok(mut response) = admin.request(Method::GET, &path).send().await else { return Vec::new() };
    assert_eq!(response.status().as_u16(), 200);
    let (mut buffer, mut seen) = (String::new(), Vec::new());
    while let Ok(Some(chunk)) = response.chunk().await {
        buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some((line, rest)) = buffer.split_once('\n') {
            let event: Value = serde_json::from_str(line).unwrap();
            buffer = rest.to_owned();
            seen.extend(event["id"].as_str().map(|id| id.parse::<u64>().unwrap()));
            if enough(&event) {
                return seen;
            }
        }
    }
    seen
}

#[tokio::test]
async fn a_reader_survives_the_death_of_the_server() {
    let mut shop = Shop::open().await;
    let mut seen: Vec<u64> = Vec::new();
    for round in 0..3 {
        let name = format!("Customer {round}");
        let after = seen.last().copied().unwrap_or(0);
        let admin = Person::sign_in(&shop.desk, "ada@example.com", "correct horse battery staple").await;
        let reading = tokio::spawn(async move { read(&admin, after, |_| false).await });
        shop.customer(&format!("+3461122233{round}"), &name).says("Hola");
        shop.conversation_with(&name).await;
        shop = shop.crash_and_restart().await;
        // What came before the connection broke counts, however little it was.
        seen.extend(reading.await.unwrap());
    }
    let log = shop.admin.get("/v1/log").await.expect(reqwest::StatusCode::OK);
    let head = log["head_pos"].as_u64().unwrap();
    let after = seen.last().copied().unwrap_or(0);
    let last = head.to_string();
    seen.extend(read(&shop.admin, after, |event| event["id"] == last.as_str()).await);
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
}
