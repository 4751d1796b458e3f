//! Internal notes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::UserSummary;
use super::page::page;
use super::scalar::{AutomationRuleId, ConversationId, NoteId, Position, Timestamp, UserId};

/// What a mention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MentionType {
    User,
    Team,
}

/// Somebody a note names, or could name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MentionTarget {
    pub r#type: MentionType,
    #[schema(max_length = 40)]
    pub id: String,
    #[schema(max_length = 200)]
    pub name: String,
}

/// Where a note stands among others.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteThread {
    /// The first note of the thread: this one, unless it is an answer.
    pub root_id: NoteId,
    /// Answers that stand; of an answer, none.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub reply_count: u32,
    #[schema(required)]
    pub last_reply_at: Option<Timestamp>,
}

/// A sign of colleagues under a note.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteReaction {
    #[schema(max_length = 32)]
    pub emoji: String,
    /// At most the first thousand.
    #[schema(max_items = 1_000)]
    pub user_ids: Vec<UserId>,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub count: u32,
}

/// Written for colleagues; has no way to the customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Note {
    pub id: NoteId,
    /// Grows with each change of the note; for `If-Match`.
    pub version: Position,
    pub conversation_id: ConversationId,
    pub pos: Position,
    /// Null: automation wrote it.
    #[schema(required)]
    pub author: Option<UserSummary>,
    /// The rule that did.
    #[schema(required)]
    pub automation_rule_id: Option<AutomationRuleId>,
    /// Markdown. Empty where the note was deleted or its customer erased.
    #[schema(max_length = 16_384)]
    pub body: String,
    /// Whom the text names, in the order they stand there.
    #[schema(max_items = 20)]
    pub mentions: Vec<MentionTarget>,
    pub thread: NoteThread,
    pub pinned: bool,
    #[schema(max_items = 20)]
    pub reactions: Vec<NoteReaction>,
    pub created_at: Timestamp,
    /// When its text was last changed; earlier ones are under `/v1/notes/{note_id}/revisions`.
    #[schema(required)]
    pub edited_at: Option<Timestamp>,
    /// Its author took it back. What is left keeps its place in the thread.
    pub deleted: bool,
}
page! { /// Notes, newest first; the answers of a thread oldest first.
NotePage of Note }

/// One text of a note.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteRevision {
    /// Counts from 1.
    #[schema(minimum = 1, maximum = 1_000)]
    pub number: u32,
    #[schema(max_length = 16_384)]
    pub body: String,
    pub created_at: Timestamp,
}

/// Every text a note had, the present one last; of a deleted one, none.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteRevisions {
    #[schema(max_items = 100)]
    pub data: Vec<NoteRevision>,
    /// The position of the log this reflects.
    pub as_of: Position,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// Markdown of at most 16 KiB; `@[usr_…]` and `@[team_…]` name colleagues who see the conversation, at most 20.
    #[schema(min_length = 1, max_length = 16_384)]
    pub body: String,
    /// Any note of the thread it joins.
    pub parent_id: Option<NoteId>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub pinned: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditNote {
    #[schema(min_length = 1, max_length = 16_384)]
    pub body: String,
}

/// Which notes.
#[derive(Debug, Deserialize, IntoParams)]
pub struct NoteQuery {
    /// Only those that are pinned, or that are not.
    pub pinned: Option<bool>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
