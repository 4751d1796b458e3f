//! Routing rules: an ordered list; the first whose condition fits says where a conversation belongs and what whoever takes it
//! must be able to do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Principal;
use crate::condition::{Condition, check};
use crate::conversation::Priority;
use crate::event::routing::*;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::queue::QueueId;
use crate::queue::settings::{Strategy, TIME_MAX};
use crate::rejection::Rejection;
use crate::routing_profile::is_skill;
use crate::step::Step;
use crate::time::Millis;
use crate::world::World;

/// Rules at most.
pub const RULES_MAX: usize = 500;
/// Characters of a rule's name at most.
pub const NAME_MAX: usize = 100;
/// Skills a rule asks for at most.
pub const SKILLS_MAX: usize = 20;

/// What a rule says. Its id and version stand beside it.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct RoutingRule {
    pub name: String,
    /// The brand whose conversations it is asked about; `None`: all.
    pub brand_id: Option<BrandId>,
    pub enabled: bool,
    pub when: Condition,
    pub then: Destination,
}

/// Where it sends what fits, and how that is given out. What is absent stays as it is.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Destination {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<QueueId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(default)]
    pub demand: Demand,
    /// Whether the contact's language is a skill that is preferred, or required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageMatch>,
}

/// How much the contact's language counts.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LanguageMatch {
    Required,
    Preferred,
}

/// A rule with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: RoutingRuleId,
    /// Events in its stream.
    pub version: u64,
    pub rule: RoutingRule,
}

/// The rules in the order they are asked. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Rules {
    ordered: Vec<Entry>,
    /// Position of the newest change of the order, as its version.
    order_version: u64,
    /// The brand of every rule there ever was.
    brands: BTreeMap<RoutingRuleId, Option<BrandId>>,
}

impl Rules {
    /// All there are, first asked first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.ordered.iter()
    }
    pub fn get(&self, id: RoutingRuleId) -> Option<&Entry> {
        self.ordered.iter().find(|entry| entry.id == id)
    }
    /// The brand of one, also of one that was removed; the inner `None`: the whole workspace's.
    pub fn brand_of(&self, id: RoutingRuleId) -> Option<Option<BrandId>> {
        self.brands.get(&id).copied()
    }
    /// Changes with every change of the order, rules that come and go included.
    pub fn order_version(&self) -> u64 {
        self.order_version
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let version = recorded.version;
        match &recorded.event {
            Event::RoutingRuleCreated(event) => {
                self.brands.insert(event.rule_id, event.rule.brand_id);
                self.ordered.push(Entry { id: event.rule_id, version, rule: event.rule.clone() });
                self.order_version = recorded.pos;
            }
            Event::RoutingRuleChanged(event) => {
                if let Some(entry) = self.ordered.iter_mut().find(|entry| entry.id == event.rule_id) {
                    entry.rule.clone_from(&event.rule);
                    self.brands.insert(event.rule_id, event.rule.brand_id);
                    entry.version = version;
                }
            }
            Event::RoutingRuleRemoved(event) => {
                self.ordered.retain(|entry| entry.id != event.rule_id);
                self.order_version = recorded.pos;
            }
            Event::RoutingRulesOrdered(event) => {
                let place = |id| event.rule_ids.iter().position(|other| *other == id).unwrap_or(usize::MAX);
                self.ordered.sort_by_key(|entry| place(entry.id));
                self.order_version = recorded.pos;
            }
            _ => {}
        }
    }
}

/// Creates a rule, asked last.
pub fn create(step: &mut Step<'_>, by: &Principal, rule: RoutingRule) -> Result<RoutingRuleId, Rejection> {
    Rejection::unless_clean(errors(step.world, by, &rule))?;
    if step.world.rules.iter().len() >= RULES_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {RULES_MAX} rules") });
    }
    let rule_id: RoutingRuleId = step.mint.fresh();
    step.emit(StreamId::RoutingRule(rule_id), RoutingRuleCreated { rule_id, rule });
    Ok(rule_id)
}

/// Changes a rule. What was given out by it stays.
pub fn change(step: &mut Step<'_>, by: &Principal, id: RoutingRuleId, rule: RoutingRule) -> Result<(), Rejection> {
    let known = seen(step.world, by, id)?.rule.clone();
    manages(by, known.brand_id)?;
    Rejection::unless_clean(errors(step.world, by, &rule))?;
    if known != rule {
        step.emit(StreamId::RoutingRule(id), RoutingRuleChanged { rule_id: id, rule });
    }
    Ok(())
}

/// Removes a rule.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: RoutingRuleId) -> Result<(), Rejection> {
    manages(by, seen(step.world, by, id)?.rule.brand_id)?;
    step.emit(StreamId::RoutingRule(id), RoutingRuleRemoved { rule_id: id });
    Ok(())
}

