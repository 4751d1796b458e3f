//! What waits to be sent. Messages to one contact on one channel go out one at a time in the order they were written:
//! they form a lane, and only its first message can be due. A message leaves when the provider took it or the
//! refusal is final; an uncertain one leaves its lane (the next may go) but stays listed until a person decides.
//!
//! The app's outbox worker asks for what is due, decides, calls the provider and writes the outcome. Nothing here
//! knows budgets, restrictions or the clock. What is sent to many waits apart from replies, so that they go first.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::message::{AfterRefusal, MessageQueued, Sender};
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::time::{Millis, Timestamp};

use crate::inbox::Inbox;

/// How far sending got.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    Queued,
    /// Waits until its number may send again.
    Held,
    /// The call to the provider is under way, or a crash hid its end.
    Started {
        at: Timestamp,
    },
    /// The call's end is unknown.
    Uncertain,
}

/// Whose turn it is first in a number's budget.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// To somebody, from somebody: replies, and what the desk itself answers.
    Reply,
    /// To many.
    Campaign,
}

/// A message that has not been taken by the provider.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    pub message_id: MessageId,
    pub conversation_id: ConversationId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub class: Class,
    pub state: OutboxState,
    /// Attempts so far.
    pub attempt: u32,
    /// Not to be tried before.
    pub not_before: Option<Timestamp>,
    pub queued_at: Timestamp,
    /// Position of the event that put it here: its place in the lane.
    pub pos: u64,
    /// Absent for a message that had left the outbox and is sent again: its first event, found by the message's id,
    /// has it.
    pub written: Option<Written>,
}

/// What the queueing event said.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The event that holds the content.
    pub pos: u64,
    pub template: bool,
    pub sender: Sender,
}

/// What is sent to many has lanes of its own: it holds up nobody's reply.
type Lane = (ChannelId, ContactId, Class);
/// In the order in which they are due.
type Ready = BTreeSet<(Timestamp, u64, MessageId)>;

impl Class {
    /// All of them, in the order in which they go.
    pub const ALL: [Self; 2] = [Self::Reply, Self::Campaign];

    fn of(sender: Sender) -> Self {
        match sender {
            Sender::User(_) | Sender::System => Self::Reply,
            Sender::Campaign(_) => Self::Campaign,
        }
    }
}

impl OutboxEntry {
    fn lane(&self) -> Lane {
        (self.channel_id, self.contact_id, self.class)
    }
}

/// Everything waiting.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Outbox {
    entries: BTreeMap<MessageId, OutboxEntry>,
    lanes: BTreeMap<Lane, BTreeMap<u64, MessageId>>,
    /// The first of each lane, by when it may go.
    ready: BTreeMap<(ChannelId, Class), Ready>,
    /// The first of each lane whose number must wait.
    held: BTreeMap<(ChannelId, Class), BTreeSet<(u64, MessageId)>>,
    started: BTreeSet<MessageId>,
    uncertain: BTreeSet<MessageId>,
}

