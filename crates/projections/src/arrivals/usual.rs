//! What is usual in an hour of the week (in UTC): mean and variance of what was counted in that hour over the past weeks.
//! An hour in which nothing came counts as 0. The running hour and the one before it are not part of what they are held
//! against.

use domain::time::Timestamp;

/// Hours of a week.
const WEEK: i64 = 168;
/// Weeks remembered: each new one weighs at least the inverse of it, so that older ones fade.
pub const WEEKS_REMEMBERED: u8 = 8;
/// With fewer, nothing is usual yet.
pub const WEEKS_MIN: u8 = 2;
/// Of a longer silence only so much is gone through: nothing is left of what was before it.
const QUIET_WEEKS_MAX: i64 = 104;
const HOUR_MS: i64 = 3_600_000;

/// One hour of the week.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    mean: f32,
    variance: f32,
    weeks: u8,
}

impl Cell {
    /// Welford's update, with weights that do not fall below 1 / [`WEEKS_REMEMBERED`].
    fn take(&mut self, count: u32) {
        self.weeks = (self.weeks + 1).min(WEEKS_REMEMBERED);
        let weight = 1.0 / f64::from(self.weeks);
        let (mean, off) = (f64::from(self.mean), f64::from(count) - f64::from(self.mean));
        self.mean = (mean + weight * off) as f32;
        self.variance = ((1.0 - weight) * (f64::from(self.variance) + weight * off * off)) as f32;
    }
}

/// What is usual in an hour: as many as this, give or take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Expected {
    pub mean: f64,
    pub variance: f64,
}

impl std::ops::AddAssign for Expected {
    /// Of two that come independently of each other.
    fn add_assign(&mut self, more: Self) {
        self.mean += more.mean;
        self.variance += more.variance;
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub(super) struct Usual {
    /// The running hour, as of the last count.
    hour: i64,
    /// Counted in it, and in the one before.
    now: u32,
    before: u32,
    cells: Vec<Cell>,
}

impl Usual {
    /// Begins to count.
    pub(super) fn since(at: Timestamp) -> Self {
        Self { hour: hour(at), now: 0, before: 0, cells: vec![Cell::default(); WEEK as usize] }
    }

    /// One that came to be later than what it is a part of: it was 0 before.
    pub(super) fn part_of(whole: &Self) -> Self {
        let cells = whole.cells.iter().map(|cell| Cell { weeks: cell.weeks, ..Cell::default() }).collect();
        Self { hour: whole.hour, now: 0, before: 0, cells }
    }

    /// Nothing came up to this time beyond what was counted.
    pub(super) fn advance(&mut self, at: Timestamp) {
        let hour = hour(at);
        if hour - self.hour > WEEK * QUIET_WEEKS_MAX {
            (self.hour, self.now, self.before) = (hour - WEEK * QUIET_WEEKS_MAX, 0, 0);
        }
        while self.hour < hour {
            self.cells[cell(self.hour - 1)].take(self.before);
            (self.hour, self.before, self.now) = (self.hour + 1, self.now, 0);
        }
    }

    /// One more, at the time that was advanced to.
    pub(super) fn add(&mut self) {
        self.now += 1;
    }
    /// One less.
    pub(super) fn take_back(&mut self) {
        self.now = self.now.saturating_sub(1);
    }

    /// What is usual in the 60 minutes up to `now`: a share of each of the two hours they lie in. `None`: too few weeks.
    pub(super) fn expected(&self, now: Timestamp) -> Option<Expected> {
        let last = hour(now).max(self.hour);
        let share = (now.as_millis() - last * HOUR_MS).clamp(0, HOUR_MS) as f64 / HOUR_MS as f64;
        let mut expected = Expected::default();
        for (hour, share) in [(last - 1, 1.0 - share), (last, share)] {
            let cell = self.as_of(hour, last);
            if share > 0.0 && cell.weeks < WEEKS_MIN {
                return None;
            }
            expected += Expected { mean: share * f64::from(cell.mean), variance: share * f64::from(cell.variance) };
        }
        Some(expected)
    }

    /// All that is usual in a week.
    pub(super) fn weekly(&self) -> f32 {
        self.cells.iter().map(|cell| cell.mean).sum()
    }

    /// An hour's cell with what passed since the last count, where `last` is the running hour.
    fn as_of(&self, hour: i64, last: i64) -> Cell {
        let mut known = self.cells[cell(hour)];
        let first = self.hour - 1;
        let mut passed = first + (hour - first).rem_euclid(WEEK);
        let mut weeks = 0;
        while passed < last - 1 && weeks < QUIET_WEEKS_MAX {
            known.take(match self.hour - passed {
                0 => self.now,
                1 => self.before,
                _ => 0,
            });
            (passed, weeks) = (passed + WEEK, weeks + 1);
        }
        known
    }
}

fn hour(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MS)
}

/// The place of an hour in its week.
fn cell(hour: i64) -> usize {
    hour.rem_euclid(WEEK) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_millis(hour * HOUR_MS)
    }

    /// Weeks in which hour 10 of the week has these counts and every other hour none.
    fn weeks(counts: &[u32]) -> Usual {
        let mut usual = Usual::since(at(0));
        for (week, count) in counts.iter().enumerate() {
            usual.advance(at(week as i64 * WEEK + 10));
            (0..*count).for_each(|_| usual.add());
        }
        usual
    }

    fn mean(usual: &Usual, hour: i64) -> Option<f64> {
        // At its very end, where all of it counts.
        usual.expected(at(hour + 1)).map(|expected| expected.mean)
    }

    #[test]
    fn an_hour_is_held_against_the_same_hour_of_the_weeks_before_and_not_against_itself() {
        let usual = weeks(&[4, 8, 99]);
        assert_eq!(mean(&usual, 2 * WEEK + 10), Some(6.0), "the 99 are what is held against it");
        assert_eq!(mean(&usual, 2 * WEEK + 11), Some(0.0));
        assert_eq!(mean(&usual, 3 * WEEK + 10), Some(37.0), "a week later they are part of what is usual");
        let halfway = at(2 * WEEK + 10) + domain::time::Millis::minutes(30);
        assert_eq!(usual.expected(halfway).map(|expected| expected.mean), Some(3.0));
        assert_eq!(usual.expected(at(2 * WEEK + 11)).map(|expected| expected.variance), Some(4.0));
    }

    #[test]
    fn with_fewer_than_two_weeks_nothing_is_usual() {
        assert_eq!(mean(&weeks(&[4]), 10), None);
        assert_eq!(mean(&weeks(&[4]), WEEK + 10), None);
        assert_eq!(mean(&weeks(&[4]), 2 * WEEK + 10), Some(2.0), "a week without any counts as 0");
    }

    #[test]
    fn older_weeks_fade() {
        let mut counts = vec![800; 8];
        counts.extend([0; 24]);
        let usual = mean(&weeks(&counts), 32 * WEEK + 10).unwrap();
        assert!(usual < 40.0, "{usual}");
        assert_eq!(mean(&weeks(&[10; 40]), 40 * WEEK + 10), Some(10.0));
    }

    #[test]
    fn whether_it_was_looked_at_meanwhile_makes_no_difference() {
        for quiet in [0, 1, 2, 30, 166, 167, 168, 169, 170, 500, 1_344, 3_000, 17_000] {
            let mut looked = weeks(&[7, 5, 9, 4]);
            let asleep = looked.clone();
            let now = at(3 * WEEK + 10 + quiet);
            looked.advance(now);
            assert_eq!(asleep.expected(now), looked.expected(now), "{quiet}");
        }
    }
}
