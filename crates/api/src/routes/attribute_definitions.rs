//! Definitions of attributes: what may be noted of contacts.

use domain::access::Action;
use domain::contact::definitions::{self, Definition, Entry, Holds};
use domain::rejection::Rejection;

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::queue::QueueQuery;
use crate::dto::segment::*;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/attribute-definitions", "list_attribute_definitions", list)
            .about(Tag::Segments, "List what may be noted of contacts")
            .needs(Action::ContactRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/attribute-definitions", "create_attribute_definition", create)
            .about(Tag::Segments, "Define an attribute")
            .description(
                "What is set from then on is held against it; what was set before stays. A personal one (`pii`) is sealed with \
                 the contact's key, so no condition can ask about it. The whole workspace's: whoever works for some brands only \
                 cannot.",
            )
            .needs(Action::SegmentManage)
            .refuses(&[Kind::Unprocessable, Kind::NameTaken]),
        Endpoint::get("/v1/attribute-definitions/{key}", "get_attribute_definition", read)
            .about(Tag::Segments, "Get a definition")
            .needs(Action::ContactRead),
        Endpoint::patch("/v1/attribute-definitions/{key}", "update_attribute_definition", update)
            .about(Tag::Segments, "Change a definition's name, options, or whether it is required")
            .needs(Action::SegmentManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/attribute-definitions/{key}", "remove_attribute_definition", remove)
            .about(Tag::Segments, "Remove a definition; what contacts have of it stays")
            .needs(Action::SegmentManage)
            .refuses(CHANGE),
    ]
}

fn shown(entry: Entry) -> AttributeDefinition {
    let Definition { key, name, holds, options, required, pii } = entry.definition;
    AttributeDefinition {
        entity: AttributeEntity::Contact,
        key,
        version: entry.version.into(),
        name,
        r#type: match holds {
            Holds::Text => AttributeType::Text,
            Holds::Number => AttributeType::Number,
            Holds::Bool => AttributeType::Bool,
            Holds::Date => AttributeType::Date,
            Holds::Enum => AttributeType::Enum,
            Holds::Url => AttributeType::Url,
        },
        options,
        required,
        pii,
    }
}

fn found(front: &Front, caller: &Caller, key: &str) -> Result<AttributeDefinition, Problem> {
    Ok(shown(front.attribute_definition(&caller.principal, key)?))
}

async fn list(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
) -> Result<Found<AttributeDefinitionPage>, Problem> {
    let (entries, as_of) = front.attribute_definitions(&caller.principal)?;
    let pager = Pager::new(&shared, &caller, front.dated("attribute definitions"), query.cursor, query.limit);
    let after = pager.after::<String>()?;
    let rest = entries.into_iter().filter(|entry| after.as_ref().is_none_or(|after| entry.definition.key > *after));
    let (page, info) = pager.cut(rest.take(pager.limit() + 1).collect(), |entry| entry.definition.key.clone());
    Ok(Found(AttributeDefinitionPage { data: page.into_iter().map(shown).collect(), page: info, as_of: as_of.into() }))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(key): Path<String>,
) -> Result<Versioned<AttributeDefinition>, Problem> {
    let body = found(&front, &caller, &key)?;
    let version = body.version.0;
    Ok(Versioned(body, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateAttributeDefinition>,
) -> Result<Created<AttributeDefinition>, Problem> {
    let definition = Definition {
        key: body.key,
        name: body.name.trim().to_owned(),
        holds: match body.r#type {
            AttributeType::Text => Holds::Text,
            AttributeType::Number => Holds::Number,
            AttributeType::Bool => Holds::Bool,
            AttributeType::Date => Holds::Date,
            AttributeType::Enum => Holds::Enum,
            AttributeType::Url => Holds::Url,
        },
        options: body.options,
        required: body.required,
        pii: body.pii,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_attribute_definition", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            definitions::create(step, &principal, definition)
        })
        .await?;
    let body = found(&front, &caller, &made.value)?;
    Ok(Created { location: format!("/v1/attribute-definitions/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(key): Path<String>,
    expected: IfMatch,
    Json(body, _): Json<UpdateAttributeDefinition>,
) -> Result<Found<AttributeDefinition>, Problem> {
    found(&front, &caller, &key)?;
    let expected = expected.required()?;
    let wanted_key = key.clone();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            let mut wanted = at_version(step.world.definitions.get(&wanted_key), expected)?.clone();
            wanted.name = body.name.map_or(wanted.name, |name| name.trim().to_owned());
            wanted.options = body.options.unwrap_or(wanted.options);
            wanted.required = body.required.unwrap_or(wanted.required);
            definitions::change(step, &principal, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, &key)?))
}

async fn remove(caller: Caller, front: Front, Path(key): Path<String>, expected: IfMatch) -> Result<Done, Problem> {
    found(&front, &caller, &key)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            at_version(step.world.definitions.get(&key), expected)?;
            definitions::remove(step, &principal, &key)
        })
        .await?;
    Ok(Done)
}

fn at_version(entry: Option<&Entry>, expected: u64) -> Result<&Definition, Rejection> {
    let entry = entry.ok_or(Rejection::NotFound)?;
    let actual = entry.version;
    Rejection::unless_current(actual, expected)?;
    Ok(&entry.definition)
}
