//! Rules by which an event comes again every year: `FREQ=YEARLY` with months, days of the month and weekdays, as holidays
//! have them.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::event::day;

/// Repetitions that are counted at most: to count them all, the rule is followed from its first day on.
const COUNT_MAX: u32 = 1_000;
/// The first year of a rule whose repetitions are counted.
const COUNTED_SINCE: i32 = 1970;

/// See the module.
#[derive(Debug)]
pub(super) struct Rule {
    start: NaiveDate,
    interval: i32,
    count: Option<u32>,
    last: Option<NaiveDate>,
    months: Vec<u32>,
    /// Negative ones count from the end.
    month_days: Vec<i64>,
    /// The n-th of the month, or of the year where no month is named; 0: each.
    weekdays: Vec<(i64, Weekday)>,
}

impl Rule {
    /// Reads a rule of an event that begins on this day; `None` where it says anything else.
    pub(super) fn read(text: &str, start: NaiveDate) -> Option<Self> {
        let (months, month_days, weekdays) = (Vec::new(), Vec::new(), Vec::new());
        let mut rule = Self { start, interval: 1, count: None, last: None, months, month_days, weekdays };
        let mut yearly = false;
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let numbers = || value.split(',').map(|each| each.trim().parse::<i64>().ok()).collect::<Option<Vec<_>>>();
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => yearly = value.trim().eq_ignore_ascii_case("YEARLY"),
                "INTERVAL" => rule.interval = value.trim().parse().ok().filter(|each| (1..=100).contains(each))?,
                "COUNT" => rule.count = Some(value.trim().parse().ok().filter(|each| (1..=COUNT_MAX).contains(each))?),
                "UNTIL" => rule.last = Some(day(value.trim().split('T').next()?)?),
                "BYMONTH" => {
                    let months = numbers()?.into_iter();
                    rule.months = months.map(|each| u32::try_from(each).ok()).collect::<Option<_>>()?;
                    rule.months.iter().all(|month| (1..=12).contains(month)).then_some(())?;
                }
                "BYMONTHDAY" => {
                    rule.month_days = numbers()?;
                    rule.month_days.iter().all(|each| (1..=31).contains(&each.abs())).then_some(())?;
                }
                "BYDAY" => rule.weekdays = value.split(',').map(weekday).collect::<Option<_>>()?,
                // Matters to weeks only.
                "WKST" => {}
                _ => return None,
            }
        }
        let countable = rule.count.is_none() || start.year() >= COUNTED_SINCE;
        (yearly && countable).then_some(rule)
    }

    /// Its days in `[from, until)`.
    pub(super) fn dates(&self, from: NaiveDate, until: NaiveDate) -> Vec<NaiveDate> {
        let begin = if self.count.is_some() { self.start } else { self.start.max(from) };
        let end = self.last.and_then(|last| last.succ_opt()).map_or(until, |last| last.min(until));
        let days = begin.iter_days().take_while(|day| *day < end).filter(|day| self.fits(*day));
        let counted = days.take(self.count.map_or(usize::MAX, |count| count as usize));
        counted.filter(|day| *day >= from).collect()
    }

    fn fits(&self, day: NaiveDate) -> bool {
        if (day.year() - self.start.year()) % self.interval != 0 {
            return false;
        }
        let named = !self.month_days.is_empty() || !self.weekdays.is_empty();
        let in_month = match (self.months.is_empty(), named) {
            (false, _) => self.months.contains(&day.month()),
            // Without a rule it is the first day's anniversary.
            (true, false) => day.month() == self.start.month(),
            (true, true) => true,
        };
        let on_day = if named {
            let left = i64::from(days_in_month(day)) + 1 - i64::from(day.day());
            let of_month = |each: &i64| *each == i64::from(day.day()) || *each == -left;
            (self.month_days.is_empty() || self.month_days.iter().any(of_month))
                && (self.weekdays.is_empty() || self.weekdays.iter().any(|each| self.is_nth(*each, day)))
        } else {
            day.day() == self.start.day()
        };
        in_month && on_day
    }

    /// Whether it is that weekday of its month or year.
    fn is_nth(&self, (nth, weekday): (i64, Weekday), day: NaiveDate) -> bool {
        let (before, after) = if self.months.is_empty() {
            (day.ordinal0(), days_in_year(day) - day.ordinal())
        } else {
            (day.day0(), days_in_month(day) - day.day())
        };
        let (from_front, from_back) = (i64::from(before / 7) + 1, -(i64::from(after / 7) + 1));
        day.weekday() == weekday && (nth == 0 || nth == from_front || nth == from_back)
    }
}

/// `TH`, `4TH`, `-1MO`.
fn weekday(text: &str) -> Option<(i64, Weekday)> {
    let text = text.trim().to_ascii_uppercase();
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = match name {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    let nth = if nth.is_empty() { 0 } else { nth.parse().ok().filter(|nth: &i64| (1..=53).contains(&nth.abs()))? };
    Some((nth, day))
}

fn days_in_month(day: NaiveDate) -> u32 {
    let next = match day.month() {
        12 => NaiveDate::from_ymd_opt(day.year() + 1, 1, 1),
        month => NaiveDate::from_ymd_opt(day.year(), month + 1, 1),
    };
    next.map_or(31, |next| (next - TimeDelta::days(1)).day())
}

fn days_in_year(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}
