//! Durable ordered facts: append with expected version, read, follow, verify, export, import, seal.

mod config;
mod error;
mod event;
mod open;
mod reader;
mod upcast;
mod writer;

pub use config::{BadMasterKey, LogConfig, MasterKey, VerifyOnOpen};
pub use error::{AppendError, OpenError, ReadError, Refused, SealError};
pub use event::{
    Appended, BATCH_BYTES_MAX, EVENT_BYTES_MAX, Group, KEY_VALUE_BYTES_MAX, KeyEntry, KeyId, NAME_BYTES_MAX, NewEvent,
    NewKey, Parent, Private, Sealed, StoredEvent,
};
pub use open::{OpenReport, open};
pub use reader::Reader;
pub use upcast::{Step, Upcasts};
pub use writer::Writer;
