//! A note as decisions see it: who wrote it, in which thread, whether it still stands. Its text is not here.

use std::collections::{BTreeMap, BTreeSet};

use super::mention::Mention;
use super::{Conversation, mention};
use crate::event::note::{NoteAdded, NoteEdited, NoteReacted};
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// Bytes of a note at most.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;
/// How long its author can change a note, or take it back.
pub const EDITABLE_FOR: Millis = Millis::minutes(15);
/// People told of a reply in a thread at most: those who took part last.
pub const PARTICIPANTS_MAX: usize = 100;

/// The state decisions need.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct NoteState {
    /// `None`: automation wrote it.
    pub author_id: Option<UserId>,
    /// The first note of its thread; absent on the first itself.
    pub parent_id: Option<NoteId>,
    pub mentions: Vec<Mention>,
    pub written_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub edits: u32,
    pub deleted_at: Option<Timestamp>,
    pub pinned: bool,
    /// Who put which sign under it.
    pub reactions: BTreeMap<String, BTreeSet<UserId>>,
    /// Version of the conversation's stream at its newest change.
    pub version: u64,
}

impl NoteState {
    pub(super) fn added(event: &NoteAdded, recorded: &Recorded) -> Self {
        Self {
            author_id: event.author_id,
            parent_id: event.parent_id,
            mentions: event.mentions.clone(),
            written_at: recorded.occurred_at,
            edited_at: None,
            edits: 0,
            deleted_at: None,
            pinned: event.pinned,
            reactions: BTreeMap::new(),
            version: recorded.version,
        }
    }

    /// Applies a later event about it.
    pub(super) fn evolve(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        match &recorded.event {
            Event::NoteEdited(event) => self.edited(event, recorded.occurred_at),
            Event::NoteDeleted(_) => {
                self.deleted_at = Some(recorded.occurred_at);
                self.mentions.clear();
                self.pinned = false;
                self.reactions.clear();
            }
            Event::NoteReacted(event) => self.reacted(event),
            Event::NotePinned(_) => self.pinned = true,
            Event::NoteUnpinned(_) => self.pinned = false,
            _ => {}
        }
    }

    fn edited(&mut self, event: &NoteEdited, at: Timestamp) {
        self.mentions.clone_from(&event.mentions);
        self.edited_at = Some(at);
        self.edits += 1;
    }

    fn reacted(&mut self, event: &NoteReacted) {
        let users = self.reactions.entry(event.emoji.clone()).or_default();
        if event.removed {
            users.remove(&event.user_id);
        } else {
            users.insert(event.user_id);
        }
        self.reactions.retain(|_, users| !users.is_empty());
    }

    /// Refuses what cannot be done to a note that was taken back.
    pub(super) fn stands(&self, wanted: &'static str) -> Result<(), Rejection> {
        match self.deleted_at {
            None => Ok(()),
            Some(_) => Err(Rejection::InvalidTransition { from: "deleted", to: wanted }),
        }
    }

    /// Refuses a change by somebody who saw an older one.
    pub(super) fn is_at(&self, expected: Option<u64>) -> Result<(), Rejection> {
        match expected {
            Some(expected) if expected != self.version => Err(Rejection::VersionMismatch { actual: self.version }),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses changes by others, and by the author once it has stood for [`EDITABLE_FOR`].
    pub(super) fn changeable(&self, by: UserId, now: Timestamp) -> Result<(), Rejection> {
        if self.author_id != Some(by) {
            return Err(Rejection::Forbidden);
        }
        if now - self.written_at > EDITABLE_FOR {
            return Err(Rejection::NoteSettled);
        }
        Ok(())
    }
}

/// The note and its conversation, or [`Rejection::NotFound`].
pub(super) fn find<'a>(step: &'a mut Step<'_>, id: NoteId) -> Result<(ConversationId, &'a NoteState), Rejection> {
    let place = step.note(id).ok_or(Rejection::NotFound)?;
    let conversation = step.conversation(place.conversation_id).ok_or(Rejection::NotFound)?;
    let note = conversation.notes.get(&id).ok_or(Rejection::NotFound)?;
    Ok((place.conversation_id, note))
}

/// A note's text holds something, and not too much.
pub(crate) fn checked_body(body: &str) -> Result<(), Rejection> {
    if body.trim().is_empty() || body.len() > NOTE_BYTES_MAX {
        return Err(Rejection::Invalid { field: "body", detail: format!("1 to {NOTE_BYTES_MAX} bytes") });
    }
    Ok(())
}

/// A note about an erased person could keep no text.
pub(super) fn keeps_text(step: &Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let contact = step.world.thread_of(id).and_then(|(_, contact)| step.world.contacts.get(&contact));
    if contact.is_some_and(|contact| contact.erased) { Err(Rejection::ContactErased) } else { Ok(()) }
}

/// Who took part in a thread and sees the conversation: its authors and whom they named (teams aside), those of the
/// newest notes first, without `except`.
pub(super) fn participants(step: &mut Step<'_>, id: ConversationId, root: NoteId, except: &[UserId]) -> Vec<UserId> {
    let Some((step, conversation)) = step.view(id) else { return Vec::new() };
    let mut found: Vec<UserId> = Vec::new();
    for (_, note) in conversation.notes.iter().rev().filter(|(id, note)| **id == root || note.parent_id == Some(root)) {
        let named = note.mentions.iter().filter_map(|mention| match mention {
            Mention::User(user) => Some(*user),
            Mention::Team(_) => None,
        });
        for user in note.author_id.into_iter().chain(named) {
            let told = found.contains(&user) || except.contains(&user);
            if !told && mention::can_see(step, user, conversation) {
                found.push(user);
            }
        }
        if found.len() >= PARTICIPANTS_MAX {
            break;
        }
    }
    found.truncate(PARTICIPANTS_MAX);
    found.sort_unstable();
    found
}

impl Conversation {
    pub(super) fn change_note(&mut self, id: NoteId, recorded: &Recorded) {
        if let Some(note) = self.notes.get_mut(&id) {
            note.evolve(recorded);
        }
    }
}
