//! Reads the samples a question is about, a slice of time after the other, so that whoever holds the facts can let others
//! in between. Since everything is asked as of one position, it does not matter what is added meanwhile.

use std::collections::HashMap;

use domain::time::Timestamp;

use super::Question;
use super::metric::Kind;
use super::sample::{Sample, samples};
use crate::Views;
use crate::facts::Slot;

/// Days of rows from before the period that are read at once: they give but a level.
const EARLIER_DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

/// What is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    from: Timestamp,
    to: Timestamp,
    /// Before the period: for levels alone, which follow from all that was before.
    earlier: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Reader {
    question: Question,
    /// The same for levels alone.
    levels: Question,
    tags: HashMap<Slot, Vec<u32>>,
}

impl Reader {
    pub fn new(question: Question) -> Self {
        let metrics = question.metrics.iter().copied().filter(|metric| metric.kind() == Kind::Level).collect();
        let levels = Question { metrics, ..question.clone() };
        Self { question, levels, tags: HashMap::new() }
    }

    pub fn question(&self) -> &Question {
        &self.question
    }

    /// All that has to be read, in the order of time.
    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        let (from, to) = (self.question.from, self.question.to);
        let first = views.facts.opened.earliest().filter(|_| !self.levels.metrics.is_empty()).unwrap_or(from);
        let earlier = cut(first, from, EARLIER_DAYS).map(|(from, to)| Slice { from, to, earlier: true });
        earlier.chain(cut(from, to, 1).map(|(from, to)| Slice { from, to, earlier: false })).collect()
    }

    /// Gives the samples of one slice that count, with the tags of their conversation where the question is about tags.
    pub fn feed(&mut self, views: &Views, slice: Slice, mut each: impl FnMut(&Sample, &[u32])) {
        let Self { question, levels, tags } = self;
        let asked: &Question = if slice.earlier { levels } else { question };
        let by_tag = question.asks_for_tags();
        samples(views, asked, slice.from, slice.to, |sample| {
            let tags: &[u32] = if by_tag {
                tags.entry(sample.slot).or_insert_with(|| views.facts.tags_of(sample.slot, question.basis.pos))
            } else {
                &[]
            };
            if question.wants(&views.facts, &sample, tags) {
                each(&sample, tags);
            }
        });
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
