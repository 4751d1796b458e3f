//! Lists of conversations, page by page. A page begins after a [`Keyset`], the sort key and id of the last row seen,
//! so a row that moves meanwhile never makes another one be skipped: at worst the mover shows twice or, where it moved
//! to before the page, is found by following the log.
//!
//! Views, owners and statuses have lists of their own; every other filter is applied while walking. Walking stops at
//! [`WALK_MAX`] rows: the page is then short, perhaps empty, and its `next` goes on from there.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use domain::access::Principal;
use domain::conversation::{Priority, Status};
use domain::ids::*;
use domain::sla::book::State;
use serde::{Deserialize, Serialize};

use super::Inbox;
use super::indexes::{ByStatus, Listed, Pool, STATUSES};
use super::order::Place;
use super::row::Row;
use super::sight::Sight;
use super::subsets::Subset;

/// Rows looked at for one page: about half a millisecond.
pub const WALK_MAX: usize = 20_000;
/// Somebody who sees at least one of so many conversations is given the common list, looked through.
const DENSE_SHARE: u64 = 20;
/// How far along the common list before the lists of the viewer's own pools are taken.
const DENSE_WALK: usize = 2_000;
/// Rows of one page.
pub const PAGE_MAX: usize = 200;

static NONE_OF_IT: BTreeSet<u32> = BTreeSet::new();

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    All,
    /// Assigned to this user.
    Mine(UserId),
    Unassigned,
    /// With a promise that is at risk, and none that is broken.
    AtRisk,
    /// With a promise whose deadline has passed.
    Breached,
    /// That a bot has.
    Bot,
}

/// In which order. Those that have nothing to be sorted by come last, the oldest first. All end with the conversation id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// Longest wait first; those who do not wait last.
    #[serde(rename = "waiting_since")]
    WaitingSince,
    /// Newest activity first.
    #[serde(rename = "-last_activity_at")]
    LastActivityDescending,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
    /// Most urgent first.
    #[serde(rename = "-priority")]
    PriorityDescending,
    /// Earliest deadline first; those without one last.
    #[serde(rename = "sla_due_at")]
    SlaDueAt,
}

/// What a row must be. Empty sets and `None` filter nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    pub statuses: BTreeSet<Status>,
    pub priorities: BTreeSet<Priority>,
    pub channel_ids: BTreeSet<ChannelId>,
    pub brand_ids: BTreeSet<BrandId>,
    /// `Some(None)`: nobody's.
    pub assignee_id: Option<Option<UserId>>,
    pub team_id: Option<TeamId>,
    /// Any of them: a contact with those merged into it.
    pub contact_ids: BTreeSet<ContactId>,
    /// That a campaign wrote in.
    pub campaign_id: Option<CampaignId>,
    /// Only these: few, found by another view.
    pub among: Option<BTreeSet<ConversationId>>,
    pub tag: Option<String>,
}

/// A question to the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxQuery {
    pub view: View,
    pub filters: Filters,
    pub sort: Sort,
    /// Where the page before ended. Must come from the same view, filters and sort.
    pub after: Option<Keyset>,
    /// At most [`PAGE_MAX`].
    pub limit: usize,
}

/// Where a page ended. Plain data that means nothing outside its query and gives no rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyset {
    /// The sort key in the form the lists use.
    pub key: i64,
    pub id: ConversationId,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Absent: there is nothing after it.
    pub next: Option<Keyset>,
}

/// Where rows come from, in order.
enum Source<'a> {
    List(Listed<'a>),
    Few(std::vec::IntoIter<(i64, u32)>),
}

impl Iterator for Source<'_> {
    type Item = (i64, u32);
    fn next(&mut self) -> Option<(i64, u32)> {
        match self {
            Self::List(walk) => walk.next(),
            Self::Few(few) => few.next(),
        }
    }
}

/// The list that has every conversation in the order in which they began.
pub(super) const CREATED: usize = 2;

