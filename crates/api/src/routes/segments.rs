//! Segments: groups of contacts, counted when somebody asks.

use domain::access::Action;
use domain::condition::Condition as When;
use domain::ids;
use domain::rejection::Rejection;
use domain::segment::{self, Entry, manage};

use super::contacts::cards;
use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::contact::ContactPage;
use crate::dto::queue::QueueQuery;
use crate::dto::scalar::SegmentId;
use crate::dto::segment::*;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::problem::{Kind, Problem};

/// Contacts shown of a preview.
const SAMPLE: usize = 10;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/segments", "list_segments", list)
            .about(Tag::Segments, "List segments")
            .description("Those of the whole workspace and of your brands.")
            .needs(Action::SegmentRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/segments", "create_segment", create)
            .about(Tag::Segments, "Create a segment")
            .description(
                "Who belongs to it is found out when it is asked: by lists, counts, campaigns, routing rules and automation. \
                 Contacts that were merged are one member; erased ones are none.",
            )
            .needs(Action::SegmentManage)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/segments/{segment_id}", "get_segment", read)
            .about(Tag::Segments, "Get a segment")
            .needs(Action::SegmentRead),
        Endpoint::patch("/v1/segments/{segment_id}", "update_segment", update)
            .about(Tag::Segments, "Change a segment")
            .needs(Action::SegmentManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/segments/{segment_id}", "remove_segment", remove)
            .about(Tag::Segments, "Remove a segment that no other segment or routing rule names")
            .needs(Action::SegmentManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::InUse]),
        Endpoint::get("/v1/segments/{segment_id}/count", "count_segment", count)
            .about(Tag::Segments, "Count who belongs to a segment now")
            .description("Of those in your brands.")
            .needs(Action::SegmentRead),
        Endpoint::get("/v1/segments/{segment_id}/members", "list_segment_members", members)
            .about(Tag::Segments, "List who belongs to a segment, in the order they became known")
            .needs(Action::SegmentRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/segments/{segment_id}/snapshots", "snapshot_segment", snapshot)
            .about(Tag::Segments, "Count a segment and keep the count")
            .description("Who they were is found out as of its position, with `as_of_pos` on the list of members.")
            .needs(Action::SegmentManage)
            .refuses(&[Kind::NotFound]),
        Endpoint::post("/v1/segment-previews", "preview_segment", preview)
            .about(Tag::Segments, "Try a condition: how many it fits, and who the first are")
            .needs(Action::SegmentRead)
            .refuses(&[Kind::Unprocessable]),
    ]
}

fn shown(entry: Entry) -> Segment {
    Segment {
        id: entry.id.into(),
        version: entry.version.into(),
        name: entry.segment.name,
        brand_id: entry.segment.brand_id.map(Into::into),
        when: (&entry.segment.when).into(),
        contact_ids: entry.segment.contact_ids.into_iter().map(Into::into).collect(),
        snapshots: entry.snapshots.into_iter().map(snapshot_shown).collect(),
    }
}

fn snapshot_shown(kept: segment::Snapshot) -> SegmentSnapshot {
    SegmentSnapshot { members: kept.members.into(), as_of: kept.as_of.into(), counted_at: kept.at.into() }
}

fn found(front: &Front, caller: &Caller, id: ids::SegmentId) -> Result<Segment, Problem> {
    Ok(shown(front.segment(&caller.principal, id)?))
}

