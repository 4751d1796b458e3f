//! Automation rules: each that an event fires and whose condition fits does its actions; every run of them; and what one would have
//! done.

use app::automation::Asked;
use domain::access::Action;
use domain::automation::rule::{self, AutomationRule as Rule};
use domain::event::Recorded;
use domain::ids;
use domain::rejection::Rejection;

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::automation::*;
use crate::dto::queue::QueueQuery;
use crate::dto::scalar::{AutomationRuleId, ConversationId};
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, NoQuery, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::automation as present;
use crate::present::automation_action;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/automation-rules", "list_automation_rules", list)
            .about(Tag::Automation, "List automation rules in the order they are asked")
            .description("Those of the whole workspace and of your brands.")
            .needs(Action::AutomationRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/automation-rules", "create_automation_rule", create)
            .about(Tag::Automation, "Create an automation rule, asked last")
            .description(
                "Every rule that an event fires and whose condition fits does its actions, in the order of the rules, in \
                 the event's own command. What rules did fires only rules that follow automation. Rules that would fire \
                 one another for ever are refused, with their names; those that set the same thing differently are \
                 listed in `conflicts`.",
            )
            .needs(Action::AutomationManage)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/automation-rules/{automation_rule_id}", "get_automation_rule", read)
            .about(Tag::Automation, "Get an automation rule")
            .needs(Action::AutomationRead),
        Endpoint::patch("/v1/automation-rules/{automation_rule_id}", "update_automation_rule", update)
            .about(Tag::Automation, "Change an automation rule")
            .description("What it did stays done. A timer does not reach back to what was due before.")
            .needs(Action::AutomationManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/automation-rules/{automation_rule_id}", "remove_automation_rule", remove)
            .about(Tag::Automation, "Remove an automation rule")
            .needs(Action::AutomationManage)
            .refuses(CHANGE),
        Endpoint::get("/v1/automation-rules/{automation_rule_id}/runs", "list_automation_rule_runs", runs)
            .about(Tag::Automation, "List the runs of a rule, newest first")
            .description(
                "The newest thousand, in conversations you see; older ones are found through their conversation. Why a \
                 rule did not run is answered by `POST /v1/automation-simulations`.",
            )
            .needs(Action::AutomationRead)
            .refuses(CURSOR),
        Endpoint::get("/v1/conversations/{conversation_id}/automation-runs", "list_automation_runs", runs_of)
            .about(Tag::Automation, "List what rules did in a conversation, newest first")
            .needs(Action::ConversationRead)
            .refuses(CURSOR),
        Endpoint::get("/v1/automation-rule-order", "get_automation_rule_order", order)
            .about(Tag::Automation, "Get the order in which rules are asked")
            .needs(Action::AutomationRead),
        Endpoint::put("/v1/automation-rule-order", "set_automation_rule_order", set_order)
            .about(Tag::Automation, "Set the order in which rules are asked")
            .description("The whole workspace's: whoever works for some brands only cannot.")
            .needs(Action::AutomationManage)
            .refuses(&[Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::Unprocessable]),
        Endpoint::post("/v1/automation-simulations", "simulate_automation", simulate)
            .about(Tag::Automation, "Try a rule on a range of the log without anything happening")
            .description(
                "A rule there is (`rule_id`), a draft (`rule`), or a draft in place of a rule (both). The log is played as \
                 it was, and the rule is asked about each event in the state of then, as if it were enabled: so a rule \
                 that was enabled throughout gives exactly its runs. What would have followed from it is not played. One \
                 range at a time; it reads the log from its beginning.",
            )
            .needs(Action::AutomationManage)
            .refuses(&[Kind::Unprocessable, Kind::NotFound, Kind::Overloaded]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<QueueQuery>,
    shared: Shared,
) -> Result<Found<AutomationRulePage>, Problem> {
    let (rules, order, as_of) = front.automation_rules(&caller.principal)?;
    // A cursor is a place in one order; another order has other places.
    let what = front.dated(format!("automation rules {order}"));
    let pager = Pager::new(&shared, &caller, what, query.cursor, query.limit);
    let after = pager.after::<usize>()?.map_or(0, |after| after + 1);
    let found: Vec<_> = rules.iter().enumerate().skip(after).take(pager.limit() + 1).collect();
    let (found, page) = pager.cut(found, |(place, _)| *place);
    let shown = |entry: &rule::Entry| present::rule(entry, &front.automation_conflicts(&caller.principal, entry.id));
    let data = found.into_iter().map(|(_, entry)| shown(entry)).collect();
    Ok(Found(AutomationRulePage { data, page, as_of: as_of.into() }))
}

fn found(front: &Front, caller: &Caller, id: ids::AutomationRuleId) -> Result<AutomationRule, Problem> {
    let entry = front.automation_rule(&caller.principal, id)?;
    Ok(present::rule(&entry, &front.automation_conflicts(&caller.principal, id)))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<AutomationRuleId>,
) -> Result<Versioned<AutomationRule>, Problem> {
    let rule = found(&front, &caller, id.0)?;
    let version = rule.version.0;
    Ok(Versioned(rule, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateAutomationRule>,
) -> Result<Created<AutomationRule>, Problem> {
    let rule = present::whole(body, "")?;
    let made = front
        .creation(&caller, Repeatable { key, what: "create_automation_rule", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::AutomationManage)?;
            let principal = step.principal();
            rule::create(step, &principal, rule)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/automation-rules/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<AutomationRuleId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateAutomationRule>,
) -> Result<Found<AutomationRule>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let when = body.when.map(|when| when.read("/when")).transpose()?;
    let trigger = body.trigger.map(|trigger| present::trigger_asked(trigger, "/trigger")).transpose()?;
    let actions = body.actions.map(|actions| automation_action::asked(actions, "/actions")).transpose()?;
    let brand = body.brand_id.into_option();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::AutomationManage)?;
            let principal = step.principal();
            let mut wanted = at_version(rule::seen(step.world, &principal, id.0)?, expected)?.clone();
            wanted.name = body.name.map_or(wanted.name, |name| name.trim().to_owned());
            wanted.brand_id = brand.map_or(wanted.brand_id, |brand| brand.map(Into::into));
            wanted.mode = body.mode.map_or(wanted.mode, present::mode_asked);
            wanted.trigger = trigger.unwrap_or(wanted.trigger);
            wanted.when = when.unwrap_or(wanted.when);
            wanted.actions = actions.unwrap_or(wanted.actions);
            wanted.limits = body.limits.map_or(wanted.limits, present::limits_asked);
            wanted.follows_automation = body.follows_automation.unwrap_or(wanted.follows_automation);
            rule::change(step, &principal, id.0, wanted)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(
    caller: Caller,
    front: Front,
    Path(id): Path<AutomationRuleId>,
    expected: IfMatch,
) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::AutomationManage)?;
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
    Ok(&*entry.rule)
}

async fn runs(
    caller: Caller,
    Then(front, query): Then<AutomationRunQuery>,
    Path(id): Path<AutomationRuleId>,
    shared: Shared,
) -> Result<Found<AutomationRunPage>, Problem> {
    let what = front.dated(format!("runs of {}", id.0));
    let pager = Pager::new(&shared, &caller, what, query.cursor, query.limit);
    let before = pager.after::<u64>()?;
    let events = front.automation_runs(&caller.principal, id.0, before, pager.limit() + 1)?;
    Ok(Found(run_page(&front, &pager, events)))
}

async fn runs_of(
    caller: Caller,
    Then(front, query): Then<AutomationRunQuery>,
    Path(id): Path<ConversationId>,
    shared: Shared,
) -> Result<Found<AutomationRunPage>, Problem> {
    let what = front.dated(format!("automation of {}", id.0));
    let pager = Pager::new(&shared, &caller, what, query.cursor, query.limit);
    let before = pager.after::<u64>()?;
    let events = front.automation_runs_of(&caller.principal, id.0, before, pager.limit() + 1)?;
    Ok(Found(run_page(&front, &pager, events)))
}

fn run_page(front: &Front, pager: &Pager, events: Vec<Recorded>) -> AutomationRunPage {
    let (events, page) = pager.cut(events, |recorded| recorded.pos);
    let data = events.iter().filter_map(present::run).collect();
    AutomationRunPage { data, page, as_of: front.position().into() }
}

async fn order(caller: Caller, Then(front, _): Then) -> Result<Versioned<AutomationRuleOrder>, Problem> {
    let (rules, version, _) = front.automation_rules(&caller.principal)?;
    let rule_ids = rules.iter().map(|entry| entry.id.into()).collect();
    Ok(Versioned(AutomationRuleOrder { version: version.into(), rule_ids }, version))
}

async fn set_order(
    caller: Caller,
    front: Front,
    expected: IfMatch,
    Json(body, _): Json<SetAutomationRuleOrder>,
) -> Result<Found<AutomationRuleOrder>, Problem> {
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::AutomationManage)?;
            let principal = step.principal();
            let actual = step.world.automation.order_version();
            Rejection::unless_current(actual, expected)?;
            rule::order(step, &principal, body.rule_ids.into_iter().map(Into::into).collect())
        })
        .await?;
    let Versioned(order, _) = order(caller, Then(front, NoQuery {})).await?;
    Ok(Found(order))
}

async fn simulate(
    caller: Caller,
    front: Front,
    shared: Shared,
    Json(body, _): Json<SimulateAutomation>,
) -> Result<Found<AutomationSimulation>, Problem> {
    let asked = Asked {
        rule_id: body.rule_id.map(|id| id.0),
        draft: body.rule.map(|rule| present::whole(rule, "/rule")).transpose()?,
        from_pos: body.range.from_pos,
        to_pos: body.range.to_pos,
    };
    let as_of = shared.head().1;
    let found = front.dry_run_automation(&caller.principal, asked).await?;
    Ok(Found(present::simulation(&found, as_of)))
}
