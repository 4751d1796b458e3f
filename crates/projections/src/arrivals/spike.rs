//! Whether more comes than usual, and what of it.

use std::collections::BTreeMap;

use domain::time::Timestamp;

use super::{Expected, Stream, Trait};

/// Standard deviations above what is usual, and arrivals, from which on it is a spike.
const Z_MIN: f64 = 3.0;
const MORE_MIN: f64 = 5.0;
/// Values that are named as different at most, and by how much of all arrivals each grew at least.
pub const CHANGES_MAX: usize = 5;
pub(crate) const SHARE_MIN: f64 = 0.05;

/// What came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// In the last five minutes, and in the last hour.
    pub last_5m: u32,
    pub last_1h: u32,
    /// As many as usual in this hour of the week; `None`: not known yet.
    pub usual_1h: Option<f64>,
    pub spike: Option<Spike>,
}

/// Far more than usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Spike {
    /// Standard deviations above what is usual.
    pub z_score: f64,
    /// How many times what is usual; `None` where nothing is.
    pub factor: Option<f64>,
    /// What has a larger share of it than usual, the largest growth first.
    pub what_changed: Vec<Change>,
}

/// A value that came more often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub value: Trait,
    pub now: u32,
    pub usual: f64,
}

/// Of all these together.
pub(super) fn figures<'a>(streams: impl Iterator<Item = &'a Stream>, now: Timestamp) -> Figures {
    let mut figures = Figures::default();
    let mut expected: Option<Expected> = None;
    let streams: Vec<_> = streams.collect();
    for stream in &streams {
        figures.last_5m += stream.all.recent.within(5, now);
        figures.last_1h += stream.all.recent.within(60, now);
        // A brand that is newer than others adds nothing to what is usual before it is known.
        if let Some(more) = stream.all.usual.expected(now) {
            *expected.get_or_insert_default() += more;
        }
    }
    let Some(expected) = expected else { return figures };
    figures.usual_1h = Some(expected.mean);
    if let Some(z_score) = surge(f64::from(figures.last_1h), expected) {
        let factor = (expected.mean > 0.0).then(|| f64::from(figures.last_1h) / expected.mean);
        let what_changed = what_changed(&streams, figures.last_1h, expected.mean, now);
        figures.spike = Some(Spike { z_score, factor, what_changed });
    }
    figures
}

/// By how many standard deviations a count is above what is usual, where that is far more.
pub(crate) fn surge(count: f64, expected: Expected) -> Option<f64> {
    let more = count - expected.mean;
    let z_score = more / deviation(expected);
    (z_score >= Z_MIN && more >= MORE_MIN).then_some(z_score)
}

/// What comes by chance scatters by the root of its mean even where the weeks before were all alike.
fn deviation(expected: Expected) -> f64 {
    expected.variance.max(expected.mean).max(1.0).sqrt()
}

fn what_changed(streams: &[&Stream], all: u32, usual: f64, now: Timestamp) -> Vec<Change> {
    let mut values: BTreeMap<Trait, Change> = BTreeMap::new();
    for (value, series) in streams.iter().flat_map(|stream| &stream.by_trait) {
        let change = values.entry(*value).or_insert(Change { value: *value, now: 0, usual: 0.0 });
        change.now += series.recent.within(60, now);
        change.usual += series.usual.expected(now).map_or(0.0, |expected| expected.mean);
    }
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
    let growth = |change: &Change| share(f64::from(change.now), f64::from(all)) - share(change.usual, usual);
    let mut changes: Vec<Change> = values.into_values().filter(|change| growth(change) >= SHARE_MIN).collect();
    changes.sort_by(|one, other| growth(other).total_cmp(&growth(one)).then(one.value.cmp(&other.value)));
    changes.truncate(CHANGES_MAX);
    changes
}
