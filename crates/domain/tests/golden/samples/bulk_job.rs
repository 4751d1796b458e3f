//! Jobs on many conversations.

use domain::bulk::{Change, Item, Operation, Outcome, Part, Refusal, Refused, UndoOutcome, UndoneItem};
use domain::conversation::{Priority, Status};
use domain::event::Event;
use domain::event::bulk_job::*;
use domain::ids::BulkJobId;

use super::{at, id};

pub(super) fn samples() -> Vec<Event> {
    let job_id: BulkJobId = id(60);
    let owner = |user, team| Part::Owner { assignee_id: Some(id(user)), team_id: Some(id(team)) };
    let status =
        |status, episode| Part::Status { status, snoozed_until: Some(at(90)), episode, waiting_since: Some(at(9)) };
    let tag = |tagged| Part::Tag { tag: "recall".to_owned(), tagged };
    let priority = |priority| Part::Priority { priority };
    let changes = vec![
        Change { before: owner(5, 20), after: owner(6, 21) },
        Change { before: status(Status::Snoozed, 1), after: status(Status::Snoozed, 2) },
        Change { before: priority(Priority::Low), after: priority(Priority::High) },
        Change { before: tag(false), after: tag(true) },
    ];
    let refused = || Refused { refusal: Refusal::AssigneeNotEligible, detail: "this person cannot take it".to_owned() };
    let item = |n, outcome| Item { conversation_id: id(n), outcome };
    let undone = |n, outcome| UndoneItem { conversation_id: id(n), outcome };
    vec![
        BulkJobRequested {
            job_id,
            conversation_ids: vec![id(3), id(4)],
            operation: Operation::Assign { assignee_id: Some(id(6)), moves: true, team_id: Some(id(21)) },
            private: Some(BulkJobReason { reason: "Ana is ill (personal)".to_owned() }),
        }
        .into(),
        BulkJobItemsDone {
            job_id,
            items: vec![
                item(3, Outcome::Done { version: 7, changes }),
                item(4, Outcome::Unchanged { version: 3 }),
                item(5, Outcome::Refused { version: 2, refused: refused() }),
                item(6, Outcome::NotFound),
            ],
        }
        .into(),
        BulkJobFinished { job_id }.into(),
        BulkJobUndoRequested { job_id }.into(),
        BulkJobItemsUndone {
            job_id,
            items: vec![
                undone(3, UndoOutcome::Undone { version: 8 }),
                undone(4, UndoOutcome::ChangedSince { version: 9 }),
                undone(5, UndoOutcome::Refused { version: 3, refused: refused() }),
                undone(6, UndoOutcome::NotFound),
            ],
        }
        .into(),
        BulkJobUndone { job_id }.into(),
    ]
}
