//! Business time against a reference that walks: it knows only the local time at each moment, from the zone's offsets, and
//! none of the code under test.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use domain::business_hours::*;
use domain::time::{Millis, Timestamp};
use proptest::prelude::*;

const ZONES: [&str; 7] = [
    "Europe/Madrid",
    "America/New_York",
    "Asia/Kolkata",
    // Half an hour of summer time.
    "Australia/Lord_Howe",
    // Summer time began at midnight, while there was one.
    "America/Sao_Paulo",
    "UTC",
    // Left out 2011-12-30.
    "Pacific/Apia",
];
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

fn local(zone: Tz, utc_s: i64) -> NaiveDateTime {
    let utc = DateTime::from_timestamp(utc_s, 0).unwrap().naive_utc();
    utc + TimeDelta::seconds(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into())
}

/// Moments of the year at which the zone's offset changes, to the hour.
fn turns(zone: Tz, year: i32) -> Vec<i64> {
    let begin = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_time(NaiveTime::MIN).and_utc().timestamp();
    let offset = |at: i64| (local(zone, at).and_utc().timestamp() - at, at);
    let hours: Vec<_> = (0..366 * 24).map(|hour| offset(begin + hour * HOUR_S)).collect();
    hours.windows(2).filter(|pair| pair[0].0 != pair[1].0).map(|pair| pair[1].1).collect()
}

/// Open or closed in steps of so many seconds, from a moment on.
struct Walked {
    begin_s: i64,
    step_s: i64,
    open: Vec<bool>,
}

impl Walked {
    fn over(spec: &Spec, begin_s: i64, end_s: i64, step_s: i64) -> Self {
        let zone: Tz = spec.time_zone.parse().unwrap();
        let steps = (end_s - begin_s) / step_s;
        let locals: Vec<_> = (0..steps).map(|step| local(zone, begin_s + step * step_s)).collect();
        let mut open = vec![false; locals.len()];
        let mut date = locals[0].date() - TimeDelta::days(1);
        while date <= locals.last().unwrap().date() + TimeDelta::days(1) {
            let special = spec.overrides.iter().find(|each| each.date == date.into());
            let weekday = Weekday::ALL[date.weekday().num_days_from_monday() as usize];
            let segments: Vec<(u32, u32)> = match special {
                Some(special) => special.segments.iter().map(|each| (each.start_s, each.end_s)).collect(),
                None => {
                    let table = spec.weekly.iter().filter(|each| each.day == weekday);
                    table.map(|each| (each.start_s, each.end_s)).collect()
                }
            };
            for (start_s, end_s) in segments {
                let at = |seconds: u32| date.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds.into());
                let first = locals.iter().position(|local| *local >= at(start_s)).unwrap_or(locals.len());
                let last = locals.iter().rposition(|local| *local < at(end_s)).map_or(0, |last| last + 1);
                (first..last).for_each(|step| open[step] = true);
            }
            date = date.succ_opt().unwrap();
        }
        Self { begin_s, step_s, open }
    }

    /// Every open step in milliseconds.
    fn open_steps(&self) -> impl Iterator<Item = (i64, i64)> {
        let steps = self.open.iter().enumerate().filter(|(_, open)| **open);
        steps.map(|(step, _)| {
            let begin = (self.begin_s + step as i64 * self.step_s) * 1_000;
            (begin, begin + self.step_s * 1_000)
        })
    }

    fn between(&self, from: i64, to: i64) -> i64 {
        self.open_steps().map(|(begin, end)| (end.min(to) - begin.max(from)).max(0)).sum()
    }

    fn add(&self, from: i64, open: i64) -> Option<i64> {
        let mut left = open;
        if left == 0 {
            return Some(from);
        }
        for (begin, end) in self.open_steps() {
            let begin = begin.max(from);
            if begin < end {
                if end - begin >= left {
                    return Some(begin + left);
                }
                left -= end - begin;
            }
        }
        None
    }
}

fn segment(grain_s: u32) -> impl Strategy<Value = (u32, u32)> {
    (0..86_400 / grain_s, 1..=86_400 / grain_s)
        .prop_map(move |(start, length)| (start * grain_s, (start + length) * grain_s))
}

