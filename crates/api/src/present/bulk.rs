//! Jobs on many conversations.

use app::Desk;
use app::bulk::{BulkItem as Item, BulkJob as Job};
use domain::bulk::{Operation, Outcome, Refusal, Refused, State, Tally, Undo, UndoOutcome};
use domain::event::Actor;
use domain::ids::UserId;

use super::conversation::{priority, status, user_summary};
use crate::dto::bulk::*;
use crate::dto::conversation::UserSummary;
use crate::problem::Kind;

/// A job, to whom may see it.
pub(crate) fn bulk_job(desk: &Desk, known: Job) -> BulkJob {
    let Job { job, reason } = known;
    BulkJob {
        id: job.id.into(),
        state: state(job.state()),
        requested_by: person(desk, job.by),
        requested_at: job.requested_at.into(),
        finished_at: job.finished_at.map(Into::into),
        counts: counts(job.total, job.tally),
        undo: job.undo.map(|undo| taken_back(desk, undo)),
        operation: operation(job.operation, reason),
    }
}

/// Jobs are asked for by people, or by keys in their name.
fn person(desk: &Desk, by: Actor) -> UserSummary {
    user_summary(desk, by.user().unwrap_or(UserId::from_u128(0)))
}

pub(crate) fn counts(total: u32, tally: Tally) -> BulkCounts {
    let Tally { done, unchanged, refused, not_found } = tally;
    BulkCounts { total, done, unchanged, refused, not_found }
}

fn taken_back(desk: &Desk, undo: Undo) -> BulkUndo {
    BulkUndo {
        requested_by: person(desk, undo.by),
        requested_at: undo.requested_at.into(),
        finished_at: undo.finished_at.map(Into::into),
        undone: undo.tally.undone,
        changed_since: undo.tally.changed_since,
        refused: undo.tally.refused,
        not_found: undo.tally.not_found,
    }
}

fn state(state: State) -> BulkJobState {
    match state {
        State::Queued => BulkJobState::Queued,
        State::Running => BulkJobState::Running,
        State::Done => BulkJobState::Done,
        State::Undoing => BulkJobState::Undoing,
        State::Undone => BulkJobState::Undone,
    }
}

fn operation(operation: Operation, reason: Option<String>) -> BulkJobOperation {
    let plain = |r#type| BulkJobOperation {
        r#type,
        assignee_id: None,
        moves: false,
        team_id: None,
        status: None,
        until: None,
        priority: None,
        tag: None,
        disposition: None,
        reason: reason.clone(),
    };
    match operation {
        Operation::Assign { assignee_id, moves, team_id } => BulkJobOperation {
            assignee_id: assignee_id.map(Into::into),
            moves,
            team_id: team_id.map(Into::into),
            ..plain(BulkJobType::Assign)
        },
        Operation::Resolve { disposition } => BulkJobOperation { disposition, ..plain(BulkJobType::Resolve) },
        Operation::SetStatus { status: to } => {
            BulkJobOperation { status: Some(status(to)), ..plain(BulkJobType::SetStatus) }
        }
        Operation::Snooze { until } => BulkJobOperation { until: Some(until.into()), ..plain(BulkJobType::Snooze) },
        Operation::SetPriority { priority: to } => {
            BulkJobOperation { priority: Some(priority(to)), ..plain(BulkJobType::SetPriority) }
        }
        Operation::AddTag { tag } => BulkJobOperation { tag: Some(tag), ..plain(BulkJobType::AddTag) },
        Operation::RemoveTag { tag } => BulkJobOperation { tag: Some(tag), ..plain(BulkJobType::RemoveTag) },
        Operation::Escalate { team_id, priority: at_least } => BulkJobOperation {
            moves: true,
            team_id: Some(team_id.into()),
            priority: at_least.map(priority),
            ..plain(BulkJobType::Escalate)
        },
    }
}

/// One conversation of a job.
pub(crate) fn bulk_item(item: Item) -> BulkItem {
    let (outcome, version, problem) = match item.outcome {
        None => (BulkOutcome::Waiting, None, None),
        Some(Outcome::Done { version, .. }) => (BulkOutcome::Done, Some(version), None),
        Some(Outcome::Unchanged { version }) => (BulkOutcome::Unchanged, Some(version), None),
        Some(Outcome::Refused { version, refused }) => (BulkOutcome::Refused, Some(version), Some(problem(refused))),
        Some(Outcome::NotFound) => (BulkOutcome::NotFound, None, Some(of_kind(Kind::NotFound, None))),
    };
    BulkItem {
        conversation_id: item.conversation_id.into(),
        outcome,
        version: version.map(Into::into),
        problem,
        undo: item.undo.map(undone),
    }
}

fn undone(outcome: UndoOutcome) -> BulkItemUndo {
    let (outcome, version, problem) = match outcome {
        UndoOutcome::Undone { version } => (BulkUndoOutcome::Undone, Some(version), None),
        UndoOutcome::ChangedSince { version } => (BulkUndoOutcome::ChangedSince, Some(version), None),
        UndoOutcome::Refused { version, refused } => (BulkUndoOutcome::Refused, Some(version), Some(problem(refused))),
        UndoOutcome::NotFound => (BulkUndoOutcome::NotFound, None, Some(of_kind(Kind::NotFound, None))),
    };
    BulkItemUndo { outcome, version: version.map(Into::into), problem }
}

fn problem(refused: Refused) -> BulkProblem {
    let (kind, detail) = match refused.refusal {
        Refusal::Forbidden => (Kind::Forbidden, None),
        Refusal::AskerGone => (Kind::Forbidden, Some("whoever asked for it has no access any more".to_owned())),
        Refusal::AssigneeNotEligible => (Kind::AssigneeNotEligible, Some(refused.detail)),
        Refusal::UnknownReference => (Kind::UnknownReference, Some(refused.detail)),
        Refusal::InvalidTransition => (Kind::InvalidTransition, Some(refused.detail)),
        Refusal::MentionNotPermitted => (Kind::MentionNotPermitted, Some(refused.detail)),
        Refusal::ContactErased => (Kind::ContactErased, Some(refused.detail)),
        Refusal::Unprocessable => (Kind::Unprocessable, Some(refused.detail)),
        Refusal::Conflict => (Kind::Conflict, Some(refused.detail)),
    };
    of_kind(kind, detail)
}

fn of_kind(kind: Kind, detail: Option<String>) -> BulkProblem {
    BulkProblem { code: kind.code().to_owned(), title: kind.title().to_owned(), status: kind.status(), detail }
}
