//! Internal notes. A note is not a message: no type here converts into content that could be sent.

use crate::event::StreamId;
use crate::event::conversation::{NoteAdded, NoteBody};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Bytes of a note at most.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;

/// Adds a note.
pub fn add(
    step: &mut Step<'_>,
    id: ConversationId,
    author_id: UserId,
    body: &str,
    parent_id: Option<NoteId>,
) -> Result<NoteId, Rejection> {
    if body.trim().is_empty() || body.len() > NOTE_BYTES_MAX {
        return Err(Rejection::Invalid { field: "body", detail: format!("1 to {NOTE_BYTES_MAX} bytes") });
    }
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if parent_id.is_some_and(|parent| !conversation.notes.contains(&parent)) {
        return Err(Rejection::UnknownReference { field: "parent_id" });
    }
    let contact_id = conversation.contact_id;
    if step.world.contacts.get(&contact_id).is_some_and(|contact| contact.erased) {
        return Err(Rejection::ContactErased);
    }
    let note_id: NoteId = step.mint.fresh();
    let private = Some(NoteBody { body: body.to_owned() });
    step.emit(StreamId::Conversation(id), NoteAdded { conversation_id: id, note_id, author_id, parent_id, private });
    Ok(note_id)
}
