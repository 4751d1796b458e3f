//! Contacts from files, and to files.

use std::collections::BTreeMap;

use app::contact_imports::HeadingError;
use domain::access::Action;
use domain::contact::import;
use domain::contact::imports::{self, Dedupe, Import, ImportPlan, ImportState, OnMatch, RowError, Target};
use domain::ids;
use domain::report::{Filters, export};

use super::contact_consents::purpose_asked;
use super::report_exports::{exported, written, wrong};
use crate::answer::{Accepted, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::contact_transfer::*;
use crate::dto::report::ReportExport;
use crate::dto::scalar::ContactImportId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Json, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::report::format_asked;
use crate::problem::{FieldError, Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    vec![
        Endpoint::post("/v1/contact-imports", "create_contact_import", create)
            .about(Tag::Contacts, "Import contacts from a file")
            .description(
                "Rows are done in their order, two hundred at a time, each once whatever happens in between. A row with \
                 something wrong in it comes to nothing and is told; the others are done. A row that would make two contacts \
                 one is wrong: that is for people to decide.",
            )
            .needs(Action::ContactTransfer)
            .refuses(&[Kind::Unprocessable, Kind::UnknownReference, Kind::InUse]),
        Endpoint::get("/v1/contact-imports", "list_contact_imports", list)
            .about(Tag::Contacts, "List imports of contacts, newest first")
            .description("Those into your brands that run, and the last 50 that ended.")
            .needs(Action::ContactTransfer)
            .refuses(CURSOR),
        Endpoint::get("/v1/contact-imports/{import_id}", "get_contact_import", read)
            .about(Tag::Contacts, "Get an import of contacts")
            .needs(Action::ContactTransfer),
        Endpoint::get("/v1/contact-imports/{import_id}/errors", "list_contact_import_errors", errors)
            .about(Tag::Contacts, "List what was wrong with rows of an import")
            .needs(Action::ContactTransfer)
            .refuses(CURSOR),
        Endpoint::post("/v1/contact-exports", "create_contact_export", export_contacts)
            .about(Tag::Contacts, "Export contacts to a file")
            .description(
                "Those whom you see when the file is made. Found among your exports of reports, and fetched there \
                 (`GET /v1/report-exports/{export_id}/content`); that it was made is an entry of the audit log.",
            )
            .needs(Action::ContactTransfer)
            .refuses(&[Kind::Unprocessable, Kind::InUse]),
    ]
}

fn shown(import: &Import) -> ContactImport {
    let (state, failure) = match import.state {
        ImportState::Running => (ContactImportState::Running, None),
        ImportState::Finished => (ContactImportState::Finished, None),
        ImportState::Failed(reason) => (ContactImportState::Failed, Some(failure(reason))),
    };
    ContactImport {
        id: import.id.into(),
        state,
        failure,
        brand_id: import.brand_id.into(),
        media_id: import.media_id.into(),
        dedupe: match import.plan.dedupe {
            Dedupe::Phone => ImportDedupe::Phone,
            Dedupe::ExternalId => ImportDedupe::ExternalId,
        },
        on_match: match import.plan.on_match {
            OnMatch::Update => ImportOnMatch::Update,
            OnMatch::Skip => ImportOnMatch::Skip,
        },
        rows: import.rows.into(),
        created: import.tally.created.into(),
        updated: import.tally.updated.into(),
        skipped: import.tally.skipped.into(),
        failed: import.tally.failed.into(),
        requested_at: import.requested_at.into(),
        ended_at: import.ended_at.map(Into::into),
    }
}

fn failure(reason: imports::ImportFailure) -> ContactImportFailure {
    match reason {
        imports::ImportFailure::FileGone => ContactImportFailure::FileGone,
        imports::ImportFailure::NotUtf8 => ContactImportFailure::NotUtf8,
        imports::ImportFailure::NotCsv => ContactImportFailure::NotCsv,
        imports::ImportFailure::TooManyRows => ContactImportFailure::TooManyRows,
        imports::ImportFailure::NotAllowed => ContactImportFailure::NotAllowed,
    }
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateContactImport>,
) -> Result<Accepted<ContactImport>, Problem> {
    let media_id = body.media_id.0;
    let unknown = |_| wrong("/media_id", "unknown-reference", "names no file of yours");
    let file = front.open_media(&caller.principal, media_id).map_err(unknown)?;
    let names = front.columns_of(&file).await.map_err(|error| match error {
        HeadingError::TooLarge => wrong("/media_id", "too-large", &error.to_string()),
        HeadingError::NotUtf8 => wrong("/media_id", "not-utf8", &error.to_string()),
        HeadingError::Missing | HeadingError::Unreadable => wrong("/media_id", "not-csv", &error.to_string()),
    })?;
    let plan = ImportPlan {
        columns: columns(&names, &body.mapping)?,
        dedupe: match body.dedupe {
            ImportDedupe::Phone => Dedupe::Phone,
            ImportDedupe::ExternalId => Dedupe::ExternalId,
        },
        on_match: match body.on_match {
            ImportOnMatch::Update => OnMatch::Update,
            ImportOnMatch::Skip => OnMatch::Skip,
        },
        tags: body.tags,
        consents: body.consents.into_iter().map(purpose_asked).collect(),
    };
    let (brand, evidence) = (body.brand_id.0, body.evidence);
    let made = front
        .creation(&caller, Repeatable { key, what: "create_contact_import", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ContactTransfer)?;
            let principal = step.principal();
            import::request(step, &principal, brand, media_id, plan, evidence)
        })
        .await?;
    let body = shown(&front.contact_import(&caller.principal, made.value)?);
    Ok(Accepted { location: format!("/v1/contact-imports/{}", made.value), body, replayed: made.replayed })
}

