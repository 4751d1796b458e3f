//! The audit log.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::page::page;
use super::scalar::{Position, Timestamp, UserId};

/// What kind of thing it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    SignedIn,
    SignInFailed,
    SessionEnded,
    /// An account was made, changed, closed, opened again.
    AccountChanged,
    /// A role, brands, a membership, a collaborator.
    AccessChanged,
    /// A write was refused.
    AccessDenied,
    /// Personal data was shown in bulk.
    DataRevealed,
    /// A file was made.
    DataExported,
    DataErased,
    ConfigurationChanged,
    BillingChanged,
    /// The machine's wall clock was set.
    ClockSuspected,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    Done,
    /// Somebody could not prove who they are.
    Failed,
    Denied,
}

/// Who did it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditActor {
    /// `user`, `contact`, `provider` or `system`.
    #[schema(max_length = 16)]
    pub r#type: String,
    #[schema(required, max_length = 64)]
    pub id: Option<String>,
    /// A user's name, as it is now.
    #[schema(required, max_length = 200)]
    pub name: Option<String>,
}

/// One entry; the event at its position says it all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    pub pos: Position,
    pub at: Timestamp,
    pub action: AuditAction,
    pub outcome: AuditOutcome,
    /// The event's type.
    #[schema(max_length = 100)]
    pub event: String,
    pub actor: AuditActor,
    /// The id of what it was done to.
    #[schema(required, max_length = 100)]
    pub target_id: Option<String>,
    /// Where they signed in from, or failed to.
    #[schema(required, max_length = 64)]
    pub address: Option<String>,
    /// What more there is to say: names and texts.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}
page! { /// Audit entries, newest first. A page may be short of its limit and still have a next one.
AuditPage of AuditEntry }

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    Json,
    Csv,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct AuditQuery {
    #[param(inline)]
    pub actor_id: Option<UserId>,
    #[param(inline, style = Form, explode = false)]
    pub action: Option<Vec<AuditAction>>,
    /// The id of what it was done to.
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9_]{1,64}$")]
    pub target_id: Option<String>,
    /// From this position or time on.
    #[param(pattern = "^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][^\\s]{5,30})$")]
    pub from: Option<String>,
    /// Before this position or time.
    #[param(pattern = "^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][^\\s]{5,30})$")]
    pub to: Option<String>,
    /// `csv` is also chosen by `Accept: text/csv`.
    #[param(inline)]
    pub format: Option<AuditFormat>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent. A CSV has all rows, 10,000 at most, where it is absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
