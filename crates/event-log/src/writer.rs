//! The single writer: checks a batch of groups, seals, encodes, and makes all of it durable with one write and
//! one sync. Owned by one thread (the desk loop). It keeps no queue and no clock; what it refuses it refuses
//! without a trace in the log.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::applier::{Applier, Work};
use crate::checkpoint::{Checkpoint, Notary};
use crate::encoding::{self, BatchKey};
use crate::error::{AppendError, CheckpointError, ReadError, Refused, SealError};
use crate::event::{Appended, BATCH_BYTES_MAX, Group, KeyEntry, KeyId};
use crate::journal::{Head, Journal};
use crate::reader::Shared;
use crate::recent::TakenKey;
use crate::record;
use crate::store::state;

use plan::Plan;

mod import;
mod plan;

/// A head checkpoint is due after this many events …
const CHECKPOINT_EVENTS: u64 = 1000;
/// … or this much time between the recording times of events, whichever comes first.
const CHECKPOINT_MS: i64 = 60_000;
/// A larger buffer is not kept for the next append.
const FRAME_KEPT_BYTES: usize = 4 << 20;
/// Stream versions remembered between appends.
const VERSIONS_MAX: usize = 65_536;

/// The one writer of a log.
pub struct Writer {
    shared: Arc<Shared>,
    journal: Box<dyn Journal>,
    notary: Notary,
    applier: Applier,
    versions: FxHashMap<Arc<str>, u64>,
    /// Position and time of the last checkpoint asked for.
    noted: (u64, i64),
    frame: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        journal: Box<dyn Journal>,
        notary: Notary,
        applier: Applier,
        now_ms: i64,
    ) -> Writer {
        let head = journal.head();
        Writer {
            shared,
            journal,
            notary,
            applier,
            versions: FxHashMap::default(),
            noted: (head.pos, now_ms),
            frame: Vec::new(),
        }
    }

    /// Appends each group wholly or not at all, in order, all of them durable with one sync when this returns.
    /// A refused group leaves nothing; the others still go. Reads see the events at once.
    pub fn append(&mut self, groups: Vec<Group>) -> Result<Vec<Result<Appended, Refused>>, AppendError> {
        self.stop_if_the_store_failed()?;
        let head = self.journal.head();
        let mut frame = std::mem::take(&mut self.frame);
        record::begin(&mut frame);
        // The used-keys mark is set when all is planned; its place is held here.
        encoding::start(&mut frame, 0);
        let mut plan = Plan {
            frame,
            next_pos: head.pos + 1,
            versions: FxHashMap::default(),
            keys: Vec::new(),
            taken: FxHashMap::default(),
        };
        let mut outcomes = Vec::with_capacity(groups.len());
        for group in groups {
            outcomes.push(self.plan(&mut plan, group)?);
        }
        let Plan { mut frame, next_pos, versions, keys, .. } = plan;
        let count = next_pos - 1 - head.pos;
        let mut next = head;
        let mut payload_len = 0;
        if count > 0 {
            frame[record::HEADER..record::HEADER + encoding::PREFIX]
                .copy_from_slice(&self.shared.keys.next().to_le_bytes());
            let batch_keys = keys.iter().map(|(key, event, value)| BatchKey { key: *key, event: *event, value });
            encoding::put_keys(&mut frame, batch_keys);
            payload_len = frame.len() - record::HEADER;
            next = self.commit(&mut frame, head, count)?;
            if self.versions.len() + versions.len() > VERSIONS_MAX {
                self.versions.clear();
            }
            self.versions.extend(versions);
        }
        let outcomes: Vec<Result<Appended, Refused>> =
            outcomes.into_iter().map(|events| events.map(|events| Appended { events, head: next.pos })).collect();
        if count > 0 {
            self.publish(Published::new(&frame, payload_len, head, next, keys), next, &outcomes);
        }
        if frame.capacity() <= FRAME_KEPT_BYTES {
            self.frame = frame;
        }
        Ok(outcomes)
    }

    /// Position of the newest event, 0 when there is none.
    pub fn head(&self) -> u64 {
        self.journal.head().pos
    }

    /// Version of the newest event of a stream; 0 when the stream does not exist.
    pub fn stream_version(&self, stream: &str) -> Result<u64, ReadError> {
        match self.versions.get(stream) {
            Some(version) => Ok(*version),
            None => self.shared.stream_version(stream),
        }
    }

    /// Makes the store survive a power cut and signs the head; waits for both. The store's part takes as long
    /// as the file system needs to write what is dirty, so ask for it rarely: it only shortens the next open.
    pub fn checkpoint(&mut self, now_ms: i64) -> Result<(), CheckpointError> {
        let head = self.journal.head();
        self.applier.drain().map_err(CheckpointError)?;
        self.shared.store.sync().map_err(|fault| CheckpointError(fault.0))?;
        self.note(head, now_ms);
        self.notary.settle().map_err(CheckpointError)
    }

    /// Signs the head as it is, beside the road. The writer does so by itself while events come; this is for when they stop.
    pub fn sign_head(&mut self, now_ms: i64) {
        let head = self.journal.head();
        if head.pos != self.noted.0 {
            self.note(head, now_ms);
        }
    }

    /// Whether an append would find room, without appending: for who decides before appending and would have to take it all
    /// back.
    pub fn ready(&mut self) -> Result<(), AppendError> {
        self.stop_if_the_store_failed()?;
        self.journal.ready()
    }

    /// A fresh key for somebody's personal data. It counts as used once an event that is sealed with it, or any
    /// later event, is appended; one given out before a crash and never used is given out again.
    pub fn assign_key(&mut self) -> Result<KeyId, SealError> {
        self.shared.keys.assign()
    }

    /// Says that keys up to `last` are in use although no event of this log shows it (files sealed elsewhere).
    pub fn mark_keys_used(&mut self, last: KeyId) -> Result<(), SealError> {
        while self.shared.keys.next() <= last.0 {
            self.shared.keys.assign()?;
        }
        Ok(())
    }

    /// Makes every key up to and including `up_to` usable. Free when they are already.
    pub fn ready_keys(&mut self, up_to: KeyId) -> Result<(), SealError> {
        self.mark_keys_used(up_to)
    }

    /// Destroys a key: nothing sealed with it opens again, anywhere but in backups older than this. Durable on
    /// return. Erasing twice is fine.
    pub fn erase_key(&mut self, key: KeyId) -> Result<(), SealError> {
        self.shared.keys.erase(key)
    }

    /// Closes cleanly: syncs the store, signs the head, leaves the mark that makes the next open fast. Without
    /// it (a crash, or just dropping the writer) nothing is lost, the next open checks more.
    pub fn close(mut self, now_ms: i64) -> Result<(), CheckpointError> {
        self.checkpoint(now_ms)?;
        state::leave_clean_mark(&self.shared.dir, self.journal.head()).map_err(|e| CheckpointError(e.to_string()))
    }

    /// A store that does not follow would make memory grow without end: no more is taken until a new open has
    /// put it right.
    fn stop_if_the_store_failed(&mut self) -> Result<(), AppendError> {
        match self.applier.fault() {
            None => Ok(()),
            Some(fault) => {
                state::leave_suspicion(&self.shared.dir);
                self.journal.poison(&format!("the store: {fault}"));
                Err(AppendError::Poisoned(format!("the store: {fault}")))
            }
        }
    }

    /// Journal first; the store only ever holds what is durable.
    fn commit(&mut self, frame: &mut Vec<u8>, head: Head, count: u64) -> Result<Head, AppendError> {
        let count =
            u32::try_from(count).map_err(|_| AppendError::TooLarge { bytes: frame.len(), limit: BATCH_BYTES_MAX })?;
        let first_pos = head.pos + 1;
        let payload = record::HEADER..frame.len();
        if payload.len() > BATCH_BYTES_MAX {
            return Err(AppendError::TooLarge { bytes: payload.len(), limit: BATCH_BYTES_MAX });
        }
        let hash = record::finish(frame, first_pos, count, &head.hash);
        let next = Head { pos: head.pos + u64::from(count), hash };
        self.journal.append(frame, first_pos, next)?;
        Ok(next)
    }

    /// Lets readers see the batch, and has the store follow.
    fn publish(&mut self, batch: Published<'_>, next: Head, outcomes: &[Result<Appended, Refused>]) {
        let mut recorded_at_ms = None;
        {
            let mut recent = self.shared.recent.write();
            for key in batch.keys {
                recent.push_key(key);
            }
            for event in outcomes.iter().flatten().flat_map(|appended| &appended.events) {
                recorded_at_ms = Some(event.recorded_at_ms);
                recent.push(Arc::clone(event));
            }
        }
        *self.shared.head.write() = next;
        self.shared.watch.send_replace(next.pos);
        // After the batch is in memory: what the store has is forgotten there.
        self.applier.push(Work {
            first_pos: batch.first_pos,
            count: batch.count,
            hash: next.hash,
            payload: batch.payload.to_vec(),
        });
        let now_ms = recorded_at_ms.unwrap_or(self.noted.1);
        if next.pos - self.noted.0 >= CHECKPOINT_EVENTS || now_ms - self.noted.1 >= CHECKPOINT_MS {
            self.note(next, now_ms);
        }
    }

    fn note(&mut self, head: Head, now_ms: i64) {
        if head.pos == 0 {
            return;
        }
        self.noted = (head.pos, now_ms);
        self.notary.write(Checkpoint {
            log_id: self.shared.lineage.log_id.clone(),
            pos: head.pos,
            chain_hash: head.hash,
            at_ms: now_ms,
        });
    }
}

/// What of a durable batch the store and memory need.
struct Published<'a> {
    first_pos: u64,
    count: u32,
    payload: &'a [u8],
    keys: Vec<TakenKey>,
}

impl<'a> Published<'a> {
    /// `frame` is a finished record with a payload of `len`; `keys` count events from the batch's first.
    fn new(frame: &'a [u8], len: usize, head: Head, next: Head, keys: Vec<([u8; 16], u64, Vec<u8>)>) -> Published<'a> {
        let first_pos = head.pos + 1;
        Published {
            first_pos,
            count: (next.pos - head.pos) as u32,
            payload: &frame[record::HEADER..record::HEADER + len],
            keys: keys
                .into_iter()
                .map(|(key, event, value)| (key, KeyEntry { pos: first_pos + event, value }))
                .collect(),
        }
    }
}
