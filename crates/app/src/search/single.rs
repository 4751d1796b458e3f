//! Single hits: messages and notes in conversations that the asker sees, and contacts that they see, those who never wrote
//! included.

use domain::access::{Action, Decision, Principal};
use projections::search::{Hit, Kind, Subject};

use super::best_first::BestFirst;
use super::excerpts::FoundHit;
use super::find::{Known, Place, SearchQuery, few};
use crate::queries::Answer;
use crate::{Desk, reach};

/// A page of hits.
#[derive(Debug, Clone, PartialEq)]
pub struct HitPage {
    pub hits: Vec<FoundHit>,
    /// Absent: there is nothing after it.
    pub next: Option<Place>,
    /// Everything up to this position of the log was searched.
    pub indexed_to: u64,
    /// The position at which walls were looked at.
    pub as_of: u64,
}

impl Desk {
    /// A page of what the asker sees and that holds what is asked for. Of the question, filters and conditions on conversations
    /// are not looked at. Blocks for some milliseconds.
    pub fn search_hits(&self, principal: &Principal, query: &SearchQuery) -> Answer<HitPage> {
        self.allow(principal, Action::Search)?;
        let Some(snapshot) = self.shared.search.snapshot() else {
            return Ok(HitPage { hits: Vec::new(), next: None, indexed_to: 0, as_of: self.position() });
        };
        let until = query.after.map_or(snapshot.position, |after| after.until);
        let (contacts, said) = query.kinds.iter().partition(|kind| **kind == Kind::Contact);
        let among = self.view(|views| few(views, principal, &query.filters));
        let mut hits = self.hits(&snapshot, &SearchQuery { kinds: said, ..query.clone() }, until, among)?;
        // A contact without a conversation lies in no list of what somebody sees.
        hits.extend(self.hits(&snapshot, &SearchQuery { kinds: contacts, ..query.clone() }, until, None)?);
        let place = |hit: &Hit| Place { key: query.order.key(hit), place: number(hit.subject()), until };
        let rank = |hit: &Hit| (place(hit).key, place(hit).place);
        let ahead = hits.iter().zip(0..).map(|(hit, number)| (rank(hit), number));
        let ahead =
            ahead.filter(|(rank, _)| query.after.is_none_or(|after| *rank < (after.key, after.place))).collect();
        let (mut known, mut shown, mut next) = (Known::default(), Vec::new(), None);
        let mut as_of = self.position();
        'all: for chunk in BestFirst::of(ahead) {
            let seen: Vec<&Hit> = self.view(|views| {
                as_of = views.position();
                let screen = views.inbox.screen(principal);
                let mut sees = |hit: &&Hit| match hit.subject() {
                    Subject::Conversation(place) => {
                        known.settle(place, || views.inbox.opened_at(place).is_some_and(|row| screen(&row)))
                    }
                    Subject::Contact(place) => views.directory.contacts.at_place(place).is_some_and(|contact| {
                        let decision = reach::contact_decision(views, principal, contact.id, Action::ContactRead);
                        decision == Decision::Allow
                    }),
                };
                chunk.iter().map(|(_, number)| &hits[*number as usize]).filter(|hit| sees(hit)).collect()
            });
            for hit in seen {
                if shown.len() == query.limit {
                    break 'all;
                }
                let found = match hit.subject() {
                    Subject::Contact(place) => self.called(place, &query.ask)?,
                    Subject::Conversation(at) => {
                        let row = self.view(|views| views.inbox.opened_at(at));
                        let read = |row: projections::inbox::Row| {
                            self.excerpt_of(row.id(), hit, &query.ask, &mut None).transpose()
                        };
                        row.and_then(read).transpose()?
                    }
                };
                if let Some(found) = found {
                    shown.push(found);
                    next = Some(place(hit));
                }
            }
        }
        let next = next.filter(|_| shown.len() == query.limit);
        Ok(HitPage { hits: shown, next, indexed_to: snapshot.position, as_of })
    }
}

fn number(subject: Subject) -> u32 {
    match subject {
        Subject::Conversation(place) | Subject::Contact(place) => place,
    }
}
