//! Which conversations hold what was typed, as far as the asker sees them.
//!
//! The index is asked without anybody waiting for it; then what it found is held against the asker's walls and the filters as
//! they are at this moment, the best first, until the page is full. For whoever sees few conversations the index passes over all
//! others, so that they wait for what they see and not for what they do not.
//!
//! A page ends at the place of its last conversation's best hit. Neither that hit's rank nor its time changes while other things
//! are written, and what came after the first page was asked for is left out, so pages follow each other without gaps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::access::{Action, Principal};
use domain::condition::{Condition, Fact, Facts, Field};
use domain::time::Timestamp;
use projections::Views;
use projections::inbox::Row;
use projections::inbox::query::Filters;
use projections::search::{Ask, Hit, Kind, Narrow, Snapshot, Subject};
use serde::{Deserialize, Serialize};

use super::best_first::BestFirst;
use super::excerpts::FoundHit;
use crate::queries::Answer;
use crate::{Desk, Failure};

/// Conversations of one page at most.
pub const PAGE_MAX: usize = 50;
/// For whoever sees no more conversations the index passes over all others.
const FEW: usize = 4_000;
/// Hits held against walls and filters at a time.
const CHUNK: usize = 8_192;

/// In which order conversations come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// What stands together and whole first, then the newest.
    #[default]
    Relevance,
    Newest,
}

impl Order {
    pub(super) fn key(self, hit: &Hit) -> Key {
        match self {
            Self::Relevance => hit.by_rank(),
            Self::Newest => hit.by_time(),
        }
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchQuery {
    pub ask: Ask,
    pub kinds: BTreeSet<Kind>,
    pub filters: Filters,
    pub condition: Option<Condition>,
    /// Written at or after it.
    pub from: Option<Timestamp>,
    /// Written before it.
    pub until: Option<Timestamp>,
    pub order: Order,
    /// Where the page before ended. Must come from the same question.
    pub after: Option<Place>,
    /// At most [`PAGE_MAX`].
    pub limit: usize,
    /// Hits shown of one conversation.
    pub hits_max: usize,
}

/// Where a page ended. Gives no rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub(super) key: Key,
    pub(super) place: u32,
    /// What came later is on no page.
    pub(super) until: u64,
}

/// A conversation with what was found in it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundConversation {
    pub row: Row,
    /// How many things in it fit.
    pub hit_count: usize,
    /// The best of them.
    pub hits: Vec<FoundHit>,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPage {
    pub found: Vec<FoundConversation>,
    /// Absent: there is nothing after it.
    pub next: Option<Place>,
    /// Everything up to this position of the log was searched.
    pub indexed_to: u64,
    /// The position at which walls and filters were looked at.
    pub as_of: u64,
}

/// What hits are ordered by.
pub(super) type Key = (u8, u32, u64);

/// A hit in a conversation, in order: by its key, then by the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    key: Key,
    place: u32,
}

/// The next conversations, each with its best hit.
struct Best {
    places: Vec<Candidate>,
    more: bool,
    /// The position at which walls and filters were looked at.
    as_of: u64,
}

impl Desk {
    /// A page of the conversations that the asker sees and that hold what is asked for. Blocks for some milliseconds.
    pub fn search(&self, principal: &Principal, query: &SearchQuery) -> Answer<SearchPage> {
        self.allow(principal, Action::Search)?;
        let Some(snapshot) = self.shared.search.snapshot() else {
            let as_of = self.position();
            return Ok(SearchPage { found: Vec::new(), next: None, indexed_to: 0, as_of });
        };
        let until = query.after.map_or(snapshot.position, |after| after.until);
        let among = self.view(|views| few(views, principal, &query.filters));
        let hits = self.hits(&snapshot, query, until, among)?;
        let limit = query.limit.clamp(1, PAGE_MAX);
        let Best { places, more, as_of } = self.best(principal, query, &hits, limit);
        let next = places.last().filter(|_| more).map(|last| Place { key: last.key, place: last.place, until });
        let mut of = self.hits_of(&places, query.order, &hits);
        let mut found = Vec::with_capacity(places.len());
        for best in places {
            let theirs = of.remove(&best.place).unwrap_or_default();
            // Asked once more, for rights may have changed since.
            let row = self.view(|views| {
                let row = views.inbox.opened_at(best.place)?;
                views.inbox.sees(principal, &row).then_some(row)
            });
            let Some(row) = row else { continue };
            let best = theirs.iter().map(|hit| &hits[*hit as usize]);
            let shown = self.excerpts(row.id(), best, &query.ask, query.hits_max)?;
            if !shown.is_empty() {
                found.push(FoundConversation { row, hit_count: theirs.len(), hits: shown });
            }
        }
        Ok(SearchPage { found, next, indexed_to: snapshot.position, as_of })
    }

