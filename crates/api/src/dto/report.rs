//! Reports as files, and those that come again and again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::business_hours::Weekday;
use super::conversation::UserSummary;
use super::page::page;
use super::scalar::{BrandId, ChannelId, Position, ReportExportId, ScheduledReportId, TeamId, Timestamp, UserId};

/// What there is a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Conversations, by when they began.
    Conversations,
    /// Episodes that got a first response, by when they got it.
    FirstResponses,
    /// Messages of people, by when they were written.
    Replies,
    /// Episodes that were resolved, by when they were.
    Resolutions,
    /// Promises, by when they ended.
    Sla,
    /// Satisfaction surveys, by when they were sent.
    Ratings,
    /// Numbers of the period beside those of the one before, as `GET /v1/analytics/summary?compare=previous` has them: one
    /// row for each metric.
    Summary,
    /// Contacts, asked for by `POST /v1/contact-exports` alone.
    Contacts,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    Csv,
    /// An object to a line.
    Ndjson,
    /// In builds that write it.
    Parquet,
}

/// Which rows are wanted. What is left out, or empty, filters nothing; of several each must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetReportFilters {
    #[schema(max_items = 50)]
    pub brand_ids: Vec<BrandId>,
    #[schema(max_items = 50)]
    pub channel_ids: Vec<ChannelId>,
    /// Whose conversation it was when it happened; of whole conversations, as of the export's position.
    #[schema(max_items = 50)]
    pub team_ids: Vec<TeamId>,
    /// Who answered, wrote, resolved or had promised; of whole conversations, who had it as of the export's position.
    #[schema(max_items = 50)]
    pub agent_ids: Vec<UserId>,
    /// The conversation has one of them as of the export's position.
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
}

/// Which rows are wanted. What is empty filters nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportFilters {
    #[schema(max_items = 50)]
    pub brand_ids: Vec<BrandId>,
    #[schema(max_items = 50)]
    pub channel_ids: Vec<ChannelId>,
    #[schema(max_items = 50)]
    pub team_ids: Vec<TeamId>,
    #[schema(max_items = 50)]
    pub agent_ids: Vec<UserId>,
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
}

/// A file that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReportExport {
    pub kind: ReportKind,
    /// Included.
    pub from: Timestamp,
    /// Excluded; at most 1098 days after `from`.
    pub to: Timestamp,
    /// `csv` when absent.
    pub format: Option<ReportFormat>,
    #[serde(default)]
    pub filters: SetReportFilters,
    /// In which times are written, by its IANA name; `UTC` when absent.
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// What came after this position is not in it; the log's end when absent.
    pub as_of_pos: Option<Position>,
}

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportExportState {
    /// It waits, or is being made.
    Queued,
    /// It can be fetched.
    Completed,
    Failed,
    /// Its time was over and the file is gone.
    Expired,
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportExportFailure {
    /// It would have more than 5,000,000 rows, or more than a gigabyte. Ask for less time.
    TooLarge,
    /// Whoever it was for may not have reports any more.
    NotAllowed,
    /// This build does not write the format.
    FormatUnavailable,
}

/// A report as a file. Rows are limited by what whoever it is for could see when it was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportExport {
    pub id: ReportExportId,
    pub state: ReportExportState,
    pub kind: ReportKind,
    pub format: ReportFormat,
    pub from: Timestamp,
    pub to: Timestamp,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub filters: ReportFilters,
    /// The position of the log that it reflects.
    pub as_of_pos: Position,
    /// Whose it is.
    pub requested_for: UserSummary,
    /// The scheduled report whose run asked for it.
    #[schema(required)]
    pub scheduled_report_id: Option<ScheduledReportId>,
    pub requested_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    #[schema(required)]
    pub rows: Option<Position>,
    #[schema(required)]
    pub bytes: Option<Position>,
    /// Until when it can be fetched.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    #[schema(required)]
    pub failure: Option<ReportExportFailure>,
}
page! { /// Exports, newest first.
ReportExportPage of ReportExport }

/// What a scheduled report asks, whenever it runs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReportQuestion {
    pub kind: ReportKind,
    /// `csv` when absent.
    pub format: Option<ReportFormat>,
    #[serde(default)]
    pub filters: SetReportFilters,
}

/// What a scheduled report asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportQuestion {
    pub kind: ReportKind,
    pub format: ReportFormat,
    pub filters: ReportFilters,
}

/// How often a report comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFrequency {
    /// Of the local day before.
    Daily,
    /// Of the seven local days before.
    Weekly,
    /// Of the local month before.
    Monthly,
}

/// When a report comes: at a local time. One the clocks skip is the first there is after it, one they show twice the first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReportCadence {
    pub every: ReportFrequency,
    /// `weekly`: on which day.
    pub weekday: Option<Weekday>,
    /// `monthly`: on which day, one that every month has.
    #[schema(minimum = 1, maximum = 28)]
    pub day: Option<u8>,
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub at: String,
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: String,
}

/// When a report comes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportCadence {
    pub every: ReportFrequency,
    #[schema(required)]
    pub weekday: Option<Weekday>,
    #[schema(required, minimum = 1, maximum = 28)]
    pub day: Option<u8>,
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub at: String,
    #[schema(max_length = 64)]
    pub time_zone: String,
}

/// A report that comes again and again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetScheduledReport {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// `true` when absent.
    pub enabled: Option<bool>,
    pub question: SetReportQuestion,
    pub cadence: SetReportCadence,
    /// Who gets one, each with what they may see.
    #[schema(min_items = 1, max_items = 20)]
    pub recipient_ids: Vec<UserId>,
}

/// A report that comes again and again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScheduledReport {
    pub id: ScheduledReportId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    pub enabled: bool,
    pub question: ReportQuestion,
    pub cadence: ReportCadence,
    #[schema(max_items = 20)]
    pub recipients: Vec<UserSummary>,
    pub created_by: UserSummary,
    /// Null: it is switched off.
    #[schema(required)]
    pub next_due_at: Option<Timestamp>,
    #[schema(required)]
    pub last_run_at: Option<Timestamp>,
}
page! { /// Scheduled reports, in the order they were made.
ScheduledReportPage of ScheduledReport }
