//! The second factor, from the authenticator app's side.

use std::sync::Arc;

use api::auth::totp::code_at;
use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, EMAIL, HandClock, PASSWORD, Served};

struct Bench {
    served: Served,
    clock: Arc<HandClock>,
    admin: Client,
    secret: String,
    recovery_codes: Vec<String>,
}

impl Bench {
    /// A desk whose Super Admin has turned the second factor on.
    async fn start() -> Self {
        let clock = HandClock::new();
        let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
        let admin = served.admin().await;
        let begun = admin.post("/v1/me/totp", json!({"password": PASSWORD})).await.expect(200);
        let secret = begun["secret"].as_str().expect("a secret").to_owned();
        assert!(begun["otpauth_uri"].as_str().expect("an address").starts_with("otpauth://totp/frontdesk:"), "{begun}");
        let mut bench = Self { served, clock, admin, secret, recovery_codes: Vec::new() };
        let on = bench.admin.put("/v1/me/totp", json!({"code": bench.code(0)})).await.expect(200);
        let codes = on["recovery_codes"].as_array().expect("codes").iter();
        bench.recovery_codes = codes.map(|code| code.as_str().expect("a code").to_owned()).collect();
        assert_eq!(bench.recovery_codes.len(), 10);
        bench
    }

    /// The code of a step before or after this one.
    fn code(&self, steps: i64) -> String {
        code_at(&self.secret, self.served.desk.now() + Millis::seconds(30 * steps)).expect("a secret")
    }

    fn next_step(&self) {
        self.clock.advance(Millis::seconds(30));
    }

    /// The password alone: gives the token for the second factor.
    async fn first(&self) -> String {
        let body = json!({"email": EMAIL, "password": PASSWORD, "device_name": "Ana's phone"});
        let asked = self.served.anonymous(Method::POST, "/v1/auth/login", Some(body)).await.expect(200);
        assert_eq!((asked["mfa_required"].as_bool(), &asked["access_token"]), (Some(true), &Value::Null));
        assert_eq!(asked["methods"], json!(["totp", "recovery_code"]));
        asked["mfa_token"].as_str().expect("a token").to_owned()
    }

    async fn second(&self, token: &str, name: &str, code: &str) -> Answer {
        self.served.anonymous(Method::POST, "/v1/auth/mfa", Some(json!({"mfa_token": token, name: code}))).await
    }
}

#[tokio::test]
async fn signing_in_takes_the_password_and_then_a_code_that_is_taken_once() {
    let bench = Bench::start().await;
    let token = bench.first().await;
    // The code that turned it on was shown already.
    bench.second(&token, "code", &bench.code(0)).await.refused(401, "mfa-invalid");
    bench.next_step();
    let code = bench.code(0);
    let signed_in = bench.second(&token, "code", &code).await.expect(200);
    assert_eq!(signed_in["user"]["email"], EMAIL);
    let again = bench.first().await;
    bench.second(&again, "code", &code).await.refused(401, "mfa-invalid");
    // One step ahead is a fast clock, two are not.
    bench.second(&again, "code", &bench.code(2)).await.refused(401, "mfa-invalid");
    bench.second(&again, "code", &bench.code(1)).await.expect(200);
    // And a clock that is behind the newest code taken is a code seen before.
    bench.second(&again, "code", &bench.code(0)).await.refused(401, "mfa-invalid");
    let sessions = bench.admin.get("/v1/auth/sessions").await.expect(200);
    let names: Vec<_> = sessions["data"].as_array().unwrap().iter().map(|each| each["device_name"].clone()).collect();
    assert_eq!(names, [Value::Null, json!("Ana's phone"), json!("Ana's phone")]);
}

#[tokio::test]
async fn five_wrong_codes_and_then_one_waits_also_with_the_right_one() {
    let bench = Bench::start().await;
    bench.next_step();
    let token = bench.first().await;
    let wrong = if bench.code(0) == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        bench.second(&token, "code", wrong).await.refused(401, "mfa-invalid");
    }
    let waits = bench.second(&token, "code", &bench.code(0)).await;
    assert!(!waits.header("retry-after").is_empty());
    waits.refused(429, "login-throttled");
    bench.second(&token, "recovery_code", &bench.recovery_codes[0]).await.refused(429, "login-throttled");
    bench.clock.advance(Millis::seconds(2));
    bench.second(&token, "code", &bench.code(0)).await.expect(200);
    let failures = bench.admin.events("second_factor.failed").await;
    assert_eq!(failures.len(), 5);
}

