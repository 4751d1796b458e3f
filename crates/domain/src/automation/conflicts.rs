//! What rules would do to each other: fire one another for ever, which is refused when a rule is saved; or set the same thing
//! differently, which is said and left to whoever orders them.
//!
//! Both look at what rules can do, not at whether it ever happens: conditions that exclude each other are seen only where they name
//! the same field.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{AutomationAction, SettableStatus};
use super::rule::{AutomationRule, AutomationRules, Mode};
use super::trigger::{Since, Trigger};
use crate::access::Principal;
use crate::condition::{Condition, Field, Operator};
use crate::conversation::Status;
use crate::ids::*;
use crate::outbound_content::FieldError;

/// What two rules do to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The others, in the order they are asked, or fire one another.
    pub rule_ids: Vec<AutomationRuleId>,
    pub kind: ConflictKind,
    /// What both set: `priority`, `queue`, `assignee`, `status`, `tag`; absent of a circle.
    pub property: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// They set the same thing differently about the same event; the one that is asked later wins.
    Contradiction,
    /// They fire one another, as often as their limits let them.
    LimitedLoop,
}

/// What an action can make happen.
#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Status(Status),
    /// By itself, when its time has come: not automation's any more.
    Wakes,
    Moved,
    Assigned,
    Priority,
    TagAdded(String),
    TagRemoved(String),
}

/// The refusal of a rule that would fire itself for ever, alone or through others.
pub(super) fn endless(
    rules: &AutomationRules,
    by: &Principal,
    id: AutomationRuleId,
    rule: &AutomationRule,
) -> Vec<FieldError> {
    if rule.mode != Mode::Enabled {
        return Vec::new();
    }
    let all = with(rules, id, rule);
    let unlimited = all.iter().filter(|(_, rule)| rule.limits.once.is_none()).map(|(id, rule)| (*id, *rule)).collect();
    let Some(circle) = circle(&unlimited, id) else { return Vec::new() };
    // Those of brands that the asker does not work for are not named.
    let seen = |id: &&AutomationRuleId| unlimited[id].brand_id.is_none_or(|brand| by.rights().in_brand(brand));
    let names: Vec<_> = circle.iter().filter(seen).map(|id| format!("{} ({id})", unlimited[id].name)).collect();
    let detail = format!(
        "would fire itself for ever: {}; let one of them run once in a conversation or an episode",
        names.join(", then ")
    );
    vec![FieldError { pointer: "/actions".to_owned(), code: "endless_loop", detail }]
}

/// What a rule and the others would do to each other, of those the asker sees.
pub fn of(rules: &AutomationRules, by: &Principal, id: AutomationRuleId, rule: &AutomationRule) -> Vec<Conflict> {
    if rule.mode == Mode::Disabled {
        return Vec::new();
    }
    let all = with(rules, id, rule);
    let seen = |other: &AutomationRule| other.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
    let mut found = Vec::new();
    for (other_id, other) in &all {
        if *other_id == id || !seen(other) || !may_meet(rule, other) {
            continue;
        }
        for property in contradictions(rule, other) {
            let rule_ids = vec![*other_id];
            found.push(Conflict { rule_ids, kind: ConflictKind::Contradiction, property: Some(property) });
        }
    }
    if rule.mode == Mode::Enabled
        && let Some(circle) = circle(&all, id)
        && circle.iter().all(|id| seen(all[id]))
    {
        let rule_ids = circle.into_iter().filter(|other| *other != id).collect();
        found.push(Conflict { rule_ids, kind: ConflictKind::LimitedLoop, property: None });
    }
    found
}

/// The enabled rules, with this one as it is to be.
fn with<'r>(
    rules: &'r AutomationRules,
    id: AutomationRuleId,
    rule: &'r AutomationRule,
) -> BTreeMap<AutomationRuleId, &'r AutomationRule> {
    let others = rules.iter().filter(|entry| entry.rule.mode == Mode::Enabled && entry.id != id);
    others.map(|entry| (entry.id, &*entry.rule)).chain([(id, rule)]).collect()
}

