//! How long customers take people: what a message, or a resolution, stands for. Nobody says when they begin to work on a
//! conversation; between two things that somebody does lies the work on the second, unless they did something else.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::time::{Millis, Timestamp};
use projections::analytics::Reader;
use projections::analytics::{GroupBy, Metric};
use projections::facts::{No, Slot};

use super::{NumbersQuery, Unanswered};
use crate::Desk;

/// What lies between two things that somebody does is work on the second for so long at most; the first is as much.
pub const WORK_MAX: Millis = Millis::minutes(5);

/// How long episodes took, on the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandleTime {
    pub worked: Millis,
    /// Different ones in which somebody wrote, or which they resolved.
    pub episodes: u64,
}

impl HandleTime {
    /// On average; `None` where nobody did anything.
    pub fn seconds(self) -> Option<f64> {
        (self.episodes > 0).then(|| self.worked.0 as f64 / 1_000.0 / self.episodes as f64)
    }
}

impl Desk {
    /// How long episodes took people, of what the asker may see and asks about. What nobody can be named for is left out.
    pub fn handle_time(&self, principal: &Principal, query: &NumbersQuery) -> Result<HandleTime, Unanswered> {
        let query = NumbersQuery { metrics: vec![Metric::Handled], group_by: GroupBy::Nothing, ..query.clone() };
        let (mut reader, slices) = self.asked(principal, &query, |question, views| {
            let reader = Reader::new(question);
            let slices = reader.slices(views);
            (reader, slices)
        })?;
        let mut done: BTreeMap<No, Vec<Timestamp>> = BTreeMap::new();
        let mut episodes: Vec<(Slot, u32)> = Vec::new();
        for slice in slices {
            self.view(|views| {
                reader.feed(views, slice, |_, sample, _| {
                    if sample.agent != No::NONE {
                        done.entry(sample.agent).or_default().push(sample.at);
                        episodes.push((sample.slot, sample.episode));
                    }
                });
            });
        }
        episodes.sort_unstable();
        episodes.dedup();
        let worked = done.into_values().map(|times| worked(times).0).sum();
        Ok(HandleTime { worked: Millis(worked), episodes: episodes.len() as u64 })
    }
}

/// How long somebody worked who did something at these times.
fn worked(mut times: Vec<Timestamp>) -> Millis {
    times.sort_unstable();
    let between = times.windows(2).map(|pair| (pair[1] - pair[0]).min(WORK_MAX).0).sum::<i64>();
    let first = if times.is_empty() { 0 } else { WORK_MAX.0 };
    Millis(first + between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_not_work_and_the_first_message_took_its_time_too() {
        let at = |minute| Timestamp::from_seconds(1_795_251_600) + Millis::minutes(minute);
        assert_eq!(worked(Vec::new()), Millis(0));
        assert_eq!(worked(vec![at(0)]), Millis::minutes(5));
        assert_eq!(worked(vec![at(3), at(0), at(4)]), Millis::minutes(5 + 3 + 1));
        assert_eq!(worked(vec![at(0), at(60)]), Millis::minutes(5 + 5));
        assert_eq!(HandleTime { worked: Millis::minutes(9), episodes: 3 }.seconds(), Some(180.0));
        assert_eq!(HandleTime::default().seconds(), None);
    }
}
