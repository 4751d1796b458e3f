//! Every event of a log, read from its files alone: no key, no lock, so a running log may be read. What is handed out has
//! reached the disk, like what the log itself hands out: a server writes an event before it syncs it, and an event seen in between
//! could be gone after a power cut.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use super::walk::{Met, walk};
use super::{OpsError, io_at};
use crate::encoding::{self, Events};
use crate::error::OpenError;
use crate::event::{Parent, StoredEvent};
use crate::journal::segment_file;
use crate::lineage::Lineage;
use crate::upcast::Upcasts;

/// Whose log it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub log_id: String,
    /// The log it was restored from.
    pub parent: Option<Parent>,
}

/// The identity of the log in `dir`.
pub fn identity(dir: &Path) -> Result<Identity, OpsError> {
    let lineage = Lineage::load(dir)?;
    let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, "there is no log");
    let lineage = lineage.ok_or_else(|| OpenError::Io { path: Lineage::path(dir), source: missing() })?;
    Ok(Identity { log_id: lineage.log_id, parent: lineage.ancestors.into_iter().next() })
}

/// Hands out the events after `after` in order, in today's schemas, until `f` breaks. Gives the last position handed out
/// (`after` where there was none). Damage ends it with an error.
pub fn scan(
    dir: &Path,
    after: u64,
    upcasts: &Upcasts,
    f: &mut dyn FnMut(StoredEvent) -> ControlFlow<()>,
) -> Result<u64, OpsError> {
    let journal = dir.join("journal");
    let mut last = after;
    let mut synced = None;
    walk(&journal, after + 1, &mut |met| {
        let (file, offset, record) = match met {
            Met::Record { file, offset, record } => (file, offset, record),
            Met::Damage { file, offset, what } => {
                return Err(OpsError::Damaged { file: file.to_owned(), offset, what });
            }
            Met::Unfinished { .. } => return Ok(ControlFlow::Break(())),
        };
        if synced.as_deref() != Some(file) {
            // The bytes are in memory already; from here on they are on the disk as well.
            File::open(file).and_then(|segment| segment.sync_data()).map_err(io_at(file))?;
            synced = Some(file.to_owned());
        }
        if record.last_pos() <= after {
            return Ok(ControlFlow::Continue(()));
        }
        let malformed = |bad: encoding::Malformed| OpsError::Damaged {
            file: file.to_owned(),
            offset,
            what: format!("a right checksum over wrong content: {}", bad.0),
        };
        encoding::view(record.payload, record.count).map_err(malformed)?;
        for event in Events::new(&record.payload[encoding::PREFIX..], record.first_pos, record.count) {
            let mut event = event.map_err(malformed)?;
            if event.pos <= after {
                continue;
            }
            upcasts.apply(&mut event)?;
            let pos = event.pos;
            if f(event).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            last = pos;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(last)
}

/// The first positions of the oldest and the newest of a log's files; `None` where there is none.
pub fn segments(dir: &Path) -> Result<Option<(u64, u64)>, OpsError> {
    let journal = dir.join("journal");
    let segments = segment_file::list(&journal).map_err(io_at(&journal))?;
    Ok(segments.first().zip(segments.last()).map(|((oldest, _), (newest, _))| (*oldest, *newest)))
}
