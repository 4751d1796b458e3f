//! The inbox: lists, single conversations, and who owns them.

use app::gate::Gate;
use app::live::snapshot::List;
use domain::access::Action;
use domain::conversation::assign::{self, Assignment};
use domain::conversation::{Priority as DomainPriority, Status};
use domain::ids;
use domain::rejection::Rejection;
use domain::step::Step;
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Keyset, Sort, View as DomainView};

use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::context::{Context, Shared};
use crate::dto::conversation::*;
use crate::dto::scalar::ConversationId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::conversation::conversation;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const ASSIGN: &[Kind] = &[Kind::NotFound, Kind::AlreadyAssigned, Kind::AssigneeNotEligible, Kind::UnknownReference];
    vec![
        Endpoint::get("/v1/conversations", "list_conversations", list)
            .about(Tag::Conversations, "List conversations")
            .needs(Action::ConversationList)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/conversations/{conversation_id}", "get_conversation", read)
            .about(Tag::Conversations, "Get a conversation")
            .needs(Action::ConversationRead),
        Endpoint::put("/v1/conversations/{conversation_id}/assignment", "assign_conversation", set_assignment)
            .about(Tag::Conversations, "Give a conversation to somebody, or back to the queue")
            .needs(Action::ConversationRelease)
            .refuses(ASSIGN),
        Endpoint::post("/v1/conversations/{conversation_id}/claim", "claim_conversation", claim)
            .about(Tag::Conversations, "Take a conversation nobody has")
            .description("Of several who claim at once exactly one wins; claiming what one has already is no conflict.")
            .needs(Action::ConversationClaim)
            .refuses(&[Kind::AlreadyAssigned]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ConversationQuery>,
    shared: Shared,
) -> Result<Found<ConversationPage>, Problem> {
    let me = caller.principal.user_id;
    let (view, sort) = (query.view.unwrap_or_default(), query.sort.unwrap_or_default());
    let mut filters = filters(&front, me, &query)?;
    let pager = Pager::new(&shared, &caller, front.dated(question(view, sort, &filters)), query.cursor, query.limit);
    if view == View::Mentions {
        filters.among = Some(front.view(|views| views.attention.mentioned_in(me).into_keys().collect()));
    }
    let asked = InboxQuery {
        view: match view {
            // Whichever of those that name the asker.
            View::All | View::Mentions => DomainView::All,
            View::Mine => DomainView::Mine(me),
            View::Unassigned => DomainView::Unassigned,
            View::AtRisk => DomainView::AtRisk,
            View::Breached => DomainView::Breached,
            View::Bot => DomainView::Bot,
        },
        filters,
        sort: match sort {
            ConversationSort::WaitingSince => Sort::WaitingSince,
            ConversationSort::LastActivity => Sort::LastActivityDescending,
            ConversationSort::Created => Sort::CreatedAt,
            ConversationSort::CreatedLast => Sort::CreatedAtDescending,
            ConversationSort::Priority => Sort::PriorityDescending,
            ConversationSort::SlaDue => Sort::SlaDueAt,
        },
        after: pager.after::<Keyset>()?,
        limit: pager.limit(),
    };
    let (page, as_of) = front.inbox(&caller.principal, &asked)?;
    let data = page.rows.iter().map(|row| conversation(&front, row, me)).collect();
    Ok(Found(ConversationPage { data, page: pager.info(page.next), as_of: as_of.into() }))
}

/// Where a list without filters goes on after the rows that a live snapshot shows.
pub(crate) fn continuation(context: &Context, caller: &Caller, list: List, after: &Keyset) -> Option<String> {
    let view = match list {
        List::All => View::All,
        List::Mine => View::Mine,
        List::Unassigned => View::Unassigned,
        List::Mentions => View::Mentions,
    };
    let question = question(view, ConversationSort::default(), &Filters::default());
    Pager::new(context, caller, question, None, None).info(Some(after)).next_cursor
}

fn question(view: View, sort: ConversationSort, filters: &Filters) -> String {
    format!("{view:?} {sort:?} {filters:?}")
}

fn filters(front: &Front, me: ids::UserId, query: &ConversationQuery) -> Result<Filters, Problem> {
    let wrong = || Problem::parameter("assignee_id", "wrong-form", "not a user's id");
    let assignee_id = query.assignee_id.as_deref().map(|text| owner(text, me).ok_or_else(wrong)).transpose()?;
    let contacts = query.contact_id.map(|id| front.view(|views| views.directory.contacts.group(id.0)));
    Ok(Filters {
        statuses: query.status.iter().flatten().map(|status| domain_status(*status)).collect(),
        priorities: query.priority.iter().flatten().map(|priority| domain_priority(*priority)).collect(),
        channel_ids: query.channel_id.iter().map(|id| id.0).collect(),
        brand_ids: query.brand_id.iter().map(|id| id.0).collect(),
        assignee_id,
        team_id: query.team_id.map(Into::into),
        contact_ids: contacts.unwrap_or_default(),
        campaign_id: query.campaign_id.map(Into::into),
        among: None,
        tag: query.tag.as_ref().map(|tag| tag.trim().to_lowercase()),
    })
}

/// A user, `me` or `none`; nothing for what is none of them.
pub(super) fn owner(text: &str, me: ids::UserId) -> Option<Option<ids::UserId>> {
    match text {
        "me" => Some(Some(me)),
        "none" => Some(None),
        id => id.parse().ok().map(Some),
    }
}

pub(crate) fn domain_status(status: ConversationStatus) -> Status {
    match status {
        ConversationStatus::Open => Status::Open,
        ConversationStatus::Pending => Status::Pending,
        ConversationStatus::Snoozed => Status::Snoozed,
        ConversationStatus::Resolved => Status::Resolved,
    }
}

pub(crate) fn domain_priority(priority: Priority) -> DomainPriority {
    match priority {
        Priority::None => DomainPriority::None,
        Priority::Low => DomainPriority::Low,
        Priority::Normal => DomainPriority::Normal,
        Priority::High => DomainPriority::High,
        Priority::Urgent => DomainPriority::Urgent,
    }
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<ConversationId>,
) -> Result<Versioned<Conversation>, Problem> {
    let row = front.conversation(&caller.principal, id.0)?;
    Ok(Versioned(conversation(&front, &row, caller.principal.user_id), row.version()))
}

async fn set_assignment(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    expected: IfMatch,
    Json(body, _): Json<SetAssignment>,
) -> Result<Found<Conversation>, Problem> {
    let by = caller.principal.clone();
    let wanted = Assignment {
        assignee_id: body.assignee_id.map(Into::into),
        team_id: body.team_id.into_option().map(|team| team.map(Into::into)),
        reason: None,
        expected: body.expected_assignee_id.into_option().map(|owner| owner.map(Into::into)),
    };
    let assign = move |gate: &mut Gate<'_, '_>| {
        // What it takes depends on where the conversation lies, so that is looked at first.
        let seen = &mut gate.conversation(Action::ConversationRead, id.0)?;
        at_version(seen, id, expected)?;
        let (action, wanted) = assign::settle(seen, &by, id.0, wanted).ok_or(Rejection::NotFound)?;
        let step = &mut gate.conversation(action, id.0)?;
        assign::assign(step, id.0, &wanted)
    };
    front.command(&caller, assign).await?;
    shown(&caller, &front, id)
}

async fn claim(caller: Caller, front: Front, Path(id): Path<ConversationId>) -> Result<Found<Conversation>, Problem> {
    let me = caller.principal.user_id;
    change(&caller, &front, id, Action::ConversationClaim, IfMatch(None), move |step| assign::claim(step, id.0, me))
        .await
}

/// Runs a command on a conversation and shows what became of it. The row is shown whoever may see it now: somebody who
/// gave their only conversation away is told so.
pub(super) async fn change(
    caller: &Caller,
    front: &Front,
    id: ConversationId,
    action: Action,
    expected: IfMatch,
    decide: impl FnOnce(&mut Step<'_>) -> Result<(), Rejection> + Send + 'static,
) -> Result<Found<Conversation>, Problem> {
    let guarded = move |gate: &mut Gate<'_, '_>| {
        let step = &mut gate.conversation(action, id.0)?;
        at_version(step, id, expected)?;
        decide(step)
    };
    front.command(caller, guarded).await?;
    shown(caller, front, id)
}

fn at_version(step: &mut Step<'_>, id: ConversationId, expected: IfMatch) -> Result<(), Rejection> {
    let actual = step.conversation(id.0).ok_or(Rejection::NotFound)?.version;
    match expected.0 {
        Some(expected) if expected != actual => Err(Rejection::VersionMismatch { actual }),
        Some(_) | None => Ok(()),
    }
}

/// The row after a command that was allowed.
pub(super) fn shown(caller: &Caller, front: &Front, id: ConversationId) -> Result<Found<Conversation>, Problem> {
    let row = front.view(|views| views.inbox.get(id.0)).ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(Found(conversation(front, &row, caller.principal.user_id)))
}
