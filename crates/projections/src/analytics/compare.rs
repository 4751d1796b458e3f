//! A number beside that of another period. Whoever shows a difference has it from here.

use super::cell::Cell;
use super::metric::Metric;

/// How a number moved.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Change {
    /// The value less the one before; `None` where either is.
    pub delta: Option<f64>,
    /// The same as a share of the one before; `None` where that is nothing.
    pub ratio: Option<f64>,
}

impl Change {
    pub fn of(metric: Metric, now: &Cell, before: &Cell) -> Self {
        let then = before.value(metric);
        let delta = now.value(metric).zip(then).map(|(now, then)| now - then);
        let ratio = delta.zip(then).filter(|(_, then)| *then != 0.0).map(|(delta, then)| delta / then);
        // A difference of numbers that are exact to so many decimals has no more.
        Self { delta: delta.map(four), ratio: ratio.map(four) }
    }
}

/// To four decimals.
pub fn four(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
