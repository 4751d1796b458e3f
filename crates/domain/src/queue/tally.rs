//! What is counted of running conversations, so that nobody has to look through them: for each queue and brand, and of it
//! for each person. By brand, because a queue may hold several brands' and somebody may see but one of them.

use std::collections::BTreeSet;

use super::QueueId;
use crate::conversation::Status;
use crate::ids::*;
use crate::sla::book::State;
use crate::time::Timestamp;

/// Where a conversation lies: in a queue, and in a brand.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub queue: QueueId,
    pub brand: BrandId,
}

/// Counts of the running conversations of one place.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Open ones, whoever has them.
    pub open: u32,
    pub pending: u32,
    /// Open ones that nobody has, those that a bot has apart.
    pub unassigned: u32,
    /// Open ones that a bot has.
    pub with_bot: u32,
    /// Whatever their status: those of which a promise will soon be broken, and those of which one was.
    pub at_risk: u32,
    pub breached: u32,
    /// Open ones whose customer waits, longest first.
    customers: BTreeSet<(Timestamp, ConversationId)>,
    /// Those of them that nobody has.
    unclaimed: BTreeSet<(Timestamp, ConversationId)>,
}

impl Tally {
    /// Open conversations whose customer waits.
    pub fn waiting(&self) -> u32 {
        self.customers.len() as u32
    }
    /// Since when the customer waits who waits longest.
    pub fn longest(&self) -> Option<Timestamp> {
        self.customers.first().map(|(since, _)| *since)
    }
    /// The same of those that nobody has.
    pub fn longest_unassigned(&self) -> Option<Timestamp> {
        self.unclaimed.first().map(|(since, _)| *since)
    }

    pub(super) fn add(&mut self, what: &Counted) {
        self.count(what, |count| *count += 1);
        self.customers.extend(what.customer);
        self.unclaimed.extend(what.customer.filter(|_| !what.assigned));
    }

    pub(super) fn take_off(&mut self, what: &Counted) {
        self.count(what, |count| *count = count.saturating_sub(1));
        if let Some(customer) = what.customer {
            self.customers.remove(&customer);
            self.unclaimed.remove(&customer);
        }
    }

    fn count(&mut self, what: &Counted, change: fn(&mut u32)) {
        match what.status {
            Status::Open => {
                change(&mut self.open);
                match (what.held, what.assigned) {
                    (true, _) => change(&mut self.with_bot),
                    (false, false) => change(&mut self.unassigned),
                    (false, true) => {}
                }
            }
            Status::Pending => change(&mut self.pending),
            Status::Snoozed | Status::Resolved => {}
        }
        match what.promised {
            Some(State::AtRisk) => change(&mut self.at_risk),
            Some(State::Breached) => change(&mut self.breached),
            Some(State::Ok | State::Paused) | None => {}
        }
    }
}

/// A conversation, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counted {
    pub(super) status: Status,
    pub(super) assigned: bool,
    pub(super) held: bool,
    /// Of an open one: since when its customer waits.
    pub(super) customer: Option<(Timestamp, ConversationId)>,
    /// How its promises stand.
    pub(super) promised: Option<State>,
}
