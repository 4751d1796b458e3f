//! A calendar as events keep it: local times in whole seconds since the midnight at which their day begins.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;

/// Seconds of a day of the clock, whatever the zone does on it.
pub(super) const DAY_S: u32 = 86_400;

/// A day of the week.
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
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All seven, from Monday.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];
    /// Monday is 0.
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// From `start_s`, included, to `end_s`, excluded; past 86,400 it ends on the next day.
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
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Segment {
    pub start_s: u32,
    pub end_s: u32,
}

/// A segment of every week; it belongs to the day on which it starts.
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
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct WeeklySegment {
    pub day: Weekday,
    pub start_s: u32,
    pub end_s: u32,
}

/// A date on which the weekly table does not hold; segments that start on it are these.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Override {
    pub date: Date,
    /// What the day is called.
    pub name: Option<String>,
    /// Empty: closed.
    pub segments: Vec<Segment>,
}

/// A calendar, sorted: the table by day and time, the overrides by date.
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
pub struct Spec {
    /// A name of the IANA time zone database.
    pub time_zone: String,
    pub weekly: Vec<WeeklySegment>,
    pub overrides: Vec<Override>,
}
