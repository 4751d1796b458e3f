//! Why a conversation went where it went: every decision, with what it was made from.

use domain::access::Action;

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::routing::*;
use crate::endpoint::Endpoint;
use crate::extract::Then;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::routing as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/routing-decisions", "list_routing_decisions", list)
            .about(Tag::Routing, "List routing decisions, newest first")
            .description(
                "Of one conversation that you see all there ever were. Without `conversation_id`, which takes \
                 `routing.read`, the newest 5,000 of the conversations you see.",
            )
            .needs(Action::QueueRead)
            .refuses(&[Kind::NotFound, Kind::CursorInvalid, Kind::CursorMismatch]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<RoutingDecisionQuery>,
    shared: Shared,
) -> Result<Found<RoutingDecisionPage>, Problem> {
    let asked = query.conversation_id.map(|id| id.0);
    let question = format!("routing decisions {}", asked.map(|id| id.to_string()).unwrap_or_default());
    let pager = Pager::new(&shared, &caller, front.dated(question), query.cursor, query.limit);
    let before = pager.after::<u64>()?;
    let as_of = front.position();
    let found = match asked {
        Some(id) => front.decisions_of(&caller.principal, id, before, pager.limit() + 1)?,
        None => front.decisions(&caller.principal, before, pager.limit() + 1)?,
    };
    let (found, page) = pager.cut(found, |recorded| recorded.pos);
    let data = found.iter().filter_map(|recorded| present::decision(&front, &caller.principal, recorded)).collect();
    Ok(Found(RoutingDecisionPage { data, page, as_of: as_of.into() }))
}
