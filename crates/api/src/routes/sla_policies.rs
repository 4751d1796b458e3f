//! Policies of service levels: keeping them, their order, and what a change would have done.

use app::reach;
use domain::access::Action;
use domain::outbound_content::FieldError;
use domain::rejection::Rejection;
use domain::sla::{self, Entry, manage};
use domain::time::Millis;
use domain::{ids, step};

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::scalar::SlaPolicyId;
use crate::dto::sla::*;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Fingerprint, IfMatch, Json, MessageJson, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::sla::{asked, metric, policy, verdict};
use crate::problem::{Kind, Problem};

/// The longest period of a preview.
const PREVIEW_MAX: Millis = Millis::days(31);

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/sla-policies", "list_sla_policies", list)
            .about(Tag::ServiceLevels, "List the policies of the workspace and of your brands")
            .description("In the order in which they are asked: the first that matches a conversation counts.")
            .needs(Action::SlaRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/sla-policies", "create_sla_policy", create)
            .about(Tag::ServiceLevels, "Create a policy")
            .description(
                "It is last in the order, and for waits and episodes that begin from now on. Conditions ask about \
                 `channel_id`, `brand_id`, `team_id`, `priority`, `tag`, `language`, `origin`, `returning`, `episode` and \
                 `attribute.<key>`.",
            )
            .needs(Action::SlaManage)
            .refuses(&[Kind::NameTaken, Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::get("/v1/sla-policies/{sla_id}", "get_sla_policy", read)
            .about(Tag::ServiceLevels, "Get a policy")
            .needs(Action::SlaRead),
        Endpoint::put("/v1/sla-policies/{sla_id}", "replace_sla_policy", replace)
            .about(Tag::ServiceLevels, "Replace what a policy says")
            .description(
                "What it promised already stays as it was promised, unless `apply_to_open` says otherwise; a deadline that \
                 has passed stays in any case.",
            )
            .needs(Action::SlaManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::NameTaken, Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::delete("/v1/sla-policies/{sla_id}", "remove_sla_policy", remove)
            .about(Tag::ServiceLevels, "Remove a policy")
            .description("What it promised already stays.")
            .needs(Action::SlaManage)
            .refuses(CHANGE),
        Endpoint::get("/v1/sla-policy-order", "get_sla_policy_order", read_order)
            .about(Tag::ServiceLevels, "Get the order in which policies are asked")
            .needs(Action::SlaRead),
        Endpoint::put("/v1/sla-policy-order", "set_sla_policy_order", set_order)
            .about(Tag::ServiceLevels, "Set the order in which policies are asked")
            .description("For those who work for all brands. Names every policy, each once.")
            .needs(Action::SlaManage)
            .refuses(&[Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::Unprocessable]),
        Endpoint::post("/v1/sla-policies/{sla_id}/impact-previews", "preview_sla_policy", preview)
            .about(Tag::ServiceLevels, "Ask what a changed policy would have done")
            .description(
                "Replays what happened in conversations of the period by the policies as they are, and with the draft in \
                 place of this one. Nothing is changed. What escalations would have moved is not guessed at.",
            )
            .needs(Action::SlaManage)
            .refuses(&[Kind::NotFound, Kind::NameTaken, Kind::UnknownReference, Kind::Unprocessable]),
    ]
}

/// A policy the caller sees, and its place.
fn seen(front: &Front, caller: &Caller, id: ids::SlaPolicyId) -> Result<(Entry, usize), Problem> {
    let found = front.view(|views| {
        let place = views.sla_policies.iter().position(|entry| entry.id == id)?;
        views.sla_policies.get(id).map(|entry| (entry.clone(), place + 1))
    });
    let sees = |(entry, _): &(Entry, usize)| reach::sees_configured(&caller.principal, entry.policy.brand_id);
    found.filter(sees).ok_or_else(|| Kind::NotFound.into())
}

fn shown(front: &Front, caller: &Caller, id: ids::SlaPolicyId) -> Result<SlaPolicy, Problem> {
    let (entry, place) = seen(front, caller, id)?;
    Ok(policy(&entry, place))
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
) -> Result<Found<SlaPolicyPage>, Problem> {
    front.allow(&caller.principal, Action::SlaRead)?;
    let pager = Pager::new(&shared, &caller, front.dated("service levels"), query.cursor, query.limit);
    let after = pager.after::<ids::SlaPolicyId>()?;
    let (found, as_of) = front.view(|views| {
        let all = views.sla_policies.iter().zip(1..);
        let later = all.skip_while(|(entry, _)| after.is_some_and(|after| entry.id != after));
        let later = later.skip(usize::from(after.is_some()));
        let seen = later.filter(|(entry, _)| reach::sees_configured(&caller.principal, entry.policy.brand_id));
        let rows = seen.take(pager.limit() + 1).map(|(entry, place)| policy(entry, place)).collect::<Vec<_>>();
        (rows, views.position())
    });
    let (data, page) = pager.cut(found, |policy| policy.id.0);
    Ok(Found(SlaPolicyPage { data, page, as_of: as_of.into() }))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<SlaPolicyId>,
) -> Result<Versioned<SlaPolicy>, Problem> {
    let (entry, place) = seen(&front, &caller, id.0)?;
    Ok(Versioned(policy(&entry, place), entry.version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    MessageJson(body, value): MessageJson<CreateSlaPolicy>,
) -> Result<Created<SlaPolicy>, Problem> {
    let new = asked(body, "")?;
    let made = front
        .creation(&caller, Repeatable { key, what: "create_sla_policy", body: Fingerprint::of(&value) }, move |gate| {
            let step = &mut gate.workspace(Action::SlaManage)?;
            let principal = step.principal();
            manage::create(step, &principal, &new)
        })
        .await?;
    let body = shown(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/sla-policies/{}", made.value), body, replayed: made.replayed })
}

async fn replace(
    caller: Caller,
    front: Front,
    Path(id): Path<SlaPolicyId>,
    expected: IfMatch,
    MessageJson(body, _): MessageJson<ReplaceSlaPolicy>,
) -> Result<Found<SlaPolicy>, Problem> {
    let (entry, _) = seen(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let apply = body.apply_to_open.unwrap_or(false);
    let ReplaceSlaPolicy { name, brand_id, enabled, matches, targets, escalations, apply_to_open: _ } = body;
    let brand_id = brand_id.or(entry.policy.brand_id.map(Into::into));
    let new = asked(CreateSlaPolicy { name, brand_id, enabled, matches, targets, escalations }, "")?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SlaManage)?;
            let principal = step.principal();
            at_version(step, id.0, expected)?;
            manage::change(step, &principal, id.0, &new, apply)
        })
        .await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<SlaPolicyId>, expected: IfMatch) -> Result<Done, Problem> {
    seen(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SlaManage)?;
            let principal = step.principal();
            at_version(step, id.0, expected)?;
            manage::remove(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(step: &step::Step<'_>, id: ids::SlaPolicyId, expected: u64) -> Result<(), Rejection> {
    let actual = step.world.sla_policies.get(id).ok_or(Rejection::NotFound)?.version;
    Rejection::unless_current(actual, expected)
}

fn order(front: &Front, caller: &Caller) -> Result<SlaPolicyOrder, Problem> {
    front.allow(&caller.principal, Action::SlaRead)?;
    Ok(front.view(|views| {
        let seen =
            views.sla_policies.iter().filter(|entry| reach::sees_configured(&caller.principal, entry.policy.brand_id));
        SlaPolicyOrder {
            version: views.sla_policies.order_version().into(),
            policy_ids: seen.map(|entry| entry.id.into()).collect(),
        }
    }))
}

async fn read_order(caller: Caller, Then(front, _): Then) -> Result<Versioned<SlaPolicyOrder>, Problem> {
    let order = order(&front, &caller)?;
    let version = order.version.0;
    Ok(Versioned(order, version))
}

async fn set_order(
    caller: Caller,
    front: Front,
    expected: IfMatch,
    Json(body, _): Json<SetSlaPolicyOrder>,
) -> Result<Found<SlaPolicyOrder>, Problem> {
    front.allow(&caller.principal, Action::SlaManage)?;
    let expected = expected.required()?;
    let wanted: Vec<ids::SlaPolicyId> = body.policy_ids.into_iter().map(Into::into).collect();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SlaManage)?;
            let principal = step.principal();
            let actual = step.world.sla_policies.order_version();
            Rejection::unless_current(actual, expected)?;
            manage::order(step, &principal, &wanted)
        })
        .await?;
    Ok(Found(order(&front, &caller)?))
}

async fn preview(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<SlaPolicyId>,
    MessageJson(body, _): MessageJson<PreviewSlaPolicy>,
) -> Result<Found<SlaImpactPreview>, Problem> {
    let (entry, _) = seen(&front, &caller, id.0)?;
    let (from, to) = (body.from.0, body.to.map_or(shared.now(), |to| to.0));
    if to <= from || to - from > PREVIEW_MAX {
        return Err(Problem::new(Kind::Unprocessable).detail("`to` must be at most 31 days after `from`"));
    }
    let mut draft = asked(body.policy, "/policy")?;
    draft.brand_id = draft.brand_id.or(entry.policy.brand_id);
    let checked = draft.clone();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::SlaManage)?;
            let principal = step.principal();
            manage::could_be_taken(step, &principal, id.0, &checked).map_err(|rejection| match rejection {
                Rejection::Fields(errors) => Rejection::Fields(errors.into_iter().map(below).collect()),
                other => other,
            })
        })
        .await?;
    let found = front.sla_preview(&caller.principal, id.0, draft, from, to).await?;
    let differences = found.differences.iter().map(|other| SlaDifference {
        conversation_id: other.conversation_id.into(),
        metric: metric(other.metric),
        started_at: other.started_at.into(),
        present: other.present.map(verdict),
        draft: other.draft.map(verdict),
    });
    Ok(Found(SlaImpactPreview {
        from: from.into(),
        to: to.into(),
        conversations: u32::try_from(found.conversations).unwrap_or(u32::MAX),
        truncated: found.truncated,
        metrics: sla::Metric::ALL
            .into_iter()
            .map(|of| SlaImpact {
                metric: metric(of),
                present: outcomes(found.present.get(&of)),
                draft: outcomes(found.draft.get(&of)),
            })
            .collect(),
        differences: differences.collect(),
        as_of: found.as_of.into(),
    }))
}

/// An error at its place in the question, where the policy is a part.
fn below(error: FieldError) -> FieldError {
    FieldError { pointer: format!("/policy{}", error.pointer), ..error }
}

fn outcomes(found: Option<&app::sla_preview::Outcomes>) -> SlaOutcomes {
    let app::sla_preview::Outcomes { instances, met, breached, open, cancelled } = found.copied().unwrap_or_default();
    SlaOutcomes { instances, met, breached, open, cancelled }
}
