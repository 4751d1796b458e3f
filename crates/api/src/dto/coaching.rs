//! Notes on how somebody works.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::UserSummary;
use super::page::page;
use super::scalar::{CoachingNoteId, ConversationId, Position, Timestamp, UserId};

/// A remark on somebody's work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoachingNote {
    pub id: CoachingNoteId,
    /// For `If-Match`.
    pub version: Position,
    /// Whose work.
    pub agent: UserSummary,
    pub author: UserSummary,
    /// The conversation it is about; null too where you do not see that.
    #[schema(required)]
    pub conversation_id: Option<ConversationId>,
    /// Whether the person reads it too.
    pub shared: bool,
    #[schema(max_length = 10000)]
    pub body: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub changed_at: Option<Timestamp>,
}

page! {
/// Newest first.
CoachingNotePage of CoachingNote }

/// Which notes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CoachingNoteQuery {
    /// Only about this person.
    pub agent_id: Option<UserId>,
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
}

/// A remark to be written down.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCoachingNote {
    /// Somebody you look after.
    pub agent_id: UserId,
    /// A conversation you see that it is about.
    pub conversation_id: Option<ConversationId>,
    /// Whether the person reads it too; they do unless it is false.
    pub shared: Option<bool>,
    #[schema(min_length = 1, max_length = 10000)]
    pub body: String,
}

/// What it says from now on; what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCoachingNote {
    pub shared: Option<bool>,
    #[schema(min_length = 1, max_length = 10000)]
    pub body: Option<String>,
}
