//! A server on the loopback that answers with prepared bytes and keeps what it was asked. Tests only.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::graph::{Endpoint, http_client};
use super::send::Client;

/// What the server does with one request.
pub(super) enum Reply {
    /// Writes this and closes.
    Bytes(Vec<u8>),
    /// Reads the request and closes without a word.
    HangUp,
}

pub(super) struct Stub {
    pub(super) origin: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers the n-th request with what `reply` gives for it: its number, and its head and body as text.
    pub(super) async fn start(reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                let number = kept.lock().unwrap().len();
                let reply = reply(number, &request);
                kept.lock().unwrap().push(request);
                if let Reply::Bytes(bytes) = reply {
                    // The client may have heard enough and gone.
                    stream.write_all(&bytes).await.ok();
                    stream.shutdown().await.ok();
                }
            }
        });
        Self { origin, asked }
    }

    /// Always the same answer.
    pub(super) async fn answering(status: u16, body: &str) -> Self {
        let bytes = http(status, &[], body.as_bytes());
        Self::start(move |_, _| Reply::Bytes(bytes.clone())).await
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn client(&self) -> Client {
        client(&self.origin)
    }
}

pub(super) fn client(origin: &str) -> Client {
    let endpoint = Endpoint::new(origin, "v23.0").unwrap();
    Client::new(http_client().unwrap(), endpoint, "1001", SecretString::from("token-1"))
}

/// An answer with its length.
pub(super) fn http(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let count = stream.read(&mut chunk).await.unwrap_or(0);
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).to_string();
        if count == 0 {
            return text;
        }
        let Some(head) = text.find("\r\n\r\n") else { continue };
        let lower = text[..head].to_lowercase();
        let done = if lower.contains("transfer-encoding: chunked") {
            bytes.ends_with(b"0\r\n\r\n")
        } else {
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            bytes.len() >= head + 4 + length.unwrap_or(0usize)
        };
        if done {
            return text;
        }
    }
}
