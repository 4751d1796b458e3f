//! The machine's clock, held by the time that has passed since the machine started: a wall clock that is set forwards or
//! back while we run (a wrong time server, a wrong hand) must not end every snooze at once or open what is closed.
//!
//! Where the two part by more than [`APART_MAX`] between readings, the old time goes on at the pace of the other clock until
//! the wall clock agrees with it again, or has stayed apart for [`DOUBTED_FOR`]: then it was set on purpose, and is believed.
//! It may then lie before what was told; the desk loop never goes back.
//!
//! A machine that was suspended is no jump, because the other clock counts that time too. What the clock says at start is
//! believed.

use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;

use super::{Clock, Doubt, SystemClock};

/// How far the clocks may part between two readings.
pub(super) const APART_MAX: Millis = Millis::seconds(60);
/// How long a wall clock that was set is doubted.
const DOUBTED_FOR: Millis = Millis::minutes(10);
/// Times it was set that are remembered.
const DOUBTS_MAX: usize = 16;

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub wall: Timestamp,
    /// Since some moment that stays the same, suspension included; never goes back.
    pub running: Millis,
}

/// Where readings come from.
pub trait Sources: Send + Sync + 'static {
    fn read(&self) -> Reading;
}

/// The machine's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSources;

impl Sources for SystemSources {
    fn read(&self) -> Reading {
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::Boottime;
        // Elsewhere a suspended machine may look like a wall clock that was set, and is believed ten minutes later.
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Monotonic;
        let running = rustix::time::clock_gettime(clock);
        let running = Millis(running.tv_sec as i64 * 1_000 + running.tv_nsec as i64 / 1_000_000);
        Reading { wall: SystemClock.now(), running }
    }
}

/// See the module.
#[derive(Debug)]
pub struct SteadyClock<S = SystemSources> {
    sources: S,
    held: Mutex<Option<Held>>,
}

/// What the time is told by.
#[derive(Debug, Clone)]
struct Held {
    /// The newest reading in which the clocks agreed.
    trusted: Reading,
    /// Since when they do not.
    doubted_since: Option<Millis>,
    /// The last times they did not, oldest first.
    doubts: Vec<Doubt>,
}

impl SteadyClock {
    /// With the machine's clocks.
    pub fn system() -> Self {
        Self::new(SystemSources)
    }
}

impl<S: Sources> SteadyClock<S> {
    /// With clocks of one's own.
    pub fn new(sources: S) -> Self {
        Self { sources, held: Mutex::new(None) }
    }
}

impl<S: Sources> Clock for SteadyClock<S> {
    fn now(&self) -> Timestamp {
        let mut held = self.held.lock();
        // Read under the lock: readings then come in the order in which they are judged.
        let reading = self.sources.read();
        match &mut *held {
            Some(held) => held.tell(reading),
            None => {
                *held = Some(Held { trusted: reading, doubted_since: None, doubts: Vec::new() });
                reading.wall
            }
        }
    }

    fn doubts(&self) -> Vec<Doubt> {
        // Looked at anew: nobody may have asked for the time since it was set.
        self.now();
        self.held.lock().as_ref().map(|held| held.doubts.clone()).unwrap_or_default()
    }
}

impl Held {
    fn tell(&mut self, reading: Reading) -> Timestamp {
        let passed = Millis(reading.running.0.saturating_sub(self.trusted.running.0));
        let expected = self.trusted.wall + passed;
        let apart = reading.wall - expected;
        if apart.0.abs() <= APART_MAX.0 {
            if self.doubted_since.is_some() {
                tracing::warn!("the wall clock agrees again");
            }
            return self.trust(reading);
        }
        let (wall, doubts) = (reading.wall, &mut self.doubts);
        let since = *self.doubted_since.get_or_insert_with(|| {
            if doubts.len() == DOUBTS_MAX {
                doubts.remove(0);
            }
            doubts.push(Doubt { n: doubts.last().map_or(0, |last| last.n) + 1, wall, expected, lasts: true });
            tracing::warn!(
                apart_ms = apart.0,
                "the wall clock was set; the old time goes on until it agrees, or ten minutes"
            );
            reading.running
        });
        if reading.running.0 - since.0 >= DOUBTED_FOR.0 {
            tracing::warn!(apart_ms = apart.0, "the wall clock stayed where it was set and is believed from now on");
            return self.trust(reading);
        }
        expected
    }

