//! After a start from a snapshot: what lies before it in the log is looked through beside the running desk, once, so that damage is found
//! as at any other start.

use domain::time::Millis;

use crate::Desk;
use crate::background::Waits;
use crate::workers::{Next, Worker};

/// When what failed is tried again.
const AGAIN_AFTER: Millis = Millis::minutes(10);

/// See the module.
pub(crate) struct LookThroughWorker {
    desk: Desk,
    done: bool,
    /// Ends the work of a step when this is dropped.
    waits: Waits,
}

impl LookThroughWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        let done = desk.shared.begun_after == 0;
        Self { desk, done, waits: Waits::default() }
    }
}

impl Worker for LookThroughWorker {
    const NAME: &'static str = "looking through the log";

    async fn step(&mut self) -> Next {
        if self.done {
            return Next::default();
        }
        let (desk, left) = (self.desk.clone(), self.waits.left());
        let work = move || desk.reader().look_through(&|| left() || desk.is_draining());
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(whole)) => self.done = whole,
            Ok(Err(error)) => tracing::error!(%error, "the log cannot be looked through"),
            Err(_) => tracing::error!("looking through the log panicked"),
        }
        Next::at(self.desk.now() + AGAIN_AFTER)
    }
}
