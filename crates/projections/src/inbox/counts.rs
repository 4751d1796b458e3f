//! How many conversations: by view, status, owner, channel and brand, kept up to date with every event so that
//! reading them costs nothing.

use std::collections::BTreeMap;

use domain::conversation::Status;
use domain::ids::*;

use super::Inbox;
use super::indexes::number;
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
#[derive(Debug, Default)]
pub(super) struct Tallies {
    pub(super) channels: BTreeMap<ChannelId, [u64; 4]>,
    pub(super) brands: BTreeMap<BrandId, [u64; 4]>,
    pub(super) teams: BTreeMap<TeamId, [u64; 4]>,
}

impl Tallies {
    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, |count| *count += 1);
    }
    pub(super) fn shift(&mut self, old: &Row, new: &Row) {
        if (old.status(), old.team_id()) != (new.status(), new.team_id()) {
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
    }
}

impl Inbox {
    /// The user's view counts.
    pub fn counts(&self, user: UserId) -> ViewCounts {
        let unread = self.unread.counts(user);
        let view = |by_status: StatusCounts, unread| ViewCount { total: by_status.total(), unread, by_status };
        ViewCounts {
            all: view(self.indexes.all().tally().into(), unread.all),
            mine: view(self.assignee_counts(Some(user)), unread.mine),
            unassigned: view(self.assignee_counts(None), unread.unassigned),
        }
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
