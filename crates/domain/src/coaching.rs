//! Coaching: what somebody who looks after others' work writes about it, beside the numbers. It is internal, and apart from
//! the conversations' notes: who reads a conversation does not read what is thought of its agent.
//!
//! Whose work somebody may remark on is decided by whoever hands the command in: it takes the walls of numbers, which
//! decisions do not know.

use std::collections::BTreeMap;

use crate::event::coaching::*;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;

/// Characters of a note at most.
pub const BODY_MAX: usize = 10_000;
/// Notes about one person at most.
pub const NOTES_MAX: usize = 2_000;

/// A note, without its words.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct CoachingNote {
    pub id: CoachingNoteId,
    pub agent_id: UserId,
    pub author_id: UserId,
    pub conversation_id: Option<ConversationId>,
    pub shared: bool,
    pub created_at: Timestamp,
    pub changed_at: Option<Timestamp>,
    pub version: u64,
    /// The event that holds its words.
    pub written_pos: u64,
}

/// Those that were not removed. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct CoachingNotes(BTreeMap<CoachingNoteId, CoachingNote>);

impl CoachingNotes {
    pub fn get(&self, id: CoachingNoteId) -> Option<&CoachingNote> {
        self.0.get(&id)
    }
    /// In the order they were written.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &CoachingNote> {
        self.0.values()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let (version, written_pos, at) = (recorded.version, recorded.pos, recorded.recorded_at);
        match &recorded.event {
            Event::CoachingNoteAdded(event) => {
                let note = CoachingNote {
                    id: event.coaching_note_id,
                    agent_id: event.agent_id,
                    author_id: event.author_id,
                    conversation_id: event.conversation_id,
                    shared: event.shared,
                    created_at: at,
                    changed_at: None,
                    version,
                    written_pos,
                };
                self.0.insert(note.id, note);
            }
            Event::CoachingNoteChanged(event) => {
                if let Some(note) = self.0.get_mut(&event.coaching_note_id) {
                    let changed_at = Some(at);
                    *note = CoachingNote { shared: event.shared, changed_at, version, written_pos, ..note.clone() };
                }
            }
            Event::CoachingNoteRemoved(event) => {
                self.0.remove(&event.coaching_note_id);
            }
            _ => {}
        }
    }
}

/// A note to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub agent_id: UserId,
    pub conversation_id: Option<ConversationId>,
    pub shared: bool,
    pub body: String,
}

/// Writes one.
pub fn add(step: &mut Step<'_>, author_id: UserId, note: Written) -> Result<CoachingNoteId, Rejection> {
    let Written { agent_id, conversation_id, shared, body } = note;
    let text = checked(body)?;
    if !step.world.users.contains_key(&agent_id) {
        return Err(Rejection::UnknownReference { field: "agent_id" });
    }
    if step.world.coaching.iter().filter(|note| note.agent_id == agent_id).count() >= NOTES_MAX {
        return Err(Rejection::InUse("there are as many notes about this person as there can be"));
    }
    let coaching_note_id: CoachingNoteId = step.mint.fresh();
    let private = Some(text);
    let event = CoachingNoteAdded { coaching_note_id, agent_id, author_id, conversation_id, shared, private };
    step.emit(StreamId::CoachingNote(coaching_note_id), event);
    Ok(coaching_note_id)
}

/// Rewords one, which only its author does. The log keeps what it said before.
pub fn change(
    step: &mut Step<'_>,
    author: UserId,
    id: CoachingNoteId,
    expected: u64,
    shared: bool,
    body: String,
) -> Result<(), Rejection> {
    let text = checked(body)?;
    let note = at_version(step, id, expected)?;
    if note.author_id != author {
        return Err(Rejection::Forbidden);
    }
    let event = CoachingNoteChanged { coaching_note_id: id, shared, private: Some(text) };
    step.emit(StreamId::CoachingNote(id), event);
    Ok(())
}

/// Takes one away.
pub fn remove(step: &mut Step<'_>, id: CoachingNoteId, expected: u64) -> Result<(), Rejection> {
    at_version(step, id, expected)?;
    step.emit(StreamId::CoachingNote(id), CoachingNoteRemoved { coaching_note_id: id });
    Ok(())
}

fn at_version<'s>(step: &'s Step<'_>, id: CoachingNoteId, expected: u64) -> Result<&'s CoachingNote, Rejection> {
    let note = step.world.coaching.get(id).ok_or(Rejection::NotFound)?;
    Rejection::unless_current(note.version, expected)?;
    Ok(note)
}

fn checked(body: String) -> Result<CoachingText, Rejection> {
    let fits = !body.trim().is_empty() && body.chars().count() <= BODY_MAX;
    let detail = || format!("1 to {BODY_MAX} characters");
    if fits { Ok(CoachingText { body }) } else { Err(Rejection::Invalid { field: "body", detail: detail() }) }
}
