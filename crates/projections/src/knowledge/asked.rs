//! What the knowledge base was asked on behalf of customers, and what came of it: an article, or none. A bot's question that no
//! answer fitted is one of those without: what the customer wanted was not among what it knows. The words lie in the
//! customers' messages alone.

use std::collections::BTreeMap;

use domain::automation::act::{ActionKind, Outcome, SkipReason};
use domain::event::bot::CloseReason;
use domain::event::{Event, Recorded, StreamId, knowledge};
use domain::ids::*;
use domain::time::Timestamp;

use crate::digest::Digest;
use crate::inbox::Inbox;
use domain::paged::Paged;

/// By what it was looked for.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Keyword,
    Search,
    /// A bot offered choices, and what the customer wrote was none of them.
    Choice,
}

/// One question.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
pub struct Lookup {
    pub at: Timestamp,
    /// Of the event that says what came of it.
    pub pos: u64,
    pub conversation_id: ConversationId,
    /// Of the customer's message; `None`: there was none.
    pub message_pos: Option<u64>,
    pub how: How,
    /// What answered.
    pub article_id: Option<ArticleId>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Lookups {
    all: Paged<Lookup>,
    /// Where the messages lie that are being looked for.
    running: BTreeMap<(ConversationId, MessageId), u64>,
}

impl Lookups {
    /// In the order of the log.
    pub fn iter(&self) -> impl Iterator<Item = &Lookup> {
        self.all.iter()
    }

    pub(super) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        let StreamId::Conversation(id) = recorded.stream else { return };
        let newest = || inbox.get(id).and_then(|row| row.last_inbound_pos());
        match &recorded.event {
            Event::KnowledgeLookupRequested(event) => {
                self.running.insert((id, event.message_id), event.message_pos);
            }
            Event::KnowledgeLookupEnded(event) => {
                let message_pos = self.running.remove(&(id, event.message_id));
                self.push(recorded, id, message_pos, How::Search, event.article_id);
            }
            // What a search found is told beside its end.
            Event::ArticleAnswered(event) if event.by == knowledge::Lookup::Keyword => {
                self.push(recorded, id, newest(), How::Keyword, Some(event.article_id));
            }
            Event::AutomationRuleRan(event) if !event.shadow && found_none(&event.outcomes) => {
                self.push(recorded, id, newest(), How::Keyword, None);
            }
            Event::QuestionFollowed(event) if found_none(&event.outcomes) => {
                self.push(recorded, id, newest(), How::Keyword, None);
            }
            Event::QuestionClosed(event) if event.reason == CloseReason::NoMatch => {
                self.push(recorded, id, newest(), How::Choice, None);
            }
            _ => {}
        }
    }

    fn push(
        &mut self,
        recorded: &Recorded,
        conversation_id: ConversationId,
        message_pos: Option<u64>,
        how: How,
        article_id: Option<ArticleId>,
    ) {
        let (at, pos) = (recorded.occurred_at, recorded.pos);
        self.all.push(Lookup { at, pos, conversation_id, message_pos, how, article_id });
    }

    pub(super) fn digest(&self, digest: &mut Digest) {
        self.all.iter().for_each(|lookup| digest.add(lookup));
        digest.add(&self.running);
    }
}

/// Whether something was looked for by keyword, and no article answered, in one of these or in what followed it.
fn found_none(outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| {
        let none = outcome.action == ActionKind::AnswerFromKnowledge && outcome.skipped == Some(SkipReason::NoArticle);
        none && !answered(&outcome.then) || found_none(&outcome.then)
    })
}

fn answered(outcomes: &[Outcome]) -> bool {
    let done = |outcome: &Outcome| outcome.action == ActionKind::AnswerFromKnowledge && outcome.skipped.is_none();
    outcomes.iter().any(|outcome| done(outcome) || answered(&outcome.then))
}