impl Sort {
    /// The list that holds this order, possibly backwards.
    pub(super) fn column(self) -> usize {
        match self {
            Self::WaitingSince => 0,
            Self::LastActivityDescending => 1,
            Self::CreatedAt | Self::CreatedAtDescending => CREATED,
            Self::PriorityDescending => 3,
            Self::SlaDueAt => 4,
        }
    }
    pub(super) fn descending(self) -> bool {
        matches!(self, Self::LastActivityDescending | Self::CreatedAtDescending)
    }
    /// Whether every conversation has what it sorts by.
    pub(super) fn is_of_all(self) -> bool {
        match self {
            Self::LastActivityDescending | Self::CreatedAt | Self::CreatedAtDescending => true,
            Self::WaitingSince | Self::PriorityDescending | Self::SlaDueAt => false,
        }
    }
}

impl Inbox {
    /// A page of the rows that match and that the viewer sees.
    pub fn page(&self, query: &InboxQuery, viewer: &Principal) -> Page {
        if Self::sees_everything(viewer) && query.filters.team_id.is_none() {
            return self.page_where(query, &|_| true);
        }
        let filters = &query.filters;
        let listed = !filters.contact_ids.is_empty() || filters.assignee_id.is_some() || filters.among.is_some();
        if listed
            || filters.campaign_id.is_some()
            || matches!(query.view, View::Mine(_) | View::AtRisk | View::Breached | View::Bot)
        {
            // An owner's or a contact's list, or that of what is urgent, is short enough to be looked through.
            return self.page_where(query, &|row| self.sees(viewer, row));
        }
        let sight = self.sight(viewer);
        let visible = |row: &Row| sight.shows(viewer, row);
        // Whoever sees much of everything finds a page in a few steps along the common list, whoever sees little along
        // the lists of their own pools.
        let dense = sight.held * DENSE_SHARE >= self.rows.len() as u64 && query.filters.team_id.is_none();
        if dense {
            let page = self.filled(query, &visible, self.candidates(query).take(DENSE_WALK));
            if page.rows.len() == query.limit.clamp(1, PAGE_MAX) && page.next.is_some() {
                return page;
            }
        }
        self.filled(query, &visible, self.of_pools(query, viewer, &sight))
    }

    /// A page of the rows that match and that `visible` lets through, along the narrowest common lists.
    pub fn page_where(&self, query: &InboxQuery, visible: &dyn Fn(&Row) -> bool) -> Page {
        self.filled(query, visible, self.candidates(query))
    }

    fn filled(
        &self,
        query: &InboxQuery,
        visible: &dyn Fn(&Row) -> bool,
        candidates: impl Iterator<Item = (i64, u32)>,
    ) -> Page {
        let wanted = |row: &Row| self.matches(query, row) && visible(row);
        let limit = query.limit.clamp(1, PAGE_MAX);
        let mut page = Page { rows: Vec::with_capacity(limit), next: None };
        let mut last = None;
        let mut walked = 0;
        for (key, slot) in candidates {
            let row = &self.rows.at(slot);
            let here = Keyset { key, id: row.id() };
            if wanted(row) {
                if page.rows.len() == limit {
                    page.next = last;
                    return page;
                }
                page.rows.push(*row);
                last = Some(here);
            }
            walked += 1;
            if walked == WALK_MAX {
                // A full page ends at its last row, so that the same row is never the end of two pages.
                page.next = Some(if page.rows.len() == limit { last.unwrap_or(here) } else { here });
                return page;
            }
        }
        page
    }

