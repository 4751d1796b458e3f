//! Macros, and what came of running one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::automation_action::AutomationAction;
use super::canned_reply::{ReplyScope, SetReplyScope};
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

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
    /// Done in their order; as they are written, what is absent null.
    #[schema(value_type = Vec<Object>, max_items = 20)]
    pub actions: Vec<AutomationAction>,
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
    /// Questions and answers from the knowledge base are for automation rules alone; another system is told of nothing by a
    /// macro of one's own.
    #[schema(min_items = 1, max_items = 20)]
    pub actions: Vec<AutomationAction>,
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
    pub actions: Option<Vec<AutomationAction>>,
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
