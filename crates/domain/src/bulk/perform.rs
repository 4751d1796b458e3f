//! A chunk of a job.

use super::part::give;
use super::{Change, Item, Operation, Outcome, asker, may};
use crate::access::{Action, Principal, Standing, authorize};
use crate::conversation::assign::Assignment;
use crate::conversation::change_status::Resolve;
use crate::conversation::{Status, change_status, label};
use crate::event::StreamId;
use crate::event::bulk_job::{BulkJobFinished, BulkJobItemsDone};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Decides the job's next items, at most `max` of them, in the name of whoever asked for it. `reason` is the job's, which
/// the world does not know. Does nothing where nothing is left to do.
pub fn perform(step: &mut Step<'_>, id: BulkJobId, reason: Option<&str>, max: usize) {
    let Some(job) = step.world.jobs.get(id) else { return };
    let (by, operation, next) = (job.by, job.operation.clone(), job.next(max).to_vec());
    if next.is_empty() {
        return;
    }
    let worker = std::mem::replace(&mut step.actor, by);
    let asker = asker(step, by);
    let decide = |conversation_id| {
        let outcome = match &asker {
            Some(asker) => decide(step, asker, &operation, reason, conversation_id),
            None => Err(Rejection::SessionEnded),
        };
        Item {
            conversation_id,
            outcome: outcome.unwrap_or_else(|rejection| refused(step, conversation_id, &rejection)),
        }
    };
    let items = next.into_iter().map(decide).collect();
    step.actor = worker;
    report(step, id, items);
}

/// Writes down what became of items, and that the job has ended where they were the last.
pub(super) fn report(step: &mut Step<'_>, job_id: BulkJobId, items: Vec<Item>) {
    step.emit(StreamId::BulkJob(job_id), BulkJobItemsDone { job_id, items });
    if step.world.jobs.get(job_id).is_some_and(|job| job.next(1).is_empty()) {
        step.emit(StreamId::BulkJob(job_id), BulkJobFinished { job_id });
    }
}

fn decide(
    step: &mut Step<'_>,
    by: &Principal,
    operation: &Operation,
    reason: Option<&str>,
    id: ConversationId,
) -> Result<Outcome, Rejection> {
    may(step, by, Action::ConversationRead, id)?;
    Rejection::unless_allowed(authorize(by, Action::ConversationBulk, Standing::Workspace))?;
    let reason = reason.map(str::to_owned);
    carry_out(step, operation, id, |step| match operation {
        Operation::Assign { assignee_id, moves, team_id } => {
            let team_id = moves.then_some(*team_id);
            give(step, by, id, Assignment { assignee_id: *assignee_id, team_id, reason, expected: None })
        }
        Operation::Resolve { disposition } => {
            may(step, by, Action::ConversationStatus, id)?;
            change_status::resolve(step, id, Resolve { reason, disposition: disposition.clone(), ..Resolve::default() })
        }
        Operation::SetStatus { status } => {
            may(step, by, Action::ConversationStatus, id)?;
            change_status::change(step, id, *status, None, reason)
        }
        Operation::Snooze { until } => {
            may(step, by, Action::ConversationStatus, id)?;
            change_status::change(step, id, Status::Snoozed, Some(*until), reason)
        }
        Operation::SetPriority { priority } => {
            may(step, by, Action::ConversationPriority, id)?;
            label::prioritize(step, id, *priority)
        }
        Operation::AddTag { tag } => {
            may(step, by, Action::ConversationTag, id)?;
            label::tag(step, id, tag)
        }
        Operation::RemoveTag { tag } => {
            may(step, by, Action::ConversationTag, id)?;
            label::untag(step, id, tag)
        }
        // Done when it is asked for, so that nothing is ever left of it.
        Operation::Escalate { .. } => Ok(()),
    })
}

/// Runs what an operation does to one conversation, and says what it made of it.
pub(super) fn carry_out(
    step: &mut Step<'_>,
    operation: &Operation,
    id: ConversationId,
    run: impl FnOnce(&mut Step<'_>) -> Result<(), Rejection>,
) -> Result<Outcome, Rejection> {
    let made = step.made();
    let before = operation.parts(step.conversation(id).ok_or(Rejection::NotFound)?);
    let done = run(step);
    assert!(done.is_ok() || step.made() == made, "a refused item leaves no event");
    done?;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let (version, after) = (conversation.version, operation.parts(conversation));
    if step.made() == made {
        return Ok(Outcome::Unchanged { version });
    }
    let changed = before.into_iter().zip(after).filter(|(before, after)| before != after);
    Ok(Outcome::Done { version, changes: changed.map(|(before, after)| Change { before, after }).collect() })
}

/// What the item of a rejection is.
pub(super) fn refused(step: &mut Step<'_>, id: ConversationId, rejection: &Rejection) -> Outcome {
    match (rejection, step.conversation(id).map(|conversation| conversation.version)) {
        (Rejection::NotFound, _) | (_, None) => Outcome::NotFound,
        (_, Some(version)) => Outcome::Refused { version, refused: rejection.into() },
    }
}