/// A calendar, and a moment near which its zone's clocks may turn. Segments overlap as they like.
fn scene(grain_s: u32) -> impl Strategy<Value = (Spec, i64)> {
    let weekly = prop::collection::vec((0..7usize, segment(grain_s)), 1..8);
    let overrides = prop::collection::btree_map(-4..5i64, prop::collection::vec(segment(grain_s), 0..3), 0..4);
    (0..ZONES.len(), 2005..2035i32, 0..4usize, -3 * DAY_S..3 * DAY_S, weekly, overrides).prop_map(
        |(zone, year, turn, beside, weekly, overrides)| {
            let tz: Tz = ZONES[zone].parse().unwrap();
            // The day that never was is worth more than one try in thirty.
            let year = if ZONES[zone] == "Pacific/Apia" && year % 2 == 0 { 2011 } else { year };
            let turns = turns(tz, year);
            let new_year = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_time(NaiveTime::MIN).and_utc().timestamp();
            let centre = turns.get(turn % turns.len().max(1)).map_or(new_year, |turn| turn + beside / 12 / 60 * 60);
            let today = local(tz, centre).date();
            let of_date = |(days, segments): (i64, Vec<(u32, u32)>)| Override {
                date: (today + TimeDelta::days(days)).into(),
                name: None,
                segments: segments.into_iter().map(|(start_s, end_s)| Segment { start_s, end_s }).collect(),
            };
            let spec = Spec {
                time_zone: ZONES[zone].to_owned(),
                weekly: weekly
                    .into_iter()
                    .map(|(day, (start_s, end_s))| WeeklySegment { day: Weekday::ALL[day], start_s, end_s })
                    .collect(),
                overrides: overrides.into_iter().map(of_date).collect(),
            };
            (spec, centre)
        },
    )
}

/// `reach_s` to both sides of the centre are compared; what begins up to three days before may matter.
fn agrees(spec: &Spec, centre: i64, step_s: i64, reach_s: i64, from: i64, length: i64) {
    let beyond = if step_s == 1 { DAY_S + 3 * HOUR_S } else { 3 * DAY_S };
    let walked = Walked::over(spec, centre - reach_s - beyond, centre + reach_s + beyond, step_s);
    let calendar = Calendar::of(spec);
    let from = centre * 1_000 + from % (reach_s * 1_000);
    let to = (from + length % (2 * reach_s * 1_000)).min((centre + reach_s) * 1_000);
    let moment = Timestamp::from_millis;
    let expected = walked.between(from, to);
    assert_eq!(calendar.between(moment(from), moment(to)), Millis(expected));
    assert_eq!(
        calendar.between(moment(to), moment(from)),
        Millis(if to < from { walked.between(to, from) } else { 0 })
    );
    assert_eq!(calendar.is_open(moment(from)), walked.between(from, from + 1) == 1);
    // Just that much, and half of it.
    for open in [0, expected, expected / 2] {
        let reached = calendar.add(moment(from), Millis(open)).as_millis();
        assert_eq!(Some(reached), walked.add(from, open));
        assert_eq!(calendar.between(moment(from), moment(reached)), Millis(open));
    }
    let opens = walked.open_steps().find(|(_, end)| *end > from).map(|(begin, _)| begin.max(from));
    if let Some(opens) = opens {
        assert_eq!(calendar.next_open(moment(from)), Some(moment(opens)));
    }
    let listed: i64 = calendar.open_times(moment(from), moment(to)).iter().map(|(begin, end)| (*end - *begin).0).sum();
    assert_eq!(listed, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_what_walking_minute_by_minute_finds(
        (spec, centre) in scene(60),
        from in -400_000_000i64..400_000_000,
        length in 0i64..800_000_000,
    ) {
        agrees(&spec, centre, 60, 3 * DAY_S, from, length);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_what_walking_second_by_second_finds(
        (spec, centre) in scene(1),
        from in -40_000_000i64..40_000_000,
        length in 0i64..80_000_000,
    ) {
        agrees(&spec, centre, 1, 4 * HOUR_S, from, length);
    }
}
