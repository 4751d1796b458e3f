//! Time as data: milliseconds since the Unix epoch, UTC. The clock is read at the edge and arrives with
//! the command.

use std::fmt;
use std::ops::{Add, Sub};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z. Events store the integer, the API shows
/// RFC 3339.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in milliseconds; negative when it runs backwards.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// A time that may be absent, in eight bytes: for what there is a million of.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Clone, Copy, PartialEq, Eq)]
pub struct MaybeTimestamp(i64);

crate::packed_as!(Timestamp: i64);
crate::packed_as!(MaybeTimestamp: i64);
crate::packed_as!(Millis: i64);

impl MaybeTimestamp {
    pub const NONE: Self = Self(i64::MIN);

    pub const fn at(at: Timestamp) -> Self {
        Self(at.0)
    }
    pub fn get(self) -> Option<Timestamp> {
        (self != Self::NONE).then_some(Timestamp(self.0))
    }
    /// The later of both; an absent one never wins.
    pub fn extend(&mut self, at: Timestamp) {
        self.0 = self.0.max(at.0);
    }
}
impl From<Option<Timestamp>> for MaybeTimestamp {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::NONE, Self::at)
    }
}
impl fmt::Debug for MaybeTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(at) => write!(f, "{at}"),
            None => f.write_str("-"),
        }
    }
}

impl Millis {
    /// `n` seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n * 1_000)
    }
    /// `n` minutes.
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n * 60)
    }
    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n * 60)
    }
    /// How many whole seconds it has, none where it runs backwards.
    pub fn whole_seconds(self) -> u32 {
        u32::try_from(self.0.max(0) / 1_000).unwrap_or(u32::MAX)
    }
    /// `n` days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self::hours(n * 24)
    }
}

impl Timestamp {
    /// Wraps milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// Wraps seconds since the epoch; values past the range of milliseconds saturate.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }
    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// What happened, in the provider's or a user's time, kept inside what we believe:
    /// `[recorded - 7 d, recorded + 60 s]`.
    pub fn clamped_to(self, recorded: Timestamp) -> Timestamp {
        self.max(recorded - OCCURRED_BEHIND_MAX).min(recorded + OCCURRED_AHEAD_MAX)
    }
    /// RFC 3339 in UTC with milliseconds, `2026-11-21T09:00:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }
    /// Reads RFC 3339 with any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self(at.timestamp_millis()))
    }
}

/// How far before its arrival a fact may claim to have happened: the provider retries for seven days.
pub const OCCURRED_BEHIND_MAX: Millis = Millis::days(7);
/// How far after its arrival a fact may claim to have happened: clocks differ.
pub const OCCURRED_AHEAD_MAX: Millis = Millis::seconds(60);

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, length: Millis) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}
impl Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, length: Millis) -> Self {
        Self(self.0.saturating_sub(length.0))
    }
}
impl Sub for Timestamp {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_time_is_kept_within_a_week_behind_and_a_minute_ahead() {
        let now = Timestamp::from_seconds(1_795_251_600);
        assert_eq!(Timestamp::from_seconds(0).clamped_to(now), now - Millis::days(7));
        assert_eq!((now + Millis::days(2)).clamped_to(now), now + Millis::seconds(60));
        assert_eq!((now - Millis::days(3)).clamped_to(now), now - Millis::days(3));
    }

    #[test]
    fn rfc_3339_goes_both_ways() {
        let at = Timestamp::from_millis(1_795_251_600_123);
        assert_eq!(at.to_rfc3339(), "2026-11-21T09:00:00.123Z");
        assert_eq!(Timestamp::parse_rfc3339("2026-11-21T10:00:00.123+01:00"), Some(at));
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    }
}
