//! The stream over a WebSocket. The answer's body *is* the connection: actix asks it for bytes when the socket takes more,
//! so that a slow reader holds back itself and nobody else, and an idle one costs a future and nothing more.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{Message, MessageStream, ProtocolError};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::{Connection, Out};
use super::limits::{DEAD_AFTER, FRAME_BYTES_MAX, PING_EVERY};
use super::verdict::Verdict;
use super::wire;
use crate::problem::{Kind, Problem};

/// What clients offer, and we take.
pub(crate) const PROTOCOL: &str = "frontdesk.v1";

struct Socket {
    connection: Connection,
    inbound: MessageStream,
    heard: Instant,
    /// When the other end is asked next whether it is there.
    ping: Pin<Box<Sleep>>,
    /// Control frames that go first.
    urgent: Option<Bytes>,
    /// Nothing more is taken from the client.
    deaf: bool,
    /// Nothing more is said once what is urgent is out.
    ended: bool,
    /// The body that ours replaces: with its end the stream of frames from the client would end too.
    _replaced: Option<BoxBody>,
}

/// Answers the upgrade. Errors: `invalid-parameter` where it is none.
pub(crate) fn upgrade(
    request: &HttpRequest,
    payload: web::Payload,
    connection: Connection,
) -> Result<HttpResponse, Problem> {
    let handshake = actix_ws::handle_with_protocols(request, payload, &[PROTOCOL]);
    let (response, _, inbound) = handshake.map_err(|_| {
        Problem::new(Kind::InvalidParameter)
            .detail("this is a WebSocket: send Upgrade, Connection and Sec-WebSocket-Key")
    })?;
    let now = Instant::now();
    let inbound = inbound.max_frame_size(FRAME_BYTES_MAX);
    let mut socket = Socket {
        inbound,
        heard: now,
        ping: Box::pin(sleep_until(connection.on_the_beat(now + PING_EVERY))),
        connection,
        urgent: None,
        deaf: false,
        ended: false,
        _replaced: None,
    };
    Ok(response.map_body(|_, replaced| {
        socket._replaced = Some(replaced);
        socket.boxed()
    }))
}

impl MessageBody for Socket {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, waking: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let socket = self.get_mut();
        loop {
            if let Some(urgent) = socket.urgent.take() {
                return Poll::Ready(Some(Ok(urgent)));
            }
            if socket.ended {
                return Poll::Ready(None);
            }
            if !socket.deaf
                && let Poll::Ready(heard) = socket.inbound.poll_next_unpin(waking)
            {
                socket.take(heard);
                continue;
            }
            if let Poll::Ready(out) = socket.connection.poll_next(waking) {
                return Poll::Ready(Some(Ok(match out {
                    Out::Frame(frame, _) => frame.into_bytes(),
                    Out::Close(verdict) => {
                        socket.ended = true;
                        wire::close(verdict.code(), verdict.reason())
                    }
                })));
            }
            if socket.ping.as_mut().poll(waking).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            socket.ping.as_mut().reset(socket.connection.on_the_beat(now + PING_EVERY));
            if now - socket.heard > DEAD_AFTER {
                socket.connection.end(Verdict::HeartbeatTimeout);
            } else {
                socket.urgent = Some(wire::ping());
            }
        }
    }
}

impl Socket {
    fn take(&mut self, heard: Option<Result<Message, ProtocolError>>) {
        self.heard = Instant::now();
        match heard {
            Some(Ok(Message::Text(text))) => self.connection.hear(&text),
            Some(Ok(Message::Ping(content))) => self.urgent = Some(wire::pong(&content)),
            Some(Ok(Message::Pong(_) | Message::Nop)) => {}
            Some(Ok(Message::Close(reason))) => {
                let code = reason.map_or(1_000, |reason| u16::from(reason.code));
                self.urgent = Some(wire::close(code, ""));
                self.ended = true;
            }
            Some(Ok(Message::Binary(_) | Message::Continuation(_))) => {
                let detail = "frames are text, each whole";
                self.connection.strike(None, &Problem::new(Kind::InvalidBody).detail(detail));
            }
            Some(Err(error)) => {
                // What follows cannot be told apart any more.
                self.deaf = true;
                let too_large = matches!(error, ProtocolError::Overflow);
                self.connection.end(if too_large { Verdict::FrameTooLarge } else { Verdict::BadFrame });
            }
            None => self.ended = true,
        }
    }
}