/// Columns by their place in the file.
fn columns(names: &[String], mapping: &BTreeMap<String, String>) -> Result<BTreeMap<u32, Target>, Problem> {
    let (mut found, mut errors) = (BTreeMap::new(), Vec::new());
    for (name, field) in mapping {
        let mut say = |code: &str, detail: &str| {
            let place = name.replace('~', "~0").replace('/', "~1");
            let pointer = Some(format!("/mapping/{}", place.chars().take(100).collect::<String>()));
            errors.push(FieldError { pointer, parameter: None, code: code.to_owned(), detail: detail.to_owned() });
        };
        let place = names.iter().zip(0..).find(|(column, _)| *column == name.trim()).map(|(_, place)| place);
        match (place, Target::parse(field)) {
            (None, _) => say("unknown-column", "the file has no column of this name"),
            (_, None) => say("unknown-value", "no field of a contact"),
            (Some(place), Some(target)) => {
                if found.insert(place, target).is_some() {
                    say("duplicate", "the column is named twice");
                }
            }
        }
    }
    let Some(first) = errors.first() else { return Ok(found) };
    let detail = first.detail.clone();
    Err(Problem::new(Kind::Unprocessable).errors(errors).detail(detail))
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<ContactImportPage>, Problem> {
    let pager = Pager::new(&shared, &caller, "contact imports".to_owned(), query.cursor, query.limit);
    let before = pager.after::<ids::ContactImportId>()?;
    let (found, as_of) = front.contact_imports(&caller.principal, before, pager.limit() + 1)?;
    let (found, page) = pager.cut(found, |import| import.id);
    Ok(Found(ContactImportPage { data: found.iter().map(shown).collect(), page, as_of: as_of.into() }))
}

async fn read(caller: Caller, front: Front, Path(id): Path<ContactImportId>) -> Result<Found<ContactImport>, Problem> {
    Ok(Found(shown(&front.contact_import(&caller.principal, id.0)?)))
}

async fn errors(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<ContactImportId>,
    Query(query): Query<ListQuery>,
) -> Result<Found<ContactImportErrorPage>, Problem> {
    let import = front.contact_import(&caller.principal, id.0)?;
    let pager = Pager::new(&shared, &caller, format!("errors of {}", id.0), query.cursor, query.limit);
    let after = pager.after::<usize>()?.map_or(0, |after| after + 1);
    let rest: Vec<_> = import.errors.iter().enumerate().skip(after).take(pager.limit() + 1).collect();
    let (found, page) = pager.cut(rest, |(place, _)| *place);
    let data = found.into_iter().map(|(_, error)| error_shown(error)).collect();
    Ok(Found(ContactImportErrorPage { data, page, as_of: front.position().into() }))
}

fn error_shown(error: &RowError) -> ContactImportError {
    ContactImportError { row: error.row.into(), column: error.column.clone(), code: error.code.replace('_', "-") }
}

async fn export_contacts(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateContactExport>,
) -> Result<Accepted<ReportExport>, Problem> {
    let format = format_asked(body.format);
    written(format, "/format")?;
    let filters = Filters {
        segment_id: body.segment_id.map(Into::into),
        brand_ids: body.brand_ids.into_iter().map(Into::into).collect(),
        channel_ids: body.channel_ids.into_iter().map(Into::into).collect(),
        tags: body.tags.iter().map(|tag| tag.trim().to_lowercase()).collect(),
        ..Filters::default()
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_contact_export", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ContactTransfer)?;
            let principal = step.principal();
            export::request_contacts(step, &principal, format, filters)
        })
        .await?;
    let body = exported(&front, &caller, made.value)?;
    Ok(Accepted { location: format!("/v1/report-exports/{}", made.value), body, replayed: made.replayed })
}