    fn trust(&mut self, reading: Reading) -> Timestamp {
        if let Some(doubt) = self.doubts.last_mut() {
            doubt.lasts = false;
        }
        (self.trusted, self.doubted_since) = (reading, None);
        reading.wall
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Clocks that a test sets: the wall's and the other's, in seconds.
    #[derive(Default, Clone)]
    struct Hands(Arc<Mutex<(i64, i64)>>);

    impl Sources for Hands {
        fn read(&self) -> Reading {
            let (wall, running) = *self.0.lock();
            Reading { wall: Timestamp::from_seconds(wall), running: Millis::seconds(running) }
        }
    }

    const NOON: i64 = 1_795_392_000;
    const DAY: i64 = 86_400;

    struct Bench {
        hands: Hands,
        clock: SteadyClock<Hands>,
    }

    impl Bench {
        fn new() -> Self {
            let hands = Hands::default();
            *hands.0.lock() = (NOON, 1_000);
            let bench = Self { clock: SteadyClock::new(hands.clone()), hands };
            assert_eq!(bench.told(), 0);
            bench
        }
        /// Time passes on both clocks.
        fn pass(&self, seconds: i64) {
            let mut hands = self.hands.0.lock();
            *hands = (hands.0 + seconds, hands.1 + seconds);
        }
        /// The wall clock is set.
        fn set(&self, by: i64) {
            self.hands.0.lock().0 += by;
        }
        /// What it says, in seconds after the beginning.
        fn told(&self) -> i64 {
            self.clock.now().as_millis() / 1_000 - NOON
        }
    }

    #[test]
    fn a_clock_that_is_set_and_set_back_is_never_told() {
        for by in [3 * DAY, -5 * DAY] {
            let bench = Bench::new();
            bench.pass(10);
            bench.set(by);
            assert_eq!(bench.told(), 10);
            bench.pass(500);
            assert_eq!(bench.told(), 510, "the old time goes on");
            bench.set(-by);
            assert_eq!(bench.told(), 510);
            bench.pass(5);
            assert_eq!(bench.told(), 515);
        }
    }

    #[test]
    fn a_clock_that_stays_where_it_was_set_is_believed_after_ten_minutes() {
        let bench = Bench::new();
        bench.set(3 * DAY);
        assert_eq!(bench.told(), 0);
        bench.pass(599);
        assert_eq!(bench.told(), 599);
        bench.pass(1);
        assert_eq!(bench.told(), 600 + 3 * DAY);
        bench.pass(1);
        assert_eq!(bench.told(), 601 + 3 * DAY);
    }

    #[test]
    fn every_jump_has_its_own_ten_minutes() {
        let bench = Bench::new();
        bench.set(DAY);
        assert_eq!(bench.told(), 0);
        bench.pass(500);
        bench.set(-DAY);
        assert_eq!(bench.told(), 500);
        bench.set(DAY);
        assert_eq!(bench.told(), 500);
        bench.pass(500);
        assert_eq!(bench.told(), 1_000);
    }

    #[test]
    fn each_jump_is_told_of_once_with_what_both_clocks_said() {
        let bench = Bench::new();
        assert_eq!(bench.clock.doubts(), []);
        let doubted = |n: u64, wall: i64, expected: i64, lasts: bool| {
            let at = |seconds| Timestamp::from_seconds(NOON + seconds);
            Doubt { n, wall: at(wall), expected: at(expected), lasts }
        };
        bench.pass(10);
        bench.set(DAY);
        assert_eq!(bench.clock.doubts(), [doubted(1, DAY + 10, 10, true)]);
        bench.pass(100);
        assert_eq!(bench.clock.doubts(), [doubted(1, DAY + 10, 10, true)]);
        bench.set(-DAY);
        let first = doubted(1, DAY + 10, 10, false);
        assert_eq!(bench.clock.doubts(), [first], "it agrees again");
        bench.set(-DAY);
        assert_eq!(bench.clock.doubts(), [first, doubted(2, 110 - DAY, 110, true)]);
        bench.pass(600);
        assert_eq!(bench.clock.doubts(), [first, doubted(2, 110 - DAY, 110, false)], "it is believed");
    }

    #[test]
    fn corrections_of_up_to_a_minute_are_followed() {
        let bench = Bench::new();
        bench.set(60);
        assert_eq!(bench.told(), 60);
        bench.set(-60);
        assert_eq!(bench.told(), 0);
        bench.set(61);
        assert_eq!(bench.told(), 0);
        // Close enough again is enough.
        bench.set(-20);
        assert_eq!(bench.told(), 41);
    }

    #[test]
    fn a_suspended_machine_is_no_jump() {
        let bench = Bench::new();
        bench.pass(9 * DAY);
        assert_eq!(bench.told(), 9 * DAY);
    }

    #[test]
    fn the_machines_own_clocks_are_told_as_they_are() {
        let clock = SteadyClock::system();
        let (before, told, after) = (SystemClock.now(), clock.now(), SystemClock.now());
        assert!(before <= told && told <= after);
        assert!(SystemSources.read().running.0 > 0);
    }

    #[test]
    fn many_threads_are_told_one_time() {
        let bench = Bench::new();
        bench.set(DAY);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| assert_eq!(bench.told(), 0)));
            }
        });
    }
}
