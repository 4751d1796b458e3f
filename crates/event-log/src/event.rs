//! The shapes that go in and come out: events to append, events as stored, unique keys. The content of
//! `facts` and of the private part is bytes to this crate; `domain` and `app` know what they say.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Most bytes one event may take as stored (facts, sealed part and envelope together).
pub const EVENT_BYTES_MAX: usize = 8 << 20;
/// Most bytes one call of [`append`](crate::Writer::append) may take as stored; the caller batches below it.
pub const BATCH_BYTES_MAX: usize = 48 << 20;
/// Most bytes of the value kept with a unique key.
pub const KEY_VALUE_BYTES_MAX: usize = 256;
/// Most bytes of a stream's name, an actor, a kind or a correlation id.
pub const NAME_BYTES_MAX: usize = 512;

/// Which key seals a private part. Slot number in the key file; slot 0 belongs to the workspace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub u64);

impl KeyId {
    /// Seals what belongs to the workspace and to no contact: settings, users, provider secrets. Never erased.
    pub const WORKSPACE: KeyId = KeyId(0);
}

/// An event to append. Position and version are given by the log.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Name of the stream, for example `conversation:cnv_…`. Not empty, no NUL, at most [`NAME_BYTES_MAX`].
    pub stream: Arc<str>,
    /// Stored name of the event's type, for example `conversation.assigned`; never a Rust path.
    pub kind: Cow<'static, str>,
    /// Schema of `facts` and of the private part; old ones are upcast on read.
    pub schema: u16,
    /// When it happened, by the source's clock (ms since 1970, UTC).
    pub occurred_at_ms: i64,
    /// When the desk decided to record it (ms since 1970, UTC).
    pub recorded_at_ms: i64,
    /// Who caused it: `user:usr_…`, `contact:…`, `system`.
    pub actor: String,
    /// Ties together everything one request or webhook caused.
    pub correlation_id: Option<String>,
    /// Position of the event that this one reacts to.
    pub causation_pos: Option<u64>,
    /// Plain JSON that routing, SLA and metrics need. Nothing personal.
    pub facts: Vec<u8>,
    /// Everything personal, sealed before it is written.
    pub private: Option<Private>,
}

/// The personal part of a new event, in the clear, and the key that seals it.
#[derive(Clone)]
pub struct Private {
    pub key: KeyId,
    /// JSON.
    pub plaintext: Vec<u8>,
}

impl std::fmt::Debug for Private {
    // A log line with an event in it must not carry what the event seals.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Private {{ key: {}, {} bytes }}", self.key.0, self.plaintext.len())
    }
}

/// Events that are appended all or not at all.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub events: Vec<NewEvent>,
    /// Streams that must be at exactly this version (0: must not exist) just before the group.
    pub expected: Vec<(Arc<str>, u64)>,
    /// Keys that must be new and from now on are taken.
    pub keys: Vec<NewKey>,
}

/// A key that is unique for ever: deduplication of webhooks, external ids, idempotency results.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Usually from [`Reader::blind`](crate::Reader::blind), so that the store says nothing about its origin.
    pub key: [u8; 16],
    /// Index in the group of the event that takes the key.
    pub event: usize,
    /// Kept with the key and given back by `find`; at most [`KEY_VALUE_BYTES_MAX`] bytes, in the clear.
    pub value: Vec<u8>,
}

/// Where a unique key was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyEntry {
    pub pos: u64,
    pub value: Vec<u8>,
}

/// What an appended group became.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The group's events with position and version, in order, ready to be folded; empty for an empty group.
    pub events: Vec<Arc<StoredEvent>>,
    /// The log's head after the whole batch this group was part of.
    pub head: u64,
}

impl Appended {
    /// Position of the last event of the group, if it has any.
    pub fn last_pos(&self) -> Option<u64> {
        self.events.last().map(|event| event.pos)
    }
}

/// An event as the log holds it (upcast to the current schema when read through [`Reader`](crate::Reader)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEvent {
    /// Gapless position in the log; the first event is 1.
    pub pos: u64,
    pub stream: Arc<str>,
    /// Position in the stream; the first event is 1.
    pub version: u64,
    pub kind: Arc<str>,
    pub schema: u16,
    pub occurred_at_ms: i64,
    pub recorded_at_ms: i64,
    pub actor: Arc<str>,
    pub correlation_id: Option<Arc<str>>,
    pub causation_pos: Option<u64>,
    /// JSON, as written.
    pub facts: Box<[u8]>,
    pub sealed: Option<Sealed>,
}

impl StoredEvent {
    /// Bytes of its content: facts and what is sealed.
    pub fn bytes(&self) -> usize {
        self.facts.len() + self.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len())
    }
}

/// A private part at rest. Open it with [`Reader::open_private`](crate::Reader::open_private).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    pub key: KeyId,
    /// 24 bytes nonce, then the ciphertext with its tag.
    pub bytes: Box<[u8]>,
}

/// Where a restored log comes from: `log_id` shared its history with this one up to and including `pos`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Parent {
    pub log_id: String,
    pub pos: u64,
}
