//! The same done to many conversations, and what became of each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversation::{ConversationStatus, Priority, UserSummary};
use super::page::page;
use super::scalar::{BulkJobId, ConversationId, Position, TeamId, Timestamp, UserId};
use crate::extract::Patch;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkOperationType {
    /// Takes `assignee_id` and, if they are to move, `team_id`.
    Assign,
    Resolve,
    /// Takes `status`.
    SetStatus,
    /// Takes `until`.
    Snooze,
    /// Takes `priority`.
    SetPriority,
    /// Takes `tag`.
    AddTag,
    /// Takes `tag`.
    RemoveTag,
}

/// To resolve and to snooze are operations of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkStatus {
    Open,
    Pending,
}

/// What to do to each: the fields its type takes, and no others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkOperation {
    pub r#type: BulkOperationType,
    /// `assign`: null gives them back to their queues.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Patch<UserId>,
    /// `assign`: the team's queue they lie in from now on; null: the brand's common one. Absent leaves each, except that
    /// whoever may move conversations between teams moves it to the assignee's.
    #[serde(default)]
    #[schema(value_type = Option<TeamId>)]
    pub team_id: Patch<TeamId>,
    pub status: Option<BulkStatus>,
    pub until: Option<Timestamp>,
    pub priority: Option<Priority>,
    #[schema(min_length = 1, max_length = 64)]
    pub tag: Option<String>,
    /// `resolve`: what it came to.
    #[schema(min_length = 1, max_length = 60)]
    pub disposition: Option<String>,
    /// `assign`, `resolve`, `set_status`, `snooze`: why.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: Option<String>,
}

/// A new job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBulkJob {
    /// Each once.
    #[schema(min_items = 1, max_items = 1_000)]
    pub conversation_ids: Vec<ConversationId>,
    pub operation: BulkOperation,
}

/// What a job does. `escalate` is asked for at a place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkJobType {
    Assign,
    Resolve,
    SetStatus,
    Snooze,
    SetPriority,
    AddTag,
    RemoveTag,
    Escalate,
}

/// What a job does, with the fields of its type; the others are null.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkJobOperation {
    pub r#type: BulkJobType,
    #[schema(required)]
    pub assignee_id: Option<UserId>,
    /// Whether they move to `team_id`.
    pub moves: bool,
    /// Null with `moves`: the brand's common queue.
    #[schema(required)]
    pub team_id: Option<TeamId>,
    #[schema(required)]
    pub status: Option<ConversationStatus>,
    #[schema(required)]
    pub until: Option<Timestamp>,
    #[schema(required)]
    pub priority: Option<Priority>,
    #[schema(required, max_length = 64)]
    pub tag: Option<String>,
    #[schema(required, max_length = 60)]
    pub disposition: Option<String>,
    #[schema(required, max_length = 200)]
    pub reason: Option<String>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkJobState {
    Queued,
    Running,
    Done,
    /// It is being taken back.
    Undoing,
    Undone,
}

/// How many items ended how, so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkCounts {
    #[schema(minimum = 1, maximum = 1_000)]
    pub total: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub done: u32,
    /// They were as wanted already.
    #[schema(minimum = 0, maximum = 1_000)]
    pub unchanged: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub refused: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub not_found: u32,
}

/// Who took a job back, and how many of the items that were done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkUndo {
    pub requested_by: UserSummary,
    pub requested_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    #[schema(minimum = 0, maximum = 1_000)]
    pub undone: u32,
    /// What the job had set was changed by somebody, or something, since, and stays so.
    #[schema(minimum = 0, maximum = 1_000)]
    pub changed_since: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub refused: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub not_found: u32,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkJob {
    pub id: BulkJobId,
    pub state: BulkJobState,
    pub operation: BulkJobOperation,
    pub requested_by: UserSummary,
    pub requested_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    pub counts: BulkCounts,
    #[schema(required)]
    pub undo: Option<BulkUndo>,
}
page! { /// Jobs, newest first.
BulkJobPage of BulkJob }

/// How one conversation of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    /// Not decided yet.
    Waiting,
    Done,
    /// It was as wanted already.
    Unchanged,
    Refused,
    /// It does not exist, or whoever asked could not see it.
    NotFound,
}

/// How the undoing of one conversation of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkUndoOutcome {
    Undone,
    /// What the job had set was changed since, and stays so.
    ChangedSince,
    Refused,
    NotFound,
}

/// Why an item ended so: what a command on this one conversation would have been answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkProblem {
    #[schema(pattern = "^[a-z][a-z-]{0,63}$")]
    pub code: String,
    #[schema(max_length = 200)]
    pub title: String,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    #[schema(required, max_length = 2000)]
    pub detail: Option<String>,
}

/// What became of taking an item back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkItemUndo {
    pub outcome: BulkUndoOutcome,
    /// The conversation's after it.
    #[schema(required)]
    pub version: Option<Position>,
    #[schema(required)]
    pub problem: Option<BulkProblem>,
}

/// One conversation of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkItem {
    pub conversation_id: ConversationId,
    pub outcome: BulkOutcome,
    /// The conversation's after it; null where there is none, and while it waits.
    #[schema(required)]
    pub version: Option<Position>,
    #[schema(required)]
    pub problem: Option<BulkProblem>,
    /// Null where it was not taken back, or not yet.
    #[schema(required)]
    pub undo: Option<BulkItemUndo>,
}
page! { /// The conversations of a job, in the order they were named.
BulkItemPage of BulkItem }

/// What to escalate, and where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// Each once.
    #[schema(min_items = 1, max_items = 100)]
    pub conversation_ids: Vec<ConversationId>,
    /// The team in whose queue they lie from now on, with nobody.
    pub to_team_id: TeamId,
    /// At least this; absent: a step up from what each has. Nothing becomes less urgent.
    pub priority: Option<Priority>,
    /// For whoever takes it, as an internal note in each; see `add_note`.
    #[schema(min_length = 1, max_length = 16_384)]
    pub note: Option<String>,
}

/// What became of an escalation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Escalation {
    /// It is kept as a job, which whoever does jobs can take back.
    pub job_id: BulkJobId,
    pub counts: BulkCounts,
    #[schema(max_items = 100)]
    pub data: Vec<BulkItem>,
}
