//! Internal notes. A note is not a message: no type here converts into content that could be sent.

use super::{mention, note};
use crate::event::note::{NoteAdded, NoteBody};
use crate::event::{LookupKey, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::{NoteRef, Step, note_key};

/// What a colleague writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewNote {
    /// Markdown, with mentions; see [`super::mention`].
    pub body: String,
    /// Any note of the thread it belongs to.
    pub parent_id: Option<NoteId>,
    pub pinned: bool,
}

/// Adds a note. Threads are one level deep: an answer to an answer joins the same thread.
pub fn add(step: &mut Step<'_>, id: ConversationId, author_id: UserId, new: &NewNote) -> Result<NoteId, Rejection> {
    add_by(step, id, Some(author_id), new)
}

/// The same for whoever writes it; `None`: automation.
pub(crate) fn add_by(
    step: &mut Step<'_>,
    id: ConversationId,
    author_id: Option<UserId>,
    new: &NewNote,
) -> Result<NoteId, Rejection> {
    note::checked_body(&new.body)?;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let parent_id = match new.parent_id {
        None => None,
        Some(parent) => {
            let known = conversation.notes.get(&parent);
            Some(known.ok_or(Rejection::UnknownReference { field: "parent_id" })?.parent_id.unwrap_or(parent))
        }
    };
    note::keeps_text(step, id)?;
    let named = mention::resolve(step, id, author_id, &new.body)?;
    if new.pinned {
        super::pin_note::room_for_another(step, id)?;
    }
    let except: Vec<UserId> = named.people.iter().copied().chain(author_id).collect();
    let participants = parent_id.map(|root| note::participants(step, id, root, &except)).unwrap_or_default();
    let note_id: NoteId = step.mint.fresh();
    let event = NoteAdded {
        conversation_id: id,
        note_id,
        author_id,
        parent_id,
        pinned: new.pinned,
        mentions: named.mentions,
        mentioned: named.people,
        participants,
        private: Some(NoteBody { body: new.body.clone() }),
    };
    let place = NoteRef { conversation_id: id, note_id };
    let key = LookupKey { key: note_key(step.blind, note_id), value: place.to_bytes() };
    step.emit_at(StreamId::Conversation(id), event, step.now, vec![key]);
    Ok(note_id)
}
