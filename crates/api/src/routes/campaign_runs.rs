//! What is done with a campaign: looked at before, tried, launched, paused, gone on with, cancelled; and what came of it.

use domain::access::{Action, Principal};
use domain::campaign::preview::{LOOKED_MAX, Preview};
use domain::campaign::{State, control, launch, manage, send};
use domain::ids;
use domain::rejection::Rejection;
use domain::step::Step;
use serde_json::Value;

use super::campaigns::found;
use crate::answer::{Accepted, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::campaign::*;
use crate::dto::scalar::CampaignId;
use crate::endpoint::Endpoint;
use crate::extract::{Fingerprint, IdempotencyKey, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::campaign as present;
use crate::problem::{Kind, Problem};

/// Rendered for so many contacts.
const SAMPLES: usize = 3;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    vec![
        Endpoint::post("/v1/campaigns/{campaign_id}/previews", "preview_campaign", look)
            .about(Tag::Campaigns, "See what a launch would come to at this moment")
            .description("Whom it would mean, who would be left out and why, and what the first would read. Nothing is written down.")
            .needs(Action::CampaignManage),
        Endpoint::post("/v1/campaigns/{campaign_id}/test-sends", "test_campaign", try_out)
            .about(Tag::Campaigns, "Send what a campaign says to one contact of your choice")
            .description("Counts as nobody's: not as a recipient's, and not as an answer. Consent counts as it does at the launch.")
            .needs(Action::CampaignManage)
            .refuses(&[Kind::Unprocessable, Kind::UnknownReference, Kind::TemplateParametersMismatch])
            .refuses_too(&[Kind::ContactOptedOut, Kind::ContactBlocked, Kind::ContactErased])
            .refuses_too(&[Kind::ChannelDisabled, Kind::NumberBarred]),
        Endpoint::post("/v1/campaigns/{campaign_id}/launch", "launch_campaign", run)
            .about(Tag::Campaigns, "Launch a campaign")
            .description(
                "At once, or at its `send_at`. Whom it means is decided now and once; whether each may be written to, when it is their turn.",
            )
            .needs(Action::CampaignManage)
            .refuses(&[Kind::InvalidTransition, Kind::Conflict, Kind::Unprocessable])
            .refuses_too(&[Kind::TemplateParametersMismatch, Kind::ChannelDisabled]),
        Endpoint::post("/v1/campaigns/{campaign_id}/pause", "pause_campaign", pause)
            .about(Tag::Campaigns, "Pause a campaign")
            .description("Acts at once: only calls to the provider that are under way come to their end.")
            .needs(Action::CampaignManage)
            .refuses(&[Kind::InvalidTransition]),
        Endpoint::post("/v1/campaigns/{campaign_id}/resume", "resume_campaign", resume)
            .about(Tag::Campaigns, "Let a paused campaign go on where it stopped")
            .needs(Action::CampaignManage)
            .refuses(&[Kind::InvalidTransition]),
        Endpoint::post("/v1/campaigns/{campaign_id}/cancel", "cancel_campaign", cancel)
            .about(Tag::Campaigns, "Cancel a campaign for good")
            .description("Whoever was not written to is not written to, also if their message waited to be sent.")
            .needs(Action::CampaignManage)
            .refuses(&[Kind::InvalidTransition]),
        Endpoint::get("/v1/campaigns/{campaign_id}/recipients", "list_campaign_recipients", recipients)
            .about(Tag::Campaigns, "List a campaign's recipients with the state of each")
            .needs(Action::CampaignRead)
            .refuses(CURSOR),
        Endpoint::get("/v1/campaigns/{campaign_id}/metrics", "get_campaign_metrics", metrics)
            .about(Tag::Campaigns, "Count what came of a campaign")
            .needs(Action::CampaignRead),
    ]
}

async fn look(caller: Caller, front: Front, Path(id): Path<CampaignId>) -> Result<Found<CampaignPreview>, Problem> {
    let campaign = front.campaign(&caller.principal, id.0)?.campaign;
    let meant = front.campaign_audience(&campaign).await?;
    let (mut looked, mut as_of) = (Preview::default(), front.position());
    for some in meant.chunks(LOOKED_MAX) {
        let (some, campaign) = (some.to_vec(), campaign.clone());
        let more = front.command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CampaignManage)?;
            let principal = step.principal();
            manage::seen(step.world, &principal, id.0)?;
            Ok((looked.and(step.world, &campaign, &some, SAMPLES), step.world.head))
        });
        (looked, as_of) = more.await?.value;
    }
    let left_out: u32 = looked.excluded.values().sum();
    let samples = front.campaign_samples(&campaign, &looked.sample);
    Ok(Found(CampaignPreview {
        audience: looked.audience,
        eligible: looked.audience - left_out,
        excluded: looked.excluded.into_iter().map(|(reason, count)| present::excluded(reason, count)).collect(),
        samples: samples.into_iter().map(present::sample).collect(),
        as_of: as_of.into(),
    }))
}

