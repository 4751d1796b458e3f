//! One number: what samples add up to. Exact and the same in whatever order they come.
//!
//! A percentile is the nearest rank: the smallest value such that so many of a hundred are not above it, always one that
//! occurred; the median is the 50th. A mean is rounded to the nearest millisecond (or thousandth), half up; a ratio to four
//! decimals, half up.

use domain::time::Millis;

use super::metric::{Kind, Metric, Unit};
use super::sample::{Outcome, Value};
use super::values::Values;

/// What is gathered for one number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Milliseconds, or thousandths of amounts.
    values: Values,
    ones: u64,
    outcomes: [u64; 5],
    slots: Vec<u32>,
    level: i64,
}

/// One number. Every part is there only where its kind has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// How many were counted; of a share those that could (misses included), of a level how many stand.
    pub count: u64,
    /// Of lengths and amounts, where there is at least one.
    pub spread: Option<Spread>,
    /// Of shares.
    pub share: Option<Share>,
}

/// How values are spread: milliseconds, or thousandths of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    pub mean: i64,
    pub median: i64,
    pub p90: i64,
    pub p95: i64,
    pub max: i64,
    /// How many are not above the target, where there is one.
    pub within_target: Option<u64>,
    /// The half width of the 95 % interval of the mean; `None` with fewer than two.
    pub mean_margin: Option<i64>,
}

/// How many of those that could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    pub hits: u64,
    pub immature: u64,
    pub excluded: u64,
    /// Of promises: how many run at the end of the time asked about.
    pub open: u64,
}

impl Tally {
    /// Adds a sample of this conversation.
    #[inline]
    pub fn add(&mut self, kind: Kind, value: Value, slot: u32) {
        match value {
            Value::Length(Millis(length)) => self.values.push(length),
            Value::Amount(amount) => self.values.push(i64::from(amount) * 1_000),
            Value::One if kind == Kind::Distinct => self.slots.push(slot),
            Value::One => self.ones += 1,
            Value::Judged(outcome) => self.outcomes[outcome as usize] += 1,
            Value::Step(step) => self.level += i64::from(step),
        }
    }

    /// All of them together.
    pub(super) fn sum<'a>(parts: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let mut sum = Self { values: Values::all(parts.clone().map(|part| &part.values)), ..Self::default() };
        sum.slots.reserve_exact(parts.clone().map(|part| part.slots.len()).sum());
        parts.for_each(|part| sum.take_in_beside_values(part));
        sum
    }

    /// What another one gathered as well.
    pub(super) fn take_in(&mut self, other: &Self) {
        self.values.take_in(&other.values);
        self.take_in_beside_values(other);
    }

    fn take_in_beside_values(&mut self, other: &Self) {
        self.slots.extend_from_slice(&other.slots);
        self.ones += other.ones;
        self.level += other.level;
        self.outcomes.iter_mut().zip(other.outcomes).for_each(|(mine, more)| *mine += more);
    }

    /// How many stand.
    pub(super) fn level(&self) -> i64 {
        self.level
    }

    pub(super) fn set_level(&mut self, level: i64) {
        self.level = level;
    }

    /// The number. A target is in milliseconds.
    pub fn finish(self, metric: Metric, target: Option<Millis>) -> Cell {
        let none = Cell { count: 0, spread: None, share: None };
        match metric.kind() {
            Kind::Length | Kind::Amount => {
                let target = target.filter(|_| metric.kind() == Kind::Length);
                let count = self.values.len() as u64;
                Cell { count, spread: Spread::of(self.values, target), ..none }
            }
            Kind::Count => Cell { count: self.ones, ..none },
            Kind::Distinct => Cell { count: distinct(self.slots), ..none },
            Kind::Share => {
                let of = |outcome: Outcome| self.outcomes[outcome as usize];
                let hits = of(Outcome::Hit);
                let open = of(Outcome::Open) + u64::try_from(self.level).unwrap_or(0);
                let share = Share { hits, immature: of(Outcome::Immature), excluded: of(Outcome::Excluded), open };
                Cell { count: hits + of(Outcome::Miss), share: Some(share), ..none }
            }
            Kind::Level => Cell { count: u64::try_from(self.level).unwrap_or(0), ..none },
        }
    }
}

/// How many different ones there are.
fn distinct(mut slots: Vec<u32>) -> u64 {
    let (Some(least), Some(greatest)) = (slots.iter().min().copied(), slots.iter().max().copied()) else { return 0 };
    let words = (greatest - least) as usize / 64 + 1;
    // Where they lie close together, a mark for each is quicker than putting them in order.
    if words <= slots.len() {
        let mut marks = vec![0_u64; words];
        slots.iter().map(|slot| slot - least).for_each(|slot| marks[slot as usize / 64] |= 1 << (slot % 64));
        return marks.iter().map(|word| u64::from(word.count_ones())).sum();
    }
    slots.sort_unstable();
    slots.dedup();
    slots.len() as u64
}

impl Spread {
    fn of(mut values: Values, target: Option<Millis>) -> Option<Self> {
        let n = values.len();
        let (total, squares) = values.sums();
        // A rank is looked for among what the one before left above it.
        let rank = |percent: usize| (n * percent).div_ceil(100).saturating_sub(1);
        let [median, p90, p95] = values.ranked([rank(50), rank(90), rank(95)])?;
        Some(Self {
            mean: rounded(total, n as i128),
            median,
            p90,
            p95,
            max: values.max()?,
            within_target: target.map(|target| values.up_to(target.0)),
            mean_margin: margin(n, total, squares),
        })
    }
}

