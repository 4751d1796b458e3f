//! The log for reading: sled trees filled from the journal's records. A cache that can be deleted at any
//! time; the journal rebuilds it. Every value carries a checksum of itself and its key and is checked when
//! read, because sled neither notices nor repairs a flipped bit.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `records` | first position u64, part u16 | compressed events, at most 16 KiB |
//! | `streams` | stream, NUL, first version u64 | positions of that and the following versions |
//! | `key_runs` | run, first key | look-up keys in sorted runs, each with position and value |
//! | `batches` | first position u64, part u16 | what else the journal's records held, so that they can be rebuilt |
//!
//! sled 0.34.7 has traps that shape this file: values over 16 KiB or the default segment size end in blob
//! files that are never synced; its background flusher is off because `checkpoint` decides what is durable;
//! `flush` is no fsync, so a checkpoint syncs the file and the file system itself. Batches come
//! in windows, and a window's row goes to `batches` last: where that tree ends, everything before it is whole. Rows are
//! inserted one by one, because sled's own batches keep every reader out until they are done.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::encoding::{self, BatchView};
use crate::journal::Head;

use key_runs::KeyRuns;
pub(crate) use records::Chunk;

pub(crate) mod batches;
pub(crate) mod indexes;
mod key_filter;
mod key_runs;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod state;

/// The store answered with an error, a panic or bytes that do not check. Callers go to the journal instead.
#[derive(Debug, Clone)]
pub(crate) struct StoreFault(pub(crate) String);

impl From<sled::Error> for StoreFault {
    fn from(e: sled::Error) -> StoreFault {
        StoreFault(e.to_string())
    }
}

/// What the thread that writes rows does between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Whoever else wants its processor has it first: people wait for them, and for the store nobody does.
    GivesWay,
    Hurries,
}

/// Page size at which records of 16 KiB never leave sled's own file.
const SLED_SEGMENT_BYTES: usize = 2 << 20;
/// No value is larger, with its checksum and key.
pub(crate) const VALUE_BYTES_MAX: usize = 16 << 10;

/// Handles to the trees; clones share them.
#[derive(Clone)]
pub(crate) struct Store {
    db: sled::Db,
    path: PathBuf,
    records: sled::Tree,
    streams: sled::Tree,
    keys: KeyRuns,
    batches: sled::Tree,
}

impl Store {
    pub(crate) fn open(path: &Path, cache_bytes: u64) -> Result<Store, StoreFault> {
        guarded(|| {
            let db = sled::Config::new()
                .path(path)
                .cache_capacity(cache_bytes)
                .segment_size(SLED_SEGMENT_BYTES)
                .flush_every_ms(None)
                .open()?;
            // The form before runs: a row for each key.
            if db.tree_names().iter().any(|name| name == b"keys") {
                return Err(StoreFault("it is of an earlier form".to_owned()));
            }
            Ok(Store {
                path: path.to_owned(),
                records: db.open_tree("records")?,
                streams: db.open_tree("streams")?,
                keys: KeyRuns::open(db.open_tree("key_runs")?, db.open_tree("key_filters")?)?,
                batches: db.open_tree("batches")?,
                db,
            })
        })
    }

