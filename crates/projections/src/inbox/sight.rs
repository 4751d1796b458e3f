//! What somebody sees of the inbox, as whole pools: conversations of one brand and team lie together, those that have an
//! owner and those that have none apart. Somebody's walls then are a choice of pools, beside what is assigned to them
//! and what they were invited into, so that neither a list nor a count looks at what lies behind them.

use domain::access::{Action, Decision, Placement, Principal, Standing, authorize};
use domain::ids::*;

use super::Inbox;
use super::indexes::{ByStatus, Pool};
use super::row::Row;

/// The pools somebody sees.
pub(super) struct Sight<'a> {
    pub(super) pools: Vec<(Pool, &'a ByStatus)>,
    /// They see every conversation there is.
    pub(super) everything: bool,
}

impl Inbox {
    /// Where a conversation lies, as somebody's rights look at it.
    pub fn placement(&self, row: &Row, asker: UserId) -> Placement {
        row.placement(self.collaborators.includes(row.id(), asker))
    }

    /// Whether somebody sees a conversation.
    pub fn sees(&self, viewer: &Principal, row: &Row) -> bool {
        viewer.sees(&self.placement(row, viewer.user_id))
    }

    /// The people invited into a conversation from outside its team.
    pub fn collaborators(&self, id: ConversationId) -> impl Iterator<Item = UserId> {
        self.collaborators.of(id)
    }

    /// The running conversations that somebody was invited into and may read.
    pub(super) fn invited<'a>(&'a self, viewer: &'a Principal) -> impl Iterator<Item = u32> + 'a {
        let slots = self.collaborators.invited_into(viewer.user_id).filter_map(|id| self.slot(id));
        slots.filter(|slot| self.sees(viewer, &self.rows[*slot]))
    }

    pub(super) fn sight(&self, viewer: &Principal) -> Sight<'_> {
        let may = |standing| authorize(viewer, Action::ConversationRead, standing) == Decision::Allow;
        let rights = viewer.rights();
        let above_teams = may(Standing::OtherTeam);
        if above_teams && rights.brands().is_none() {
            return Sight { pools: self.indexes.pools().collect(), everything: true };
        }
        let mut pools: Vec<(Pool, &ByStatus)> = Vec::new();
        if above_teams {
            pools.extend(self.indexes.pools());
        } else if may(Standing::Team) {
            pools.extend(self.indexes.pools_of(None));
            rights.works_in_teams().for_each(|team| pools.extend(self.indexes.pools_of(Some(team))));
        }
        pools.retain(|(pool, _)| rights.in_brand(pool.brand_id()));
        let held = |pools: &[(Pool, &ByStatus)]| pools.iter().flat_map(|(_, lists)| lists.tally()).sum::<u64>();
        let everything = held(&pools) == self.rows.len() as u64;
        Sight { pools, everything }
    }
}

impl Sight<'_> {
    /// Whether a pool is among them.
    pub(super) fn includes(&self, pool: Pool) -> bool {
        self.everything || self.pools.iter().any(|(seen, _)| *seen == pool)
    }

    /// How many conversations they hold.
    pub(super) fn held(&self) -> u64 {
        self.pools.iter().flat_map(|(_, lists)| lists.tally()).sum()
    }
}
