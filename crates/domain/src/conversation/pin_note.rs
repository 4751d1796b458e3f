//! Notes kept in sight.

use super::note;
use crate::event::StreamId;
use crate::event::note::{NotePinned, NoteUnpinned};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Pinned notes of one conversation at most; with more, none stands out.
pub const PINS_MAX: usize = 20;

/// Pins a note or lets it go. Asking for what already is does nothing.
pub fn pin(step: &mut Step<'_>, id: NoteId, pinned: bool) -> Result<(), Rejection> {
    let (conversation_id, note) = note::find(step, id)?;
    note.stands(if pinned { "pinned" } else { "unpinned" })?;
    if note.pinned == pinned {
        return Ok(());
    }
    let stream = StreamId::Conversation(conversation_id);
    if pinned {
        room_for_another(step, conversation_id)?;
        step.emit(stream, NotePinned { conversation_id, note_id: id });
    } else {
        step.emit(stream, NoteUnpinned { conversation_id, note_id: id });
    }
    Ok(())
}

pub(super) fn room_for_another(step: &mut Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let notes = &step.conversation(id).ok_or(Rejection::NotFound)?.notes;
    if notes.values().filter(|note| note.pinned).count() >= PINS_MAX {
        return Err(Rejection::Invalid { field: "pinned", detail: format!("at most {PINS_MAX} pinned notes") });
    }
    Ok(())
}
