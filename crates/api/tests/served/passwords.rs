//! Which passwords are taken, and the way back in.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, EMAIL, HandClock, PASSWORD, Served};

async fn reset(served: &Served, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "new_password": password});
    served.anonymous(Method::POST, "/v1/auth/password/reset", Some(body)).await
}

#[tokio::test]
async fn a_weak_password_is_refused_with_the_reason_before_anything_happens() {
    let served = Served::start().await;
    let root = served.admin().await;
    let new = |password: &str| json!({"name": "Ada Byron of Ockham", "email": "ada@example.com", "role": "agent", "password": password});
    let before = root.get("/v1/log").await.expect(200)["head_pos"].clone();
    for (password, why) in [
        ("brief", "too-short"),
        ("twelve chars", "too-short"),
        ("password123", "well-known"),
        ("qwertyuiopqwertyuiop", "well-known"),
        ("ADA BYRON OF OCKHAM", "own-data"),
        ("abcdefghijklmnop", "guessable"),
    ] {
        let refused = root.post("/v1/users", new(password)).await.refused(422, "weak-password");
        assert_eq!(refused["errors"][0]["pointer"], "/password", "{password}");
        assert_eq!(refused["errors"][0]["code"], why, "{password}");
        assert!(!refused.to_string().contains(password), "never repeated");
    }
    // A megabyte does not get as far.
    root.post("/v1/users", new(&"x".repeat(1_000_000))).await.refused(413, "payload-too-large");
    root.post("/v1/users", new(&"x".repeat(257))).await.refused(400, "invalid-body");
    assert_eq!(root.get("/v1/log").await.expect(200)["head_pos"], before);
    // No rule about kinds of characters.
    root.post("/v1/users", new("ocho farolas y un barco")).await.expect(201);
}

#[tokio::test]
async fn saying_that_a_password_is_lost_is_answered_alike_and_written_down_for_those_who_can_help() {
    let served = Served::start().await;
    let root = served.admin().await;
    let head = served.head();
    for email in [EMAIL, "nobody@example.com", EMAIL] {
        let answer = served.anonymous(Method::POST, "/v1/auth/password/forgot", Some(json!({"email": email}))).await;
        assert_eq!((answer.status, answer.body), (202, Value::String(String::new())));
    }
    served.moves_beyond(head).await;
    let asked = root.events("password_reset.requested").await;
    assert_eq!(asked.len(), 1, "once, however often it is said");
}

#[tokio::test]
async fn a_link_sets_a_new_password_once_and_ends_every_session() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let ben = served.member(&root, "ben", "agent").await;
    let path = |user: &str| format!("/v1/users/{user}/password-reset");
    ben.post(&path(&ada.user_id), json!({})).await.refused(403, "forbidden");
    ada.post(&path(&root.user_id), json!({})).await.refused(403, "role-protected");
    let first = ada.post(&path(&ben.user_id), json!({})).await.expect(200)["token"].as_str().unwrap().to_owned();
    let token = ada.post(&path(&ben.user_id), json!({})).await.expect(200)["token"].as_str().unwrap().to_owned();
    // Replaced, altered, of another kind, guessed.
    reset(&served, &first, "nine tall ladders").await.refused(410, "gone");
    let altered = token.replace(&token[10..11], if &token[10..11] == "0" { "1" } else { "0" });
    for text in [altered.as_str(), "fdp_", "%20", "9999", &token.replace("fdp_", "fdi_")] {
        reset(&served, text, "nine tall ladders").await.refused(404, "not-found");
    }
    reset(&served, &token, "password123").await.refused(422, "weak-password");
    ben.get("/v1/me").await.expect(200);
    assert_eq!(reset(&served, &token, "nine tall ladders").await.status, 204);
    reset(&served, &token, "eight tall ladders").await.refused(410, "gone");
    ben.get("/v1/me").await.refused(401, "session-revoked");
    served.log_in("ben@example.com", "nine tall ladders").await;
    // As a bearer token it opens nothing, and the log holds only its hash.
    Served::send(served.raw(Method::GET, "/v1/me").bearer_auth(&token)).await.refused(401, "token-invalid");
    let issued = Value::from(root.events("password_reset.issued").await).to_string();
    assert!(!issued.contains(&token), "{issued}");
}

