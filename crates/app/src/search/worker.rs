//! The worker that keeps search at the log's heels.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::time::Millis;

use crate::Desk;
use crate::workers::{Next, Worker};

/// How often it looks. Every look that finds something makes a segment, so it is not more often than people need.
const EVERY: Millis = Millis(500);
/// How long one step works at most, so that stopping need not wait.
const STEP_MAX: Millis = Millis::seconds(1);
/// When to try again what failed.
const AGAIN_AFTER: Millis = Millis::seconds(10);

/// See the module.
pub(crate) struct SearchWorker {
    desk: Desk,
    /// Ends the work of a step that nobody waits for any more.
    gone: Arc<AtomicBool>,
}

impl SearchWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk, gone: Arc::default() }
    }
}

impl Drop for SearchWorker {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

impl Worker for SearchWorker {
    const NAME: &'static str = "search";

    async fn step(&mut self) -> Next {
        let opened = self.desk.searched_to() > 0;
        if opened && self.desk.searched_to() == self.desk.position() {
            return Next::at(self.desk.now() + EVERY);
        }
        let (desk, gone) = (self.desk.clone(), self.gone.clone());
        let begun = desk.now();
        let work = move || {
            let stop = || gone.load(Ordering::Relaxed) || desk.is_draining() || desk.now() - begun >= STEP_MAX;
            desk.feed_search(&stop)
        };
        let wait = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(true)) => Millis(0),
            Ok(Ok(false)) => EVERY,
            Ok(Err(error)) => {
                tracing::error!(%error, "search falls behind");
                AGAIN_AFTER
            }
            Err(_) => AGAIN_AFTER,
        };
        Next::at(self.desk.now() + wait)
    }
}
