//! Routing rules: asked in their order, the first that fits decides.

use domain::access::Action;
use domain::event::routing::{Demand, Skills};
use domain::ids;
use domain::rejection::Rejection;
use domain::routing::rule::{self, RoutingRule as Rule};
use domain::time::Millis;

use super::conversations::domain_priority;
use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::queue::QueueQuery;
use crate::dto::routing::*;
use crate::dto::scalar::RoutingRuleId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, NoQuery, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::routing as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/routing-rules", "list_routing_rules", list)
            .about(Tag::Routing, "List routing rules in the order they are asked")
            .description("Those of the whole workspace and of your brands.")
            .needs(Action::RoutingRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/routing-rules", "create_routing_rule", create)
            .about(Tag::Routing, "Create a routing rule, asked last")
            .description(
                "Rules are asked with a customer's first words, and with their next ones until one has applied or \
                 somebody has taken the conversation.",
            )
            .needs(Action::RoutingManage)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/routing-rules/{rule_id}", "get_routing_rule", read)
            .about(Tag::Routing, "Get a routing rule")
            .needs(Action::RoutingRead),
        Endpoint::patch("/v1/routing-rules/{rule_id}", "update_routing_rule", update)
            .about(Tag::Routing, "Change a routing rule")
            .description("What was sent by it stays where it is.")
            .needs(Action::RoutingManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/routing-rules/{rule_id}", "remove_routing_rule", remove)
            .about(Tag::Routing, "Remove a routing rule")
            .needs(Action::RoutingManage)
            .refuses(CHANGE),
        Endpoint::get("/v1/routing-rule-order", "get_routing_rule_order", order)
            .about(Tag::Routing, "Get the order in which rules are asked")
            .needs(Action::RoutingRead),
        Endpoint::put("/v1/routing-rule-order", "set_routing_rule_order", set_order)
            .about(Tag::Routing, "Set the order in which rules are asked")
            .description("The whole workspace's: whoever works for some brands only cannot.")
            .needs(Action::RoutingManage)
            .refuses(&[Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::Unprocessable]),
    ]
}

/// What a rule is to do.
pub(super) fn destination(asked: SetDestination) -> rule::Destination {
    rule::Destination {
        queue_id: asked.queue_id.map(|id| id.0),
        priority: asked.priority.map(domain_priority),
        demand: Demand {
            skills: Skills {
                required: asked.required_skills.into_iter().collect(),
                preferred: asked.preferred_skills.into_iter().collect(),
            },
            relax_skills_after_ms: asked.relax_skills_after_seconds.map(|after| Millis::seconds(i64::from(after))),
            strategies: asked.strategies.map(|list| list.into_iter().map(present::strategy_asked).collect()),
        },
        language: asked.language.map(|language| match language {
            LanguageMatch::Required => rule::LanguageMatch::Required,
            LanguageMatch::Preferred => rule::LanguageMatch::Preferred,
        }),
    }
}

/// A whole rule, as it stands at `pointer` of a body.
pub(super) fn whole(body: CreateRoutingRule, pointer: &str) -> Result<Rule, Problem> {
    Ok(Rule {
        name: body.name.trim().to_owned(),
        brand_id: body.brand_id.map(Into::into),
        enabled: body.enabled.unwrap_or(true),
        when: body.when.read(&format!("{pointer}/when"))?,
        then: destination(body.then),
    })
}

async fn list(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
) -> Result<Found<RoutingRulePage>, Problem> {
    let (rules, order, as_of) = front.routing_rules(&caller.principal)?;
    // A cursor is a place in one order; another order has other places.
    let pager = Pager::new(&shared, &caller, front.dated(format!("routing rules {order}")), query.cursor, query.limit);
    let after = pager.after::<usize>()?.map_or(0, |after| after + 1);
    let found: Vec<_> = rules.iter().enumerate().skip(after).take(pager.limit() + 1).collect();
    let (found, page) = pager.cut(found, |(place, _)| *place);
    let data = found.into_iter().map(|(_, entry)| present::rule(entry)).collect();
    Ok(Found(RoutingRulePage { data, page, as_of: as_of.into() }))
}

fn found(front: &Front, caller: &Caller, id: ids::RoutingRuleId) -> Result<RoutingRule, Problem> {
    Ok(present::rule(&front.routing_rule(&caller.principal, id)?))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<RoutingRuleId>,
) -> Result<Versioned<RoutingRule>, Problem> {
    let rule = found(&front, &caller, id.0)?;
    let version = rule.version.0;
    Ok(Versioned(rule, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateRoutingRule>,
) -> Result<Created<RoutingRule>, Problem> {
    let rule = whole(body, "")?;
    let made = front
        .creation(&caller, Repeatable { key, what: "create_routing_rule", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::RoutingManage)?;
            let principal = step.principal();
            rule::create(step, &principal, rule)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/routing-rules/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<RoutingRuleId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateRoutingRule>,
) -> Result<Found<RoutingRule>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let when = body.when.map(|when| when.read("/when")).transpose()?;
    let then = body.then.map(destination);
    let brand = body.brand_id.into_option();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoutingManage)?;
            let principal = step.principal();
            let mut wanted = at_version(rule::seen(step.world, &principal, id.0)?, expected)?.clone();
            wanted.name = body.name.map_or(wanted.name, |name| name.trim().to_owned());
            wanted.brand_id = brand.map_or(wanted.brand_id, |brand| brand.map(Into::into));
            wanted.enabled = body.enabled.unwrap_or(wanted.enabled);
            wanted.when = when.unwrap_or(wanted.when);
            wanted.then = then.unwrap_or(wanted.then);
            rule::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(
    caller: Caller,
    front: Front,
    Path(id): Path<RoutingRuleId>,
    expected: IfMatch,
) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoutingManage)?;
            let principal = step.principal();
            at_version(rule::seen(step.world, &principal, id.0)?, expected)?;
            rule::remove(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(entry: &rule::Entry, expected: u64) -> Result<&Rule, Rejection> {
    let actual = entry.version;
    Rejection::unless_current(actual, expected)?;
    Ok(&entry.rule)
}

async fn order(caller: Caller, Then(front, _): Then) -> Result<Versioned<RoutingRuleOrder>, Problem> {
    let (rules, version, _) = front.routing_rules(&caller.principal)?;
    let rule_ids = rules.iter().map(|entry| entry.id.into()).collect();
    Ok(Versioned(RoutingRuleOrder { version: version.into(), rule_ids }, version))
}

async fn set_order(
    caller: Caller,
    front: Front,
    expected: IfMatch,
    Json(body, _): Json<SetRoutingRuleOrder>,
) -> Result<Found<RoutingRuleOrder>, Problem> {
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoutingManage)?;
            let principal = step.principal();
            let actual = step.world.rules.order_version();
            Rejection::unless_current(actual, expected)?;
            rule::order(step, &principal, body.rule_ids.into_iter().map(Into::into).collect())
        })
        .await?;
    let Versioned(order, _) = order(caller, Then(front, NoQuery {})).await?;
    Ok(Found(order))
}
