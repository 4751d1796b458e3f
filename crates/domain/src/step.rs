//! One command being decided: what it may look at, and the events it has made so far.
//!
//! A webhook with a thousand items is one command whose items see each other's effects (the first makes the
//! contact, the second writes to it), so an event is applied to the world as soon as it is made. A decision
//! therefore checks everything before it makes its first event: a rejected command leaves none.

use crate::conversation::Conversation;
use crate::event::{Actor, Event, LookupKey, Pending, Recorded, SealKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::react::react;
use crate::time::Timestamp;
use crate::world::World;

/// Turns personal values into keys that find without revealing: a keyed hash.
pub trait Blind {
    fn blind(&self, text: &str) -> BlindKey;
    /// The same for a text in parts, which need not be put together first.
    fn blind_parts(&self, parts: &[&str]) -> BlindKey {
        self.blind(&parts.concat())
    }
}

/// What is already in the log and not in memory.
pub trait Archive {
    /// A conversation folded from its stream.
    fn conversation(&self, id: ConversationId) -> Option<Conversation>;
    /// The value stored under a look-up key.
    fn find(&self, key: BlindKey) -> Option<Vec<u8>>;
    /// What people call a contact. Whoever only plays a log has no names.
    fn contact_name(&self, _: ContactId) -> Option<String> {
        None
    }
    /// What a colleague is called.
    fn user_name(&self, _: UserId) -> Option<String> {
        None
    }
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
    /// What automation did is in the log that is played.
    automation_from_log: bool,
    /// What is made is not to be: see [`Self::rehearse`].
    rehearses: bool,
}

/// Where a message is.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageRef {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}

impl MessageRef {
    /// As the value of a look-up key: both ids, big-endian.
    pub fn to_bytes(self) -> Vec<u8> {
        two_ids(self.conversation_id.as_u128(), self.message_id.as_u128())
    }
    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conversation, message) = read_two_ids(bytes)?;
        Some(Self { conversation_id: conversation.into(), message_id: message.into() })
    }
}

/// Where a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteRef {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
}

impl NoteRef {
    /// As the value of a look-up key: both ids, big-endian.
    pub fn to_bytes(self) -> Vec<u8> {
        two_ids(self.conversation_id.as_u128(), self.note_id.as_u128())
    }
    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conversation, note) = read_two_ids(bytes)?;
        Some(Self { conversation_id: conversation.into(), note_id: note.into() })
    }
}

fn two_ids(first: u128, second: u128) -> Vec<u8> {
    [first.to_be_bytes(), second.to_be_bytes()].concat()
}

