//! The board at the door: who is in, who is out, since when and why. Folded by decisions and by read models alike, so that
//! both see the same at the same position. What notes say is not here, only where it is written.

use std::collections::{BTreeMap, BTreeSet};

use super::{Availability, Cause, SETTLES_AFTER};
use crate::event::availability::AgentAvailabilityChanged;
use crate::event::{Event, Recorded};
use crate::identity::BlindKey;
use crate::ids::UserId;
use crate::time::Timestamp;

/// Where somebody stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct State {
    pub availability: Availability,
    /// When it became so.
    pub since: Timestamp,
    /// When they are available again by themselves.
    pub until: Option<Timestamp>,
    /// `None`: nothing was said of them since their account was made, or closed.
    pub cause: Option<Cause>,
    /// Whether it rests on a live connection.
    pub live: bool,
    pub note: Option<Note>,
    /// When anything about it last changed.
    changed_at: Timestamp,
    /// What the lost connection took, and gives back.
    before: Option<(Availability, Option<Timestamp>)>,
}

/// A note beside it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    pub key: BlindKey,
    /// The event that holds its text.
    pub pos: u64,
}

/// A change that comes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub to: Availability,
    pub until: Option<Timestamp>,
    pub cause: Cause,
    /// Whether what they said stays true.
    pub keeps_note: bool,
}

impl State {
    fn unsaid(since: Timestamp) -> Self {
        Self {
            availability: Availability::Offline,
            since,
            until: None,
            cause: None,
            live: false,
            note: None,
            changed_at: since,
            before: None,
        }
    }

    /// Whether it ends when there is no connection any more.
    pub fn lapses(&self) -> bool {
        self.live && self.availability.is_at_desk()
    }

    /// Until when nothing more happens by itself: connections that come and go quickly make no string of changes.
    pub fn settles_at(&self) -> Option<Timestamp> {
        let rests = self.cause.is_some_and(Cause::is_of_connections);
        rests.then(|| self.changed_at + SETTLES_AFTER)
    }

    /// Whether nothing holds a change back at `now`.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.settles_at().is_none_or(|at| at <= now)
    }

    /// What a live connection changes. Nothing, where a person has said otherwise.
    pub fn on_connection(&self, now: Timestamp) -> Option<Turn> {
        let turn = |to, until, cause, keeps_note| Some(Turn { to, until, cause, keeps_note });
        match self.cause {
            None => turn(Availability::Available, None, Cause::Connected, false),
            Some(Cause::Disconnected) => {
                let (to, until) = self.before.unwrap_or((Availability::Available, None));
                if until.is_some_and(|until| until <= now) {
                    turn(Availability::Available, None, Cause::Returned, false)
                } else {
                    turn(to, until, Cause::Returned, true)
                }
            }
            // It was said without a connection; from now on it rests on this one.
            Some(_) if self.availability.is_at_desk() && !self.live => {
                turn(self.availability, self.until, Cause::Connected, true)
            }
            Some(_) => None,
        }
    }

    fn after(&self, event: &AgentAvailabilityChanged, recorded: &Recorded) -> Self {
        let at = recorded.occurred_at;
        let note = event.note_key.map(|key| {
            let stays = self.note.filter(|note| note.key == key && !event.cause.is_a_persons());
            stays.unwrap_or(Note { key, pos: recorded.pos })
        });
        Self {
            availability: event.to,
            since: if event.to == self.availability { self.since } else { at },
            until: event.until,
            cause: Some(event.cause),
            live: event.live,
            note,
            changed_at: at,
            before: (event.cause == Cause::Disconnected).then_some((self.availability, self.until)),
        }
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Board {
    states: BTreeMap<UserId, State>,
    /// Those that end at a time.
    by_end: BTreeSet<(Timestamp, UserId)>,
    /// Those that end with the last connection.
    lapsing: BTreeSet<UserId>,
}

impl Board {
    /// `None`: there is no such account.
    pub fn of(&self, user: UserId) -> Option<&State> {
        self.states.get(&user)
    }
    /// At most `limit` people whose time is over at `now`, the longest ago first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, UserId)> {
        self.by_end.iter().take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }
    /// When the next one's time is over.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_end.first().map(|(at, _)| *at)
    }
    /// Those whose state ends when they have no connection.
    pub fn lapsing(&self) -> impl Iterator<Item = (UserId, &State)> {
        self.lapsing.iter().filter_map(|user| Some((*user, self.states.get(user)?)))
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::UserCreated(event) => self.put(event.user_id, State::unsaid(recorded.occurred_at)),
            // Whoever is gone is at no desk; opened again, the account begins as a new one does.
            Event::UserDeactivated(event) => self.put(event.user_id, State::unsaid(recorded.occurred_at)),
            Event::AgentAvailabilityChanged(event) => {
                if let Some(state) = self.states.get(&event.user_id).map(|state| state.after(event, recorded)) {
                    self.put(event.user_id, state);
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, user: UserId, state: State) {
        if state.lapses() {
            self.lapsing.insert(user);
        } else {
            self.lapsing.remove(&user);
        }
        self.by_end.extend(state.until.map(|until| (until, user)));
        let until = state.until;
        let ended = self.states.insert(user, state).and_then(|old| old.until).filter(|old| Some(*old) != until);
        if let Some(ended) = ended {
            self.by_end.remove(&(ended, user));
        }
    }
}
