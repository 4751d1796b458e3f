//! Brings the store up to the journal, one step behind: a thread takes what was made durable and applies it in
//! windows of many batches, because a row in the store costs ten times what an event costs in the journal. Until
//! a window is applied, readers find its events in [`Recent`](crate::recent::Recent), so nobody sees the lag.
//!
//! A store that fails is left alone from then on: reads stay right, the writer stops at its next append.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};

use crate::recent::Recent;
use crate::record::{Hash, Record};
use crate::store::{Batch, Store};

/// A window is applied when it has this many events …
const WINDOW_EVENTS: u64 = 256;
/// … or batches (they share one row of 16 KiB) …
pub(crate) const WINDOW_BATCHES: usize = 200;
/// … or bytes …
const WINDOW_BYTES: usize = 4 << 20;
/// … or is this old.
const WINDOW_AGE: Duration = Duration::from_millis(20);
/// The writer waits while more than this is not yet applied.
const BACKLOG_BYTES: usize = 32 << 20;
/// And while it is more batches than this.
const BACKLOG_BATCHES: usize = 8192;

/// One durable batch that the store lacks.
pub(crate) struct Work {
    pub(crate) first_pos: u64,
    pub(crate) count: u32,
    pub(crate) hash: Hash,
    pub(crate) payload: Vec<u8>,
}

impl Work {
    pub(crate) fn of(record: &Record<'_>) -> Work {
        Work { first_pos: record.first_pos, count: record.count, hash: record.hash, payload: record.payload.to_vec() }
    }

    fn batch(&self) -> Batch<'_> {
        Batch { first_pos: self.first_pos, count: self.count, hash: self.hash, payload: &self.payload }
    }

    fn last_pos(&self) -> u64 {
        self.first_pos + u64::from(self.count) - 1
    }
}

/// Applies some batches in a row. Returns the number of keys taken up to the last.
pub(crate) fn apply(store: &Store, window: &[Work], keys_before: u64) -> Result<u64, crate::store::StoreFault> {
    let batches: Vec<Batch<'_>> = window.iter().map(Work::batch).collect();
    store.apply(&batches, keys_before)
}

/// Is this enough for one application?
pub(crate) fn is_full(window: &[Work]) -> bool {
    window.len() >= WINDOW_BATCHES
        || window.iter().map(|work| u64::from(work.count)).sum::<u64>() >= WINDOW_EVENTS
        || window.iter().map(|work| work.payload.len()).sum::<usize>() >= WINDOW_BYTES
}

/// Owns the thread. Dropping lets it finish what waits.
pub(crate) struct Applier {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Work>,
    waiting_bytes: usize,
    waiting_events: u64,
    /// When the oldest that waits came.
    since: Option<Instant>,
    busy: bool,
    /// Somebody waits for the end of the queue.
    hurry: bool,
    closed: bool,
    fault: Option<String>,
}

impl Applier {
    pub(crate) fn start(store: Store, recent: Arc<RwLock<Recent>>, keys_total: u64) -> std::io::Result<Applier> {
        let queue = Arc::new(Queue::default());
        let thread = std::thread::Builder::new().name("log-apply".to_owned()).spawn({
            let queue = Arc::clone(&queue);
            move || queue.work(&store, &recent, keys_total)
        })?;
        Ok(Applier { queue, thread: Some(thread) })
    }

    /// Hands over a durable batch whose events are in `Recent` already; waits while too much is waiting.
    pub(crate) fn push(&self, work: Work) {
        let mut inner = self.queue.inner.lock();
        while (inner.waiting_bytes > BACKLOG_BYTES || inner.waiting.len() > BACKLOG_BATCHES) && inner.fault.is_none() {
            self.queue.changed.wait(&mut inner);
        }
        if inner.waiting.is_empty() {
            inner.since = Some(Instant::now());
        }
        inner.waiting_bytes += work.payload.len();
        inner.waiting_events += u64::from(work.count);
        inner.waiting.push_back(work);
        let wake = inner.waiting.len() == 1 || inner.enough();
        drop(inner);
        if wake {
            self.queue.changed.notify_all();
        }
    }

    /// What stopped the store, if something did.
    pub(crate) fn fault(&self) -> Option<String> {
        self.queue.inner.lock().fault.clone()
    }

