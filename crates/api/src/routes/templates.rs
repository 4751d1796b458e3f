//! Message templates: as the provider last told, and as the team writes them.

use app::reach;
use domain::access::Action;
use domain::content::{Content, MessageKind};
use domain::ids;
use domain::rejection::Rejection;
use domain::template::draft::Draft;
use domain::template::manage;
use domain::variables;
use projections::directory::TemplateEntry;
use serde_json::{Value, json};

use crate::answer::{Accepted, Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::scalar::TemplateId;
use crate::dto::template::*;
use crate::endpoint::Endpoint;
use crate::extract::{Fingerprint, IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::template as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::Conflict];
    const SAVE: &[Kind] = &[Kind::Unprocessable, Kind::NameTaken];
    vec![
        Endpoint::get("/v1/templates", "list_templates", list)
            .about(Tag::Templates, "List message templates")
            .needs(Action::TemplateRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/templates", "create_template", create)
            .about(Tag::Templates, "Write a template")
            .description(
                "A draft, which the provider does not know of until it is submitted. Its limits are checked now, with every \
                 place that is wrong.",
            )
            .needs(Action::TemplateManage)
            .refuses(SAVE)
            .refuses_too(&[Kind::UnknownReference]),
        Endpoint::get("/v1/templates/{template_id}", "get_template", read)
            .about(Tag::Templates, "Get a template")
            .needs(Action::TemplateRead),
        Endpoint::patch("/v1/templates/{template_id}", "update_template", update)
            .about(Tag::Templates, "Change a draft, or write one of a template that the provider has")
            .description(
                "Only an approved, a rejected or a paused template can be changed, an approved one not in its category. The \
                 change waits as a draft until it is submitted.",
            )
            .needs(Action::TemplateManage)
            .refuses(CHANGE)
            .refuses_too(SAVE),
        Endpoint::delete("/v1/templates/{template_id}", "remove_template", remove)
            .about(Tag::Templates, "Remove a template")
            .description(
                "A draft goes at once. What the provider has is removed there first, and is shown with its `deletion` until \
                 then; its name stays taken for 30 days.",
            )
            .needs(Action::TemplateManage)
            .refuses(CHANGE),
        Endpoint::post("/v1/templates/{template_id}/submission", "submit_template", submit)
            .about(Tag::Templates, "Hand a draft to the provider")
            .description(
                "Durable when this answers; the call follows. `submission` tells whether the provider took it, `status` what its \
                 review came to. An approved template can be changed once in 24 hours and 10 times in 30 days.",
            )
            .needs(Action::TemplateManage)
            .refuses(&[Kind::Conflict, Kind::Unprocessable]),
        Endpoint::post("/v1/template-previews", "preview_template", preview)
            .about(Tag::Templates, "See a template with its parameters")
            .description("Nothing is sent. With a conversation, variables in the parameters are filled in for it.")
            .needs(Action::TemplateRead)
            .refuses(&[Kind::Unprocessable]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<TemplateQuery>,
    shared: Shared,
) -> Result<Found<TemplatePage>, Problem> {
    front.allow(&caller.principal, Action::TemplateRead)?;
    let filters = (query.channel_id, query.name, query.status);
    let pager = Pager::new(&shared, &caller, front.dated(format!("templates {filters:?}")), query.cursor, query.limit);
    let after = pager.after::<ids::TemplateId>()?;
    let (channel_id, name, status) = filters;
    let (found, as_of) = front.view(|views| {
        // A channel's templates are those of its account; of an unknown channel there are none.
        let account = channel_id.map(|id| views.directory.channels.get(id.0).map(|channel| channel.waba_id.as_str()));
        let matches = |entry: &&TemplateEntry| {
            after.is_none_or(|after| entry.id > after)
                && reach::sees_template(views, &caller.principal, entry)
                && account.is_none_or(|account| account == Some(entry.template.waba_id.as_str()))
                && name.as_ref().is_none_or(|name| *name == entry.template.name)
                && status.as_ref().is_none_or(|status| entry.template.status.as_ref() == Some(status))
        };
        let found = views.directory.templates.iter().filter(matches).take(pager.limit() + 1).map(present::template);
        (found.collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |template| template.id.0);
    Ok(Found(TemplatePage { data, page, as_of: as_of.into() }))
}

fn entry(front: &Front, caller: &Caller, id: ids::TemplateId) -> Result<TemplateEntry, Problem> {
    front.allow(&caller.principal, Action::TemplateRead)?;
    let found = front.view(|views| {
        let entry = views.directory.templates.get(id)?;
        reach::sees_template(views, &caller.principal, entry).then(|| entry.clone())
    });
    found.ok_or_else(|| Kind::NotFound.into())
}

fn found(front: &Front, caller: &Caller, id: ids::TemplateId) -> Result<Template, Problem> {
    Ok(present::template(&entry(front, caller, id)?))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<TemplateId>,
) -> Result<Versioned<Template>, Problem> {
    let template = found(&front, &caller, id.0)?;
    let version = template.version.0;
    Ok(Versioned(template, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateTemplate>,
) -> Result<Created<Template>, Problem> {
    let channel = body.channel_id.0;
    let draft = Draft {
        name: body.name,
        language: body.language,
        category: present::category_asked(body.category),
        components: body.components,
        message_send_ttl_seconds: body.message_send_ttl_seconds,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_template", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::TemplateManage)?;
            let principal = step.principal();
            manage::create(step, &principal, channel, draft)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/templates/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<TemplateId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateTemplate>,
) -> Result<Found<Template>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let lifetime = body.message_send_ttl_seconds.into_option();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TemplateManage)?;
            let principal = step.principal();
            let template = manage::seen(step.world, &principal, id.0)?;
            at_version(template.version, expected)?;
            let mut wanted = template.as_draft();
            wanted.name = body.name.unwrap_or(wanted.name);
            wanted.language = body.language.unwrap_or(wanted.language);
            wanted.category = body.category.map_or(wanted.category, present::category_asked);
            wanted.components = body.components.unwrap_or(wanted.components);
            wanted.message_send_ttl_seconds = lifetime.unwrap_or(wanted.message_send_ttl_seconds);
            manage::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<TemplateId>, expected: IfMatch) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TemplateManage)?;
            let principal = step.principal();
            at_version(manage::seen(step.world, &principal, id.0)?.version, expected)?;
            manage::delete(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(actual: u64, expected: u64) -> Result<(), Rejection> {
    Rejection::unless_current(actual, expected)
}

async fn submit(
    caller: Caller,
    front: Front,
    Path(id): Path<TemplateId>,
    key: OptionalIdempotencyKey,
) -> Result<Accepted<Template>, Problem> {
    found(&front, &caller, id.0)?;
    let what = format!("submit_template {}", id.0);
    let repeatable = Repeatable { key, what: &what, body: Fingerprint::of(&Value::Null) };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            let step = &mut gate.workspace(Action::TemplateManage)?;
            let principal = step.principal();
            manage::submit(step, &principal, id.0).map(|()| id.0)
        })
        .await?;
    let body = found(&front, &caller, id.0)?;
    Ok(Accepted { location: format!("/v1/templates/{}", id.0), body, replayed: made.replayed })
}

async fn preview(
    caller: Caller,
    front: Front,
    Json(body, _): Json<PreviewTemplate>,
) -> Result<Found<TemplatePreview>, Problem> {
    let entry = entry(&front, &caller, body.template_id.0)?;
    let template = &entry.template;
    let sent = json!({
        "name": template.name, "language": {"code": template.language}, "components": body.components.unwrap_or_default(),
    });
    let written = Content { kind: MessageKind::Template, body: sent };
    let (content, missing) = match body.conversation_id {
        Some(id) => variables::render_content(&written, &front.known(&caller.principal, id.0)?),
        None => (written, Vec::new()),
    };
    let errors = template.check(&content);
    Ok(Found(present::preview(template.shown(&content), template.is_sendable(), errors, missing)))
}
