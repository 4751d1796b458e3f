//! The messages behind a topic or a group of questions: where they lie, so that whoever asks opens them there.

use domain::access::Principal;
use domain::ids::*;
use domain::time::Timestamp;
use projections::insights::phrases::{folded, phrases};
use projections::insights::{Period, Place};
use serde::{Deserialize, Serialize};

use super::InsightsQuery;
use super::topics::period;
use crate::Desk;
use crate::analytics::Unanswered;

/// Of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Topic(String),
    /// The words of a group.
    Question(String),
}

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub conversation_id: ConversationId,
    pub number: u64,
    pub at: Timestamp,
    pub pos: u64,
}

/// A page of them, and where the next begins.
#[derive(Debug)]
pub struct EvidencePage {
    pub rows: Vec<Evidence>,
    pub next: Option<EvidencePlace>,
}

/// Where a page ended: the question it was of, and the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePlace {
    pub as_of: u64,
    pub as_of_at: i64,
    pub from: i64,
    pub to: i64,
    pub definition: u32,
    at: i64,
    pos: u64,
}

impl Desk {
    /// In the order of time.
    pub fn evidence(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
        about: &About,
        after: Option<EvidencePlace>,
        limit: usize,
    ) -> Result<EvidencePage, Unanswered> {
        let mut rows = match about {
            About::Topic(phrase) => {
                let (mut places, _) = self.places(principal, query)?;
                places.retain(|place| period(query, place) == Period::Now);
                let (phrase, mut found) = (folded(phrase), Vec::new());
                self.typed_at(&mut places, |place, text| {
                    if phrases(&text).contains(&phrase) {
                        found.push(*place);
                    }
                })?;
                self.evidence_of(found)
            }
            About::Question(words) => {
                let words = folded(words);
                let groups = self.answering(principal, query)?.groups;
                groups.into_iter().find(|group| group.words == words).map(|group| group.messages).unwrap_or_default()
            }
        };
        if let Some(after) = after {
            rows.retain(|row| (row.at.as_millis(), row.pos) > (after.at, after.pos));
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let numbers = &query.numbers;
        let next = rows.last().filter(|_| more).map(|row| EvidencePlace {
            as_of: numbers.moment.pos,
            as_of_at: numbers.moment.at.as_millis(),
            from: numbers.from.as_millis(),
            to: numbers.to.as_millis(),
            definition: numbers.definition,
            at: row.at.as_millis(),
            pos: row.pos,
        });
        Ok(EvidencePage { rows, next })
    }

    pub(super) fn evidence_of(&self, mut places: Vec<Place>) -> Vec<Evidence> {
        places.sort_unstable_by_key(|place| (place.at, place.pos));
        let conversations = self.conversations_at(places.iter().map(|place| place.slot));
        let row = |(place, (conversation_id, number)): (&Place, (ConversationId, u64))| Evidence {
            conversation_id,
            number,
            at: place.at,
            pos: place.pos,
        };
        places.iter().zip(conversations).map(row).collect()
    }
}
