//! Time zones of the IANA database: which local time a moment has, and which moment a local time is. The rules are those of
//! the database this was built with.
//!
//! A local time that does not exist moves forward to the first that does. One that comes twice begins with the first of the
//! two moments and ends with the second.

use std::cmp::Ordering;
use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::time::Timestamp;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(
    #[borsh(serialize_with = "crate::snapshot::write_text", deserialize_with = "crate::snapshot::read_text")] Tz,
);

/// The text names no zone there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a name of the IANA time zone database")]
pub struct UnknownZone;

impl FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        name.parse().map(Self).map_err(|_| UnknownZone)
    }
}

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    /// As the database writes it, `Europe/Madrid`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The local time at a moment, to the second.
    pub fn local(self, at: Timestamp) -> NaiveDateTime {
        self.local_s(at.as_millis().div_euclid(1_000))
    }

    /// The local date at a moment.
    pub fn date_at(self, at: Timestamp) -> NaiveDate {
        self.local(at).date()
    }

    /// The first moment of a local day. A day that was left out begins with the one after it.
    pub fn start_of(self, date: NaiveDate) -> Timestamp {
        Timestamp::from_seconds(self.begins(date.and_time(NaiveTime::MIN)))
    }

    /// The first moment whose local time is not before this one, in seconds since the epoch.
    pub(crate) fn begins(self, local: NaiveDateTime) -> i64 {
        match self.0.from_local_datetime(&local) {
            MappedLocalTime::Single(at) => at.timestamp(),
            MappedLocalTime::Ambiguous(one, other) => one.timestamp().min(other.timestamp()),
            MappedLocalTime::None => self.after_gap(local),
        }
    }

    /// The moment after the last whose local time is before this one, in seconds since the epoch.
    pub(crate) fn ends(self, local: NaiveDateTime) -> i64 {
        match self.0.from_local_datetime(&local) {
            MappedLocalTime::Single(at) => at.timestamp(),
            MappedLocalTime::Ambiguous(one, other) => one.timestamp().max(other.timestamp()),
            MappedLocalTime::None => self.after_gap(local),
        }
    }

    /// The local time at a moment, in seconds since the epoch.
    pub(crate) fn local_s(self, utc_s: i64) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(utc_s, 0).unwrap_or_default().naive_utc();
        utc + TimeDelta::seconds(i64::from(self.0.offset_from_utc_datetime(&utc).fix().local_minus_utc()))
    }

    /// Where a time that does not exist moves: clocks jump over it at exactly one moment, which lies within the widest
    /// offsets there are.
    fn after_gap(self, local: NaiveDateTime) -> i64 {
        let unshifted = local.and_utc().timestamp();
        let (mut before, mut after) = (unshifted - 26 * 3_600, unshifted + 26 * 3_600);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            match self.local_s(middle).cmp(&local) {
                Ordering::Less => before = middle,
                Ordering::Equal | Ordering::Greater => after = middle,
            }
        }
        after
    }
}