/// The shortest way from a rule back to itself.
fn circle(
    rules: &BTreeMap<AutomationRuleId, &AutomationRule>,
    start: AutomationRuleId,
) -> Option<Vec<AutomationRuleId>> {
    let first = *rules.get(&start)?;
    let mut ways: Vec<Vec<AutomationRuleId>> = vec![vec![start]];
    let mut visited = BTreeSet::new();
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        let Some(last) = way.last().and_then(|id| rules.get(id)) else { continue };
        if leads_to(last, first) {
            return Some(way);
        }
        for (id, rule) in rules {
            if *id != start && !visited.contains(id) && leads_to(last, rule) {
                visited.insert(*id);
                ways.push([way.as_slice(), &[*id]].concat());
            }
        }
    }
    None
}

/// Whether what one does can fire the other.
fn leads_to(one: &AutomationRule, other: &AutomationRule) -> bool {
    let brands = one.brand_id.zip(other.brand_id).is_none_or(|(one, other)| one == other);
    brands && effects(&one.actions).iter().any(|effect| effect.fires(other))
}

impl Effect {
    fn fires(&self, rule: &AutomationRule) -> bool {
        let follows = rule.follows_automation;
        match (self, &rule.trigger) {
            (Self::Status(Status::Open), Trigger::Timer { since: Since::Opened, .. }) => true,
            (Self::Status(Status::Resolved), Trigger::Timer { since: Since::Resolved, .. }) => true,
            (Self::Status(Status::Open), Trigger::Reopened) => follows,
            (Self::Status(Status::Resolved), Trigger::Resolved) => follows,
            (Self::Status(now), Trigger::StatusChanged { to }) => follows && to.is_none_or(|to| to == *now),
            (Self::Wakes, Trigger::StatusChanged { to }) => to.is_none_or(|to| to == Status::Open),
            // Another queue may pass it on when its time is over.
            (Self::Moved, Trigger::Assigned) => true,
            (Self::Assigned, Trigger::Assigned) | (Self::Priority, Trigger::PriorityChanged) => follows,
            (Self::TagAdded(tag), Trigger::TagAdded { tag: only })
            | (Self::TagRemoved(tag), Trigger::TagRemoved { tag: only }) => {
                follows && only.as_ref().is_none_or(|only| only == tag)
            }
            _ => false,
        }
    }
}

fn effects(actions: &[AutomationAction]) -> Vec<Effect> {
    let mut found = Vec::new();
    each(actions, &mut |action| match action {
        AutomationAction::AddTag { tag } => found.push(Effect::TagAdded(plain(tag))),
        AutomationAction::RemoveTag { tag } => found.push(Effect::TagRemoved(plain(tag))),
        AutomationAction::MoveToQueue { .. } | AutomationAction::HandOver { queue_id: Some(_) } => {
            found.push(Effect::Moved);
        }
        AutomationAction::AssignAgent { .. } => found.push(Effect::Assigned),
        AutomationAction::SetPriority { .. } => found.push(Effect::Priority),
        AutomationAction::SetStatus { status, .. } => found.push(Effect::Status(became(*status))),
        AutomationAction::Snooze { .. } => found.extend([Effect::Status(Status::Snoozed), Effect::Wakes]),
        AutomationAction::SendMessage { .. }
        | AutomationAction::AnswerFromKnowledge(_)
        | AutomationAction::Ask(_)
        | AutomationAction::AddNote { .. }
        | AutomationAction::Notify { .. }
        | AutomationAction::AskSatisfaction
        | AutomationAction::HandOver { queue_id: None }
        | AutomationAction::CallIntegration { .. } => {}
    });
    found
}

/// Each action, those that may follow from a question or an answer included.
fn each<'a>(actions: &'a [AutomationAction], look: &mut dyn FnMut(&'a AutomationAction)) {
    for action in actions {
        look(action);
        match action {
            AutomationAction::Ask(question) => {
                question.choices.iter().for_each(|choice| each(&choice.then, look));
                each(&question.on_timeout, look);
                each(&question.on_no_match, look);
            }
            AutomationAction::AnswerFromKnowledge(asked) => each(&asked.otherwise, look),
            _ => {}
        }
    }
}

fn became(status: SettableStatus) -> Status {
    match status {
        SettableStatus::Open => Status::Open,
        SettableStatus::Pending => Status::Pending,
        SettableStatus::Resolved => Status::Resolved,
    }
}

fn plain(tag: &str) -> String {
    tag.trim().to_lowercase()
}

