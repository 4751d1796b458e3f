//! The journal: what makes an event durable. A chain of records, one per batch. This file is the seam: the
//! writer and the readers know these two traits; local segments (`segments`) implement them today, and a
//! stream on other machines can, since a batch is one record and its position is the fence.

use std::ops::ControlFlow;

use crate::error::{AppendError, ReadError};
use crate::record::{Hash, Record};

#[cfg(test)]
mod faults;
pub(crate) mod prepare;
pub(crate) mod recover;
pub(crate) mod scan;
pub(crate) mod segment_file;
pub(crate) mod segments;

/// Where the chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Position of the last event, 0 when there is none.
    pub(crate) pos: u64,
    pub(crate) hash: Hash,
}

/// The writing side; one per log.
pub(crate) trait Journal: Send {
    /// Makes one framed record durable. On `DiskFull` nothing of it is left; after `Poisoned` nothing more
    /// is accepted. `next` is the head that the record leads to.
    fn append(&mut self, record: &[u8], first_pos: u64, next: Head) -> Result<(), AppendError>;

    /// Says what an ordinary append would say about space and poison.
    fn ready(&mut self) -> Result<(), AppendError>;

    fn head(&self) -> Head;

    /// Fails every later append: something after the sync went wrong.
    fn poison(&mut self, why: &str);
}

/// The reading side, shared by many threads.
pub(crate) trait JournalScan: Send + Sync {
    /// Position of the first event that is still kept.
    fn oldest(&self) -> u64;

    /// Hands out the records that hold the positions from `after + 1` to `upto`, in order, checksums proven.
    /// The first and last may hold neighbours too.
    fn scan(&self, after: u64, upto: u64, f: &mut dyn FnMut(&Record<'_>) -> ControlFlow<()>) -> Result<(), ReadError>;
}
