//! Contacts from and to files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contact_consent::ConsentPurpose;
use super::page::page;
use super::report::ReportFormat;
use super::scalar::*;

/// What finds the contact that a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportDedupe {
    Phone,
    ExternalId,
}

/// What becomes of a row whose contact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOnMatch {
    Update,
    Skip,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateContactImport {
    /// A file that you uploaded: UTF-8, cells between commas, semicolons or tabs, the names of the columns in its first line;
    /// at most 64 MiB and 1,000,000 rows.
    pub media_id: MediaId,
    /// Whose contacts they are.
    pub brand_id: BrandId,
    /// The columns of the file by name, and what each is: `phone`, `name`, `external_id`, `language`, `tags` (with `|` between
    /// them), `attribute.<key>`, `consent.<purpose>` (yes or no). Columns that are not named are left out.
    #[schema(value_type = Object)]
    pub mapping: BTreeMap<String, String>,
    pub dedupe: ImportDedupe,
    pub on_match: ImportOnMatch,
    /// Tags for every contact of the file.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// What everybody in the file agreed to. Never counts against a customer's own no.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub consents: Vec<ConsentPurpose>,
    /// Where they agreed, such as a form and its date; needed where the file, or `consents`, says that they did.
    #[schema(max_length = 500, pattern = "^[^\\u0000]*$")]
    pub evidence: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactImportState {
    Running,
    Finished,
    Failed,
}

/// Why an import goes no further. What was done stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactImportFailure {
    FileGone,
    NotUtf8,
    NotCsv,
    TooManyRows,
    NotAllowed,
}

/// A file whose rows become contacts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactImport {
    pub id: ContactImportId,
    pub state: ContactImportState,
    #[schema(required)]
    pub failure: Option<ContactImportFailure>,
    pub brand_id: BrandId,
    pub media_id: MediaId,
    pub dedupe: ImportDedupe,
    pub on_match: ImportOnMatch,
    /// Rows that are done with.
    pub rows: Position,
    pub created: Position,
    pub updated: Position,
    /// Known, and left as they were.
    pub skipped: Position,
    pub failed: Position,
    pub requested_at: Timestamp,
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
}
page! { /// Imports, newest first.
ContactImportPage of ContactImport }

/// Why a row came to nothing. Says what was wrong and never what stood there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactImportError {
    /// Counted from 1, the line with the names left out.
    pub row: Position,
    /// What the column was to be; null: the row as a whole.
    #[schema(required, max_length = 100)]
    pub column: Option<String>,
    #[schema(max_length = 64)]
    pub code: String,
}
page! { /// Errors in the order of their rows; the first 10,000.
ContactImportErrorPage of ContactImportError }

/// Which contacts; what is absent or empty filters nothing, of several each must hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateContactExport {
    /// `csv` when absent.
    pub format: Option<ReportFormat>,
    pub segment_id: Option<SegmentId>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub brand_ids: Vec<BrandId>,
    /// They have a conversation on one of these.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub channel_ids: Vec<ChannelId>,
    /// They have one of these.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
}

/// Which part of a list of errors.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ErrorsQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
