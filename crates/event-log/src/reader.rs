//! Reading: by position, by stream, by key, from front to back, and opening what is sealed. Cheap to clone,
//! used by any number of threads; never blocks the writer. Reads come from memory, else from the store; what
//! the store cannot prove comes from the journal, which is slow and right.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use tokio::sync::watch;

use crate::config::MasterKey;
use crate::encoding::{self, Events};
use crate::error::{ReadError, SealError};
use crate::event::{KeyEntry, KeyId, Parent, StoredEvent};
use crate::journal::{Head, JournalScan};
use crate::keystore::Keystore;
use crate::lineage::Lineage;
use crate::media::MediaSealer;
use crate::record::Record;
use crate::seal::{self, Key};
use crate::store::{Batch, Store, StoreFault, state};
use crate::tail::Tail;
use crate::upcast::Upcasts;

/// Most events one read hands out.
pub const READ_EVENTS_MAX: usize = 10_000;
/// A read stops after the event that takes it past this many bytes.
pub const READ_BYTES_MAX: usize = 32 << 20;

/// Reads a log; clones share it.
#[derive(Clone)]
pub struct Reader {
    pub(crate) shared: Arc<Shared>,
}

/// What the writer and all readers hold together.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) lineage: Lineage,
    pub(crate) journal: Arc<dyn JournalScan>,
    pub(crate) store: Store,
    pub(crate) keys: Keystore,
    pub(crate) head: RwLock<Head>,
    pub(crate) watch: watch::Sender<u64>,
    pub(crate) tail: RwLock<Tail>,
    pub(crate) upcasts: Upcasts,
    pub(crate) blind_key: Key,
    pub(crate) suspected: AtomicBool,
    /// Held as long as anybody can still read: sled underneath tolerates one owner.
    pub(crate) _lock: std::fs::File,
}

impl Reader {
    /// Identity of this log, 32 hexadecimal digits. A restore makes a new one.
    pub fn log_id(&self) -> &str {
        &self.shared.lineage.log_id
    }

    /// The log this one was restored from.
    pub fn parent(&self) -> Option<&Parent> {
        self.shared.lineage.ancestors.first()
    }

    /// When this log was created or restored (ms since 1970).
    pub fn created_at_ms(&self) -> i64 {
        self.shared.lineage.created_at_ms
    }

    /// Position of the newest event, 0 when there is none.
    pub fn head(&self) -> u64 {
        self.shared.head.read().pos
    }

    /// Position of the oldest event kept here.
    pub fn oldest(&self) -> u64 {
        self.shared.journal.oldest()
    }

    /// Chain hash of the last record: the same on every true copy with the same head.
    pub fn chain_hash(&self) -> [u8; 32] {
        self.shared.head.read().hash
    }

