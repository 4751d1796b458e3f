//! Time in parts, as a clock on the wall shows it: hours, days, weeks from Monday, months, quarters of a zone. A local day
//! may have 23 hours or 25. An hour is a real one, counted from the local midnight, so the hour that clocks repeat is two
//! buckets and the one they leave out is none.

use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use domain::time::{Millis, Timestamp};
use domain::zone::Zone;

/// Buckets of one answer at most.
pub const BUCKETS_MAX: usize = 1_000;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
}

/// The buckets of a period: those that lie in it in part are cut to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// Where each begins.
    starts: Vec<Timestamp>,
    end: Timestamp,
}

/// The period has more than [`BUCKETS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl Buckets {
    /// The period as one.
    pub fn whole(from: Timestamp, to: Timestamp) -> Self {
        Self { starts: vec![from], end: to }
    }

    /// Errors: more than [`BUCKETS_MAX`].
    pub fn new(from: Timestamp, to: Timestamp, interval: Interval, zone: Zone) -> Result<Self, TooMany> {
        let mut starts = vec![from];
        let mut next = |start: Timestamp| {
            if start > from && start < to {
                starts.push(start);
            }
            if starts.len() > BUCKETS_MAX { Err(TooMany) } else { Ok(()) }
        };
        let mut date = first_of(zone.date_at(from), interval);
        loop {
            let (start, after) = (zone.start_of(date), following(date, interval));
            if start >= to {
                break;
            }
            next(start)?;
            if interval == Interval::Hour {
                let end = zone.start_of(after).min(to);
                let mut hour = start + Millis::hours(1);
                while hour < end {
                    next(hour)?;
                    hour = hour + Millis::hours(1);
                }
            }
            date = after;
        }
        // A day that was left out begins with the next one.
        starts.dedup();
        Ok(Self { starts, end: to })
    }

    /// Begin and end of each.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let ends = self.starts.iter().skip(1).copied().chain([self.end]);
        self.starts.iter().copied().zip(ends)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// In which a moment lies. One before them lies in the first, one after them in the last.
    pub fn index(&self, at: Timestamp) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }
}

/// Finds the places of moments that mostly come one after the other: what was true of the last one is held on to.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    axis: FinderAxis,
    /// As long as moments lie in here, in milliseconds, they have the same place.
    within: std::ops::Range<i64>,
    place: u32,
}

#[derive(Debug, Clone)]
enum FinderAxis {
    Buckets(Buckets),
    Week(Zone),
}

/// No zone moves its clocks more often.
const QUARTER_MS: i64 = 900_000;

impl Finder {
    pub(super) fn of_buckets(buckets: Buckets) -> Self {
        Self { axis: FinderAxis::Buckets(buckets), within: 0..0, place: 0 }
    }

    /// Hours of the local week.
    pub(super) fn of_week(zone: Zone) -> Self {
        Self { axis: FinderAxis::Week(zone), within: 0..0, place: 0 }
    }

    #[inline]
    pub(super) fn find(&mut self, at: Timestamp) -> u32 {
        if !self.within.contains(&at.as_millis()) {
            self.look(at);
        }
        self.place
    }

    #[inline(never)]
    fn look(&mut self, at: Timestamp) {
        let millis = at.as_millis();
        match &self.axis {
            FinderAxis::Buckets(buckets) => {
                let place = buckets.index(at);
                let begin = if place == 0 { i64::MIN } else { buckets.starts[place].as_millis() };
                let end = buckets.starts.get(place + 1).map_or(i64::MAX, |next| next.as_millis());
                (self.place, self.within) = (place as u32, begin..end);
            }
            FinderAxis::Week(zone) => {
                let begin = millis - millis.rem_euclid(QUARTER_MS);
                let hour = |millis| hour_of_week(Timestamp::from_millis(millis), *zone);
                let same = hour(begin) == hour(begin + QUARTER_MS - 1);
                self.place = hour(millis);
                self.within = if same { begin..begin + QUARTER_MS } else { millis..millis + 1 };
            }
        }
    }
}

/// The first day of the interval a day lies in.
fn first_of(date: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Hour | Interval::Day => date,
        Interval::Week => date - TimeDelta::days(i64::from(date.weekday().num_days_from_monday())),
        Interval::Month => date.with_day(1).unwrap_or(date),
        Interval::Quarter => {
            let month = date.month0() / 3 * 3 + 1;
            NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date)
        }
    }
}

