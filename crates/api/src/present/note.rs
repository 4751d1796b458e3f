//! Notes.

use app::Desk;
use domain::conversation::mention::Mention;
use domain::ids;
use projections::timeline::{Note as TimelineNote, Revision};

use super::conversation::{shortened, user_summary};
use crate::dto::note::*;

/// People named under one sign at most.
const REACTING_MAX: usize = 1_000;

/// A note of a conversation the asker may see. An erased one is an empty one.
pub(crate) fn note(desk: &Desk, conversation: ids::ConversationId, note: &TimelineNote) -> Note {
    Note {
        id: note.id.into(),
        version: note.changed_version.into(),
        conversation_id: conversation.into(),
        pos: note.pos.into(),
        author: note.author_id.map(|author| user_summary(desk, author)),
        automation_rule_id: note.rule_id.map(Into::into),
        body: note.body.clone().unwrap_or_default(),
        mentions: note.mentions.iter().map(|mention| target(desk, *mention)).collect(),
        thread: NoteThread {
            root_id: note.parent_id.unwrap_or(note.id).into(),
            reply_count: note.reply_count,
            last_reply_at: note.last_reply_at.map(Into::into),
        },
        pinned: note.pinned,
        reactions: note
            .reactions
            .iter()
            .map(|(emoji, users)| NoteReaction {
                emoji: emoji.clone(),
                user_ids: users.iter().take(REACTING_MAX).map(|id| (*id).into()).collect(),
                count: u32::try_from(users.len()).unwrap_or(u32::MAX),
            })
            .collect(),
        created_at: note.created_at.into(),
        edited_at: note.edited_at.map(Into::into),
        deleted: note.deleted_at.is_some(),
    }
}

/// The texts a note had.
pub(crate) fn revisions(note: &TimelineNote) -> Vec<NoteRevision> {
    let shown = |(number, revision): (u32, &Revision)| NoteRevision {
        number,
        body: revision.body.clone().unwrap_or_default(),
        created_at: revision.at.into(),
    };
    (1..).zip(&note.revisions).map(shown).collect()
}

/// Somebody a note names.
pub(crate) fn target(desk: &Desk, mention: Mention) -> MentionTarget {
    let (r#type, id, name) = match mention {
        Mention::User(id) => (MentionType::User, id.to_string(), desk.user_name(id)),
        Mention::Team(id) => (MentionType::Team, id.to_string(), desk.team_name(id)),
    };
    MentionTarget { r#type, id, name: shortened(&name.unwrap_or_default(), 200) }
}
