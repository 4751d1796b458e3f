//! What can go wrong, by the verb it goes wrong in. A [`Refused`] is an answer to one group; the others are
//! faults of the log, and the caller decides by variant: retry later, stop, or tell the operator.

use std::io;
use std::path::PathBuf;

use crate::event::KeyId;

/// Why a log does not open. Nothing was changed except what [`OpenReport`](crate::OpenReport) would list.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path}: another process has this log open", path = .0.display())]
    Locked(PathBuf),
    #[error("{file} is damaged at byte {offset}: {what}; run `frontdesk log salvage` to save what is whole", file = file.display())]
    Damaged { file: PathBuf, offset: u64, what: String },
    #[error("the master key given is not the one this log was made with")]
    WrongMasterKey,
    #[error("{path}: the key file is missing; without it nothing sealed can be read. Restore it from a backup", path = .0.display())]
    KeysMissing(PathBuf),
    #[error("{file}: written in format {found}, this version reads up to {supported}", file = file.display())]
    NewerFormat { file: PathBuf, found: u32, supported: u32 },
    #[error(
        "the log ends at {head} but its signed checkpoint saw {checkpoint}: {what}. If this is a restored copy, start once with --accept-rollback"
    )]
    RolledBack { head: u64, checkpoint: u64, what: String },
    #[error("{file}: {what}", file = file.display())]
    BadCheckpoint { file: PathBuf, what: String },
    #[error("the store could not be rebuilt from the journal: {0}")]
    Store(String),
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Why a whole batch was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing was written; the same call may succeed once there is space.
    #[error("the disk is full; nothing was written")]
    DiskFull,
    /// The outcome of the call that first answers this is unknown until the log is opened again; every later
    /// call fails without trying. A failed sync is never retried: the kernel may have dropped the pages.
    #[error("the log stopped accepting writes: {0}")]
    Poisoned(String),
    /// More than [`BATCH_BYTES_MAX`](crate::BATCH_BYTES_MAX) in one call; nothing was written.
    #[error("a batch of {bytes} bytes is over the limit of {limit}")]
    TooLarge { bytes: usize, limit: usize },
}

/// Why one group of a batch was left out; the other groups are not affected.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    #[error("stream {stream} is at version {actual}, not {expected}")]
    VersionConflict { stream: String, expected: u64, actual: u64 },
    /// `index` is the key's place in the group; `pos` and `value` are those of the event that has the key.
    #[error("key {index} of the group was taken by event {pos}")]
    DuplicateKey { index: usize, pos: u64, value: Vec<u8> },
    #[error("event {index} of the group cannot be sealed: {error}")]
    Seal { index: usize, error: SealError },
    #[error("the group breaks a limit: {0}")]
    Invalid(&'static str),
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{kind} is stored in schema {schema}, newer than this version understands")]
    TooNew { kind: String, schema: u16 },
    #[error("{kind} {pos}: {what}")]
    Upcast { kind: String, pos: u64, what: String },
    #[error("{file} is damaged at byte {offset}: {what}", file = file.display())]
    Damaged { file: PathBuf, offset: u64, what: String },
    #[error("positions up to {oldest} are no longer kept here")]
    Pruned { oldest: u64 },
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Why something could not be sealed or opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The key was destroyed on purpose; the content is gone for good.
    #[error("key {} was erased", .0.0)]
    Erased(KeyId),
    #[error("key {} was never given out", .0.0)]
    UnknownKey(KeyId),
    /// The slot in the key file does not check. Restore the key file from a backup.
    #[error("key {} is damaged in the key file", .0.0)]
    KeyDamaged(KeyId),
    /// Wrong key, wrong context or changed bytes; which one cannot be told.
    #[error("sealed bytes do not open")]
    Tampered,
    #[error("the workspace key cannot be erased")]
    WorkspaceKey,
    #[error("key file: {0}")]
    Io(String),
}

/// The store was not synced or the note not written. The log goes on; what this would have made faster or
/// provable is not.
#[derive(Debug, thiserror::Error)]
#[error("no checkpoint: {0}")]
pub struct CheckpointError(pub String);
