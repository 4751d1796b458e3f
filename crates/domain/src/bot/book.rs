//! When questions that nobody answers end. The app's timer worker asks what is due; nothing here fires, and the decision looks
//! at everything again.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::Timestamp;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Book {
    open: BTreeMap<ConversationId, (QuestionId, Timestamp)>,
    by_time: BTreeSet<(Timestamp, ConversationId)>,
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

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let StreamId::Conversation(id) = recorded.stream else { return };
        match &recorded.event {
            Event::QuestionAsked(event) => self.put(id, event.question_id, event.expires_at),
            Event::QuestionRepeated(event) => self.put(id, event.question_id, event.expires_at),
            Event::QuestionAnswered(_)
            | Event::QuestionExpired(_)
            | Event::QuestionClosed(_)
            | Event::ConversationHandedOff(_)
            | Event::ConversationReopened(_)
            | Event::ConversationResolved(_) => self.forget(id),
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
