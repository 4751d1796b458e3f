//! Automation rules: an ordered list; each that an event fires and whose condition fits does its actions, the first first. How
//! one is made, changed and removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::action::AutomationAction;
use super::check::errors;
use super::conflicts::{self, Conflict};
use super::trigger::Trigger;
use crate::access::Principal;
use crate::condition::{Condition, Field};
use crate::event::automation::*;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::routing::rule::manages;
use crate::step::Step;
use crate::time::Millis;
use crate::world::World;

/// Rules at most.
pub const RULES_MAX: usize = 200;

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
pub struct AutomationRule {
    pub name: String,
    /// The brand whose conversations it is about; `None`: all.
    pub brand_id: Option<BrandId>,
    pub mode: Mode,
    pub trigger: Trigger,
    pub when: Condition,
    pub actions: Vec<AutomationAction>,
    #[serde(default)]
    pub limits: Limits,
    /// Whether what rules did fires it too; else only what others do.
    #[serde(default)]
    pub follows_automation: bool,
}

/// Whether it does anything.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Enabled,
    /// It is asked, and writes down what it would have done.
    Shadow,
    Disabled,
}

/// How often it runs in one conversation. What is absent is not limited.
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
pub struct Limits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour_max: Option<u32>,
    /// Between two runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown_ms: Option<Millis>,
}

/// In what it runs once.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Once {
    Conversation,
    Episode,
}

/// A limit that forbids a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldBy {
    OncePerConversation,
    OncePerEpisode,
    /// Of a promise that is at risk, or broken, a rule is asked once.
    OncePerPromise,
    PerHour,
    Cooldown,
}

/// A rule with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: AutomationRuleId,
    /// Events in its stream.
    pub version: u64,
    pub rule: Arc<AutomationRule>,
    /// Who said last what it says.
    pub changed_by: Option<UserId>,
}

/// The rules in the order they are asked. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct AutomationRules {
    ordered: Vec<Entry>,
    /// Position of the newest change of the order, as its version.
    order_version: u64,
    /// Name and brand of every rule there ever was.
    known: BTreeMap<AutomationRuleId, (String, Option<BrandId>)>,
    /// Whether any asks who had the contact before: that is looked up in the log.
    asks_last_owner: bool,
}

impl AutomationRules {
    /// All there are, first asked first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.ordered.iter()
    }
    pub(super) fn at(&self, place: usize) -> Option<&Entry> {
        self.ordered.get(place)
    }
    pub fn get(&self, id: AutomationRuleId) -> Option<&Entry> {
        self.ordered.iter().find(|entry| entry.id == id)
    }
    /// Its place in the order; of one that is not there: behind all.
    pub fn place(&self, id: AutomationRuleId) -> usize {
        self.ordered.iter().position(|entry| entry.id == id).unwrap_or(self.ordered.len())
    }
    /// The brand of one, also of one that was removed; the inner `None`: the whole workspace's.
    pub fn brand_of(&self, id: AutomationRuleId) -> Option<Option<BrandId>> {
        self.known.get(&id).map(|(_, brand)| *brand)
    }
    /// What it was called last.
    pub fn name_of(&self, id: AutomationRuleId) -> Option<&str> {
        self.known.get(&id).map(|(name, _)| name.as_str())
    }
    /// Changes with every change of the order, rules that come and go included.
    pub fn order_version(&self) -> u64 {
        self.order_version
    }
    pub(super) fn asks_last_owner(&self) -> bool {
        self.asks_last_owner
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::AutomationRuleCreated(event) => {
                self.known.insert(event.rule_id, (event.rule.name.clone(), event.rule.brand_id));
                self.ordered.push(Entry {
                    id: event.rule_id,
                    version: recorded.version,
                    rule: Arc::new(event.rule.clone()),
                    changed_by: recorded.actor.user(),
                });
                self.order_version = recorded.pos;
            }
            Event::AutomationRuleChanged(event) => {
                self.known.insert(event.rule_id, (event.rule.name.clone(), event.rule.brand_id));
                if let Some(entry) = self.ordered.iter_mut().find(|entry| entry.id == event.rule_id) {
                    entry.rule = Arc::new(event.rule.clone());
                    entry.version = recorded.version;
                    entry.changed_by = recorded.actor.user();
                }
            }
            Event::AutomationRuleRemoved(event) => {
                self.ordered.retain(|entry| entry.id != event.rule_id);
                self.order_version = recorded.pos;
            }
            Event::AutomationRulesOrdered(event) => {
                let place = |id| event.rule_ids.iter().position(|other| *other == id).unwrap_or(usize::MAX);
                self.ordered.sort_by_key(|entry| place(entry.id));
                self.order_version = recorded.pos;
            }
            _ => return,
        }
        self.asks_last_owner = self.ordered.iter().any(|entry| asks_last_owner(&entry.rule.when));
    }
}

