//! Views left behind on the way through the log at start, at times that are asked for most and evenly in between: whoever
//! asks for a past begins there and not at the beginning. A copy shares with the views that go on whatever neither changes, so it costs
//! what has happened since.

use std::sync::Arc;

use domain::time::{Millis, Timestamp};
use projections::Views;

use super::Replica;

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
/// Of those in between, at most; of more every second one goes.
const EVEN_MAX: usize = 32;
/// Conversations in all of those in between: of each a copy keeps some 50 bytes that it does not share.
const CONVERSATIONS_MAX: usize = 4_000_000;

/// Those that were left.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    /// The times that lie ahead of what was read, latest first.
    ahead: Vec<Timestamp>,
    apart: u64,
    left: Vec<Arc<Replica>>,
    /// Those in between, and the events from one to the next.
    even: Vec<Arc<Replica>>,
    stride: u64,
}

impl Anchors {
    /// To be left on a way that ends at this time.
    pub(crate) fn until(now: Timestamp) -> Self {
        Self {
            ahead: AGES.iter().rev().map(|age| now - *age).collect(),
            apart: APART,
            stride: APART,
            ..Self::default()
        }
    }

    /// Before an event of this time is applied to the views. Says whether something was left.
    pub(crate) fn pass(&mut self, recorded_at: Timestamp, views: &Views) -> bool {
        let mut passed = false;
        while self.ahead.last().is_some_and(|at| *at < recorded_at) {
            self.ahead.pop();
            passed = true;
        }
        let last = |left: &[Arc<Replica>]| left.last().map_or(0, |replica| replica.views.position());
        let of_an_age = passed && views.position() >= last(&self.left) + self.apart;
        if of_an_age {
            self.left.push(Arc::new(Replica::new(views.clone())));
        }
        let in_between = self.stride > 0 && views.position() >= last(&self.even) + self.stride;
        if in_between {
            self.even.push(Arc::new(Replica::new(views.clone())));
            self.thin();
        }
        of_an_age || in_between
    }

    fn thin(&mut self) {
        let held = |even: &[Arc<Replica>]| even.iter().map(|replica| replica.views.inbox.len()).sum::<usize>();
        while self.even.len() > EVEN_MAX || (self.even.len() > 1 && held(&self.even) > CONVERSATIONS_MAX) {
            let mut place = 0;
            self.even.retain(|_| {
                place += 1;
                place % 2 == 0
            });
            self.stride *= 2;
        }
    }

    /// Those left so far.
    pub(crate) fn left(&self) -> Vec<Arc<Replica>> {
        self.left.iter().chain(&self.even).cloned().collect()
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
        let mut anchors = Anchors { apart: 10, stride: 3, ..Anchors::until(now) };
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
        assert!((EVEN_MAX / 2..=EVEN_MAX).contains(&anchors.even.len()) && anchors.stride > 3);
        for anchor in anchors.even.iter().map(|replica| &replica.views) {
            let then = bench.desk.at(AsOf::Position(anchor.position())).await.unwrap();
            assert_eq!(anchor.digest(), then.view(Views::digest));
        }
        let left = anchors.left;
        let mut at = Vec::new();
        for anchor in left.iter().map(|replica| &replica.views) {
            // Sharing with views that went on has changed nothing in it.
            let then = bench.desk.at(AsOf::Position(anchor.position())).await.unwrap();
            assert_eq!(anchor.digest(), then.view(Views::digest));
            at.push((now - then.now()).0 / Millis::days(1).0);
        }
        assert_eq!(at, [30, 14, 7, 1]);
    }
}
