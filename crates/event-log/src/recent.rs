//! The newest events, in memory: those the store does not have yet (with the keys and stream positions it would
//! be asked for), and some more, because followers and projections read what was just written. What is not yet
//! in the store is never dropped; the rest is bounded by number and by bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::event::{KeyEntry, StoredEvent};

/// Events kept beyond those that the store lacks.
const EVENTS_MAX: usize = 4096;
/// Bytes kept, the same.
const BYTES_MAX: usize = 16 << 20;

/// A unique key and where it was taken.
pub(crate) type TakenKey = ([u8; 16], KeyEntry);

#[derive(Default)]
pub(crate) struct Recent {
    /// Contiguous positions, as stored.
    events: VecDeque<Arc<StoredEvent>>,
    bytes: usize,
    /// The store has everything up to here.
    applied: u64,
    /// Version and position of the events that the store lacks.
    streams: FxHashMap<Arc<str>, VecDeque<(u64, u64)>>,
    keys: FxHashMap<[u8; 16], KeyEntry>,
    /// The same keys by position, to forget them in order.
    key_order: VecDeque<(u64, [u8; 16])>,
}

impl Recent {
    pub(crate) fn starting_at(applied: u64) -> Recent {
        Recent { applied, ..Recent::default() }
    }

    pub(crate) fn push(&mut self, event: Arc<StoredEvent>) {
        self.bytes += event.bytes();
        self.streams.entry(Arc::clone(&event.stream)).or_default().push_back((event.version, event.pos));
        self.events.push_back(event);
        self.shrink();
    }

    pub(crate) fn push_key(&mut self, (key, entry): TakenKey) {
        self.key_order.push_back((entry.pos, key));
        self.keys.insert(key, entry);
    }

    /// The store has everything up to `pos`; call it after it does.
    pub(crate) fn applied(&mut self, pos: u64) {
        let front = self.events.front().map_or(0, |event| event.pos);
        let from = usize::try_from((self.applied + 1).saturating_sub(front)).unwrap_or(0).min(self.events.len());
        for event in self.events.range(from..).take_while(|event| event.pos <= pos) {
            if let Some(positions) = self.streams.get_mut(&event.stream) {
                positions.pop_front();
                if positions.is_empty() {
                    self.streams.remove(&event.stream);
                }
            }
        }
        while let Some((_, key)) = self.key_order.pop_front_if(|(at, _)| *at <= pos) {
            self.keys.remove(&key);
        }
        self.applied = pos;
        self.shrink();
    }

    /// How far the store may be asked.
    pub(crate) fn applied_pos(&self) -> u64 {
        self.applied
    }

    /// The events from `after + 1` to `upto`, if the first of them is still here.
    pub(crate) fn read(&self, after: u64, upto: u64, limit: usize, bytes_max: usize) -> Option<Vec<Arc<StoredEvent>>> {
        let front = self.events.front()?.pos;
        let skip = usize::try_from((after + 1).checked_sub(front)?).ok()?;
        if skip >= self.events.len() {
            return None;
        }
        let mut bytes = 0;
        let within = |event: &&Arc<StoredEvent>| {
            let fits = event.pos <= upto && bytes < bytes_max;
            bytes += event.bytes();
            fits
        };
        Some(self.events.range(skip..).take(limit).take_while(within).cloned().collect())
    }

    /// A key that the store may not have yet.
    pub(crate) fn find(&self, key: &[u8; 16]) -> Option<KeyEntry> {
        self.keys.get(key).cloned()
    }

    /// Version of the newest event of a stream, if the store may not have that event yet.
    pub(crate) fn stream_version(&self, stream: &str) -> Option<u64> {
        self.streams.get(stream)?.back().map(|(version, _)| *version)
    }

    /// Versions and positions of the stream's events that the store may not have, ascending.
    pub(crate) fn stream_positions(&self, stream: &str) -> Vec<(u64, u64)> {
        self.streams.get(stream).map_or_else(Vec::new, |positions| positions.iter().copied().collect())
    }

    fn shrink(&mut self) {
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let applied = self.applied;
            let Some(oldest) = self.events.pop_front_if(|event| event.pos <= applied) else {
                break;
            };
            self.bytes -= oldest.bytes();
        }
    }
}
