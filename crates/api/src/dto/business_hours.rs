//! Calendars of business hours.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::page;
use super::scalar::{BrandId, HoursId, Position, Timestamp};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
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

/// From `start`, included, to `end`, excluded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoursSegment {
    #[schema(max_length = 8)]
    pub start: String,
    #[schema(max_length = 8)]
    pub end: String,
    pub ends_next_day: bool,
}

/// A segment of every week. It belongs to the day on which it starts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WeeklySegment {
    pub day: Weekday,
    #[schema(max_length = 8)]
    pub start: String,
    #[schema(max_length = 8)]
    pub end: String,
    pub ends_next_day: bool,
}

/// A date on which the weekly table does not hold: what starts on it are these segments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoursOverride {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub date: String,
    /// What the day is called.
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    /// Empty: closed.
    #[schema(max_items = 12)]
    pub segments: Vec<HoursSegment>,
}

/// A calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BusinessHours {
    pub id: HoursId,
    /// What is measured with it names this version.
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// Null: for the whole workspace.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    /// A name of the IANA time zone database.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// By day and time.
    #[schema(max_items = 84)]
    pub weekly: Vec<WeeklySegment>,
    /// By date.
    #[schema(max_items = 1000)]
    pub overrides: Vec<HoursOverride>,
}

/// A calendar in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BusinessHoursSummary {
    pub id: HoursId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// Null: for the whole workspace.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    #[schema(max_length = 64)]
    pub time_zone: String,
    #[schema(minimum = 0, maximum = 1000)]
    pub override_count: u32,
}
page! { /// Calendars.
BusinessHoursPage of BusinessHoursSummary }

/// From `start`, included, to `end`, excluded, in local time: `09:00` or `09:00:30`; `end` may be `24:00`. At most 24 hours.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHoursSegment {
    #[schema(max_length = 8)]
    pub start: String,
    #[schema(max_length = 8)]
    pub end: String,
    /// Whether `end` is a time of the next day. Absent: no.
    pub ends_next_day: Option<bool>,
}

/// A segment of every week, in local time: `09:00` or `09:00:30`; `end` may be `24:00`. At most 24 hours; none may overlap
/// another.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWeeklySegment {
    pub day: Weekday,
    #[schema(max_length = 8)]
    pub start: String,
    #[schema(max_length = 8)]
    pub end: String,
    /// Whether `end` is a time of the next day. Absent: no.
    pub ends_next_day: Option<bool>,
}

/// A date on which the weekly table does not hold.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHoursOverride {
    /// `2026-12-25`.
    #[schema(max_length = 10)]
    pub date: String,
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// Empty: closed. They may run into the next day and belong to this one all the same.
    #[schema(max_items = 12)]
    pub segments: Vec<NewHoursSegment>,
}

/// A new calendar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBusinessHours {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Absent: for the whole workspace.
    pub brand_id: Option<BrandId>,
    /// A name of the IANA time zone database.
    #[schema(max_length = 64)]
    pub time_zone: String,
    #[schema(max_items = 84)]
    pub weekly: Vec<NewWeeklySegment>,
    /// Absent: none.
    #[schema(max_items = 1000)]
    pub overrides: Option<Vec<NewHoursOverride>>,
}

/// A change of a calendar. Absent fields stay; lists are replaced as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBusinessHours {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[schema(max_length = 64, nullable = false)]
    pub time_zone: Option<String>,
    #[schema(max_items = 84, nullable = false)]
    pub weekly: Option<Vec<NewWeeklySegment>>,
    #[schema(max_items = 1000, nullable = false)]
    pub overrides: Option<Vec<NewHoursOverride>>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct OpenQuery {
    /// Now when absent.
    #[param(inline)]
    pub at: Option<Timestamp>,
}

/// Whether it is open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenState {
    pub hours_id: HoursId,
    pub version: Position,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub at: Timestamp,
    pub open: bool,
    /// Since when it is so; null: for more than a year.
    #[schema(required)]
    pub since: Option<Timestamp>,
    /// When it changes; null: not within a year.
    #[schema(required)]
    pub until: Option<Timestamp>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct ElapsedQuery {
    /// Seven days before `to` when absent.
    #[param(inline)]
    pub from: Option<Timestamp>,
    /// Now when absent. At most 366 days after `from`.
    #[param(inline)]
    pub to: Option<Timestamp>,
    /// The version to count with, also an earlier one; the newest when absent.
    #[param(minimum = 1, maximum = 9007199254740991u64)]
    pub version: Option<u64>,
}

/// A time in which it is open, its end excluded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenTime {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// How much open time lies in a period, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ElapsedTime {
    pub hours_id: HoursId,
    pub version: Position,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Exact, in milliseconds.
    #[schema(minimum = 0, maximum = 31622400000u64)]
    pub open_ms: u64,
    /// The same in whole seconds.
    #[schema(minimum = 0, maximum = 31622400)]
    pub open_s: u64,
    /// The open times it is the sum of, earliest first; the first thousand.
    #[schema(max_items = 1000)]
    pub open_times: Vec<OpenTime>,
    /// Whether there are more of them than are listed.
    pub more: bool,
}

/// Holidays as an iCalendar file in JSON.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportHolidays {
    /// The file's text.
    #[schema(min_length = 1, max_length = 524288)]
    pub ical: String,
}

/// A date that is closed now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HolidayDate {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub date: String,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
}

/// Why an event was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkippedBecause {
    /// It has times of the day.
    NotAllDay,
    /// Its dates cannot be read.
    Unreadable,
    /// It was called off.
    Cancelled,
    /// It changes one date of a series.
    ChangesASeries,
    /// It repeats otherwise than yearly, or by a rule that is not understood.
    UnknownRule,
    /// It lasts longer than 31 days.
    TooLong,
    /// It has no date from today on.
    Past,
    /// It has no date within five years.
    FarAhead,
}

/// An event that was not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SkippedEvent {
    /// The line of the file on which it begins.
    #[schema(minimum = 1, maximum = 1000000)]
    pub line: u32,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    pub reason: SkippedBecause,
}

/// What an import did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HolidayImport {
    pub hours_id: HoursId,
    /// The calendar's, afterwards.
    pub version: Position,
    #[schema(max_items = 1000)]
    pub added: Vec<HolidayDate>,
    /// What stood on these dates before is gone.
    #[schema(max_items = 1000)]
    pub replaced: Vec<HolidayDate>,
    /// Closed already, under the same name.
    #[schema(max_items = 1000)]
    pub unchanged: Vec<HolidayDate>,
    #[schema(max_items = 2000)]
    pub skipped: Vec<SkippedEvent>,
}