    /// The rows of the narrowest lists, in order.
    fn candidates<'a>(&'a self, query: &InboxQuery) -> Box<dyn Iterator<Item = (i64, u32)> + 'a> {
        if let Some(among) = &query.filters.among {
            return Box::new(self.sorted(among.iter().filter_map(|id| self.slot(*id)), query).into_iter());
        }
        if !query.filters.contact_ids.is_empty() {
            let slots = query.filters.contact_ids.iter().flat_map(|contact| self.slots_of_contact(*contact));
            return Box::new(self.sorted(slots, query).into_iter());
        }
        let urgent = self.urgent(query.view);
        let written = query.filters.campaign_id.map(|id| self.of_campaign.get(&id).unwrap_or(&NONE_OF_IT));
        let fewest = urgent.into_iter().chain(written).min_by_key(|slots| slots.len());
        if let Some(few) = fewest.filter(|slots| slots.len() <= WALK_MAX) {
            return Box::new(self.sorted(few.iter().copied(), query).into_iter());
        }
        let lists = match (query.view, query.filters.assignee_id) {
            (View::Mine(user), _) => self.indexes.owned(Some(user)),
            (View::Unassigned, _) => self.indexes.owned(None),
            (View::All | View::AtRisk | View::Breached | View::Bot, Some(owner)) => self.indexes.owned(owner),
            (View::All | View::AtRisk | View::Breached | View::Bot, None) => Some(self.indexes.all()),
        };
        match lists {
            Some(lists) => Box::new(self.merged(lists, query)),
            None => Box::new(std::iter::empty()),
        }
    }

    /// The rows of a view that has a set of its own.
    fn urgent(&self, view: View) -> Option<&BTreeSet<u32>> {
        let subset = match view {
            View::AtRisk => Some(Subset::AtRisk),
            View::Breached => Some(Subset::Breached),
            View::Bot => Some(Subset::Bot),
            View::All | View::Mine(_) | View::Unassigned => None,
        }?;
        Some(&self.subsets.held(subset).slots)
    }

    /// The rows of the pools that the viewer sees, of their own list and of what they were invited into, in order and
    /// each once.
    fn of_pools<'a>(
        &'a self,
        query: &InboxQuery,
        viewer: &Principal,
        sight: &Sight,
    ) -> impl Iterator<Item = (i64, u32)> + 'a {
        let unassigned_only = query.view == View::Unassigned;
        let in_team = |pool: &Pool| query.filters.team_id.is_none_or(|team| pool.is_of_team(team));
        let pools = sight.pools.iter().filter(|(pool, _)| !(unassigned_only && pool.is_owned()) && in_team(pool));
        let own = self.indexes.owned(Some(viewer.user_id)).filter(|_| !unassigned_only);
        let place = query.after.map(|keyset| Place { key: keyset.key, id: keyset.id });
        let descending = query.sort.descending();
        let wanted = |status: &Status| query.filters.statuses.is_empty() || query.filters.statuses.contains(status);
        let mut sources: Vec<Source<'a>> = Vec::new();
        for lists in pools.map(|(_, number)| self.indexes.pool(*number)).chain(own) {
            for status in STATUSES.into_iter().filter(wanted).filter(|status| lists.count(*status) > 0) {
                sources.push(Source::List(lists.walk(status, query.sort, place, &self.rows)));
            }
        }
        sources.push(Source::Few(self.sorted(self.invited(viewer), query).into_iter()));
        self.merge(sources, descending)
    }

    /// Merges sorted sources; a row that lies in several comes once.
    fn merge<'a>(&'a self, mut sources: Vec<Source<'a>>, descending: bool) -> impl Iterator<Item = (i64, u32)> + 'a {
        // Turning every bit round turns the order round.
        let rank = move |rows: &super::rows::Rows, key: i64, slot: u32| {
            let id = rows.id(slot).as_u128();
            if descending { (!key, !id) } else { (key, id) }
        };
        let mut heap = BinaryHeap::with_capacity(sources.len());
        for (index, source) in sources.iter_mut().enumerate() {
            if let Some((key, slot)) = source.next() {
                heap.push(Reverse((rank(&self.rows, key, slot), index, key, slot)));
            }
        }
        let mut last = None;
        std::iter::from_fn(move || {
            loop {
                let Reverse((_, index, key, slot)) = heap.pop()?;
                if let Some((key, slot)) = sources[index].next() {
                    heap.push(Reverse((rank(&self.rows, key, slot), index, key, slot)));
                }
                if last.replace(slot) != Some(slot) {
                    return Some((key, slot));
                }
            }
        })
    }

    /// Merges the lists of the wanted statuses.
    fn merged<'a>(&'a self, lists: &'a ByStatus, query: &InboxQuery) -> impl Iterator<Item = (i64, u32)> + 'a {
        let descending = query.sort.descending();
        let place = query.after.map(|keyset| Place { key: keyset.key, id: keyset.id });
        let mut walks: Vec<std::iter::Peekable<Listed<'a>>> = STATUSES
            .into_iter()
            .filter(|status| query.filters.statuses.is_empty() || query.filters.statuses.contains(status))
            .map(|status| lists.walk(status, query.sort, place, &self.rows).peekable())
            .collect();
        std::iter::from_fn(move || {
            let mut best: Option<(usize, (i64, ConversationId))> = None;
            for (index, walk) in walks.iter_mut().enumerate() {
                let Some((key, slot)) = walk.peek() else { continue };
                let here = (*key, self.rows.id(*slot));
                if best.is_none_or(|(_, other)| if descending { here > other } else { here < other }) {
                    best = Some((index, here));
                }
            }
            walks[best?.0].next()
        })
    }

    /// Few rows in the query's order, from where the page before ended.
    fn sorted(&self, slots: impl Iterator<Item = u32>, query: &InboxQuery) -> Vec<(i64, u32)> {
        let mut found: Vec<_> = slots
            .map(|slot| (super::indexes::Keys::of(&self.rows.at(slot)).sort_key(query.sort), self.rows.id(slot), slot))
            .collect();
        found.sort_unstable();
        if query.sort.descending() {
            found.reverse();
        }
        let after = |key: i64, id: ConversationId| {
            query.after.is_none_or(|end| {
                let (here, end) = ((key, id), (end.key, end.id));
                if query.sort.descending() { here < end } else { here > end }
            })
        };
        found.into_iter().filter(|(key, id, _)| after(*key, *id)).map(|(key, _, slot)| (key, slot)).collect()
    }

    fn matches(&self, query: &InboxQuery, row: &Row) -> bool {
        let in_view = match query.view {
            View::All => true,
            View::Mine(user) => row.assignee_id() == Some(user),
            View::Unassigned => row.assignee_id().is_none(),
            View::AtRisk => row.sla_state() == Some(State::AtRisk),
            View::Breached => row.sla_state() == Some(State::Breached),
            View::Bot => row.has_bot(),
        };
        in_view && self.fits(&query.filters, row)
    }

    /// Whether a row is what is wanted; `among` is not looked at.
    pub fn fits(&self, filters: &Filters, row: &Row) -> bool {
        fn any_of<T: Ord>(wanted: &BTreeSet<T>, value: T) -> bool {
            wanted.is_empty() || wanted.contains(&value)
        }
        any_of(&filters.statuses, row.status())
            && any_of(&filters.priorities, row.priority())
            && any_of(&filters.channel_ids, row.channel_id())
            && any_of(&filters.brand_ids, row.brand_id())
            && any_of(&filters.contact_ids, row.contact_id())
            && filters.campaign_id.is_none_or(|campaign| self.is_of_campaign(campaign, row))
            && filters.assignee_id.is_none_or(|owner| row.assignee_id() == owner)
            && filters.team_id.is_none_or(|team| row.team_id() == Some(team))
            && filters.tag.as_deref().is_none_or(|tag| self.tags.contains(row.tag_set, tag))
    }

    fn is_of_campaign(&self, campaign: CampaignId, row: &Row) -> bool {
        let slots = self.of_campaign.get(&campaign);
        slots.is_some_and(|slots| self.slot(row.id()).is_some_and(|slot| slots.contains(&slot)))
    }
}