impl Outbox {
    pub fn get(&self, id: MessageId) -> Option<&OutboxEntry> {
        self.entries.get(&id)
    }
    /// At most `limit` messages of one number and class that may go at `now`, the longest due first, at most one of a lane.
    pub fn due_on(&self, channel: ChannelId, class: Class, now: Timestamp, limit: usize) -> Vec<&OutboxEntry> {
        let Some(ready) = self.ready.get(&(channel, class)) else { return Vec::new() };
        let due = ready.iter().take_while(|(at, _, _)| *at <= now).take(limit);
        due.filter_map(|(_, _, id)| self.entries.get(id)).collect()
    }
    /// The same over all numbers and classes, each of which contributes at most `limit_per_channel`.
    pub fn due(&self, now: Timestamp, limit_per_channel: usize) -> Vec<&OutboxEntry> {
        let places = self.ready.keys();
        places.flat_map(|(channel, class)| self.due_on(*channel, *class, now, limit_per_channel)).collect()
    }
    /// At most `limit` held messages of a number that could go once it may send again, oldest first.
    pub fn held_on(&self, channel: ChannelId, class: Class, limit: usize) -> Vec<&OutboxEntry> {
        let Some(held) = self.held.get(&(channel, class)) else { return Vec::new() };
        held.iter().take(limit).filter_map(|(_, id)| self.entries.get(id)).collect()
    }
    /// Numbers with something to send now or later, or held.
    pub fn channels(&self) -> BTreeSet<ChannelId> {
        self.ready.keys().chain(self.held.keys()).map(|(channel, _)| *channel).collect()
    }
    /// When the next message may go; held ones aside.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.ready.values().filter_map(|ready| ready.first()).map(|(at, _, _)| *at).min()
    }
    /// When the next message of any number may go that may not go at `now`.
    pub fn next_due_after(&self, now: Timestamp) -> Option<Timestamp> {
        let after = (now + Millis(1), 0, MessageId::from_u128(0));
        self.ready.values().filter_map(|ready| ready.range(after..).next()).map(|(at, _, _)| *at).min()
    }
    /// Calls under way. After a restart: calls whose end nobody saw.
    pub fn started(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.started.iter().filter_map(|id| self.entries.get(id))
    }
    /// Messages a person must decide about.
    pub fn uncertain(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.uncertain.iter().filter_map(|id| self.entries.get(id))
    }
    /// Everything, by message id.
    pub fn iter(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.entries.values()
    }
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `inbox` tells the lane of a conversation.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::MessageQueued(event) => self.queue(event, recorded, inbox),
            Event::MessageResendRequested(event) => {
                let known = self.take(event.message_id);
                let Some(row) = inbox.get(event.conversation_id) else { return };
                self.put(OutboxEntry {
                    message_id: event.message_id,
                    conversation_id: event.conversation_id,
                    channel_id: row.channel_id(),
                    contact_id: row.contact_id(),
                    // Somebody wants it sent.
                    class: Class::Reply,
                    state: OutboxState::Queued,
                    attempt: known.as_ref().map_or(0, |entry| entry.attempt),
                    not_before: None,
                    queued_at: at,
                    pos: recorded.pos,
                    written: known.and_then(|entry| entry.written),
                });
            }
            Event::MessageDispatchStarted(event) => self.change(event.message_id, |entry| {
                entry.attempt = event.attempt;
                entry.state = OutboxState::Started { at };
            }),
            Event::MessageAccepted(event) => {
                self.take(event.message_id);
            }
            Event::MessageRefused(event) => match event.then {
                AfterRefusal::Retry => self.change(event.message_id, |entry| {
                    entry.state = OutboxState::Queued;
                    entry.not_before = event.retry_at;
                }),
                AfterRefusal::Hold => self.change(event.message_id, |entry| {
                    entry.state = OutboxState::Held;
                    entry.not_before = None;
                }),
                AfterRefusal::Fail => {
                    self.take(event.message_id);
                }
            },
            Event::MessageUncertain(event) => {
                self.change(event.message_id, |entry| entry.state = OutboxState::Uncertain);
            }
            _ => {}
        }
    }

    fn queue(&mut self, event: &MessageQueued, recorded: &Recorded, inbox: &Inbox) {
        let Some(row) = inbox.get(event.conversation_id) else { return };
        self.put(OutboxEntry {
            message_id: event.message_id,
            conversation_id: event.conversation_id,
            channel_id: row.channel_id(),
            contact_id: row.contact_id(),
            class: Class::of(event.sender),
            state: OutboxState::Queued,
            attempt: 0,
            not_before: None,
            queued_at: recorded.occurred_at,
            pos: recorded.pos,
            written: Some(Written { pos: recorded.pos, template: event.template, sender: event.sender }),
        });
    }

    fn change(&mut self, id: MessageId, change: impl FnOnce(&mut OutboxEntry)) {
        if let Some(mut entry) = self.take(id) {
            change(&mut entry);
            self.put(entry);
        }
    }

    fn put(&mut self, entry: OutboxEntry) {
        let lane = entry.lane();
        self.unlist(lane);
        match entry.state {
            OutboxState::Uncertain => {
                self.uncertain.insert(entry.message_id);
            }
            OutboxState::Started { .. } => {
                self.started.insert(entry.message_id);
                self.lanes.entry(lane).or_default().insert(entry.pos, entry.message_id);
            }
            OutboxState::Queued | OutboxState::Held => {
                self.lanes.entry(lane).or_default().insert(entry.pos, entry.message_id);
            }
        }
        self.entries.insert(entry.message_id, entry);
        self.list(lane);
    }

    fn take(&mut self, id: MessageId) -> Option<OutboxEntry> {
        let lane = self.entries.get(&id).map(OutboxEntry::lane)?;
        self.unlist(lane);
        let entry = self.entries.remove(&id)?;
        self.started.remove(&id);
        self.uncertain.remove(&id);
        if let Some(messages) = self.lanes.get_mut(&lane) {
            messages.remove(&entry.pos);
            if messages.is_empty() {
                self.lanes.remove(&lane);
            }
        }
        self.list(lane);
        Some(entry)
    }

    fn first(&self, lane: Lane) -> Option<&OutboxEntry> {
        self.entries.get(self.lanes.get(&lane)?.first_key_value()?.1)
    }

    /// Puts the lane's first message among the ready or the held.
    fn list(&mut self, lane: Lane) {
        let Some(entry) = self.first(lane) else { return };
        let (id, pos) = (entry.message_id, entry.pos);
        match entry.state {
            OutboxState::Queued => {
                let at = entry.not_before.unwrap_or(entry.queued_at);
                self.ready.entry((lane.0, lane.2)).or_default().insert((at, pos, id));
            }
            OutboxState::Held => {
                self.held.entry((lane.0, lane.2)).or_default().insert((pos, id));
            }
            OutboxState::Started { .. } | OutboxState::Uncertain => {}
        }
    }

    /// The reverse, before the lane changes.
    fn unlist(&mut self, lane: Lane) {
        let Some(entry) = self.first(lane) else { return };
        let (id, pos, at) = (entry.message_id, entry.pos, entry.not_before.unwrap_or(entry.queued_at));
        if let Some(ready) = self.ready.get_mut(&(lane.0, lane.2)) {
            ready.remove(&(at, pos, id));
            if ready.is_empty() {
                self.ready.remove(&(lane.0, lane.2));
            }
        }
        if let Some(held) = self.held.get_mut(&(lane.0, lane.2)) {
            held.remove(&(pos, id));
            if held.is_empty() {
                self.held.remove(&(lane.0, lane.2));
            }
        }
    }
}
