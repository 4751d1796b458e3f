//! Coming into the team by invitation.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, HandClock, Served};

const PASSWORD: &str = "nine tall ladders";

async fn accept(served: &Served, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "name": "Nia", "password": password});
    served.anonymous(Method::POST, "/v1/invite-acceptances", Some(body)).await
}

async fn offer(served: &Served, token: &str) -> Answer {
    served.anonymous(Method::GET, &format!("/v1/invite-offers/{token}"), None).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[tokio::test]
async fn an_invitation_becomes_an_account_with_the_place_it_names() {
    let served = Served::start().await;
    let root = served.admin().await;
    let brand = text(&root.post("/v1/brands", json!({"name": "Marea"})).await.expect(201)["id"]);
    let team = text(&root.post("/v1/teams", json!({"name": "Sales", "brand_id": brand})).await.expect(201)["id"]);
    let wanted = json!({"email": "nia@example.com", "role": "agent", "brand_ids": [brand], "team_ids": [team],
        "expires_in_seconds": 3600});
    let invite = root.post("/v1/invites", wanted.clone()).await.expect(201);
    let (id, token) = (text(&invite["id"]), text(&invite["token"]));
    assert_eq!(invite["accept_url"], format!("/accept-invite#token={token}"));
    root.post("/v1/invites", wanted).await.refused(409, "name-taken");
    // Shown once.
    let later = root.get(&format!("/v1/invites/{id}")).await.expect(200);
    assert_eq!((&later["token"], &later["accept_url"], &later["status"]), (&Value::Null, &Value::Null, &json!("open")));
    let offered = offer(&served, &token).await.expect(200);
    assert_eq!((&offered["email"], &offered["role"]), (&json!("nia@example.com"), &json!("agent")));
    accept(&served, &token, "password123").await.refused(422, "weak-password");
    let joined = accept(&served, &token, PASSWORD).await.expect(201);
    assert_eq!(joined["user"]["brand_ids"], json!([brand]));
    assert_eq!(joined["user"]["team_ids"], json!([team]));
    let me = served.raw(Method::GET, "/v1/me").bearer_auth(text(&joined["access_token"]));
    assert_eq!(Served::send(me).await.expect(200)["name"], "Nia");
    served.log_in("nia@example.com", PASSWORD).await;
    // Used.
    accept(&served, &token, PASSWORD).await.refused(410, "gone");
    offer(&served, &token).await.refused(410, "gone");
    let after = root.get(&format!("/v1/invites/{id}")).await.expect(200);
    assert_eq!((&after["status"], &after["user_id"]), (&json!("accepted"), &joined["user"]["id"]));
    root.delete(&format!("/v1/invites/{id}")).await.refused(410, "gone");
    root.post(&format!("/v1/invites/{id}/resend"), json!({})).await.refused(410, "gone");
    let all = root.get("/v1/invites").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_token_voids_the_old_and_altered_ones_never_were() {
    let served = Served::start().await;
    let root = served.admin().await;
    let invite = root.post("/v1/invites", json!({"email": "nia@example.com", "role": "operator"})).await.expect(201);
    let (path, old) = (format!("/v1/invites/{}", text(&invite["id"])), text(&invite["token"]));
    let new =
        text(&root.post(&format!("{path}/resend"), json!({"expires_in_seconds": 600})).await.expect(200)["token"]);
    assert_ne!(old, new);
    offer(&served, &old).await.refused(410, "gone");
    let altered = format!("{}{}", &new[..new.len() - 1], if new.ends_with('0') { '1' } else { '0' });
    for unknown in [altered.as_str(), "%20", "9999", "fdi_"] {
        offer(&served, unknown).await.refused(404, "not-found");
    }
    accept(&served, &altered, PASSWORD).await.refused(404, "not-found");
    offer(&served, &new).await.expect(200);
    assert_eq!(root.delete(&path).await.status, 204);
    assert_eq!(root.delete(&path).await.status, 204);
    accept(&served, &new, PASSWORD).await.refused(410, "gone");
    // The log holds hashes.
    let events = root.get("/v1/events?limit=200").await.expect(200).to_string();
    assert!(!events.contains(&old) && !events.contains(&new));
}

#[tokio::test]
async fn nobody_invites_above_themselves_or_beyond_their_brands() {
    let served = Served::start().await;
    let root = served.admin().await;
    let brand = text(&root.post("/v1/brands", json!({"name": "Marea"})).await.expect(201)["id"]);
    let other = text(&root.post("/v1/brands", json!({"name": "Linden"})).await.expect(201)["id"]);
    let ada = served.member(&root, "ada", "admin").await;
    let ben = served.member(&root, "ben", "agent").await;
    let new = |role: &str| json!({"email": format!("{role}@example.com"), "role": role});
    ben.post("/v1/invites", new("operator")).await.refused(403, "forbidden");
    for role in ["admin", "super_admin"] {
        ada.post("/v1/invites", new(role)).await.refused(403, "role-protected");
        root.post("/v1/invites", new(role)).await.expect(201);
    }
    let theirs = root.get("/v1/invites").await.expect(200)["data"][0]["id"].clone();
    ada.delete(&format!("/v1/invites/{}", text(&theirs))).await.refused(403, "role-protected");
    root.put(&format!("/v1/users/{}/brands", ada.user_id), json!({"brand_ids": [brand]})).await.expect(200);
    let mut beyond = new("agent");
    beyond["brand_ids"] = json!([other]);
    ada.post("/v1/invites", beyond).await.refused(422, "unknown-reference");
    let within = ada.post("/v1/invites", new("agent")).await.expect(201);
    assert_eq!(within["brand_ids"], json!([brand]), "somebody of one brand invites to it");
    // What lies behind the wall does not exist.
    ada.delete(&format!("/v1/invites/{}", text(&theirs))).await.refused(404, "not-found");
    // Whoever lost the right to give a place gives none.
    root.put(&format!("/v1/users/{}/role", ada.user_id), json!({"role": "agent"})).await.expect(200);
    accept(&served, &text(&within["token"]), PASSWORD).await.refused(410, "gone");
    root.post("/v1/invites", json!({"email": "ben@example.com", "role": "agent"})).await.refused(409, "name-taken");
}

#[tokio::test]
async fn an_invitation_ends_with_its_time_and_of_two_who_accept_one_comes_in() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    let new = json!({"email": "nia@example.com", "role": "agent", "expires_in_seconds": 300});
    let invite = root.post("/v1/invites", new).await.expect(201);
    clock.advance(Millis::seconds(300));
    let token = text(&invite["token"]);
    accept(&served, &token, PASSWORD).await.refused(410, "gone");
    let path = format!("/v1/invites/{}", text(&invite["id"]));
    assert_eq!(root.get(&path).await.expect(200)["status"], "expired");
    let token = text(&root.post(&format!("{path}/resend"), json!({})).await.expect(200)["token"]);
    let (one, other) = tokio::join!(accept(&served, &token, PASSWORD), accept(&served, &token, PASSWORD));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410]);
}

#[tokio::test]
async fn a_repeated_request_invites_once_and_shows_no_second_token() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ask = || {
        let request = root.request(Method::POST, "/v1/invites").header("idempotency-key", "invite-1");
        Served::send(request.json(&json!({"email": "nia@example.com", "role": "agent"})))
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!(second.header("idempotency-replayed"), "true");
    let (first, second) = (first.expect(201), second.expect(201));
    assert_eq!((&first["id"], &second["token"]), (&second["id"], &Value::Null));
}
