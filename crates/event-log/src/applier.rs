//! Brings the store up to the journal, one step behind: a thread takes what was made durable and applies it in
//! windows of many batches, because a row in the store costs ten times what an event costs in the journal. Until
//! a window is applied, readers find its events in [`Recent`](crate::recent::Recent), so nobody sees the lag.
//!
//! Now and then the same thread makes the store survive a power cut, which only shortens the next open: nobody who waits for an
//! answer waits for that. On a full disk it stands still, because sled takes a failed write as its end.
//!
//! A store that fails is left alone from then on: reads stay right, the writer stops at its next append.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, RwLock};

use crate::disk::Disk;
use crate::recent::Recent;
use crate::record::{Hash, Record};
use crate::store::{Batch, Pace, Store, state};

/// A window is applied when it has this many events …
const WINDOW_EVENTS: u64 = 4096;
/// … or batches (they share one row of 16 KiB) …
pub(crate) const WINDOW_BATCHES: usize = 200;
/// … or bytes …
const WINDOW_BYTES: usize = 4 << 20;
/// … or is this old. Nobody waits for it, and a window makes a row in each tree, however little is in it: where each message was one of its
/// own, which at a desk's pace is a window every 200 ms, the store took 7.7 KB an event instead of 330 bytes.
const WINDOW_AGE: Duration = Duration::from_secs(600);
/// The writer waits while more than this is not yet applied.
const BACKLOG_BYTES: usize = 32 << 20;
/// And while it is more batches than this.
const BACKLOG_BATCHES: usize = 8192;

/// The store is synced after so many events …
const SYNC_EVENTS: u64 = 100_000;
/// … or when nothing came for this long.
const SYNC_IDLE: Duration = Duration::from_secs(5);
/// How often a full disk is looked at.
const ROOM_AGAIN: Duration = Duration::from_millis(200);

/// How much space the store leaves on the disk.
pub(crate) struct Room {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) dir: PathBuf,
    pub(crate) bytes: u64,
}

impl Room {
    fn is_there(&self) -> bool {
        // A volume that cannot be asked is one that cannot be written either: let the write tell.
        self.disk.free_bytes(&self.dir).map_or(true, |free| free >= self.bytes)
    }
}

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
pub(crate) fn apply(
    store: &Store,
    window: &[Work],
    keys_before: u64,
    pace: Pace,
) -> Result<u64, crate::store::StoreFault> {
    let batches: Vec<Batch<'_>> = window.iter().map(Work::batch).collect();
    store.apply(&batches, keys_before, pace)
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
    /// The disk is full; nothing is applied for now.
    no_room: bool,
    closed: bool,
    fault: Option<String>,
}

impl Applier {
    pub(crate) fn start(
        store: Store,
        recent: Arc<RwLock<Recent>>,
        keys_total: u64,
        room: Room,
    ) -> std::io::Result<Applier> {
        let queue = Arc::new(Queue::default());
        let thread = std::thread::Builder::new().name("log-apply".to_owned()).spawn({
            let queue = Arc::clone(&queue);
            move || queue.work(&store, &recent, keys_total, &room)
        })?;
        Ok(Applier { queue, thread: Some(thread) })
    }

