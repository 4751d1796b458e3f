//! What each user has not read yet. Unread are the customer messages of a running episode that came after the user's
//! mark; resolving a conversation settles it for everybody, so this holds running work only. Messages of blocked
//! contacts and courtesies after resolve never count. A user can mark a conversation unread by hand.
//!
//! Totals are kept for each pool as the number of conversations with such messages, corrected for each user by the
//! conversations where they differ from somebody who never read anything, so that a count looks at pools only.

use std::collections::{BTreeMap, VecDeque};

use domain::id_map::IdMap;
use domain::ids::UserId;

use super::indexes::Pool;
use super::row::Row;
use super::subsets::{SUBSETS, Subset};
use super::tally::Sees;

/// Customer messages remembered for one conversation; more show as this many.
pub const UNREAD_MAX: usize = 99;

/// One conversation's messages and marks, by version of its stream.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Default, Clone)]
struct Marks {
    recent: VecDeque<u32>,
    /// Up to which version a user has read; 0 is "marked unread".
    read: BTreeMap<UserId, u32>,
}

/// All running conversations' marks and the totals over them.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Unread {
    conversations: IdMap<u32, Marks>,
    all: Totals,
    subsets: [Totals; SUBSETS],
    /// Which conversations belong to which subsets, one bit each.
    members: IdMap<u32, u8>,
}

/// How many conversations have something unread.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
struct Totals {
    base: BTreeMap<Pool, i64>,
    owned: BTreeMap<(UserId, Pool), i64>,
    /// By user, pool, and whether the user owns the conversations.
    corrections: BTreeMap<(UserId, Pool, bool), i64>,
}

/// Where a conversation is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    pool: Pool,
    owner: Option<UserId>,
}

impl Place {
    fn of(row: &Row) -> Self {
        Self { pool: Pool::of(row), owner: row.assignee_id() }
    }
}

/// Conversations with something unread for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct UnreadCounts {
    pub(super) all: u64,
    pub(super) mine: u64,
    pub(super) unassigned: u64,
}

impl Marks {
    fn unread(&self, user: UserId) -> usize {
        match self.read.get(&user) {
            None => self.recent.len(),
            Some(0) => self.recent.len().max(1),
            Some(version) => self.recent.iter().rev().take_while(|inbound| *inbound > version).count(),
        }
    }
}

impl Unread {
    /// How many messages of the conversation in `slot` the user has not read.
    pub(super) fn count(&self, slot: u32, user: UserId) -> usize {
        self.conversations.get(&slot).map_or(0, |marks| marks.unread(user))
    }

    /// Up to which version they have read it, while its episode runs.
    pub(super) fn read_version(&self, slot: u32, user: UserId) -> Option<u64> {
        self.conversations.get(&slot)?.read.get(&user).map(|version| u64::from(*version))
    }

    /// The customer wrote; the row has the version of it.
    pub(super) fn received(&mut self, slot: u32, row: &Row) {
        let version = row.version;
        self.change(slot, Place::of(row), |marks| {
            if marks.recent.len() == UNREAD_MAX {
                marks.recent.pop_front();
            }
            marks.recent.push_back(version);
        });
    }

    pub(super) fn read(&mut self, slot: u32, row: &Row, user: UserId, up_to: u32) {
        self.change(slot, Place::of(row), |marks| {
            marks.read.insert(user, up_to);
        });
    }

    /// The episode ended: nobody owes it a look any more.
    pub(super) fn settle(&mut self, slot: u32, row: &Row) {
        if self.conversations.contains_key(&slot) {
            self.account(slot, Place::of(row), -1);
            self.conversations.remove(&slot);
        }
    }

    /// The row changed; it may lie elsewhere now.
    pub(super) fn moved(&mut self, slot: u32, old: &Row, new: &Row) {
        let (from, to) = (Place::of(old), Place::of(new));
        if from != to && self.conversations.contains_key(&slot) {
            self.account(slot, from, -1);
            self.account(slot, to, 1);
        }
    }

