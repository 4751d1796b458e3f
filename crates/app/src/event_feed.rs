//! The log in order, as far as somebody's walls reach: what the list of events, the event stream and the figures about the log
//! are made of. A page is read when it is asked for and nothing is kept between two of them, so that a reader who is slow
//! costs a position.
//!
//! Counting is a look at the log, not a fold beside it. Walls are those of the one who asks, at this moment, with the very
//! predicate that the stream uses, so the figures are those of the stream they announce; a fold would have to keep its
//! counts for every set of walls, for ever, for a question that is asked once a day.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use domain::access::{Action, Principal};
use domain::calendar::Date;
use domain::time::Timestamp;
use event_log::StoredEvent;

use crate::queries::{Answer, unreadable};
use crate::{Desk, Failure, reach};

/// Events looked at for one answer of figures; past it the answer says where to go on.
pub const COUNTED_MAX: u64 = 500_000;
/// Days told apart in one answer.
pub const COUNTED_DAYS_MAX: usize = 1_000;
/// Events held against somebody's walls at a time.
const CHUNK: usize = 500;

/// Narrows what is read. Empty fields narrow nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventFilter {
    /// Event types; those that end in `.*` are all of a kind.
    pub kinds: Vec<String>,
    /// What it happened to: a stream's name, which is an id for most.
    pub subject: Option<String>,
    /// Who did it: the id of a person, of a key, of a contact.
    pub actor: Option<String>,
    /// The request that caused it.
    pub correlation: Option<String>,
}

impl EventFilter {
    fn admits(&self, stored: &StoredEvent) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.iter().any(|pattern| fits(pattern, &stored.kind));
        kind && self.subject.as_ref().is_none_or(|subject| **subject == *stored.stream)
            && self.actor.as_ref().is_none_or(|id| stored.actor.split([':', '/']).skip(1).any(|part| part == id))
            && self.correlation.as_ref().is_none_or(|id| stored.correlation_id.as_deref() == Some(id))
    }
}

/// Whether an event's type is the one named, or of the kind that `conversation.*` names.
pub(crate) fn fits(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == pattern,
    }
}

/// Events of one kind, or of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    /// As stored: facts and sealed parts, without the envelope.
    pub bytes: u64,
    pub first_pos: u64,
    pub last_pos: u64,
}

/// What a range of the log holds for somebody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventTallies {
    pub all: Option<Tally>,
    pub by_kind: BTreeMap<Arc<str>, Tally>,
    /// By the day they were recorded on, UTC.
    pub by_day: BTreeMap<Date, Tally>,
    /// The last position that was looked at.
    pub looked_to: u64,
}

impl Tally {
    fn add(into: Option<Self>, stored: &StoredEvent) -> Self {
        let bytes = stored.bytes();
        let so_far = into.unwrap_or(Self { count: 0, bytes: 0, first_pos: stored.pos, last_pos: 0 });
        Self { count: so_far.count + 1, bytes: so_far.bytes + bytes as u64, last_pos: stored.pos, ..so_far }
    }
}

impl EventTallies {
    fn add(&mut self, stored: &StoredEvent) {
        self.all = Some(Tally::add(self.all, stored));
        let of_kind = Tally::add(self.by_kind.get(&stored.kind).copied(), stored);
        self.by_kind.insert(stored.kind.clone(), of_kind);
        let day = Date::of(Timestamp::from_millis(stored.recorded_at_ms));
        let of_day = Tally::add(self.by_day.get(&day).copied(), stored);
        self.by_day.insert(day, of_day);
    }
}

impl Desk {
    /// The events after a position and not after `until`, as stored: facts readable, personal parts sealed. Those behind a
    /// wall and those the filter does not want are left out; the position is that of the last one looked at.
    pub fn events(
        &self,
        principal: &Principal,
        filter: &EventFilter,
        after: u64,
        until: u64,
        limit: usize,
    ) -> Answer<(Vec<Arc<StoredEvent>>, u64)> {
        self.allow(principal, Action::EventRead)?;
        let room = usize::try_from(until.saturating_sub(after)).unwrap_or(usize::MAX);
        let mut events = self.reader().read(after, limit.min(room)).map_err(|error| unreadable(error.into()))?;
        let last = events.last().map_or(after, |stored| stored.pos);
        events.retain(|stored| filter.admits(stored));
        self.view(|views| events.retain(|stored| reach::sees_event(views, principal, stored)));
        Ok((events, last))
    }

    /// Counts what is there after a position and not after `until`. Looks at [`COUNTED_MAX`] events at most; blocks.
    pub fn event_tallies(
        &self,
        principal: &Principal,
        filter: &EventFilter,
        after: u64,
        until: u64,
    ) -> Answer<EventTallies> {
        self.allow(principal, Action::EventRead)?;
        let until = until.min(after.saturating_add(COUNTED_MAX));
        let mut tallies = EventTallies { looked_to: after.min(until), ..EventTallies::default() };
        if after >= until {
            return Ok(tallies);
        }
        let mut chunk: Vec<StoredEvent> = Vec::with_capacity(CHUNK);
        let count = |chunk: &mut Vec<StoredEvent>, tallies: &mut EventTallies| {
            self.view(|views| chunk.retain(|stored| reach::sees_event(views, principal, stored)));
            chunk.drain(..).for_each(|stored| tallies.add(&stored));
        };
        let read = self.reader().replay(after, &mut |stored| {
            if stored.pos > until || tallies.by_day.len() >= COUNTED_DAYS_MAX {
                return ControlFlow::Break(());
            }
            tallies.looked_to = stored.pos;
            if filter.admits(&stored) {
                chunk.push(stored);
            }
            if chunk.len() == CHUNK {
                count(&mut chunk, &mut tallies);
            }
            ControlFlow::Continue(())
        });
        read.map_err(|error| unreadable(error.into()))?;
        count(&mut chunk, &mut tallies);
        Ok(tallies)
    }

    /// The first position recorded at this moment or later; one past the head where there is none. Log time never runs
    /// backwards.
    pub fn first_recorded(&self, at: Timestamp) -> Answer<u64> {
        let (mut low, mut high) = (self.reader().oldest(), self.view(|views| views.position()) + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let stored = self.reader().get(middle).map_err(|error| unreadable(error.into()))?;
            let recorded = stored.ok_or(Failure::Internal)?.recorded_at_ms;
            if Timestamp::from_millis(recorded) < at { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_one_type_or_all_of_a_kind() {
        assert!(fits("message.received", "message.received") && !fits("message.received", "message.revoked"));
        assert!(fits("message.*", "message.received") && !fits("message.*", "media.stored"));
        assert!(fits("*", "message.received"));
    }
}
