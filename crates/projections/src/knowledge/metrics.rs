//! What came of articles: how often they answered, what people say of them, and how many matters ended with them.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::knowledge::Lookup;
use domain::event::{Event, Recorded};
use domain::ids::*;

use crate::inbox::Inbox;

/// Counted from the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Customers answered by automation, because of a keyword and because of a search.
    pub answered_by_keyword: u64,
    pub answered_by_search: u64,
    /// Episodes in which it answered and that were resolved without an answer of a person.
    pub deflected: u64,
    /// What people say: of several by one person about one conversation the last.
    pub helpful: u64,
    pub unhelpful: u64,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Metrics {
    numbers: BTreeMap<ArticleId, Numbers>,
    ratings: BTreeMap<(ArticleId, Option<UserId>, Option<ConversationId>), bool>,
    /// What answered in episodes that are not over.
    running: BTreeMap<ConversationId, BTreeSet<ArticleId>>,
}

impl Metrics {
    pub(super) fn of(&self, id: ArticleId) -> Numbers {
        self.numbers.get(&id).copied().unwrap_or_default()
    }

    pub(super) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        match &recorded.event {
            Event::ArticleAnswered(event) => {
                let numbers = self.numbers.entry(event.article_id).or_default();
                match event.by {
                    Lookup::Keyword => numbers.answered_by_keyword += 1,
                    Lookup::Search => numbers.answered_by_search += 1,
                }
                self.running.entry(event.conversation_id).or_default().insert(event.article_id);
            }
            Event::ConversationResolved(event) => {
                let answered = self.running.remove(&event.conversation_id).unwrap_or_default();
                let row = inbox.get(event.conversation_id);
                if row.is_some_and(|row| row.first_response_at().is_none()) {
                    for id in answered {
                        self.numbers.entry(id).or_default().deflected += 1;
                    }
                }
            }
            Event::ArticleRated(event) => {
                let numbers = self.numbers.entry(event.article_id).or_default();
                let key = (event.article_id, recorded.actor.user(), event.conversation_id);
                match self.ratings.insert(key, event.helpful) {
                    Some(true) => numbers.helpful -= 1,
                    Some(false) => numbers.unhelpful -= 1,
                    None => {}
                }
                match event.helpful {
                    true => numbers.helpful += 1,
                    false => numbers.unhelpful += 1,
                }
            }
            _ => {}
        }
    }
}
