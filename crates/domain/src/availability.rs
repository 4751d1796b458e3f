//! Whether somebody takes work: what they say of themselves, what others say of them, and what follows from coming, going
//! and the clock. It is a fact in the log, unlike the connections it may rest on, so that whoever chooses among people
//! chooses alike when the log is read again.
//!
//! What a person said is changed by a person, by the end they gave it, or by their own connection: a state is *live* once a
//! live connection was open under it, and only a live one is taken away when no connection is left. Somebody who works
//! without live connections stays what they said they are.

use serde::{Deserialize, Serialize};

use crate::access::{Action, Principal};
use crate::account::may_do_to_user;
use crate::event::StreamId;
use crate::event::availability::{AgentAvailabilityChanged, AvailabilityNote};
use crate::identity::BlindKey;
use crate::ids::UserId;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

mod board;

pub use board::{Board, Note, State, Turn};

/// Characters of a note at most.
pub const NOTE_MAX: usize = 140;
/// The longest time somebody can say they are away for.
pub const UNTIL_MAX: Millis = Millis::days(366);
/// After connections have changed somebody's availability, they change it no more for so long.
pub const SETTLES_AFTER: Millis = Millis::seconds(30);

/// Whether somebody takes work.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    Available,
    /// There, with their hands full.
    Busy,
    /// Back soon.
    Away,
    /// Not at work.
    Offline,
}

impl Availability {
    /// Whether they are at their desk, so that a lost connection says something.
    pub const fn is_at_desk(self) -> bool {
        matches!(self, Self::Available | Self::Busy)
    }
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Offline => "offline",
        }
    }
}

/// Why somebody's availability changed.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// They said so.
    Chosen,
    /// Somebody else did.
    SetByOther,
    /// They came online and had said nothing, or had said it without a connection.
    Connected,
    /// Nothing of theirs is connected any more.
    Disconnected,
    /// They are back from that, and what they were before.
    Returned,
    /// The time they had given is over.
    UntilPassed,
}

impl Cause {
    /// Whether somebody said so, in an event that holds what they said.
    pub const fn is_a_persons(self) -> bool {
        matches!(self, Self::Chosen | Self::SetByOther)
    }
    const fn is_of_connections(self) -> bool {
        matches!(self, Self::Connected | Self::Disconnected | Self::Returned)
    }
}

/// What somebody is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub availability: Availability,
    /// When they are available again by themselves.
    pub until: Option<Timestamp>,
    /// For colleagues to read.
    pub note: Option<String>,
}

/// Says what somebody is: oneself, or somebody one looks after. `connected`: whether a live connection of theirs is open.
/// Saying again what holds does nothing.
pub fn set(step: &mut Step<'_>, by: &Principal, id: UserId, wish: Wish, connected: bool) -> Result<(), Rejection> {
    let Wish { availability, until, note } = wish;
    if by.user_id != id {
        may_do_to_user(step, by, id, Action::AvailabilityManage)?;
    }
    let state = step.world.availability.of(id).ok_or(Rejection::NotFound)?;
    if step.world.roster.principal(id).is_none() {
        return Err(Rejection::InvalidTransition { from: "deactivated", to: availability.as_str() });
    }
    check_until(availability, until, step.now)?;
    note.as_deref().map_or(Ok(()), check_note)?;
    let note_key = note.as_ref().map(|note| step.blind.blind(&format!("availability-note:{id}:{note}")));
    // Who says without a connection that they are at their desk means it, whatever became of earlier connections.
    let live = connected || state.live && !availability.is_at_desk();
    let said = !matches!(state.cause, None | Some(Cause::Disconnected));
    let holds = (state.availability, state.until, state.note.map(|note| note.key), state.live);
    if said && holds == (availability, until, note_key, live) {
        return Ok(());
    }
    let event = AgentAvailabilityChanged {
        user_id: id,
        from: state.availability,
        to: availability,
        cause: if by.user_id == id { Cause::Chosen } else { Cause::SetByOther },
        until,
        live,
        note_key,
        private: note.map(|note| AvailabilityNote { note: Some(note) }),
    };
    step.emit(StreamId::User(id), event);
    Ok(())
}

/// A live connection of theirs is open. Does nothing where that changes nothing.
pub fn connected(step: &mut Step<'_>, id: UserId) {
    let Some(state) = at_work(step, id).filter(|state| state.is_settled(step.now)) else { return };
    if let Some(turn) = state.on_connection(step.now) {
        turn_to(step, id, turn, true);
    }
}

/// No connection of theirs was open for long enough to say that they are gone. Does nothing where that changes nothing.
pub fn disconnected(step: &mut Step<'_>, id: UserId) {
    if at_work(step, id).is_some_and(|state| state.lapses() && state.is_settled(step.now)) {
        turn_to(step, id, GONE, true);
    }
}

/// The time they gave is over: they are available again. `gone`: nothing of theirs has been connected for long enough; who
/// works on live connections is away then instead, and available once they are back. Does nothing if the time was moved.
pub fn until_passed(step: &mut Step<'_>, id: UserId, gone: bool) {
    let Some(state) = at_work(step, id).filter(|state| state.until.is_some_and(|until| until <= step.now)) else {
        return;
    };
    let live = state.live;
    let back = Turn { to: Availability::Available, until: None, cause: Cause::UntilPassed, keeps_note: false };
    let turn = if live && gone { Turn { keeps_note: false, ..GONE } } else { back };
    turn_to(step, id, turn, live);
}

const GONE: Turn = Turn { to: Availability::Away, until: None, cause: Cause::Disconnected, keeps_note: true };

/// The state of somebody whose account is open.
fn at_work<'a>(step: &'a Step<'_>, id: UserId) -> Option<&'a State> {
    step.world.roster.principal(id)?;
    step.world.availability.of(id)
}

fn turn_to(step: &mut Step<'_>, id: UserId, turn: Turn, live: bool) {
    let Some(state) = step.world.availability.of(id) else { return };
    let note_key: Option<BlindKey> = state.note.filter(|_| turn.keeps_note).map(|note| note.key);
    let (from, Turn { to, until, cause, keeps_note: _ }) = (state.availability, turn);
    let event = AgentAvailabilityChanged { user_id: id, from, to, cause, until, live, note_key, private: None };
    step.emit(StreamId::User(id), event);
}

fn check_until(availability: Availability, until: Option<Timestamp>, now: Timestamp) -> Result<(), Rejection> {
    let Some(until) = until else { return Ok(()) };
    let refused = |detail: &str| Err(Rejection::Invalid { field: "until", detail: detail.to_owned() });
    if availability == Availability::Available {
        return refused("is when somebody is available again, and they are");
    }
    if until <= now || until - now > UNTIL_MAX {
        return refused("must lie in the future, at most 366 days ahead");
    }
    Ok(())
}

fn check_note(note: &str) -> Result<(), Rejection> {
    let plain = note.chars().all(|c| !c.is_control());
    if note.trim().is_empty() || note.chars().count() > NOTE_MAX || !plain {
        return Err(Rejection::Invalid { field: "note", detail: format!("1 to {NOTE_MAX} printable characters") });
    }
    Ok(())
}
