//! Canned replies: for oneself, a team, a brand or everybody.

use domain::access::Action;
use domain::ids;
use domain::rejection::Rejection;
use domain::replies::canned::{self, CannedReply as Reply, normal_shortcut};
use domain::replies::scope::Scope;

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::canned_reply::*;
use crate::dto::scalar::CannedReplyId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Query, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::canned_reply as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    const SAVE: &[Kind] = &[Kind::Unprocessable, Kind::NameTaken];
    vec![
        Endpoint::get("/v1/canned-replies", "list_canned_replies", list)
            .about(Tag::CannedReplies, "List canned replies")
            .description("Your own, your teams', your brands' and everybody's.")
            .needs(Action::CannedReplyRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/canned-replies", "create_canned_reply", create)
            .about(Tag::CannedReplies, "Create a canned reply")
            .description(
                "Everybody may for themselves; one for a team, a brand or everybody takes `canned_replies.manage`. The text may \
                 hold `{{contact.name}}`, `{{contact.first_name}}`, `{{contact.attribute.<key>}}`, `{{agent.name}}`, \
                 `{{agent.first_name}}`, `{{team.name}}`, `{{brand.name}}`, `{{channel.name}}` and `{{conversation.number}}`, \
                 with a fall-back as `{{contact.first_name|there}}`.",
            )
            .needs(Action::CannedReplyOwn)
            .refuses(SAVE),
        Endpoint::get("/v1/canned-replies/{canned_reply_id}", "get_canned_reply", read)
            .about(Tag::CannedReplies, "Get a canned reply")
            .needs(Action::CannedReplyRead),
        Endpoint::patch("/v1/canned-replies/{canned_reply_id}", "update_canned_reply", update)
            .about(Tag::CannedReplies, "Change a canned reply")
            .needs(Action::CannedReplyOwn)
            .refuses(CHANGE)
            .refuses_too(SAVE),
        Endpoint::delete("/v1/canned-replies/{canned_reply_id}", "remove_canned_reply", remove)
            .about(Tag::CannedReplies, "Remove a canned reply")
            .needs(Action::CannedReplyOwn)
            .refuses(CHANGE),
        Endpoint::get("/v1/canned-reply-suggestions", "suggest_canned_replies", suggest)
            .about(Tag::CannedReplies, "Find what to say")
            .description(
                "Where `q` begins a shortcut first, then where its words begin words of the title or the text; at most 20. With \
                 a conversation they are filled in for it, and those of other brands are left out. Whoever sends one names it \
                 as the message's `canned_reply_id`.",
            )
            .needs(Action::CannedReplyRead),
    ]
}