/// Whether one event can fire both, in a conversation that fits both.
fn may_meet(one: &AutomationRule, other: &AutomationRule) -> bool {
    let brands = one.brand_id.zip(other.brand_id).is_none_or(|(one, other)| one == other);
    brands && one.trigger.may_coincide(&other.trigger) && !exclude(&one.when, &other.when)
}

impl Trigger {
    fn may_coincide(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
            one.as_ref().zip(other.as_ref()).is_none_or(|(one, other)| one == other)
        }
        match (self, other) {
            (Self::StatusChanged { to: one }, Self::StatusChanged { to: other }) => same(one, other),
            (Self::TagAdded { tag: one }, Self::TagAdded { tag: other })
            | (Self::TagRemoved { tag: one }, Self::TagRemoved { tag: other }) => same(one, other),
            (Self::SlaAtRisk { metric: one }, Self::SlaAtRisk { metric: other })
            | (Self::SlaBreached { metric: one }, Self::SlaBreached { metric: other }) => same(one, other),
            // Different times are different moments.
            (Self::Timer { .. }, Self::Timer { .. }) => self == other,
            (Self::Resolved, Self::StatusChanged { to }) | (Self::StatusChanged { to }, Self::Resolved) => {
                to.is_none_or(|to| to == Status::Resolved)
            }
            (Self::Reopened, Self::StatusChanged { to }) | (Self::StatusChanged { to }, Self::Reopened) => {
                to.is_none_or(|to| to == Status::Open)
            }
            (one, other) => one.kind() == other.kind(),
        }
    }
}

/// Whether two conditions ask for different values of a field that has one.
fn exclude(one: &Condition, other: &Condition) -> bool {
    let (one, other) = (demanded(one), demanded(other));
    one.iter().any(|(field, values)| {
        other.get(field).is_some_and(|others| values.iter().all(|value| !others.contains(value)))
    })
}

/// Of fields with a single value, the values one of which a condition asks for.
fn demanded(condition: &Condition) -> BTreeMap<Field, Vec<String>> {
    let mut found = BTreeMap::new();
    let tests = match condition {
        Condition::All { all } => all.iter().filter_map(|part| match part {
            Condition::Test(test) => Some(test),
            _ => None,
        }),
        _ => return found,
    };
    for test in tests {
        let many =
            matches!(test.field, Field::Tag | Field::Text | Field::Language | Field::OpenHoursId | Field::SegmentId);
        if !many && matches!(test.op, Operator::Is | Operator::In) {
            found.insert(
                test.field.clone(),
                test.values().iter().map(|value| value.to_string().to_lowercase()).collect(),
            );
        }
    }
    found
}

/// What both set, to something else. Only what they do at once: what follows from answers is the customer's choice.
fn contradictions(one: &AutomationRule, other: &AutomationRule) -> Vec<&'static str> {
    let (one, other) = (settings(one), settings(other));
    let differs = |(what, value): (&(&'static str, String), &String)| {
        other.get(what).filter(|others| *others != value).map(|_| what.0)
    };
    let found: BTreeSet<_> = one.iter().filter_map(differs).collect();
    found.into_iter().collect()
}

/// What a rule leaves behind, by what it is about.
fn settings(rule: &AutomationRule) -> BTreeMap<(&'static str, String), String> {
    let mut found = BTreeMap::new();
    for action in &rule.actions {
        let (what, value) = match action {
            AutomationAction::AddTag { tag } => (("tag", plain(tag)), "there".to_owned()),
            AutomationAction::RemoveTag { tag } => (("tag", plain(tag)), "gone".to_owned()),
            AutomationAction::MoveToQueue { queue_id } | AutomationAction::HandOver { queue_id: Some(queue_id) } => {
                (("queue", String::new()), queue_id.to_string())
            }
            AutomationAction::AssignAgent { user_id } => (("assignee", String::new()), user_id.to_string()),
            AutomationAction::SetPriority { priority } => (("priority", String::new()), priority.as_str().to_owned()),
            AutomationAction::SetStatus { status, .. } => {
                (("status", String::new()), became(*status).as_str().to_owned())
            }
            AutomationAction::Snooze { .. } => (("status", String::new()), Status::Snoozed.as_str().to_owned()),
            _ => continue,
        };
        found.insert(what, value);
    }
    found
}