#[tokio::test]
async fn a_recovery_code_is_good_once_and_void_when_there_are_new_ones() {
    let bench = Bench::start().await;
    let token = bench.first().await;
    let typed = bench.recovery_codes[0].to_uppercase().replace('-', " ");
    bench.second(&token, "recovery_code", &typed).await.expect(200);
    bench.second(&token, "recovery_code", &bench.recovery_codes[0]).await.refused(401, "mfa-invalid");
    let state = bench.admin.get("/v1/me/totp").await.expect(200);
    assert_eq!(state, json!({"enabled": true, "recovery_codes_left": 9}));
    bench.next_step();
    let fresh = bench.admin.post("/v1/me/recovery-codes", json!({"code": bench.code(0)})).await.expect(200);
    bench.second(&token, "recovery_code", &bench.recovery_codes[1]).await.refused(401, "mfa-invalid");
    bench.second(&token, "recovery_code", fresh["recovery_codes"][3].as_str().unwrap()).await.expect(200);
    // Both or neither is no answer.
    let both = json!({"mfa_token": token, "code": "123456", "recovery_code": bench.recovery_codes[2]});
    bench.served.anonymous(Method::POST, "/v1/auth/mfa", Some(both)).await.refused(422, "unprocessable");
}

#[tokio::test]
async fn the_token_between_the_factors_opens_nothing_else_and_dies_with_the_password_and_with_time() {
    let bench = Bench::start().await;
    let token = bench.first().await;
    let me = bench.served.raw(Method::GET, "/v1/me").bearer_auth(&token);
    Served::send(me).await.refused(401, "token-invalid");
    bench
        .served
        .anonymous(Method::POST, "/v1/auth/refresh", Some(json!({"refresh_token": token[..200]})))
        .await
        .refused(401, "token-invalid");
    bench.second(&bench.admin.token, "code", &bench.code(1)).await.refused(401, "token-invalid");
    let change = json!({"current_password": PASSWORD, "new_password": "nine tall ladders"});
    assert_eq!(bench.admin.put("/v1/me/password", change).await.status, 204);
    bench.second(&token, "code", &bench.code(1)).await.refused(401, "token-invalid");
    let back = json!({"current_password": "nine tall ladders", "new_password": PASSWORD});
    assert_eq!(bench.admin.put("/v1/me/password", back).await.status, 204);
    let token = bench.first().await;
    bench.clock.advance(Millis::seconds(361));
    bench.second(&token, "code", &bench.code(0)).await.refused(401, "token-invalid");
}

#[tokio::test]
async fn turning_it_on_and_off_takes_the_password_and_a_code_and_ends_other_sessions() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let (one, other) = (served.admin().await, served.admin().await);
    one.put("/v1/me/totp", json!({"code": "123456"})).await.refused(409, "invalid-transition");
    one.post("/v1/me/totp", json!({"password": "not the password"})).await.refused(403, "forbidden");
    let begun = one.post("/v1/me/totp", json!({"password": PASSWORD})).await.expect(200);
    // Not confirmed: signing in does not ask yet.
    served.admin().await;
    let code = code_at(begun["secret"].as_str().unwrap(), served.desk.now()).unwrap();
    one.put("/v1/me/totp", json!({"code": code})).await.expect(200);
    other.get("/v1/me").await.refused(401, "session-revoked");
    one.post("/v1/me/totp", json!({"password": PASSWORD})).await.refused(409, "invalid-transition");
    // Beside a code eight characters do, alone they do not.
    let short = json!({"current_password": PASSWORD, "new_password": "kT9#vwq2"});
    assert_eq!(one.put("/v1/me/password", short).await.status, 204);
    clock.advance(Millis::seconds(30));
    let code = code_at(begun["secret"].as_str().unwrap(), served.desk.now()).unwrap();
    let off =
        Served::send(one.request(Method::DELETE, "/v1/me/totp").json(&json!({"code": code, "password": "kT9#vwq2"})));
    off.await.refused(422, "weak-password");
    let long = json!({"current_password": "kT9#vwq2", "new_password": PASSWORD});
    assert_eq!(one.put("/v1/me/password", long).await.status, 204);
    let off =
        Served::send(one.request(Method::DELETE, "/v1/me/totp").json(&json!({"code": code, "password": PASSWORD})));
    assert_eq!(off.await.status, 204);
    served.admin().await;
}

#[tokio::test]
async fn whoever_manages_somebody_can_turn_a_lost_second_factor_off() {
    let bench = Bench::start().await;
    let adam = bench.served.member(&bench.admin, "adam", "admin").await;
    let path = format!("/v1/users/{}/totp", bench.admin.user_id);
    adam.delete(&path).await.refused(403, "role-protected");
    let root = bench.admin.clone();
    root.delete(&format!("/v1/users/{}/totp", adam.user_id)).await.refused(404, "not-found");
    assert_eq!(root.delete(&path).await.status, 204);
    bench.admin.get("/v1/me").await.refused(401, "session-revoked");
    bench.served.admin().await;
}