    /// The head, to wait for without polling.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.watch.subscribe()
    }

    /// The events after position `after`, ascending, at most `limit` (and [`READ_EVENTS_MAX`]) of them and not
    /// many more bytes than [`READ_BYTES_MAX`]. Fewer than `limit` does not mean the end: go on after the last
    /// until nothing comes.
    pub fn read(&self, after: u64, limit: usize) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        self.shared
            .read(after, self.head(), limit.min(READ_EVENTS_MAX))
    }

    /// The event at `pos`, `None` when the log has not come to it.
    pub fn get(&self, pos: u64) -> Result<Option<Arc<StoredEvent>>, ReadError> {
        let Some(after) = pos.checked_sub(1) else {
            return Ok(None);
        };
        Ok(self.shared.read(after, self.head().min(pos), 1)?.pop())
    }

    /// Events of one stream from `from_version` on, oldest first, at most `limit` of them.
    pub fn stream(
        &self,
        stream: &str,
        from_version: u64,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        self.shared
            .stream(stream, from_version, false, limit.min(READ_EVENTS_MAX))
    }

    /// Events of one stream up to `upto_version` (`u64::MAX`: the newest), newest first, at most `limit`.
    pub fn stream_back(
        &self,
        stream: &str,
        upto_version: u64,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        self.shared
            .stream(stream, upto_version, true, limit.min(READ_EVENTS_MAX))
    }

    /// Version of the newest event of a stream; 0 when the stream does not exist.
    pub fn stream_version(&self, stream: &str) -> Result<u64, ReadError> {
        self.shared.stream_version(stream)
    }

    /// Where a unique key was taken, if it was.
    pub fn find(&self, key: &[u8; 16]) -> Result<Option<KeyEntry>, ReadError> {
        self.shared.find(key)
    }

    /// Every event after `after` up to the present head, straight from the journal: many times faster than
    /// [`read`](Reader::read) and flat in memory. Stops early when `f` breaks. Returns the last position handed
    /// out (`after` if none).
    pub fn replay(
        &self,
        after: u64,
        f: &mut dyn FnMut(StoredEvent) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        let upto = self.head();
        let mut last = after;
        let mut fault = None;
        self.shared.journal.scan(after, upto, &mut |record| {
            let flow = each_event(record, last, upto, &mut |mut event| {
                self.shared.upcasts.apply(&mut event)?;
                last = event.pos;
                Ok(f(event))
            });
            flow.unwrap_or_else(|e| {
                fault = Some(e);
                ControlFlow::Break(())
            })
        })?;
        fault.map_or(Ok(last), Err)
    }

    /// The private part of an event in the clear and in its current schema; `None` when it has none,
    /// [`SealError::Erased`] when its key was destroyed.
    pub fn open_private(&self, event: &StoredEvent) -> Result<Option<Vec<u8>>, SealError> {
        let Some(sealed) = &event.sealed else {
            return Ok(None);
        };
        let key = self.shared.keys.key(sealed.key)?;
        let aad = seal::event_aad(&event.stream, event.version, &event.kind, sealed.key);
        let plaintext = seal::open(&key, &aad, &sealed.bytes)?;
        let lifted = self
            .shared
            .upcasts
            .apply_private(&event.kind, event.schema, plaintext);
        lifted.map(Some).map_err(SealError::Io)
    }

    /// Seals bytes that are kept elsewhere (a snapshot, an outbox body) under one of the log's keys. `aad` says
    /// what they are; the same is needed to open them.
    pub fn seal(&self, key: KeyId, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        seal::seal(
            &self.shared.keys.key(key)?,
            &outside_aad(key, aad),
            plaintext,
        )
    }

    /// Opens what [`seal`](Reader::seal) made.
    pub fn unseal(&self, key: KeyId, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        seal::open(&self.shared.keys.key(key)?, &outside_aad(key, aad), sealed)
    }

    /// Sealing of whole files under one key.
    pub fn media_sealer(&self, key: KeyId) -> Result<MediaSealer, SealError> {
        Ok(MediaSealer::new(self.shared.keys.key(key)?, key))
    }

    /// A keyed hash for looking things up without storing them: dedupe keys, phone numbers, external ids.
    /// `label` keeps purposes apart. The same for the same master key, so also after a restore.
    pub fn blind(&self, label: &str, bytes: &[u8]) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.shared.blind_key);
        hasher.update(&(label.len() as u64).to_le_bytes());
        hasher.update(label.as_bytes());
        hasher.update(bytes);
        let mut out = [0; 16];
        out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        out
    }
}

pub(crate) fn blind_key(master: &MasterKey) -> Key {
    Key::new(master.derive("frontdesk 2026 event-log blind index"))
}

fn outside_aad(key: KeyId, aad: &[u8]) -> Vec<u8> {
    let mut out = b"outside".to_vec();
    out.extend_from_slice(&key.0.to_le_bytes());
    out.extend_from_slice(aad);
    out
}

