//! What differs between two positions of the log.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::{ConversationStatus, Priority, StatusCounts, UserSummary};
use super::page::PageInfo;
use super::scalar::*;

/// Both sides, each by a position or a time.
#[derive(Debug, Deserialize, IntoParams)]
pub struct HistoryDiffQuery {
    /// The earlier side: as it was when this was the newest position. This or `from`.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub from_pos: Option<u64>,
    /// The earlier side by time.
    #[param(inline)]
    pub from: Option<Timestamp>,
    /// The later side. This or `to`.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub to_pos: Option<u64>,
    /// The later side by time.
    #[param(inline)]
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// One side of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryMoment {
    pub pos: Position,
    pub at: Timestamp,
}

/// In what a conversation differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryChangeKind {
    /// It began in between.
    Opened,
    /// It is resolved, and was not.
    Resolved,
    /// It was resolved and began anew.
    Reopened,
    Status,
    /// Somebody else has it, or nobody.
    Reassigned,
    /// It lies in another team's queue, or in the brand's.
    MovedTeam,
    Priority,
    Tags,
}

/// A difference and what made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryChange {
    pub kind: HistoryChangeKind,
    /// The events that made it, oldest first; of very many the newest.
    #[schema(max_items = 100)]
    pub positions: Vec<Position>,
}

/// A conversation on one side.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistorySide {
    pub status: ConversationStatus,
    /// Named as they were called on the later side.
    #[schema(required)]
    pub assignee: Option<UserSummary>,
    #[schema(required)]
    pub team_id: Option<TeamId>,
    pub priority: Priority,
    #[schema(max_items = 100)]
    pub tags: Vec<String>,
}

/// A conversation that differs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationDiff {
    pub conversation_id: ConversationId,
    pub number: Position,
    /// Null: it did not exist.
    #[schema(required)]
    pub before: Option<HistorySide>,
    pub after: HistorySide,
    #[schema(max_items = 8)]
    pub changes: Vec<HistoryChange>,
}

/// What a queue held on one side.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct QueueSide {
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub pending: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub unassigned: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub waiting: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub at_risk: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub breached: u32,
}

/// A queue on both sides; null where it did not exist.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueDiff {
    pub queue_id: QueueId,
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(required)]
    pub before: Option<QueueSide>,
    #[schema(required)]
    pub after: Option<QueueSide>,
}

/// All conversations you see, by status.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusDiff {
    pub before: StatusCounts,
    pub after: StatusCounts,
}

/// What differs between two positions. Conversations in the order in which they were opened; a page may be short, even
/// empty, and still have a next one.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryDiff {
    pub from: HistoryMoment,
    pub to: HistoryMoment,
    pub by_status: StatusDiff,
    /// The same on every page.
    #[schema(max_items = 1000)]
    pub queues: Vec<QueueDiff>,
    #[schema(max_items = 200)]
    pub data: Vec<ConversationDiff>,
    pub page: PageInfo,
    /// The later position.
    pub as_of: Position,
}
