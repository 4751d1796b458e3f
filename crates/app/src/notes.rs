//! Notes by id, and whom a note can name.

use domain::access::{Action, Principal};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::step::{NoteRef, Step, note_key};

use crate::Desk;
use crate::queries::{Answer, guard_conversation, sees};

/// People and teams offered at most; who looks for another types more of the name.
pub const CANDIDATES_MAX: usize = 50;

/// Somebody a note in a conversation can name: who sees it already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    pub name: String,
    pub id: CandidateId,
}

/// A person, or a team somebody of whom sees the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateId {
    User(UserId),
    Team(TeamId),
}

/// May the user do this to this note? A note is seen through its conversation. For commands.
pub fn guard_note(step: &mut Step<'_>, user: UserId, action: Action, id: NoteId) -> Result<Principal, Rejection> {
    let place = step.note(id).ok_or(Rejection::NotFound)?;
    guard_conversation(step, user, action, place.conversation_id)
}

impl Desk {
    /// Where a note is, if the asker may see its conversation.
    pub fn find_note(&self, principal: &Principal, id: NoteId) -> Answer<NoteRef> {
        let value = self.find_key(note_key(&self.shared.blinder, id))?;
        let place = value.as_deref().and_then(NoteRef::from_bytes).ok_or(Rejection::NotFound)?;
        self.conversation(principal, place.conversation_id)?;
        Ok(place)
    }

    /// The colleagues whose name contains `part` and whom a note in the conversation can name, by name. Whoever does not
    /// see the conversation is not among them.
    pub fn mention_candidates(&self, principal: &Principal, id: ConversationId, part: &str) -> Answer<Vec<Candidate>> {
        let row = self.conversation(principal, id)?;
        let seeing: Vec<UserId> = self.view(|views| {
            let others = views.directory.users.iter().filter(|user| user.active && user.id != principal.user_id);
            let seeing = others.filter(|user| sees(&Principal { user_id: user.id, role: user.role }, &row));
            seeing.map(|user| user.id).collect()
        });
        let named = seeing.into_iter().map(|user| (CandidateId::User(user), self.user_name(user).unwrap_or_default()));
        let part = part.trim().to_lowercase();
        let fitting = named.filter(|(_, name)| name.to_lowercase().contains(&part));
        let mut candidates: Vec<_> = fitting.map(|(id, name)| Candidate { name, id }).collect();
        candidates.sort();
        candidates.truncate(CANDIDATES_MAX);
        Ok(candidates)
    }
}