/// The first day of the next one.
fn following(first: NaiveDate, interval: Interval) -> NaiveDate {
    let months = |count: u32| first.checked_add_months(chrono::Months::new(count)).unwrap_or(NaiveDate::MAX);
    match interval {
        Interval::Hour | Interval::Day => first + TimeDelta::days(1),
        Interval::Week => first + TimeDelta::days(7),
        Interval::Month => months(1),
        Interval::Quarter => months(3),
    }
}

/// The hour of the local week a moment lies in: 0 is Monday from midnight to one, 167 the last of Sunday.
pub fn hour_of_week(at: Timestamp, zone: Zone) -> u32 {
    let local = zone.local(at);
    local.weekday().num_days_from_monday() * 24 + local.hour()
}

/// The period before this one, of the same length: in local days where it is made of whole ones, else in real time.
pub fn before(from: Timestamp, to: Timestamp, zone: Zone) -> (Timestamp, Timestamp) {
    let (first, last) = (zone.date_at(from), zone.date_at(to));
    if zone.start_of(first) == from && zone.start_of(last) == to {
        let days = (last - first).num_days();
        return (zone.start_of(first - TimeDelta::days(days)), from);
    }
    (from - (to - from), from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    /// Begins of buckets, in UTC.
    fn shown(from: &str, to: &str, interval: Interval, zone: &str) -> Vec<String> {
        let buckets = Buckets::new(at(from), at(to), interval, zone.parse().unwrap()).unwrap();
        buckets.iter().map(|(from, _)| from.to_rfc3339()[..16].to_owned()).collect()
    }

    #[test]
    fn a_local_day_has_23_hours_in_spring_and_25_in_autumn() {
        let hours = |from: &str, to: &str| shown(from, to, Interval::Hour, "Europe/Madrid").len();
        assert_eq!(hours("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"), 23);
        assert_eq!(hours("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"), 25);
        let days = shown("2026-03-28T00:00:00+01:00", "2026-03-31T00:00:00+02:00", Interval::Day, "Europe/Madrid");
        assert_eq!(days, ["2026-03-27T23:00", "2026-03-28T23:00", "2026-03-29T22:00"]);
    }

    #[test]
    fn weeks_begin_on_monday_and_months_and_quarters_on_their_first() {
        let (from, to) = ("2026-11-25T12:00:00Z", "2027-02-02T00:00:00Z");
        assert_eq!(
            shown(from, "2026-12-08T00:00:00Z", Interval::Week, "UTC"),
            ["2026-11-25T12:00", "2026-11-30T00:00", "2026-12-07T00:00"]
        );
        let months = ["2026-11-25T12:00", "2026-12-01T00:00", "2027-01-01T00:00", "2027-02-01T00:00"];
        assert_eq!(shown(from, to, Interval::Month, "UTC"), months);
        assert_eq!(shown(from, to, Interval::Quarter, "UTC"), ["2026-11-25T12:00", "2027-01-01T00:00"]);
    }

    #[test]
    fn hours_of_a_zone_beside_the_full_hour_begin_with_its_clock() {
        let hours = shown("2026-11-25T00:00:00Z", "2026-11-25T02:00:00Z", Interval::Hour, "Asia/Kolkata");
        assert_eq!(hours, ["2026-11-25T00:00", "2026-11-25T00:30", "2026-11-25T01:30"]);
    }

    #[test]
    fn a_day_that_was_left_out_is_no_bucket() {
        // Samoa had no 30 December 2011.
        let days = shown("2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z", Interval::Day, "Pacific/Apia");
        assert_eq!(days, ["2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00"]);
    }

    #[test]
    fn too_many_buckets_are_refused() {
        let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        assert_eq!(Buckets::new(from, to, Interval::Hour, Zone::UTC), Err(TooMany));
    }

    #[test]
    fn the_period_before_has_as_many_local_days() {
        let zone: Zone = "Europe/Madrid".parse().unwrap();
        let (from, to) = (at("2026-03-30T00:00:00+02:00"), at("2026-04-06T00:00:00+02:00"));
        assert_eq!(before(from, to, zone), (at("2026-03-23T00:00:00+01:00"), from));
        let (from, to) = (at("2026-03-30T06:00:00+02:00"), at("2026-03-30T12:00:00+02:00"));
        assert_eq!(before(from, to, zone), (at("2026-03-30T00:00:00+02:00"), from));
    }

    #[test]
    fn hours_of_the_week_are_local() {
        assert_eq!(hour_of_week(at("2026-11-23T00:00:00+01:00"), "Europe/Madrid".parse().unwrap()), 0);
        assert_eq!(hour_of_week(at("2026-11-29T23:59:59+01:00"), "Europe/Madrid".parse().unwrap()), 167);
    }
}
