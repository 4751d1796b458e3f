//! Taking one's own note back while it is fresh. Its place stays, so that a thread still reads.

use super::note;
use crate::event::StreamId;
use crate::event::note::NoteDeleted;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Takes a note back; doing it twice is doing it once. `expected`: the version the author saw.
pub fn delete(step: &mut Step<'_>, id: NoteId, by: UserId, expected: Option<u64>) -> Result<(), Rejection> {
    let now = step.now;
    let (conversation_id, note) = note::find(step, id)?;
    if note.deleted_at.is_some() && note.author_id == Some(by) {
        return Ok(());
    }
    note.changeable(by, now)?;
    note.is_at(expected)?;
    step.emit(StreamId::Conversation(conversation_id), NoteDeleted { conversation_id, note_id: id });
    Ok(())
}