#[tokio::test]
async fn a_link_ends_after_an_hour_and_with_the_account() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let ben = served.member(&root, "ben", "agent").await;
    let path = format!("/v1/users/{}/password-reset", ben.user_id);
    let token = root.post(&path, json!({})).await.expect(200)["token"].as_str().unwrap().to_owned();
    clock.advance(Millis::minutes(60));
    reset(&served, &token, "nine tall ladders").await.refused(410, "gone");
    let root = served.admin().await;
    let token = root.post(&path, json!({})).await.expect(200)["token"].as_str().unwrap().to_owned();
    root.post(&format!("/v1/users/{}/deactivation", ben.user_id), json!({})).await.expect(200);
    reset(&served, &token, "nine tall ladders").await.refused(410, "gone");
    root.post(&path, json!({})).await.refused(409, "invalid-transition");
}

#[tokio::test]
async fn after_too_many_wrong_passwords_a_link_opens_the_account_again_and_nobody_else_is_locked_out() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let ben = served.member(&root, "ben", "agent").await;
    let attempt = |email: &'static str, password: &'static str| {
        // What anybody can write is no other address.
        let request = served.raw(Method::POST, "/v1/auth/login").header("x-forwarded-for", "198.51.100.7");
        let request = request.header("forwarded", "for=198.51.100.7").header("x-remote-user", email);
        Served::send(request.json(&json!({"email": email, "password": password})))
    };
    for _ in 0..5 {
        attempt("ben@example.com", "wrong wrong wrong").await.refused(401, "unauthenticated");
    }
    let waits = attempt("ben@example.com", "eleven quiet lamps").await;
    assert_eq!(waits.header("retry-after"), "1");
    waits.refused(429, "login-throttled");
    attempt(EMAIL, PASSWORD).await.expect(200);
    let path = format!("/v1/users/{}/password-reset", ben.user_id);
    let token = root.post(&path, json!({})).await.expect(200)["token"].as_str().unwrap().to_owned();
    assert_eq!(reset(&served, &token, "nine tall ladders").await.status, 204);
    attempt("ben@example.com", "nine tall ladders").await.expect(200);
    // Twenty tries a minute from one network, whoever they are for; the next minute begins anew.
    let mut refused = 0;
    for _ in 0..25 {
        refused += u32::from(attempt("nobody@example.com", "wrong wrong wrong").await.status == 429);
        clock.advance(Millis(1));
    }
    assert!(refused >= 5, "{refused}");
    clock.advance(Millis::minutes(20));
    attempt(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn behind_a_proxy_that_was_named_its_word_is_the_address() {
    let proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let served = Served::start_with(Settings { trusted_proxies: proxies, ..Settings::default() }).await;
    let login = |from: &str| {
        let request = served.raw(Method::POST, "/v1/auth/login").header("x-forwarded-for", format!("6.6.6.6, {from}"));
        Served::send(request.json(&json!({"email": EMAIL, "password": PASSWORD})))
    };
    let tokens = login("198.51.100.7").await.expect(200);
    let sessions = served.raw(Method::GET, "/v1/auth/sessions").bearer_auth(tokens["access_token"].as_str().unwrap());
    let sessions = Served::send(sessions).await.expect(200);
    assert_eq!(sessions["data"][0]["address"], "198.51.100.7");
}

#[tokio::test]
async fn of_many_sign_ins_at_once_all_are_answered_and_past_the_queue_turned_away() {
    let served = Served::start().await;
    let sign_ins = (0..60)
        .map(|_| served.anonymous(Method::POST, "/v1/auth/login", Some(json!({"email": EMAIL, "password": PASSWORD}))));
    let answers = futures_util::future::join_all(sign_ins).await;
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert!(of(200) > 0, "some get in");
    assert_eq!(of(200) + of(429) + of(503), answers.len());
    served.admin().await;
}
