//! The live monitor: how queues and people stand at this moment. Told as it changes over the live stream, section
//! `queue.stats`.

use domain::access::Action;

use crate::answer::Versioned;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::monitor::*;
use crate::endpoint::Endpoint;
use crate::extract::Then;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::monitor as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    vec![
        Endpoint::get("/v1/queue-monitor", "list_queue_stats", queues)
            .about(Tag::Queues, "See how the queues you work on stand at this moment")
            .description(
                "Open, unassigned and waiting conversations, the longest wait, promises at risk and broken, who takes work \
                 and how much more, and what came in against what is usual. Of a queue that holds several brands' only \
                 those you work for are counted. Operators, who have no queue, get one row of what is assigned to them. \
                 The same rows are told over the live stream when they change, as the section `queue.stats`.",
            )
            .needs(Action::QueueRead)
            .refuses(CURSOR),
        Endpoint::get("/v1/agent-load", "list_agent_load", people)
            .about(Tag::Queues, "See how much each colleague has")
            .description(
                "For those who look after routing, and for who leads a team: they see those in it. Counted is what lies \
                 where you see it, so somebody who also works elsewhere may have more.",
            )
            .needs(Action::QueueRead)
            .refuses(CURSOR)
            .refuses_too(&[Kind::Forbidden]),
    ]
}

async fn queues(
    caller: Caller,
    Then(front, query): Then<MonitorQuery>,
    shared: Shared,
) -> Result<Versioned<QueueStatsPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("queue-monitor"), query.cursor, query.limit);
    let after = pager.after::<domain::queue::QueueId>()?;
    let mut monitor = front.queue_monitor(&caller.principal)?;
    let place = |row: &app::monitor::QueueRow| row.queue.as_ref().map(|(id, _)| *id);
    monitor.rows.sort_by_key(place);
    monitor.rows.retain(|row| after.is_none_or(|after| place(row) > Some(after)));
    monitor.rows.truncate(pager.limit() + 1);
    let (rows, page) = pager.cut(monitor.rows, place);
    let data = rows.iter().map(|row| present::queue(row, monitor.now)).collect();
    Ok(Versioned(QueueStatsPage { data, page, as_of: monitor.pos.into() }, monitor.pos))
}

async fn people(
    caller: Caller,
    Then(front, query): Then<MonitorQuery>,
    shared: Shared,
) -> Result<Versioned<AgentLoadPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("agent-load"), query.cursor, query.limit);
    let after = pager.after::<domain::ids::UserId>()?;
    let mut monitor = front.agent_load(&caller.principal)?;
    monitor.rows.retain(|row| after.is_none_or(|after| row.user_id > after));
    monitor.rows.truncate(pager.limit() + 1);
    let (rows, page) = pager.cut(monitor.rows, |row| row.user_id);
    let data = rows.iter().map(|row| present::load(&front, row, monitor.now)).collect();
    Ok(Versioned(AgentLoadPage { data, page, as_of: monitor.pos.into() }, monitor.pos))
}