/// Hands out the events of a record that lie in `after + 1 ..= upto`.
fn each_event(
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
        what: format!(
            "record {} has a right checksum and wrong content: {}",
            record.first_pos, bad.0
        ),
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

impl Shared {
    pub(crate) fn read(
        &self,
        after: u64,
        upto: u64,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        if limit == 0 || after >= upto {
            return Ok(Vec::new());
        }
        if let Some(events) = self.tail.read().read(after, upto, limit, READ_BYTES_MAX) {
            return Ok(events);
        }
        let stored = match self.store.read(after, upto, limit, READ_BYTES_MAX) {
            Ok(events) => events,
            Err(fault) => self.read_journal(after, upto, limit, &fault)?,
        };
        stored
            .into_iter()
            .map(|event| self.current(event))
            .collect()
    }

    fn current(&self, mut event: StoredEvent) -> Result<Arc<StoredEvent>, ReadError> {
        self.upcasts.apply(&mut event)?;
        Ok(Arc::new(event))
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
            return Err(ReadError::Pruned {
                oldest: self.journal.oldest(),
            });
        }
        tracing::warn!(after, fault = %fault.0, "read from the journal what the store could not give");
        let (mut found, mut bytes, mut error) = (Vec::new(), 0, None);
        self.journal.scan(after, upto, &mut |record| {
            if let Err(fault) = self.store.repair_records(&Batch::of(record)) {
                self.suspect(&fault);
            }
            let flow = each_event(record, after, upto, &mut |event| {
                bytes += event.facts.len()
                    + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len());
                found.push(event);
                let full = found.len() >= limit || bytes >= READ_BYTES_MAX;
                Ok(if full {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            });
            flow.unwrap_or_else(|e| {
                error = Some(e);
                ControlFlow::Break(())
            })
        })?;
        error.map_or(Ok(found), Err)
    }

    fn stream(
        &self,
        stream: &str,
        from: u64,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        let positions = match self
            .store
            .stream_positions(stream, from, newest_first, limit)
        {
            Ok(positions) => positions,
            Err(fault) => {
                self.suspect(&fault);
                self.stream_from_journal(stream, from, newest_first, limit)?
            }
        };
        let head = self.head.read().pos;
        let (mut found, mut bytes) = (Vec::with_capacity(positions.len()), 0);
        let mut near: Vec<Arc<StoredEvent>> = Vec::new();
        // A row of a batch that is being applied may lie beyond the head; it does not exist yet.
        for pos in positions.into_iter().filter(|pos| *pos <= head) {
            if !near
                .first()
                .is_some_and(|first| pos >= first.pos && pos < first.pos + near.len() as u64)
            {
                near = self.read(pos - 1, head, 1)?;
            }
            let Some(event) = near.iter().find(|event| event.pos == pos) else {
                let what = format!("position {pos} cannot be read");
                return Err(ReadError::Damaged {
                    file: self.dir.clone(),
                    offset: 0,
                    what,
                });
            };
            bytes +=
                event.facts.len() + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len());
            found.push(Arc::clone(event));
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
                let wanted = if newest_first {
                    event.version <= from
                } else {
                    event.version >= from
                };
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
        self.store.find(key).or_else(|fault| {
            self.suspect(&fault);
            let mut found = None;
            self.scan_views(&mut |first_pos, view| {
                for taken in view.keys.iter().filter(|taken| taken.key == *key) {
                    found = Some(KeyEntry {
                        pos: first_pos + taken.event,
                        value: taken.value.to_vec(),
                    });
                }
            })?;
            Ok(found)
        })
    }

    /// Walks the whole journal; for answers that an index should have given.
    fn scan_views(
        &self,
        f: &mut dyn FnMut(u64, &encoding::BatchView<'_>),
    ) -> Result<(), ReadError> {
        let mut error = None;
        let head = self.head.read().pos;
        self.journal.scan(
            self.journal.oldest() - 1,
            head,
            &mut |record| match encoding::view(record.payload, record.count) {
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
            },
        )?;
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
