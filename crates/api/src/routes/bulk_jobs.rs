//! The same done to many conversations, in the background; an answer for each, and a way back.

use domain::access::Action;
use domain::bulk::{self, Operation, Request, undo};
use domain::conversation::Status;
use domain::ids;
use serde_json::Value;

use super::conversations::domain_priority;
use crate::answer::{Accepted, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::bulk::{
    BulkItemPage, BulkJob, BulkJobPage, BulkOperation, BulkOperationType as Type, BulkStatus, CreateBulkJob,
};
use crate::dto::scalar::BulkJobId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Fingerprint, IdempotencyKey, Json, OptionalIdempotencyKey, Patch, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::bulk::{bulk_item, bulk_job};
use crate::problem::{FieldError, Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    vec![
        Endpoint::post("/v1/bulk-jobs", "create_bulk_job", create)
            .about(Tag::Conversations, "Do the same to many conversations")
            .description(
                "Each is decided by itself, as if it had been asked for alone, with the rights you have at that moment; one that \
                 is refused holds up no other. `GET /v1/bulk-jobs/{job_id}/items` tells what became of each.",
            )
            .needs(Action::ConversationBulk)
            .refuses(&[Kind::Unprocessable, Kind::InUse]),
        Endpoint::get("/v1/bulk-jobs", "list_bulk_jobs", list)
            .about(Tag::Conversations, "List jobs, newest first")
            .description(
                "Your own, and everybody's for who reads the whole workspace's log: those under way and the last 200 that ended. \
                 Older ones are still found by their id.",
            )
            .needs(Action::ConversationBulk)
            .refuses(CURSOR),
        Endpoint::get("/v1/bulk-jobs/{job_id}", "get_bulk_job", read)
            .about(Tag::Conversations, "Get a job")
            .needs(Action::ConversationBulk),
        Endpoint::get("/v1/bulk-jobs/{job_id}/items", "list_bulk_job_items", items)
            .about(Tag::Conversations, "List what became of each conversation of a job")
            .needs(Action::ConversationBulk)
            .refuses(CURSOR),
        Endpoint::post("/v1/bulk-jobs/{job_id}/undo", "undo_bulk_job", take_back)
            .about(Tag::Conversations, "Take a job back")
            .description(
                "What the job set, and nobody has changed since, becomes what it was before; customers who waited before a \
                 resolution have waited since. Once, and only of a job that has ended: of the last 200.",
            )
            .needs(Action::ConversationBulk)
            .refuses(&[Kind::InvalidTransition]),
    ]
}

async fn create(
    caller: Caller,
    front: Front,
    IdempotencyKey(key): IdempotencyKey,
    Json(body, print): Json<CreateBulkJob>,
) -> Result<Accepted<BulkJob>, Problem> {
    let (operation, reason) = operation(body.operation)?;
    let conversation_ids = body.conversation_ids.into_iter().map(Into::into).collect();
    let wanted = Request { conversation_ids, operation, reason };
    let key = OptionalIdempotencyKey(Some(key));
    let made = front
        .creation(&caller, Repeatable { key, what: "create_bulk_job", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ConversationBulk)?;
            bulk::request(step, wanted)
        })
        .await?;
    accepted(&caller, &front, made.value, made.replayed)
}