    /// Waits until the store has everything.
    pub(crate) fn drain(&self) -> Result<(), String> {
        let mut inner = self.queue.inner.lock();
        inner.hurry = true;
        self.queue.changed.notify_all();
        while (inner.busy || !inner.waiting.is_empty()) && inner.fault.is_none() {
            self.queue.changed.wait(&mut inner);
        }
        inner.hurry = false;
        inner.fault.clone().map_or(Ok(()), Err)
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        self.queue.inner.lock().closed = true;
        self.queue.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Inner {
    fn enough(&self) -> bool {
        self.hurry
            || self.closed
            || self.waiting.len() >= WINDOW_BATCHES
            || self.waiting_events >= WINDOW_EVENTS
            || self.waiting_bytes >= WINDOW_BYTES
    }

    fn take_window(&mut self) -> Vec<Work> {
        let mut window = Vec::new();
        while !is_full(&window) {
            let Some(work) = self.waiting.pop_front() else {
                break;
            };
            self.waiting_bytes -= work.payload.len();
            self.waiting_events -= u64::from(work.count);
            window.push(work);
        }
        if self.waiting.is_empty() {
            self.since = None;
        }
        window
    }
}

impl Queue {
    fn work(&self, store: &Store, recent: &RwLock<Recent>, mut keys_total: u64) {
        while let Some(window) = self.next_window() {
            let result = apply(store, &window, keys_total);
            if let (Ok(total), Some(last)) = (&result, window.last()) {
                keys_total = *total;
                recent.write().applied(last.last_pos());
            }
            let mut inner = self.inner.lock();
            inner.busy = false;
            if let Err(fault) = result {
                tracing::error!(fault = %fault.0, "the store does not take what the journal has");
                inner.fault = Some(fault.0);
            }
            drop(inner);
            self.changed.notify_all();
        }
    }

    /// Waits for a window; `None` when the log closes or the store has failed.
    fn next_window(&self) -> Option<Vec<Work>> {
        let mut inner = self.inner.lock();
        loop {
            if inner.fault.is_some() {
                return None;
            }
            match inner.since {
                Some(since) => {
                    if inner.enough() || self.changed.wait_until(&mut inner, since + WINDOW_AGE).timed_out() {
                        let window = inner.take_window();
                        inner.busy = !window.is_empty();
                        if inner.busy {
                            return Some(window);
                        }
                    }
                }
                None if inner.closed => return None,
                None => self.changed.wait(&mut inner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding;
    use crate::event::StoredEvent;

    fn event(pos: u64) -> StoredEvent {
        StoredEvent {
            pos,
            stream: "a".into(),
            version: pos,
            kind: "test.happened".into(),
            schema: 1,
            occurred_at_ms: 0,
            recorded_at_ms: 0,
            actor: "system".into(),
            correlation_id: None,
            causation_pos: None,
            facts: b"{}".to_vec().into(),
            sealed: None,
        }
    }

    fn work(pos: u64) -> Work {
        let mut payload = Vec::new();
        encoding::start(&mut payload, 1);
        encoding::put_event(&mut payload, &event(pos));
        encoding::put_keys(&mut payload, std::iter::empty());
        Work { first_pos: pos, count: 1, hash: [pos as u8; 32], payload }
    }

    struct Rig {
        _dir: tempfile::TempDir,
        store: Store,
        recent: Arc<RwLock<Recent>>,
        applier: Applier,
    }

    fn rig() -> Rig {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("db"), 1 << 20).unwrap();
        let recent = Arc::new(RwLock::new(Recent::starting_at(0)));
        let applier = Applier::start(store.clone(), Arc::clone(&recent), 0).unwrap();
        Rig { _dir: dir, store, recent, applier }
    }

    impl Rig {
        fn push(&self, pos: u64, work: Work) {
            self.recent.write().push(Arc::new(event(pos)));
            self.applier.push(work);
        }
    }

    #[test]
    fn what_is_pushed_arrives_in_order_and_is_forgotten_in_memory_only_then() {
        let rig = rig();
        for pos in 1..=1000 {
            rig.push(pos, work(pos));
            let seen = rig.recent.read().stream_version("a");
            assert!(seen == Some(pos) || rig.store.stream_version("a").unwrap() == pos);
        }
        rig.applier.drain().unwrap();
        assert_eq!(rig.recent.read().stream_version("a"), None);
        assert_eq!(rig.recent.read().applied_pos(), 1000);
        let (head, _) = rig.store.applied().unwrap().unwrap();
        assert_eq!((head.pos, head.hash), (1000, [1000u64 as u8; 32]));
        rig.store.check(1).unwrap();
        assert_eq!(rig.store.read(0, 1000, 2000, usize::MAX).unwrap().len(), 1000);
    }

    #[test]
    fn a_store_that_fails_is_left_alone_and_memory_keeps_what_it_lacks() {
        let rig = rig();
        rig.push(1, work(1));
        rig.applier.drain().unwrap();
        rig.push(2, Work { payload: b"not a batch".to_vec(), ..work(2) });
        assert!(rig.applier.drain().is_err());
        assert!(rig.applier.fault().is_some());
        for pos in 3..20_000 {
            // More than the backlog holds: nobody waits for a store that takes nothing.
            rig.push(pos, work(pos));
        }
        assert_eq!(rig.recent.read().applied_pos(), 1);
        assert_eq!(rig.recent.read().read(1, 19_999, 1, 1).unwrap()[0].pos, 2);
        assert_eq!(rig.store.applied().unwrap().unwrap().0.pos, 1);
    }
}
