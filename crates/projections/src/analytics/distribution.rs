//! How values lie: how many in each range.

use domain::time::Millis;

use super::Question;
use super::metric::Kind;
use super::reader::{Reader, Slice};
use super::sample::Value;
use crate::Views;

/// Bounds of one question at most.
pub const BOUNDS_MAX: usize = 50;

/// Where nothing else is asked: seconds, about twice as far each time.
pub const BOUNDS_SECONDS: [i64; 17] =
    [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 345_600, 604_800, 1_209_600];
/// The same of amounts.
pub const BOUNDS_AMOUNT: [i64; 10] = [1, 2, 3, 5, 8, 12, 20, 30, 50, 100];

/// Counts values of one metric.
#[derive(Debug)]
pub struct Distribution {
    reader: Reader,
    /// Rising, in thousandths.
    bounds: Vec<i64>,
    counts: Vec<u64>,
}

/// One range: above `from`, not above `to`, in thousandths of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// `None`: from the least on.
    pub from: Option<i64>,
    /// `None`: to the greatest.
    pub to: Option<i64>,
    pub count: u64,
}

impl Distribution {
    /// `bounds` are in thousandths of the metric's unit.
    pub fn new(question: Question, mut bounds: Vec<i64>) -> Self {
        bounds.sort_unstable();
        bounds.dedup();
        let counts = vec![0; bounds.len() + 1];
        Self { reader: Reader::new(question), bounds, counts }
    }

    /// Whether a metric's values can lie anywhere.
    pub fn applies(kind: Kind) -> bool {
        matches!(kind, Kind::Length | Kind::Amount)
    }

    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        self.reader.slices(views)
    }

    pub fn feed(&mut self, views: &Views, slice: Slice) {
        let Self { reader, bounds, counts } = self;
        reader.feed(views, slice, |_, sample, _| {
            let value = match sample.value {
                Value::Length(Millis(length)) => length,
                Value::Amount(amount) => i64::from(amount) * 1_000,
                Value::One | Value::Judged(_) | Value::Step(_) => return,
            };
            counts[bounds.partition_point(|bound| *bound < value)] += 1;
        });
    }

    pub fn finish(self) -> Vec<Range> {
        let from = std::iter::once(None).chain(self.bounds.iter().copied().map(Some));
        let to = self.bounds.iter().copied().map(Some).chain([None]);
        from.zip(to).zip(self.counts).map(|((from, to), count)| Range { from, to, count }).collect()
    }
}
