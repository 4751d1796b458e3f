//! Hours or days that brought far more than usual, and what of it was more. Usual is what the same hour of the local week (or
//! the same weekday) brought in the weeks before, as far back as [`WEEKS_REMEMBERED`]; far more is what the live monitor
//! takes for it. A cause is a value of channel, brand, team or tag that has a larger share of what came than it usually has.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Timelike};
use domain::time::{Millis, Timestamp};
use domain::zone::Zone;

use crate::Views;
use crate::analytics::bucket::{Buckets, TooMany};
use crate::analytics::reader::Slice;
use crate::analytics::{GroupBy, GroupKey, Interval, Metric, Question, Reader};
use crate::arrivals::{Expected, SHARE_MIN, WEEKS_MIN, WEEKS_REMEMBERED, surge};
use crate::facts::{No, Slot};

/// Spikes of one answer at most: those that stand out most.
pub const SPIKES_MAX: usize = 10;
/// Values of one kind that are named as causes at most.
pub const CAUSES_MAX: usize = 3;

/// How long what is held against the weeks before is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Hour,
    Day,
}

impl Step {
    /// The local hours or days since the beginning of the calendar.
    fn key(self, zone: Zone, at: Timestamp) -> i64 {
        let local = zone.local(at);
        let days = i64::from(local.date().num_days_from_ce());
        match self {
            Self::Hour => days * 24 + i64::from(local.hour()),
            Self::Day => days,
        }
    }

    /// So many make a week.
    const fn week(self) -> i64 {
        match self {
            Self::Hour => 168,
            Self::Day => 7,
        }
    }
}

/// An arrival: an episode that began.
#[derive(Debug, Clone, Copy)]
pub struct Came {
    pub at: Timestamp,
    pub slot: Slot,
    team: No,
    key: i64,
}

/// Far more than usual.
#[derive(Debug, Clone)]
pub struct Spike {
    pub from: Timestamp,
    pub to: Timestamp,
    pub count: u32,
    /// On average of the weeks before, and of how many it is.
    pub usual: f64,
    pub weeks: u8,
    /// Standard deviations above it.
    pub z_score: f64,
    /// The largest excess first.
    pub causes: Vec<Cause>,
    /// What came in it, and in the same hours of the weeks before.
    pub now: Vec<Came>,
    pub before: Vec<Came>,
}

/// A value that came more often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cause {
    pub value: GroupKey,
    pub count: u32,
    pub usual: f64,
}

/// See the module.
#[derive(Debug)]
pub struct Spikes {
    reader: Reader,
    zone: Zone,
    step: Step,
    from: Timestamp,
    buckets: Buckets,
    came: Vec<Came>,
}

impl Spikes {
    /// Of the question's period. Errors: it has too many hours.
    pub fn new(question: Question, zone: Zone, step: Step) -> Result<Self, TooMany> {
        let interval = match step {
            Step::Hour => Interval::Hour,
            Step::Day => Interval::Day,
        };
        let from = question.from;
        let buckets = Buckets::new(from, question.to, interval, zone)?;
        // A local week may be an hour longer.
        let earliest = from - Millis::hours(i64::from(WEEKS_REMEMBERED) * 168 + 1);
        let question =
            Question { metrics: vec![Metric::Volume], group_by: GroupBy::Nothing, from: earliest, ..question };
        Ok(Self { reader: Reader::new(question), zone, step, from, buckets, came: Vec::new() })
    }

    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        self.reader.slices(views)
    }

    pub fn feed(&mut self, views: &Views, slice: Slice) {
        let Self { reader, zone, step, came, .. } = self;
        reader.feed(views, slice, |_, sample, _| {
            let key = step.key(*zone, sample.at);
            came.push(Came { at: sample.at, slot: sample.slot, team: sample.team, key });
        });
    }

    /// The spikes, in the order of time.
    pub fn finish(self, views: &Views) -> Vec<Spike> {
        let Self { reader, zone, step, from, buckets, mut came } = self;
        came.sort_unstable_by_key(|came| (came.at, came.slot));
        // What was before the first that came is not known: it may be that nobody could.
        let Some(first) = came.iter().map(|came| came.key).min() else { return Vec::new() };
        let mut by_key: HashMap<i64, Vec<Came>> = HashMap::new();
        let mut now: Vec<Vec<Came>> = vec![Vec::new(); buckets.len()];
        for one in came {
            by_key.entry(one.key).or_default().push(one);
            if one.at >= from {
                now[buckets.index(one.at)].push(one);
            }
        }
        let mut spikes: Vec<Spike> = Vec::new();
        for ((from, to), now) in buckets.iter().zip(now) {
            let key = step.key(zone, from);
            let earlier = (1..=i64::from(WEEKS_REMEMBERED)).map(|week| key - week * step.week());
            let earlier: Vec<i64> = earlier.take_while(|key| *key >= first).collect();
            let weeks = earlier.len() as u8;
            if weeks < WEEKS_MIN {
                continue;
            }
            let counts: Vec<f64> = earlier.iter().map(|key| by_key.get(key).map_or(0, Vec::len) as f64).collect();
            let expected = expected(&counts);
            let count = now.len() as u32;
            let Some(z_score) = surge(f64::from(count), expected) else { continue };
            let before = earlier.iter().filter_map(|key| by_key.get(key)).flatten().copied().collect();
            spikes.push(Spike {
                from,
                to,
                count,
                usual: expected.mean,
                weeks,
                z_score,
                causes: Vec::new(),
                now,
                before,
            });
        }
        spikes.sort_by(|one, other| other.z_score.total_cmp(&one.z_score).then(one.from.cmp(&other.from)));
        spikes.truncate(SPIKES_MAX);
        spikes.sort_by_key(|spike| spike.from);
        let as_of = reader.question().basis.pos;
        spikes.iter_mut().for_each(|spike| spike.causes = causes(views, spike, as_of));
        spikes
    }
}