/// `total / n` to the nearest, half up.
fn rounded(total: i128, n: i128) -> i64 {
    (2 * total + n).div_euclid(2 * n) as i64
}

/// Student's t at 97.5 % for 1 to 30 degrees of freedom, in thousandths; beyond, that of 30 is a little too wide, which is
/// the side to err on, until 120.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// The half width of the 95 % interval of the mean, by Student's t; from exact sums, so that it is the same in whatever order
/// they were made.
fn margin(n: usize, total: i128, squares: i128) -> Option<i64> {
    if n < 2 {
        return None;
    }
    let count = n as i128;
    // The sum of the squared distances from the mean, less what is not a whole of it.
    let square = total.checked_mul(total)?;
    let (whole, part) = (square.div_euclid(count), square.rem_euclid(count));
    let distances = (squares - whole) as f64 - part as f64 / n as f64;
    let t = match n - 1 {
        few @ 1..=30 => STUDENT[few - 1],
        31..120 => 2.042,
        _ => 1.980,
    };
    Some((t * (distances.max(0.0) / (n - 1) as f64 / n as f64).sqrt()).round() as i64)
}

impl Cell {
    /// The headline in the metric's unit: a mean in seconds or messages, a ratio, a count. `None` where there is nothing to
    /// say.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric.kind() {
            Kind::Length | Kind::Amount => self.spread.map(|spread| thousandths(spread.mean)),
            Kind::Share => self.share.filter(|_| self.count > 0).map(|share| ratio(share.hits, self.count)),
            Kind::Count | Kind::Distinct | Kind::Level => Some(self.count as f64),
        }
    }

    /// The 95 % interval of the headline: Student's t for means, Wilson's for shares; none for counts, which are no sample
    /// of anything.
    pub fn interval(&self, metric: Metric) -> Option<(f64, f64)> {
        match metric.kind() {
            Kind::Length | Kind::Amount => {
                let spread = self.spread?;
                let margin = spread.mean_margin?;
                Some((thousandths((spread.mean - margin).max(0)), thousandths(spread.mean + margin)))
            }
            Kind::Share => self.share.filter(|_| self.count > 0).map(|share| wilson(share.hits, self.count)),
            Kind::Count | Kind::Distinct | Kind::Level => None,
        }
    }
}

/// A count of thousandths: seconds of milliseconds.
pub fn thousandths(value: i64) -> f64 {
    value as f64 / 1_000.0
}

/// To four decimals, half up.
pub fn ratio(hits: u64, of: u64) -> f64 {
    rounded(i128::from(hits) * 10_000, i128::from(of.max(1))) as f64 / 10_000.0
}

/// Wilson's interval of a share at 95 %.
pub fn wilson(hits: u64, of: u64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let (z2, denominator) = (Z * Z, 1.0 + Z * Z / n);
    let middle = (p + z2 / (2.0 * n)) / denominator;
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / denominator;
    let four = |value: f64| (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0;
    (four(middle - half), four(middle + half))
}

impl Unit {
    /// Its word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Messages => "messages",
            Self::Episodes => "episodes",
            Self::Conversations => "conversations",
            Self::Score => "score",
            Self::Ratio => "ratio",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_lengths(lengths: &[i64]) -> Cell {
        let mut tally = Tally::default();
        for length in lengths {
            tally.add(Kind::Length, Value::Length(Millis(*length)), 0);
        }
        tally.finish(Metric::Frt, Some(Millis(3)))
    }

    #[test]
    fn percentiles_are_values_that_occurred_by_nearest_rank() {
        let spread = of_lengths(&[10, 1, 3, 2]).spread.unwrap();
        assert_eq!((spread.median, spread.p90, spread.p95, spread.max), (2, 10, 10, 10));
        assert_eq!((spread.mean, spread.within_target), (4, Some(3)));
        let hundred: Vec<_> = (1..=100).collect();
        let spread = of_lengths(&hundred).spread.unwrap();
        assert_eq!((spread.median, spread.p90, spread.p95, spread.max), (50, 90, 95, 100));
        assert_eq!(of_lengths(&[7]).spread.unwrap().p95, 7);
        assert_eq!(of_lengths(&[]).spread, None);
    }

    #[test]
    fn a_mean_is_rounded_half_up() {
        assert_eq!(of_lengths(&[1, 2]).spread.unwrap().mean, 2);
        assert_eq!(of_lengths(&[1, 1, 2]).spread.unwrap().mean, 1);
        assert_eq!((rounded(-3, 2), rounded(3, 2)), (-1, 2));
    }

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        // Agrees with the published example: 81 of 263.
        let (low, high) = wilson(81, 263);
        assert_eq!((low, high), (0.2553, 0.3662));
        assert_eq!(wilson(0, 10).0, 0.0);
        assert_eq!(wilson(10, 10).1, 1.0);
    }

    #[test]
    fn the_interval_of_a_mean_is_students() {
        // Values 1 to 5 s: standard deviation 1.5811 s, t of 4 degrees 2.776.
        let cell = of_lengths(&[1_000, 2_000, 3_000, 4_000, 5_000]);
        assert_eq!(cell.interval(Metric::Frt), Some((1.037, 4.963)));
        assert_eq!(of_lengths(&[1_000]).interval(Metric::Frt), None);
    }
}
