//! When something must happen by itself: snoozes that end. The app's timer worker asks what is due and issues the
//! commands; nothing here fires.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::Status;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::ConversationId;
use domain::time::Timestamp;

/// Snoozes by their end.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Timers {
    by_time: BTreeSet<(Timestamp, ConversationId)>,
    by_conversation: BTreeMap<ConversationId, Timestamp>,
}

impl Timers {
    /// At most `limit` snoozes that have ended at `now`, the longest ago first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId)> {
        self.by_time.iter().take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }
    /// When the next one ends.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }
    pub fn len(&self) -> usize {
        self.by_time.len()
    }
    pub fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let StreamId::Conversation(id) = recorded.stream else { return };
        let until = match &recorded.event {
            Event::ConversationStatusChanged(event) => event.until.filter(|_| event.to == Status::Snoozed),
            Event::ConversationReopened(_) | Event::ConversationResolved(_) => None,
            _ => return,
        };
        if let Some(old) = self.by_conversation.remove(&id) {
            self.by_time.remove(&(old, id));
        }
        if let Some(until) = until {
            self.by_conversation.insert(id, until);
            self.by_time.insert((until, id));
        }
    }
}
