//! Campaigns: drafts, written, changed, thrown away; lists of all there are.

use domain::access::Action;
use domain::campaign::{self, Campaign as Said, RATE_DEFAULT, manage};
use domain::ids;
use domain::rejection::Rejection;

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::campaign::*;
use crate::dto::scalar::CampaignId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::campaign as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] =
        &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::InvalidTransition];
    vec![
        Endpoint::get("/v1/campaigns", "list_campaigns", list)
            .about(Tag::Campaigns, "List campaigns, newest first")
            .description("Those of your brands.")
            .needs(Action::CampaignRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/campaigns", "create_campaign", create)
            .about(Tag::Campaigns, "Write a campaign's draft")
            .description("Nobody is written to before it is launched. Its brand is its number's.")
            .needs(Action::CampaignManage)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/campaigns/{campaign_id}", "get_campaign", read)
            .about(Tag::Campaigns, "Get a campaign with its progress")
            .needs(Action::CampaignRead),
        Endpoint::patch("/v1/campaigns/{campaign_id}", "update_campaign", update)
            .about(Tag::Campaigns, "Change a draft")
            .description("What was launched is not changed any more.")
            .needs(Action::CampaignManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/campaigns/{campaign_id}", "remove_campaign", remove)
            .about(Tag::Campaigns, "Throw a draft away")
            .description("What was launched stays to be looked at.")
            .needs(Action::CampaignManage)
            .refuses(CHANGE),
    ]
}

fn whole(body: CreateCampaign) -> Result<Said, Problem> {
    Ok(Said {
        name: body.name.trim().to_owned(),
        kind: present::kind_asked(body.kind),
        // Of the number; the domain knows it.
        brand_id: ids::BrandId::from_u128(0),
        channel_id: body.channel_id.into(),
        audience: present::audience_asked(body.audience)?,
        template: template(body.template),
        parameters: body.parameters.into_iter().map(present::parameter_asked).collect(),
        send_at: body.send_at.map(|at| at.0),
        rate_per_minute: body.rate_per_minute.unwrap_or(RATE_DEFAULT),
        quiet_hours: body.quiet_hours.map(present::quiet_hours_asked).transpose()?,
        consent_purpose: body.consent_purpose.map(present::purpose_asked),
        reply_routing: body.reply_routing.map(present::reply_routing_asked),
    })
}

fn template(asked: CampaignTemplate) -> campaign::TemplateName {
    campaign::TemplateName { name: asked.name, language: asked.language }
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
) -> Result<Found<CampaignPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("campaigns"), query.cursor, query.limit);
    let before = pager.after::<ids::CampaignId>()?;
    let (found, as_of) = front.campaigns(&caller.principal, before, pager.limit() + 1)?;
    let (found, page) = pager.cut(found, |entry| entry.id);
    let data = found.iter().map(|entry| present::campaign(&front, entry)).collect();
    Ok(Found(CampaignPage { data, page, as_of: as_of.into() }))
}

pub(super) fn found(front: &Front, caller: &Caller, id: ids::CampaignId) -> Result<Campaign, Problem> {
    Ok(present::campaign(front, &front.campaign(&caller.principal, id)?))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<Campaign>, Problem> {
    let campaign = found(&front, &caller, id.0)?;
    let version = campaign.version.0;
    Ok(Versioned(campaign, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateCampaign>,
) -> Result<Created<Campaign>, Problem> {
    let said = whole(body)?;
    let made = front
        .creation(&caller, Repeatable { key, what: "create_campaign", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::CampaignManage)?;
            let principal = step.principal();
            manage::create(step, &principal, said)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/campaigns/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<CampaignId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateCampaign>,
) -> Result<Found<Campaign>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let audience = body.audience.map(present::audience_asked).transpose()?;
    let quiet = body.quiet_hours.into_option().map(|quiet| quiet.map(present::quiet_hours_asked).transpose());
    let quiet = quiet.transpose()?;
    let parameters: Option<Vec<_>> =
        body.parameters.map(|list| list.into_iter().map(present::parameter_asked).collect());
    let (send_at, purpose) = (body.send_at.into_option(), body.consent_purpose.into_option());
    let routing = body.reply_routing.into_option();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CampaignManage)?;
            let principal = step.principal();
            let known = at_version(manage::seen(step.world, &principal, id.0)?, expected)?;
            let mut wanted = Said::clone(&known.campaign);
            wanted.name = body.name.map_or(wanted.name, |name| name.trim().to_owned());
            wanted.kind = body.kind.map_or(wanted.kind, present::kind_asked);
            wanted.channel_id = body.channel_id.map_or(wanted.channel_id, Into::into);
            wanted.audience = audience.unwrap_or(wanted.audience);
            wanted.template = body.template.map_or(wanted.template, template);
            wanted.parameters = parameters.unwrap_or(wanted.parameters);
            wanted.send_at = send_at.map_or(wanted.send_at, |at| at.map(|at| at.0));
            wanted.rate_per_minute = body.rate_per_minute.unwrap_or(wanted.rate_per_minute);
            wanted.quiet_hours = quiet.unwrap_or(wanted.quiet_hours);
            wanted.consent_purpose =
                purpose.map_or(wanted.consent_purpose, |purpose| purpose.map(present::purpose_asked));
            wanted.reply_routing =
                routing.map_or(wanted.reply_routing, |routing| routing.map(present::reply_routing_asked));
            manage::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<CampaignId>, expected: IfMatch) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CampaignManage)?;
            let principal = step.principal();
            at_version(manage::seen(step.world, &principal, id.0)?, expected)?;
            manage::remove(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(entry: &campaign::Entry, expected: u64) -> Result<&campaign::Entry, Rejection> {
    let actual = entry.version;
    Rejection::unless_current(actual, expected)?;
    Ok(entry)
}
