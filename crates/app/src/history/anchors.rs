//! Copies of the views, left behind now and then: whoever asks for a past begins at the nearest one and not at the log's beginning. They
//! are left on the way through the log at start and once a day while the desk runs, and are written with every snapshot. A copy
//! rests ([`super::resting`]) and shares with the views that go on whatever neither changes, so it costs what has changed since. That is
//! counted, and bounded; the further back, the further apart they are.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize, io};
use domain::time::{Millis, Timestamp};
use projections::Views;

use super::resting::Resting;

/// Ages that are asked for most, each a day more than what people say, so that it is before any hour of that day, and how many times as
/// much as another the nearest copy before it is worth: of these, who asks for a month ago would wait longest without.
const AGES: [(Millis, f64); 3] = [(Millis::days(2), 4.0), (Millis::days(8), 4.0), (Millis::days(31), 8.0)];
/// From one copy to the next, at least ...
const STEP_MIN: Millis = Millis::days(1);
/// ... and where it is long ago so many parts of how long.
const STEPS: i64 = 24;
/// What is long ago lies in files as well, so far apart in a year or so.
const FILES_APART: Millis = Millis::days(30);
/// Events between two of them at least: so many are read back in less time than a page may take.
const APART: u64 = 20_000;
/// Copies, at most.
const COUNT_MAX: usize = 64;
/// Bytes that all of them hold for themselves, at most: so many tenths of what the views hold that they were left by. With a fifth
/// of it, a month ago was 30 s away in a year of 100,000 conversations.
const TENTHS: usize = 20;
/// It need not be kept to where that is little ...
const BYTES_FREE: usize = 48 << 20;
/// ... and is less where that is much.
const BYTES_MAX: usize = 64 << 20;

/// Those that were left.
#[derive(Debug)]
pub(crate) struct Anchors {
    /// Oldest first.
    left: Vec<Anchor>,
    apart: u64,
    tenths: usize,
    bytes_free: usize,
}

#[derive(Debug)]
struct Anchor {
    copy: Arc<Resting>,
    /// No event in it was recorded later.
    at: Timestamp,
    /// What the next one does not share, and so none after it. Of the newest, nothing is known yet.
    bytes: usize,
}

/// Those there are at one time, to be written with a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Written(Vec<(Timestamp, Arc<Resting>)>);

impl Default for Anchors {
    fn default() -> Self {
        Self { left: Vec::new(), apart: APART, tenths: TENTHS, bytes_free: BYTES_FREE }
    }
}

impl Anchors {
    /// Those that were written.
    pub(crate) fn of(Written(written): Written) -> Self {
        let mut anchors = Self::default();
        written.into_iter().for_each(|(at, copy)| anchors.push(at, copy));
        anchors
    }

    /// As they are to be written.
    pub(crate) fn written(&self) -> Written {
        Written(self.left.iter().map(|anchor| (anchor.at, anchor.copy.clone())).collect())
    }

    /// The nearest one from which a position can be reached.
    pub(crate) fn before(&self, pos: u64) -> Option<&Arc<Resting>> {
        self.left.iter().rev().map(|anchor| &anchor.copy).find(|copy| copy.pos() <= pos)
    }

    /// Whether one is to be left of this position, where the last event is of this time.
    pub(crate) fn is_due(&self, pos: u64, at: Timestamp, now: Timestamp) -> bool {
        let Some(last) = self.left.last() else { return pos >= self.apart };
        pos >= last.pos() + self.apart && at - last.at >= STEP_MIN.max(Millis((now - at).0 / STEPS))
    }

    /// On a way through the log, before an event of this time is applied to the views: leaves a copy where one is due.
    pub(crate) fn pass(&mut self, views: &mut Views, at: Timestamp, now: Timestamp) {
        if self.is_due(views.position(), at, now) {
            views.pack();
            self.leave(Resting::of(views), at, now);
        }
    }

    /// Leaves a copy; some of the others may go.
    pub(crate) fn leave(&mut self, copy: Resting, at: Timestamp, now: Timestamp) {
        let bytes_max = (copy.bytes() * self.tenths / 10).min(BYTES_MAX).max(self.bytes_free);
        self.push(at, Arc::new(copy));
        while self.left.len() > COUNT_MAX || self.bytes() > bytes_max {
            if !self.thin(now) {
                break;
            }
        }
    }

    fn push(&mut self, at: Timestamp, copy: Arc<Resting>) {
        if let Some(last) = self.left.last_mut() {
            last.bytes = last.copy.apart(&copy);
        }
        self.left.push(Anchor { copy, at, bytes: 0 });
    }

    /// So few events between two.
    #[cfg(test)]
    pub(super) fn apart(&mut self, events: u64) {
        self.apart = events;
    }

    /// What would be free without them.
    pub(super) fn bytes(&self) -> usize {
        self.left.iter().map(|anchor| anchor.bytes).sum()
    }

    /// Lets the one go that is needed least. Never the newest.
    fn thin(&mut self, now: Timestamp) -> bool {
        let others = 0..self.left.len().saturating_sub(1);
        let Some(goes) = others.min_by(|one, other| self.worth(*one, now).total_cmp(&self.worth(*other, now))) else {
            return false;
        };
        self.left.remove(goes);
        if let Some(before) = goes.checked_sub(1) {
            self.left[before].bytes = self.left[before].copy.apart(&self.left[goes].copy);
        }
        true
    }

