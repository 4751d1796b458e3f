//! Views that hold few of all conversations: those with a promise at risk, those with one whose deadline has passed, those
//! that a bot has. Which they are and how many are seen by whom is kept up to date with every event, like the counts of all.

use std::collections::BTreeSet;

use domain::sla::book::State;

use super::indexes::Pool;
use super::row::Row;
use super::tally::Tally;
use super::unread::Unread;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subset {
    AtRisk,
    Breached,
    Bot,
}

/// How many there are.
pub(super) const SUBSETS: usize = Subset::ALL.len();

impl Subset {
    pub(super) const ALL: [Self; 3] = [Self::AtRisk, Self::Breached, Self::Bot];

    pub(super) fn number(self) -> usize {
        self as usize
    }
    /// Whether a row belongs to it.
    pub(super) fn has(self, row: &Row) -> bool {
        match self {
            Self::AtRisk => row.sla_state() == Some(State::AtRisk),
            Self::Breached => row.sla_state() == Some(State::Breached),
            Self::Bot => row.has_bot(),
        }
    }
}

/// What each of them holds.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Subsets([Held; SUBSETS]);

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Held {
    pub(super) slots: BTreeSet<u32>,
    pub(super) tally: Tally,
}

impl Subsets {
    pub(super) fn held(&self, subset: Subset) -> &Held {
        &self.0[subset.number()]
    }

    /// A row changed; what is unread was moved along already.
    pub(super) fn shift(&mut self, slot: u32, old: &Row, new: &Row, unread: &mut Unread) {
        let place = |row: &Row| (row.status(), row.assignee_id(), Pool::of(row));
        for subset in Subset::ALL {
            let held = &mut self.0[subset.number()];
            match (subset.has(old), subset.has(new)) {
                (false, false) => {}
                (true, true) => {
                    if place(old) != place(new) {
                        held.tally.take(old);
                        held.tally.add(new);
                    }
                }
                (false, true) => {
                    held.slots.insert(slot);
                    held.tally.add(new);
                    unread.joined(slot, new, subset);
                }
                (true, false) => {
                    held.slots.remove(&slot);
                    held.tally.take(old);
                    unread.left(slot, new, subset);
                }
            }
        }
    }
}
