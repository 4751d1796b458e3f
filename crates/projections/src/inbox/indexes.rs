//! The sorted lists behind the inbox: for everybody and for each owner (nobody is one too), by status, by sort. A
//! query merges at most four of them, one per status, so it never walks what another view, owner or status holds.

use std::collections::BTreeMap;

use domain::conversation::{Priority, Status};
use domain::id_map::IdMap;
use domain::ids::*;
use domain::time::Timestamp;

use super::order::Order;
use super::query::Sort;
use super::row::{Row, Rows};

/// All statuses in the order of their numbers here.
pub(super) const STATUSES: [Status; 4] = [Status::Open, Status::Pending, Status::Snoozed, Status::Resolved];

/// How many orders there are.
const SORTS: usize = 5;

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

/// The lists of one owner, or of everybody: status, then sort.
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
                row.created_at().as_millis(),
                priority_key(row.priority(), row.id()),
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
        let owned = self.owners.entry(keys.owner).or_default();
        let pool = &mut self.pools[keys.pool as usize];
        for (sort, key) in keys.sorts.into_iter().enumerate() {
            self.all.0[number(keys.status)][sort].insert(key, slot, rows);
            owned.0[number(keys.status)][sort].insert(key, slot, rows);
            pool.0[number(keys.status)][sort].insert(key, slot, rows);
        }
    }

    /// Moves a row whose keys changed; what stayed the same is not touched.
    pub(super) fn shift(&mut self, slot: u32, old: &Keys, new: &Keys, rows: &Rows) {
        let status_kept = old.status == new.status;
        for sort in 0..SORTS {
            let (from, to) = (old.sorts[sort], new.sorts[sort]);
            if status_kept && from == to {
                continue;
            }
            self.all.0[number(old.status)][sort].remove(from, slot, rows);
            self.all.0[number(new.status)][sort].insert(to, slot, rows);
        }
        let owner_kept = old.owner == new.owner;
        for sort in 0..SORTS {
            let (from, to) = (old.sorts[sort], new.sorts[sort]);
            if status_kept && owner_kept && from == to {
                continue;
            }
            if let Some(owned) = self.owners.get_mut(&old.owner) {
                owned.0[number(old.status)][sort].remove(from, slot, rows);
            }
            self.owners.entry(new.owner).or_default().0[number(new.status)][sort].insert(to, slot, rows);
        }
        let pool_kept = old.pool == new.pool;
        for sort in 0..SORTS {
            let (from, to) = (old.sorts[sort], new.sorts[sort]);
            if status_kept && pool_kept && from == to {
                continue;
            }
            self.pools[old.pool as usize].0[number(old.status)][sort].remove(from, slot, rows);
            self.pools[new.pool as usize].0[number(new.status)][sort].insert(to, slot, rows);
        }
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

    /// Bytes of them that a later copy does not share.
    pub(super) fn apart(&self, later: &Self) -> usize {
        let none = ByStatus::default();
        let owned = self.owners.iter().map(|(owner, lists)| (lists, later.owners.get(owner).unwrap_or(&none)));
        let pools = self.pools.iter().enumerate().map(|(at, lists)| (lists, later.pools.get(at).unwrap_or(&none)));
        let lists = owned.chain(pools).chain([(&self.all, &later.all)]);
        lists
            .flat_map(|(own, later)| own.0.iter().flatten().zip(later.0.iter().flatten()))
            .map(|(own, later)| own.apart(later))
            .sum()
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
    pub(super) fn list(&self, status: Status, sort: Sort) -> &Order {
        &self.0[number(status)][sort.column()]
    }

    /// How many of each status.
    pub(super) fn tally(&self) -> [u64; 4] {
        STATUSES.map(|status| self.0[number(status)][0].len() as u64)
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

/// Sorts those who have a time (a wait, a deadline) by it and puts the others after them by id. The id's upper bits go into
/// the key so that the many that have none are told apart without looking at their rows.
fn time_key(at: Option<Timestamp>, row: &Row) -> i64 {
    const NEVER: i64 = 1 << 62;
    match at {
        Some(at) => at.as_millis().min(NEVER - 1),
        None => NEVER | (row.id().as_u128() >> 66) as i64,
    }
}

/// The most urgent first, then by id.
fn priority_key(priority: Priority, id: ConversationId) -> i64 {
    let place = match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
        Priority::None => 4,
    };
    (place << 60) | (id.as_u128() >> 68) as i64
}
