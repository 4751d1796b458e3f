//! A signed-in client of the server under test, for the few calls that set a benchmark up.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::exit::Exit;

/// Somebody's session.
pub(super) struct Session {
    http: reqwest::Client,
    base: String,
    pub(super) token: String,
    pub(super) user_id: String,
}

impl Session {
    pub(super) async fn sign_in(address: SocketAddr, email: &str, password: &str) -> Result<Self, Exit> {
        let (http, base) = (reqwest::Client::new(), format!("http://{address}/v1"));
        let body = json!({ "email": email, "password": password });
        let answer = http.post(format!("{base}/auth/login")).json(&body).send().await.map_err(Exit::unavailable)?;
        let body: Value = answer.json().await.map_err(Exit::unavailable)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match (text(&body["access_token"]), text(&body["user"]["id"])) {
            (Some(token), Some(user_id)) => Ok(Self { http, base, token, user_id }),
            _ => Err(Exit::unavailable(format!("no sign-in: {body}"))),
        }
    }

    /// Makes an agent's account as this Super Admin, and signs it in.
    pub(super) async fn agent(&self, address: SocketAddr) -> Result<Self, Exit> {
        self.colleague(address, "agent", "agent@example.com").await
    }

    /// The same with another role.
    pub(super) async fn colleague(&self, address: SocketAddr, role: &str, email: &str) -> Result<Self, Exit> {
        const PASSWORD: &str = "a-long-password-for-the-agent";
        let account = json!({ "name": "Colleague", "email": email, "role": role, "password": PASSWORD });
        self.send(reqwest::Method::POST, "/users", &account).await?;
        Self::sign_in(address, email, PASSWORD).await
    }

    /// A text in a conversation, once per key.
    pub(super) async fn reply(&self, conversation: &str, key: &str, body: &Value) -> Result<Value, Exit> {
        self.once(&format!("/conversations/{conversation}/messages"), key, body).await
    }

    /// Asks for something that needs an idempotency key.
    pub(super) async fn once(&self, path: &str, key: &str, body: &Value) -> Result<Value, Exit> {
        let request = self.http.request(reqwest::Method::POST, format!("{}{path}", self.base));
        let request = request.bearer_auth(&self.token).header("idempotency-key", key.replace(' ', "-")).json(body);
        Self::answer(path, request).await
    }

    pub(super) async fn send(&self, method: reqwest::Method, path: &str, body: &Value) -> Result<Value, Exit> {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        Self::answer(path, request).await
    }

    async fn answer(path: &str, request: reqwest::RequestBuilder) -> Result<Value, Exit> {
        let answer = request.send().await.map_err(Exit::unavailable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(Exit::unavailable)?;
        if status.is_success() {
            Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
        } else {
            Err(Exit::unavailable(format!("{path} was refused: {status} {text}")))
        }
    }

    /// What a path answers.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Exit> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let answer = request.send().await.map_err(Exit::unavailable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(Exit::unavailable)?;
        if status.is_success() {
            serde_json::from_str(&text).map_err(Exit::software)
        } else {
            Err(Exit::unavailable(format!("{path} was refused: {status} {text}")))
        }
    }

    /// A posting request as bytes, for the plain client.
    pub(super) fn post_bytes(&self, path: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        let head = format!("POST /v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n", self.token);
        let about = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        format!("{head}{about}{body}").into_bytes()
    }

    /// Reading requests as bytes.
    pub(super) fn all_bytes<'a>(&self, paths: impl Iterator<Item = &'a str>) -> Vec<Vec<u8>> {
        paths.map(|path| self.get_bytes(path)).collect()
    }

    /// A reading request as bytes, for the plain client.
    pub(super) fn get_bytes(&self, path: &str) -> Vec<u8> {
        format!("GET /v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\r\n", self.token).into_bytes()
    }
}