    /// It belongs to a subset from now on.
    pub(super) fn joined(&mut self, slot: u32, row: &Row, subset: Subset) {
        *self.members.entry(slot).or_default() |= bit(subset);
        if let Some(marks) = self.conversations.get(&slot) {
            self.subsets[subset.number()].account(marks, Place::of(row), 1);
        }
    }

    /// It belongs to it no longer.
    pub(super) fn left(&mut self, slot: u32, row: &Row, subset: Subset) {
        if let Some(bits) = self.members.get_mut(&slot) {
            *bits &= !bit(subset);
            if *bits == 0 {
                self.members.remove(&slot);
            }
        }
        if let Some(marks) = self.conversations.get(&slot) {
            self.subsets[subset.number()].account(marks, Place::of(row), -1);
        }
    }

    /// The viewer's counts, those of conversations they were only invited into left out. `None`: of all conversations.
    pub(super) fn counts(&self, by: &Sees<'_>, among: Option<Subset>) -> UnreadCounts {
        among.map_or(&self.all, |subset| &self.subsets[subset.number()]).counts(by)
    }

    /// Everything held, in a fixed order, for the digest.
    pub(super) fn snapshot(&self) -> BTreeMap<u32, String> {
        self.conversations.iter().map(|(slot, marks)| (*slot, format!("{marks:?}"))).collect()
    }

    fn change(&mut self, slot: u32, place: Place, change: impl FnOnce(&mut Marks)) {
        self.account(slot, place, -1);
        change(self.conversations.entry(slot).or_default());
        self.account(slot, place, 1);
    }

    /// Adds or takes away what one conversation contributes.
    fn account(&mut self, slot: u32, place: Place, sign: i64) {
        let Some(marks) = self.conversations.get(&slot) else { return };
        self.all.account(marks, place, sign);
        let Some(bits) = self.members.get(&slot) else { return };
        for subset in Subset::ALL.into_iter().filter(|subset| bits & bit(*subset) != 0) {
            self.subsets[subset.number()].account(marks, place, sign);
        }
    }
}

fn bit(subset: Subset) -> u8 {
    1 << subset.number()
}

impl Totals {
    fn account(&mut self, marks: &Marks, place: Place, sign: i64) {
        let base = i64::from(!marks.recent.is_empty());
        add(&mut self.base, place.pool, sign * base);
        if let Some(owner) = place.owner {
            add(&mut self.owned, (owner, place.pool), sign * base);
        }
        for user in marks.read.keys() {
            let difference = sign * (i64::from(marks.unread(*user) > 0) - base);
            add(&mut self.corrections, (*user, place.pool, place.owner == Some(*user)), difference);
        }
    }

    fn counts(&self, by: &Sees<'_>) -> UnreadCounts {
        let user = by.user_id();
        let (mut all, mut unassigned, mut mine) = (0, 0, 0);
        for (pool, base) in self.base.iter().filter(|(pool, _)| by.pool(pool)) {
            all += base;
            unassigned += if pool.is_owned() { 0 } else { *base };
        }
        for ((_, pool), base) in self.owned.range((user, Pool::FIRST)..=(user, Pool::LAST)) {
            if by.own(pool) {
                mine += base;
                all += if by.pool(pool) { 0 } else { *base };
            }
        }
        for ((_, pool, theirs), correction) in
            self.corrections.range((user, Pool::FIRST, false)..=(user, Pool::LAST, true))
        {
            let shown_as_own = *theirs && by.own(pool);
            mine += if shown_as_own { *correction } else { 0 };
            all += if by.pool(pool) || shown_as_own { *correction } else { 0 };
            unassigned += if by.pool(pool) && !pool.is_owned() { *correction } else { 0 };
        }
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        UnreadCounts { all: count(all), mine: count(mine), unassigned: count(unassigned) }
    }
}

/// Keeps only what is not nothing.
fn add<K: Ord>(totals: &mut BTreeMap<K, i64>, key: K, difference: i64) {
    if difference == 0 {
        return;
    }
    match totals.entry(key) {
        std::collections::btree_map::Entry::Occupied(mut total) => {
            *total.get_mut() += difference;
            if *total.get() == 0 {
                total.remove();
            }
        }
        std::collections::btree_map::Entry::Vacant(place) => {
            place.insert(difference);
        }
    }
}
