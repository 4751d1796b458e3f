//! Facts about automation: its rules, and in the conversations' streams what each run of one came to. What a run did stands as
//! events of its own right before it, in the rule's name ([`super::Actor::Rule`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::automation::act::{Origin, Outcome};
use crate::automation::rule::{AutomationRule, HeldBy};
use crate::automation::trigger::{Since, TriggerKind};
use crate::ids::*;
use crate::sla::Metric;
use crate::time::Timestamp;

/// A rule that did not exist before. It stands behind those there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationRuleCreated {
    pub rule_id: AutomationRuleId,
    pub rule: AutomationRule,
}
facts!(AutomationRuleCreated = "automation_rule.created");

/// The rule as it is from now on. Its version is its stream's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationRuleChanged {
    pub rule_id: AutomationRuleId,
    pub rule: AutomationRule,
}
facts!(AutomationRuleChanged = "automation_rule.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationRuleRemoved {
    pub rule_id: AutomationRuleId,
}
facts!(AutomationRuleRemoved = "automation_rule.removed");

/// The order in which rules are asked: all there are, first asked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationRulesOrdered {
    pub rule_ids: Vec<AutomationRuleId>,
}
facts!(AutomationRulesOrdered = "automation_rules.ordered");

/// A promise that is at risk or broken.
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
pub struct OfPromise {
    pub metric: Metric,
    pub n: u32,
}

/// So long after something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OfTimer {
    pub since: Since,
    /// When that was.
    pub from: Timestamp,
}

/// Why a run did nothing, although its rule applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Rules had followed from rules as often as they may.
    CausationDepth,
    /// As many runs as a conversation has in one command.
    RunsPerCommand,
}

/// A rule applied. It is the last event of its run: the `caused` events right before it are what the run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationRuleRan {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub rule_id: AutomationRuleId,
    pub version: u64,
    pub trigger: TriggerKind,
    /// Position of the event that fired it; absent: its time had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_pos: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<OfPromise>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<OfTimer>,
    /// It was asked about what followed from the command by itself, after promises were made and work was given out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
    /// How many runs it follows from, one after another.
    pub depth: u32,
    /// The tests that made its condition fit, as pointers into it.
    pub matched: Vec<String>,
    /// What came of each action, in their order.
    pub outcomes: Vec<Outcome>,
    pub caused: u32,
    /// Nothing was done: the outcomes are what would have come of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}
facts!(AutomationRuleRan = "automation.rule_ran");

/// The time of a rule came, and it did not apply: it is not asked again about the same time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationTimerPassed {
    pub conversation_id: ConversationId,
    pub rule_id: AutomationRuleId,
    pub version: u64,
    pub timer: OfTimer,
    /// Where its condition failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<String>,
    /// The condition fits, and a limit of the rule held it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<HeldBy>,
}
facts!(AutomationTimerPassed = "automation.timer_passed");

/// Colleagues are told of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AutomationNotified {
    pub conversation_id: ConversationId,
    pub origin: Origin,
    /// Those who see the conversation.
    pub told: Vec<UserId>,
    #[serde(skip)]
    pub private: Option<NoticeText>,
}
facts_and_private!(AutomationNotified = "automation.notified");

/// What they are told, which may name the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoticeText {
    pub text: String,
}

/// Another system is to be told; whoever connects it acts on this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct IntegrationCallRequested {
    pub conversation_id: ConversationId,
    pub origin: Origin,
    pub integration: String,
    pub operation: String,
    #[serde(skip)]
    pub private: Option<CallParameters>,
}
facts_and_private!(IntegrationCallRequested = "integration.call_requested");

/// With variables filled in, so they may name the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CallParameters {
    pub parameters: BTreeMap<String, String>,
}
