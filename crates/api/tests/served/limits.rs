//! Budgets, positions, and a server that goes away in order.

use api::context::Settings;
use api::rate_limit::Rates;
use reqwest::Method;
use serde_json::json;

use crate::desk::{Served, text_webhook};

#[tokio::test]
async fn a_budget_is_told_runs_out_and_never_touches_webhooks() {
    let rates = Rates { read_per_minute: 2, ..Rates::default() };
    let served = Served::start_with(Settings { rates, ..Settings::default() }).await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let first = admin.get("/v1/me").await;
    assert_eq!(first.header("ratelimit-policy"), "\"read\";q=2;w=60");
    assert!(first.header("ratelimit").starts_with("\"read\";r=1;t="));
    admin.get("/v1/me").await.expect(200);
    let third = admin.get("/v1/me").await;
    assert!(!third.header("retry-after").is_empty());
    third.refused(429, "rate-limited");
    for number in 0..5 {
        let at = served.desk.now().as_millis() / 1_000;
        let webhook = text_webhook("4915112345678", &format!("wamid.{number}"), "hi", at);
        assert_eq!(served.deliver(&webhook).await.status, 200);
    }
    admin.post("/v1/brands", json!({"name": "North"})).await.expect(201);
}

#[tokio::test]
async fn a_position_that_was_seen_is_reached_or_refused() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let at = |position: &str| {
        Served::send(admin.request(Method::GET, "/v1/me").header("frontdesk-min-position", position.to_owned()))
    };
    let head = admin.get("/v1/me").await.header("frontdesk-position").to_owned();
    assert_eq!(at(&head).await.status, 200);
    at("999999").await.refused(503, "projection-behind");
    at("soon").await.refused(400, "invalid-parameter");
}

#[tokio::test]
async fn a_draining_server_takes_nothing_new_and_says_so() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    served.desk.drain();
    served.anonymous(Method::GET, "/readyz", None).await.refused(503, "draining");
    let refused = admin.post("/v1/brands", json!({"name": "North"})).await;
    assert!(!refused.header("retry-after").is_empty());
    refused.refused(503, "draining");
    let webhook = text_webhook("4915112345678", "wamid.one", "hi", served.desk.now().as_millis() / 1_000);
    served.deliver(&webhook).await.refused(503, "draining");
    admin.get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn only_listed_origins_may_call_from_a_browser() {
    let origins = vec!["https://desk.example".to_owned()];
    let served = Served::start_with(Settings { allowed_origins: origins, ..Settings::default() }).await;
    let admin = served.admin().await;
    let from = |origin: &'static str| {
        Served::send(admin.request(Method::POST, "/v1/brands").header("origin", origin).json(&json!({"name": origin})))
    };
    from("https://evil.example").await.refused(403, "origin-not-allowed");
    let allowed = from("https://desk.example").await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://desk.example");
    allowed.expect(201);
}