fn read_two_ids(bytes: &[u8]) -> Option<(u128, u128)> {
    let (first, second) = bytes.split_at_checked(16)?;
    Some((u128::from_be_bytes(first.try_into().ok()?), u128::from_be_bytes(second.try_into().ok()?)))
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
        Self {
            world,
            archive,
            blind,
            now,
            actor,
            mint,
            events: Vec::new(),
            automation_from_log: false,
            rehearses: false,
        }
    }

    /// Plays a log in which automation has done what it does: its rules are not asked again, as what they send has ids of its own.
    pub(crate) fn with_automation_from_log(mut self) -> Self {
        self.automation_from_log = true;
        self
    }
    pub(crate) fn takes_automation_from_log(&self) -> bool {
        self.automation_from_log
    }

    /// What would come of something done to a conversation. Only the conversation itself changes meanwhile, and is as before
    /// afterwards; nothing is made.
    pub(crate) fn rehearse<T>(&mut self, id: ConversationId, play: impl FnOnce(&mut Self) -> T) -> T {
        let (made, mint) = (self.events.len(), self.mint.clone());
        let before = self.conversation(id).cloned();
        let outer = std::mem::replace(&mut self.rehearses, true);
        let found = play(self);
        self.rehearses = outer;
        self.events.truncate(made);
        self.mint = mint;
        if let Some(before) = before {
            self.world.conversations.insert(id, before);
        }
        found
    }

    /// Within a rehearsal: as if runs of a rule had written in a conversation at these times, and at no others.
    pub(crate) fn as_if_sent(&mut self, id: ConversationId, rule: AutomationRuleId, times: &[Timestamp]) {
        debug_assert!(self.rehearses, "what was sent is in the log");
        if let Some(conversation) = self.world.conversations.get_mut(&id) {
            conversation.automation.as_if_sent(rule, times);
        }
    }

    /// Ends the command with what follows from it by itself. The events made, each with its version in its stream.
    pub fn finish(mut self) -> Vec<(Pending, u64)> {
        react(&mut self);
        self.events
    }

    /// The events made, with their streams.
    pub(crate) fn made_events(&self) -> impl Iterator<Item = (StreamId, &Event)> {
        self.events.iter().map(|(pending, _)| (pending.stream, &pending.event))
    }

    /// The same with who made them.
    pub(crate) fn made_by(&self) -> impl Iterator<Item = (StreamId, &Event, Actor)> {
        self.events.iter().map(|(pending, _)| (pending.stream, &pending.event, pending.actor))
    }

    /// The events made in a stream.
    pub(crate) fn made_in(&self, stream: StreamId) -> impl DoubleEndedIterator<Item = &Event> {
        let of_stream = move |(pending, _): &&(Pending, u64)| pending.stream == stream;
        self.events.iter().filter(of_stream).map(|(pending, _)| &pending.event)
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
        let mut event = event.into();
        let seal = match self.seal_for(stream, &event) {
            Sealed::With(seal) => seal,
            // Late facts about an erased person (a delivery report, the answer to a send) keep their numbers only.
            Sealed::Gone(seal) => {
                event.clear_private();
                seal
            }
        };
        if let StreamId::Conversation(id) = stream {
            self.load(id);
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
        if self.rehearses {
            if let StreamId::Conversation(id) = stream
                && let Some(conversation) = self.world.conversations.get_mut(&id)
            {
                conversation.evolve(&recorded);
            }
        } else {
            self.world.evolve(&recorded, true);
            self.world.fresh_keys.extend(keys.iter().map(|key| (key.key, key.value.clone())));
        }
        let pending = Pending { stream, event: recorded.event, occurred_at, actor: self.actor, seal, keys };
        self.events.push((pending, recorded.version));
    }

    /// Takes over an event that a log has, as if this command had made it: for whoever decides anew what followed from it.
    pub(crate) fn replay(&mut self, logged: &Recorded) {
        if let StreamId::Conversation(id) = logged.stream {
            self.load(id);
        }
        let recorded = Recorded {
            pos: self.world.head + 1,
            version: self.world.version(logged.stream) + 1,
            recorded_at: self.now,
            ..logged.clone()
        };
        self.world.evolve(&recorded, true);
        let Recorded { stream, event, occurred_at, actor, version, .. } = recorded;
        self.events
            .push((Pending { stream, event, occurred_at, actor, seal: SealKey::WORKSPACE, keys: Vec::new() }, version));
    }

    /// Adds a look-up key to the newest event, if this command has made one: for decisions of several events that count
    /// as taken in once the last is made.
    pub(crate) fn name_newest(&mut self, key: LookupKey) {
        if let Some((newest, _)) = self.events.last_mut() {
            self.world.fresh_keys.insert(key.key, key.value.clone());
            newest.keys.push(key);
        }
    }

    /// How many events were made so far.
    pub(crate) fn made(&self) -> usize {
        self.events.len()
    }

    /// The conversation, loaded from the log if need be.
    pub fn conversation(&mut self, id: ConversationId) -> Option<&Conversation> {
        self.load(id);
        self.world.conversations.get(&id)
    }

    /// The conversation and the rest of the world to look at together.
    pub(crate) fn view(&mut self, id: ConversationId) -> Option<(&Step<'a>, &Conversation)> {
        self.load(id);
        let step = &*self;
        step.world.conversations.get(&id).map(|conversation| (step, conversation))
    }

    fn load(&mut self, id: ConversationId) {
        // The log is asked only for what it can have: a conversation that is being opened is not there yet.
        if !self.world.conversations.contains_key(&id)
            && self.world.thread_of(id).is_some()
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

    /// The note with this id.
    pub fn note(&self, id: NoteId) -> Option<NoteRef> {
        self.find(note_key(self.blind, id)).as_deref().and_then(NoteRef::from_bytes)
    }

    /// What people call the contact that stands for this one: the log has it, or what this command made.
    pub(crate) fn contact_name(&self, id: ContactId) -> Option<String> {
        let standing = self.world.standing_for(id);
        let stored = self.archive.contact_name(standing);
        stored.or_else(|| {
            self.made_in(StreamId::Contact(standing)).rev().find_map(|event| {
                let profile = match event {
                    Event::ContactCreated(event) => event.private.as_ref(),
                    Event::ContactIdentityLinked(event) => event.private.as_ref(),
                    Event::ContactProfileObserved(event) => event.private.as_ref(),
                    Event::ContactEdited(event) => event.private.as_ref(),
                    _ => None,
                }?;
                profile.name.clone().or_else(|| profile.profile_name.clone())
            })
        })
    }

    /// The next data key nobody uses.
    pub fn next_seal(&self) -> SealKey {
        SealKey(self.world.next_seal)
    }

    fn seal_for(&self, stream: StreamId, event: &Event) -> Sealed {
        let of_contact = |id: ContactId| match self.world.contacts.get(&id) {
            Some(contact) if contact.erased => Sealed::Gone(contact.seal),
            Some(contact) => Sealed::With(contact.seal),
            None => Sealed::With(SealKey::WORKSPACE),
        };
        match (stream, event) {
            (_, Event::ContactCreated(event)) => Sealed::With(event.seal),
            (_, Event::ContactErasureStarted(_)) => Sealed::With(SealKey::WORKSPACE),
            (_, Event::QuarantineItemAdded(event)) => Sealed::With(event.seal),
            (_, Event::ConversationOpened(event)) => of_contact(event.contact_id),
            (StreamId::Contact(id), _) => of_contact(id),
            // What may quote a customer goes with them; see [`crate::event::knowledge`].
            (StreamId::Article(_), Event::ArticleCreated(event)) => {
                event.source.map_or(Sealed::With(SealKey::WORKSPACE), |source| of_contact(source.contact_id))
            }
            (StreamId::Article(id), Event::ArticleRevised(_)) => {
                let source = self.world.articles.get(id).and_then(|article| article.confined_to());
                source.map_or(Sealed::With(SealKey::WORKSPACE), |source| of_contact(source.contact_id))
            }
            (StreamId::Article(_), Event::ArticleRated(event)) => {
                let place = event.conversation_id.and_then(|id| self.world.thread_of(id));
                place.map_or(Sealed::With(SealKey::WORKSPACE), |(_, contact)| of_contact(contact))
            }
            (StreamId::Conversation(id), _) => {
                self.world.thread_of(id).map_or(Sealed::With(SealKey::WORKSPACE), |(_, contact)| of_contact(contact))
            }
            (StreamId::Media(_), Event::MediaUploaded(event)) => {
                Sealed::With(event.name_seal.unwrap_or(event.file.seal))
            }
            (StreamId::Workspace | StreamId::Audit | StreamId::User(_) | StreamId::Team(_) | StreamId::Role(_), _)
            | (StreamId::Invite(_) | StreamId::ApiKey(_), _)
            | (StreamId::Brand(_) | StreamId::Channel(_), _)
            | (StreamId::Media(_) | StreamId::Quarantine(_), _)
            | (StreamId::BusinessHours(_) | StreamId::RoutingRule(_) | StreamId::SlaPolicy(_), _)
            | (StreamId::ReportExport(_) | StreamId::ScheduledReport(_) | StreamId::CoachingNote(_), _)
            | (StreamId::AutomationRule(_) | StreamId::Article(_) | StreamId::CannedReply(_) | StreamId::Macro(_), _)
            | (StreamId::Segment(_) | StreamId::Campaign(_) | StreamId::ContactImport(_), _)
            | (StreamId::Queue(_) | StreamId::BulkJob(_) | StreamId::CsatSurvey(_), _) => {
                Sealed::With(SealKey::WORKSPACE)
            }
        }
    }
}

/// What an event's personal part is sealed with.
enum Sealed {
    With(SealKey),
    /// The key is destroyed, or about to be.
    Gone(SealKey),
}

/// Finds a message by the provider's id on a channel. One space for what customers write, what we send, what
/// staff type in the phone app and what is imported, so that one message is stored once whichever way it comes.
pub fn provider_message_key(blind: &dyn Blind, channel: ChannelId, provider_id: &str) -> BlindKey {
    blind.blind_parts(&["message:", channel.text().as_str(), ":", provider_id])
}

/// Says that an item of another kind (`react`, `edit`, `call`, …) was taken in; providers reuse message ids across kinds.
pub fn provider_item_key(blind: &dyn Blind, kind: &str, channel: ChannelId, id: &str) -> BlindKey {
    blind.blind_parts(&[kind, ":", channel.text().as_str(), ":", id])
}

/// Finds a message by our own id.
pub fn message_key(blind: &dyn Blind, id: MessageId) -> BlindKey {
    blind.blind_parts(&["id:", id.text().as_str()])
}

/// Finds a note by its id.
pub fn note_key(blind: &dyn Blind, id: NoteId) -> BlindKey {
    blind.blind(&format!("id:{id}"))
}
