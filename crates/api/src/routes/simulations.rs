//! What would have been.

use app::simulations::Asked;
use domain::access::Action;
use domain::simulation::draft::Draft;

use super::routing_rules::whole;
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::simulation::*;
use crate::endpoint::Endpoint;
use crate::extract::Json;
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::simulation::{self as present, Viewer};
use crate::present::sla::asked as policy;
use crate::problem::{Kind, Problem};

/// Differences shown at most.
const DIFFERENCES_MAX: usize = 200;
/// What chance is drawn from, if nothing is said.
const SEED: u64 = 1;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/simulations", "simulate", simulate)
            .about(Tag::Routing, "Play the past with other rules, promises, queues or people")
            .description(
                "A range of the log, three times side by side: as it was, as it was with people as they were learned to work, \
                 and as the scenario says. The desk's own decisions are made by the code that makes them every day; with nothing \
                 changed they must come out as they were, and `identity` says whether they did.\n\nTaken from the log: what \
                 customers write and when, and what each message came to; who is at their desk when; bots, the phone app, \
                 tags, priorities, moves to other teams. Modelled: who answers what and when. People do one thing at a time, each \
                 as long as was observed in the range, and hold no more than they may. Not modelled: customers who would have \
                 written otherwise, the service window and failed sends, conversations people gave each other within a team, and \
                 people who hurry when more is waiting.\n\nSomebody who works for some brands plays with the rules, \
                 promises and queues of those, and is told of their conversations and people alone. One range at a time: it reads \
                 the log from its beginning, beside the desk, and ends when the caller goes away.",
            )
            .needs(Action::SimulationRun)
            .refuses(&[Kind::Unprocessable, Kind::UnknownReference, Kind::Overloaded]),
    ]
}

async fn simulate(caller: Caller, front: Front, Json(body, _): Json<Simulate>) -> Result<Found<Simulation>, Problem> {
    let seed = body.seed.unwrap_or(SEED);
    let draft = draft(body.scenario.unwrap_or_default())?;
    let asked = Asked { from_pos: body.range.from_pos, to_pos: body.range.to_pos, seed, draft };
    let desk = app::Desk::clone(&front);
    let played = desk.simulate(&caller.principal, asked).await?;
    let viewer = Viewer { desk: &desk, principal: &caller.principal };
    let found = &played.found;
    let seen = found.differing.iter().filter(|each| viewer.sees_conversation(each.replayed.conversation_id));
    let differences: Vec<_> = seen.map(|each| viewer.difference(each)).collect();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Found(Simulation {
        from_pos: played.from_pos.into(),
        to_pos: played.to_pos.into(),
        from: found.from.into(),
        until: found.until.into(),
        seed,
        identity: viewer.identity(&found.identity),
        baseline_actual: viewer.figures(&found.actual),
        baseline_replayed: viewer.figures(&found.replayed),
        scenario: viewer.figures(&found.scenario),
        looked_at: count(found.episodes),
        differing: count(differences.len()),
        differences: differences.into_iter().take(DIFFERENCES_MAX).collect(),
        model: present::model(&found.learned.service, &played.scope),
        as_of: played.as_of.into(),
    }))
}

/// What is to be otherwise; what cannot be read is said at its place.
fn draft(scenario: Scenario) -> Result<Draft, Problem> {
    let Scenario { routing_rules, queues, sla_policies, capacity, staffing } = scenario;
    let rules = routing_rules.map(|rules| {
        let placed = |(index, rule)| whole(rule, &format!("/scenario/routing_rules/{index}"));
        rules.into_iter().enumerate().map(placed).collect()
    });
    let policies = sla_policies.map(|policies| {
        let placed = |(index, new)| policy(new, &format!("/scenario/sla_policies/{index}"));
        policies.into_iter().enumerate().map(placed).collect()
    });
    let queues = queues.into_iter().map(|queue| (queue.queue_id.0, present::queue_change(queue.settings))).collect();
    let draft = Draft { rules: rules.transpose()?, policies: policies.transpose()?, queues, ..Draft::default() };
    Ok(present::staffed(draft, capacity, staffing))
}
