//! Dry runs of routing rules.

use app::routing_simulation::{Compared, Sample, hold_reason};
use domain::access::Action;
use domain::routing::simulate::Simulated;

use super::routing_rules::whole;
use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::routing::*;
use crate::endpoint::Endpoint;
use crate::extract::Json;
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::conversation::priority;
use crate::present::routing as present;
use crate::problem::{FieldError, Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/routing-simulations", "simulate_routing", simulate)
            .about(Tag::Routing, "Try routing rules without anything happening")
            .description(
                "On a sample message as things stand now, or on what came in within a range of the log, each asked on the \
                 state of then and held against what was really done. One range at a time; it reads the log from its \
                 beginning.",
            )
            .needs(Action::RoutingRead)
            .refuses(&[Kind::Unprocessable, Kind::UnknownReference, Kind::Overloaded]),
    ]
}

async fn simulate(
    caller: Caller,
    front: Front,
    shared: Shared,
    Json(body, _): Json<SimulateRouting>,
) -> Result<Found<RoutingSimulation>, Problem> {
    let draft = body.rules.is_some();
    let rules =
        body.rules.map(|rules| rules.into_iter().enumerate().map(|(index, rule)| placed(index, rule)).collect());
    let rules = rules.transpose()?;
    let as_of = shared.head().1;
    match (body.sample, body.range) {
        (Some(sample), None) => {
            let sample = Sample {
                channel_id: sample.channel_id.0,
                contact_id: sample.contact_id.map(|id| id.0),
                text: sample.text,
            };
            let simulated = front.simulate_sample(&caller.principal, rules, sample).await?;
            let case = SimulatedCase {
                conversation_id: None,
                pos: None,
                simulated: shown(&front, &caller, &simulated, draft),
                actual: None,
                differs: false,
            };
            Ok(Found(RoutingSimulation { looked_at: 1, differing: 0, cases: vec![case], as_of: as_of.into() }))
        }
        (None, Some(range)) => {
            let (desk, principal) = (app::Desk::clone(&front), caller.principal.clone());
            let run = move || desk.simulate_range(&principal, rules, range.from_pos, range.to_pos);
            let compared = tokio::task::spawn_blocking(run);
            let compared = compared.await.map_err(|_| Problem::internal("a dry run panicked"))??;
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            Ok(Found(RoutingSimulation {
                looked_at: count(compared.looked_at),
                differing: count(compared.differing),
                cases: compared.shown.iter().map(|each| case(&front, &caller, each, draft)).collect(),
                as_of: as_of.into(),
            }))
        }
        _ => {
            let detail = "either a sample or a range".to_owned();
            let error = FieldError {
                pointer: Some("/sample".to_owned()),
                parameter: None,
                code: "conflict".to_owned(),
                detail,
            };
            Err(Problem::new(Kind::Unprocessable).errors(vec![error]))
        }
    }
}

/// A draft rule; what is wrong with its condition is said at its place in the list.
fn placed(index: usize, rule: CreateRoutingRule) -> Result<domain::routing::rule::RoutingRule, Problem> {
    whole(rule, &format!("/rules/{index}"))
}

fn case(front: &Front, caller: &Caller, compared: &Compared, draft: bool) -> SimulatedCase {
    let sees = |user: &domain::ids::UserId| front.view(|views| app::reach::sees_user(views, &caller.principal, *user));
    SimulatedCase {
        conversation_id: Some(compared.conversation_id.into()),
        pos: Some(compared.pos.into()),
        simulated: shown(front, caller, &compared.simulated, draft),
        actual: Some(ActualRouting {
            rule_id: compared.actual.rule_id.map(Into::into),
            queue_id: compared.actual.queue_id.into(),
            priority: priority(compared.actual.priority),
            user_id: compared.actual.user_id.filter(sees).map(Into::into),
        }),
        differs: compared.differs(),
    }
}

fn shown(front: &Front, caller: &Caller, simulated: &Simulated, draft: bool) -> SimulatedRouting {
    let sees = |user: domain::ids::UserId| front.view(|views| app::reach::sees_user(views, &caller.principal, user));
    let rule = simulated.triaged.rule.map(|rule| rule.rule_id);
    // Draft rules are numbered from 1.
    let index = rule.map(|id| u32::try_from(id.as_u128()).unwrap_or(u32::MAX).saturating_sub(1));
    let choice = simulated.decision.as_ref().and_then(|decision| decision.choice.ok());
    let candidates = simulated.decision.iter().flat_map(|decision| &decision.candidates);
    SimulatedRouting {
        rule_index: index.filter(|_| draft),
        rule_id: rule.filter(|_| !draft).map(Into::into),
        queue_id: simulated.queue_id().into(),
        priority: priority(simulated.triaged.priority),
        user_id: choice.map(|(user, _)| user).filter(|user| sees(*user)).map(Into::into),
        strategy: choice.map(|(_, strategy)| present::strategy(strategy)),
        hold_reason: hold_reason(simulated).map(present::word),
        candidates: candidates.filter(|each| sees(each.user_id)).map(|each| present::candidate(front, each)).collect(),
    }
}
