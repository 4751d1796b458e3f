//! Reads the samples a question is about, a slice of time after the other, so that whoever holds the facts can let others
//! in between. Since everything is asked as of one position, it does not matter what is added meanwhile.

use std::collections::HashMap;

use domain::time::Timestamp;

use super::Question;
use super::filter::Sieve;
use super::metric::Kind;
use super::sample::{Sample, Value, samples_of};
use crate::Views;
use crate::facts::Slot;

/// Days of rows from before the period that are read at once: they give but what stands.
const EARLIER_DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

/// What is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    from: Timestamp,
    to: Timestamp,
    /// Before the period: for what stands alone, which follows from all that was before.
    earlier: bool,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Reader {
    question: Question,
    sieve: Sieve,
    tags: HashMap<Slot, Vec<u32>>,
}

impl Reader {
    pub fn new(question: Question) -> Self {
        Self { sieve: Sieve::of(&question.filters), question, tags: HashMap::new() }
    }

    pub fn question(&self) -> &Question {
        &self.question
    }

    /// All that has to be read, in the order of time.
    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        let (from, to) = (self.question.from, self.question.to);
        let levels = self.question.metrics.iter().any(|metric| metric.stands());
        let earliest = views.facts.opened.earliest().into_iter().chain(views.facts.promised.earliest()).min();
        let first = earliest.filter(|_| levels).unwrap_or(from);
        let earlier = cut(first, from, EARLIER_DAYS).map(|(from, to)| Slice { from, to, earlier: true });
        earlier.chain(cut(from, to, 1).map(|(from, to)| Slice { from, to, earlier: false })).collect()
    }

    /// Gives the samples of one slice that count, one metric after the other: with the metric's place in the question and its
    /// kind, and the tags of their conversation where the question is about tags.
    #[inline]
    pub fn feed(&mut self, views: &Views, slice: Slice, mut each: impl FnMut((usize, Kind), &Sample, &[u32])) {
        let Self { question, sieve, tags } = self;
        let by_tag = question.asks_for_tags();
        for (column, metric) in question.metrics.iter().copied().enumerate() {
            let kind = metric.kind();
            if slice.earlier && !metric.stands() {
                continue;
            }
            samples_of(views, question, metric, (slice.from, slice.to), |sample| {
                if slice.earlier && !matches!(sample.value, Value::Step(_)) {
                    return;
                }
                let tags: &[u32] = if by_tag {
                    tags.entry(sample.slot).or_insert_with(|| views.facts.tags_of(sample.slot, question.basis.pos))
                } else {
                    &[]
                };
                if sieve.passes(&views.facts, &sample, tags) {
                    each((column, kind), &sample, tags);
                }
            });
        }
    }
}

/// `[from, to)` in parts of so many days (UTC).
fn cut(from: Timestamp, to: Timestamp, days: i64) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let (from, to, length) = (from.as_millis(), to.as_millis(), days * DAY_MS);
    let parts = from.div_euclid(length)..=(to - 1).div_euclid(length);
    let part = move |n: i64| ((n * length).max(from), ((n + 1) * length).min(to));
    let moment = Timestamp::from_millis;
    parts.map(part).filter(|(from, to)| from < to).map(move |(from, to)| (moment(from), moment(to)))
}
