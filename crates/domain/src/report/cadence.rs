//! When a report that comes again and again is due, and of which time it is: whole days of its time zone.
//!
//! A run is at a local time of a local day. Where the clocks skip that time it is the first there is; where they show it
//! twice it is the first of the two. So every day, week and month has exactly one run, whatever the clocks do.

use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::zone::Zone;

/// How often.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    Day,
    /// On this day of the week, Monday is 1.
    Week {
        day: u8,
    },
    /// On this day of the month, at most 28: every month has it.
    Month {
        day: u8,
    },
}

/// See the module.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Cadence {
    pub every: Every,
    /// Seconds of the local day.
    pub at_s: u32,
    pub time_zone: String,
}

/// One run, and the days it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub at: Timestamp,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Cadence {
    /// A zone that the database of another day did not have is read as UTC.
    fn zone(&self) -> Zone {
        Zone::from_str(&self.time_zone).unwrap_or(Zone::UTC)
    }

    fn is_run(&self, day: NaiveDate) -> bool {
        match self.every {
            Every::Day => true,
            Every::Week { day: wanted } => day.weekday().number_from_monday() == u32::from(wanted),
            Every::Month { day: wanted } => day.day() == u32::from(wanted),
        }
    }

    fn run_on(&self, day: NaiveDate) -> Run {
        let zone = self.zone();
        let time = NaiveTime::from_num_seconds_from_midnight_opt(self.at_s, 0).unwrap_or(NaiveTime::MIN);
        let before = match self.every {
            Every::Day => day.checked_sub_days(Days::new(1)),
            Every::Week { .. } => day.checked_sub_days(Days::new(7)),
            Every::Month { .. } => day.checked_sub_months(Months::new(1)),
        };
        Run {
            at: Timestamp::from_seconds(zone.begins(day.and_time(time))),
            from: zone.start_of(before.unwrap_or(day)),
            to: zone.start_of(day),
        }
    }

    /// The first run after a moment. `None`: beyond the calendar.
    pub fn after(&self, at: Timestamp) -> Option<Run> {
        // A run may lie beyond its own day where clocks skip to the next one.
        let first = self.zone().date_at(at).checked_sub_days(Days::new(1))?;
        let days = std::iter::successors(Some(first), |day| day.succ_opt()).take(63);
        days.filter(|day| self.is_run(*day)).map(|day| self.run_on(day)).find(|run| run.at > at)
    }

    /// The newest run of those that were due from `first` until now, and how many were before it.
    pub fn newest(&self, first: Timestamp, now: Timestamp) -> Option<(Run, u32)> {
        let mut newest = self.after(first - crate::time::Millis(1)).filter(|run| run.at <= now)?;
        let mut passed = 0;
        while let Some(next) = self.after(newest.at).filter(|next| next.at <= now) {
            (newest, passed) = (next, passed + 1);
            // Years of downtime are counted no further.
            if passed == u32::from(u16::MAX) {
                break;
            }
        }
        Some((newest, passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn told(run: Run) -> [String; 3] {
        [run.at, run.from, run.to].map(Timestamp::to_rfc3339)
    }

    fn madrid(every: Every, hour: u32, minute: u32) -> Cadence {
        Cadence { every, at_s: hour * 3_600 + minute * 60, time_zone: "Europe/Madrid".to_owned() }
    }

    #[test]
    fn a_daily_report_is_of_the_local_day_before() {
        let run = madrid(Every::Day, 7, 0).after(at("2026-11-25T06:00:00Z")).unwrap();
        let day = ["2026-11-26T06:00:00.000Z", "2026-11-24T23:00:00.000Z", "2026-11-25T23:00:00.000Z"];
        assert_eq!(told(run), day);
    }

    #[test]
    fn a_day_of_23_or_25_hours_has_one_run_and_is_reported_whole() {
        // On the 28th of March 2027 clocks go from 02:00 to 03:00.
        let spring = madrid(Every::Day, 2, 30);
        let run = spring.after(at("2027-03-28T00:00:00Z")).unwrap();
        assert_eq!(told(run)[0], "2027-03-28T01:00:00.000Z");
        let next = spring.after(run.at).unwrap();
        assert_eq!(told(next), ["2027-03-29T00:30:00.000Z", "2027-03-27T23:00:00.000Z", "2027-03-28T22:00:00.000Z"]);
        // On the 25th of October 2026 they show 02:00 to 03:00 twice.
        let autumn = madrid(Every::Day, 2, 30);
        let run = autumn.after(at("2026-10-24T22:00:00Z")).unwrap();
        assert_eq!(told(run)[0], "2026-10-25T00:30:00.000Z");
        let next = autumn.after(run.at).unwrap();
        assert_eq!(told(next), ["2026-10-26T01:30:00.000Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"]);
    }

    #[test]
    fn weeks_and_months_begin_on_their_day() {
        let week = madrid(Every::Week { day: 1 }, 8, 0).after(at("2026-11-26T00:00:00Z")).unwrap();
        assert_eq!(told(week), ["2026-11-30T07:00:00.000Z", "2026-11-22T23:00:00.000Z", "2026-11-29T23:00:00.000Z"]);
        let month = madrid(Every::Month { day: 1 }, 8, 0).after(at("2026-11-26T00:00:00Z")).unwrap();
        assert_eq!(told(month), ["2026-12-01T07:00:00.000Z", "2026-10-31T23:00:00.000Z", "2026-11-30T23:00:00.000Z"]);
    }

    #[test]
    fn after_a_downtime_the_newest_run_is_due_and_those_before_it_are_counted() {
        let daily = madrid(Every::Day, 7, 0);
        let first = daily.after(at("2026-11-20T12:00:00Z")).unwrap().at;
        assert_eq!(daily.newest(first, first - crate::time::Millis(1)), None);
        let (run, passed) = daily.newest(first, first).unwrap();
        assert_eq!((run.at, passed), (first, 0));
        let (run, passed) = daily.newest(first, at("2026-11-26T12:00:00Z")).unwrap();
        assert_eq!((told(run)[0].as_str(), passed), ("2026-11-26T06:00:00.000Z", 5));
    }
}
