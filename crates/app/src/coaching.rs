//! Coaching notes, as far as the walls of numbers reach: whoever sees somebody's scorecard because they look after them reads
//! and writes what is remarked on their work; the person reads what is shared with them.

use domain::access::{Action, Principal};
use domain::coaching::CoachingNote;
use domain::event::Event;
use domain::ids::*;
use domain::rejection::Rejection;

use crate::analytics::Whose;
use crate::queries::Answer;
use crate::{Desk, Failure};

impl Desk {
    /// Notes that the asker may read, newest first: about one person, or about everybody.
    pub fn coaching_notes(&self, principal: &Principal, about: Option<UserId>) -> Answer<Vec<CoachingNote>> {
        self.allow(principal, Action::CoachingRead)?;
        let wanted: Vec<_> = self.view(|views| {
            let of = |note: &&CoachingNote| about.is_none_or(|about| note.agent_id == about);
            views.coaching.iter().rev().filter(of).cloned().collect()
        });
        Ok(wanted.into_iter().filter(|note| self.reads_coaching(principal, note)).collect())
    }

    /// One of them.
    pub fn coaching_note(&self, principal: &Principal, id: CoachingNoteId) -> Answer<CoachingNote> {
        self.allow(principal, Action::CoachingRead)?;
        let known = self.view(|views| views.coaching.get(id).cloned());
        Ok(known.filter(|note| self.reads_coaching(principal, note)).ok_or(Rejection::NotFound)?)
    }

    /// Whether the asker looks after somebody's work: whose it is not their own, and whose numbers they see.
    pub fn looks_after(&self, principal: &Principal, user: UserId) -> bool {
        user != principal.user_id && matches!(self.scorecard_reach(principal, user), Ok(Whose::Reach))
    }

    fn reads_coaching(&self, principal: &Principal, note: &CoachingNote) -> bool {
        let theirs = note.shared && note.agent_id == principal.user_id;
        theirs || self.looks_after(principal, note.agent_id)
    }

    /// What a note says.
    pub fn coaching_text(&self, note: &CoachingNote) -> Answer<String> {
        let private = match self.event_open(note.written_pos)?.map(|recorded| recorded.event) {
            Some(Event::CoachingNoteAdded(event)) => event.private,
            Some(Event::CoachingNoteChanged(event)) => event.private,
            _ => None,
        };
        private.map(|text| text.body).ok_or(Failure::Internal)
    }
}
