//! The simulator seen from outside: a small receiver for its webhooks, and plain HTTP calls, as any connector makes them.

#![expect(clippy::unwrap_used, reason = "a test binary: a panic is the failure report")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use testkit::whatsapp::{Behaviour, Number, Profile, SignWith, SimClock, SimConfig, Simulator};

const LIMIT: Duration = Duration::from_secs(20);
const START_MS: i64 = 1_795_251_600_000;

/// Signature header and bytes of a POST.
type Post = (Option<String>, Vec<u8>);

#[derive(Clone, Default)]
struct Seen {
    posts: Arc<Mutex<Vec<Post>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

async fn handshake(request: HttpRequest) -> HttpResponse {
    let url = url::Url::parse(&format!("http://x/?{}", request.query_string())).unwrap();
    let of = |key: &str| url.query_pairs().find(|(k, _)| k == key).map(|(_, v)| v.into_owned());
    match (of("hub.mode").as_deref(), of("hub.verify_token").as_deref(), of("hub.challenge")) {
        (Some("subscribe"), Some("verify"), Some(challenge)) => HttpResponse::Ok().body(challenge),
        _ => HttpResponse::Forbidden().finish(),
    }
}

async fn receive(request: HttpRequest, body: web::Bytes, seen: web::Data<Seen>) -> HttpResponse {
    let signature = request.headers().get("x-hub-signature-256").and_then(|v| v.to_str().ok()).map(str::to_owned);
    seen.posts.lock().unwrap().push((signature, body.to_vec()));
    let status = seen.answers.lock().unwrap().pop_front().unwrap_or(200);
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).finish()
}

struct Rig {
    sim: Simulator,
    seen: Seen,
    callback: String,
    http: reqwest::Client,
}

