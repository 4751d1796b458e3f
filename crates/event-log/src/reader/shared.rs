//! How a read is answered: from memory, else from the store, else (when the store cannot prove its answer) from
//! the journal.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{READ_BYTES_MAX, Shared};
use crate::encoding::{self, Events};
use crate::error::ReadError;
use crate::event::{KeyEntry, StoredEvent};
use crate::record::Record;
use crate::store::{Batch, Chunk, StoreFault, state};

impl Shared {
    pub(crate) fn read(&self, after: u64, upto: u64, limit: usize) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        if limit == 0 || after >= upto {
            return Ok(Vec::new());
        }
        let applied = {
            let recent = self.recent.read();
            if let Some(events) = recent.read(after, upto, limit, READ_BYTES_MAX) {
                drop(recent);
                return events.into_iter().map(|event| self.current(event)).collect();
            }
            recent.applied_pos()
        };
        // What is not in memory the store has: memory forgets nothing that the store lacks.
        let upto = upto.min(applied);
        let stored = match self.store.read(after, upto, limit, READ_BYTES_MAX) {
            Ok(events) => events,
            Err(fault) => self.read_journal(after, upto, limit, &fault)?,
        };
        stored.into_iter().map(|event| self.current(Arc::new(event))).collect()
    }

    /// The event at a position not beyond the head. `chunk` is kept between the events of a stream.
    fn one(&self, pos: u64, chunk: &mut Option<Chunk>) -> Result<Arc<StoredEvent>, ReadError> {
        let held = self.recent.read().read(pos - 1, pos, 1, READ_BYTES_MAX).and_then(|mut events| events.pop());
        let event = match held {
            Some(event) => event,
            // What is not in memory the store has: memory forgets nothing that the store lacks.
            None => match self.store.event(pos, chunk) {
                Ok(event) => Arc::new(event),
                Err(fault) => {
                    let event = self.read_journal(pos - 1, pos, 1, &fault)?.pop();
                    let what = format!("position {pos} cannot be read");
                    let missing = || ReadError::Damaged { file: self.dir.clone(), offset: 0, what };
                    Arc::new(event.ok_or_else(missing)?)
                }
            },
        };
        self.current(event)
    }

    /// The event in its current schema; copied only if that changes it.
    fn current(&self, mut event: Arc<StoredEvent>) -> Result<Arc<StoredEvent>, ReadError> {
        if self.upcasts.is_old(&event) {
            self.upcasts.apply(Arc::make_mut(&mut event))?;
        }
        Ok(event)
    }

    /// What the store could not give. Its rows are written anew from the journal on the way.
    fn read_journal(
        &self,
        after: u64,
        upto: u64,
        limit: usize,
        fault: &StoreFault,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        if after + 1 < self.journal.oldest() {
            return Err(ReadError::Pruned { oldest: self.journal.oldest() });
        }
        tracing::warn!(after, fault = %fault.0, "read from the journal what the store could not give");
        let (mut found, mut bytes, mut error) = (Vec::new(), 0, None);
        self.journal.scan(after, upto, &mut |record| {
            if let Err(fault) = self.store.repair_records(&Batch::of(record)) {
                self.suspect(&fault);
            }
            let flow = each_event(record, after, upto, &mut |event| {
                bytes += event.bytes();
                found.push(event);
                let full = found.len() >= limit || bytes >= READ_BYTES_MAX;
                Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            });
            flow.unwrap_or_else(|e| {
                error = Some(e);
                ControlFlow::Break(())
            })
        })?;
        error.map_or(Ok(found), Err)
    }

    pub(super) fn stream(
        &self,
        stream: &str,
        from: u64,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        // Memory first: what leaves it meanwhile is in the store by then.
        let fresh = self.recent.read().stream_positions(stream);
        let stored = self.store.stream_positions(stream, from, newest_first, limit);
        let positions = match stored {
            Ok(stored) => merge(stored, fresh, from, newest_first, limit),
            Err(fault) => {
                self.suspect(&fault);
                self.stream_from_journal(stream, from, newest_first, limit)?
            }
        };
        let head = self.head.read().pos;
        let (mut found, mut bytes) = (Vec::with_capacity(positions.len()), 0);
        // What happens in a conversation comes in bursts, so neighbours in a stream often lie in one chunk.
        let mut chunk = None;
        // A row of a batch that is being applied may lie beyond the head; it does not exist yet.
        for pos in positions.into_iter().filter(|pos| *pos <= head) {
            let event = self.one(pos, &mut chunk)?;
            bytes += event.bytes();
            found.push(event);
            if bytes >= READ_BYTES_MAX {
                break;
            }
        }
        Ok(found)
    }

    fn stream_from_journal(
        &self,
        stream: &str,
        from: u64,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<u64>, ReadError> {
        let mut found = Vec::new();
        self.scan_views(&mut |first_pos, view| {
            for (pos, event) in (first_pos..).zip(&view.events) {
                let wanted = if newest_first { event.version <= from } else { event.version >= from };
                if event.stream == stream && wanted {
                    found.push(pos);
                }
            }
        })?;
        if newest_first {
            found.reverse();
        }
        found.truncate(limit);
        Ok(found)
    }

    pub(crate) fn stream_version(&self, stream: &str) -> Result<u64, ReadError> {
        if let Some(version) = self.recent.read().stream_version(stream) {
            return Ok(version);
        }
        self.store.stream_version(stream).or_else(|fault| {
            self.suspect(&fault);
            let mut version = 0;
            self.scan_views(&mut |_, view| {
                for event in view.events.iter().filter(|event| event.stream == stream) {
                    version = event.version;
                }
            })?;
            Ok(version)
        })
    }

    pub(crate) fn find(&self, key: &[u8; 16]) -> Result<Option<KeyEntry>, ReadError> {
        if let Some(entry) = self.recent.read().find(key) {
            return Ok(Some(entry));
        }
        self.store.find(key).or_else(|fault| {
            self.suspect(&fault);
            let mut found = None;
            self.scan_views(&mut |first_pos, view| {
                for taken in view.keys.iter().filter(|taken| taken.key == *key) {
                    found = Some(KeyEntry { pos: first_pos + taken.event, value: taken.value.to_vec() });
                }
            })?;
            Ok(found)
        })
    }

    /// Walks the whole journal; for answers that an index should have given.
    fn scan_views(&self, f: &mut dyn FnMut(u64, &encoding::BatchView<'_>)) -> Result<(), ReadError> {
        let mut error = None;
        let head = self.head.read().pos;
        self.journal.scan(self.journal.oldest() - 1, head, &mut |record| match encoding::view(
            record.payload,
            record.count,
        ) {
            Ok(view) => {
                f(record.first_pos, &view);
                ControlFlow::Continue(())
            }
            Err(bad) => {
                error = Some(ReadError::Damaged {
                    file: self.dir.join("journal"),
                    offset: 0,
                    what: format!("record {}: {}", record.first_pos, bad.0),
                });
                ControlFlow::Break(())
            }
        })?;
        error.map_or(Ok(()), Err)
    }

    /// The store is not what it should be: the next open builds it anew.
    fn suspect(&self, fault: &StoreFault) {
        if !self.suspected.swap(true, Ordering::Relaxed) {
            tracing::error!(fault = %fault.0, "the store is damaged; it is rebuilt at the next start");
            state::leave_suspicion(&self.dir);
        }
    }
}

/// One stream's positions out of the store and out of memory, which may overlap.
fn merge(stored: Vec<(u64, u64)>, fresh: Vec<(u64, u64)>, from: u64, newest_first: bool, limit: usize) -> Vec<u64> {
    let mut all: BTreeMap<u64, u64> = stored.into_iter().collect();
    all.extend(fresh.into_iter().filter(|(version, _)| if newest_first { *version <= from } else { *version >= from }));
    let positions = all.into_values();
    if newest_first { positions.rev().take(limit).collect() } else { positions.take(limit).collect() }
}

/// Hands out the events of a record that lie in `after + 1 ..= upto`.
pub(super) fn each_event(
    record: &Record<'_>,
    after: u64,
    upto: u64,
    f: &mut dyn FnMut(StoredEvent) -> Result<ControlFlow<()>, ReadError>,
) -> Result<ControlFlow<()>, ReadError> {
    let bytes = record.payload.get(encoding::PREFIX..).unwrap_or_default();
    let mut events = Events::new(bytes, record.first_pos, record.count);
    let malformed = |bad: encoding::Malformed| ReadError::Damaged {
        file: PathBuf::from("journal"),
        offset: 0,
        what: format!("record {} has a right checksum and wrong content: {}", record.first_pos, bad.0),
    };
    events.skip_to(after + 1).map_err(malformed)?;
    for event in events {
        let event = event.map_err(malformed)?;
        if event.pos > upto || f(event)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