/// Mean and variance.
fn expected(counts: &[f64]) -> Expected {
    let n = counts.len().max(1) as f64;
    let mean = counts.iter().sum::<f64>() / n;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / n;
    Expected { mean, variance }
}

/// By how much a value is more than usual, where it has a larger share of `all` than it usually has of them.
pub fn excess((count, usual): (u32, f64), (all, all_usual): (u32, f64)) -> Option<f64> {
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
    let more = f64::from(count) - usual;
    let growth = share(f64::from(count), f64::from(all)) - share(usual, all_usual);
    (more > 0.0 && growth >= SHARE_MIN).then_some(more)
}

fn causes(views: &Views, spike: &Spike, as_of: u64) -> Vec<Cause> {
    let mut counted: BTreeMap<GroupKey, (u32, u32)> = BTreeMap::new();
    for (came, is_now) in spike.now.iter().map(|came| (came, true)).chain(spike.before.iter().map(|came| (came, false)))
    {
        let (channel, brand) = views.facts.lies(came.slot);
        let tags = views.facts.tags_of(came.slot, as_of).into_iter().map(|tag| GroupKey::Tag(Some(tag)));
        let places = [GroupKey::Channel(channel), GroupKey::Brand(brand), GroupKey::Team(came.team)];
        for value in tags.chain(places) {
            let (now, before) = counted.entry(value).or_default();
            if is_now { *now += 1 } else { *before += 1 }
        }
    }
    let cause = |(value, (count, before)): (GroupKey, (u32, u32))| {
        let usual = f64::from(before) / f64::from(spike.weeks);
        excess((count, usual), (spike.count, spike.usual)).map(|more| (more, Cause { value, count, usual }))
    };
    let mut causes: Vec<(f64, Cause)> = counted.into_iter().filter_map(cause).collect();
    causes.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.value.cmp(&second.value)));
    let mut named: HashMap<std::mem::Discriminant<GroupKey>, usize> = HashMap::new();
    causes.retain(|(_, cause)| {
        let of_kind = named.entry(std::mem::discriminant(&cause.value)).or_default();
        *of_kind += 1;
        *of_kind <= CAUSES_MAX
    });
    causes.into_iter().map(|(_, cause)| cause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_held_against_the_same_local_hour_and_days_against_the_same_weekday() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let zone: Zone = "Europe/Madrid".parse().unwrap();
        // Clocks went back in between.
        let (before, after) = (at("2026-10-23T09:30:00+02:00"), at("2026-10-30T09:10:00+01:00"));
        for step in [Step::Hour, Step::Day] {
            assert_eq!(step.key(zone, after) - step.key(zone, before), step.week());
        }
    }

    #[test]
    fn what_is_usual_is_a_mean_with_how_far_weeks_differ() {
        assert_eq!(expected(&[4.0, 8.0]), Expected { mean: 6.0, variance: 4.0 });
        assert_eq!(expected(&[]), Expected::default());
    }
}
