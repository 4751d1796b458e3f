//! How many conversations lie in each pool and how many of them are whose, by status: what a count for somebody behind walls
//! is added up from, without looking at a conversation.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::ids::UserId;

use super::indexes::{Pool, number};
use super::row::Row;

/// What a viewer sees whole, and whether they see what is their own beside it.
pub(super) struct Sees<'a> {
    viewer: &'a Principal,
    /// `None`: everything.
    pools: Option<BTreeSet<Pool>>,
    own: bool,
}

impl<'a> Sees<'a> {
    pub(super) fn new(viewer: &'a Principal, pools: Option<BTreeSet<Pool>>) -> Self {
        let own = authorize(viewer, Action::ConversationRead, Standing::Own) == Decision::Allow;
        Self { viewer, pools, own }
    }
    pub(super) fn user_id(&self) -> UserId {
        self.viewer.user_id
    }
    /// Whether they see all of a pool.
    pub(super) fn pool(&self, pool: &Pool) -> bool {
        self.pools.as_ref().is_none_or(|pools| pools.contains(pool))
    }
    /// Whether they see what is theirs in a pool.
    pub(super) fn own(&self, pool: &Pool) -> bool {
        self.own && self.viewer.rights().in_brand(pool.brand_id())
    }
}

/// Counts by pool, and by owner and pool; what holds nothing is not kept.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Tally {
    pools: BTreeMap<Pool, [u64; 4]>,
    owners: BTreeMap<(UserId, Pool), [u64; 4]>,
}

impl Tally {
    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, |count| *count += 1);
    }
    pub(super) fn take(&mut self, row: &Row) {
        self.change(row, |count| *count -= 1);
    }
    fn change(&mut self, row: &Row, change: impl Fn(&mut u64)) {
        let (pool, status) = (Pool::of(row), number(row.status()));
        in_place(&mut self.pools, pool, status, &change);
        if let Some(owner) = row.assignee_id() {
            in_place(&mut self.owners, (owner, pool), status, &change);
        }
    }

    /// Those that somebody sees: whole pools, and their own in others.
    pub(super) fn seen(&self, by: &Sees<'_>) -> [u64; 4] {
        let mut seen = [0; 4];
        self.pools.iter().filter(|(pool, _)| by.pool(pool)).for_each(|(_, held)| sum(&mut seen, *held));
        self.own(by).filter(|(pool, _)| !by.pool(pool)).for_each(|(_, held)| sum(&mut seen, held));
        seen
    }
    /// Of those, the ones that are nobody's.
    pub(super) fn unassigned(&self, by: &Sees<'_>) -> [u64; 4] {
        let mut seen = [0; 4];
        let nobodys = self.pools.iter().filter(|(pool, _)| !pool.is_owned() && by.pool(pool));
        nobodys.for_each(|(_, held)| sum(&mut seen, *held));
        seen
    }
    /// Their own.
    pub(super) fn mine(&self, by: &Sees<'_>) -> [u64; 4] {
        let mut mine = [0; 4];
        self.own(by).for_each(|(_, held)| sum(&mut mine, held));
        mine
    }

    fn own<'a>(&'a self, by: &'a Sees<'_>) -> impl Iterator<Item = (&'a Pool, [u64; 4])> {
        let range = (by.user_id(), Pool::FIRST)..=(by.user_id(), Pool::LAST);
        self.owners.range(range).map(|((_, pool), held)| (pool, *held)).filter(|(pool, _)| by.own(pool))
    }
}

fn in_place<K: Ord>(counts: &mut BTreeMap<K, [u64; 4]>, key: K, status: usize, change: impl Fn(&mut u64)) {
    match counts.entry(key) {
        std::collections::btree_map::Entry::Occupied(mut held) => {
            change(&mut held.get_mut()[status]);
            if *held.get() == [0; 4] {
                held.remove();
            }
        }
        std::collections::btree_map::Entry::Vacant(place) => change(&mut place.insert([0; 4])[status]),
    }
}

fn sum(total: &mut [u64; 4], more: [u64; 4]) {
    total.iter_mut().zip(more).for_each(|(total, more)| *total += more);
}
