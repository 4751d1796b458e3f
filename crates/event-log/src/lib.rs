//! Durable ordered facts: append with expected version, read, follow, verify, export, import, seal.
//!
//! The log knows positions, streams, versions, unique keys and sealed bytes. It does not know what an event
//! means, has no clock, and decides nothing. One [`Writer`] (owned by the desk loop), any number of
//! [`Reader`]s. Everything here is synchronous.
//!
//! | file | what |
//! |---|---|
//! | `journal` | what makes an event durable: chained records in preallocated segments |
//! | `store` | sled, for reading by position, stream and key; rebuilt from the journal whenever in doubt |
//! | `encoding`, `record` | the bytes of a batch, and the frame around them |
//! | `keystore`, `seal`, `media` | keys that can be destroyed, and what they seal |
//! | `checkpoint`, `lineage` | how we know that history did not change or go back, and whose it is |
//! | `ops` | verify, export, import, salvage, stats, backup, restore |
//! | `open`, `writer`, `reader`, `upcast` | the verbs |
//! | `applier`, `recent` | the store follows a step behind; what it lacks is read from memory |
//!
//! Invariants: an event that `append` returned survives a crash and a power cut; positions and versions have
//! no gaps; bytes that do not check are never handed out; nothing is written to the store that is not durable
//! in the journal; a failed sync is never retried.

mod applier;
mod checkpoint;
mod config;
mod disk;
mod encoding;
mod error;
mod event;
mod journal;
mod keystore;
mod lineage;
mod media;
mod open;
pub mod ops;
mod reader;
mod recent;
mod record;
mod seal;
mod store;
mod upcast;
mod writer;

pub use checkpoint::Checkpoint;
pub use config::{BadMasterKey, LogConfig, MasterKey, VerifyOnOpen};
pub use error::{AppendError, CheckpointError, OpenError, ReadError, Refused, SealError};
pub use event::{
    Appended, BATCH_BYTES_MAX, EVENT_BYTES_MAX, Group, KEY_VALUE_BYTES_MAX, KeyEntry, KeyId, NAME_BYTES_MAX, NewEvent,
    NewKey, Parent, Private, Sealed, StoredEvent,
};
pub use media::{ContentId, MediaError, MediaSealer};
pub use open::{OpenReport, open};
pub use reader::{READ_BYTES_MAX, READ_EVENTS_MAX, Reader};
pub use upcast::{Step, Upcasts};
pub use writer::Writer;
