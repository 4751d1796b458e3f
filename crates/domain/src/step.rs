//! One command being decided: what it may look at, and the events it has made so far.
//!
//! A webhook with a thousand items is one command whose items see each other's effects (the first makes the
//! contact, the second writes to it), so an event is applied to the world as soon as it is made. A decision
//! therefore checks everything before it makes its first event: a rejected command leaves none.

use std::collections::BTreeSet;

use crate::conversation::Conversation;
use crate::event::{Actor, Event, LookupKey, Pending, Recorded, SealKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::time::Timestamp;
use crate::world::World;

/// Turns personal values into keys that find without revealing: a keyed hash.
pub trait Blind {
    fn blind(&self, text: &str) -> BlindKey;
}

/// What is already in the log and not in memory.
pub trait Archive {
    /// A conversation folded from its stream.
    fn conversation(&self, id: ConversationId) -> Option<Conversation>;
    /// The value stored under a look-up key.
    fn find(&self, key: BlindKey) -> Option<Vec<u8>>;
}

/// See the module.
pub struct Step<'a> {
    pub world: &'a mut World,
    pub archive: &'a dyn Archive,
    pub blind: &'a dyn Blind,
    pub now: Timestamp,
    pub actor: Actor,
    pub mint: IdMint,
    events: Vec<(Pending, u64)>,
    touched: BTreeSet<ConversationId>,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageRef {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}

impl MessageRef {
    /// As the value of a look-up key: both ids, big-endian.
    pub fn to_bytes(self) -> Vec<u8> {
        [self.conversation_id.as_u128().to_be_bytes(), self.message_id.as_u128().to_be_bytes()].concat()
    }
    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conversation, message) = bytes.split_at_checked(16)?;
        Some(Self {
            conversation_id: ConversationId::from_u128(u128::from_be_bytes(conversation.try_into().ok()?)),
            message_id: MessageId::from_u128(u128::from_be_bytes(message.try_into().ok()?)),
        })
    }
}

impl<'a> Step<'a> {
    pub fn new(
        world: &'a mut World,
        archive: &'a dyn Archive,
        blind: &'a dyn Blind,
        now: Timestamp,
        actor: Actor,
        entropy: u128,
    ) -> Self {
        let mint = IdMint::new(now, entropy);
        Self { world, archive, blind, now, actor, mint, events: Vec::new(), touched: BTreeSet::new() }
    }

    /// The events made, each with its version in its stream.
    pub fn finish(self) -> Vec<(Pending, u64)> {
        self.events
    }

    /// Whether anything was made yet.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The positions that the events made so far will have, last one included.
    pub fn last_pos(&self) -> u64 {
        self.world.head
    }

    /// Makes an event that happened now.
    pub fn emit(&mut self, stream: StreamId, event: impl Into<Event>) {
        self.emit_at(stream, event, self.now, Vec::new());
    }

    /// Makes an event with its own time and look-up keys.
    pub fn emit_at(&mut self, stream: StreamId, event: impl Into<Event>, occurred_at: Timestamp, keys: Vec<LookupKey>) {
        let event = event.into();
        let seal = self.seal_for(stream, &event);
        if let StreamId::Conversation(id) = stream {
            self.load(id);
            self.touched.insert(id);
        }
        let recorded = Recorded {
            pos: self.world.head + 1,
            stream,
            version: self.world.version(stream) + 1,
            event,
            occurred_at,
            recorded_at: self.now,
            actor: self.actor,
        };
        self.world.evolve(&recorded, true);
        for key in &keys {
            self.world.fresh_keys.insert(key.key, key.value.clone());
        }
        let pending = Pending { stream, event: recorded.event, occurred_at, actor: self.actor, seal, keys };
        self.events.push((pending, recorded.version));
    }

    /// The conversation, loaded from the log if need be.
    pub fn conversation(&mut self, id: ConversationId) -> Option<&Conversation> {
        self.load(id);
        self.world.conversations.get(&id)
    }

    fn load(&mut self, id: ConversationId) {
        if !self.world.conversations.contains_key(&id)
            && let Some(conversation) = self.archive.conversation(id)
        {
            self.world.conversations.insert(id, conversation);
        }
    }

    /// What a look-up key stands for, in the log or in what was just decided.
    pub fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        self.world.fresh_keys.get(&key).cloned().or_else(|| self.archive.find(key))
    }

    /// The message a look-up key stands for.
    pub fn find_message(&self, key: BlindKey) -> Option<MessageRef> {
        self.find(key).as_deref().and_then(MessageRef::from_bytes)
    }

    /// The message with our own id.
    pub fn message(&self, id: MessageId) -> Option<MessageRef> {
        self.find_message(message_key(self.blind, id))
    }

    /// The next data key nobody uses.
    pub fn next_seal(&self) -> SealKey {
        SealKey(self.world.next_seal)
    }

    fn seal_for(&self, stream: StreamId, event: &Event) -> SealKey {
        let of_contact =
            |id: ContactId| self.world.contacts.get(&id).map_or(SealKey::WORKSPACE, |contact| contact.seal);
        match (stream, event) {
            (_, Event::ContactCreated(event)) => event.seal,
            (_, Event::QuarantineItemAdded(event)) => event.seal,
            (_, Event::ConversationOpened(event)) => of_contact(event.contact_id),
            (StreamId::Contact(id), _) => of_contact(id),
            (StreamId::Conversation(id), _) => {
                self.world.thread_of(id).map_or(SealKey::WORKSPACE, |(_, contact)| of_contact(contact))
            }
            (StreamId::Workspace | StreamId::User(_) | StreamId::Brand(_) | StreamId::Channel(_), _) => {
                SealKey::WORKSPACE
            }
            (StreamId::Media(_), Event::MediaUploaded(event)) => event.file.seal,
            (StreamId::Media(_) | StreamId::Quarantine(_), _) => SealKey::WORKSPACE,
        }
    }
}

/// Finds a message by the provider's id on a channel. One space for what customers write, what we send, what
/// staff type in the phone app and what is imported, so that one message is stored once whichever way it comes.
pub fn provider_message_key(blind: &dyn Blind, channel: ChannelId, provider_id: &str) -> BlindKey {
    blind.blind(&format!("message:{channel}:{provider_id}"))
}

/// Says that an item of another kind (`react`, `edit`, `call`, …) was taken in; providers reuse message ids across kinds.
pub fn provider_item_key(blind: &dyn Blind, kind: &str, channel: ChannelId, id: &str) -> BlindKey {
    blind.blind(&format!("{kind}:{channel}:{id}"))
}

/// Finds a message by our own id.
pub fn message_key(blind: &dyn Blind, id: MessageId) -> BlindKey {
    blind.blind(&format!("id:{id}"))
}
