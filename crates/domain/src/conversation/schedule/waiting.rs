//! Messages that wait for their time. Folded from events alone, so that decisions and read models hold the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::content::{Content, MessageKind};
use crate::conversation::reply::Reply;
use crate::event::message::{MessageScheduled, Sender};
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

/// One that waits, without its content.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Schedule {
    pub message_id: MessageId,
    pub conversation_id: ConversationId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub sender: Sender,
    pub kind: MessageKind,
    pub due_at: Timestamp,
    pub cancel_if_customer_writes: bool,
    pub reply_to_id: Option<MessageId>,
    pub client_ref: Option<String>,
    pub media_id: Option<MediaId>,
    /// Position of the event that made it.
    pub first_pos: u64,
    /// Position of the event that holds the content.
    pub written_pos: u64,
}

impl Schedule {
    fn of(event: &MessageScheduled, pos: u64) -> Self {
        Self {
            message_id: event.message_id,
            conversation_id: event.conversation_id,
            channel_id: event.channel_id,
            contact_id: event.contact_id,
            sender: event.sender,
            kind: event.kind.clone(),
            due_at: event.scheduled_at,
            cancel_if_customer_writes: event.cancel_if_customer_writes,
            reply_to_id: event.reply_to_id,
            client_ref: event.client_ref.clone(),
            media_id: event.media_id,
            first_pos: pos,
            written_pos: pos,
        }
    }

    /// The reply it becomes.
    pub(super) fn reply(
        &self,
        sender: Sender,
        content: Content,
        media_id: Option<MediaId>,
        context_provider_id: Option<String>,
    ) -> Reply {
        Reply {
            reply_to_id: self.reply_to_id,
            client_ref: self.client_ref.clone(),
            media_id,
            context_provider_id,
            ..Reply::by_itself(self.conversation_id, sender, content)
        }
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Schedules {
    waiting: BTreeMap<MessageId, Schedule>,
    by_time: BTreeSet<(Timestamp, MessageId)>,
    by_customer: BTreeSet<(ChannelId, ContactId, MessageId)>,
}

impl Schedules {
    pub fn get(&self, id: MessageId) -> Option<&Schedule> {
        self.waiting.get(&id)
    }
    /// What waits for a customer on a number.
    pub fn of_customer(&self, channel: ChannelId, contact: ContactId) -> impl Iterator<Item = &Schedule> {
        let first = (channel, contact, MessageId::from_u128(0));
        let theirs = self.by_customer.range(first..).take_while(move |(c, k, _)| (*c, *k) == (channel, contact));
        theirs.filter_map(|(_, _, id)| self.waiting.get(id))
    }
    /// Everything, by message id.
    pub fn iter(&self) -> impl Iterator<Item = &Schedule> {
        self.waiting.values()
    }
    /// At most `limit` whose time has come, the longest due first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<&Schedule> {
        let due = self.by_time.iter().take_while(|(at, _)| *at <= now).take(limit);
        due.filter_map(|(_, id)| self.waiting.get(id)).collect()
    }
    /// When the next one's time comes.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::MessageScheduled(event) => self.put(Schedule::of(event, recorded.pos)),
            Event::MessageScheduleChanged(event) => {
                let Some(mut waiting) = self.take(event.message_id) else { return };
                waiting.sender = event.sender;
                waiting.kind = event.kind.clone();
                waiting.media_id = event.media_id;
                waiting.due_at = event.scheduled_at;
                waiting.cancel_if_customer_writes = event.cancel_if_customer_writes;
                if event.rewritten {
                    waiting.written_pos = recorded.pos;
                }
                self.put(waiting);
            }
            Event::MessageScheduleCancelled(event) => drop(self.take(event.message_id)),
            Event::MessageScheduleFailed(event) => drop(self.take(event.message_id)),
            Event::MessageQueued(event) => drop(self.take(event.message_id)),
            _ => {}
        }
    }

    fn put(&mut self, waiting: Schedule) {
        self.by_time.insert((waiting.due_at, waiting.message_id));
        self.by_customer.insert((waiting.channel_id, waiting.contact_id, waiting.message_id));
        self.waiting.insert(waiting.message_id, waiting);
    }

    fn take(&mut self, id: MessageId) -> Option<Schedule> {
        let waiting = self.waiting.remove(&id)?;
        self.by_time.remove(&(waiting.due_at, id));
        self.by_customer.remove(&(waiting.channel_id, waiting.contact_id, id));
        Some(waiting)
    }
}
