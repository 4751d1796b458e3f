//! One client's side of the stream, whatever carries it: who they are, where they stand, what they hear next. It is asked
//! for one thing at a time, when the one before has been handed over, so that it never runs ahead of its reader.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::IpAddr;
use std::rc::{Rc, Weak};
use std::task::{Context as Waking, Poll};
use std::time::Duration;

use actix_web::web;
use app::Desk;
use app::live::signals::Source;
use app::live::snapshot::Counted;
use serde::Serialize;
use tokio::time::Instant;

use super::connections::Place;
use super::limits::*;
use super::switchboard::{Seat, Switchboard, Told};
use super::verdict::Verdict;
use super::wire::Frame;
use crate::caller::Caller;
use crate::context::Context;

mod begin;
mod hear;
mod open;
mod rights;
mod tell;

use open::Open;
pub(crate) use open::filter_of;

/// Room for frames that an idle connection keeps.
const OUTGOING_KEPT: usize = 4;

/// What a connection has to say.
#[derive(Debug)]
pub(crate) enum Out {
    /// A frame, and the position the client stands at after it, where it says one.
    Frame(Frame, Option<u64>),
    /// Nothing more: close with this.
    Close(Verdict),
}

/// See the module.
pub(crate) struct Connection {
    desk: Desk,
    context: web::Data<Context>,
    address: IpAddr,
    source: Source,
    place: Option<Place>,
    /// Who was known before the first frame: by header or ticket.
    known: Option<Caller>,
    open: Option<Box<Open>>,
    outgoing: VecDeque<(Frame, Option<u64>)>,
    closing: Option<Verdict>,
    begun: Instant,
    /// The time of this turn: asked for once in each.
    now: Instant,
    /// When the frame before this was handed over, to know how long that took.
    handed: Option<Instant>,
    said: Instant,
    strikes: u32,
    window: (Instant, u32),
    seat: Seat,
    /// What had stirred when everything was looked at last; `None`: look, whatever happens.
    looked: Option<u64>,
    /// When something is due by itself; the switchboard tells or wakes us then.
    due: Instant,
    /// When whoever carries the connection has something to do.
    carrier_due: Option<Instant>,
}

impl Connection {
    /// A connection of somebody who is known already, or has yet to say who they are.
    pub(crate) fn new(
        desk: Desk,
        context: web::Data<Context>,
        address: IpAddr,
        known: Option<Caller>,
        place: Option<Place>,
        board: &Rc<Switchboard>,
    ) -> Self {
        let now = Instant::now();
        Self {
            seat: board.seat(&desk),
            looked: None,
            due: now + HELLO_WITHIN,
            carrier_due: None,
            source: Source(context.entropy()),
            desk,
            context,
            address,
            place,
            known,
            open: None,
            outgoing: VecDeque::new(),
            closing: None,
            begun: now,
            now,
            handed: None,
            said: now,
            strikes: 0,
            window: (now, 0),
        }
    }

    /// What comes next. May be dropped and asked again: nothing is lost.
    pub(crate) async fn next(&mut self) -> Out {
        poll_fn(|waking| self.poll_next(waking)).await
    }

    /// The same for those who are asked themselves.
    pub(crate) fn poll_next(&mut self, waking: &mut Waking<'_>) -> Poll<Out> {
        let now = Instant::now();
        loop {
            if let Some(out) = self.next_at(now) {
                return Poll::Ready(out);
            }
            self.seat.wait(waking, self.due);
            if self.rests() {
                return Poll::Pending;
            }
        }
    }

    /// What there is to say at this time, if there is anything.
    pub(crate) fn next_at(&mut self, now: Instant) -> Option<Out> {
        self.now = now;
        if now >= self.due {
            self.looked = None;
        }
        loop {
            if let Some((frame, pos)) = self.outgoing.pop_front() {
                (self.handed, self.said) = (Some(now), now);
                return Some(Out::Frame(frame, pos));
            }
            if let Some(verdict) = self.closing {
                return Some(Out::Close(verdict));
            }
            if self.rests() {
                break;
            }
            let stirs = self.seat.stirs();
            self.work();
            self.looked = Some(stirs);
        }
        self.handed = None;
        // Idle is what most connections are most of the time: they hold no room for what they said once.
        self.outgoing.shrink_to(OUTGOING_KEPT);
        self.due = self.deadline();
        None
    }