/// What is asked for, from the fields of its type. The others must be absent.
fn operation(body: BulkOperation) -> Result<(Operation, Option<String>), Problem> {
    let BulkOperation { r#type, assignee_id, team_id, status, until, priority, tag, disposition, reason } = body;
    let given = [
        ("assignee_id", assignee_id != Patch::Keep, matches!(r#type, Type::Assign)),
        ("team_id", team_id != Patch::Keep, matches!(r#type, Type::Assign)),
        ("status", status.is_some(), matches!(r#type, Type::SetStatus)),
        ("until", until.is_some(), matches!(r#type, Type::Snooze)),
        ("priority", priority.is_some(), matches!(r#type, Type::SetPriority)),
        ("tag", tag.is_some(), matches!(r#type, Type::AddTag | Type::RemoveTag)),
        ("disposition", disposition.is_some(), matches!(r#type, Type::Resolve)),
        ("reason", reason.is_some(), matches!(r#type, Type::Assign | Type::Resolve | Type::SetStatus | Type::Snooze)),
    ];
    let stray = given.into_iter().filter(|(_, given, taken)| *given && !taken);
    let stray: Vec<_> =
        stray.map(|(name, ..)| wrong(name, "not-of-this-type", "not of this type of operation")).collect();
    if !stray.is_empty() {
        return Err(Problem::new(Kind::Unprocessable).errors(stray));
    }
    let needs = |name| {
        Problem::new(Kind::Unprocessable).errors(vec![wrong(name, "required", "this type of operation needs it")])
    };
    let operation = match r#type {
        Type::Assign => {
            let team = team_id.into_option();
            Operation::Assign {
                assignee_id: assignee_id.into_option().ok_or_else(|| needs("assignee_id"))?.map(Into::into),
                moves: team.is_some(),
                team_id: team.flatten().map(Into::into),
            }
        }
        Type::Resolve => Operation::Resolve { disposition },
        Type::SetStatus => match status.ok_or_else(|| needs("status"))? {
            BulkStatus::Open => Operation::SetStatus { status: Status::Open },
            BulkStatus::Pending => Operation::SetStatus { status: Status::Pending },
        },
        Type::Snooze => Operation::Snooze { until: until.ok_or_else(|| needs("until"))?.0 },
        Type::SetPriority => {
            Operation::SetPriority { priority: domain_priority(priority.ok_or_else(|| needs("priority"))?) }
        }
        Type::AddTag => Operation::AddTag { tag: tag.ok_or_else(|| needs("tag"))? },
        Type::RemoveTag => Operation::RemoveTag { tag: tag.ok_or_else(|| needs("tag"))? },
    };
    Ok((operation, reason))
}

fn wrong(name: &str, code: &str, detail: &str) -> FieldError {
    let pointer = Some(format!("/operation/{name}"));
    FieldError { pointer, parameter: None, code: code.to_owned(), detail: detail.to_owned() }
}

fn accepted(caller: &Caller, front: &Front, id: ids::BulkJobId, replayed: bool) -> Result<Accepted<BulkJob>, Problem> {
    let body = bulk_job(front, front.bulk_job(&caller.principal, id)?);
    Ok(Accepted { location: format!("/v1/bulk-jobs/{id}"), body, replayed })
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
) -> Result<Found<BulkJobPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("bulk jobs"), query.cursor, query.limit);
    let before = pager.after::<ids::BulkJobId>()?;
    let (found, as_of) = front.bulk_jobs(&caller.principal, before, pager.limit() + 1)?;
    let (found, page) = pager.cut(found, |known| known.job.id);
    let data = found.into_iter().map(|known| bulk_job(&front, known)).collect();
    Ok(Found(BulkJobPage { data, page, as_of: as_of.into() }))
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<BulkJobId>) -> Result<Found<BulkJob>, Problem> {
    Ok(Found(bulk_job(&front, front.bulk_job(&caller.principal, id.0)?)))
}

async fn items(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<BulkJobId>,
) -> Result<Found<BulkItemPage>, Problem> {
    let as_of = front.position();
    let pager = Pager::new(&shared, &caller, front.dated(format!("items of {}", id.0)), query.cursor, query.limit);
    let after = pager.after::<usize>()?.unwrap_or(0);
    let all = front.bulk_items(&caller.principal, id.0)?;
    let rows = all.into_iter().enumerate().skip(after).take(pager.limit() + 1).collect();
    let (rows, page) = pager.cut(rows, |(place, _)| place + 1);
    let data = rows.into_iter().map(|(_, item)| bulk_item(item)).collect();
    Ok(Found(BulkItemPage { data, page, as_of: as_of.into() }))
}

async fn take_back(
    caller: Caller,
    front: Front,
    Path(id): Path<BulkJobId>,
    key: OptionalIdempotencyKey,
) -> Result<Accepted<BulkJob>, Problem> {
    front.bulk_job(&caller.principal, id.0)?;
    let what = format!("undo_bulk_job {}", id.0);
    let repeatable = Repeatable { key, what: &what, body: Fingerprint::of(&Value::Null) };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            let step = &mut gate.workspace(Action::ConversationBulk)?;
            let principal = step.principal();
            undo::request(step, &principal, id.0)
        })
        .await?;
    accepted(&caller, &front, made.value, made.replayed)
}
