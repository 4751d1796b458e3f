//! Queues: how they are worked, and what waits in them.

use domain::access::Action;
use domain::queue::change;
use domain::rejection::Rejection;

use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::queue::*;
use crate::dto::scalar::QueueId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::queue as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/queues", "list_queues", list)
            .about(Tag::Queues, "List the queues you work on")
            .description(
                "There is one for each team and one for what lies in no team of a brand. Whoever works above teams sees \
                 all of their brands. Operators have no queue: they see what is assigned to them.",
            )
            .needs(Action::QueueRead)
            .refuses(CURSOR),
        Endpoint::get("/v1/queues/{queue_id}", "get_queue", read)
            .about(Tag::Queues, "Get a queue and how it is worked")
            .needs(Action::QueueRead),
        Endpoint::patch("/v1/queues/{queue_id}", "update_queue", update)
            .about(Tag::Queues, "Change how a queue is worked")
            .description("What waits in it is given out by the new settings at once; deadlines in it move with them.")
            .needs(Action::RoutingManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::get("/v1/queues/{queue_id}/entries", "list_queue_entries", entries)
            .about(Tag::Queues, "List what waits in a queue, in the order in which it is given out")
            .description(
                "The most urgent first, then what is due first, then who waits longest. Those you may not see are left out.",
            )
            .needs(Action::QueueRead)
            .refuses(CURSOR),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
) -> Result<Found<QueuePage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("queues"), query.cursor, query.limit);
    let after = pager.after::<domain::queue::QueueId>()?;
    let as_of = front.position();
    let mut cards = front.queues(&caller.principal)?;
    cards.retain(|card| after.is_none_or(|after| card.id > after));
    cards.truncate(pager.limit() + 1);
    let (cards, page) = pager.cut(cards, |card| card.id);
    Ok(Found(QueuePage { data: cards.iter().map(present::queue).collect(), page, as_of: as_of.into() }))
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<QueueId>) -> Result<Versioned<Queue>, Problem> {
    let card = front.queue(&caller.principal, id.0)?;
    Ok(Versioned(present::queue(&card), card.version))
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<QueueId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateQueue>,
) -> Result<Found<Queue>, Problem> {
    front.queue(&caller.principal, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoutingManage)?;
            let principal = step.principal();
            change::seen(step.world, &principal, id.0)?;
            let actual = step.world.queues.version(id.0);
            Rejection::unless_current(actual, expected)?;
            let wanted = present::changed(step.world.queues.settings(id.0).clone(), body);
            change::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(present::queue(&front.queue(&caller.principal, id.0)?)))
}

async fn entries(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
    Path(id): Path<QueueId>,
) -> Result<Found<QueueEntryPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated(format!("entries of {}", id.0)), query.cursor, query.limit);
    let after = pager.after::<usize>()?;
    let as_of = front.position();
    let settings = front.queue(&caller.principal, id.0)?.settings;
    let found = front.queue_entries(&caller.principal, id.0, after, pager.limit() + 1)?;
    let (found, page) = pager.cut(found, |waiting| waiting.place);
    let now = front.now();
    let data = found.iter().map(|waiting| present::entry(waiting, &settings, now)).collect();
    Ok(Found(QueueEntryPage { data, page, as_of: as_of.into() }))
}