    /// Applies consecutive batches; doing it again changes nothing. `keys_before` counts the keys of all earlier
    /// batches; returned is the count with these.
    pub(crate) fn apply(&self, batches: &[Batch<'_>], keys_before: u64, pace: Pace) -> Result<u64, StoreFault> {
        let Some(first_pos) = batches.first().map(|batch| batch.first_pos) else {
            return Ok(keys_before);
        };
        let views: Vec<BatchView<'_>> = batches
            .iter()
            .map(|batch| encoding::view(batch.payload, batch.count).map_err(|bad| StoreFault(bad.0.to_owned())))
            .collect::<Result<_, _>>()?;
        let keys_total = keys_before + views.iter().map(|view| view.keys.len() as u64).sum::<u64>();
        let events = || views.iter().flat_map(|view| &view.events);
        let keys = batches
            .iter()
            .zip(&views)
            .flat_map(|(batch, view)| view.keys.iter().map(|key| (key.key, batch.first_pos + key.event, key.value)));
        guarded(|| {
            records::put(&self.records, first_pos, events(), pace)?;
            indexes::put_streams(&self.streams, first_pos, events(), pace)?;
            let last_pos = batches.last().map_or(first_pos, |last| last.first_pos + u64::from(last.count) - 1);
            self.keys.put((first_pos, last_pos), keys.collect(), pace)?;
            batches::put(&self.batches, batches, &views, keys_total, pace)
        })?;
        Ok(keys_total)
    }

    /// Writes the events of a batch again; the other trees stay.
    pub(crate) fn repair_records(&self, batch: &Batch<'_>) -> Result<(), StoreFault> {
        let view = crate::encoding::view(batch.payload, batch.count).map_err(|bad| StoreFault(bad.0.to_owned()))?;
        guarded(|| records::put(&self.records, batch.first_pos, view.events.iter(), Pace::Hurries))
    }

    /// The end of what has been applied, and how many keys there are up to it.
    pub(crate) fn applied(&self) -> Result<Option<(Head, u64)>, StoreFault> {
        guarded(|| batches::last(&self.batches))
    }

    /// The events from `after + 1` on, at most `limit` of them and (beyond the first) `bytes_max` bytes.
    pub(crate) fn read(
        &self,
        after: u64,
        upto: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<crate::event::StoredEvent>, StoreFault> {
        guarded(|| records::read(&self.records, after, upto, limit, bytes_max))
    }

    /// The event at `pos`. For many of one stream: `open` keeps the chunk between them.
    pub(crate) fn event(&self, pos: u64, open: &mut Option<Chunk>) -> Result<crate::event::StoredEvent, StoreFault> {
        guarded(|| records::event(&self.records, pos, open))
    }

    /// Version of the newest event of `stream`, 0 when there is none.
    pub(crate) fn stream_version(&self, stream: &str) -> Result<u64, StoreFault> {
        guarded(|| indexes::stream_version(&self.streams, stream))
    }

    /// Versions and positions of a stream's events, ascending from `from` or descending from it.
    pub(crate) fn stream_positions(
        &self,
        stream: &str,
        from: u64,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<(u64, u64)>, StoreFault> {
        guarded(|| indexes::stream_positions(&self.streams, stream, from, newest_first, limit))
    }

    pub(crate) fn find(&self, key: &[u8; 16]) -> Result<Option<crate::event::KeyEntry>, StoreFault> {
        guarded(|| self.keys.find(key))
    }

    /// The payload and the hash of the batch that starts at `first_pos`, put together from the rows.
    pub(crate) fn rebuild_payload(&self, first_pos: u64) -> Result<Option<batches::Rebuilt>, StoreFault> {
        guarded(|| batches::rebuild(&self.batches, &self.records, first_pos))
    }

    /// Reads every row of every tree: checksums, no position without its rows. `oldest` is the first position
    /// that the journal keeps.
    pub(crate) fn check(&self, oldest: u64) -> Result<(), StoreFault> {
        guarded(|| {
            let Some((head, keys)) = batches::last(&self.batches)? else {
                return Ok(());
            };
            // Every start after a crash waits for this, longer the longer the history.
            std::thread::scope(|scope| {
                let indexes = scope.spawn(|| {
                    indexes::check_streams(&self.streams, oldest, head.pos)?;
                    self.keys.check(head.pos, keys)
                });
                let rows = batches::check(&self.batches, oldest, head)
                    .and_then(|()| records::check(&self.records, oldest, head.pos));
                let indexes = indexes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                rows.and(indexes)
            })
        })
    }

    /// Whether the system has written down what it was given, or will have when this returns.
    pub(crate) fn is_written(&self) -> bool {
        self.sync_file().is_ok()
    }

    fn sync_file(&self) -> std::io::Result<()> {
        File::open(self.path.join("db"))?.sync_data()
    }

    /// Makes everything applied so far survive a power cut.
    pub(crate) fn sync(&self) -> Result<(), StoreFault> {
        guarded(|| {
            self.db.flush()?;
            let synced = self
                .sync_file()
                .and_then(|()| Ok(rustix::fs::syncfs(File::open(&self.path)?)?))
                .and_then(|()| disk::sync_dir(&self.path));
            synced.map_err(|e| StoreFault(e.to_string()))
        })
    }

    /// Bytes sled has on disk.
    pub(crate) fn disk_bytes(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }
}

/// One journal record, as the store needs it.
pub(crate) struct Batch<'a> {
    pub(crate) first_pos: u64,
    pub(crate) count: u32,
    pub(crate) hash: crate::record::Hash,
    pub(crate) payload: &'a [u8],
}

impl<'a> Batch<'a> {
    pub(crate) fn of(record: &crate::record::Record<'a>) -> Batch<'a> {
        Batch { first_pos: record.first_pos, count: record.count, hash: record.hash, payload: record.payload }
    }
}

/// sled panics on some kinds of damage; that must cost us a rebuild, not the process.
pub(crate) fn guarded<T>(f: impl FnOnce() -> Result<T, StoreFault>) -> Result<T, StoreFault> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(panic) => {
            let what = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            Err(StoreFault(format!("sled panicked: {what}")))
        }
    }
}
