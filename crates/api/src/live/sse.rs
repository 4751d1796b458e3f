//! The stream as server-sent events: the same frames, one way. Where a frame says where the client stands, that is the
//! event's id, so that a browser that comes back by itself says it in `Last-Event-ID`.

use actix_web::HttpResponse;
use actix_web::http::header;
use bytes::Bytes;
use futures_util::stream::unfold;

use super::connection::{Connection, Out};

/// How long a browser waits before it comes back by itself.
const RETRY_MS: u32 = 2_000;

struct Feed {
    connection: Connection,
    log_id: String,
    begun: bool,
    ended: bool,
}

/// The answer that goes on for as long as the client listens.
pub(crate) fn answer(connection: Connection, log_id: String) -> HttpResponse {
    let feed = Feed { connection, log_id, begun: false, ended: false };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        // A proxy that collects the answer first would keep everything from the reader.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(unfold(feed, step)))
}

async fn step(mut feed: Feed) -> Option<(Result<Bytes, actix_web::Error>, Feed)> {
    if feed.ended {
        return None;
    }
    if !feed.begun {
        feed.begun = true;
        return Some((Ok(Bytes::from(format!("retry: {RETRY_MS}\n\n"))), feed));
    }
    match feed.connection.next().await {
        Out::Frame(frame, pos) => Some((Ok(event(&feed.log_id, frame.text(), pos).into()), feed)),
        // The goodbye went out before; there is nothing like a close code here.
        Out::Close(_) => {
            feed.ended = true;
            None
        }
    }
}

/// JSON has no line breaks of its own, so one line holds a frame.
fn event(log_id: &str, text: &[u8], pos: Option<u64>) -> String {
    let text = String::from_utf8_lossy(text);
    let id = pos.map(|pos| format!("id: {log_id}:{pos}\n")).unwrap_or_default();
    format!("event: {}\n{id}data: {text}\n\n", kind(&text))
}

/// The frame's type: always its first field.
fn kind(text: &str) -> &str {
    text.strip_prefix("{\"type\":\"").and_then(|rest| rest.split('"').next()).unwrap_or("message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_an_event_with_its_type_and_where_it_leaves_the_client() {
        let text = r#"{"type":"batch","prev":1,"pos":2,"items":[]}"#;
        assert_eq!(event("log", text.as_bytes(), Some(2)), format!("event: batch\nid: log:2\ndata: {text}\n\n"));
        assert_eq!(event("log", br#"{"type":"bye"}"#, None), "event: bye\ndata: {\"type\":\"bye\"}\n\n");
    }
}
