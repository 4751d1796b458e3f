//! What somebody sees of the inbox, as whole pools: conversations of one brand and team lie together, those that have an
//! owner and those that have none apart. Somebody's walls then are a choice of pools, beside what is assigned to them
//! and what they were invited into, so that neither a list nor a count looks at what lies behind them.

use std::collections::BTreeSet;

use domain::access::{Action, Decision, Placement, Principal, Standing, authorize};
use domain::ids::*;

use super::Inbox;
use super::indexes::{Pool, STATUSES};
use super::query::Sort;
use super::row::Row;

/// The pools somebody sees, and what they see beside them.
pub(super) struct Sight {
    pub(super) pools: Vec<(Pool, u32)>,
    /// By number of pool.
    seen: Vec<bool>,
    /// How many conversations the pools hold.
    pub(super) held: u64,
    invited: BTreeSet<ConversationId>,
    /// The viewer, if they see what is theirs.
    own: Option<UserId>,
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

    /// The same question, for asking it of many.
    pub fn screen<'a>(&'a self, viewer: &'a Principal) -> impl Fn(&Row) -> bool + 'a {
        let everything = Self::sees_everything(viewer);
        let sight = self.sight(viewer);
        move |row| everything || sight.shows(viewer, row)
    }

    /// The places of all conversations somebody sees, if there are no more than `most`.
    pub fn places_seen(&self, viewer: &Principal, most: usize) -> Option<Vec<u32>> {
        if Self::sees_everything(viewer) {
            return None;
        }
        let sight = self.sight(viewer);
        let owned = || self.indexes.owned(sight.own).filter(|_| sight.own.is_some()).into_iter();
        let held = sight.held + owned().flat_map(|lists| lists.tally()).sum::<u64>();
        if held + sight.invited.len() as u64 > most as u64 {
            return None;
        }
        let pooled = sight.pools.iter().map(|(_, number)| self.indexes.pool(*number)).chain(owned());
        let listed = pooled.flat_map(|lists| {
            STATUSES.into_iter().flat_map(|status| lists.walk(status, Sort::CreatedAt, None, &self.rows))
        });
        let invited = sight.invited.iter().filter_map(|id| self.slot(*id));
        let mut places: Vec<u32> = listed.map(|(_, slot)| slot).chain(invited).collect();
        places.sort_unstable();
        places.dedup();
        places.retain(|slot| sight.shows(viewer, &self.rows.at(*slot)));
        Some(places)
    }

    /// The people invited into a conversation from outside its team.
    pub fn collaborators(&self, id: ConversationId) -> impl Iterator<Item = UserId> {
        self.collaborators.of(id)
    }

    /// The running conversations that somebody was invited into and may read.
    pub(super) fn invited<'a>(&'a self, viewer: &'a Principal) -> impl Iterator<Item = u32> + 'a {
        let slots = self.collaborators.invited_into(viewer.user_id).filter_map(|id| self.slot(id));
        slots.filter(|slot| self.sees(viewer, &self.rows.at(*slot)))
    }

    /// Whether somebody sees every conversation whatever there will be.
    pub fn sees_everything(viewer: &Principal) -> bool {
        authorize(viewer, Action::ConversationRead, Standing::OtherTeam) == Decision::Allow
            && viewer.rights().brands().is_none()
    }

    pub(super) fn sight(&self, viewer: &Principal) -> Sight {
        let may = |standing| authorize(viewer, Action::ConversationRead, standing) == Decision::Allow;
        let rights = viewer.rights();
        let mut pools: Vec<(Pool, u32)> = Vec::new();
        if may(Standing::OtherTeam) {
            pools.extend(self.indexes.pools());
        } else if may(Standing::Team) {
            pools.extend(self.indexes.pools_of(None));
            rights.works_in_teams().for_each(|team| pools.extend(self.indexes.pools_of(Some(team))));
        }
        if rights.brands().is_some() {
            pools.retain(|(pool, _)| rights.in_brand(pool.brand_id()));
        }
        let mut seen = vec![false; self.indexes.pool_count()];
        pools.iter().for_each(|(_, number)| seen[*number as usize] = true);
        let held = pools.iter().flat_map(|(_, number)| self.indexes.pool(*number).tally()).sum();
        let invited = self.invited(viewer).map(|slot| self.rows.id(slot)).collect();
        let own = may(Standing::Own).then_some(viewer.user_id);
        Sight { pools, seen, held, invited, own }
    }
}

impl Sight {
    /// Whether a row lies in one of the pools.
    pub(super) fn pooled(&self, row: &Row) -> bool {
        self.seen[row.pool as usize]
    }

    /// Whether a row is seen: by its pool, because it is the viewer's own, or by invitation. The same answer as
    /// [`Inbox::sees`], for looking through many.
    pub(super) fn shows(&self, viewer: &Principal, row: &Row) -> bool {
        let own = || self.own.is_some() && row.assignee_id() == self.own && viewer.rights().in_brand(row.brand_id());
        self.pooled(row) || own() || self.invited.contains(&row.id())
    }
}