async fn list(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
) -> Result<Found<SegmentPage>, Problem> {
    let (segments, as_of) = front.segments(&caller.principal)?;
    let pager = Pager::new(&shared, &caller, front.dated("segments"), query.cursor, query.limit);
    let after = pager.after::<ids::SegmentId>()?;
    let rest = segments.into_iter().filter(|entry| after.is_none_or(|after| entry.id > after));
    let (page, info) = pager.cut(rest.take(pager.limit() + 1).collect(), |entry| entry.id);
    Ok(Found(SegmentPage { data: page.into_iter().map(shown).collect(), page: info, as_of: as_of.into() }))
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<SegmentId>) -> Result<Versioned<Segment>, Problem> {
    let body = found(&front, &caller, id.0)?;
    let version = body.version.0;
    Ok(Versioned(body, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateSegment>,
) -> Result<Created<Segment>, Problem> {
    let nobody = || Ok(When::Any { any: Vec::new() });
    let wanted = segment::Segment {
        name: body.name.trim().to_owned(),
        brand_id: body.brand_id.map(Into::into),
        when: body.when.map_or_else(nobody, |when| when.read("/when"))?,
        contact_ids: body.contact_ids.into_iter().map(Into::into).collect(),
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_segment", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            manage::create(step, &principal, wanted)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/segments/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<SegmentId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateSegment>,
) -> Result<Found<Segment>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let when = body.when.map(|when| when.read("/when")).transpose()?;
    let brand = body.brand_id.into_option();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            let mut wanted = at_version(manage::seen(step.world, &principal, id.0)?, expected)?.clone();
            wanted.name = body.name.map_or(wanted.name, |name| name.trim().to_owned());
            wanted.brand_id = brand.map_or(wanted.brand_id, |brand| brand.map(Into::into));
            wanted.when = when.unwrap_or(wanted.when);
            if let Some(named) = body.contact_ids {
                wanted.contact_ids = named.into_iter().map(Into::into).collect();
            }
            manage::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<SegmentId>, expected: IfMatch) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            at_version(manage::seen(step.world, &principal, id.0)?, expected)?;
            manage::remove(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(entry: &Entry, expected: u64) -> Result<&segment::Segment, Rejection> {
    let actual = entry.version;
    Rejection::unless_current(actual, expected)?;
    Ok(&entry.segment)
}

async fn count(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<SegmentId>,
) -> Result<Found<SegmentCount>, Problem> {
    let entry = front.segment(&caller.principal, id.0)?;
    let counted = front.count_members(&caller.principal, entry.segment, 0).await?;
    Ok(Found(SegmentCount { members: counted.members.into(), as_of: counted.as_of.into() }))
}

async fn members(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
    Path(id): Path<SegmentId>,
) -> Result<Found<ContactPage>, Problem> {
    let entry = front.segment(&caller.principal, id.0)?;
    // Members of what a segment says now are not those of what it said before.
    let question = format!("members of {} {}", id.0, entry.version);
    let pager = Pager::new(&shared, &caller, front.dated(question), query.cursor, query.limit);
    let after = pager.after::<ids::ContactId>()?;
    let found = front.members(&caller.principal, entry.segment, after, pager.limit()).await?;
    let next = found.ids.last().copied().filter(|_| found.more);
    let data = cards(&front, &caller, &found.ids);
    Ok(Found(ContactPage { data, page: pager.info(next), as_of: found.as_of.into() }))
}

async fn snapshot(
    caller: Caller,
    front: Front,
    Path(id): Path<SegmentId>,
) -> Result<Created<SegmentSnapshot>, Problem> {
    let entry = front.segment(&caller.principal, id.0)?;
    let counted = front.count_members(&caller.principal, entry.segment, 0).await?;
    let kept = front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SegmentManage)?;
            let principal = step.principal();
            manage::snapshot(step, &principal, id.0, counted.members, counted.as_of)
        })
        .await?;
    let body = snapshot_shown(kept.value);
    Ok(Created { location: format!("/v1/segments/{}", id.0), body, replayed: false })
}

async fn preview(
    caller: Caller,
    front: Front,
    Json(body, _): Json<PreviewSegment>,
) -> Result<Found<SegmentPreview>, Problem> {
    let when = body.when.read("/when")?;
    let brand_id = body.brand_id.map(|id| id.0);
    let wanted = segment::Segment { name: "preview".to_owned(), brand_id, when, contact_ids: Default::default() };
    let checked = wanted.clone();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SegmentRead)?;
            let principal = step.principal();
            let errors = manage::check_condition(step.world, &principal, None, brand_id, &checked.when);
            if errors.is_empty() { Ok(()) } else { Err(Rejection::Fields(errors)) }
        })
        .await?;
    let counted = front.count_members(&caller.principal, wanted, SAMPLE).await?;
    let sample = cards(&front, &caller, &counted.sample);
    Ok(Found(SegmentPreview { members: counted.members.into(), sample, as_of: counted.as_of.into() }))
}
