//! What is promised in a conversation, and how promises were kept.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::calendar::Date;
use domain::sla;
use projections::analytics::compliance::{Cell, Outcomes};
use projections::promises::AskedPause;

use super::conversations::change;
use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::conversation::Conversation;
use crate::dto::scalar::ConversationId;
use crate::dto::sla::*;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::sla::{asked_pause, instance};
use crate::problem::{Kind, Problem};

const PAUSES: &str = "/v1/conversations/{conversation_id}/sla/pauses";
/// Days of one question at most.
const DAYS_MAX: i64 = 366;
/// Days where none are named.
const DAYS: domain::time::Millis = domain::time::Millis::days(29);
/// Rows of one answer at most.
const ROWS_MAX: usize = 10_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversations/{conversation_id}/sla", "get_conversation_sla", of_conversation)
            .about(Tag::ServiceLevels, "List what was and is promised in a conversation")
            .description("Oldest first, each with the stretches its clock ran and the events that say so.")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get(PAUSES, "list_sla_pauses", pauses)
            .about(Tag::ServiceLevels, "List when people stopped a conversation's clocks")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post(PAUSES, "pause_sla", pause)
            .about(Tag::ServiceLevels, "Stop the clocks of all that is promised in a conversation")
            .description(
                "Those that begin meanwhile stand still too. Deadlines move by the time that is left, in the policy's hours, \
                 once the clocks go on: with `DELETE`, or with the conversation's next episode.",
            )
            .needs(Action::PromisesPause)
            .refuses(&[Kind::InvalidTransition, Kind::Unprocessable]),
        Endpoint::delete(PAUSES, "resume_sla", resume)
            .about(Tag::ServiceLevels, "Let the clocks that were stopped go on")
            .description("Where nobody stopped them nothing happens.")
            .needs(Action::PromisesPause),
        Endpoint::get("/v1/sla-compliance", "get_sla_compliance", compliance)
            .about(Tag::ServiceLevels, "Count how promises were kept")
            .description(
                "By the day (UTC) on which each ended, and for whoever had the conversation then. What still runs is counted \
                 where the period reaches to today.",
            )
            .needs(Action::SlaRead)
            .refuses(&[Kind::Unprocessable]),
    ]
}

async fn of_conversation(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<ConversationId>,
) -> Result<Found<SlaInstancePage>, Problem> {
    front.conversation(&caller.principal, id.0)?;
    let pager =
        Pager::new(&shared, &caller, front.dated(format!("service levels of {}", id.0)), query.cursor, query.limit);
    let after = pager.after::<usize>()?.unwrap_or(0);
    let as_of = front.position();
    let all = front.promises(&caller.principal, id.0)?;
    let rows: Vec<_> = all.iter().zip(1..).skip(after).take(pager.limit() + 1).collect();
    let (rows, page) = pager.cut(rows, |(_, place): &(_, usize)| *place);
    let data = rows.into_iter().map(|(promise, _)| instance(&front, promise)).collect();
    Ok(Found(SlaInstancePage { data, page, as_of: as_of.into() }))
}

async fn pauses(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<ConversationId>,
) -> Result<Found<SlaPausePage>, Problem> {
    let question = front.dated(format!("pauses of service levels of {}", id.0));
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let after = pager.after::<u64>()?.unwrap_or(0);
    let as_of = front.position();
    let all = front.asked_pauses(&caller.principal, id.0)?;
    let rows: Vec<_> = all.into_iter().filter(|pause| pause.pos > after).take(pager.limit() + 1).collect();
    let (rows, page) = pager.cut(rows, |pause: &AskedPause| pause.pos);
    let data = rows.into_iter().map(|pause| asked_pause(&front, pause)).collect();
    Ok(Found(SlaPausePage { data, page, as_of: as_of.into() }))
}

async fn pause(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    Json(body, _): Json<PauseSla>,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::PromisesPause, IfMatch(None), move |step| {
        sla::pause::pause(step, id.0, &body.reason)
    })
    .await
}

async fn resume(caller: Caller, front: Front, Path(id): Path<ConversationId>) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::PromisesPause, IfMatch(None), move |step| sla::pause::resume(step, id.0)).await
}

/// What is counted in one row.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    ended: Outcomes,
    open: u64,
    /// Running after the deadline.
    overdue: u64,
}

impl Counted {
    fn row(&self, group: Option<String>) -> SlaComplianceRow {
        let breached = self.ended.late + self.ended.breached + self.overdue;
        let all = self.ended.met + breached;
        let share = |met: u64| u32::try_from(met * 10_000 / all).unwrap_or(10_000);
        SlaComplianceRow {
            group,
            met: self.ended.met.into(),
            breached: breached.into(),
            late: self.ended.late.into(),
            open: self.open.into(),
            cancelled: self.ended.cancelled.into(),
            compliance_basis_points: (all > 0).then(|| share(self.ended.met)),
        }
    }
}

async fn compliance(
    caller: Caller,
    Then(front, query): Then<SlaComplianceQuery>,
) -> Result<Found<SlaCompliance>, Problem> {
    let now = front.now();
    let day = |field: &'static str, text: &String| {
        text.parse::<Date>().map_err(|_| Problem::parameter(field, "wrong-form", "no day there is"))
    };
    let to = query.to.as_ref().map_or(Ok(Date::of(now)), |text| day("to", text))?;
    let from = match &query.from {
        Some(text) => day("from", text)?,
        None if query.to.is_none() => Date::of(now - DAYS),
        None => to,
    };
    if !(0..DAYS_MAX).contains(&to.days_since(from)) {
        let detail = format!("`to` must be 0 to {} days after `from`", DAYS_MAX - 1);
        return Err(Problem::new(Kind::Unprocessable).detail(detail));
    }
    let by = query.group_by.unwrap_or(SlaGroup::Metric);
    let kept = front.sla_compliance(&caller.principal, from, to, Date::of(now))?;
    let mut rows: BTreeMap<Option<String>, Counted> = BTreeMap::new();
    let mut total = Counted::default();
    for (cell, outcomes) in &kept.ended {
        rows.entry(word(cell, by)).or_default().ended += *outcomes;
        total.ended += *outcomes;
    }
    for (cell, breached) in &kept.running {
        for counted in [rows.entry(word(cell, by)).or_default(), &mut total] {
            *if *breached { &mut counted.overdue } else { &mut counted.open } += 1;
        }
    }
    let as_of = kept.as_of;
    if rows.len() > ROWS_MAX {
        return Err(Problem::new(Kind::Unprocessable).detail(format!("more than {ROWS_MAX} rows; ask for fewer days")));
    }
    Ok(Found(SlaCompliance {
        from: from.to_string(),
        to: to.to_string(),
        rows: rows.into_iter().map(|(group, counted)| counted.row(group)).collect(),
        total: total.row(None),
        as_of: as_of.into(),
    }))
}

fn word(cell: &Cell, by: SlaGroup) -> Option<String> {
    match by {
        SlaGroup::Policy => cell.policy_id.map(|id| id.to_string()),
        SlaGroup::Metric => Some(cell.metric.as_str().to_owned()),
        SlaGroup::Team => cell.held_by.team_id.map(|id| id.to_string()),
        SlaGroup::Assignee => cell.held_by.assignee_id.map(|id| id.to_string()),
        SlaGroup::Priority => Some(cell.held_by.priority.as_str().to_owned()),
        SlaGroup::Brand => cell.brand_id.map(|id| id.to_string()),
        SlaGroup::Day => Some(cell.day.to_string()),
    }
}
