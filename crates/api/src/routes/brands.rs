//! Brands: walls around channels and contacts.

use domain::access::Action;
use domain::{channel, ids};

use crate::answer::{Created, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::channel::{Brand, BrandPage, CreateBrand};
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Json, OptionalIdempotencyKey, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/brands", "list_brands", list)
            .about(Tag::Channels, "List brands")
            .needs(Action::ChannelRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/brands", "create_brand", create)
            .about(Tag::Channels, "Create a brand")
            .needs(Action::ChannelManage)
            .refuses(&[Kind::NameTaken, Kind::Unprocessable]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
) -> Result<Found<BrandPage>, Problem> {
    front.allow(&caller.principal, Action::ChannelRead)?;
    let pager = Pager::new(&shared, &caller, front.dated("brands"), query.cursor, query.limit);
    let after = pager.after::<ids::BrandId>()?;
    let (found, as_of) = front.view(|views| {
        let later = views.directory.brands.iter().filter(|brand| after.is_none_or(|after| brand.id > after));
        let later = later.filter(|brand| caller.principal.rights().in_brand(brand.id));
        let found = later.take(pager.limit() + 1).map(|brand| Brand { id: brand.id.into(), name: brand.name.clone() });
        (found.collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |brand| brand.id.0);
    Ok(Found(BrandPage { data, page, as_of: as_of.into() }))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateBrand>,
) -> Result<Created<Brand>, Problem> {
    let made = front
        .creation(&caller, Repeatable { key, what: "create_brand", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ChannelManage)?;
            channel::create_brand(step, &body.name)
        })
        .await?;
    let name = front.view(|views| views.directory.brands.get(made.value).map(|brand| brand.name.clone()));
    let body = Brand { id: made.value.into(), name: name.unwrap_or_default() };
    Ok(Created { location: "/v1/brands".to_owned(), body, replayed: made.replayed })
}
