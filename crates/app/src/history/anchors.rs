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
    apart: u64,
    left: Vec<Views>,
}

impl Anchors {
    /// To be left on a way that ends at this time.
    pub(crate) fn until(now: Timestamp) -> Self {
        Self { ahead: AGES.iter().rev().map(|age| now - *age).collect(), apart: APART, left: Vec::new() }
    }

    /// Before an event of this time is applied to the views.
    pub(crate) fn pass(&mut self, recorded_at: Timestamp, views: &Views) {
        let mut passed = false;
        while self.ahead.last().is_some_and(|at| *at < recorded_at) {
            self.ahead.pop();
            passed = true;
        }
        let last = self.left.last().map_or(0, Views::position);
        if passed && views.position() >= last + self.apart {
            self.left.push(views.clone());
        }
    }

    /// Those left so far, by position.
    pub(crate) fn into_views(self) -> Vec<Views> {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::codec::decode;
    use crate::history::AsOf;
    use crate::testing::Bench;

    /// Forty days, a message a day.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_left_on_the_way_is_what_was_there_at_its_time() {
        let bench = Bench::new().await;
        for day in 0..40 {
            bench.clock.advance(Millis::days(1));
            bench.says(&format!("3460000{day:04}"), "hi").await;
        }
        let now = bench.desk.now();
        let mut anchors = Anchors { apart: 10, ..Anchors::until(now) };
        let mut views = Views::default();
        bench
            .desk
            .reader()
            .replay(0, &mut |stored| {
                let recorded = decode(&stored).unwrap();
                anchors.pass(recorded.recorded_at, &views);
                views.apply(&recorded);
                ControlFlow::Continue(())
            })
            .unwrap();
        let left = anchors.into_views();
        let mut at = Vec::new();
        for anchor in &left {
            // Sharing with views that went on has changed nothing in it.
            let then = bench.desk.at(AsOf::Position(anchor.position())).await.unwrap();
            assert_eq!(anchor.digest(), then.view(Views::digest));
            at.push((now - then.now()).0 / Millis::days(1).0);
        }
        assert_eq!(at, [30, 14, 7, 1]);
    }
}
