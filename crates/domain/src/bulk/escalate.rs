//! Handing conversations up: to a team that takes what is escalated, more urgent than before, with a word on why. One command
//! for all of them, because somebody waits for the answer; written down as a job that ended at once, so that it can be read
//! again and taken back.

use super::perform::{carry_out, refused, report};
use super::{Item, Operation, begin, distinct, may};
use crate::access::{Action, Principal};
use crate::conversation::add_note::{self, NewNote};
use crate::conversation::assign::{self, Assignment};
use crate::conversation::{Priority, label, note};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Conversations escalated at once at most.
pub const ESCALATED_MAX: usize = 100;

/// What to escalate, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    pub conversation_ids: Vec<ConversationId>,
    pub to_team_id: TeamId,
    /// At least this; `None`: a step up from what each has.
    pub priority: Option<Priority>,
    /// Markdown for whoever takes it.
    pub note: Option<String>,
}

/// Escalates each that the asker may escalate.
pub fn escalate(step: &mut Step<'_>, by: &Principal, wanted: &Escalation) -> Result<BulkJobId, Rejection> {
    distinct(&wanted.conversation_ids, ESCALATED_MAX)?;
    wanted.note.as_deref().map_or(Ok(()), note::checked_body)?;
    let team = step.world.roster.team(wanted.to_team_id);
    team.filter(|team| team.brand_id.is_none_or(|brand| by.rights().in_brand(brand)))
        .ok_or(Rejection::UnknownReference { field: "to_team_id" })?;
    let operation = Operation::Escalate { team_id: wanted.to_team_id, priority: wanted.priority };
    let job_id = begin(step, wanted.conversation_ids.clone(), operation.clone(), None);
    let mut items = Vec::with_capacity(wanted.conversation_ids.len());
    for id in wanted.conversation_ids.iter().copied() {
        let done = may(step, by, Action::ConversationEscalate, id)
            .and_then(|()| carry_out(step, &operation, id, |step| one(step, by, id, wanted)));
        let outcome = done.unwrap_or_else(|rejection| refused(step, id, &rejection));
        items.push(Item { conversation_id: id, outcome });
    }
    report(step, job_id, items);
    Ok(job_id)
}

fn one(step: &mut Step<'_>, by: &Principal, id: ConversationId, wanted: &Escalation) -> Result<(), Rejection> {
    let (looking, conversation) = step.view(id).ok_or(Rejection::NotFound)?;
    let (brand, priority) = (conversation.brand_id, conversation.priority);
    // All that could be refused after the note: nobody is assigned, so only the team matters.
    crate::team::takes_from(looking, wanted.to_team_id, brand)?;
    if let Some(body) = &wanted.note {
        // First, so that whoever finds it in the queue finds the note in it.
        add_note::add(step, id, by.user_id, &NewNote { body: body.clone(), ..NewNote::default() })?;
    }
    label::prioritize(step, id, priority.max(wanted.priority.unwrap_or_else(|| step_up(priority))))?;
    let to_queue = Assignment {
        assignee_id: None,
        team_id: Some(Some(wanted.to_team_id)),
        reason: Some("escalated".to_owned()),
        expected: None,
    };
    assign::assign(step, id, &to_queue)
}

fn step_up(priority: Priority) -> Priority {
    match priority {
        Priority::None => Priority::Low,
        Priority::Low => Priority::Normal,
        Priority::Normal => Priority::High,
        Priority::High | Priority::Urgent => Priority::Urgent,
    }
}
