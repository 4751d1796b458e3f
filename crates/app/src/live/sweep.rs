//! The worker that ends what nobody says any more.

use domain::time::Millis;

use super::signals::TOLD_EVERY;
use crate::Desk;
use crate::workers::{Next, Worker};

/// How often it looks while nothing goes on.
const IDLE: Millis = Millis::seconds(1);

/// See the module.
pub(crate) struct SignalWorker {
    desk: Desk,
}

impl SignalWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

impl Worker for SignalWorker {
    const NAME: &'static str = "signals";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        self.desk.signals().step(now);
        let wait = if self.desk.signals().rooms().0.is_empty() { IDLE } else { TOLD_EVERY };
        Next::at(now + wait)
    }
}
