//! What became of each episode that began in the range: in which queue it lay, and who had it first. Two runs are held against each
//! other by it.

use std::collections::BTreeMap;

use crate::event::{Recorded, StreamId};
use crate::ids::*;
use crate::queue::QueueId;
use crate::time::Timestamp;
use crate::world::World;

/// One episode's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// The conversation in which the customer really wrote, and the position of that.
    pub conversation_id: ConversationId,
    pub pos: u64,
    pub brand_id: BrandId,
    /// Where it lay when somebody first had it, or at the end.
    pub queue_id: QueueId,
    pub user_id: Option<UserId>,
    pub given_at: Option<Timestamp>,
}

impl Fate {
    /// Whether it came to the same person in the same queue.
    pub fn is_as(&self, other: &Self) -> bool {
        (self.queue_id, self.user_id) == (other.queue_id, other.user_id)
    }
}

/// By the customer's message that began the episode in reality.
#[derive(Debug, Clone, Default)]
pub struct Fates {
    fates: BTreeMap<MessageId, Fate>,
    /// Those whose conversation is still followed.
    following: BTreeMap<ConversationId, MessageId>,
}

impl Fates {
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&MessageId, &Fate)> {
        self.fates.iter()
    }
    pub fn get(&self, id: MessageId) -> Option<&Fate> {
        self.fates.get(&id)
    }

    /// A customer began an episode with this message, which `conversation` now holds.
    pub fn begun(
        &mut self,
        world: &World,
        conversation: ConversationId,
        message: MessageId,
        real: (ConversationId, u64),
    ) {
        let Some(entry) = world.queues.board().entry(conversation) else { return };
        let (queue_id, brand_id) = (entry.queue_id(), entry.brand_id);
        let fate = Fate { conversation_id: real.0, pos: real.1, brand_id, queue_id, user_id: None, given_at: None };
        self.fates.insert(message, fate);
        self.following.insert(conversation, message);
    }

    /// Takes a command's events, in the world they led to.
    pub fn observe(&mut self, world: &World, events: &[Recorded]) {
        for recorded in events {
            let StreamId::Conversation(id) = recorded.stream else { continue };
            let Some(message) = self.following.get(&id).copied() else { continue };
            let (Some(fate), entry) = (self.fates.get_mut(&message), world.queues.board().entry(id)) else { continue };
            let Some(entry) = entry else {
                self.following.remove(&id);
                continue;
            };
            fate.queue_id = entry.queue_id();
            if let Some(user) = entry.assignee_id {
                (fate.user_id, fate.given_at) = (Some(user), Some(recorded.recorded_at));
                self.following.remove(&id);
            }
        }
    }
}
