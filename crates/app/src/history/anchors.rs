//! Views left behind on the way through the log at start, at times that are asked for most: whoever asks for such a past
//! begins there and not at the beginning. A copy shares with the views that go on whatever neither changes, so it costs
//! what has happened since.

use domain::time::{Millis, Timestamp};
use projections::Views;

/// How far back, oldest first.
const AGES: [Millis; 8] = [
    Millis::days(365),
    Millis::days(180),
    Millis::days(90),
    Millis::days(60),
    Millis::days(30),
    Millis::days(14),
    Millis::days(7),
    Millis::days(1),
];
/// Events between two of them at least: so many are read back in less time than a page may take.
const APART: u64 = 20_000;

/// Those that were left.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    /// The times that lie ahead of what was read, latest first.
    ahead: Vec<Timestamp>,
    left: Vec<Views>,
}

impl Anchors {
    /// To be left on a way that ends at this time.
    pub(crate) fn until(now: Timestamp) -> Self {
        Self { ahead: AGES.iter().rev().map(|age| now - *age).collect(), left: Vec::new() }
    }

    /// Before an event of this time is applied to the views.
    pub(crate) fn pass(&mut self, recorded_at: Timestamp, views: &Views) {
        let mut passed = false;
        while self.ahead.last().is_some_and(|at| *at < recorded_at) {
            self.ahead.pop();
            passed = true;
        }
        let last = self.left.last().map_or(0, Views::position);
        if passed && views.position() >= last + APART {
            self.left.push(views.clone());
        }
    }

    pub(crate) fn into_views(self) -> Vec<Views> {
        self.left
    }
}
