//! The log as clients read it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

pub use super::live::asked::TypePattern;
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

/// Which events: what all that read the log ask for.
#[derive(Debug, Deserialize, IntoParams)]
pub struct EventSelection {
    /// Events after this position; from the beginning when absent.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991u64)]
    pub after: Option<u64>,
    /// Event types, or all of a kind: `message.received,conversation.*`.
    #[param(inline, style = Form, explode = false, max_items = 32)]
    pub types: Option<Vec<TypePattern>>,
    /// What it happened to, as `stream` names it.
    #[param(min_length = 1, max_length = 100, pattern = "^[a-z0-9_:]{1,100}$")]
    pub subject: Option<String>,
    /// Who did it: the id of a person (whose keys are included), of a key, or of a contact.
    #[param(min_length = 1, max_length = 64, pattern = "^(usr|key|con)_[0-9a-z]{26}$")]
    pub actor_id: Option<String>,
    /// The request that caused it.
    #[param(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9_.:-]{1,100}$")]
    pub correlation_id: Option<String>,
    /// Recorded at this time or later.
    #[param(inline)]
    pub since: Option<Timestamp>,
    /// Recorded before this time.
    #[param(inline)]
    pub until: Option<Timestamp>,
    /// Up to and including this position.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991u64)]
    pub until_pos: Option<u64>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct EventQuery {
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u16>,
}

/// How a line of a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineFormat {
    Cloudevents,
    Plain,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct EventStreamQuery {
    /// Stay and give what comes.
    pub follow: Option<bool>,
    /// Show what is personal. Takes the permission `events.open` and is written down.
    pub open_personal: Option<bool>,
    /// `cloudevents` when absent.
    #[param(inline)]
    pub format: Option<LineFormat>,
}

/// Events counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tally {
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub count: u64,
    /// As stored: facts and sealed parts, without the envelope.
    #[schema(maximum = 9_007_199_254_740_991u64)]
    pub bytes: u64,
    pub first_pos: Position,
    pub last_pos: Position,
}

/// Events of one type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeTally {
    #[schema(max_length = 100)]
    pub r#type: String,
    pub tally: Tally,
}

/// Events recorded on one day, UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayTally {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub date: String,
    pub tally: Tally,
}

/// What the log holds, as far as it was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventStats {
    #[schema(max_length = 100)]
    pub log_id: String,
    pub oldest_pos: Position,
    pub head_pos: Position,
    /// Null where nothing was found.
    #[schema(required)]
    pub total: Option<Tally>,
    /// By name; types that did not occur are absent.
    #[schema(max_items = 1000)]
    pub types: Vec<TypeTally>,
    /// In their order; days without an event are absent.
    #[schema(max_items = 1000)]
    pub days: Vec<DayTally>,
    /// Where counting goes on; null when everything asked for was counted.
    #[schema(required)]
    pub next_after: Option<Position>,
    pub as_of: Position,
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
