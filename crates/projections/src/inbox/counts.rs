//! How many conversations: by view, status, owner, channel and brand, kept up to date with every event so that
//! reading them costs nothing.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::conversation::Status;
use domain::ids::*;

use super::Inbox;
use super::indexes::{Pool, STATUSES, number};
use super::query::Sort;
use super::row::Row;
use super::subsets::Subset;
use super::tally::{Sees, Tally};

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

fn counted(by_status: [u64; 4], unread: u64) -> ViewCount {
    let by_status = StatusCounts::from(by_status);
    ViewCount { total: by_status.total(), unread, by_status }
}

impl ViewCount {
    fn add(&mut self, row: &Row, unread: bool) {
        let StatusCounts { open, pending, snoozed, resolved } = &mut self.by_status;
        *match row.status() {
            Status::Open => open,
            Status::Pending => pending,
            Status::Snoozed => snoozed,
            Status::Resolved => resolved,
        } += 1;
        self.total += 1;
        self.unread += u64::from(unread);
    }
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
    /// All of them by pool and owner.
    all: Tally,
}

impl Tallies {
    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, |count| *count += 1);
        self.all.add(row);
    }
    pub(super) fn shift(&mut self, old: &Row, new: &Row) {
        let place = |row: &Row| (row.status(), row.team_id(), row.assignee_id());
        if place(old) != place(new) {
            self.change(old, |count| *count -= 1);
            self.all.take(old);
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
    }
}

impl Inbox {
    /// The view counts of somebody, over what they see.
    pub fn counts(&self, viewer: &Principal) -> ViewCounts {
        let sight = (!Self::sees_everything(viewer)).then(|| self.sight(viewer));
        let by = Sees::new(viewer, sight.map(|sight| sight.pools.into_iter().map(|(pool, _)| pool).collect()));
        let unread = self.unread.counts(&by, None);
        let tally = &self.tallies.all;
        let mut all = counted(tally.seen(&by), unread.all);
        let mine = counted(tally.mine(&by), unread.mine);
        let mut unassigned = counted(tally.unassigned(&by), unread.unassigned);
        let mut few = Subset::ALL.map(|subset| {
            let unread = self.unread.counts(&by, Some(subset));
            counted(self.subsets.held(subset).tally.seen(&by), unread.all)
        });
        for slot in self.invited(viewer) {
            let row = &self.rows.at(slot);
            if row.assignee_id() == Some(viewer.user_id) || by.pool(&Pool::of(row)) {
                continue;
            }
            let unread = self.unread.count(slot, viewer.user_id) > 0;
            all.add(row, unread);
            if row.assignee_id().is_none() {
                unassigned.add(row, unread);
            }
            for subset in Subset::ALL.into_iter().filter(|subset| subset.has(row)) {
                few[subset.number()].add(row, unread);
            }
        }
        let [at_risk, breached, bot] = few;
        ViewCounts { all, mine, unassigned, at_risk, breached, bot }
    }

    /// What somebody owns, whatever they see of it: for giving it back.
    pub fn owned_by(&self, user: UserId) -> Vec<ConversationId> {
        let Some(lists) = self.indexes.owned(Some(user)) else { return Vec::new() };
        let every = STATUSES.into_iter().flat_map(|status| lists.walk(status, Sort::CreatedAt, None, &self.rows));
        every.map(|(_, slot)| self.rows.id(slot)).collect()
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
