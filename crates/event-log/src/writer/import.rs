//! Appending what was an event of another log: position, version and seal are given. Called by `ops::import` only.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::plan::unreadable;
use super::{Published, Writer};
use crate::encoding::{self, BatchKey};
use crate::error::{AppendError, SealError};
use crate::event::{Appended, KeyId, NAME_BYTES_MAX, StoredEvent};
use crate::record;

impl Writer {
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
        let mut versions: FxHashMap<Arc<str>, u64> = FxHashMap::default();
        for (event, pos) in events.iter().zip(head.pos + 1..) {
            let before = match versions.get(&event.stream) {
                Some(version) => *version,
                None => self.stream_version(&event.stream).map_err(unreadable)?,
            };
            if event.pos != pos || event.version != before + 1 {
                return Ok(Some(format!("{} {} does not continue the log", event.stream, event.version)));
            }
            if event.stream.is_empty() || event.stream.contains('\0') || event.stream.len() > NAME_BYTES_MAX {
                return Ok(Some(format!("position {pos} has an impossible stream name")));
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
        let batch_keys = keys.iter().map(|(key, event, value)| BatchKey { key: *key, event: *event, value });
        encoding::put_keys(&mut frame, batch_keys);
        let payload_len = frame.len() - record::HEADER;
        let next = self.commit(&mut frame, head, events.len() as u64)?;
        self.versions.clear();
        let events = events.into_iter().map(Arc::new).collect();
        let appended = Appended { events, head: next.pos };
        self.publish(Published::new(&frame, payload_len, head, next, keys), next, &[Ok(appended)]);
        Ok(None)
    }
}