    /// What the index has, seen or not.
    pub(super) fn hits(
        &self,
        snapshot: &Snapshot,
        query: &SearchQuery,
        until: u64,
        among: Option<Vec<Subject>>,
    ) -> Answer<Vec<Hit>> {
        let seconds = |at: Timestamp| u32::try_from(at.as_millis().div_euclid(1_000).max(0)).unwrap_or(u32::MAX);
        let narrow = Narrow {
            kinds: query.kinds.iter().fold(0, |kinds, kind| kinds | kind.bit()),
            until_pos: until,
            written: query.from.map_or(0, seconds)..query.until.map_or(u32::MAX, seconds),
            among,
            ranked: query.order == Order::Relevance,
        };
        snapshot.find(&query.ask, &narrow).map_err(|error| {
            tracing::error!(%error, "the search index cannot be asked");
            Failure::Internal
        })
    }

    /// The best hits of the next conversations that the asker sees and that are wanted. Hits are looked at from the best on, and
    /// no further than the page needs.
    fn best(&self, principal: &Principal, query: &SearchQuery, hits: &[Hit], limit: usize) -> Best {
        let end = query.after.map(|after| (after.key, after.place));
        let mut given = self.given(query.order, hits, end);
        let ahead = hits.iter().zip(0..).map(|(hit, number)| (query.order.key(hit), number));
        let ahead = ahead.filter(|(key, _)| end.is_none_or(|end| *key <= end.0)).collect();
        let mut best = Best { places: Vec::new(), more: false, as_of: self.position() };
        let mut known = Known::default();
        for chunk in BestFirst::of(ahead) {
            self.view(|views| {
                best.as_of = views.position();
                let screen = views.inbox.screen(principal);
                let mut wanted = |place: u32| {
                    known.settle(place, || {
                        let row = views.inbox.opened_at(place);
                        row.is_some_and(|row| screen(&row) && fits(views, query, &row))
                    })
                };
                let of = |(key, number): &(Key, u32)| {
                    let places = places_of(views, hits[*number as usize].subject());
                    places.into_iter().map(|place| Candidate { key: *key, place }).collect::<Vec<_>>()
                };
                let mut candidates: Vec<Candidate> = chunk.iter().flat_map(of).collect();
                candidates.sort_unstable_by(|one, other| other.cmp(one));
                for candidate in candidates {
                    let before = end.is_some_and(|end| (candidate.key, candidate.place) >= end);
                    if before || given.is_settled(candidate.place) || !wanted(candidate.place) {
                        continue;
                    }
                    best.more = best.places.len() == limit;
                    if best.more {
                        break;
                    }
                    given.settle(candidate.place, || true);
                    best.places.push(candidate);
                }
            });
            if best.more {
                break;
            }
        }
        best
    }

    /// Conversations of earlier pages: those with a hit up to the end of the page before.
    fn given(&self, order: Order, hits: &[Hit], end: Option<(Key, u32)>) -> Known {
        let mut given = Known::default();
        let Some(end) = end else { return given };
        let before: Vec<&Hit> = hits.iter().filter(|hit| order.key(hit) >= end.0).collect();
        for chunk in before.chunks(CHUNK) {
            self.view(|views| {
                for hit in chunk {
                    let places = places_of(views, hit.subject()).into_iter();
                    places.filter(|place| (order.key(hit), *place) >= end).for_each(|place| {
                        given.settle(place, || true);
                    });
                }
            });
        }
        given
    }

    /// Every hit in these conversations, by its number, the best first.
    fn hits_of(&self, places: &[Candidate], order: Order, hits: &[Hit]) -> HashMap<u32, Vec<u32>> {
        let mut of: HashMap<u32, Vec<u32>> = places.iter().map(|best| (best.place, Vec::new())).collect();
        // Whoever is called so, with their conversations among these.
        let mut called: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        self.view(|views| {
            for place in of.keys() {
                let Some(row) = views.inbox.opened_at(*place) else { continue };
                let contacts = &views.directory.contacts;
                let group = contacts.group(contacts.resolve(row.contact_id()));
                for contact in group.into_iter().filter_map(|contact| contacts.place(contact)) {
                    called.entry(contact).or_default().push(*place);
                }
            }
        });
        let mut sorted: Vec<u32> = of.keys().copied().collect();
        sorted.sort_unstable();
        for (hit, number) in hits.iter().zip(0..) {
            match hit.subject() {
                Subject::Conversation(place) if sorted.binary_search(&place).is_ok() => {
                    of.entry(place).or_default().push(number);
                }
                Subject::Conversation(_) => {}
                Subject::Contact(contact) => {
                    for place in called.get(&contact).into_iter().flatten() {
                        of.entry(*place).or_default().push(number);
                    }
                }
            }
        }
        for theirs in of.values_mut() {
            theirs.sort_unstable_by_key(|number| std::cmp::Reverse((order.key(&hits[*number as usize]), *number)));
        }
        of
    }
}

