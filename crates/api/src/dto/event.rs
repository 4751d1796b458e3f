//! The log as clients read it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::scalar::{Position, Timestamp};

/// One fact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Event {
    pub pos: Position,
    #[schema(max_length = 100)]
    pub stream: String,
    pub version: Position,
    /// `conversation.assigned` and the like; tolerate unknown ones.
    #[schema(max_length = 100)]
    pub r#type: String,
    #[schema(minimum = 1, maximum = 65_535)]
    pub schema: u16,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    #[schema(value_type = Object)]
    pub actor: Value,
    #[schema(required, max_length = 100)]
    pub correlation_id: Option<String>,
    #[schema(required)]
    pub causation_pos: Option<Position>,
    /// What the type says; nothing personal.
    #[schema(value_type = Object)]
    pub facts: Map<String, Value>,
    /// What is personal, opened; null when the key was destroyed or there is none.
    #[schema(required, value_type = Option<Object>)]
    pub private: Option<Value>,
}

/// Events in order. `next_after` also passes the ones that were filtered out.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    #[schema(max_length = 100)]
    pub log_id: String,
    pub oldest_pos: Position,
    pub head_pos: Position,
    #[schema(max_items = 1000)]
    pub data: Vec<Event>,
    pub next_after: Position,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct EventQuery {
    /// Events after this position; from the beginning when absent.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991u64)]
    pub after: Option<u64>,
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u16>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct EventStreamQuery {
    /// Events after this position; from the beginning when absent.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991u64)]
    pub after: Option<u64>,
    /// Stay and give what comes.
    pub follow: Option<bool>,
}

/// The log itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Log {
    #[schema(max_length = 100)]
    pub log_id: String,
    pub oldest_pos: Position,
    pub head_pos: Position,
    /// The log this one was restored from; null for one that began by itself.
    #[schema(required)]
    pub parent: Option<LogParent>,
    /// Hash over every event up to the head, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub chain_hash: String,
}

/// Both logs share their history up to and including `pos`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogParent {
    #[schema(max_length = 100)]
    pub log_id: String,
    pub pos: Position,
}