    /// When it wants to be told or woken by itself.
    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// Whoever carries it wants to be woken then, too, or a little later: gives when, see [`Seat::on_the_beat`].
    pub(crate) fn carrier_is_due(&mut self, at: Instant) -> Instant {
        let at = self.seat.on_the_beat(at);
        self.carrier_due = Some(at);
        self.due = self.due.min(at);
        at
    }

    /// Who tells it what happens without waking its task.
    pub(crate) fn is_told_by(&self, told: Weak<impl Told + 'static>) {
        self.seat.is_told_by(told);
    }

    /// Whether nothing can have come since everything was looked at.
    pub(crate) fn rests(&self) -> bool {
        let behind = self.open.as_ref().is_some_and(|open| open.cursor < self.seat.head());
        self.looked == Some(self.seat.stirs()) && !behind
    }

    /// Ends it: the goodbye goes out before the close.
    pub(crate) fn end(&mut self, verdict: Verdict) {
        if self.closing.is_some() {
            return;
        }
        let after_ms = match verdict {
            Verdict::Shutdown => (self.context.entropy() % u128::from(DRAIN_SPREAD_MS)) as u32,
            Verdict::SlowConsumer | Verdict::RateLimited | Verdict::ServerError => 1_000,
            _ => 0,
        };
        if verdict.ends_rights() {
            self.outgoing.clear();
        }
        self.say(&verdict.bye(after_ms));
        self.closing = Some(verdict);
    }

    fn say(&mut self, frame: &impl Serialize) {
        self.say_at(frame, None);
    }

    fn say_at(&mut self, frame: &impl Serialize, pos: Option<u64>) {
        match serde_json::to_string(frame) {
            Ok(text) => self.outgoing.push_back((Frame::new(&text), pos)),
            Err(error) => tracing::error!(%error, "a frame is not JSON"),
        }
    }

    fn deadline(&self) -> Instant {
        let carrier = self.carrier_due.unwrap_or(self.begun + AGE_MAX);
        let Some(open) = &self.open else { return carrier.min(self.begun + HELLO_WITHIN) };
        let mut until = self.seat.on_the_beat(self.said + HEARTBEAT);
        until = until.min(self.begun + AGE_MAX).min(carrier);
        if let Some(end) = open.caller.expires_at {
            let now = self.desk.now();
            let left = |at: domain::time::Timestamp| Duration::from_millis((at - now).0.max(0).unsigned_abs());
            let next = if open.expiry_told { end } else { end - EXPIRY_NOTICE };
            until = until.min(self.now + left(next) + Duration::from_millis(5));
        }
        if let Some(at) = open.look_again {
            until = until.min(at);
        }
        until
    }

    /// Looks at everything that may have changed, and says at most one thing of each kind.
    fn work(&mut self) {
        if self.desk.is_draining() {
            return self.end(Verdict::Shutdown);
        }
        let Some(mut open) = self.open.take() else {
            if self.now - self.begun >= HELLO_WITHIN {
                self.end(Verdict::HelloTimeout);
            }
            return;
        };
        self.attend(&mut open);
        self.open = Some(open);
    }

    fn attend(&mut self, open: &mut Open) {
        if self.now - self.begun >= AGE_MAX {
            return self.end(Verdict::SessionMaxAge);
        }
        if let Some(verdict) = self.expire(open) {
            return self.end(verdict);
        }
        if !open.begun {
            return;
        }
        self.follow(open);
        if self.closing.is_none() {
            open.look_again = None;
            self.signal(open);
            self.tell_presence(open);
            self.tell_again(open);
            self.count(open);
            self.tell_queues(open);
            self.tell_campaigns(open);
        }
        let asked = std::mem::take(&mut open.asked_where) && open.cursor > open.told;
        if asked || (self.outgoing.is_empty() && self.now - self.said >= HEARTBEAT) {
            self.say_where(open);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.desk.signals().gone(self.source, self.desk.now());
    }
}

/// The counts a connection said last.
type Counts = Option<Counted>;
