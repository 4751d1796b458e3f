//! Facts about reports as files, and about those that come again and again. What is in a file follows from the log; here is
//! what was asked, for whom, as of when, and what became of it.

use serde::{Deserialize, Serialize};

use super::facts;
use super::media::StoredFile;
use crate::ids::*;
use crate::report::schedule::ScheduledReport;
use crate::report::{Scope, Spec};
use crate::time::Timestamp;

/// A file is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReportExportRequested {
    pub export_id: ReportExportId,
    /// Whose it is, and whose rights limit what is in it.
    pub for_user_id: UserId,
    pub spec: Spec,
    /// The scheduled report whose run asked for it.
    pub scheduled_report_id: Option<ScheduledReportId>,
}
facts!(ReportExportRequested = "report_export.requested");

/// The file is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReportExportCompleted {
    pub export_id: ReportExportId,
    pub file: StoredFile,
    pub rows: u64,
    /// How far the rights reached with which it was made.
    pub scope: Scope,
    /// When the file goes.
    pub expires_at: Timestamp,
}
facts!(ReportExportCompleted = "report_export.completed");

/// Why a file was not made.
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
pub enum ExportFailure {
    /// It would have more rows or bytes than a file may have.
    TooLarge,
    /// Whoever it was for may not have it any more.
    NotAllowed,
    /// This build does not write the format.
    FormatUnavailable,
}

/// It was not made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReportExportFailed {
    pub export_id: ReportExportId,
    pub reason: ExportFailure,
}
facts!(ReportExportFailed = "report_export.failed");

/// The file's time was over, and it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReportExportExpired {
    pub export_id: ReportExportId,
}
facts!(ReportExportExpired = "report_export.expired");

/// A report comes again and again from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScheduledReportCreated {
    pub report_id: ScheduledReportId,
    pub created_by: UserId,
    pub report: ScheduledReport,
}
facts!(ScheduledReportCreated = "scheduled_report.created");

/// From now on it reads like this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScheduledReportChanged {
    pub report_id: ScheduledReportId,
    pub report: ScheduledReport,
}
facts!(ScheduledReportChanged = "scheduled_report.changed");

/// It comes no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScheduledReportRemoved {
    pub report_id: ScheduledReportId,
}
facts!(ScheduledReportRemoved = "scheduled_report.removed");

/// It was due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScheduledReportRan {
    pub report_id: ScheduledReportId,
    /// When it was, exactly.
    pub due_at: Timestamp,
    /// Runs before it that fell into a time in which nothing ran, and are not made up for.
    pub missed: u32,
    /// One for each recipient, in the order of their ids.
    pub export_ids: Vec<ReportExportId>,
    /// Recipients who may not have reports now.
    pub without_rights: Vec<UserId>,
}
facts!(ScheduledReportRan = "scheduled_report.ran");
