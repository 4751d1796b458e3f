//! Changing one's own note while it is fresh. Every text it had stays in the log.

use super::{mention, note};
use crate::event::StreamId;
use crate::event::note::{NoteBody, NoteEdited};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Changes of one note at most.
pub const EDITS_MAX: u32 = 50;

/// Gives a note another text. `expected`: the version the author saw.
pub fn edit(step: &mut Step<'_>, id: NoteId, by: UserId, body: &str, expected: Option<u64>) -> Result<(), Rejection> {
    let now = step.now;
    let (conversation_id, note) = note::find(step, id)?;
    note.changeable(by, now)?;
    note.stands("edited")?;
    note.is_at(expected)?;
    if note.edits >= EDITS_MAX {
        return Err(Rejection::Invalid { field: "body", detail: format!("was changed {EDITS_MAX} times already") });
    }
    note::checked_body(body)?;
    note::keeps_text(step, conversation_id)?;
    let named = mention::resolve(step, conversation_id, Some(by), body)?;
    let event = NoteEdited {
        conversation_id,
        note_id: id,
        mentions: named.mentions,
        mentioned: named.people,
        private: Some(NoteBody { body: body.to_owned() }),
    };
    step.emit(StreamId::Conversation(conversation_id), event);
    Ok(())
}
