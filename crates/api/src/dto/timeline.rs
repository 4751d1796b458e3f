//! The whole of a conversation in reading order: messages, notes and what happened in between.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::message::Message;
use super::note::Note;
use super::page::page;
use super::scalar::{Position, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    Message,
    Note,
    Activity,
}

/// One line; the field named by `kind` holds it, the others are null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineEntry {
    pub kind: TimelineKind,
    pub pos: Position,
    /// Its place in the conversation's own order.
    pub version: Position,
    #[schema(required)]
    pub message: Option<Message>,
    #[schema(required)]
    pub note: Option<Note>,
    #[schema(required)]
    pub activity: Option<TimelineActivity>,
}
page! { /// A conversation, newest first.
TimelinePage of TimelineEntry }

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActivityActorType {
    User,
    Contact,
    Provider,
    /// A rule of automation.
    Automation,
    System,
}

/// Who made it happen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActivityActor {
    pub r#type: ActivityActorType,
    #[schema(required, max_length = 40)]
    pub id: Option<String>,
    #[schema(required, max_length = 1000)]
    pub name: Option<String>,
}

/// Something that happened to the conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineActivity {
    /// `conversation.assigned` and the like; tolerate unknown ones.
    #[schema(max_length = 100)]
    pub r#type: String,
    pub actor: ActivityActor,
    /// What the type says.
    #[schema(value_type = Object)]
    pub detail: Map<String, Value>,
    pub occurred_at: Timestamp,
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ListQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
