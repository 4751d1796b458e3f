//! Facts about internal notes. They lie in the conversation's stream; their texts are sealed with the contact's key,
//! because what colleagues say about a person goes when the person is erased. Whom a note tells is decided when it is
//! written and stands in the event, so that every reader tells the same people.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::conversation::mention::Mention;
use crate::ids::*;

/// An internal note. Another type than a message on purpose: nothing that sends takes one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoteAdded {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
    /// Absent: automation wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<UserId>,
    /// The first note of the thread it belongs to; absent on a thread's first.
    pub parent_id: Option<NoteId>,
    #[serde(default)]
    pub pinned: bool,
    /// Whom its text names, in the order they stand there.
    #[serde(default)]
    pub mentions: Vec<Mention>,
    /// The people behind the mentions who could see the conversation then, the author aside.
    #[serde(default)]
    pub mentioned: Vec<UserId>,
    /// Who else took part in the thread and could see it then, the author aside.
    #[serde(default)]
    pub participants: Vec<UserId>,
    #[serde(skip)]
    pub private: Option<NoteBody>,
}
facts_and_private!(NoteAdded = "note.added");

/// A note's text (Markdown). Has no conversion into message content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoteBody {
    pub body: String,
}

/// The author changed the text. The earlier ones stay in the log and are shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoteEdited {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
    pub mentions: Vec<Mention>,
    /// Everybody behind the mentions of the new text, those of the old one included where they still stand there.
    pub mentioned: Vec<UserId>,
    #[serde(skip)]
    pub private: Option<NoteBody>,
}
facts_and_private!(NoteEdited = "note.edited");

/// The author took it back. Its place in the thread stays; its texts are in the log and shown nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoteDeleted {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
}
facts!(NoteDeleted = "note.deleted");

/// A colleague's sign under a note. An emoji and nothing else, so it says nothing about the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoteReacted {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
    pub user_id: UserId,
    pub emoji: String,
    /// Taken back.
    pub removed: bool,
}
facts!(NoteReacted = "note.reacted");

/// Kept in sight for everybody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NotePinned {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
}
facts!(NotePinned = "note.pinned");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoteUnpinned {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
}
facts!(NoteUnpinned = "note.unpinned");