    /// How far apart its neighbours are, in parts of how long ago that is.
    fn worth(&self, at: usize, now: Timestamp) -> f64 {
        let (this, next) = (&self.left[at], &self.left[at + 1]);
        let before = at.checked_sub(1).map_or(this.at - FILES_APART, |before| self.left[before].at);
        let is_before = |age: Millis| this.at <= now - age && next.at > now - age;
        let times = AGES.iter().filter(|(age, _)| is_before(*age)).map(|(_, times)| *times).fold(1.0, f64::max);
        let gap = (next.at - before).0 as f64 / ((now - this.at).max(STEP_MIN).0 as f64);
        gap * times
    }

    /// Their positions, oldest first.
    #[cfg(test)]
    pub(super) fn positions(&self) -> Vec<u64> {
        self.left.iter().map(Anchor::pos).collect()
    }
}

impl Anchor {
    fn pos(&self) -> u64 {
        self.copy.pos()
    }
}

/// One after the other, so that no more than one of them does not rest.
impl BorshSerialize for Written {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        (self.0.len() as u32).serialize(out)?;
        self.0.iter().try_for_each(|(at, copy)| (at, copy.views()).serialize(out))
    }
}
impl BorshDeserialize for Written {
    fn deserialize_reader<R: io::Read>(from: &mut R) -> io::Result<Self> {
        let count = u32::deserialize_reader(from)?;
        let read = |_| {
            let (at, mut views) = <(Timestamp, Views)>::deserialize_reader(from)?;
            Ok((at, Arc::new(Resting::of(&mut views))))
        };
        Ok(Self((0..count).map(read).collect::<io::Result<_>>()?))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::codec::decode;
    use crate::history::AsOf;
    use crate::testing::Bench;

    /// A desk in which somebody writes every day.
    async fn days(count: i64) -> Bench {
        let bench = Bench::new().await;
        for day in 0..count {
            bench.clock.advance(Millis::days(1));
            bench.says(&format!("3460000{day:04}"), "hi").await;
        }
        bench
    }

    /// Goes through the bench's log as a start at a time does.
    fn pass_all(bench: &Bench, anchors: &mut Anchors, now: Timestamp) -> Views {
        let mut views = Views::default();
        let read = bench.desk.reader().replay(0, &mut |stored| {
            let recorded = decode(&stored).unwrap();
            anchors.pass(&mut views, recorded.recorded_at, now);
            views.apply(&recorded);
            ControlFlow::Continue(())
        });
        read.unwrap();
        views
    }

    fn ages(anchors: &Anchors, now: Timestamp) -> Vec<i64> {
        anchors.left.iter().map(|anchor| (now - anchor.at).0 / Millis::days(1).0).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_left_on_the_way_is_what_was_there_at_its_time() {
        let bench = days(120).await;
        let now = bench.desk.now();
        let mut anchors = Anchors { apart: 1, ..Anchors::default() };
        pass_all(&bench, &mut anchors, now);
        let ages = ages(&anchors, now);
        assert!(ages.windows(2).all(|pair| pair[0] - pair[1] <= 1 + pair[0] / STEPS), "{ages:?}");
        assert!(ages[0] > 110 && ages.len() <= COUNT_MAX, "{ages:?}");
        for anchor in anchors.left.iter().step_by(5) {
            // Sharing with views that went on has changed nothing in it.
            let mut views = anchor.copy.views();
            let then = bench.desk.at(AsOf::Position(views.position())).await.unwrap();
            assert!(views.facts.slots().next().is_none());
            views.facts = bench.desk.view(|live| live.facts.clone());
            assert_eq!(views.digest_then(), then.view(Views::digest_then));
            assert!(then.now() <= anchor.at);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_copies_hold_for_themselves_is_bounded_and_those_that_are_asked_for_go_last() {
        let bench = days(120).await;
        let now = bench.desk.now();
        // Nothing is free, and nearly every byte of so few is changed by what comes next.
        let mut anchors = Anchors { apart: 1, tenths: 30, bytes_free: 0, ..Anchors::default() };
        let views = pass_all(&bench, &mut anchors, now);
        let newest = &anchors.left.last().unwrap().copy;
        assert!(anchors.bytes() <= 3 * newest.bytes());
        assert!(views.position() - newest.pos() < 20, "the one of a day ago");
        let ages = ages(&anchors, now);
        let is_near = |age: i64| ages.iter().any(|left| (age..=age + age / 4).contains(left));
        assert!(ages.len() < 8 && [2, 8, 31].into_iter().all(is_near), "{ages:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_running_desk_leaves_one_a_day() {
        let bench = Bench::new().await;
        bench.desk.shared.history.apart(2);
        let left = || bench.desk.shared.history.left().0.len();
        for day in 0..3 {
            for n in 0..4 {
                bench.says(&format!("34600{day:04}{n}"), "hi").await;
                bench.clock.advance(Millis::hours(6));
                bench.desk.leave_copy();
                assert_eq!(left(), day + 1, "on day {day}");
            }
        }
        // Nothing happened since.
        bench.clock.advance(Millis::days(2));
        bench.desk.leave_copy();
        bench.clock.advance(Millis::days(2));
        bench.desk.leave_copy();
        assert_eq!(left(), 4);
    }
}