async fn try_out(
    caller: Caller,
    front: Front,
    Path(id): Path<CampaignId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body, print): Json<TestCampaign>,
) -> Result<Accepted<CampaignTest>, Problem> {
    let entry = front.campaign(&caller.principal, id.0)?;
    let contact_id = ids::ContactId::from(body.contact_id);
    // Whom they may not see they cannot try it with.
    let seen = front.contact(&caller.principal, contact_id);
    if seen.is_err() {
        return Err(Rejection::UnknownReference { field: "contact_id" }.into());
    }
    let sample = front.campaign_samples(&entry.campaign, &[contact_id]).pop();
    let filled = send::Filled { contact_id, content: sample.and_then(|sample| sample.content) };
    let what = format!("test_campaign {}", id.0);
    let repeatable = Repeatable { key: OptionalIdempotencyKey(Some(key)), what: &what, body: print };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            let step = &mut gate.workspace(Action::CampaignManage)?;
            let principal = step.principal();
            manage::seen(step.world, &principal, id.0)?;
            send::test(step, id.0, filled)
        })
        .await?;
    let location = format!("/v1/messages/{}", made.value);
    let body = CampaignTest { message_id: made.value.into(), contact_id: body.contact_id };
    Ok(Accepted { location, body, replayed: made.replayed })
}

async fn ask(
    caller: &Caller,
    front: &Front,
    id: CampaignId,
    key: IdempotencyKey,
    operation: &str,
    asked: impl FnOnce(&mut Step<'_>, &Principal, ids::CampaignId) -> Result<ids::CampaignId, Rejection> + Send + 'static,
) -> Result<Accepted<Campaign>, Problem> {
    found(front, caller, id.0)?;
    let what = format!("{operation} {}", id.0);
    let key = OptionalIdempotencyKey(Some(key.0));
    let made = front
        .creation(caller, Repeatable { key, what: &what, body: Fingerprint::of(&Value::Null) }, move |gate| {
            let step = &mut gate.workspace(Action::CampaignManage)?;
            let principal = step.principal();
            asked(step, &principal, id.0)
        })
        .await?;
    let body = found(front, caller, made.value)?;
    Ok(Accepted { location: format!("/v1/campaigns/{}", made.value), body, replayed: made.replayed })
}

async fn run(
    caller: Caller,
    front: Front,
    Path(id): Path<CampaignId>,
    key: IdempotencyKey,
) -> Result<Accepted<Campaign>, Problem> {
    let entry = front.campaign(&caller.principal, id.0)?;
    let meant = match entry.state {
        State::Draft => front.campaign_audience(&entry.campaign).await?,
        _ => Vec::new(),
    };
    let turn = front.selects_recipients(id.0);
    let who = launch::Found { audience: meant.len(), version: entry.version };
    let launch = move |step: &mut Step<'_>, by: &Principal, id| launch::launch(step, by, id, who);
    let mut launched = ask(&caller, &front, id, key, "launch_campaign", launch).await?;
    if let (Some(turn), false) = (turn, launched.replayed) {
        // Whoever goes away before it is done has launched it all the same.
        let selected = tokio::spawn(turn.select(meant)).await.map_err(Problem::internal)?;
        if let Err(failure) = selected {
            tracing::warn!(%failure, campaign = %id.0, "the rest of a campaign's recipients is selected later");
        }
        launched.body = found(&front, &caller, id.0)?;
    }
    Ok(launched)
}

async fn pause(
    caller: Caller,
    front: Front,
    Path(id): Path<CampaignId>,
    key: IdempotencyKey,
) -> Result<Accepted<Campaign>, Problem> {
    ask(&caller, &front, id, key, "pause_campaign", control::pause).await
}

async fn resume(
    caller: Caller,
    front: Front,
    Path(id): Path<CampaignId>,
    key: IdempotencyKey,
) -> Result<Accepted<Campaign>, Problem> {
    ask(&caller, &front, id, key, "resume_campaign", control::resume).await
}

async fn cancel(
    caller: Caller,
    front: Front,
    Path(id): Path<CampaignId>,
    key: IdempotencyKey,
) -> Result<Accepted<Campaign>, Problem> {
    ask(&caller, &front, id, key, "cancel_campaign", control::cancel).await
}

async fn recipients(
    caller: Caller,
    Then(front, query): Then<CampaignRecipientQuery>,
    shared: Shared,
    Path(id): Path<CampaignId>,
) -> Result<Found<CampaignRecipientPage>, Problem> {
    let question = format!("recipients of {} in {:?}", id.0, query.state);
    let pager = Pager::new(&shared, &caller, front.dated(question), query.cursor, query.limit);
    let after = pager.after::<ids::ContactId>()?;
    let takes = |recipient: &domain::campaign::Recipient| {
        query.state.is_none_or(|state| state == present::state(recipient.state))
    };
    let (rows, as_of) = front.campaign_recipients(&caller.principal, id.0, after, takes, pager.limit() + 1)?;
    let (rows, page) = pager.cut(rows, |(contact, _)| *contact);
    let data = rows.into_iter().map(|(contact, recipient)| present::recipient(contact, recipient)).collect();
    Ok(Found(CampaignRecipientPage { data, page, as_of: as_of.into() }))
}

async fn metrics(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<CampaignId>,
) -> Result<Found<CampaignMetrics>, Problem> {
    let entry = front.campaign(&caller.principal, id.0)?;
    Ok(Found(present::metrics(&entry.tally, front.position())))
}