    /// Hands over a durable batch whose events are in `Recent` already; waits while too much is waiting.
    pub(crate) fn push(&self, work: Work) {
        let mut inner = self.queue.inner.lock();
        while (inner.waiting_bytes > BACKLOG_BYTES || inner.waiting.len() > BACKLOG_BATCHES)
            && inner.fault.is_none()
            && !inner.no_room
        {
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
        while (inner.busy || !inner.waiting.is_empty()) && inner.fault.is_none() && !inner.no_room {
            self.queue.changed.wait(&mut inner);
        }
        inner.hurry = false;
        if inner.no_room {
            return Err("the disk is full".to_owned());
        }
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

    /// What is left tells whether the store keeps up. Where it does not, giving way would end with the writer waiting.
    fn pace(&self) -> Pace {
        if self.enough() { Pace::Hurries } else { Pace::GivesWay }
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

/// What the thread does next.
enum Next {
    Apply(Vec<Work>, Pace),
    Sync,
    End,
}

impl Queue {
    fn work(&self, store: &Store, recent: &RwLock<Recent>, mut keys_total: u64, room: &Room) {
        let mut unsynced = 0;
        loop {
            let (window, pace) = match self.next(unsynced, room) {
                Next::Apply(window, pace) => (window, pace),
                Next::Sync => {
                    unsynced = 0;
                    if let Err(fault) = store.sync() {
                        tracing::warn!(fault = %fault.0, "the store is not synced this time");
                        state::no_longer_standing(&room.dir);
                    }
                    continue;
                }
                Next::End => return,
            };
            let result = apply(store, &window, keys_total, pace);
            if let (Ok(total), Some(last)) = (&result, window.last()) {
                keys_total = *total;
                recent.write().applied(last.last_pos());
                unsynced += window.iter().map(|work| u64::from(work.count)).sum::<u64>();
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

    /// Waits for something to do, until the log closes or the store has failed.
    fn next(&self, unsynced: u64, room: &Room) -> Next {
        let mut inner = self.inner.lock();
        loop {
            if inner.fault.is_some() {
                return Next::End;
            }
            let Some(since) = inner.since else {
                if inner.closed {
                    return Next::End;
                }
                if unsynced == 0 {
                    self.changed.wait(&mut inner);
                } else if self.changed.wait_for(&mut inner, SYNC_IDLE).timed_out()
                    && inner.since.is_none()
                    && room.is_there()
                {
                    return Next::Sync;
                }
                continue;
            };
            if !room.is_there() {
                if inner.closed {
                    // The journal has it; the next open brings the store up to it.
                    return Next::End;
                }
                inner.no_room = true;
                self.changed.notify_all();
                self.changed.wait_for(&mut inner, ROOM_AGAIN);
                continue;
            }
            inner.no_room = false;
            if unsynced >= SYNC_EVENTS {
                return Next::Sync;
            }
            if inner.enough() || self.changed.wait_until(&mut inner, since + WINDOW_AGE).timed_out() {
                let window = inner.take_window();
                inner.busy = !window.is_empty();
                if inner.busy {
                    return Next::Apply(window, inner.pace());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::disk::DiskFile;
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
        disk: Arc<Space>,
    }

    /// A disk with so many bytes free.
    struct Space(AtomicU64);

    impl Disk for Space {
        fn open(&self, _: &Path, _: bool) -> io::Result<Box<dyn DiskFile>> {
            Err(io::ErrorKind::Unsupported.into())
        }
        fn free_bytes(&self, _: &Path) -> io::Result<u64> {
            Ok(self.0.load(Ordering::SeqCst))
        }
    }

    fn rig() -> Rig {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("db"), 1 << 20).unwrap();
        let recent = Arc::new(RwLock::new(Recent::starting_at(0)));
        let disk = Arc::new(Space(AtomicU64::new(u64::MAX)));
        let room = Room { disk: Arc::clone(&disk) as Arc<dyn Disk>, dir: dir.path().to_owned(), bytes: 1 << 20 };
        let applier = Applier::start(store.clone(), Arc::clone(&recent), 0, room).unwrap();
        Rig { _dir: dir, store, recent, applier, disk }
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
    fn on_a_full_disk_the_store_stands_still_and_goes_on_when_there_is_room() {
        let rig = rig();
        rig.push(1, work(1));
        rig.applier.drain().unwrap();
        rig.disk.0.store(1000, Ordering::SeqCst);
        rig.push(2, work(2));
        assert!(rig.applier.drain().is_err());
        for pos in 3..10_000 {
            // More than the backlog holds: who appends learns of the full disk from the journal.
            rig.push(pos, work(pos));
        }
        assert_eq!(rig.store.applied().unwrap().unwrap().0.pos, 1);
        assert_eq!(rig.recent.read().read(1, 9_999, 1, 1).unwrap()[0].pos, 2, "reading goes on");
        assert!(rig.applier.fault().is_none());
        rig.disk.0.store(u64::MAX, Ordering::SeqCst);
        while rig.applier.drain().is_err() {}
        assert_eq!(rig.store.applied().unwrap().unwrap().0.pos, 9_999);
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
