//! Where the newest routing decisions are. What they say is read from the log; a conversation's own are in its stream.

use std::collections::VecDeque;

use domain::event::{Event, Recorded};
use domain::ids::ConversationId;

/// Decisions kept; older ones are found through their conversation.
pub const DECISIONS_KEPT: usize = 5_000;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Decisions {
    newest: VecDeque<(u64, ConversationId)>,
}

impl Decisions {
    /// Positions below `before`, newest first.
    pub fn newest(&self, before: Option<u64>) -> impl Iterator<Item = (u64, ConversationId)> + '_ {
        let end = before.map_or(self.newest.len(), |before| self.newest.partition_point(|(pos, _)| *pos < before));
        self.newest.range(..end).rev().copied()
    }

    /// Whether an event is one.
    pub fn is_one(event: &Event) -> bool {
        matches!(
            event,
            Event::ConversationTriaged(_)
                | Event::ConversationRouted(_)
                | Event::ConversationLeaseExpired(_)
                | Event::ConversationSpilled(_)
        )
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let id = match &recorded.event {
            Event::ConversationTriaged(event) => event.conversation_id,
            Event::ConversationRouted(event) => event.conversation_id,
            Event::ConversationLeaseExpired(event) => event.conversation_id,
            Event::ConversationSpilled(event) => event.conversation_id,
            _ => return,
        };
        if self.newest.len() == DECISIONS_KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back((recorded.pos, id));
    }
}
