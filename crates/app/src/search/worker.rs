//! The worker that keeps search at the log's heels.

use domain::time::{Millis, Timestamp};

use super::feed::Fed;
use crate::Desk;
use crate::background::Waits;
use crate::workers::{Next, Worker};

/// How often it looks: before what was just said leaves memory.
const LOOK_EVERY: Millis = Millis(100);
/// How often what it found can be searched. Each time makes a segment, so it is not more often than people need …
const SHOW_EVERY: Millis = Millis(500);
/// … and less often while more than [`MUCH`] events wait, because segments cost as much for themselves as what is in them.
const SHOW_MUCH_EVERY: Millis = Millis::seconds(2);
const MUCH: u64 = 2_000;
/// How long one step works at most, so that stopping need not wait.
const STEP_MAX: Millis = Millis::seconds(1);
/// When to try again what failed.
const AGAIN_AFTER: Millis = Millis::seconds(10);

/// See the module.
pub(crate) struct SearchWorker {
    desk: Desk,
    /// Ends the work of a step when this is dropped.
    waits: Waits,
    /// When all that was found could last be searched.
    shown_at: Timestamp,
}

impl SearchWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        let shown_at = desk.now();
        Self { desk, waits: Waits::default(), shown_at }
    }
}

impl Worker for SearchWorker {
    const NAME: &'static str = "search";

    async fn step(&mut self) -> Next {
        let opened = self.desk.searched_to() > 0;
        if opened && self.desk.searched_to() == self.desk.position() {
            return Next::at(self.desk.now() + LOOK_EVERY);
        }
        let (desk, left) = (self.desk.clone(), self.waits.left());
        let (begun, shown_at) = (desk.now(), self.shown_at);
        let work = move || {
            let stop = || left() || desk.is_draining() || desk.now() - begun >= STEP_MAX;
            let due = |waiting: u64| {
                let every = if waiting > MUCH { SHOW_MUCH_EVERY } else { SHOW_EVERY };
                // A clock that was set back must not hold it up.
                desk.is_draining() || !(shown_at..shown_at + every).contains(&desk.now())
            };
            desk.feed_search(&stop, &due)
        };
        let wait = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(Fed { behind: true, .. })) => Millis(0),
            Ok(Ok(Fed { behind: false, shown })) => {
                if shown {
                    self.shown_at = self.desk.now();
                }
                LOOK_EVERY
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "search falls behind");
                AGAIN_AFTER
            }
            Err(_) => AGAIN_AFTER,
        };
        Next::at(self.desk.now() + wait)
    }
}
