//! Somebody of the team: at public HTTP, and at the live stream.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{Answer, eventually};

/// See the module.
#[derive(Clone)]
pub(super) struct Agent {
    session: Arc<Session>,
    pub(super) id: String,
    /// Every item that the live stream brought, in order.
    screen: Arc<Mutex<Vec<Value>>>,
}

/// A sign-in that is made anew when its token is too old: hours pass in a play.
struct Session {
    http: reqwest::Client,
    base: String,
    email: String,
    password: String,
    token: Mutex<String>,
}

impl Session {
    async fn sign_in(&self) {
        let body = json!({"email": self.email, "password": self.password});
        let answer = self.http.post(format!("{}/v1/auth/login", self.base)).json(&body).send().await.unwrap();
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{body}");
        *self.token.lock().unwrap() = body["access_token"].as_str().unwrap().to_owned();
    }

    fn token(&self) -> String {
        self.token.lock().unwrap().clone()
    }

    async fn ask(&self, method: &Method, path: &str, body: Option<&Value>, key: &str) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(self.token());
        if *method == Method::POST {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::of(request).await
    }
}

impl Agent {
    /// Signs in and turns the screen on.
    pub(super) async fn at(base: &str, email: &str, password: &str) -> Self {
        let session = Arc::new(Session {
            http: reqwest::Client::new(),
            base: base.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            token: Mutex::default(),
        });
        session.sign_in().await;
        let screen = Arc::default();
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        tokio::spawn(follow(session.clone(), Arc::clone(&screen), ready));
        is_ready.await.unwrap();
        let mut agent = Self { session, id: String::new(), screen };
        agent.id = agent.get("/v1/me").await.expect(StatusCode::OK)["id"].as_str().unwrap().to_owned();
        agent
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }
    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }
    pub(super) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path, Some(body)).await
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.ask(method, path, Some(body)).await
    }

    /// Changes something as it was when it was looked at.
    pub(super) async fn change(&self, method: Method, path: &str, seen: &Value, body: Value) -> Answer {
        let version = format!("\"v{}\"", seen["version"]);
        let url = format!("{}{path}", self.session.base);
        let request = self.session.http.request(method, url).bearer_auth(self.session.token());
        Answer::of(request.header("if-match", version).json(&body)).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        static NEXT_KEY: AtomicU64 = AtomicU64::new(1);
        let key = format!("play-{}", NEXT_KEY.fetch_add(1, Ordering::Relaxed));
        let answer = self.session.ask(&method, path, body.as_ref(), &key).await;
        if answer.status != StatusCode::UNAUTHORIZED {
            return answer;
        }
        self.session.sign_in().await;
        self.session.ask(&method, path, body.as_ref(), &key).await
    }

    /// Answers the customer.
    pub(super) async fn replies(&self, conversation: &str, text: &str) -> Value {
        let path = format!("/v1/conversations/{conversation}/messages");
        self.post(&path, json!({"type": "text", "text": {"body": text}})).await.expect(StatusCode::ACCEPTED)
    }

    /// Writes an internal note.
    pub(super) async fn notes(&self, conversation: &str, body: &str) -> Value {
        let path = format!("/v1/conversations/{conversation}/notes");
        self.post(&path, json!({"body": body})).await.expect(StatusCode::CREATED)
    }

    /// Takes a conversation.
    pub(super) async fn claims(&self, conversation: &str) {
        let answer = self.post(&format!("/v1/conversations/{conversation}/claim"), json!({})).await;
        assert!(answer.status.is_success(), "{}", answer.body);
    }

    /// What a canned reply says in a conversation.
    pub(super) async fn canned_reply(&self, conversation: &str, shortcut: &str) -> String {
        let path = format!("/v1/canned-reply-suggestions?q={shortcut}&conversation_id={conversation}");
        let found = self.get(&path).await.expect(StatusCode::OK);
        found["data"][0]["text"].as_str().unwrap_or_else(|| panic!("nothing in {found}")).to_owned()
    }

    /// What was said in a conversation, both ways, oldest first.
    pub(super) async fn timeline(&self, conversation: &str) -> Vec<String> {
        let page = self.get(&format!("/v1/conversations/{conversation}/messages")).await.expect(StatusCode::OK);
        let said = |message: &Value| {
            let pressed = ["/interactive/button_reply/title", "/interactive/list_reply/title"];
            let places = ["/text/body", "/interactive/body/text"].into_iter().chain(pressed);
            let found = places.into_iter().find_map(|place| message.pointer(place)?.as_str());
            found.map_or_else(|| message.to_string(), str::to_owned)
        };
        page["data"].as_array().unwrap().iter().rev().map(said).collect()
    }

    pub(super) async fn resolves(&self, conversation: &str) {
        let path = format!("/v1/conversations/{conversation}/status");
        self.put(&path, json!({"status": "resolved"})).await.expect(StatusCode::OK);
    }

    pub(super) async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("/v1/conversations/{id}")).await.expect(StatusCode::OK)
    }

    /// Waits until the live stream has shown something as wanted, and gives it.
    pub(super) async fn is_shown(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("{what} on the screen"), || async {
            self.screen.lock().unwrap().iter().rev().find(|item| wanted(item)).cloned()
        })
        .await
    }
}

/// Follows the live stream for as long as there is one, each time from where it stood.
async fn follow(session: Arc<Session>, screen: Arc<Mutex<Vec<Value>>>, ready: tokio::sync::oneshot::Sender<()>) {
    let (mut ready, mut place) = (Some(ready), None::<(Value, Value)>);
    loop {
        let address = format!("{}/v1/live", session.base.replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "frontdesk.v1".parse().unwrap());
        // The desk is closed: the play is over.
        let Ok((mut socket, _)) = connect_async(request).await else { return };
        let mut hello = json!({"type": "hello", "id": "h", "v": 1, "token": session.token()});
        if let Some((log_id, pos)) = &place {
            hello["resume"] = json!({"log_id": log_id, "pos": pos});
        }
        if socket.send(Message::text(hello.to_string())).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if let Some(log_id) = frame.get("log_id").filter(|id| id.is_string()) {
                place = Some((log_id.clone(), frame["pos"].clone()));
            }
            if let (Some((_, at)), "batch") = (&mut place, frame["type"].as_str().unwrap_or_default()) {
                *at = frame["pos"].clone();
            }
            screen.lock().unwrap().extend(frame["items"].as_array().into_iter().flatten().cloned());
            if frame["type"] == "ready"
                && let Some(ready) = ready.take()
            {
                let _ = ready.send(());
            }
        }
        session.sign_in().await;
    }
}
