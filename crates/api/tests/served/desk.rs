//! A served desk for one test, and a client for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use api::auth::keys::ServerSecret;
use api::auth::password::Cost;
use api::context::Settings;
use api::server::{Limits, Listening, ServeConfig, serve};
use app::{Clock, Desk, DeskConfig, Entropy, OsEntropy, SystemClock};
use channels::whatsapp::signature::sign;
use domain::time::{Millis, Timestamp};
use event_log::{LogConfig, MasterKey};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

pub(crate) const EMAIL: &str = "ana@example.com";
pub(crate) const PASSWORD: &str = "seven green boats";
pub(crate) const APP_SECRET: &str = "app-secret-of-the-tests";
pub(crate) const VERIFY_TOKEN: &str = "verify-token-of-the-tests";
pub(crate) const NUMBER_ID: &str = "106540352242922";
const COST: Cost = Cost { memory_kib: 64, passes: 1 };

/// A running server with an account in it.
pub(crate) struct Served {
    pub(crate) desk: Desk,
    base: String,
    http: reqwest::Client,
    listening: Option<actix_web::dev::ServerHandle>,
    /// Ends signals that nobody repeats, as a worker does in the product.
    ticker: tokio::task::JoinHandle<()>,
    dir: Option<tempfile::TempDir>,
}

/// A clock that goes only when it is moved.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(SystemClock.now().as_millis())))
    }
    pub(crate) fn advance(&self, by: Millis) {
        self.0.fetch_add(by.0, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Somebody's session.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    http: reqwest::Client,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) user_id: String,
}

/// An answer with its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body");
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Self { status, headers, body }
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    /// The body of an expected status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
    /// Checks a problem's status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.body
    }
}

impl Served {
    /// A desk with a Super Admin.
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    /// The same under other settings.
    pub(crate) async fn start_with(settings: Settings) -> Self {
        Self::start_on(settings, Arc::new(SystemClock), Arc::new(OsEntropy)).await
    }

    /// The same with a clock and randomness of the test's own.
    pub(crate) async fn start_on(settings: Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let desk = open(&dir, clock, entropy);
        let made = api::routes::create_first_account(&desk, COST, EMAIL, SecretString::from(PASSWORD)).await;
        made.expect("the account is made").expect("there was none");
        Self::serve(settings, desk, dir)
    }

    /// Ends the server and serves the same data anew, on another port.
    pub(crate) async fn restart(mut self) -> Self {
        self.ticker.abort();
        let dir = self.dir.take().expect("its data");
        if let Some(handle) = self.listening.take() {
            self.desk.drain();
            handle.stop(false).await;
        }
        let desk = self.desk.clone();
        drop(self);
        tokio::task::spawn_blocking(move || desk.close()).await.expect("the desk closes");
        Self::serve(Settings::default(), open(&dir, Arc::new(SystemClock), Arc::new(OsEntropy)), dir)
    }

    fn serve(settings: Settings, desk: Desk, dir: tempfile::TempDir) -> Self {
        let config = ServeConfig {
            address: ([127, 0, 0, 1], 0).into(),
            limits: Limits { workers: 1, ..Limits::default() },
            settings: Settings { password_cost: COST, ..settings },
            secret: ServerSecret::new(vec![9; 32]).expect("long enough"),
        };
        let Listening { address, handle, server } = serve(desk.clone(), config).expect("the server listens");
        tokio::spawn(server);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let swept = desk.clone();
        let ticker = tokio::spawn(async move {
            let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
            loop {
                tick.tick().await;
                swept.signals().step(swept.now());
            }
        });
        Self { desk, base: format!("http://{address}"), http, listening: Some(handle), ticker, dir: Some(dir) }
    }