/// A simulator on a manual clock, subscribed to a receiver that answers `answers` first and 200 from then on.
async fn rig(answers: &[u16]) -> Rig {
    let seen = Seen { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), ..Seen::default() };
    let data = web::Data::new(seen.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/hook", web::get().to(handshake))
            .route("/hook", web::post().to(receive))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let callback = format!("http://{}/hook", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let sim = Simulator::start(SimConfig { clock: SimClock::manual(START_MS), ..SimConfig::default() }).unwrap();
    sim.app("app-1", "secret-1", "token-1");
    sim.number(Number {
        phone_number_id: "100".to_owned(),
        waba_id: "200".to_owned(),
        app_id: "app-1".to_owned(),
        display: "34910000000".to_owned(),
        verified_name: "Shop".to_owned(),
        throughput_mps: 80,
    });
    sim.subscribe("app-1", &callback, "verify").await.expect("the receiver gives the challenge back");
    Rig { sim, seen, callback, http: reqwest::Client::new() }
}

impl Rig {
    async fn call(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.sim.graph_base_url());
        let answer = self.http.post(url).bearer_auth(token).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    async fn send(&self, body: Value) -> (u16, Value) {
        let mut whole = json!({"messaging_product": "whatsapp"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        self.call("/v25.0/100/messages", "token-1", &whole).await
    }

    async fn text(&self, to: &str, text: &str) -> (u16, Value) {
        self.send(json!({"to": to, "type": "text", "text": {"body": text}})).await
    }

    fn bodies(&self) -> Vec<Value> {
        self.seen.posts.lock().unwrap().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    /// Every item of an array of the `messages` values received so far.
    fn items(&self, array: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for body in self.bodies() {
            for entry in body["entry"].as_array().unwrap() {
                for change in entry["changes"].as_array().unwrap() {
                    found.extend(change["value"][array].as_array().into_iter().flatten().cloned());
                }
            }
        }
        found
    }

    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waited = self.sim.ledger().wait_until(LIMIT, |_| holds(self)).await;
        assert!(waited, "{what}; received {:?}", self.bodies());
    }

    fn customer(&self, phone: &str) -> testkit::whatsapp::Customer {
        self.sim.customer(Profile::new(phone, "Ána 🌸"), "100")
    }
}

fn signed(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn code(answer: &(u16, Value)) -> (u16, i64) {
    (answer.0, answer.1["error"]["code"].as_i64().unwrap_or(0))
}

#[actix_web::test]
async fn a_message_arrives_signed_over_its_escaped_bytes() {
    let rig = rig(&[]).await;
    let id = rig.customer("+34600000001").says("¿hola/adiós?");
    rig.until("the message", |rig| rig.items("messages").len() == 1).await;
    let (signature, body) = rig.seen.posts.lock().unwrap()[0].clone();
    assert_eq!(signature.unwrap(), signed("secret-1", &body));
    let text = String::from_utf8(body).unwrap();
    assert!(text.is_ascii() && text.contains(r"\u00bfhola\/adi\u00f3s?"), "{text}");
    let value = rig.bodies()[0]["entry"][0]["changes"][0]["value"].clone();
    assert_eq!(value["metadata"], json!({"display_phone_number": "34910000000", "phone_number_id": "100"}));
    assert_eq!(value["contacts"][0]["wa_id"], "34600000001");
    let message = &value["messages"][0];
    assert_eq!((message["id"].as_str(), message["type"].as_str()), (Some(id.as_str()), Some("text")));
    assert!(message["timestamp"].is_string(), "user-level times are strings");
    rig.sim.stop();
}

#[actix_web::test]
async fn only_200_is_delivered_and_a_failure_is_tried_again_with_the_same_message() {
    let rig = rig(&[500, 204]).await;
    rig.customer("34600000001").says("hi");
    rig.until("the retry at once", |rig| rig.bodies().len() == 2).await;
    rig.sim.advance(Duration::from_secs(2));
    rig.until("the retry after a pause", |rig| rig.sim.ledger().attempts().len() == 3).await;
    let ids: std::collections::BTreeSet<String> = rig.items("messages").iter().map(|m| m["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    let attempts: Vec<u16> = rig.sim.ledger().attempts().iter().map(|attempt| attempt.status).collect();
    assert_eq!(attempts, [500, 204, 200]);
    rig.sim.stop();
}

#[actix_web::test]
async fn a_wrong_verify_token_is_no_subscription() {
    let rig = rig(&[]).await;
    assert!(rig.sim.subscribe("app-1", &rig.callback, "other").await.is_err());
    rig.sim.stop();
}

#[actix_web::test]
async fn a_send_is_accepted_then_sent_delivered_and_read() {
    let rig = rig(&[]).await;
    rig.customer("34600000001").says("hi");
    let (status, answer) = rig
        .send(json!({"to": "+34 600-000-001", "type": "text", "text": {"body": "hello"}, "biz_opaque_callback_data": "m-1"}))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"], json!([{"input": "+34 600-000-001", "wa_id": "34600000001"}]));
    rig.sim.advance(Duration::from_secs(10));
    rig.until("three reports", |rig| rig.items("statuses").len() == 3).await;
    let mut words: Vec<String> =
        rig.items("statuses").iter().map(|s| s["status"].as_str().unwrap().to_owned()).collect();
    words.sort();
    assert_eq!(words, ["delivered", "read", "sent"]);
    for report in rig.items("statuses") {
        assert_eq!(report["id"], answer["messages"][0]["id"]);
        assert_eq!(report["biz_opaque_callback_data"], "m-1");
        assert_eq!(report["recipient_id"], "34600000001");
        assert!(report["timestamp"].is_string());
    }
    assert!(!rig.items("contacts").is_empty());
    assert_eq!(rig.sim.ledger().delivered_to("34600000001").len(), 1);
    rig.sim.stop();
}

#[actix_web::test]
async fn the_window_closes_after_a_day_and_templates_still_go() {
    let rig = rig(&[]).await;
    rig.sim.template("200", "hello", "es", "UTILITY", json!([{"type": "BODY", "text": "Hola {{1}}, bienvenido"}]));
    rig.customer("34600000001").says("hi");
    assert_eq!(rig.text("34600000001", "in time").await.0, 200);
    rig.sim.advance(Duration::from_secs(24 * 3600));
    assert_eq!(code(&rig.text("34600000001", "late").await), (400, 131047));
    let template = |name: &str, texts: &[&str]| {
        let parameters: Vec<Value> = texts.iter().map(|t| json!({"type": "text", "text": t})).collect();
        json!({"to": "34600000001", "type": "template", "template": {
            "name": name, "language": {"code": "es"}, "components": [{"type": "body", "parameters": parameters}]}})
    };
    assert_eq!(rig.send(template("hello", &["Ana"])).await.0, 200);
    assert_eq!(code(&rig.send(template("hello", &[])).await), (400, 132000));
    assert_eq!(code(&rig.send(template("hello", &["a\nb"])).await), (400, 132012));
    assert_eq!(code(&rig.send(template("bye", &[])).await), (404, 132001));
    rig.sim.stop();
}

#[actix_web::test]
async fn one_customer_gets_45_at_once_and_then_one_every_six_seconds() {
    let rig = rig(&[]).await;
    rig.customer("34600000001").says("hi");
    rig.customer("34600000002").says("hi");
    for n in 0..45 {
        assert_eq!(rig.text("34600000001", "x").await.0, 200, "message {n}");
    }
    assert_eq!(code(&rig.text("34600000001", "x").await), (400, 131056));
    assert_eq!(rig.text("34600000002", "x").await.0, 200, "others are not affected");
    rig.sim.advance(Duration::from_secs(6));
    assert_eq!(rig.text("34600000001", "x").await.0, 200);
    rig.sim.stop();
}

#[actix_web::test]
async fn refusals_have_the_envelope_of_the_platform() {
    let rig = rig(&[]).await;
    rig.customer("34600000001").says("hi");
    rig.sim.customer(Profile::new("34600000009", "Bo").who(Behaviour::NotOnWhatsapp), "100").says("hi");
    let text = json!({"messaging_product": "whatsapp", "to": "34600000001", "type": "text", "text": {"body": "x"}});
    for (what, answer, expected) in [
        ("a bad token", rig.call("/v25.0/100/messages", "other", &text).await, (401, 190)),
        ("a removed version", rig.call("/v20.0/100/messages", "token-1", &text).await, (400, 2635)),
        ("no product", rig.call("/v25.0/100/messages", "token-1", &json!({})).await, (400, 100)),
        ("a path nobody knows", rig.call("/v25.0/100/nothing", "token-1", &text).await, (400, 100)),
        ("a business-scoped id in `to`", rig.text("ES.123456789", "x").await, (400, 131009)),
        ("an account that is not there", rig.text("34600000009", "x").await, (400, 131026)),
        ("too long", rig.text("34600000001", &"x".repeat(4097)).await, (400, 100)),
    ] {
        assert_eq!(code(&answer), expected, "{what}: {}", answer.1);
        let error = &answer.1["error"];
        assert!(error["message"].is_string() && error["fbtrace_id"].is_string(), "{what}: {error}");
        assert_eq!(error["type"], "OAuthException", "{what}");
    }
    rig.sim.stop();
}

#[actix_web::test]
async fn an_ambiguous_answer_hides_an_accepted_message() {
    let rig = rig(&[]).await;
    rig.customer("34600000001").says("hi");
    rig.sim.faults(|faults| faults.cut_after_accept = 1);
    let url = format!("{}/v25.0/100/messages", rig.sim.graph_base_url());
    let body = json!({"messaging_product": "whatsapp", "to": "34600000001", "type": "text", "text": {"body": "x"}});
    let cut = rig.http.post(&url).bearer_auth("token-1").json(&body).send().await;
    let read = match cut {
        Ok(answer) => answer.bytes().await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert!(read.is_err(), "the connection was cut");
    assert_eq!(rig.sim.ledger().delivered_to("34600000001").len(), 1, "but the message is there");
    rig.sim.faults(|faults| faults.html_502 = 1);
    let gateway = rig.http.post(&url).bearer_auth("token-1").json(&body).send().await.unwrap();
    assert_eq!(gateway.status().as_u16(), 502);
    assert_eq!(rig.sim.ledger().delivered_to("34600000001").len(), 1);
    rig.sim.stop();
}

#[actix_web::test]
async fn scripted_failures_come_at_once_or_later() {
    let rig = rig(&[]).await;
    rig.customer("34600000001").says("hi");
    rig.sim.fail_next("34600000001", 131000);
    assert_eq!(code(&rig.text("34600000001", "x").await), (500, 131000));
    rig.sim.fail_later("34600000001", 131053);
    assert_eq!(rig.text("34600000001", "x").await.0, 200);
    rig.sim.advance(Duration::from_secs(5));
    rig.until("the failure", |rig| rig.items("statuses").len() == 1).await;
    let report = &rig.items("statuses")[0];
    assert_eq!((report["status"].as_str(), report["errors"][0]["code"].as_i64()), (Some("failed"), Some(131053)));
    assert!(report["errors"][0]["error_data"]["details"].is_string());
    rig.sim.stop();
}

#[actix_web::test]
async fn one_post_carries_many_updates_and_a_faulty_network_repeats_them() {
    let rig = rig(&[]).await;
    rig.sim.faults(|faults| {
        faults.delay_ms_max = 1_000;
        faults.duplicate_permille = 1_000;
    });
    let customer = rig.customer("34600000001");
    (0..20).for_each(|n| drop(customer.says(&n.to_string())));
    rig.sim.advance(Duration::from_secs(2));
    rig.until("all of them, twice", |rig| rig.items("messages").len() >= 40).await;
    assert!(rig.bodies().len() < 40, "batched");
    rig.sim.stop();
}

#[actix_web::test]
async fn injected_bytes_are_signed_as_asked() {
    let rig = rig(&[]).await;
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#.to_vec();
    for sign in [SignWith::App, SignWith::Secret("other".to_owned()), SignWith::Nothing] {
        assert_eq!(rig.sim.inject_raw("app-1", body.clone(), sign).await, Ok(200));
    }
    let signatures: Vec<Option<String>> = rig.seen.posts.lock().unwrap().iter().map(|(s, _)| s.clone()).collect();
    assert_eq!(signatures, [Some(signed("secret-1", &body)), Some(signed("other", &body)), None]);
    rig.sim.stop();
}

#[actix_web::test]
async fn media_goes_up_and_down_and_its_address_lives_five_minutes() {
    let rig = rig(&[]).await;
    let base = rig.sim.graph_base_url();
    let png = testkit::whatsapp::media::png();
    let file = reqwest::multipart::Part::bytes(png.clone()).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new()
        .text("messaging_product", "whatsapp")
        .text("type", "image/png")
        .part("file", file);
    let url = format!("{base}/v25.0/100/media");
    let up: Value =
        rig.http.post(url).bearer_auth("token-1").multipart(form).send().await.unwrap().json().await.unwrap();
    let id = up["id"].as_str().unwrap_or_else(|| panic!("{up}")).to_owned();
    let info = rig.http.get(format!("{base}/v25.0/{id}")).bearer_auth("token-1").send().await.unwrap();
    let info: Value = info.json().await.unwrap();
    let address = info["url"].as_str().unwrap();
    let get = |token: &'static str| rig.http.get(address).bearer_auth(token).send();
    assert_eq!(get("token-1").await.unwrap().bytes().await.unwrap(), png);
    assert_ne!(get("other").await.unwrap().status().as_u16(), 200);
    rig.sim.advance(Duration::from_secs(301));
    assert_eq!(get("token-1").await.unwrap().status().as_u16(), 404);
    let image = json!({"to": "34600000001", "type": "image", "image": {"id": "no such file"}});
    rig.customer("34600000001").says("hi");
    assert_eq!(code(&rig.send(image).await), (400, 131009));
    rig.sim.stop();
}

#[actix_web::test]
async fn account_changes_carry_a_time_and_system_messages_no_contact() {
    let rig = rig(&[]).await;
    rig.sim.inject_change("200", "account_update", json!({"event": "ACCOUNT_RECONNECTED"}));
    rig.until("the change", |rig| !rig.bodies().is_empty()).await;
    assert_eq!(rig.bodies()[0]["entry"][0]["time"], START_MS / 1000);
    rig.customer("34600000001").changes_number("34600000002");
    rig.until("the system message", |rig| !rig.items("messages").is_empty()).await;
    assert!(rig.items("contacts").is_empty());
    assert_eq!(rig.items("messages")[0]["system"]["wa_id"], "34600000002");
    rig.sim.stop();
}
