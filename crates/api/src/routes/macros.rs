//! Macros, and running them.

use domain::access::Action;
use domain::event::Event;
use domain::ids;
use domain::rejection::Rejection;
use domain::replies::macros::{self, Macro as Says};

use super::canned_replies::{is_of, scope};
use crate::answer::{Carried, Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::canned_reply::ScopeQuery;
use crate::dto::macros::*;
use crate::dto::scalar::MacroId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::{automation_action, macros as present};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    const SAVE: &[Kind] = &[Kind::Unprocessable, Kind::NameTaken];
    vec![
        Endpoint::get("/v1/macros", "list_macros", list)
            .about(Tag::CannedReplies, "List macros")
            .description("Your own, your teams', your brands' and everybody's.")
            .needs(Action::CannedReplyRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/macros", "create_macro", create)
            .about(Tag::CannedReplies, "Create a macro")
            .description(
                "Everybody may for themselves; one for a team, a brand or everybody takes `canned_replies.manage`. Texts may hold \
                 variables as canned replies do.",
            )
            .needs(Action::CannedReplyOwn)
            .refuses(SAVE),
        Endpoint::get("/v1/macros/{macro_id}", "get_macro", read)
            .about(Tag::CannedReplies, "Get a macro")
            .needs(Action::CannedReplyRead),
        Endpoint::patch("/v1/macros/{macro_id}", "update_macro", update)
            .about(Tag::CannedReplies, "Change a macro")
            .needs(Action::CannedReplyOwn)
            .refuses(CHANGE)
            .refuses_too(SAVE),
        Endpoint::delete("/v1/macros/{macro_id}", "remove_macro", remove)
            .about(Tag::CannedReplies, "Remove a macro")
            .needs(Action::CannedReplyOwn)
            .refuses(CHANGE),
        Endpoint::post("/v1/macro-runs", "run_macro", run)
            .about(Tag::CannedReplies, "Run a macro in a conversation")
            .description(
                "Each action is done as if by hand: with your rights, as they are at that moment. Where a message of it could not \
                 be sent, or the first action is refused, nothing is done; a later one that is refused leaves those after it \
                 undone, and `results` says so.",
            )
            .needs(Action::CannedReplyRead)
            .refuses(&[Kind::NotFound, Kind::Unprocessable, Kind::UnknownReference]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ScopeQuery>,
    shared: Shared,
) -> Result<Found<MacroPage>, Problem> {
    let (mut macros, as_of) = front.macros(&caller.principal)?;
    let asked = front.dated(format!("macros {:?}", query.scope));
    let pager = Pager::new(&shared, &caller, asked, query.cursor, query.limit);
    let after = pager.after::<ids::MacroId>()?;
    macros.retain(|entry| after.is_none_or(|after| entry.id > after));
    macros.retain(|entry| query.scope.is_none_or(|kind| is_of(entry.says.scope, kind)));
    macros.truncate(pager.limit() + 1);
    let (found, page) = pager.cut(macros, |entry| entry.id);
    let data = found.iter().map(present::shown).collect();
    Ok(Found(MacroPage { data, page, as_of: as_of.into() }))
}

fn found(front: &Front, caller: &Caller, id: ids::MacroId) -> Result<Macro, Problem> {
    Ok(present::shown(&front.macro_by_id(&caller.principal, id)?))
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<MacroId>) -> Result<Versioned<Macro>, Problem> {
    let shown = found(&front, &caller, id.0)?;
    let version = shown.version.0;
    Ok(Versioned(shown, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateMacro>,
) -> Result<Created<Macro>, Problem> {
    let says = Says {
        scope: scope(&caller, &body.scope)?,
        name: body.name.trim().to_owned(),
        description: body.description,
        actions: automation_action::asked(body.actions, "/actions")?,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_macro", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::CannedReplyOwn)?;
            let principal = step.principal();
            macros::create(step, &principal, says)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/macros/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<MacroId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateMacro>,
) -> Result<Found<Macro>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let scope = body.scope.as_ref().map(|asked| scope(&caller, asked)).transpose()?;
    let (description, actions) = (
        body.description.into_option(),
        body.actions.map(|actions| automation_action::asked(actions, "/actions")).transpose()?,
    );
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CannedReplyOwn)?;
            let principal = step.principal();
            let entry = at_version(macros::seen(step.world, &principal, id.0)?, expected)?;
            let mut wanted = Says::clone(&entry.says);
            wanted.scope = scope.unwrap_or(wanted.scope);
            wanted.name = body.name.map_or(wanted.name, |name| name.trim().to_owned());
            wanted.description = description.unwrap_or(wanted.description);
            wanted.actions = actions.unwrap_or(wanted.actions);
            macros::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<MacroId>, expected: IfMatch) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CannedReplyOwn)?;
            let principal = step.principal();
            at_version(macros::seen(step.world, &principal, id.0)?, expected)?;
            macros::remove(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(entry: &macros::Entry, expected: u64) -> Result<&macros::Entry, Rejection> {
    let actual = entry.version;
    Rejection::unless_current(actual, expected)?;
    Ok(entry)
}

async fn run(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<RunMacro>,
) -> Result<Carried<MacroRun>, Problem> {
    let (id, place) = (body.macro_id.0, body.conversation_id.0);
    front.allow(&caller.principal, Action::CannedReplyRead)?;
    // Whoever may not see the conversation learns nothing of the macro.
    front.conversation(&caller.principal, place)?;
    let made = front
        .creation(&caller, Repeatable { key, what: "run_macro", body: print }, move |gate| {
            let step = &mut gate.conversation(Action::ConversationRead, place)?;
            let principal = step.principal();
            macros::run(step, &principal, id, place)?;
            // What follows by itself is decided behind it; its own event is the last one so far.
            Ok(step.last_pos())
        })
        .await?;
    match front.macro_run(made.value)? {
        Some(Event::MacroRan(event)) => Ok(Carried { body: present::run(made.value, &event), replayed: made.replayed }),
        _ => Err(Problem::internal("a macro ran and its event is not there")),
    }
}
