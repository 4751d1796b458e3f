//! Facts about personal data that left in bulk: who had it, through which door, how much.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::ids::UserId;

/// Sealed parts of events are about to be shown. Written before the first byte of them leaves; a run of pages, or a
/// stream, is written once for the range it may give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DataRevealed {
    pub user_id: UserId,
    /// The operation.
    pub operation: String,
    pub from_pos: u64,
    /// `None`: a stream that stays open gives whatever comes.
    pub to_pos: Option<u64>,
    /// Events that lie in the range now; `None` for somebody who does not see all of them.
    pub count: Option<u64>,
}
facts!(DataRevealed = "data.revealed");

/// A file with data about people was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DataExported {
    /// `None`: at the machine, by somebody who has the master key.
    pub user_id: Option<UserId>,
    /// The operation.
    pub operation: String,
    /// Positions of the oldest and newest thing in it; `None` where it is empty.
    pub from_pos: Option<u64>,
    pub to_pos: Option<u64>,
    /// Rows.
    pub count: u64,
    #[serde(skip)]
    pub private: Option<ExportReason>,
}
facts_and_private!(DataExported = "data.exported");

/// Why, where that was asked. Sealed: whoever writes it may name people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExportReason {
    pub reason: String,
}
