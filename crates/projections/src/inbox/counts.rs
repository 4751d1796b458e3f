//! How many conversations: by view, status, owner, channel and brand, kept up to date with every event so that
//! reading them costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::conversation::Status;
use domain::ids::*;

use super::Inbox;
use super::indexes::{Pool, STATUSES, number};
use super::query::Sort;
use super::row::Row;

/// Conversations of each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusCounts {
    pub open: u64,
    pub pending: u64,
    pub snoozed: u64,
    pub resolved: u64,
}

/// One view's numbers for one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewCount {
    pub total: u64,
    /// Conversations with a customer message of the running episode that the user has not read.
    pub unread: u64,
    pub by_status: StatusCounts,
}

/// The numbers of the three views. For somebody who may see only their own, `mine` is the whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewCounts {
    pub all: ViewCount,
    pub mine: ViewCount,
    pub unassigned: ViewCount,
    pub at_risk: ViewCount,
    pub breached: ViewCount,
    pub bot: ViewCount,
}

impl StatusCounts {
    pub fn total(&self) -> u64 {
        self.open + self.pending + self.snoozed + self.resolved
    }
}

impl From<[u64; 4]> for StatusCounts {
    fn from([open, pending, snoozed, resolved]: [u64; 4]) -> Self {
        Self { open, pending, snoozed, resolved }
    }
}

/// Counts by things that have no sorted list of their own.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Tallies {
    pub(super) channels: BTreeMap<ChannelId, [u64; 4]>,
    pub(super) brands: BTreeMap<BrandId, [u64; 4]>,
    pub(super) teams: BTreeMap<TeamId, [u64; 4]>,
    /// What somebody has in each pool.
    owners: BTreeMap<(UserId, Pool), [u64; 4]>,
}

impl Tallies {
    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, |count| *count += 1);
    }
    pub(super) fn shift(&mut self, old: &Row, new: &Row) {
        let place = |row: &Row| (row.status(), row.team_id(), row.assignee_id());
        if place(old) != place(new) {
            self.change(old, |count| *count -= 1);
            self.add(new);
        }
    }
    fn change(&mut self, row: &Row, change: impl Fn(&mut u64)) {
        let status = number(row.status());
        change(&mut self.channels.entry(row.channel_id()).or_default()[status]);
        change(&mut self.brands.entry(row.brand_id()).or_default()[status]);
        if let Some(team) = row.team_id() {
            change(&mut self.teams.entry(team).or_default()[status]);
        }
        if let Some(owner) = row.assignee_id() {
            let key = (owner, Pool::of(row));
            let held = self.owners.entry(key).or_default();
            change(&mut held[status]);
            if *held == [0; 4] {
                self.owners.remove(&key);
            }
        }
    }
}

