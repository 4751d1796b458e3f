//! What was read from the log, opened and put together of late, kept for whoever asks again. It is people's words in the
//! clear, so it lies in memory only, is bounded, and is forgotten whole whenever a key is destroyed: what somebody was just
//! reading at that moment is not kept either. Nobody is let near it without having been asked for rights first, like the log.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::event::Recorded;
use domain::id_map::IdMap;
use domain::ids::{ContactId, ConversationId};
use parking_lot::RwLock;
use projections::timeline::Timeline;

/// Bytes, as they are stored, of the events whose conversations are kept put together; in memory some four times as much.
const TIMELINES_BYTES_MAX: usize = 8 << 20;
/// The same of single events.
const EVENTS_BYTES_MAX: usize = 4 << 20;
/// Contact names.
const NAMES_MAX: usize = 20_000;
/// What takes more than this share of the room is not kept: it would push out too many others.
const SHARE_MAX: usize = 16;

/// All that a desk keeps.
pub(crate) struct KeptOpen {
    /// Good for whoever wants no later version of the conversation.
    pub(crate) timelines: Kept<ConversationId, Arc<Timeline>>,
    /// What lists show of the log: the newest messages of rows, what is known of files. By position.
    pub(crate) events: Kept<u64, Arc<Recorded>>,
    /// With the version of the contact they were read at.
    pub(crate) names: Kept<ContactId, (u64, Option<String>)>,
}

impl Default for KeptOpen {
    fn default() -> Self {
        let (timelines, events) = (Kept::new(TIMELINES_BYTES_MAX), Kept::new(EVENTS_BYTES_MAX));
        Self { timelines, events, names: Kept::new(NAMES_MAX) }
    }
}

impl KeptOpen {
    /// After a key was destroyed, before anybody is told so.
    pub(crate) fn forget(&self) {
        self.timelines.forget();
        self.events.forget();
        self.names.forget();
    }
}

/// Things of one kind, up to a weight. What has not been asked for since room was made last goes first.
pub(crate) struct Kept<K, V> {
    most: usize,
    inner: RwLock<Inner<K, V>>,
}

struct Inner<K, V> {
    things: IdMap<K, Thing<V>>,
    /// In the order in which they are looked at when room is made.
    order: VecDeque<K>,
    weight: usize,
    /// How often everything was forgotten.
    forgotten: u64,
}

struct Thing<V> {
    value: V,
    weight: usize,
    asked: AtomicBool,
}

/// A moment. What is read after it may be kept, unless everything was forgotten meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since(u64);

impl<K: Copy + Eq + Hash, V: Clone> Kept<K, V> {
    fn new(most: usize) -> Self {
        let inner = Inner { things: IdMap::default(), order: VecDeque::new(), weight: 0, forgotten: 0 };
        Self { most, inner: RwLock::new(inner) }
    }

    pub(crate) fn get(&self, key: K) -> Option<V> {
        let inner = self.inner.read();
        let thing = inner.things.get(&key)?;
        // Written only where it changes something, so that readers leave each other's caches alone.
        if !thing.asked.load(Ordering::Relaxed) {
            thing.asked.store(true, Ordering::Relaxed);
        }
        Some(thing.value.clone())
    }

    /// Taken before what is to be kept is read.
    pub(crate) fn since(&self) -> Since {
        Since(self.inner.read().forgotten)
    }

    /// Keeps what was read since then.
    pub(crate) fn keep(&self, since: Since, key: K, value: V, weight: usize) {
        if weight > self.most / SHARE_MAX {
            return;
        }
        let inner = &mut *self.inner.write();
        if inner.forgotten != since.0 {
            return;
        }
        match inner.things.insert(key, Thing { value, weight, asked: AtomicBool::new(false) }) {
            Some(before) => inner.weight -= before.weight,
            None => inner.order.push_back(key),
        }
        inner.weight += weight;
        while inner.weight > self.most
            && let Some(oldest) = inner.order.pop_front()
        {
            if inner.things.get(&oldest).is_some_and(|thing| thing.asked.swap(false, Ordering::Relaxed)) {
                inner.order.push_back(oldest);
            } else if let Some(gone) = inner.things.remove(&oldest) {
                inner.weight -= gone.weight;
            }
        }
    }

    fn forget(&self) {
        let inner = &mut *self.inner.write();
        inner.things.clear();
        inner.order.clear();
        inner.weight = 0;
        inner.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_weight_is_never_passed() {
        let kept: Kept<u64, u64> = Kept::new(160);
        let since = kept.since();
        for n in 0..16 {
            kept.keep(since, n, n * 10, 10);
        }
        assert_eq!(kept.get(0), Some(0), "asked for");
        kept.keep(since, 16, 160, 10);
        assert_eq!((kept.get(0), kept.get(1), kept.get(16)), (Some(0), None, Some(160)));
        kept.keep(since, 99, 1, 11);
        assert_eq!(kept.get(99), None, "more than its share");
        for n in 100..1_000 {
            kept.keep(since, n, n, n as usize % 11);
            let inner = kept.inner.read();
            assert!(inner.weight <= 160 && inner.order.len() == inner.things.len(), "{n}");
            assert_eq!(inner.weight, inner.things.values().map(|thing| thing.weight).sum::<usize>());
        }
    }

    #[test]
    fn what_was_being_read_when_everything_was_forgotten_is_not_kept() {
        let kept: Kept<u64, &str> = Kept::new(160);
        kept.keep(kept.since(), 1, "words", 1);
        let since = kept.since();
        kept.forget();
        kept.keep(since, 2, "words", 1);
        assert_eq!((kept.get(1), kept.get(2)), (None, None));
        kept.keep(kept.since(), 2, "other words", 1);
        assert_eq!(kept.get(2), Some("other words"));
    }
}
