//! A shop with one WhatsApp number, and the people of its team, who reach it through public HTTP only.

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::whatsapp::{Number, Profile, SimConfig, Simulator};

use super::eventually;
use super::process::{EMAIL, Frontdesk, PASSWORD};

pub const APP: &str = "app-1";
pub const APP_SECRET: &str = "shop-app-secret";
pub const NUMBER: &str = "700100200300400";
pub const WABA: &str = "700100200";

/// A frontdesk connected to a simulated number.
pub struct Shop {
    pub desk: Frontdesk,
    pub whatsapp: Simulator,
    pub admin: Person,
    pub channel_id: String,
}

impl Shop {
    /// Opens it: simulator, server, channel, webhook subscription.
    pub async fn open() -> Self {
        let whatsapp = Simulator::start(SimConfig::default()).unwrap();
        whatsapp.app(APP, APP_SECRET, "token-1");
        whatsapp.number(Number {
            phone_number_id: NUMBER.to_owned(),
            waba_id: WABA.to_owned(),
            app_id: APP.to_owned(),
            display: "12025550188".to_owned(),
            verified_name: "Shop".to_owned(),
            throughput_mps: 80,
        });
        let desk = Frontdesk::start();
        let admin = Person::sign_in(&desk, EMAIL, PASSWORD).await;
        let channel = admin
            .post(
                "/v1/channels",
                json!({
                    "type": "whatsapp", "name": "Shop", "phone_e164": "+12025550188",
                    "graph_base_url": whatsapp.graph_base_url(),
                    "credentials": {
                        "phone_number_id": NUMBER, "waba_id": WABA, "access_token": "token-1",
                        "app_secret": APP_SECRET, "verify_token": "verify-me"
                    }
                }),
            )
            .await
            .expect(StatusCode::CREATED);
        let shop = Self { desk, whatsapp, admin, channel_id: channel["id"].as_str().unwrap().to_owned() };
        shop.subscribe().await;
        shop
    }

    /// Sends the provider's webhooks to where the desk is now.
    pub async fn subscribe(&self) {
        let callback = format!("{}/v1/inbound/whatsapp", self.desk.url);
        self.whatsapp.subscribe(APP, &callback, "verify-me").await.unwrap();
    }

    /// Kills the server and starts it again on its data.
    pub async fn crash_and_restart(mut self) -> Self {
        self.desk = Frontdesk::on(self.desk.kill());
        self.admin = Person::sign_in(&self.desk, EMAIL, PASSWORD).await;
        self.subscribe().await;
        self
    }

    /// A customer in a chat with the shop.
    pub fn customer(&self, phone: &str, name: &str) -> testkit::whatsapp::Customer {
        self.whatsapp.customer(Profile::new(phone, name), NUMBER)
    }

    /// The conversation with somebody of this name, once it is there.
    pub async fn conversation_with(&self, name: &str) -> Value {
        eventually(&format!("a conversation with {name}"), || async {
            let page = self.admin.get("/v1/conversations?view=all").await.expect(StatusCode::OK);
            let rows = page["data"].as_array().unwrap();
            rows.iter().find(|row| row["contact"]["name"] == name).cloned()
        })
        .await
    }

    /// Adds a colleague and signs them in.
    pub async fn hire(&self, name: &str, role: &str) -> Person {
        let email = format!("{}@example.com", name.to_lowercase());
        let password = format!("{name} has a long password");
        self.admin
            .post("/v1/users", json!({ "email": email, "name": name, "role": role, "password": password }))
            .await
            .expect(StatusCode::CREATED);
        Person::sign_in(&self.desk, &email, &password).await
    }

    /// Waits until a message has a status.
    pub async fn message_reaches(&self, message_id: &str, status: &str) -> Value {
        eventually(&format!("{message_id} to be {status}"), || async {
            let message = self.admin.get(&format!("/v1/messages/{message_id}")).await.expect(StatusCode::OK);
            (message["status"] == status).then_some(message)
        })
        .await
    }
}

/// Somebody with an account.
pub struct Person {
    http: reqwest::Client,
    url: String,
    token: String,
    pub id: String,
}

/// An answer that says what it was when it is not what was expected.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Sends a request and reads what comes back.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }
    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
    /// The problem's code, with its status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.body["code"].as_str().unwrap().to_owned()
    }
}

impl Person {
    pub async fn sign_in(desk: &Frontdesk, email: &str, password: &str) -> Self {
        let token = desk.sign_in(email, password).await;
        let mut person = Self { http: reqwest::Client::new(), url: desk.url.clone(), token, id: String::new() };
        person.id = person.get("/v1/me").await.expect(StatusCode::OK)["id"].as_str().unwrap().to_owned();
        person
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    /// Replies with a text and gives the message.
    pub async fn replies(&self, conversation: &Value, text: &str) -> Value {
        let path = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
        self.post(&path, json!({ "type": "text", "text": { "body": text } })).await.expect(StatusCode::ACCEPTED)
    }

    /// The same with a key of the caller's own.
    pub async fn post_once(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
    }

    /// The same person, with the same token, at another server.
    pub fn at(&self, desk: &Frontdesk) -> Self {
        let (http, token, id) = (reqwest::Client::new(), self.token.clone(), self.id.clone());
        Self { http, url: desk.url.clone(), token, id }
    }

    /// A way for another task to ask in this person's name.
    pub fn requests(&self) -> impl Fn(Method, &str) -> reqwest::RequestBuilder + Send + Sync + 'static {
        let (http, url, token) = (self.http.clone(), self.url.clone(), self.token.clone());
        move |method, path| http.request(method, format!("{url}{path}")).bearer_auth(&token)
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::of(request).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        static NEXT_KEY: AtomicU64 = AtomicU64::new(1);
        let mut request = self.request(method.clone(), path);
        if method == Method::POST {
            request = request.header("idempotency-key", format!("test-{}", NEXT_KEY.fetch_add(1, Ordering::Relaxed)));
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(request).await
    }
}
