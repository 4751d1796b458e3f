//! When questions that nobody answers end, and what is being looked up. The app's workers ask what is due; nothing here fires,
//! and the decision looks at everything again.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::bot::Holder;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::Timestamp;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Book {
    open: BTreeMap<ConversationId, (QuestionId, Timestamp)>,
    by_time: BTreeSet<(Timestamp, ConversationId)>,
    lookups: BTreeMap<ConversationId, Wanted>,
    /// Those that automation has.
    held: BTreeSet<ConversationId>,
}

/// Words that are to be looked up.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub message_id: MessageId,
    /// Where the words are.
    pub message_pos: u64,
    pub category: Option<String>,
}

impl Book {
    /// At most `limit` conversations with a question whose time is over, the longest due first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId, QuestionId)> {
        let due = self.by_time.iter().take_while(|(at, _)| *at <= now).take(limit);
        due.filter_map(|(at, id)| Some((*at, *id, self.open.get(id)?.0))).collect()
    }
    /// When the next one's time is over.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }
    /// The question that is open in a conversation, and until when.
    pub fn open(&self, id: ConversationId) -> Option<(QuestionId, Timestamp)> {
        self.open.get(&id).copied()
    }

    /// As [`super::Bot::rests`].
    pub fn rests(&self, id: ConversationId) -> bool {
        self.held.contains(&id) && !self.open.contains_key(&id) && !self.lookups.contains_key(&id)
    }
    /// What is to be looked up.
    pub fn lookups(&self) -> impl Iterator<Item = (ConversationId, &Wanted)> {
        self.lookups.iter().map(|(id, wanted)| (*id, wanted))
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let StreamId::Conversation(id) = recorded.stream else { return };
        match &recorded.event {
            Event::QuestionAsked(event) => self.put(id, event.question_id, event.expires_at),
            Event::QuestionRepeated(event) => self.put(id, event.question_id, event.expires_at),
            Event::QuestionAnswered(_) | Event::QuestionExpired(_) | Event::QuestionClosed(_) => self.forget(id),
            Event::KnowledgeLookupRequested(event) => {
                let (message_id, message_pos) = (event.message_id, event.message_pos);
                self.lookups.insert(id, Wanted { message_id, message_pos, category: event.ask.category.clone() });
            }
            Event::KnowledgeLookupEnded(_) => {
                self.lookups.remove(&id);
            }
            Event::ConversationBotStarted(event) => {
                if event.holder == Holder::Automation {
                    self.held.insert(id);
                } else {
                    self.held.remove(&id);
                }
            }
            Event::ConversationAssigned(event) if event.assignee_id.is_some() => {
                self.held.remove(&id);
            }
            Event::ConversationHandedOff(_) | Event::ConversationReopened(_) | Event::ConversationResolved(_) => {
                self.forget(id);
                self.lookups.remove(&id);
                self.held.remove(&id);
            }
            _ => {}
        }
    }

    fn put(&mut self, id: ConversationId, question: QuestionId, expires_at: Timestamp) {
        self.forget(id);
        self.open.insert(id, (question, expires_at));
        self.by_time.insert((expires_at, id));
    }

    fn forget(&mut self, id: ConversationId) {
        if let Some((_, at)) = self.open.remove(&id) {
            self.by_time.remove(&(at, id));
        }
    }
}