impl Inbox {
    /// The view counts of somebody, over what they see.
    pub fn counts(&self, viewer: &Principal) -> ViewCounts {
        let sight = (!Self::sees_everything(viewer)).then(|| self.sight(viewer));
        let pools = sight.as_ref().map(|sight| sight.pools.iter().map(|(pool, _)| *pool).collect::<BTreeSet<_>>());
        let seen = |pool: &Pool| pools.as_ref().is_none_or(|pools| pools.contains(pool));
        let unread = self.unread.counts(viewer, pools.as_ref());
        let (mut all, mut mine, mut unassigned) = ([0; 4], [0; 4], [0; 4]);
        match &sight {
            None => {
                all = self.indexes.all().tally();
                unassigned = self.indexes.owned(None).map(super::indexes::ByStatus::tally).unwrap_or_default();
            }
            Some(sight) => {
                for (pool, number) in &sight.pools {
                    let held = self.indexes.pool(*number).tally();
                    sum(&mut all, held);
                    sum(&mut unassigned, if pool.is_owned() { [0; 4] } else { held });
                }
            }
        }
        let sees_own = authorize(viewer, Action::ConversationRead, Standing::Own) == Decision::Allow;
        let me = viewer.user_id;
        for ((_, pool), held) in self.tallies.owners.range((me, Pool::FIRST)..=(me, Pool::LAST)) {
            if sees_own && viewer.rights().in_brand(pool.brand_id()) {
                sum(&mut mine, *held);
                if !seen(pool) {
                    sum(&mut all, *held);
                }
            }
        }
        let mut invited_unread = [0; 2];
        for slot in self.invited(viewer) {
            let row = &self.rows[slot];
            if row.assignee_id() != Some(me) && !seen(&Pool::of(row)) {
                let (nobodys, new) = (row.assignee_id().is_none(), u64::from(self.unread.count(slot, me) > 0));
                all[number(row.status())] += 1;
                unassigned[number(row.status())] += u64::from(nobodys);
                invited_unread[0] += new;
                invited_unread[1] += if nobodys { new } else { 0 };
            }
        }
        let view = |by_status: [u64; 4], unread| {
            let by_status = StatusCounts::from(by_status);
            ViewCount { total: by_status.total(), unread, by_status }
        };
        ViewCounts {
            all: view(all, unread.all + invited_unread[0]),
            mine: view(mine, unread.mine),
            unassigned: view(unassigned, unread.unassigned + invited_unread[1]),
            at_risk: self.urgent_count(&self.at_risk, viewer),
            breached: self.urgent_count(&self.breached, viewer),
            bot: self.urgent_count(&self.with_bot, viewer),
        }
    }

    fn urgent_count(&self, slots: &BTreeSet<u32>, viewer: &Principal) -> ViewCount {
        let (mut by_status, mut unread) = ([0; 4], 0);
        for slot in slots {
            let row = &self.rows[*slot];
            if self.sees(viewer, row) {
                by_status[number(row.status())] += 1;
                unread += u64::from(self.unread.count(*slot, viewer.user_id) > 0);
            }
        }
        let by_status = StatusCounts::from(by_status);
        ViewCount { total: by_status.total(), unread, by_status }
    }

    /// What somebody owns, whatever they see of it: for giving it back.
    pub fn owned_by(&self, user: UserId) -> Vec<ConversationId> {
        let Some(lists) = self.indexes.owned(Some(user)) else { return Vec::new() };
        let every =
            STATUSES.into_iter().flat_map(|status| lists.list(status, Sort::CreatedAt).ascending(None, &self.rows));
        every.map(|(_, slot)| self.rows[slot].id()).collect()
    }

    /// How many conversations that are not resolved lie in a team.
    pub fn running_in(&self, team: TeamId) -> u64 {
        let counts: StatusCounts = self.tallies.teams.get(&team).copied().unwrap_or_default().into();
        counts.total() - counts.resolved
    }

    /// One owner's conversations; `None` is nobody's.
    pub fn assignee_counts(&self, owner: Option<UserId>) -> StatusCounts {
        self.indexes.owned(owner).map(|lists| lists.tally().into()).unwrap_or_default()
    }

    /// Every owner with at least one conversation, nobody first.
    pub fn counts_by_assignee(&self) -> BTreeMap<Option<UserId>, StatusCounts> {
        self.indexes.owners().into_iter().map(|owner| (owner, self.assignee_counts(owner))).collect()
    }

    pub fn counts_by_channel(&self) -> BTreeMap<ChannelId, StatusCounts> {
        self.tallies.channels.iter().map(|(id, counts)| (*id, (*counts).into())).collect()
    }

    pub fn counts_by_brand(&self) -> BTreeMap<BrandId, StatusCounts> {
        self.tallies.brands.iter().map(|(id, counts)| (*id, (*counts).into())).collect()
    }

    pub fn counts_by_team(&self) -> BTreeMap<TeamId, StatusCounts> {
        self.tallies.teams.iter().map(|(id, counts)| (*id, (*counts).into())).collect()
    }

    /// How many conversations there are in a status.
    pub fn count_of(&self, status: Status) -> u64 {
        self.indexes.all().tally()[number(status)]
    }
}

fn sum(total: &mut [u64; 4], more: [u64; 4]) {
    total.iter_mut().zip(more).for_each(|(total, more)| *total += more);
}