/// Whether a condition looks at who had the contact before, or when that ended.
pub(super) fn asks_last_owner(when: &Condition) -> bool {
    when.tests().iter().any(|test| matches!(test.field, Field::LastAssigneeId | Field::SecondsSinceResolved))
}

/// Creates a rule, asked last.
pub fn create(step: &mut Step<'_>, by: &Principal, rule: AutomationRule) -> Result<AutomationRuleId, Rejection> {
    Rejection::unless_clean(errors(step.world, by, &rule))?;
    if step.world.automation.iter().len() >= RULES_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {RULES_MAX} rules") });
    }
    let rule_id: AutomationRuleId = step.mint.fresh();
    Rejection::unless_clean(conflicts::endless(&step.world.automation, by, rule_id, &rule))?;
    step.emit(StreamId::AutomationRule(rule_id), AutomationRuleCreated { rule_id, rule });
    Ok(rule_id)
}

/// Changes a rule. What it did stays done.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    id: AutomationRuleId,
    rule: AutomationRule,
) -> Result<(), Rejection> {
    let known = seen(step.world, by, id)?.rule.clone();
    manages(by, known.brand_id)?;
    Rejection::unless_clean(errors(step.world, by, &rule))?;
    Rejection::unless_clean(conflicts::endless(&step.world.automation, by, id, &rule))?;
    if *known != rule {
        step.emit(StreamId::AutomationRule(id), AutomationRuleChanged { rule_id: id, rule });
    }
    Ok(())
}

/// Removes a rule.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: AutomationRuleId) -> Result<(), Rejection> {
    manages(by, seen(step.world, by, id)?.rule.brand_id)?;
    step.emit(StreamId::AutomationRule(id), AutomationRuleRemoved { rule_id: id });
    Ok(())
}

/// Says in which order the rules are asked: each exactly once. The order is the whole workspace's.
pub fn order(step: &mut Step<'_>, by: &Principal, ids: Vec<AutomationRuleId>) -> Result<(), Rejection> {
    if by.rights().brands().is_some() {
        return Err(Rejection::Forbidden);
    }
    let known: Vec<_> = step.world.automation.iter().map(|entry| entry.id).collect();
    let same: BTreeSet<_> = known.iter().collect();
    if ids.len() != known.len() || !ids.iter().collect::<BTreeSet<_>>().eq(&same) {
        return Err(Rejection::Invalid { field: "rule_ids", detail: "every rule, each once".to_owned() });
    }
    if ids != known {
        step.emit(StreamId::Workspace, AutomationRulesOrdered { rule_ids: ids });
    }
    Ok(())
}

/// A rule that somebody may know of: the whole workspace's, and those of their brands.
pub fn seen<'w>(world: &'w World, by: &Principal, id: AutomationRuleId) -> Result<&'w Entry, Rejection> {
    let entry = world.automation.get(id).ok_or(Rejection::NotFound)?;
    let seen = entry.rule.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
    seen.then_some(entry).ok_or(Rejection::NotFound)
}

/// What a rule and others would do to each other, of those the asker sees.
pub fn conflicts(rules: &AutomationRules, by: &Principal, id: AutomationRuleId) -> Vec<Conflict> {
    rules.get(id).map(|entry| conflicts::of(rules, by, id, &entry.rule)).unwrap_or_default()
}
