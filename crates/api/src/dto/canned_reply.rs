//! Canned replies, and what is suggested of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeType {
    /// Yours alone.
    Personal,
    /// A team's.
    Team,
    /// A brand's.
    Brand,
    /// Everybody's.
    Workspace,
}

/// For whom something is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplyScope {
    pub r#type: ScopeType,
    /// Of `team`.
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// Of `brand`.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
}

/// For whom something is to be: with `team` goes a `team_id`, with `brand` a `brand_id`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReplyScope {
    pub r#type: ScopeType,
    pub team_id: Option<TeamId>,
    pub brand_id: Option<BrandId>,
}

/// A text that is written once and said often.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CannedReply {
    pub id: CannedReplyId,
    pub version: Position,
    pub scope: ReplyScope,
    /// What people type for it, in small letters and without a slash.
    #[schema(max_length = 40)]
    pub shortcut: String,
    #[schema(max_length = 100)]
    pub title: String,
    /// May hold variables, as `{{contact.first_name|there}}`.
    #[schema(max_length = 4096)]
    pub text: String,
    /// The variables in it.
    #[schema(max_items = 1000)]
    pub variables: Vec<String>,
    /// The language it is in.
    #[schema(required, max_length = 35)]
    pub locale: Option<String>,
    /// Buttons or a list under the text, as in the Cloud API, without a `body`.
    #[schema(required, value_type = Option<Object>)]
    pub interactive: Option<Value>,
    /// Messages written with it.
    pub uses: Position,
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
page! { /// Canned replies.
CannedReplyPage of CannedReply }

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCannedReply {
    pub scope: SetReplyScope,
    /// Letters, digits and `_ - .`; one thing within its scope.
    #[schema(min_length = 1, max_length = 41)]
    pub shortcut: String,
    #[schema(min_length = 1, max_length = 100)]
    pub title: String,
    #[schema(min_length = 1, max_length = 4096)]
    pub text: String,
    #[schema(min_length = 2, max_length = 35)]
    pub locale: Option<String>,
    /// Buttons or a list under the text, as in the Cloud API, without a `body`.
    #[schema(value_type = Option<Object>)]
    pub interactive: Option<Value>,
}

/// What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCannedReply {
    pub scope: Option<SetReplyScope>,
    #[schema(min_length = 1, max_length = 41)]
    pub shortcut: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    pub title: Option<String>,
    #[schema(min_length = 1, max_length = 4096)]
    pub text: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 35)]
    pub locale: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub interactive: Patch<Value>,
}

/// Which canned replies, or macros.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ScopeQuery {
    /// Those of a kind of scope.
    #[param(inline)]
    pub scope: Option<ScopeType>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// What was typed, and where.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SuggestionQuery {
    /// The beginning of a shortcut, or words; all when absent.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// The conversation that is written in.
    #[param(inline)]
    pub conversation_id: Option<ConversationId>,
}

/// A canned reply as it would be said.
#[derive(Debug, Serialize, ToSchema)]
pub struct CannedReplySuggestion {
    pub canned_reply: CannedReply,
    /// With its variables filled in.
    #[schema(max_length = 100_000)]
    pub text: String,
    /// The message to send: its type, and under that key its content.
    #[schema(value_type = Object)]
    pub content: Value,
    /// Variables with neither a value nor a fall-back; nothing stands in their place.
    #[schema(max_items = 1000)]
    pub missing: Vec<String>,
}

/// The best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CannedReplySuggestions {
    #[schema(max_items = 20)]
    pub data: Vec<CannedReplySuggestion>,
    pub as_of: Position,
}
