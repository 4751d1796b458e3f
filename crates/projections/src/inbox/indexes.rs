//! The sorted lists behind the inbox: for everybody, for each owner (nobody is one too) and for each pool, by status, by sort.
//! A query merges at most four of them, one per status, so it never walks what another view, owner or status holds.
//!
//! Most conversations are resolved, and of those hardly any waits, has a deadline or a priority. A list of one of these sorts
//! holds those that have it; the others follow in the order in which they began, found in the list that has all.

use std::collections::BTreeMap;

use domain::conversation::{Priority, Status};
use domain::id_map::IdMap;
use domain::ids::*;
use domain::time::Timestamp;

use super::order::{Order, Place, Walk};
use super::query::{CREATED, Sort};
use super::row::Row;
use super::rows::Rows;

/// All statuses in the order of their numbers here.
pub(super) const STATUSES: [Status; 4] = [Status::Open, Status::Pending, Status::Snoozed, Status::Resolved];

/// How many orders there are.
const SORTS: usize = 5;
/// Set in a key: the conversation has nothing to be sorted by. The rest of the key says when it began.
const ABSENT: i64 = 1 << 62;

/// Where a row lies in the lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Keys {
    owner: u128,
    pool: u32,
    status: Status,
    sorts: [i64; SORTS],
}

/// The conversations of one brand and team that have an owner, or those that have none. What a wall lets through is a
/// choice of these.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pool {
    /// 0: no team.
    team: u128,
    brand: u128,
    owned: bool,
}

impl Pool {
    pub(super) const FIRST: Self = Self { team: 0, brand: 0, owned: false };
    pub(super) const LAST: Self = Self { team: u128::MAX, brand: u128::MAX, owned: true };

    pub(super) fn of(row: &Row) -> Self {
        Self {
            team: row.team_id().map_or(0, TeamId::as_u128),
            brand: row.brand_id().as_u128(),
            owned: row.assignee_id().is_some(),
        }
    }
    pub(super) fn brand_id(self) -> BrandId {
        BrandId::from_u128(self.brand)
    }
    pub(super) fn is_owned(self) -> bool {
        self.owned
    }
    pub(super) fn is_of_team(self, team: TeamId) -> bool {
        self.team == team.as_u128()
    }
}

/// The lists.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Indexes {
    all: ByStatus,
    owners: IdMap<u128, ByStatus>,
    pools: Vec<ByStatus>,
    pool_numbers: BTreeMap<Pool, u32>,
}

/// The lists of one owner or pool, or of everybody: status, then sort.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct ByStatus([[Order; SORTS]; 4]);

impl Keys {
    pub(super) fn of(row: &Row) -> Self {
        Self {
            owner: row.assignee_id().map_or(0, UserId::as_u128),
            pool: row.pool,
            status: row.status(),
            sorts: [
                time_key(row.waiting_since(), row),
                row.last_activity_at().as_millis(),
                began(row),
                priority_key(row),
                time_key(row.sla_due_at(), row),
            ],
        }
    }

    pub(super) fn sort_key(&self, sort: Sort) -> i64 {
        self.sorts[sort.column()]
    }
}

impl Indexes {
    pub(super) fn insert(&mut self, slot: u32, keys: &Keys, rows: &Rows) {
        self.all.insert(slot, keys, rows);
        self.owners.entry(keys.owner).or_default().insert(slot, keys, rows);
        self.pools[keys.pool as usize].insert(slot, keys, rows);
    }

    /// Moves a row whose keys changed; what stayed the same is not touched.
    pub(super) fn shift(&mut self, slot: u32, old: &Keys, new: &Keys, rows: &Rows) {
        self.all.shift(slot, old, new, rows);
        if old.owner == new.owner {
            self.owners.entry(new.owner).or_default().shift(slot, old, new, rows);
        } else {
            if let Some(owned) = self.owners.get_mut(&old.owner) {
                owned.remove(slot, old, rows);
            }
            self.owners.entry(new.owner).or_default().insert(slot, new, rows);
        }
        if old.pool == new.pool {
            self.pools[new.pool as usize].shift(slot, old, new, rows);
        } else {
            self.pools[old.pool as usize].remove(slot, old, rows);
            self.pools[new.pool as usize].insert(slot, new, rows);
        }
    }

    /// See [`Order::pack`].
    pub(super) fn pack(&mut self) {
        let of_some = self.owners.values_mut().chain(&mut self.pools);
        of_some.chain([&mut self.all]).for_each(ByStatus::pack);
    }

    /// Everybody's lists.
    pub(super) fn all(&self) -> &ByStatus {
        &self.all
    }

    /// The lists of one owner; `None` is nobody. Absent where nothing was ever theirs.
    pub(super) fn owned(&self, owner: Option<UserId>) -> Option<&ByStatus> {
        self.owners.get(&owner.map_or(0, UserId::as_u128))
    }

    /// The number of a pool, which is a new one where it is met for the first time.
    pub(super) fn number_of(&mut self, pool: Pool) -> u32 {
        *self.pool_numbers.entry(pool).or_insert_with(|| {
            self.pools.push(ByStatus::default());
            (self.pools.len() - 1) as u32
        })
    }

    /// How many pools there are.
    pub(super) fn pool_count(&self) -> usize {
        self.pools.len()
    }

