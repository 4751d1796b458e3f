//! The single writer: checks a batch of groups, seals, encodes, and makes all of it durable with one write and
//! one sync. Owned by one thread (the desk loop). It keeps no queue and no clock; what it refuses it refuses
//! without a trace in the log.

use std::collections::HashMap;
use std::sync::Arc;

use crate::checkpoint::{Checkpoint, Notary};
use crate::encoding::{self, BatchKey};
use crate::error::{AppendError, CheckpointError, ReadError, Refused, SealError};
use crate::event::{
    Appended, BATCH_BYTES_MAX, EVENT_BYTES_MAX, Group, KEY_VALUE_BYTES_MAX, KeyId, NAME_BYTES_MAX,
    NewEvent, Sealed, StoredEvent,
};
use crate::journal::{Head, Journal};
use crate::reader::Shared;
use crate::record;
use crate::seal;
use crate::store::{Batch, state};

/// A head checkpoint is due after this many events …
const CHECKPOINT_EVENTS: u64 = 1000;
/// … or this much time between the recording times of events, whichever comes first.
const CHECKPOINT_MS: i64 = 60_000;
/// Stream versions remembered between appends.
const VERSIONS_MAX: usize = 65_536;

/// The one writer of a log.
pub struct Writer {
    shared: Arc<Shared>,
    journal: Box<dyn Journal>,
    notary: Notary,
    /// Keys taken since the beginning; the store counts them to notice a loss.
    keys_total: u64,
    versions: HashMap<Arc<str>, u64>,
    /// Position and time of the last checkpoint asked for.
    noted: (u64, i64),
    frame: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        journal: Box<dyn Journal>,
        notary: Notary,
        keys_total: u64,
        now_ms: i64,
    ) -> Writer {
        let head = journal.head();
        Writer {
            shared,
            journal,
            notary,
            keys_total,
            versions: HashMap::new(),
            noted: (head.pos, now_ms),
            frame: Vec::new(),
        }
    }

    /// Appends each group wholly or not at all, in order, all of them durable with one sync when this returns.
    /// A refused group leaves nothing; the others still go. Reads see the events at once.
    pub fn append(
        &mut self,
        groups: Vec<Group>,
    ) -> Result<Vec<Result<Appended, Refused>>, AppendError> {
        let head = self.journal.head();
        let mut frame = std::mem::take(&mut self.frame);
        record::begin(&mut frame);
        // The used-keys mark is set when all is planned; its place is held here.
        encoding::start(&mut frame, 0);
        let mut plan = Plan {
            frame,
            next_pos: head.pos + 1,
            versions: HashMap::new(),
            keys: Vec::new(),
            taken: HashMap::new(),
        };
        let mut outcomes = Vec::with_capacity(groups.len());
        for group in groups {
            outcomes.push(self.plan(&mut plan, group)?);
        }
        let Plan {
            mut frame,
            next_pos,
            versions,
            keys,
            ..
        } = plan;
        let count = next_pos - 1 - head.pos;
        let mut next = head;
        if count > 0 {
            frame[record::HEADER..record::HEADER + encoding::PREFIX]
                .copy_from_slice(&self.shared.keys.next().to_le_bytes());
            let batch_keys = keys.iter().map(|(key, event, value)| BatchKey {
                key: *key,
                event: *event,
                value,
            });
            encoding::put_keys(&mut frame, batch_keys);
            next = self.commit(&mut frame, head, count)?;
            if self.versions.len() + versions.len() > VERSIONS_MAX {
                self.versions.clear();
            }
            self.versions.extend(versions);
        }
        if frame.capacity() <= 4 << 20 {
            self.frame = frame;
        }
        let outcomes: Vec<Result<Appended, Refused>> = outcomes
            .into_iter()
            .map(|events| {
                events.map(|events| Appended {
                    events,
                    head: next.pos,
                })
            })
            .collect();
        if count > 0 {
            self.publish(next, &outcomes);
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
        self.shared
            .store
            .sync()
            .map_err(|fault| CheckpointError(fault.0))?;
        self.note(head, now_ms);
        self.notary.settle().map_err(CheckpointError)
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
        state::leave_clean_mark(&self.shared.dir, self.journal.head())
            .map_err(|e| CheckpointError(e.to_string()))
    }

    /// The same for keys whose slots an import did not get: they exist from now on, and are erased.
    pub(crate) fn mark_keys_lost(&mut self, last: KeyId) -> Result<(), SealError> {
        self.shared.keys.lose_below(last.0 + 1)
    }

    /// Appends events that have position, version and seal already; for import. `Ok(Some(why))`: nothing was
    /// written, because they do not continue the log.
    pub(crate) fn append_stored(
        &mut self,
        events: Vec<StoredEvent>,
        keys: Vec<([u8; 16], u64, Vec<u8>)>,
    ) -> Result<Option<String>, AppendError> {
        let head = self.journal.head();
        let mut frame = Vec::new();
        record::begin(&mut frame);
        encoding::start(&mut frame, self.shared.keys.next());
        let mut versions: HashMap<Arc<str>, u64> = HashMap::new();
        for (event, pos) in events.iter().zip(head.pos + 1..) {
            let before = match versions.get(&event.stream) {
                Some(version) => *version,
                None => self.stream_version(&event.stream).map_err(unreadable)?,
            };
            if event.pos != pos || event.version != before + 1 {
                return Ok(Some(format!(
                    "{} {} does not continue the log",
                    event.stream, event.version
                )));
            }
            if event.stream.is_empty()
                || event.stream.contains('\0')
                || event.stream.len() > NAME_BYTES_MAX
            {
                return Ok(Some(format!(
                    "position {pos} has an impossible stream name"
                )));
            }
            versions.insert(Arc::clone(&event.stream), event.version);
            encoding::put_event(&mut frame, event);
        }
        for (index, (key, ..)) in keys.iter().enumerate() {
            let twice = keys[..index].iter().any(|(earlier, ..)| earlier == key);
            if twice || self.shared.find(key).map_err(unreadable)?.is_some() {
                return Ok(Some("a unique key comes twice".to_owned()));
            }
        }
        if events.is_empty() {
            return Ok(None);
        }
        let batch_keys = keys.iter().map(|(key, event, value)| BatchKey {
            key: *key,
            event: *event,
            value,
        });
        encoding::put_keys(&mut frame, batch_keys);
        let next = self.commit(&mut frame, head, events.len() as u64)?;
        self.versions.clear();
        let events = events.into_iter().map(Arc::new).collect();
        self.publish(
            next,
            &[Ok(Appended {
                events,
                head: next.pos,
            })],
        );
        Ok(None)
    }

    /// Checks a group against the log and the groups before it, then seals and encodes it. Nothing of a
    /// refused group stays in the plan.
    fn plan(
        &self,
        plan: &mut Plan,
        group: Group,
    ) -> Result<Result<Vec<Arc<StoredEvent>>, Refused>, AppendError> {
        if let Err(why) = limits(&group) {
            return Ok(Err(Refused::Invalid(why)));
        }
        for (stream, expected) in &group.expected {
            let actual = self.version_in(plan, stream)?;
            if actual != *expected {
                return Ok(Err(Refused::VersionConflict {
                    stream: stream.clone(),
                    expected: *expected,
                    actual,
                }));
            }
        }
        let first_pos = plan.next_pos;
        for (index, key) in group.keys.iter().enumerate() {
            let taken = match plan.taken.get(&key.key) {
                Some(at) => {
                    let (_, event, value) = &plan.keys[*at];
                    Some((self.journal.head().pos + 1 + event, value.clone()))
                }
                None => {
                    let in_group = group.keys[..index]
                        .iter()
                        .find(|earlier| earlier.key == key.key);
                    match in_group {
                        Some(earlier) => {
                            Some((first_pos + earlier.event as u64, earlier.value.clone()))
                        }
                        None => self
                            .shared
                            .find(&key.key)
                            .map_err(unreadable)?
                            .map(|entry| (entry.pos, entry.value)),
                    }
                }
            };
            if let Some((pos, value)) = taken {
                return Ok(Err(Refused::DuplicateKey { index, pos, value }));
            }
        }
        let frame_before = plan.frame.len();
        let mut versions: HashMap<Arc<str>, u64> = HashMap::new();
        let mut stored = Vec::with_capacity(group.events.len());
        for (index, event) in group.events.into_iter().enumerate() {
            let version = match versions.get(event.stream.as_str()) {
                Some(version) => version + 1,
                None => self.version_in(plan, &event.stream)? + 1,
            };
            let event = match self.seal(event, first_pos + index as u64, version) {
                Ok(event) => event,
                Err(error) => {
                    plan.frame.truncate(frame_before);
                    return Ok(Err(Refused::Seal { index, error }));
                }
            };
            let before = plan.frame.len();
            encoding::put_event(&mut plan.frame, &event);
            if plan.frame.len() - before > EVENT_BYTES_MAX {
                plan.frame.truncate(frame_before);
                return Ok(Err(Refused::Invalid("an event is larger than 8 MiB")));
            }
            if plan.frame.len() > BATCH_BYTES_MAX {
                return Err(AppendError::TooLarge {
                    bytes: plan.frame.len(),
                    limit: BATCH_BYTES_MAX,
                });
            }
            versions.insert(Arc::clone(&event.stream), version);
            stored.push(Arc::new(event));
        }
        let batch_start = self.journal.head().pos + 1;
        for key in group.keys {
            plan.taken.insert(key.key, plan.keys.len());
            plan.keys.push((
                key.key,
                first_pos - batch_start + key.event as u64,
                key.value,
            ));
        }
        plan.next_pos += stored.len() as u64;
        plan.versions.extend(versions);
        Ok(Ok(stored))
    }

    fn version_in(&self, plan: &Plan, stream: &str) -> Result<u64, AppendError> {
        match plan.versions.get(stream) {
            Some(version) => Ok(*version),
            None => self.stream_version(stream).map_err(unreadable),
        }
    }

    fn seal(&self, event: NewEvent, pos: u64, version: u64) -> Result<StoredEvent, SealError> {
        let sealed = match &event.private {
            None => None,
            Some(private) => {
                let key = self.shared.keys.key(private.key)?;
                let aad = seal::event_aad(&event.stream, version, &event.kind, private.key);
                Some(Sealed {
                    key: private.key,
                    bytes: seal::seal(&key, &aad, &private.plaintext)?.into(),
                })
            }
        };
        Ok(StoredEvent {
            pos,
            stream: event.stream.into(),
            version,
            kind: event.kind.into(),
            schema: event.schema,
            occurred_at_ms: event.occurred_at_ms,
            recorded_at_ms: event.recorded_at_ms,
            actor: event.actor.into(),
            correlation_id: event.correlation_id.map(Arc::from),
            causation_pos: event.causation_pos,
            facts: event.facts.into(),
            sealed,
        })
    }

    /// Journal first; the store only ever holds what is durable.
    fn commit(&mut self, frame: &mut Vec<u8>, head: Head, count: u64) -> Result<Head, AppendError> {
        let count = u32::try_from(count).map_err(|_| AppendError::TooLarge {
            bytes: frame.len(),
            limit: BATCH_BYTES_MAX,
        })?;
        let first_pos = head.pos + 1;
        let payload = record::HEADER..frame.len();
        if payload.len() > BATCH_BYTES_MAX {
            return Err(AppendError::TooLarge {
                bytes: payload.len(),
                limit: BATCH_BYTES_MAX,
            });
        }
        let hash = record::finish(frame, first_pos, count, &head.hash);
        let next = Head {
            pos: head.pos + u64::from(count),
            hash,
        };
        self.journal.append(frame, first_pos, next)?;
        let batch = Batch {
            first_pos,
            count,
            hash,
            payload: &frame[payload],
        };
        match self.shared.store.apply(&batch, self.keys_total) {
            Ok(keys_total) => self.keys_total = keys_total,
            Err(fault) => {
                // Durable, yet no read would show it: only a new open puts that right.
                self.journal.poison(&format!("the store: {}", fault.0));
                return Err(AppendError::Poisoned(format!("the store: {}", fault.0)));
            }
        }
        Ok(next)
    }

    /// Lets readers see the batch.
    fn publish(&mut self, next: Head, outcomes: &[Result<Appended, Refused>]) {
        let mut recorded_at_ms = None;
        {
            let mut tail = self.shared.tail.write();
            for event in outcomes
                .iter()
                .flatten()
                .flat_map(|appended| &appended.events)
            {
                recorded_at_ms = Some(event.recorded_at_ms);
                let mut current = Arc::clone(event);
                // Only an old schema needs a changed copy; one that cannot be lifted fails when it is read.
                if self.shared.upcasts.is_old(event)
                    && self
                        .shared
                        .upcasts
                        .apply(Arc::make_mut(&mut current))
                        .is_err()
                {
                    tail.clear();
                    continue;
                }
                tail.push(current);
            }
        }
        *self.shared.head.write() = next;
        self.shared.watch.send_replace(next.pos);
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

/// A batch in the making.
struct Plan {
    frame: Vec<u8>,
    next_pos: u64,
    versions: HashMap<Arc<str>, u64>,
    /// Key, event counted from the batch's first, value.
    keys: Vec<([u8; 16], u64, Vec<u8>)>,
    /// Index into `keys`.
    taken: HashMap<[u8; 16], usize>,
}

fn limits(group: &Group) -> Result<(), &'static str> {
    for event in &group.events {
        if event.stream.is_empty() || event.stream.contains('\0') || event.kind.is_empty() {
            return Err("a stream and a kind need a name without NUL");
        }
        let correlation = event.correlation_id.as_ref().map_or(0, String::len);
        let longest = event
            .stream
            .len()
            .max(event.kind.len())
            .max(event.actor.len())
            .max(correlation);
        if longest > NAME_BYTES_MAX {
            return Err("a name is longer than 512 bytes");
        }
        if event.facts.len()
            + event
                .private
                .as_ref()
                .map_or(0, |private| private.plaintext.len())
            > EVENT_BYTES_MAX
        {
            return Err("an event is larger than 8 MiB");
        }
        if event.causation_pos == Some(0) {
            return Err("no event has position 0");
        }
    }
    for key in &group.keys {
        if key.event >= group.events.len() {
            return Err("a key names an event that is not in its group");
        }
        if key.value.len() > KEY_VALUE_BYTES_MAX {
            return Err("a key's value is larger than 256 bytes");
        }
    }
    Ok(())
}

/// The log cannot be read well enough to decide what may be appended.
fn unreadable(e: ReadError) -> AppendError {
    AppendError::Poisoned(e.to_string())
}
