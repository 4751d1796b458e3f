//! Facts about contacts that come from a file. Rows are named by their number; what stands in them is in the contacts' own
//! events.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::contact::imports::{ImportFailure, ImportPlan, RowError, Tally};
use crate::ids::*;

/// Somebody wants a file's rows to become contacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactImportRequested {
    pub import_id: ContactImportId,
    pub brand_id: BrandId,
    pub media_id: MediaId,
    pub plan: ImportPlan,
    #[serde(skip)]
    pub private: Option<ImportEvidence>,
}
facts_and_private!(ContactImportRequested = "contact_import.requested");

/// Where the people in the file said what the plan says, in a colleague's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ImportEvidence {
    pub evidence: String,
}

/// What became of the file's next rows, in the command that made it so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactImportRowsDone {
    pub import_id: ContactImportId,
    /// Rows that are done with, these included.
    pub rows: u64,
    /// Of these rows.
    pub tally: Tally,
    pub errors: Vec<RowError>,
}
facts!(ContactImportRowsDone = "contact_import.rows_done");

/// The file is at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactImportFinished {
    pub import_id: ContactImportId,
}
facts!(ContactImportFinished = "contact_import.finished");

/// It goes no further. What was done stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactImportFailed {
    pub import_id: ContactImportId,
    pub reason: ImportFailure,
}
facts!(ContactImportFailed = "contact_import.failed");
