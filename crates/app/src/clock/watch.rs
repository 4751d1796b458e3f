//! Writes down that the wall clock was set, once for each time, and that it lay before the log's newest event at start.

use domain::event::StreamId;
use domain::event::workspace::{Against, ClockSuspected};
use domain::time::{Millis, Timestamp};

use super::steady::APART_MAX;
use crate::Desk;
use crate::workers::{Next, Worker};

/// How often it is looked at. What is set and set back meanwhile is remembered by the clock.
const EVERY: Millis = Millis::seconds(5);

/// What was written down.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// The clock's newest doubt.
    doubts: u64,
    /// What the wall clock said at start and what the log did, until it is written down.
    behind: Option<(Timestamp, Timestamp)>,
}

impl Noted {
    /// With the wall clock and the newest time of the log at start.
    pub(crate) fn at_start(wall: Timestamp, head_at: Timestamp) -> Self {
        Self { doubts: 0, behind: (head_at - wall > APART_MAX).then_some((wall, head_at)) }
    }
}

impl Desk {
    /// Whether the wall clock says what it should, as far as anybody can know.
    pub fn trusts_clock(&self) -> bool {
        let clock = &self.shared.clock;
        let agrees = clock.doubts().last().is_none_or(|doubt| !doubt.lasts);
        agrees && self.shared.head_at_start - clock.now() <= APART_MAX
    }
}

/// See the module.
pub(crate) struct ClockWorker(Desk);

impl ClockWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk)
    }

    async fn note(&self, against: Against, wall: Timestamp, expected: Timestamp) -> bool {
        let noted = self.0.work(move |step| {
            step.emit(StreamId::Workspace, ClockSuspected { against, wall, expected });
            Ok(())
        });
        noted.await.inspect_err(|error| tracing::warn!(%error, "that the clock was set is not written down")).is_ok()
    }
}

impl Worker for ClockWorker {
    const NAME: &'static str = "clock";

    async fn step(&mut self) -> Next {
        let desk = self.0.clone();
        let behind = desk.shared.clock_noted.lock().behind;
        if let Some((wall, head_at)) = behind
            && self.note(Against::LogHead, wall, head_at).await
        {
            desk.shared.clock_noted.lock().behind = None;
        }
        let doubts = desk.shared.clock_noted.lock().doubts;
        for doubt in desk.shared.clock.doubts().into_iter().filter(|doubt| doubt.n > doubts) {
            if !self.note(Against::Running, doubt.wall, doubt.expected).await {
                break;
            }
            desk.shared.clock_noted.lock().doubts = doubt.n;
        }
        Next::at(desk.now() + EVERY)
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Event;

    use super::*;
    use crate::clock::Clock;
    use crate::testing::Bench;

    fn suspected(bench: &Bench) -> Vec<ClockSuspected> {
        let told = |event| match event {
            Event::ClockSuspected(event) => Some(event),
            _ => None,
        };
        bench.events().into_iter().filter_map(told).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_desk_that_wakes_before_its_logs_end_says_so_once_and_goes_on_where_the_log_ended() {
        let bench = Bench::new().await;
        bench.clock.advance(Millis::days(5));
        bench.says("34600000001", "hi").await;
        let head_at = bench.clock.now();
        bench.clock.advance(Millis(-Millis::days(2).0));
        let bench = bench.restarted();
        assert!(!bench.desk.trusts_clock());
        let mut worker = ClockWorker::new(bench.desk.clone());
        worker.step().await;
        worker.step().await;
        let told = suspected(&bench);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].against, told[0].expected), (Against::LogHead, head_at));
        assert_eq!(head_at - told[0].wall, Millis(Millis::days(2).0 - 1));
        let recorded = bench.desk.reader().get(bench.desk.position()).unwrap().unwrap();
        assert_eq!(recorded.recorded_at_ms, head_at.as_millis(), "log time does not go back");
        bench.clock.advance(Millis::days(2));
        assert!(bench.desk.trusts_clock());
    }
}