/// The scope that somebody asks for.
pub(super) fn scope(caller: &Caller, asked: &SetReplyScope) -> Result<Scope, Problem> {
    let SetReplyScope { r#type, team_id, brand_id } = asked;
    let wrong = |field, detail: &str| Err(Rejection::Invalid { field, detail: detail.to_owned() }.into());
    match (r#type, team_id, brand_id) {
        (ScopeType::Personal, None, None) => Ok(Scope::Personal { user_id: caller.principal.user_id }),
        (ScopeType::Team, Some(team), None) => Ok(Scope::Team { team_id: team.0 }),
        (ScopeType::Brand, None, Some(brand)) => Ok(Scope::Brand { brand_id: brand.0 }),
        (ScopeType::Workspace, None, None) => Ok(Scope::Workspace),
        (ScopeType::Team, None, _) => wrong("scope/team_id", "names the team it is for"),
        (ScopeType::Brand, _, None) => wrong("scope/brand_id", "names the brand it is for"),
        (_, Some(_), _) => wrong("scope/team_id", "goes with the type team"),
        (_, _, Some(_)) => wrong("scope/brand_id", "goes with the type brand"),
    }
}

/// Whether it is of a kind of scope.
pub(super) fn is_of(scope: Scope, kind: ScopeType) -> bool {
    present::scope(scope).r#type == kind
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ScopeQuery>,
    shared: Shared,
) -> Result<Found<CannedReplyPage>, Problem> {
    let (mut replies, as_of) = front.canned_replies(&caller.principal)?;
    let asked = front.dated(format!("canned replies {:?}", query.scope));
    let pager = Pager::new(&shared, &caller, asked, query.cursor, query.limit);
    let after = pager.after::<ids::CannedReplyId>()?;
    replies.retain(|entry| after.is_none_or(|after| entry.id > after));
    replies.retain(|entry| query.scope.is_none_or(|kind| is_of(entry.reply.scope, kind)));
    replies.truncate(pager.limit() + 1);
    let (found, page) = pager.cut(replies, |entry| entry.id);
    let data = found.iter().map(present::canned_reply).collect();
    Ok(Found(CannedReplyPage { data, page, as_of: as_of.into() }))
}

fn found(front: &Front, caller: &Caller, id: ids::CannedReplyId) -> Result<CannedReply, Problem> {
    Ok(present::canned_reply(&front.canned_reply(&caller.principal, id)?))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<CannedReplyId>,
) -> Result<Versioned<CannedReply>, Problem> {
    let reply = found(&front, &caller, id.0)?;
    let version = reply.version.0;
    Ok(Versioned(reply, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateCannedReply>,
) -> Result<Created<CannedReply>, Problem> {
    let reply = Reply {
        scope: scope(&caller, &body.scope)?,
        shortcut: normal_shortcut(&body.shortcut),
        title: body.title.trim().to_owned(),
        text: body.text,
        locale: body.locale,
        interactive: body.interactive,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_canned_reply", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::CannedReplyOwn)?;
            let principal = step.principal();
            canned::create(step, &principal, reply)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/canned-replies/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<CannedReplyId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateCannedReply>,
) -> Result<Found<CannedReply>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let scope = body.scope.as_ref().map(|asked| scope(&caller, asked)).transpose()?;
    let (locale, interactive) = (body.locale.into_option(), body.interactive.into_option());
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CannedReplyOwn)?;
            let principal = step.principal();
            let entry = at_version(canned::seen(step.world, &principal, id.0)?, expected)?;
            let mut wanted = Reply::clone(&entry.reply);
            wanted.scope = scope.unwrap_or(wanted.scope);
            wanted.shortcut = body.shortcut.map_or(wanted.shortcut, |shortcut| normal_shortcut(&shortcut));
            wanted.title = body.title.map_or(wanted.title, |title| title.trim().to_owned());
            wanted.text = body.text.unwrap_or(wanted.text);
            wanted.locale = locale.unwrap_or(wanted.locale);
            wanted.interactive = interactive.unwrap_or(wanted.interactive);
            canned::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(
    caller: Caller,
    front: Front,
    Path(id): Path<CannedReplyId>,
    expected: IfMatch,
) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CannedReplyOwn)?;
            let principal = step.principal();
            at_version(canned::seen(step.world, &principal, id.0)?, expected)?;
            canned::remove(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(entry: &canned::Entry, expected: u64) -> Result<&canned::Entry, Rejection> {
    let actual = entry.version;
    Rejection::unless_current(actual, expected)?;
    Ok(entry)
}

async fn suggest(
    caller: Caller,
    front: Front,
    Query(query): Query<SuggestionQuery>,
) -> Result<Found<CannedReplySuggestions>, Problem> {
    let conversation = query.conversation_id.map(ids::ConversationId::from);
    let typed = query.q.unwrap_or_default();
    let (found, as_of) = front.suggest_canned_replies(&caller.principal, &typed, conversation)?;
    let values = match conversation {
        Some(id) => front.known(&caller.principal, id)?,
        None => front.known_of(&caller.principal),
    };
    let data = found.iter().map(|entry| present::suggestion(entry, &values)).collect();
    Ok(Found(CannedReplySuggestions { data, as_of: as_of.into() }))
}
