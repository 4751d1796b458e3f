//! Lengths of time, put together: how many, and how they are spread.

use crate::time::Millis;

/// Summed up. Of none, everything but the count is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spread {
    pub count: u64,
    pub mean: Option<Millis>,
    pub median: Option<Millis>,
    pub p90: Option<Millis>,
    pub p95: Option<Millis>,
    pub max: Option<Millis>,
}

impl Spread {
    /// Percentiles are nearest ranks: each is one of the values.
    pub fn of(mut values: Vec<Millis>) -> Self {
        values.sort_unstable();
        let count = values.len();
        if count == 0 {
            return Self::default();
        }
        let sum: i128 = values.iter().map(|value| i128::from(value.0)).sum();
        let rank = |percent: usize| Some(values[(count * percent).div_ceil(100).max(1) - 1]);
        Self {
            count: count as u64,
            mean: Some(Millis((sum / count as i128) as i64)),
            median: rank(50),
            p90: rank(90),
            p95: rank(95),
            max: rank(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks_and_of_nothing_nothing_is_said() {
        let spread = Spread::of((1..=20).rev().map(Millis).collect());
        let ranks = [spread.median, spread.p90, spread.p95, spread.max].map(|rank| rank.unwrap().0);
        assert_eq!((spread.count, spread.mean, ranks), (20, Some(Millis(10)), [10, 18, 19, 20]));
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
