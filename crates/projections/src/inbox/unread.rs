//! What each user has not read yet. Unread are the customer messages of a running episode that came after the user's
//! mark; resolving a conversation settles it for everybody, so this holds running work only. Messages of blocked
//! contacts and courtesies after resolve never count. A user can mark a conversation unread by hand.
//!
//! Totals are kept as the number of conversations with such messages, corrected for each user by the conversations
//! where they differ from somebody who never read anything, so that a count costs nothing to read.

use std::collections::{BTreeMap, VecDeque};

use domain::ids::UserId;

use crate::id_map::IdMap;

/// Customer messages remembered for one conversation; more show as this many.
pub const UNREAD_MAX: usize = 99;

/// One conversation's messages and marks, by version of its stream.
#[derive(Debug, Default, Clone)]
struct Marks {
    recent: VecDeque<u32>,
    /// Up to which version a user has read; 0 is "marked unread".
    read: BTreeMap<UserId, u32>,
}

/// All running conversations' marks and the totals over them.
#[derive(Debug, Default)]
pub(super) struct Unread {
    conversations: IdMap<u32, Marks>,
    base: Totals,
    owned: IdMap<UserId, i64>,
    corrections: IdMap<UserId, Totals>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Totals {
    all: i64,
    mine: i64,
    unassigned: i64,
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

    pub(super) fn received(&mut self, slot: u32, owner: Option<UserId>, version: u32) {
        self.change(slot, owner, |marks| {
            if marks.recent.len() == UNREAD_MAX {
                marks.recent.pop_front();
            }
            marks.recent.push_back(version);
        });
    }

    pub(super) fn read(&mut self, slot: u32, owner: Option<UserId>, user: UserId, up_to: u32) {
        self.change(slot, owner, |marks| {
            marks.read.insert(user, up_to);
        });
    }

    /// The episode ended: nobody owes it a look any more.
    pub(super) fn settle(&mut self, slot: u32, owner: Option<UserId>) {
        if self.conversations.contains_key(&slot) {
            self.account(slot, owner, -1);
            self.conversations.remove(&slot);
        }
    }

    pub(super) fn reassigned(&mut self, slot: u32, from: Option<UserId>, to: Option<UserId>) {
        if self.conversations.contains_key(&slot) {
            self.account(slot, from, -1);
            self.account(slot, to, 1);
        }
    }

    /// The user's counts.
    pub(super) fn counts(&self, user: UserId) -> UnreadCounts {
        let correction = self.corrections.get(&user).copied().unwrap_or_default();
        let mine = self.owned.get(&user).copied().unwrap_or_default() + correction.mine;
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        UnreadCounts {
            all: count(self.base.all + correction.all),
            mine: count(mine),
            unassigned: count(self.base.unassigned + correction.unassigned),
        }
    }

    /// Everything held, in a fixed order, for the digest.
    pub(super) fn snapshot(&self) -> BTreeMap<u32, String> {
        self.conversations.iter().map(|(slot, marks)| (*slot, format!("{marks:?}"))).collect()
    }

    fn change(&mut self, slot: u32, owner: Option<UserId>, change: impl FnOnce(&mut Marks)) {
        self.account(slot, owner, -1);
        change(self.conversations.entry(slot).or_default());
        self.account(slot, owner, 1);
    }

    /// Adds or takes away what one conversation contributes.
    fn account(&mut self, slot: u32, owner: Option<UserId>, sign: i64) {
        let Some(marks) = self.conversations.get(&slot) else { return };
        let base = i64::from(!marks.recent.is_empty());
        self.base.all += sign * base;
        match owner {
            None => self.base.unassigned += sign * base,
            Some(owner) => *self.owned.entry(owner).or_default() += sign * base,
        }
        for user in marks.read.keys() {
            let difference = sign * (i64::from(marks.unread(*user) > 0) - base);
            if difference != 0 {
                let totals = self.corrections.entry(*user).or_default();
                totals.all += difference;
                match owner {
                    None => totals.unassigned += difference,
                    Some(owner) if owner == *user => totals.mine += difference,
                    Some(_) => {}
                }
            }
        }
    }
}
