//! Webhook items nobody could place: looking at them, trying them again, letting them go.

use app::reach;
use channels::whatsapp::inbound::reread;
use domain::access::Action;
use domain::ids;
use projections::quarantine::QuarantineItem as View;

use crate::answer::{Done, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::quarantine::{QuarantineItem, QuarantinePage, Reinterpretation};
use crate::dto::scalar::QuarantineId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Path, Query};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::conversation::shortened;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/quarantine", "list_quarantine", list)
            .about(Tag::Quarantine, "List items, oldest first")
            .needs(Action::QuarantineRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/quarantine/{quarantine_id}", "get_quarantine_item", read)
            .about(Tag::Quarantine, "Get an item as it came")
            .needs(Action::QuarantineRead),
        Endpoint::delete("/v1/quarantine/{quarantine_id}", "dismiss_quarantine_item", dismiss)
            .about(Tag::Quarantine, "Let an item go")
            .needs(Action::QuarantineManage)
            .refuses(&[Kind::NotFound]),
        Endpoint::post("/v1/quarantine/{quarantine_id}/reinterpretation", "reinterpret_quarantine_item", reinterpret)
            .about(Tag::Quarantine, "Try an item again")
            .description("After its number was connected, or after an update. An item that still has no place stays.")
            .needs(Action::QuarantineManage)
            .refuses(&[Kind::NotFound]),
    ]
}

fn item(view: &View, raw: Option<String>) -> QuarantineItem {
    let reason = serde_json::to_value(view.reason).ok();
    let reason = reason.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    QuarantineItem {
        id: view.id.into(),
        pos: view.pos.into(),
        received_at: view.added_at.into(),
        reason: reason.to_owned(),
        detail: view.detail.as_deref().map(|detail| shortened(detail, 1_000)),
        field: Some(shortened(&view.field, 200)),
        raw,
    }
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<QuarantinePage>, Problem> {
    front.allow(&caller.principal, Action::QuarantineRead)?;
    let pager = Pager::new(&shared, &caller, "quarantine".to_owned(), query.cursor, query.limit);
    let after = pager.after::<ids::QuarantineId>()?;
    let (found, as_of) = front.view(|views| {
        let seen = views.quarantine.after(after).filter(|item| reach::sees_quarantined(views, &caller.principal, item));
        let found = seen.take(pager.limit() + 1).map(|view| item(view, None));
        (found.collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |item| item.id.0);
    Ok(Found(QuarantinePage { data, page, as_of: as_of.into() }))
}

fn view(front: &Front, caller: &Caller, id: ids::QuarantineId) -> Result<View, Problem> {
    let seen = |views: &projections::Views| {
        views.quarantine.get(id).filter(|item| reach::sees_quarantined(views, &caller.principal, item)).cloned()
    };
    front.view(seen).ok_or_else(|| Kind::NotFound.into())
}

async fn read(caller: Caller, front: Front, Path(id): Path<QuarantineId>) -> Result<Found<QuarantineItem>, Problem> {
    let kept = front.quarantined(&caller.principal, id.0)?;
    Ok(Found(item(&view(&front, &caller, id.0)?, kept.map(|kept| kept.raw))))
}

async fn dismiss(caller: Caller, front: Front, Path(id): Path<QuarantineId>) -> Result<Done, Problem> {
    view(&front, &caller, id.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::QuarantineManage)?;
            domain::quarantine::dismiss(step, id.0)
        })
        .await?;
    Ok(Done)
}

async fn reinterpret(
    caller: Caller,
    front: Front,
    Path(id): Path<QuarantineId>,
) -> Result<Found<Reinterpretation>, Problem> {
    front.allow(&caller.principal, Action::QuarantineManage)?;
    let field = view(&front, &caller, id.0)?.field;
    let items = match front.quarantined(&caller.principal, id.0)? {
        Some(kept) => reread(&kept.route, &field, &kept.raw),
        None => Vec::new(),
    };
    let done = front.reinterpret(caller.actor(), id.0, items).await?;
    Ok(Found(Reinterpretation { applied: done.value }))
}
