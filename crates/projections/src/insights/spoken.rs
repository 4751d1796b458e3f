//! Where customers wrote: the places of the messages that asked for something, as far as a question's filters and somebody's
//! sight reach. A message is of the team in whose queue its conversation lies at the question's position. Read a stretch of conversations after the other, so that whoever holds the views can let others in between.

use std::ops::Range;

use domain::ids::ContactId;
use domain::time::{Millis, Timestamp};

use crate::Views;
use crate::analytics::filter::Sieve;
use crate::analytics::sample::{Sample, Value};
use crate::analytics::{Metric, Question};
use crate::facts::{No, Slot, What};
use crate::inbox::Row;

/// Conversations looked at at once.
const SLOTS: u32 = 2_000;

/// One message of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub slot: Slot,
    /// Whoever they are one with now.
    pub contact_id: ContactId,
    /// Of its event.
    pub pos: u64,
    pub at: Timestamp,
}

/// See the module. The question's metrics do not matter.
#[derive(Debug)]
pub struct Spoken {
    question: Question,
    sieve: Sieve,
}

impl Spoken {
    pub fn new(question: Question) -> Self {
        Self { sieve: Sieve::of(&question.filters), question }
    }

    /// All conversations, in stretches.
    pub fn stretches(&self, views: &Views) -> Vec<Range<u32>> {
        let all = views.facts.slots().count() as u32;
        (0..all).step_by(SLOTS as usize).map(|from| from..(from + SLOTS).min(all)).collect()
    }

    /// What was written in `[from, to)` in these conversations, those that are `seen`. Courtesies ask for nothing.
    pub fn find(
        &self,
        views: &Views,
        slots: Range<u32>,
        (from, to): (Timestamp, Timestamp),
        seen: impl Fn(&Row) -> bool,
        mut each: impl FnMut(Place),
    ) {
        for slot in slots.map(Slot) {
            let row = views.inbox.get(views.facts.conversation(slot).id());
            if row.is_some_and(|row| row.last_activity_at() >= from && seen(&row)) {
                self.within(views, slot, |place| {
                    if (from..to).contains(&place.at) {
                        each(place);
                    }
                });
            }
        }
    }

    /// The same of the messages in one conversation that lie at these positions, whether it is seen or not.
    pub fn at(&self, views: &Views, slot: Slot, positions: &[u64]) -> Vec<Place> {
        let mut places = Vec::new();
        self.within(views, slot, |place| {
            if positions.contains(&place.pos) {
                places.push(place);
            }
        });
        places
    }

    /// What a conversation's customer wrote first from a moment on, within so long: what they came with.
    pub fn from(&self, views: &Views, slot: Slot, at: Timestamp, within: Millis, most: usize) -> Vec<Place> {
        let mut places = Vec::new();
        self.within(views, slot, |place| {
            if (at..at + within).contains(&place.at) && places.len() < most {
                places.push(place);
            }
        });
        places
    }

    fn within(&self, views: &Views, slot: Slot, mut each: impl FnMut(Place)) {
        let (facts, question) = (&views.facts, &self.question);
        let conversation = facts.conversation(slot);
        let contacts = &views.directory.contacts;
        let contact_id = contacts.resolve(conversation.contact_id());
        // Nothing of theirs can be opened.
        if contacts.get(conversation.contact_id()).is_some_and(|contact| contact.erased) {
            return;
        }
        let tags = if question.asks_for_tags() { facts.tags_of(slot, question.basis.pos) } else { Vec::new() };
        let moments = || facts.track(slot).until(question.basis.pos);
        // Whose it is by then: a rule that sends it to its queue does so after its first message.
        let lies_in = moments().fold(No::NONE, |before, moment| match moment.what {
            What::Opened { team, .. }
            | What::Awaited { team }
            | What::Reopened { team, .. }
            | What::Assigned { team, .. } => team,
            _ => before,
        });
        let (agent, value, metric, episode) = (No::NONE, Value::One, Metric::Volume, 0);
        let (at, pos) = (question.from, question.basis.pos);
        let sample = Sample { metric, at, pos, slot, episode, agent, team: lies_in, value };
        if !self.sieve.passes(facts, &sample, &tags) {
            return;
        }
        for moment in moments() {
            if let What::Customer { courtesy: false, .. } = moment.what {
                each(Place { slot, contact_id, pos: moment.pos, at: moment.at });
            }
        }
    }
}
