//! One connection: hello, then frames until it ends. A batch must begin where we stand; after it we stand at its end.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::printer::Printer;
use super::verdict::{BROKEN_CHAIN, Cause, Ended};
use super::{Place, TailArgs, say};
use crate::credentials::{Credentials, problem};
use crate::exit::Exit;

/// How long the server may take to answer the upgrade.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
/// The longest silence until `ready` says what it is.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Of our `hello`, to know its answer.
const HELLO_ID: &str = "tail";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// See the module.
pub(super) struct Connection<'a> {
    pub(super) args: &'a TailArgs,
    pub(super) place: &'a mut Option<Place>,
    pub(super) printer: &'a mut Printer,
    /// Whether the server took us in.
    pub(super) ready: bool,
}

impl Connection<'_> {
    /// Follows until it ends. Errors: what was asked for makes no sense, or nothing can be written any more.
    pub(super) async fn follow(&mut self, credentials: &mut Credentials) -> Result<Ended, Exit> {
        let request = self.request()?;
        let begun = Instant::now();
        let cause = match self.open(request, credentials).await {
            Ok(socket) => self.read(socket, credentials).await?,
            Err(cause) => cause,
        };
        Ok(Ended { cause, lasted: if self.ready { begun.elapsed() } else { Duration::ZERO } })
    }

    fn request(&self) -> Result<Request<()>, Exit> {
        let url = self.args.server.url.trim_end_matches('/');
        let Some(rest) = url.strip_prefix("http") else {
            return Err(Exit::config(format!("{url} is no http:// or https:// address")));
        };
        let mut request = format!("ws{rest}/v1/live").into_client_request().map_err(Exit::config)?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("frontdesk.v1"));
        Ok(request)
    }

    async fn open(&self, mut request: Request<()>, credentials: &mut Credentials) -> Result<Socket, Cause> {
        let token = credentials.token().await?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()));
        let mut bearer = bearer.map_err(|_| Cause::NotTaken("the token holds characters no token has".to_owned()))?;
        bearer.set_sensitive(true);
        request.headers_mut().insert("authorization", bearer);
        let connected = tokio::time::timeout(CONNECT_WITHIN, connect_async(request)).await;
        let mut socket = match connected.map_err(|_| Cause::Lost("no answer".to_owned()))? {
            Ok((socket, _)) => socket,
            Err(Error::Http(answer)) => {
                let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
                let text = answer.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                let (status, after) = (answer.status().as_u16(), header.map(Duration::from_secs));
                return Err(Cause::Refused { status, detail: problem(&text), after });
            }
            Err(error) => return Err(Cause::Lost(error.to_string())),
        };
        let hello = Message::text(self.hello().to_string());
        socket.send(hello).await.map_err(|error| Cause::Lost(error.to_string()))?;
        Ok(socket)
    }

    fn hello(&self) -> Value {
        let mut hello = json!({
            "type": "hello", "id": HELLO_ID, "v": 1, "snapshot": [], "open": self.args.open,
            "client": { "name": "frontdesk tail", "version": env!("CARGO_PKG_VERSION") },
            "filter": { "types": self.args.types },
        });
        if let Some(Place { log_id, pos }) = &*self.place {
            hello["resume"] = json!({ "log_id": log_id, "pos": pos });
        }
        hello
    }

    async fn read(&mut self, mut socket: Socket, credentials: &mut Credentials) -> Result<Cause, Exit> {
        let mut patience = HEARTBEAT * 2;
        let (mut goodbye, mut after) = (None, None);
        loop {
            let text = match tokio::time::timeout(patience, socket.next()).await {
                Err(_) => return Ok(Cause::Lost(format!("not a word for {} s", patience.as_secs()))),
                Ok(Some(Ok(Message::Text(text)))) => text,
                Ok(Some(Ok(Message::Close(reason)))) => {
                    let (code, said) =
                        reason.map_or((1005, String::new()), |it| (it.code.into(), it.reason.to_string()));
                    return Ok(Cause::Closed { code, reason: goodbye.unwrap_or(said), after });
                }
                Ok(Some(Ok(_))) => continue,
                Ok(Some(Err(error))) => return Ok(Cause::Lost(error.to_string())),
                Ok(None) => return Ok(Cause::Lost("the other end hung up".to_owned())),
            };
            let frame: Value = serde_json::from_str(&text).map_err(|error| Exit::data(format!("no frame: {error}")))?;
            match frame["type"].as_str().unwrap_or_default() {
                "ready" => {
                    self.ready(&frame);
                    let heartbeat = frame["heartbeat_ms"].as_u64().map_or(HEARTBEAT, Duration::from_millis);
                    patience = heartbeat * 2 + Duration::from_secs(5);
                }
                "batch" => {
                    if let Some(gap) = self.gap(&frame) {
                        let close = CloseFrame { code: BROKEN_CHAIN.into(), reason: "gap".into() };
                        // Only a courtesy: the connection is given up either way.
                        let _ = socket.close(Some(close)).await;
                        return Ok(Cause::Closed { code: BROKEN_CHAIN, reason: gap, after: None });
                    }
                }
                "reset" => say(&format!("starting over: {}", frame["reason"].as_str().unwrap_or_default())),
                "reply" if frame["ok"] == false && frame["id"] == HELLO_ID => {
                    return Ok(Cause::NotTaken(problem(&frame["error"].to_string())));
                }
                "notice" if frame["code"] == "token_expiring" && credentials.can_renew() => {
                    self.renew(&mut socket, credentials).await;
                }
                "bye" => {
                    goodbye = frame["reason"].as_str().map(str::to_owned);
                    after = frame["after_ms"].as_u64().map(Duration::from_millis);
                }
                _ => {}
            }
            self.printer.print(&text, &frame)?;
            if self.printer.is_closed() {
                return Ok(Cause::Lost("nobody reads this any more".to_owned()));
            }
            if let ("batch", Some(pos), Some(place)) =
                (frame["type"].as_str().unwrap_or_default(), frame["pos"].as_u64(), self.place.as_mut())
            {
                place.pos = pos;
            }
        }
    }

    fn ready(&mut self, frame: &Value) {
        let log_id = frame["log_id"].as_str().unwrap_or_default().to_owned();
        let place = Place { log_id, pos: frame["pos"].as_u64().unwrap_or_default() };
        let how = if frame["mode"] == "resumed" { "going on" } else { "following" };
        say(&format!("{how} after {place}"));
        *self.place = Some(place);
        self.ready = true;
    }

    /// What is wrong with where a batch begins.
    fn gap(&self, batch: &Value) -> Option<String> {
        let (prev, stands) = (batch["prev"].as_u64(), self.place.as_ref().map(|place| place.pos));
        (prev != stands).then(|| format!("a batch begins after {prev:?}, we stand at {stands:?}"))
    }

    /// Gives the connection a newer token. Where that fails the server ends it, and the next one begins with signing in.
    async fn renew(&mut self, socket: &mut Socket, credentials: &mut Credentials) {
        credentials.expire();
        if let Ok(token) = credentials.token().await {
            let auth = json!({ "type": "auth", "id": "auth", "token": token.expose_secret() });
            // A socket that fails is noticed when it is read.
            let _ = socket.send(Message::text(auth.to_string())).await;
        }
    }
}
