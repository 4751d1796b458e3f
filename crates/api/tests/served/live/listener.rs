//! A live client for tests: it says hello, takes every frame into its [`Mirror`], and keeps them all.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use super::mirror::Mirror;
use crate::desk::{Client, Served};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// See the module.
pub(crate) struct Listener {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) mirror: Mirror,
    /// Everything that came, as it came.
    pub(crate) frames: Vec<String>,
    /// Items that no test has asked for yet.
    items: VecDeque<Value>,
    /// The code it was closed with.
    pub(crate) closed: Option<u16>,
}

impl Served {
    /// The request that opens a socket.
    pub(crate) fn upgrade(&self, query: &str) -> Request<()> {
        let address = self.base().replacen("http", "ws", 1);
        let mut request = format!("{address}/v1/live{query}").into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", "frontdesk.v1".parse().expect("a value"));
        request
    }

    /// A socket on which nothing was said yet.
    pub(crate) async fn dial(&self, request: Request<()>) -> Result<Listener, Box<Response<Option<Vec<u8>>>>> {
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Listener::on(socket)),
            Err(Error::Http(response)) => Err(response),
            Err(error) => panic!("the server cannot be reached: {error}"),
        }
    }

    /// The same on a connection that is there already.
    pub(crate) async fn dial_on(&self, stream: TcpStream, request: Request<()>) -> Listener {
        let (socket, _) = client_async(request, MaybeTlsStream::Plain(stream)).await.expect("an open socket");
        Listener::on(socket)
    }

    /// Follows as somebody; `more` is merged into the hello.
    pub(crate) async fn listen(&self, client: &Client, more: Value) -> Listener {
        self.resume(client, Mirror::default(), more).await
    }

    /// Goes on with what was there before the connection was lost.
    pub(crate) async fn resume(&self, client: &Client, mirror: Mirror, more: Value) -> Listener {
        let mut listener = self.dial(self.upgrade("")).await.expect("an open socket");
        let mut hello = json!({"type": "hello", "id": "h", "v": 1, "token": client.token,
            "snapshot": ["conversations:all", "counts", "notifications"]});
        if let Some((log_id, pos)) = &mirror.cursor {
            hello["resume"] = json!({"log_id": log_id, "pos": pos});
        }
        hello.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        listener.mirror = mirror;
        listener.say(hello).await;
        listener
    }
}

impl Listener {
    fn on(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        let (mirror, frames, items) = (Mirror::default(), Vec::new(), VecDeque::new());
        Self { socket, mirror, frames, items, closed: None }
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.say_text(frame.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.expect("the socket is open");
    }

    /// The next frame; `None` once it is closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        self.next_within(PATIENCE).await.expect("a frame in time")
    }

    /// The same, or `Err` when nothing comes in this time.
    pub(crate) async fn next_within(&mut self, time: Duration) -> Result<Option<Value>, ()> {
        loop {
            match tokio::time::timeout(time, self.socket.next()).await.map_err(|_| ())? {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
                    self.frames.push(text.to_string());
                    let wrong = api::asyncapi::frame_errors(&frame);
                    assert!(wrong.is_empty(), "{wrong:?} in {frame}");
                    self.mirror.take(&frame);
                    self.items.extend(frame["items"].as_array().into_iter().flatten().cloned());
                    return Ok(Some(frame));
                }
                Some(Ok(Message::Close(reason))) => self.closed = reason.map(|reason| reason.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }

    /// Reads until a frame is as wanted, and gives it.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed with {:?}", self.closed));
            if wanted(&frame) {
                return frame;
            }
            assert!(begun.elapsed() < PATIENCE, "it never came; the last was {frame}");
        }
    }

    /// Reads until the item of a batch is as wanted, and gives it. Those before it are passed over.
    pub(crate) async fn until_item(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            while let Some(item) = self.items.pop_front() {
                if wanted(&item) {
                    return item;
                }
            }
            assert!(self.next().await.is_some(), "closed with {:?}", self.closed);
            assert!(begun.elapsed() < PATIENCE, "it never came; the last was {:?}", self.frames.last());
        }
    }

    /// Reads until the client stands at a position, and has all of what it began with.
    pub(crate) async fn reaches(&mut self, pos: u64) {
        let begun = Instant::now();
        // Where nothing was theirs, nothing is said before long unless they ask.
        self.say(json!({"type": "ping"})).await;
        while self.mirror.pos() < pos || !self.mirror.is_whole() {
            assert!(self.next().await.is_some(), "closed with {:?}", self.closed);
            let (at, last) = (self.mirror.pos(), self.frames.last());
            assert!(begun.elapsed() < PATIENCE, "it stands at {at} instead of {pos}; the last was {last:?}");
        }
    }

    /// Reads until the end; gives the goodbye and the close code.
    pub(crate) async fn ends(&mut self) -> (Option<Value>, Option<u16>) {
        let (begun, mut last) = (Instant::now(), None);
        while let Some(frame) = self.next().await {
            assert!(begun.elapsed() < PATIENCE, "it goes on: {frame}");
            last = (frame["type"] == "bye").then_some(frame).or(last);
        }
        (last, self.closed)
    }

    /// Hangs up without a word.
    pub(crate) fn cut(self) -> Mirror {
        self.mirror
    }
}

/// An item that is an event of this type.
pub(crate) fn event_of(kind: &'static str) -> impl Fn(&Value) -> bool {
    move |item| item["kind"] == "event" && item["event"]["type"] == kind
}