/// Says in which order the rules are asked: each exactly once. The order is the whole workspace's.
pub fn order(step: &mut Step<'_>, by: &Principal, ids: Vec<RoutingRuleId>) -> Result<(), Rejection> {
    if by.rights().brands().is_some() {
        return Err(Rejection::Forbidden);
    }
    let known: Vec<_> = step.world.rules.iter().map(|entry| entry.id).collect();
    let same: BTreeSet<_> = known.iter().collect();
    if ids.len() != known.len() || !ids.iter().collect::<BTreeSet<_>>().eq(&same) {
        return Err(Rejection::Invalid { field: "rule_ids", detail: "every rule, each once".to_owned() });
    }
    if ids != known {
        step.emit(StreamId::Workspace, RoutingRulesOrdered { rule_ids: ids });
    }
    Ok(())
}

/// A rule that somebody may know of: the whole workspace's, and those of their brands.
pub fn seen<'w>(world: &'w World, by: &Principal, id: RoutingRuleId) -> Result<&'w Entry, Rejection> {
    let entry = world.rules.get(id).ok_or(Rejection::NotFound)?;
    let seen = entry.rule.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
    seen.then_some(entry).ok_or(Rejection::NotFound)
}

/// Whoever works for some brands changes what is theirs alone.
pub(crate) fn manages(by: &Principal, brand: Option<BrandId>) -> Result<(), Rejection> {
    match brand {
        Some(brand) if !by.rights().in_brand(brand) => Err(Rejection::NotFound),
        None if by.rights().brands().is_some() => Err(Rejection::Forbidden),
        _ => Ok(()),
    }
}

/// Everything that is wrong with a rule.
pub fn errors(world: &World, by: &Principal, rule: &RoutingRule) -> Vec<FieldError> {
    let mut errors = check(&rule.when, "/when", world);
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let name = rule.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name", "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    match rule.brand_id {
        Some(brand) if !world.brands.contains_key(&brand) || !by.rights().in_brand(brand) => {
            say("/brand_id", "unknown_reference", "names no brand of yours".to_owned());
        }
        None if by.rights().brands().is_some() => {
            say("/brand_id", "required", "name one of your brands".to_owned());
        }
        _ => {}
    }
    let then = &rule.then;
    if let Some(queue) = then.queue_id
        && !queue_exists(world, by, queue, rule.brand_id)
    {
        say("/then/queue_id", "unknown_reference", "names no queue that could take these".to_owned());
    }
    for (part, skills) in [("required", &then.demand.skills.required), ("preferred", &then.demand.skills.preferred)] {
        if skills.len() > SKILLS_MAX {
            say(&format!("/then/{part}_skills"), "too_many", format!("at most {SKILLS_MAX}"));
        }
        for (index, skill) in skills.iter().enumerate() {
            if let Err(detail) = is_skill(skill) {
                say(&format!("/then/{part}_skills/{index}"), "bad_format", detail);
            }
        }
    }
    if then.demand.relax_skills_after_ms.is_some_and(|after| after.0 <= 0 || after > TIME_MAX) {
        say("/then/relax_skills_after_seconds", "out_of_range", format!("1 to {} seconds", TIME_MAX.0 / 1_000));
    }
    if let Some(strategies) = &then.demand.strategies
        && let Some(detail) = wrong_strategies(strategies)
    {
        say("/then/strategies", "not_allowed", detail.to_owned());
    }
    let nothing = then.queue_id.is_none() && then.priority.is_none() && then.demand == Demand::default();
    if nothing && then.language.is_none() {
        say("/then", "required", "a rule says at least one thing".to_owned());
    }
    errors
}

/// Whether a queue exists, is somebody's to name, and takes conversations of this brand.
pub(crate) fn queue_exists(world: &World, by: &Principal, queue: QueueId, of: Option<BrandId>) -> bool {
    let brand = match queue {
        QueueId::Common(brand) if world.brands.contains_key(&brand) => Some(brand),
        QueueId::Common(_) => return false,
        QueueId::Team(team) => match world.roster.team(team) {
            Some(team) => team.brand_id,
            None => return false,
        },
    };
    brand.is_none_or(|brand| by.rights().in_brand(brand) && of.is_none_or(|of| of == brand))
}

/// What is wrong with a list of strategies: the last must always decide, those before may narrow.
pub(crate) fn wrong_strategies(strategies: &[Strategy]) -> Option<&'static str> {
    let Some((last, narrowing)) = strategies.split_last() else { return Some("name at least one") };
    let narrows = |strategy: &Strategy| matches!(strategy, Strategy::Sticky | Strategy::Skill);
    let distinct = strategies.iter().collect::<BTreeSet<_>>().len() == strategies.len();
    if narrows(last) {
        Some("end with round_robin, least_loaded or manual: a strategy that always decides")
    } else if !narrowing.iter().all(narrows) || !distinct {
        Some("sticky and skill, each once, and then one that always decides")
    } else {
        None
    }
}

/// After which a rule's required skills are only preferred, whatever the queue says.
pub(crate) fn relaxes_after(demand: &Demand, of_queue: Option<Millis>) -> Option<Millis> {
    demand.relax_skills_after_ms.or(of_queue)
}
