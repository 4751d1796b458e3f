//! Taking a job back: what it set and what is still so becomes what it was before.

use super::{Change, Item, Outcome, State, UndoOutcome, UndoneItem, asker, may, sees};
use crate::access::{Action, Principal, Standing, authorize};
use crate::event::StreamId;
use crate::event::bulk_job::{BulkJobItemsUndone, BulkJobUndoRequested, BulkJobUndone};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Asks for it. Once, and only of a job that has ended.
pub fn request(step: &mut Step<'_>, by: &Principal, job_id: BulkJobId) -> Result<BulkJobId, Rejection> {
    let Some(job) = step.world.jobs.get(job_id) else {
        // Whoever asks has read it from the log.
        let known = step.world.version(StreamId::BulkJob(job_id)) > 0;
        let past = Rejection::InvalidTransition { from: "done_long_ago", to: State::Undone.as_str() };
        return Err(if known { past } else { Rejection::NotFound });
    };
    if !sees(by, job.by) {
        return Err(Rejection::NotFound);
    }
    match job.state() {
        State::Done => {}
        from @ (State::Queued | State::Running | State::Undoing | State::Undone) => {
            return Err(Rejection::InvalidTransition { from: from.as_str(), to: State::Undone.as_str() });
        }
    }
    step.emit(StreamId::BulkJob(job_id), BulkJobUndoRequested { job_id });
    Ok(job_id)
}

/// Takes back the next of the items that were done, at most `max` of them, in the name of whoever asked for that. `done` are
/// all of them in their order, which the world does not know.
pub fn perform(step: &mut Step<'_>, job_id: BulkJobId, done: &[Item], max: usize) {
    let Some((by, begin)) = step.world.jobs.get(job_id).and_then(|job| {
        let undo = job.undo.filter(|_| job.state() == State::Undoing)?;
        Some((undo.by, undo.tally.total() as usize))
    }) else {
        return;
    };
    let worker = std::mem::replace(&mut step.actor, by);
    let asker = asker(step, by);
    let mut items = Vec::new();
    for Item { conversation_id, outcome } in done.iter().skip(begin).take(max) {
        let Outcome::Done { changes, .. } = outcome else { continue };
        let undone = match &asker {
            Some(asker) => take_back(step, asker, *conversation_id, changes),
            None => Err(Rejection::SessionEnded),
        };
        let outcome = undone.unwrap_or_else(|rejection| refused(step, *conversation_id, &rejection));
        items.push(UndoneItem { conversation_id: *conversation_id, outcome });
    }
    step.actor = worker;
    let last = begin + items.len() >= done.len();
    if !items.is_empty() {
        step.emit(StreamId::BulkJob(job_id), BulkJobItemsUndone { job_id, items });
    }
    if last {
        step.emit(StreamId::BulkJob(job_id), BulkJobUndone { job_id });
    }
}

fn take_back(
    step: &mut Step<'_>,
    by: &Principal,
    id: ConversationId,
    changes: &[Change],
) -> Result<UndoOutcome, Rejection> {
    may(step, by, Action::ConversationRead, id)?;
    Rejection::unless_allowed(authorize(by, Action::ConversationBulk, Standing::Workspace))?;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if !changes.iter().all(|change| change.after.holds(conversation)) {
        return Ok(UndoOutcome::ChangedSince { version: conversation.version });
    }
    for action in changes.iter().filter_map(|change| change.before.action()) {
        may(step, by, action, id)?;
    }
    let made = step.made();
    for change in changes {
        let restored = change.before.restore(step, by, id);
        assert!(restored.is_ok() || step.made() == made, "a refused item leaves no event");
        restored?;
    }
    let version = step.conversation(id).ok_or(Rejection::NotFound)?.version;
    Ok(UndoOutcome::Undone { version })
}

fn refused(step: &mut Step<'_>, id: ConversationId, rejection: &Rejection) -> UndoOutcome {
    match (rejection, step.conversation(id).map(|conversation| conversation.version)) {
        (Rejection::NotFound, _) | (_, None) => UndoOutcome::NotFound,
        (_, Some(version)) => UndoOutcome::Refused { version, refused: rejection.into() },
    }
}
