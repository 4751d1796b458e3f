//! The worker that makes the next snapshot when it is worth it: when reading back what came since would take a start longer
//! than it should. A log that is short is read back faster than anything could be loaded, and gets none. It also
//! leaves copies for those who will ask for the past, and lets go what was read back for those who did and are gone.

use domain::time::{Millis, Timestamp};

use super::make::Unmade;
use crate::Desk;
use crate::background::Waits;
use crate::workers::{Next, Worker};

/// Events since the last one at least: half a second of reading back.
const EVENTS_MIN: u64 = 50_000;
/// And so many of all there are: the whole state is written each time.
const SHARE: u64 = 50;
/// Before a stop that is meant so many are enough.
const EVENTS_AT_STOP: u64 = 10_000;
/// Time between two, and before what failed is tried again.
const APART: Millis = Millis::minutes(10);

/// See the module.
pub(crate) struct SnapshotWorker {
    desk: Desk,
    next: Timestamp,
    /// Ends the work of a step when this is dropped.
    waits: Waits,
}

impl SnapshotWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        let next = desk.now();
        Self { desk, next, waits: Waits::default() }
    }

    fn since(&self) -> u64 {
        let newest = self.desk.shared.snapshots.positions().first().copied();
        self.desk.position().saturating_sub(newest.unwrap_or(0))
    }

    async fn make(&self, also_while_draining: bool) {
        let (desk, left) = (self.desk.clone(), self.waits.left());
        let work = move || {
            let stop = || left() || (!also_while_draining && desk.is_draining());
            desk.write_snapshot(&stop)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(_) | Err(Unmade::Stopped)) => {}
            Ok(Err(why)) => tracing::warn!(%why, "no snapshot was made"),
            Err(_) => tracing::error!("making a snapshot panicked"),
        }
    }
}

impl Worker for SnapshotWorker {
    const NAME: &'static str = "snapshots";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        self.desk.shared.history.forget_idle(now);
        let desk = self.desk.clone();
        if tokio::task::spawn_blocking(move || desk.leave_copy()).await.is_err() {
            tracing::error!("leaving a copy for the past panicked");
        }
        if now >= self.next && self.since() >= EVENTS_MIN.max(self.desk.position() / SHARE) {
            self.make(false).await;
            self.next = self.desk.now() + APART;
        }
        Next::at(self.next.max(now + Millis::minutes(1)))
    }

    async fn drain(&mut self) {
        if self.since() >= EVENTS_AT_STOP {
            self.make(true).await;
        }
    }

    async fn abandon(&mut self) {
        self.waits.leave();
    }
}
