//! The same done to many conversations at once: an answer for each, and a way back.
//!
//! A job is a fact when it is asked for, and is then worked off a chunk at a time: what a chunk makes of its conversations
//! and what became of its items are one command, so that a crash between two neither loses nor repeats one. Each item is
//! decided as if it had been asked for by itself, with the rights that whoever asked has at that moment; one that is refused
//! makes nothing and holds up no other.

use std::collections::BTreeSet;

use crate::access::{Action, Decision, Principal, Standing, authorize, authorize_at};
use crate::event::bulk_job::{BulkJobReason, BulkJobRequested};
use crate::event::{Actor, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

pub mod escalate;
mod item;
mod jobs;
mod operation;
mod part;
pub mod perform;
pub mod undo;

pub use item::{Item, Outcome, Refusal, Refused, UndoOutcome, UndoneItem};
pub use jobs::{FINISHED_MAX, Job, Jobs, State, Tally, Undo, UndoTally};
pub use operation::Operation;
pub use part::{Change, Part};

/// Conversations of one job at most.
pub const ITEMS_MAX: usize = 1_000;
/// Conversations worked on by one command at most.
pub const CHUNK_MAX: usize = 50;
/// Jobs that wait or are worked on at most.
pub const OPEN_MAX: usize = 100;
/// Characters of a reason at most.
pub const REASON_MAX: usize = 200;

/// What somebody wants done, and to which conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub conversation_ids: Vec<ConversationId>,
    pub operation: Operation,
    pub reason: Option<String>,
}

/// Writes a job down. What it comes to is decided item by item, later.
pub fn request(step: &mut Step<'_>, wanted: Request) -> Result<BulkJobId, Rejection> {
    let Request { conversation_ids, operation, reason } = wanted;
    distinct(&conversation_ids, ITEMS_MAX)?;
    let operation = operation.checked(step.now).map_err(in_operation)?;
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        return Err(Rejection::Invalid {
            field: "operation/reason",
            detail: format!("at most {REASON_MAX} characters"),
        });
    }
    if step.world.jobs.open() >= OPEN_MAX {
        return Err(Rejection::InUse("as many jobs are under way as can be; wait for one to end"));
    }
    let private = reason.map(|reason| BulkJobReason { reason });
    Ok(begin(step, conversation_ids, operation, private))
}

fn begin(
    step: &mut Step<'_>,
    conversation_ids: Vec<ConversationId>,
    operation: Operation,
    private: Option<BulkJobReason>,
) -> BulkJobId {
    let job_id: BulkJobId = step.mint.fresh();
    step.emit(StreamId::BulkJob(job_id), BulkJobRequested { job_id, conversation_ids, operation, private });
    job_id
}

/// Points into the operation, where the fields of single commands stand in the request of a job.
fn in_operation(rejection: Rejection) -> Rejection {
    let Rejection::Invalid { field, detail } = rejection else { return rejection };
    let field = match field {
        "tag" => "operation/tag",
        "until" => "operation/until",
        "status" => "operation/status",
        other => other,
    };
    Rejection::Invalid { field, detail }
}

/// Between one and so many conversations, none twice.
fn distinct(ids: &[ConversationId], max: usize) -> Result<(), Rejection> {
    let refused = |detail: String| Err(Rejection::Invalid { field: "conversation_ids", detail });
    if ids.is_empty() || ids.len() > max {
        return refused(format!("1 to {max} conversations"));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
        return refused("names a conversation twice".to_owned());
    }
    Ok(())
}

/// Whether somebody sees a job: their own, and those who read the whole workspace's log every one.
pub fn sees(viewer: &Principal, asked_by: Actor) -> bool {
    let reads_all = authorize(viewer, Action::EventRead, Standing::Workspace) == Decision::Allow;
    asked_by.user() == Some(viewer.user_id) || reads_all && viewer.rights().brands().is_none()
}

/// Who asked, with the rights they have now; `None`: the account, or the key, is over.
pub(crate) fn asker(step: &Step<'_>, by: Actor) -> Option<Principal> {
    let world = &step.world;
    match by {
        Actor::User(user) => world.roster.principal(user).cloned(),
        Actor::Key { key_id, .. } => {
            let key = world.security.api_keys.get(key_id)?;
            key.terms.expires_at.is_none_or(|end| end > step.now).then(|| key.principal(&world.roster))?
        }
        Actor::Contact(_) | Actor::Provider | Actor::Rule(_) | Actor::System => None,
    }
}

/// May they do this to this conversation? What they may not see does not exist for them.
fn may(step: &mut Step<'_>, by: &Principal, action: Action, id: ConversationId) -> Result<(), Rejection> {
    let place = step.conversation(id).ok_or(Rejection::NotFound)?.placement(by.user_id);
    Rejection::unless_allowed(authorize_at(by, action, &place))
}
