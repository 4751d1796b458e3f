//! Facts about jobs on many conversations. What was done to each conversation is in its own stream, by whoever asked for
//! the job; here is what became of the job's items, each with what it was before, so that it can be taken back.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::bulk::{Item, Operation, UndoneItem};
use crate::ids::*;

/// Somebody wants the same done to many conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobRequested {
    pub job_id: BulkJobId,
    /// Each once, in the order they are worked on.
    pub conversation_ids: Vec<ConversationId>,
    pub operation: Operation,
    #[serde(skip)]
    pub private: Option<BulkJobReason>,
}
facts_and_private!(BulkJobRequested = "bulk_job.requested");

/// Why, in the asker's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobReason {
    pub reason: String,
}

/// The next items were decided, in the same command as what they made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobItemsDone {
    pub job_id: BulkJobId,
    pub items: Vec<Item>,
}
facts!(BulkJobItemsDone = "bulk_job.items_done");

/// Every item was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobFinished {
    pub job_id: BulkJobId,
}
facts!(BulkJobFinished = "bulk_job.finished");

/// Somebody wants what it did taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobUndoRequested {
    pub job_id: BulkJobId,
}
facts!(BulkJobUndoRequested = "bulk_job.undo_requested");

/// The next of the items that were done were taken back, or not, in the same command as what that made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobItemsUndone {
    pub job_id: BulkJobId,
    pub items: Vec<UndoneItem>,
}
facts!(BulkJobItemsUndone = "bulk_job.items_undone");

/// Every item that was done was taken back, or could not be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BulkJobUndone {
    pub job_id: BulkJobId,
}
facts!(BulkJobUndone = "bulk_job.undone");
