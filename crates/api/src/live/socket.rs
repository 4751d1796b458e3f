//! The stream over a WebSocket. The answer's body *is* the connection: actix asks it for bytes when the socket takes more,
//! so that a slow reader holds back itself and nobody else, and an idle one costs a future and nothing more. What a reader
//! takes at once goes past all that, see [`line`](super::line).

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{Message, MessageStream, ProtocolError};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::Instant;

use super::connection::{Connection, Out};
use super::limits::{DEAD_AFTER, FRAME_BYTES_MAX, PING_EVERY};
use super::line::Line;
use super::switchboard::Told;
use super::verdict::Verdict;
use super::wire;
use crate::problem::{Kind, Problem};

/// What clients offer, and we take.
pub(crate) const PROTOCOL: &str = "frontdesk.v1";

/// The answer's body.
struct Body(Rc<RefCell<Socket>>);

struct Socket {
    connection: Connection,
    line: Line,
    inbound: MessageStream,
    heard: Instant,
    /// When the other end is asked next whether it is there.
    ping: Instant,
    /// What goes through the server's buffer before anything else is said.
    urgent: Option<Bytes>,
    /// The handshake was handed over before now.
    begun: bool,
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
    mut connection: Connection,
) -> Result<HttpResponse, Problem> {
    let handshake = actix_ws::handle_with_protocols(request, payload, &[PROTOCOL]);
    let (response, _, inbound) = handshake.map_err(|_| {
        Problem::new(Kind::InvalidParameter)
            .detail("this is a WebSocket: send Upgrade, Connection and Sec-WebSocket-Key")
    })?;
    let now = Instant::now();
    let inbound = inbound.max_frame_size(FRAME_BYTES_MAX);
    let ping = connection.carrier_is_due(now + PING_EVERY);
    let socket = Rc::new(RefCell::new(Socket {
        inbound,
        line: Line::of(request),
        heard: now,
        ping,
        connection,
        urgent: None,
        begun: false,
        deaf: false,
        ended: false,
        _replaced: None,
    }));
    let told: Weak<RefCell<Socket>> = Rc::downgrade(&socket);
    socket.borrow().connection.is_told_by(told);
    Ok(response.map_body(|_, replaced| {
        socket.borrow_mut()._replaced = Some(replaced);
        Body(socket).boxed()
    }))
}

impl MessageBody for Body {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, waking: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.0.borrow_mut().poll_next(waking).map(|bytes| bytes.map(Ok))
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Told for RefCell<Socket> {
    fn tell(&self, now: Instant) -> Option<Instant> {
        let mut socket = self.borrow_mut();
        if socket.ended || !socket.line.is_clear() {
            return None;
        }
        loop {
            if socket.urgent.is_some() {
                return None;
            }
            match socket.connection.next_at(now) {
                Some(Out::Frame(frame, _)) => socket.urgent = socket.line.tell(frame),
                Some(Out::Close(_)) => return None,
                None if socket.beat(now) => {}
                None => return socket.connection.rests().then(|| socket.connection.due()),
            }
        }
    }
}

impl Socket {
    /// The next bytes for the server's buffer, which takes more.
    fn poll_next(&mut self, waking: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let begun = std::mem::replace(&mut self.begun, true);
        loop {
            if let Some(urgent) = self.urgent.take() {
                return Poll::Ready(Some(urgent));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            if !self.deaf
                && let Poll::Ready(heard) = self.inbound.poll_next_unpin(waking)
            {
                // What came along with the request says nothing about the answer to it.
                if begun && matches!(heard, Some(Ok(_))) {
                    self.line.heard();
                }
                self.take(heard);
                continue;
            }
            if let Poll::Ready(out) = self.connection.poll_next(waking) {
                match out {
                    Out::Frame(frame, _) => self.urgent = self.line.tell(frame),
                    Out::Close(verdict) => {
                        self.ended = true;
                        self.say(wire::close(verdict.code(), verdict.reason()));
                    }
                }
                continue;
            }
            if !self.beat(Instant::now()) {
                return Poll::Pending;
            }
        }
    }

    /// Asks the other end whether it is there, when it is time to, or ends it. Whether it was.
    fn beat(&mut self, now: Instant) -> bool {
        if now < self.ping {
            return false;
        }
        self.ping = self.connection.carrier_is_due(now + PING_EVERY);
        if now - self.heard > DEAD_AFTER {
            self.connection.end(Verdict::HeartbeatTimeout);
        } else {
            self.say(wire::ping(&self.line.mark()));
        }
        true
    }

    /// What does not go straight to the socket is the next thing for the buffer.
    fn say(&mut self, bytes: Bytes) {
        self.urgent = self.line.say(bytes);
    }

    fn take(&mut self, heard: Option<Result<Message, ProtocolError>>) {
        self.heard = Instant::now();
        match heard {
            Some(Ok(Message::Text(text))) => self.connection.hear(&text),
            Some(Ok(Message::Ping(content))) => self.say(wire::pong(&content)),
            Some(Ok(Message::Pong(content))) => self.line.answered(&content),
            Some(Ok(Message::Nop)) => {}
            Some(Ok(Message::Close(reason))) => {
                let code = reason.map_or(1_000, |reason| u16::from(reason.code));
                self.say(wire::close(code, ""));
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
