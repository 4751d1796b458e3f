//! Who has had a hand in a running conversation: wrote, noted, assigned, tagged. Kept until it is resolved; whoever sees
//! only their own conversations knows their colleagues from here.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::Status;
use domain::event::Recorded;
use domain::ids::UserId;

use super::Inbox;
use super::indexes::STATUSES;
use super::query::Sort;

/// By slot.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Participants(BTreeMap<u32, BTreeSet<UserId>>);

impl Participants {
    pub(super) fn note(&mut self, slot: u32, recorded: &Recorded) {
        if let Some(user) = recorded.actor.user() {
            self.0.entry(slot).or_default().insert(user);
        }
    }

    pub(super) fn settle(&mut self, slot: u32) {
        self.0.remove(&slot);
    }
}

impl Inbox {
    /// Whether `colleague` has had a hand in a running conversation that `owner` has now.
    pub fn works_with(&self, owner: UserId, colleague: UserId) -> bool {
        let Some(lists) = self.indexes.owned(Some(owner)) else { return false };
        let running = STATUSES.into_iter().filter(|status| *status != Status::Resolved);
        let mut slots = running.flat_map(|status| lists.walk(status, Sort::CreatedAt, None, &self.rows));
        slots.any(|(_, slot)| self.participants.0.get(&slot).is_some_and(|users| users.contains(&colleague)))
    }
}
