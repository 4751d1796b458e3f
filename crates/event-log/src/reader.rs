//! Reading: by position, by stream, by key, from front to back, and opening what is sealed. Cheap to clone,
//! used by any number of threads; never blocks the writer. Reads come from memory, else from the store; what
//! the store cannot prove comes from the journal, which is slow and right.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;
use tokio::sync::watch;

use crate::config::MasterKey;
use crate::error::{ReadError, SealError};
use crate::event::{KeyEntry, KeyId, Parent, StoredEvent};
use crate::journal::{Head, JournalScan};
use crate::keystore::Keystore;
use crate::lineage::Lineage;
use crate::media::MediaSealer;
use crate::recent::Recent;
use crate::seal::{self, Key};
use crate::store::Store;
use crate::upcast::Upcasts;

use shared::each_event;

mod shared;

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
    pub(crate) recent: Arc<RwLock<Recent>>,
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

    /// Chain hash of the record that ends with `pos`: a copy that has the same there has the same before it. `None`: none ends
    /// there.
    pub fn chain_hash_at(&self, pos: u64) -> Result<Option<[u8; 32]>, ReadError> {
        let Some(after) = pos.checked_sub(1) else {
            return Ok(None);
        };
        let mut found = None;
        self.shared.journal.scan(after, self.head().min(pos), &mut |record| {
            found = (record.last_pos() == pos && record.hash_is_right()).then_some(record.hash);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// The last position of the record that holds a position, which is what was appended together; `None`: the log has not come to it.
    pub fn record_end(&self, pos: u64) -> Result<Option<u64>, ReadError> {
        let Some(after) = pos.checked_sub(1) else {
            return Ok(None);
        };
        let mut found = None;
        self.shared.journal.scan(after, self.head().min(pos), &mut |record| {
            found = Some(record.last_pos());
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// The head, to wait for without polling.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.watch.subscribe()
    }

    /// The events after position `after`, ascending, at most `limit` (and [`READ_EVENTS_MAX`]) of them and not
    /// many more bytes than [`READ_BYTES_MAX`]. Fewer than `limit` does not mean the end: go on after the last
    /// until nothing comes.
    pub fn read(&self, after: u64, limit: usize) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        self.shared.read(after, self.head(), limit.min(READ_EVENTS_MAX))
    }

    /// The event at `pos`, `None` when the log has not come to it.
    pub fn get(&self, pos: u64) -> Result<Option<Arc<StoredEvent>>, ReadError> {
        let Some(after) = pos.checked_sub(1) else {
            return Ok(None);
        };
        Ok(self.shared.read(after, self.head().min(pos), 1)?.pop())
    }

    /// Events of one stream from `from_version` on, oldest first, at most `limit` of them.
    pub fn stream(&self, stream: &str, from_version: u64, limit: usize) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        self.shared.stream(stream, from_version, false, limit.min(READ_EVENTS_MAX))
    }

    /// Events of one stream up to `upto_version` (`u64::MAX`: the newest), newest first, at most `limit`.
    pub fn stream_back(
        &self,
        stream: &str,
        upto_version: u64,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, ReadError> {
        self.shared.stream(stream, upto_version, true, limit.min(READ_EVENTS_MAX))
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
    pub fn replay(&self, after: u64, f: &mut dyn FnMut(StoredEvent) -> ControlFlow<()>) -> Result<u64, ReadError> {
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

    /// Looks at every record without reading its events, for whoever began in the middle and does not [`Self::replay`] what is
    /// before: damage is found. `stop` is asked before each record; says whether this came to the end.
    pub fn look_through(&self, stop: &dyn Fn() -> bool) -> Result<bool, ReadError> {
        let (after, upto) = (self.oldest().saturating_sub(1), self.head());
        let mut last = after;
        self.shared.journal.scan(after, upto, &mut |record| {
            if stop() {
                return ControlFlow::Break(());
            }
            last = record.last_pos();
            ControlFlow::Continue(())
        })?;
        Ok(last >= upto)
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
        let lifted = self.shared.upcasts.apply_private(&event.kind, event.schema, plaintext);
        lifted.map(Some).map_err(SealError::Io)
    }

    /// Seals bytes that are kept elsewhere (a snapshot, an outbox body) under one of the log's keys. `aad` says
    /// what they are; the same is needed to open them.
    pub fn seal(&self, key: KeyId, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        seal::seal(&self.shared.keys.key(key)?, &outside_aad(key, aad), plaintext)
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
        self.blind_all(label, [bytes])
    }

    /// The same for a text in parts.
    pub fn blind_parts(&self, label: &str, parts: &[&str]) -> [u8; 16] {
        self.blind_all(label, parts.iter().map(|part| part.as_bytes()))
    }

    fn blind_all<'a>(&self, label: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.shared.blind_key);
        hasher.update(&(label.len() as u64).to_le_bytes());
        hasher.update(label.as_bytes());
        parts.into_iter().for_each(|part| {
            hasher.update(part);
        });
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
