//! The store at open: may it be used, does it have to be built anew, what does it lack, and what can it prove.

use std::ops::ControlFlow;

use super::{OpenReport, io};
use crate::applier::{self, Work};
use crate::checkpoint::Checkpoint;
use crate::config::{LogConfig, VerifyOnOpen};
use crate::error::OpenError;
use crate::journal::{Head, JournalScan};
use crate::record::{self, Hash};
use crate::store::{Pace, Store, StoreFault, state};

/// Chain hashes met on the way at the positions that matter.
#[derive(Default)]
pub(super) struct Landmarks {
    pub(super) applied_hash: Option<Hash>,
    pub(super) note_hash: Option<Hash>,
}

impl Landmarks {
    pub(super) fn pass(&mut self, pos: u64, hash: &Hash, applied_pos: u64, note: Option<&Checkpoint>) {
        if pos == applied_pos {
            self.applied_hash = Some(*hash);
        }
        if note.is_some_and(|note| note.pos == pos) {
            self.note_hash = Some(*hash);
        }
    }
}

/// A store, how far it is, and what is known about how it was left.
pub(super) struct OpenedStore {
    pub(super) store: Store,
    pub(super) applied: Option<(Head, u64)>,
    /// It lies exactly as a clean close left it.
    pub(super) clean: bool,
    /// Only the process that had it open can have ended.
    pub(super) standing: bool,
}

impl OpenedStore {
    /// Why the store must not be used as it is.
    pub(super) fn distrust(
        &self,
        applied: Head,
        head: Head,
        landmarks: &Landmarks,
        oldest: u64,
        verify: VerifyOnOpen,
        report: &mut OpenReport,
    ) -> Option<String> {
        if applied.pos > head.pos {
            return Some(format!("it is at {}, the journal at {}", applied.pos, head.pos));
        }
        if applied.pos > 0 && landmarks.applied_hash != Some(applied.hash) {
            return Some(format!("its chain differs from the journal's at {}", applied.pos));
        }
        let is_trusted = self.clean || (self.standing && self.store.is_written());
        if is_trusted && verify == VerifyOnOpen::SinceCheckpoint {
            return None;
        }
        report.store_checked = true;
        self.store.check(oldest).err().map(|fault| fault.0)
    }
}

pub(super) fn open_store(
    config: &LogConfig,
    clean: Option<Head>,
    report: &mut OpenReport,
) -> Result<OpenedStore, OpenError> {
    let standing = state::is_standing(&config.dir);
    let try_open = || -> Result<OpenedStore, StoreFault> {
        let store = Store::open(&config.dir.join("db"), config.sled_cache_bytes)?;
        let applied = store.applied()?;
        let clean = clean.is_some() && clean == applied.map(|(head, _)| head);
        Ok(OpenedStore { store, applied, clean, standing })
    };
    let why = if state::is_suspect(&config.dir) {
        "a read found it damaged".to_owned()
    } else {
        match try_open() {
            Ok(opened) => {
                report.clean = clean.is_some();
                return Ok(opened);
            }
            Err(fault) => fault.0,
        }
    };
    tracing::warn!(why, "the store does not open; building it anew from the journal");
    report.store_rebuilt = Some(why);
    fresh_store(config)
}

fn fresh_store(config: &LogConfig) -> Result<OpenedStore, OpenError> {
    state::move_aside(&config.dir).map_err(io(&config.dir))?;
    let store = Store::open(&config.dir.join("db"), config.sled_cache_bytes).map_err(|e| OpenError::Store(e.0))?;
    Ok(OpenedStore { store, applied: None, clean: false, standing: false })
}

pub(super) fn rebuilt(config: &LogConfig, bad: OpenedStore) -> Result<OpenedStore, OpenError> {
    drop(bad);
    fresh_store(config)
}

/// The framed journal record at `first_pos`, if the store has all of it and it follows `prev`.
pub(super) fn proven_record(store: &Store, first_pos: u64, prev: &Hash) -> Option<Vec<u8>> {
    let rebuilt = store.rebuild_payload(first_pos).ok().flatten()?;
    let mut frame = Vec::with_capacity(record::framed_len(rebuilt.payload.len()));
    record::begin(&mut frame);
    frame.extend_from_slice(&rebuilt.payload);
    let hash = record::finish(&mut frame, first_pos, rebuilt.count, prev);
    (hash == rebuilt.hash).then_some(frame)
}

/// Applies to the store what the journal has beyond it. Returns the number of keys taken so far.
pub(super) fn catch_up(
    opened: &OpenedStore,
    journal: &dyn JournalScan,
    head: Head,
    report: &mut OpenReport,
) -> Result<u64, OpenError> {
    let (applied, mut keys_total) =
        opened.applied.map_or((journal.oldest() - 1, 0), |(applied, keys)| (applied.pos, keys));
    let mut window: Vec<Work> = Vec::new();
    let mut fault = None;
    let mut flush = |window: &mut Vec<Work>| -> ControlFlow<()> {
        report.store_caught_up += window.iter().map(|work| u64::from(work.count)).sum::<u64>();
        match applier::apply(&opened.store, window, keys_total, Pace::Hurries) {
            Ok(total) => {
                keys_total = total;
                window.clear();
                ControlFlow::Continue(())
            }
            Err(e) => {
                fault = Some(e);
                ControlFlow::Break(())
            }
        }
    };
    journal
        .scan(applied, head.pos, &mut |record| {
            window.push(Work::of(record));
            if applier::is_full(&window) { flush(&mut window) } else { ControlFlow::Continue(()) }
        })
        .map_err(|e| OpenError::Store(e.to_string()))?;
    if !window.is_empty() {
        let _ = flush(&mut window);
    }
    match fault {
        Some(fault) => Err(OpenError::Store(fault.0)),
        None => Ok(keys_total),
    }
}