/// Answers about places, each asked for once.
#[derive(Default)]
pub(super) struct Known(Vec<u8>);

impl Known {
    pub(super) fn settle(&mut self, place: u32, ask: impl FnOnce() -> bool) -> bool {
        let at = place as usize;
        if self.0.len() <= at {
            self.0.resize((at + 1).next_power_of_two(), 0);
        }
        if self.0[at] == 0 {
            self.0[at] = if ask() { 1 } else { 2 };
        }
        self.0[at] == 1
    }
    fn is_settled(&self, place: u32) -> bool {
        self.0.get(place as usize).is_some_and(|known| *known != 0)
    }
}

/// What is to be searched where that is little: of contacts that were asked for, or all that somebody sees.
pub(super) fn few(views: &Views, principal: &Principal, filters: &Filters) -> Option<Vec<Subject>> {
    let places: Vec<u32> = if filters.contact_ids.is_empty() {
        views.inbox.places_seen(principal, FEW)?
    } else {
        let rows = filters.contact_ids.iter().flat_map(|contact| views.inbox.of_contact(*contact));
        rows.filter_map(|row| views.inbox.place(row.id())).collect()
    };
    let mut subjects = BTreeSet::new();
    for place in places {
        let Some(row) = views.inbox.opened_at(place) else { continue };
        subjects.insert(Subject::Conversation(place));
        let contacts = &views.directory.contacts;
        let called = contacts.group(contacts.resolve(row.contact_id()));
        subjects.extend(called.into_iter().filter_map(|contact| contacts.place(contact)).map(Subject::Contact));
    }
    Some(subjects.into_iter().collect())
}

/// The conversations a hit is in: its own, or those of whoever is called so and of all who are one with them.
fn places_of(views: &Views, subject: Subject) -> Vec<u32> {
    let place = match subject {
        Subject::Conversation(place) => return vec![place],
        Subject::Contact(place) => place,
    };
    let contacts = &views.directory.contacts;
    let Some(contact) = contacts.at_place(place).filter(|contact| !contact.erased) else { return Vec::new() };
    let group = contacts.group(contacts.resolve(contact.id));
    let rows = group.iter().flat_map(|contact| views.inbox.of_contact(*contact));
    rows.filter_map(|row| views.inbox.place(row.id())).collect()
}

fn fits(views: &Views, query: &SearchQuery, row: &Row) -> bool {
    let erased = || views.directory.contacts.get(row.contact_id()).is_some_and(|contact| contact.erased);
    let condition = || query.condition.as_ref().is_none_or(|condition| condition.fits(&OfRow { views, row }));
    views.inbox.fits(&query.filters, row) && condition() && !erased()
}

/// Fields that a condition on a search may ask: what a conversation is at this moment.
pub const ASKED_FIELDS: &[Field] = &[
    Field::ChannelId,
    Field::BrandId,
    Field::TeamId,
    Field::LastAssigneeId,
    Field::Tag,
    Field::Priority,
    Field::Status,
    Field::Episode,
];

struct OfRow<'a> {
    views: &'a Views,
    row: &'a Row,
}

impl Facts for OfRow<'_> {
    fn fact(&self, field: &Field) -> Fact<'_> {
        let id = |id: String| Fact::Owned(id);
        match field {
            Field::ChannelId => id(self.row.channel_id().to_string()),
            Field::BrandId => id(self.row.brand_id().to_string()),
            Field::TeamId => self.row.team_id().map_or(Fact::Absent, |team| id(team.to_string())),
            Field::LastAssigneeId => self.row.assignee_id().map_or(Fact::Absent, |user| id(user.to_string())),
            Field::Tag => match self.views.inbox.tags(self.row) {
                [] => Fact::Absent,
                tags => Fact::Words(tags.iter().map(|tag| &**tag).collect()),
            },
            Field::Priority => Fact::Text(self.row.priority().as_str()),
            Field::Status => Fact::Text(self.row.status().as_str()),
            Field::Episode => Fact::Number(f64::from(self.row.episode())),
            _ => Fact::Absent,
        }
    }
}
