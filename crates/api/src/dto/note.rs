//! Internal notes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{ConversationId, NoteId, Position, Timestamp, UserId};

/// Written for colleagues; has no way to the customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Note {
    pub id: NoteId,
    pub conversation_id: ConversationId,
    pub pos: Position,
    pub author_id: UserId,
    #[schema(max_length = 10_000)]
    pub body: String,
    pub created_at: Timestamp,
}
page! { /// Notes, newest first.
NotePage of Note }

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    #[schema(min_length = 1, max_length = 10_000)]
    pub body: String,
}