    /// The lists of a pool.
    pub(super) fn pool(&self, number: u32) -> &ByStatus {
        &self.pools[number as usize]
    }

    /// Every pool with its number.
    pub(super) fn pools(&self) -> impl Iterator<Item = (Pool, u32)> {
        self.pool_numbers.iter().map(|(pool, number)| (*pool, *number))
    }

    /// The pools of one team, or of none.
    pub(super) fn pools_of(&self, team: Option<TeamId>) -> impl Iterator<Item = (Pool, u32)> {
        let team = team.map_or(0, TeamId::as_u128);
        let edge = |brand, owned| Pool { team, brand, owned };
        let range = self.pool_numbers.range(edge(0, false)..=edge(u128::MAX, true));
        range.map(|(pool, number)| (*pool, *number))
    }

    /// Every owner that holds something, sorted.
    pub(super) fn owners(&self) -> Vec<Option<UserId>> {
        let mut owners: Vec<_> = self
            .owners
            .iter()
            .filter(|(_, lists)| lists.tally().iter().any(|n| *n > 0))
            .map(|(owner, _)| (*owner != 0).then(|| UserId::from_u128(*owner)))
            .collect();
        owners.sort_unstable();
        owners
    }
}

impl ByStatus {
    /// Conversations of a status in order, from just after a place on or from the beginning.
    pub(super) fn walk<'a>(&'a self, status: Status, sort: Sort, after: Option<Place>, rows: &'a Rows) -> Listed<'a> {
        let lists = &self.0[number(status)];
        let (own, began) = (&lists[sort.column()], &lists[CREATED]);
        let walk = |list: &'a Order, after| match sort.descending() {
            true => list.descending(after, rows),
            false => list.ascending(after, rows),
        };
        let absent = after.filter(|place| place.key >= ABSENT);
        let own = absent.is_none().then(|| walk(own, after));
        let began = (!sort.is_of_all()).then(|| {
            let place = absent.map(|place| Place { key: place.key & !ABSENT, id: place.id });
            began.ascending(place, rows)
        });
        Listed { own, began, sort, rows }
    }

    /// How many of each status.
    pub(super) fn tally(&self) -> [u64; 4] {
        STATUSES.map(|status| self.count(status) as u64)
    }

    pub(super) fn count(&self, status: Status) -> usize {
        self.0[number(status)][CREATED].len()
    }

    fn pack(&mut self) {
        self.0.iter_mut().flatten().for_each(Order::pack);
    }

    fn insert(&mut self, slot: u32, keys: &Keys, rows: &Rows) {
        for (list, key) in self.0[number(keys.status)].iter_mut().zip(keys.sorts).filter(|(_, key)| *key < ABSENT) {
            list.insert(key, slot, rows);
        }
    }

    fn remove(&mut self, slot: u32, keys: &Keys, rows: &Rows) {
        for (list, key) in self.0[number(keys.status)].iter_mut().zip(keys.sorts).filter(|(_, key)| *key < ABSENT) {
            list.remove(key, slot, rows);
        }
    }

    fn shift(&mut self, slot: u32, old: &Keys, new: &Keys, rows: &Rows) {
        if old.status != new.status {
            self.remove(slot, old, rows);
            return self.insert(slot, new, rows);
        }
        let lists = &mut self.0[number(new.status)];
        for ((list, from), to) in lists.iter_mut().zip(old.sorts).zip(new.sorts).filter(|((_, from), to)| from != to) {
            if from < ABSENT {
                list.remove(from, slot, rows);
            }
            if to < ABSENT {
                list.insert(to, slot, rows);
            }
        }
    }
}

/// Conversations of one status in order, as `(key, slot)`.
pub(super) struct Listed<'a> {
    /// Those that have what is sorted by.
    own: Option<Walk<'a>>,
    /// All of the status, for those that have not.
    began: Option<Walk<'a>>,
    sort: Sort,
    rows: &'a Rows,
}

impl Iterator for Listed<'_> {
    type Item = (i64, u32);

    fn next(&mut self) -> Option<(i64, u32)> {
        if let Some(next) = self.own.as_mut().and_then(Iterator::next) {
            return Some(next);
        }
        self.own = None;
        let (rows, sort) = (self.rows, self.sort);
        let mut keyed = self.began.as_mut()?.map(|(_, slot)| (Keys::of(&rows.at(slot)).sort_key(sort), slot));
        keyed.find(|(key, _)| *key >= ABSENT)
    }
}

pub(super) fn number(status: Status) -> usize {
    match status {
        Status::Open => 0,
        Status::Pending => 1,
        Status::Snoozed => 2,
        Status::Resolved => 3,
    }
}

/// Sorts those who have a time (a wait, a deadline) by it and puts the others after them, the oldest first.
fn time_key(at: Option<Timestamp>, row: &Row) -> i64 {
    at.map_or_else(|| absent_key(row), |at| at.as_millis().min(ABSENT - 1))
}

/// The most urgent first, among them the oldest.
fn priority_key(row: &Row) -> i64 {
    let place = match row.priority() {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
        Priority::None => return absent_key(row),
    };
    (place << 60) | began(row)
}

fn absent_key(row: &Row) -> i64 {
    ABSENT | began(row)
}

/// Milliseconds, in 60 bits.
fn began(row: &Row) -> i64 {
    row.created_at().as_millis().clamp(0, (1 << 60) - 1)
}
