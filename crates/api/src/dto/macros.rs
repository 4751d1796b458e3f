//! Macros, and what came of running one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::canned_reply::{ReplyScope, SetReplyScope};
use super::conversation::{Priority, SettableStatus};
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// What a macro can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MacroActionType {
    /// Takes `content`.
    SendMessage,
    /// Takes `tag`.
    AddTag,
    /// Takes `tag`.
    RemoveTag,
    /// Takes `queue_id`.
    MoveToQueue,
    /// Takes `user_id`.
    AssignAgent,
    /// Takes `priority`.
    SetPriority,
    /// Takes `status`, and with `resolved` perhaps `disposition`.
    SetStatus,
    /// Takes `for_seconds`.
    Snooze,
    /// Takes `text`.
    AddNote,
    /// Takes `text` and `user_ids` or `team_ids`.
    Notify,
    AskSatisfaction,
    /// Perhaps takes `queue_id`.
    HandOver,
    /// Takes `integration`, `operation` and perhaps `parameters`. Not in a macro of one's own.
    CallIntegration,
}

/// One thing to do: the fields its type takes, and no others.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMacroAction {
    pub r#type: MacroActionType,
    /// A text, an interactive message or a template as in the Cloud API: its `type`, and under that key its content.
    #[schema(value_type = Option<Object>)]
    pub content: Option<Value>,
    #[schema(min_length = 1, max_length = 64)]
    pub tag: Option<String>,
    pub queue_id: Option<QueueId>,
    pub user_id: Option<UserId>,
    pub priority: Option<Priority>,
    pub status: Option<SettableStatus>,
    #[schema(min_length = 1, max_length = 100)]
    pub disposition: Option<String>,
    #[schema(minimum = 60, maximum = 31_622_400)]
    pub for_seconds: Option<u32>,
    /// May hold variables.
    #[schema(min_length = 1, max_length = 4096)]
    pub text: Option<String>,
    #[schema(max_items = 50)]
    pub user_ids: Option<Vec<UserId>>,
    #[schema(max_items = 50)]
    pub team_ids: Option<Vec<TeamId>>,
    #[schema(min_length = 1, max_length = 64)]
    pub integration: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    pub operation: Option<String>,
    pub parameters: Option<BTreeMap<String, String>>,
}

/// One thing that is done, with the fields of its type; the others are null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MacroAction {
    pub r#type: MacroActionType,
    #[schema(required, value_type = Option<Object>)]
    pub content: Option<Value>,
    #[schema(required, max_length = 64)]
    pub tag: Option<String>,
    #[schema(required)]
    pub queue_id: Option<QueueId>,
    #[schema(required)]
    pub user_id: Option<UserId>,
    #[schema(required)]
    pub priority: Option<Priority>,
    #[schema(required)]
    pub status: Option<SettableStatus>,
    #[schema(required, max_length = 100)]
    pub disposition: Option<String>,
    #[schema(required, minimum = 0, maximum = 31_622_400)]
    pub for_seconds: Option<u32>,
    #[schema(required, max_length = 4096)]
    pub text: Option<String>,
    #[schema(required, max_items = 50)]
    pub user_ids: Option<Vec<UserId>>,
    #[schema(required, max_items = 50)]
    pub team_ids: Option<Vec<TeamId>>,
    #[schema(required, max_length = 64)]
    pub integration: Option<String>,
    #[schema(required, max_length = 64)]
    pub operation: Option<String>,
    #[schema(required)]
    pub parameters: Option<BTreeMap<String, String>>,
}

/// Several actions that somebody does at once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Macro {
    pub id: MacroId,
    pub version: Position,
    pub scope: ReplyScope,
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(required, max_length = 1000)]
    pub description: Option<String>,
    /// Done in their order.
    #[schema(max_items = 20)]
    pub actions: Vec<MacroAction>,
    /// How often it was run.
    pub runs: Position,
    #[schema(required)]
    pub last_run_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
page! { /// Macros.
MacroPage of Macro }

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMacro {
    pub scope: SetReplyScope,
    /// One thing within its scope.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    pub actions: Vec<SetMacroAction>,
}

/// What is absent stays; `actions` are replaced whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMacro {
    pub scope: Option<SetReplyScope>,
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    pub description: Patch<String>,
    #[schema(min_items = 1, max_items = 20)]
    pub actions: Option<Vec<SetMacroAction>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunMacro {
    pub macro_id: MacroId,
    pub conversation_id: ConversationId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MacroOutcome {
    Done,
    /// It was so before.
    AlreadySo,
    /// It could not be done; those after it were left.
    Refused,
    /// One before it was refused.
    Left,
}

/// What came of one action.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MacroResult {
    pub outcome: MacroOutcome,
    /// The action's type; null where it was left.
    #[schema(required, max_length = 64)]
    pub r#type: Option<String>,
    /// Why, of `refused`: `not_allowed`, `service_window_closed`, `invalid_transition` and the like.
    #[schema(required, max_length = 64)]
    pub reason: Option<String>,
    /// The message it sent.
    #[schema(required)]
    pub message_id: Option<MessageId>,
}

/// What came of running a macro.
#[derive(Debug, Serialize, ToSchema)]
pub struct MacroRun {
    /// Position of its event, behind everything it did.
    pub pos: Position,
    pub macro_id: MacroId,
    /// The macro as it was.
    pub macro_version: Position,
    pub conversation_id: ConversationId,
    /// One for each action, in their order.
    #[schema(max_items = 20)]
    pub results: Vec<MacroResult>,
    /// Whether nothing was refused.
    pub complete: bool,
}