    /// The Super Admin's session.
    pub(crate) async fn admin(&self) -> Client {
        self.log_in(EMAIL, PASSWORD).await
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Client {
        let body = self
            .anonymous(Method::POST, "/v1/auth/login", Some(json!({"email": email, "password": password})))
            .await
            .expect(200);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Client {
            base: self.base.clone(),
            http: self.http.clone(),
            token: text(&body["access_token"]),
            refresh_token: text(&body["refresh_token"]),
            user_id: text(&body["user"]["id"]),
        }
    }

    pub(crate) async fn anonymous(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::of(request).await
    }

    /// Where it is served.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Where the log stands.
    pub(crate) fn head(&self) -> u64 {
        self.desk.view(|views| views.position())
    }

    /// Waits for what is written down beside a request.
    pub(crate) async fn moves_beyond(&self, head: u64) {
        let mut applied = self.desk.applied();
        let moved = tokio::time::timeout(std::time::Duration::from_secs(10), applied.wait_for(|pos| *pos > head));
        moved.await.expect("something is written down").expect("the desk runs");
    }

    /// Anything at all.
    pub(crate) fn raw(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn send(request: RequestBuilder) -> Answer {
        Answer::of(request).await
    }

    /// Somebody with a role, signed in.
    pub(crate) async fn member(&self, admin: &Client, name: &str, role: &str) -> Client {
        let email = format!("{name}@example.com");
        let password = "eleven quiet lamps";
        let body = json!({"name": name, "email": email, "role": role, "password": password});
        admin.post("/v1/users", body).await.expect(201);
        self.log_in(&email, password).await
    }

    /// Connects the tests' number.
    pub(crate) async fn connect(&self, admin: &Client) -> Value {
        self.connect_number(admin, NUMBER_ID, None).await
    }

    /// Connects a number of a brand.
    pub(crate) async fn connect_number(&self, admin: &Client, number: &str, brand: Option<&str>) -> Value {
        let body = json!({
            "type": "whatsapp", "name": "Support", "phone_e164": "+15550783881", "brand_id": brand,
            "credentials": {
                "phone_number_id": number, "waba_id": "102290129340398", "access_token": "token",
                "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN,
            },
        });
        admin.post("/v1/channels", body).await.expect(201)
    }

    /// Delivers a webhook signed with the tests' secret.
    pub(crate) async fn deliver(&self, body: &Value) -> Answer {
        let raw = body.to_string();
        let signature = sign(raw.as_bytes(), APP_SECRET.as_bytes());
        let request = self.raw(Method::POST, "/v1/inbound/whatsapp").header("x-hub-signature-256", signature);
        Answer::of(request.header("content-type", "application/json").body(raw)).await
    }

    /// A customer writes a text; gives their conversation.
    pub(crate) async fn customer_writes(&self, admin: &Client, wa_id: &str, text: &str) -> Value {
        let message_id = format!("wamid.{}", self.desk.entropy());
        let delivered =
            self.deliver(&text_webhook(wa_id, &message_id, text, self.desk.now().as_millis() / 1_000)).await;
        assert_eq!(delivered.status, StatusCode::OK.as_u16(), "{}", delivered.body);
        let all = admin.get("/v1/conversations?limit=200").await.expect(200);
        let rows = all["data"].as_array().expect("rows").clone();
        rows.into_iter().find(|row| row["contact"]["name"] == format!("Customer {wa_id}")).expect("the conversation")
    }
}

/// Waits for whoever still reads the log, which has one owner at a time.
fn open(dir: &tempfile::TempDir, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Desk {
    let at = |name: &str| dir.path().join(name);
    let begun = std::time::Instant::now();
    loop {
        let log = LogConfig::small(at("log"), at("checkpoints"), MasterKey::from_bytes([7; 32]));
        let config = DeskConfig {
            log,
            media_dir: at("media"),
            search_dir: at("search"),
            snapshot_dir: at("snapshots"),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        match Desk::open(config) {
            Ok((desk, _)) => return desk,
            Err(error) => assert!(begun.elapsed().as_secs() < 10, "the desk opens: {error}"),
        }
        std::thread::yield_now();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.ticker.abort();
        if let Some(handle) = self.listening.take() {
            tokio::spawn(handle.stop(false));
        }
        let desk = self.desk.clone();
        std::thread::spawn(move || desk.close());
    }
}

/// A text message as the provider sends it.
pub(crate) fn text_webhook(wa_id: &str, message_id: &str, text: &str, at_s: i64) -> Value {
    webhook_on(NUMBER_ID, wa_id, message_id, text, at_s)
}

/// The same on any number.
pub(crate) fn webhook_on(number: &str, wa_id: &str, message_id: &str, text: &str, at_s: i64) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
            "contacts": [{"profile": {"name": format!("Customer {wa_id}")}, "wa_id": wa_id}],
            "messages": [{"from": wa_id, "id": message_id, "timestamp": at_s.to_string(), "type": "text",
                "text": {"body": text}}],
        }}]}],
    })
}

impl Client {
    /// The server is elsewhere from now on.
    pub(crate) fn moves_to(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body)).await
    }
    /// The events of a kind, in order.
    pub(crate) async fn events(&self, kind: &str) -> Vec<Value> {
        let page = self.get("/v1/events?limit=1000").await.expect(200);
        let events = page["data"].as_array().expect("events").iter();
        events.filter(|event| event["type"] == kind).cloned().collect()
    }
    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(&body)).await
    }
    /// Sends a message under an idempotency key.
    pub(crate) async fn say(&self, conversation: &str, key: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, &format!("/v1/conversations/{conversation}/messages"));
        Answer::of(request.header("idempotency-key", key).json(&body)).await
    }
}
