//! Views left behind on the way through the log at start, at times that are asked for most and evenly in between: whoever
//! asks for a past begins there and not at the beginning. A copy shares with the views that go on whatever neither changes, so it costs
//! what has changed since. That is counted, and bounded: where conversations are many, those in between go first.

use std::sync::Arc;

use domain::time::{Millis, Timestamp};
use projections::Views;

use super::Replica;

/// How far back, oldest first: each a day more than what people say, so that it is before any hour of that day.
const AGES: [Millis; 8] = [
    Millis::days(366),
    Millis::days(181),
    Millis::days(91),
    Millis::days(61),
    Millis::days(31),
    Millis::days(15),
    Millis::days(8),
    Millis::days(2),
];
/// Which of them goes first where all are too many: what is long ago lies in files as well, and who asks for a month ago has to wait
/// longer without a copy than who asks for some days ago.
const LEAST_NEEDED: [usize; AGES.len()] = [0, 1, 2, 3, 5, 6, 4, 7];
/// Events between two of them at least: so many are read back in less time than a page may take.
const APART: u64 = 20_000;
/// Of those in between, at most; of more every second one goes.
const EVEN_MAX: usize = 32;
/// Bytes that all of them hold for themselves, at most: so many tenths of what the views hold that they were left by. With a fifth
/// of it, a month ago was 30 s away in a year of 100,000 conversations.
const TENTHS: usize = 20;
/// It need not be kept to where that is little ...
const BYTES_FREE: usize = 48 << 20;
/// ... and is less where that is much.
const BYTES_MAX: usize = 128 << 20;

/// Those that were left.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    /// The ages whose times lie ahead of what was read, latest first.
    ahead: Vec<(usize, Timestamp)>,
    apart: u64,
    /// The events from one of those in between to the next.
    stride: u64,
    tenths: usize,
    bytes_free: usize,
    /// Oldest first.
    left: Vec<Anchor>,
    last_of_age: u64,
    last_between: u64,
}

#[derive(Debug)]
struct Anchor {
    replica: Arc<Replica>,
    /// Which of [`AGES`]; else it is in between.
    age: Option<usize>,
    /// What the next one does not share, and so none after it.
    bytes: usize,
}

impl Anchors {
    /// To be left on a way that ends at this time.
    pub(crate) fn until(now: Timestamp) -> Self {
        Self {
            ahead: AGES.iter().enumerate().rev().map(|(age, back)| (age, now - *back)).collect(),
            apart: APART,
            stride: APART,
            tenths: TENTHS,
            bytes_free: BYTES_FREE,
            ..Self::default()
        }
    }

    /// Before an event of this time is applied to the views. Says whether something was left.
    pub(crate) fn pass(&mut self, recorded_at: Timestamp, views: &mut Views) -> bool {
        let mut age = None;
        while let Some((passed, _)) = self.ahead.pop_if(|(_, at)| *at < recorded_at) {
            age = Some(passed);
        }
        let pos = views.position();
        let age = age.filter(|_| pos >= self.last_of_age + self.apart);
        let between = self.stride > 0 && pos >= self.last_between + self.stride;
        if age.is_none() && !between {
            return false;
        }
        self.last_of_age = if age.is_some() { pos } else { self.last_of_age };
        self.last_between = if between { pos } else { self.last_between };
        views.pack();
        if let Some(last) = self.left.last_mut() {
            last.bytes = last.replica.views.apart(views);
        }
        self.left.push(Anchor { replica: Arc::new(Replica::new(views.clone())), age, bytes: 0 });
        let bytes_max = (views.apart(&Views::default()) * self.tenths / 10).min(BYTES_MAX).max(self.bytes_free);
        while self.between() > EVEN_MAX || self.bytes() > bytes_max {
            if !self.thin() {
                break;
            }
        }
        true
    }

    fn between(&self) -> usize {
        self.left.iter().filter(|anchor| anchor.age.is_none()).count()
    }

    /// What would be free without them.
    fn bytes(&self) -> usize {
        self.left.iter().map(|anchor| anchor.bytes).sum()
    }

    /// Lets some go: of those in between every second one, else the one that is needed least. Never the newest.
    fn thin(&mut self) -> bool {
        let before = self.left.len();
        if self.between() > 0 {
            let mut place = 0;
            self.left.retain(|anchor| {
                place += usize::from(anchor.age.is_none());
                anchor.age.is_some() || place % 2 == 0
            });
            self.stride *= 2;
        } else if let [others @ .., _] = self.left.as_slice() {
            let of_age = |age: &usize| others.iter().position(|anchor| anchor.age == Some(*age));
            if let Some(goes) = LEAST_NEEDED.iter().find_map(of_age) {
                self.left.remove(goes);
            }
        }
        for at in 1..self.left.len() {
            self.left[at - 1].bytes = self.left[at - 1].replica.views.apart(&self.left[at].replica.views);
        }
        self.left.len() < before
    }

    /// Those left so far.
    pub(crate) fn left(&self) -> Vec<Arc<Replica>> {
        self.left.iter().map(|anchor| anchor.replica.clone()).collect()
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
        pass_all(&bench, &mut anchors);
        assert!((EVEN_MAX / 3..=EVEN_MAX).contains(&anchors.between()) && anchors.stride > 3);
        let mut at = Vec::new();
        for anchor in &anchors.left {
            // Sharing with views that went on has changed nothing in it.
            let views = &anchor.replica.views;
            let then = bench.desk.at(AsOf::Position(views.position())).await.unwrap();
            assert_eq!(views.digest(), then.view(Views::digest));
            if anchor.age.is_some() {
                at.push((now - then.now()).0 / Millis::days(1).0);
            }
        }
        assert_eq!(at, [31, 15, 8, 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_copies_hold_for_themselves_is_bounded_and_the_newest_stays() {
        let bench = Bench::new().await;
        for day in 0..40 {
            bench.clock.advance(Millis::days(1));
            bench.says(&format!("3460000{day:04}"), "hi").await;
        }
        // Nothing is free, and nearly every byte of so few is changed by what comes next.
        let mut anchors = Anchors { apart: 1, stride: 3, tenths: 2, bytes_free: 0, ..Anchors::until(bench.desk.now()) };
        let views = pass_all(&bench, &mut anchors);
        let newest = &anchors.left.last().unwrap().replica.views;
        assert!(anchors.bytes() <= newest.apart(&Views::default()) / 5);
        assert_eq!(anchors.between(), 0);
        assert!(views.position() - newest.position() < 20, "the one of two days ago");
    }

    /// Goes through the bench's log.
    fn pass_all(bench: &Bench, anchors: &mut Anchors) -> Views {
        let mut views = Views::default();
        let read = bench.desk.reader().replay(0, &mut |stored| {
            let recorded = decode(&stored).unwrap();
            anchors.pass(recorded.recorded_at, &mut views);
            views.apply(&recorded);
            ControlFlow::Continue(())
        });
        read.unwrap();
        views
    }
}
