//! Notes on how somebody works, for them and for who looks after them.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::ids::*;

/// Somebody's work was remarked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CoachingNoteAdded {
    pub coaching_note_id: CoachingNoteId,
    /// Whose work.
    pub agent_id: UserId,
    pub author_id: UserId,
    /// The conversation it is about, if it is about one.
    pub conversation_id: Option<ConversationId>,
    /// Whether the person reads it too.
    pub shared: bool,
    #[serde(skip)]
    pub private: Option<CoachingText>,
}
facts_and_private!(CoachingNoteAdded = "coaching_note.added");

/// What it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CoachingText {
    pub body: String,
}

/// It was reworded, or shared, or not any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CoachingNoteChanged {
    pub coaching_note_id: CoachingNoteId,
    pub shared: bool,
    #[serde(skip)]
    pub private: Option<CoachingText>,
}
facts_and_private!(CoachingNoteChanged = "coaching_note.changed");

/// It is shown to nobody any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CoachingNoteRemoved {
    pub coaching_note_id: CoachingNoteId,
}
facts!(CoachingNoteRemoved = "coaching_note.removed");
