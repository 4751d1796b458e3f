//! Signed-in devices, one's own and those of people one manages; tokens that are none.

use api::auth::keys::{Purpose, ServerSecret};
use api::auth::secret_token::SecretKind;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::time::Millis;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk::{EMAIL, PASSWORD, Served};

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_at_once() {
    let served = Served::start().await;
    let (one, other) = (served.admin().await, served.admin().await);
    assert_eq!(one.post("/v1/auth/logout-all", json!({})).await.status, 204);
    for client in [&one, &other] {
        client.get("/v1/me").await.refused(401, "session-revoked");
        let body = json!({"refresh_token": client.refresh_token});
        served.anonymous(Method::POST, "/v1/auth/refresh", Some(body)).await.refused(401, "session-revoked");
    }
}

#[tokio::test]
async fn whoever_manages_somebody_sees_and_ends_their_sessions() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let ben = served.member(&root, "ben", "agent").await;
    let again = served.log_in("ben@example.com", "eleven quiet lamps").await;
    let path = format!("/v1/users/{}/sessions", ben.user_id);
    ben.get(&path).await.refused(403, "forbidden");
    ada.get(&format!("/v1/users/{}/sessions", root.user_id)).await.refused(403, "role-protected");
    ada.delete(&format!("/v1/users/{}/sessions", root.user_id)).await.refused(403, "role-protected");
    let seen = ada.get(&path).await.expect(200);
    let rows = seen["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["current"] == false && row["address"] == "127.0.0.1"), "{seen}");
    let first = rows[0]["id"].as_str().unwrap();
    // Under somebody else's name it does not exist.
    let elsewhere = format!("/v1/users/{}/sessions/{first}", ada.user_id);
    root.delete(&elsewhere).await.refused(404, "not-found");
    assert_eq!(ada.delete(&format!("{path}/{first}")).await.status, 204);
    ben.get("/v1/me").await.refused(401, "session-revoked");
    again.get("/v1/me").await.expect(200);
    assert_eq!(ada.delete(&path).await.status, 204);
    again.get("/v1/me").await.refused(401, "session-revoked");
    // One's own, from the list; a colleague's is not there.
    let mine = root.get("/v1/auth/sessions").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    ada.delete(&format!("/v1/auth/sessions/{mine}")).await.refused(404, "not-found");
}

/// Signs whatever it is given. The header is a text, because ours is compared byte for byte.
fn forged(key: &[u8], header: &str, claims: &Value) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn with(value: &Value, name: &str, other: Value) -> Value {
    let mut value = value.clone();
    value[name] = other;
    value
}

#[tokio::test]
async fn no_token_but_ours_opens_anything() {
    let served = Served::start().await;
    let root = served.admin().await;
    // The attacker of this test has even the key: only the exact header and claims of an access token pass.
    let key = ServerSecret::new(vec![9; 32]).unwrap().key_for(Purpose::AccessToken);
    let parts: Vec<&str> = root.token.split('.').collect();
    let open = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = (open(parts[0]), serde_json::from_str::<Value>(&open(parts[1])).unwrap());
    assert_eq!(header, r#"{"typ":"at+jwt","alg":"HS256"}"#);
    let now = served.desk.now().as_millis() / 1_000;
    let unsigned = |alg: &str| {
        let header = URL_SAFE_NO_PAD.encode(json!({"typ": "at+jwt", "alg": alg}).to_string());
        format!("{header}.{}.", parts[1])
    };
    let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode([1; 32])});
    let adding = |name: &str, value: Value| format!("{},\"{name}\":{value}}}", header.trim_end_matches('}'));
    let headed = |name: &str, value: Value| forged(&key, &adding(name, value), &claims);
    let instead = |old: &str, new: &str| forged(&key, &header.replace(old, new), &claims);
    let claimed = |name: &str, value: Value| forged(&key, &header, &with(&claims, name, value));
    let invite =
        root.post("/v1/invites", json!({"email": "new@example.com", "role": "agent"})).await.expect(201)["token"]
            .as_str()
            .unwrap()
            .to_owned();
    let reset = root.post(&format!("/v1/users/{}/password-reset", root.user_id), json!({})).await.expect(200);
    let mfa = api::auth::mfa_token::MfaTokens::new(ServerSecret::new(vec![9; 32]).unwrap().key_for(Purpose::MfaToken));
    let passed =
        api::auth::mfa_token::FirstFactor { user: root.user_id.parse().unwrap(), pwd: String::new(), device: None };
    let mut no_expiry = claims.clone();
    no_expiry.as_object_mut().unwrap().remove("exp");
    let table: Vec<(&str, String)> = vec![
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("RS256 signed with our secret", instead("HS256", "RS256")),
        ("HS512", instead("HS256", "HS512")),
        ("kid that is a path", headed("kid", json!("../../x"))),
        ("jku", headed("jku", json!("https://evil.example/keys"))),
        ("x5u", headed("x5u", json!("https://evil.example/cert"))),
        ("embedded jwk", forged(&[1; 32], &adding("jwk", jwk), &claims)),
        ("unknown crit", headed("crit", json!(["exp2"]))),
        ("typ JWT", instead("at+jwt", "JWT")),
        ("typ of the second factor", instead("at+jwt", "mfa+jwt")),
        ("another key", forged(&[1; 32], &header, &claims)),
        ("audience", claimed("aud", json!("frontdesk-mfa"))),
        ("issuer", claimed("iss", json!("somebody"))),
        ("subject of another kind", claimed("sub", json!("ses_00000000000000000000000001"))),
        ("expired by 61 s", claimed("exp", json!(now - 61))),
        ("not yet good", claimed("nbf", json!(now + 61))),
        ("issued in the future", claimed("iat", json!(now + 61))),
        ("no expiry", forged(&key, &header, &no_expiry)),
        ("no dots", root.token.replace('.', "")),
        ("one dot", format!("{}.{}", parts[0], parts[1])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("altered", format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode("{}"), parts[2])),
        ("16 kB", format!("{}.{}.{}", parts[0], "a".repeat(16 * 1024), parts[2])),
        ("empty", String::new()),
        ("a refresh token", root.refresh_token.clone()),
        ("a token between the factors", mfa.issue(&passed, served.desk.now(), 7)),
        ("an invitation's", invite),
        ("a lost password's", reset["token"].as_str().unwrap().to_owned()),
        ("a key that never was", format!("{}{}", SecretKind::ApiKey.prefix(), "0".repeat(64))),
    ];
    for (name, token) in table {
        let request = served.raw(Method::GET, "/v1/me").header("authorization", format!("Bearer {token}"));
        let answer = Served::send(request).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (401, Some("token-invalid")), "{name}");
    }
    // A header of 64 kB does not get as far as being a token.
    let huge = format!("Bearer {}", "a".repeat(64 * 1024));
    let answer = served.raw(Method::GET, "/v1/me").header("authorization", huge).send().await;
    assert!(answer.is_err() || matches!(answer.unwrap().status().as_u16(), 400 | 401 | 431));
    // Our own pass, also in the leeway; a session that was never opened does not.
    let own = |claims: &Value| served.raw(Method::GET, "/v1/me").bearer_auth(forged(&key, &header, claims));
    Served::send(own(&claims)).await.expect(200);
    let elsewhere = with(&claims, "sid", json!("ses_00000000000000000000000001"));
    Served::send(own(&elsewhere)).await.refused(401, "session-revoked");
    assert!(Millis::minutes(10) == api::auth::access_token::LIFETIME);
    served.log_in(EMAIL, PASSWORD).await;
}
