//! Notes by id, and whom a note can name.

use domain::access::Principal;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::step::{NoteRef, note_key};

use crate::queries::Answer;
use crate::{Desk, reach};

/// People and teams offered at most; who looks for another types more of the name.
pub const CANDIDATES_MAX: usize = 50;

/// Somebody a note in a conversation can name: who sees it already.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Desk {
    /// Where a note is, if the asker may see its conversation.
    pub fn find_note(&self, principal: &Principal, id: NoteId) -> Answer<NoteRef> {
        let value = self.find_key(note_key(&self.shared.blinder, id))?;
        let place = value.as_deref().and_then(NoteRef::from_bytes).ok_or(Rejection::NotFound)?;
        self.conversation(principal, place.conversation_id)?;
        Ok(place)
    }

    /// The colleagues and teams whose name contains `part` and whom a note in the conversation can name, by name: who sees
    /// it, and is not behind the asker's own walls.
    pub fn mention_candidates(&self, principal: &Principal, id: ConversationId, part: &str) -> Answer<Vec<Candidate>> {
        let row = self.conversation(principal, id)?;
        let part = part.trim().to_lowercase();
        let (users, teams) = self.view(|views| {
            let sees = |user: UserId| {
                let other = views.roster.principal(user);
                other.is_some_and(|other| views.inbox.sees(other, &row))
            };
            let others = views.roster.principals().map(|other| other.user_id).filter(|user| *user != principal.user_id);
            let users = others.filter(|user| sees(*user) && reach::sees_user(views, principal, *user));
            let teams = views.roster.teams().filter(|team| reach::sees_team(principal, team));
            let teams = teams.filter(|team| team.members.keys().any(|user| sees(*user)));
            let teams = teams.map(|team| (CandidateId::Team(team.id), team.name.clone()));
            (users.collect::<Vec<_>>(), teams.collect::<Vec<_>>())
        });
        let users = users.into_iter().map(|user| (CandidateId::User(user), self.user_name(user).unwrap_or_default()));
        let fitting = users.chain(teams).filter(|(_, name)| name.to_lowercase().contains(&part));
        let mut candidates: Vec<_> = fitting.map(|(id, name)| Candidate { name, id }).collect();
        candidates.sort_by_cached_key(|candidate| (candidate.name.to_lowercase(), candidate.id));
        candidates.truncate(CANDIDATES_MAX);
        Ok(candidates)
    }
}
