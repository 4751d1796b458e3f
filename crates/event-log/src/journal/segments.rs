//! The local journal: preallocated segment files, one `pwrite` and one `fdatasync` per batch. Owned by the
//! writer; `recover` builds it, `prepare` makes its next file ready.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::prepare::Preparer;
use super::scan::{Segment, SegmentSet};
use super::segment_file::{self, SegmentHeader};
use super::{Head, Journal};
use crate::disk::{self, Disk, DiskFile};
use crate::error::AppendError;

/// What most batches stay below.
const ORDINARY_BYTES: u64 = 64 << 10;

/// Sizes and places that do not change while the log is open.
pub(crate) struct Layout {
    pub(crate) journal: PathBuf,
    pub(crate) segment_bytes: u64,
    pub(crate) min_free_bytes: u64,
    pub(crate) log_id: [u8; 16],
}

/// See the module.
pub(crate) struct LocalJournal {
    disk: Arc<dyn Disk>,
    layout: Layout,
    set: Arc<SegmentSet>,
    preparer: Preparer,
    active: Option<Active>,
    head: Head,
    poisoned: Option<String>,
}

/// The file that takes the next record.
struct Active {
    file: Box<dyn DiskFile>,
    offset: u64,
    capacity: u64,
}

impl LocalJournal {
    /// Goes on where `recover` found the end. `resume` says whether the last segment takes more records.
    pub(crate) fn resume(
        disk: Arc<dyn Disk>,
        layout: Layout,
        set: Arc<SegmentSet>,
        head: Head,
        resume: bool,
    ) -> io::Result<LocalJournal> {
        let mut preparer = Preparer::start(Arc::clone(&disk), &layout.journal)?;
        let active = match set.last() {
            Some(segment) if resume => {
                let file = disk.open(&segment.path, false)?;
                let capacity = file.len()?;
                Some(Active { file, offset: segment.end, capacity })
            }
            Some(_) | None => None,
        };
        if active.is_some() {
            preparer.request(layout.segment_bytes);
        }
        Ok(LocalJournal { disk, layout, set, preparer, active, head, poisoned: None })
    }

    /// The active segment takes `len` more bytes when this returns.
    fn room_for(&mut self, len: u64) -> Result<(), AppendError> {
        if let Some(why) = &self.poisoned {
            return Err(AppendError::Poisoned(why.clone()));
        }
        // A volume that cannot be asked is one that cannot be written either: let the write tell.
        let free = self.disk.free_bytes(&self.layout.journal).unwrap_or(u64::MAX);
        if free < self.layout.min_free_bytes {
            return Err(AppendError::DiskFull);
        }
        if self.active.as_ref().is_none_or(|active| active.offset + len > active.capacity) {
            self.roll(len)?;
        }
        Ok(())
    }

    /// Starts a segment that holds at least `record_bytes`.
    fn roll(&mut self, record_bytes: u64) -> Result<(), AppendError> {
        let bytes = self.layout.segment_bytes.max(segment_file::HEADER as u64 + record_bytes);
        self.preparer.take(bytes).map_err(|e| self.failed_before_sync("a new segment", &e))?;
        let first_pos = self.head.pos + 1;
        let header = SegmentHeader { log_id: self.layout.log_id, first_pos, prev: self.head.hash };
        let path = segment_file::path(&self.layout.journal, first_pos);
        let next = self.preparer.path().to_owned();
        let opened = self.disk.open(&next, false).and_then(|file| {
            file.write_at(&header.encode(), 0)?;
            let capacity = file.len()?;
            Ok((file, capacity))
        });
        let (file, capacity) = opened.map_err(|e| self.failed_before_sync("a segment header", &e))?;
        let placed = file
            .sync()
            .and_then(|()| std::fs::rename(&next, &path))
            .and_then(|()| disk::sync_dir(&self.layout.journal));
        if let Err(e) = placed {
            return Err(self.poisoned_by("placing a segment", &e));
        }
        let offset = segment_file::HEADER as u64;
        self.set.push(Segment::new(first_pos, path, offset));
        self.active = Some(Active { file, offset, capacity });
        self.preparer.request(self.layout.segment_bytes);
        Ok(())
    }

    fn failed_before_sync(&mut self, doing: &str, e: &io::Error) -> AppendError {
        match e.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::WriteZero
            | io::ErrorKind::FileTooLarge => AppendError::DiskFull,
            _ => self.poisoned_by(doing, e),
        }
    }

    fn poisoned_by(&mut self, doing: &str, e: &io::Error) -> AppendError {
        self.poison(&format!("{doing}: {e}"));
        AppendError::Poisoned(format!("{doing}: {e}"))
    }
}

impl Journal for LocalJournal {
    fn append(&mut self, record: &[u8], first_pos: u64, next: Head) -> Result<(), AppendError> {
        debug_assert_eq!(first_pos, self.head.pos + 1);
        let len = record.len() as u64;
        self.room_for(len)?;
        let Some(active) = &mut self.active else {
            return Err(AppendError::Poisoned("no segment after a roll".to_owned()));
        };
        let offset = active.offset;
        if let Err(e) = active.file.write_at(record, offset) {
            // Nothing was acknowledged: take back what may have been written. Zeros go over all of it, so
            // that a shorter record written here later is not followed by the rest of this one.
            let zeros = vec![0; record.len()];
            return Err(match active.file.write_at(&zeros, offset) {
                Ok(()) => self.failed_before_sync("writing a record", &e),
                Err(_) => self.poisoned_by("taking back a record that was not fully written", &e),
            });
        }
        if let Err(e) = active.file.sync() {
            return Err(self.poisoned_by("fdatasync of the journal", &e));
        }
        active.offset += len;
        self.head = next;
        self.set.grow_last(first_pos, offset, offset + len);
        Ok(())
    }

    fn ready(&mut self) -> Result<(), AppendError> {
        self.room_for(ORDINARY_BYTES.min(self.layout.segment_bytes / 2))
    }

    fn head(&self) -> Head {
        self.head
    }

    fn poison(&mut self, why: &str) {
        if self.poisoned.is_none() {
            tracing::error!(why, "the log accepts no more writes");
            self.poisoned = Some(why.to_owned());
        }
    }
}
