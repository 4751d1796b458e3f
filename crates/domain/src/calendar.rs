//! Calendar days and months in UTC, as bills and contracts speak of them: text outside, numbers inside.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

/// A month of the years 1970 to 9999, `2026-11`.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

/// A day, `2026-11-25`.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(
    #[borsh(serialize_with = "crate::snapshot::write_text", deserialize_with = "crate::snapshot::read_text")] NaiveDate,
);

/// The text is no day, or no month, there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the calendar")]
pub struct InvalidDate;

impl Month {
    /// The month a moment lies in. Moments outside the range lie in its first or last month.
    pub fn of(at: Timestamp) -> Self {
        let date = DateTime::<Utc>::from_timestamp_millis(at.as_millis()).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let year = date.year().clamp(1970, 9_999);
        Self(year.unsigned_abs() * 12 + date.month0())
    }
    /// Its first day.
    pub fn first_day(self) -> Date {
        let (year, month) = (i32::try_from(self.0 / 12).unwrap_or(9_999), self.0 % 12 + 1);
        Date(NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MAX))
    }
    /// How many months later this one is.
    pub fn months_since(self, earlier: Self) -> i64 {
        i64::from(self.0) - i64::from(earlier.0)
    }
}

impl Date {
    /// The day a moment lies in.
    pub fn of(at: Timestamp) -> Self {
        let moment = DateTime::<Utc>::from_timestamp_millis(at.as_millis()).unwrap_or(DateTime::<Utc>::MAX_UTC);
        moment.date_naive().into()
    }
    /// How many days later this one is.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }
    /// The same to count with.
    pub fn naive(self) -> NaiveDate {
        self.0
    }
    /// Whether a month begins with it.
    pub fn begins_a_month(self) -> bool {
        self.0.day() == 1
    }
}

/// Of the years 1970 to 9999, to which others are moved.
impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        Self(date.clamp(day(1970, 1, 1), day(9_999, 12, 31)))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }
}
impl FromStr for Month {
    type Err = InvalidDate;
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        if text.len() != 7 {
            return Err(InvalidDate);
        }
        let Date(date) = format!("{text}-01").parse()?;
        Ok(Self(date.year().unsigned_abs() * 12 + date.month0()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}
impl FromStr for Date {
    type Err = InvalidDate;
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| plain).ok_or(InvalidDate)?;
        if (1970..=9_999).contains(&date.year()) { Ok(Self(date)) } else { Err(InvalidDate) }
    }
}
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_in_utc() {
        let month = |text: &str| Month::of(Timestamp::parse_rfc3339(text).unwrap()).to_string();
        assert_eq!(month("2026-10-31T23:59:59.999Z"), "2026-10");
        assert_eq!(month("2026-11-01T00:00:00.000Z"), "2026-11");
        assert_eq!(month("2026-11-01T00:30:00+01:00"), "2026-10");
        assert_eq!("2027-01".parse::<Month>().unwrap().months_since("2026-11".parse().unwrap()), 2);
        assert_eq!("2026-12".parse::<Month>().unwrap().first_day().to_string(), "2026-12-01");
    }

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for wrong in ["2026-02-30", "2026-2-03", "26-02-03", "2026-02-03T", "", "+2026-2-03", "0000-01-01"] {
            assert_eq!(wrong.parse::<Date>(), Err(InvalidDate), "{wrong}");
        }
        for wrong in ["2026-13", "2026-1", "202601", "2026-00"] {
            assert_eq!(wrong.parse::<Month>(), Err(InvalidDate), "{wrong}");
        }
        assert_eq!(serde_json::to_string(&"2026-02-28".parse::<Date>().unwrap()).unwrap(), "\"2026-02-28\"");
    }
}
