//! Automation rules, their runs, and dry runs.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::automation_action::AutomationAction;
use super::condition::Condition;
use super::conversation::ConversationStatus;
use super::page::page;
use super::routing::LogRange;
use super::scalar::*;
use super::sla::SlaMetric;
use crate::extract::Patch;

/// Each rule that an event fires and whose condition fits does its actions, in the order of the rules.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AutomationRule {
    pub id: AutomationRuleId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// The brand whose conversations it is about; null: all.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    pub mode: RuleMode,
    /// As in `CreateAutomationRule`, what is absent null.
    #[schema(value_type = Object)]
    pub trigger: Trigger,
    pub when: Condition,
    /// As in `CreateAutomationRule`, what is absent null.
    #[schema(value_type = Vec<Object>, max_items = 20)]
    pub actions: Vec<AutomationAction>,
    /// As in `CreateAutomationRule`, what is absent null.
    #[schema(value_type = Object)]
    pub limits: RuleLimits,
    /// Whether what rules did fires it too; else only what others do.
    pub follows_automation: bool,
    /// What it and other rules do to each other, of those you see.
    #[schema(max_items = 400)]
    pub conflicts: Vec<RuleConflict>,
}
page! { /// Rules in the order they are asked.
AutomationRulePage of AutomationRule }

/// Whether it does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleMode {
    Enabled,
    /// It is asked, and its runs say what it would have done.
    Shadow,
    Disabled,
}

/// What fires a rule: an event, narrowed by what it says, or a time after one. What is null fits everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    pub on: TriggerKind,
    /// Of `status_changed`: the new status.
    pub to: Option<ConversationStatus>,
    /// Of `tag_added` and `tag_removed`.
    #[schema(max_length = 64)]
    pub tag: Option<String>,
    /// Of `sla_at_risk` and `sla_breached`.
    pub metric: Option<SlaMetric>,
    /// Of `rated`: the best rating that fires it.
    #[schema(minimum = 1, maximum = 5)]
    pub at_most: Option<u8>,
    /// Of `timer`: what it counts from.
    pub since: Option<TimerBase>,
    /// Of `timer`: how long after.
    #[schema(minimum = 60, maximum = 2_592_000)]
    pub after_seconds: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A customer wrote something that asks for an answer.
    MessageReceived,
    Opened,
    Reopened,
    Resolved,
    StatusChanged,
    /// It has another owner, or lies in another queue.
    Assigned,
    PriorityChanged,
    TagAdded,
    TagRemoved,
    SlaAtRisk,
    SlaBreached,
    Rated,
    Timer,
}

/// What a timer counts from. A rule does not reach back: what was due before it was made or changed is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimerBase {
    /// The customer waits for a person.
    Waiting,
    /// The episode began.
    Opened,
    /// A person answered, and the customer has not written since.
    AgentReply,
    /// It was resolved, and has not been reopened.
    Resolved,
}

/// How often a rule runs in one conversation. What is null is not limited. Besides, automation sends at most five messages an
/// hour in a conversation, and rules follow from one another at most three deep.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleLimits {
    pub once: Option<RunsOnce>,
    #[schema(minimum = 1, maximum = 60)]
    pub per_hour_max: Option<u32>,
    /// Between two runs.
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub cooldown_seconds: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunsOnce {
    Conversation,
    Episode,
}

/// What rules do to each other.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleConflict {
    pub kind: RuleConflictKind,
    #[schema(max_items = 200)]
    pub rule_ids: Vec<AutomationRuleId>,
    /// Of `contradiction`, what both set: `priority`, `queue`, `assignee`, `status`, `tag`.
    #[schema(required, max_length = 32)]
    pub property: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleConflictKind {
    /// They set the same thing differently about the same event; the one that is asked later wins.
    Contradiction,
    /// They fire one another, as often as their limits let them.
    LimitedLoop,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAutomationRule {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub brand_id: Option<BrandId>,
    /// Enabled when absent.
    pub mode: Option<RuleMode>,
    pub trigger: Trigger,
    /// Everything when absent.
    pub when: Option<Condition>,
    #[schema(min_items = 1, max_items = 20)]
    pub actions: Vec<AutomationAction>,
    pub limits: Option<RuleLimits>,
    /// False when absent.
    pub follows_automation: Option<bool>,
}

/// What is absent stays; each of the others is replaced whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAutomationRule {
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<BrandId>)]
    pub brand_id: Patch<BrandId>,
    pub mode: Option<RuleMode>,
    pub trigger: Option<Trigger>,
    pub when: Option<Condition>,
    #[schema(min_items = 1, max_items = 20)]
    pub actions: Option<Vec<AutomationAction>>,
    pub limits: Option<RuleLimits>,
    pub follows_automation: Option<bool>,
}

/// Every rule, each once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAutomationRuleOrder {
    #[schema(max_items = 200)]
    pub rule_ids: Vec<AutomationRuleId>,
}

/// The order in which rules are asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AutomationRuleOrder {
    /// Changes whenever the order does.
    pub version: Position,
    #[schema(max_items = 200)]
    pub rule_ids: Vec<AutomationRuleId>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct AutomationRunQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// A rule applied.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AutomationRun {
    /// Position of its event: the `caused` events right before it are what it did.
    pub pos: Position,
    pub at: Timestamp,
    pub rule_id: AutomationRuleId,
    pub rule_version: Position,
    pub conversation_id: ConversationId,
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    pub episode: u32,
    pub trigger: TriggerKind,
    /// Position of the event that fired it; null: its time had come.
    #[schema(required)]
    pub trigger_pos: Option<Position>,
    /// Of a timer: when what it counts from was.
    #[schema(required)]
    pub since_at: Option<Timestamp>,
    /// How many runs it follows from, one after another.
    #[schema(minimum = 0, maximum = 3)]
    pub depth: u32,
    /// The tests that made its condition fit, as pointers into it.
    #[schema(max_items = 50)]
    pub matched: Vec<String>,
    /// What came of each action, in their order.
    #[schema(max_items = 20)]
    pub outcomes: Vec<ActionOutcome>,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub caused: u32,
    /// Nothing was done: the outcomes are what would have come of it.
    pub shadow: bool,
    /// Nothing was done: `causation_depth`, `runs_per_command`.
    #[schema(required, max_length = 32)]
    pub stopped: Option<String>,
}
page! { /// Runs, newest first.
AutomationRunPage of AutomationRun }

/// What came of an action.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionOutcome {
    /// The action's type.
    #[schema(max_length = 32)]
    pub action: String,
    pub done: bool,
    /// Why it was not: `already_so`, `service_window_closed`, `messages_per_hour` and the like; tolerate unknown ones.
    #[schema(required, max_length = 64)]
    pub skipped: Option<String>,
    /// What it sent.
    #[schema(required)]
    pub message_id: Option<MessageId>,
    /// What was done in its place, or because of it.
    #[schema(no_recursion, max_items = 20)]
    pub then: Vec<ActionOutcome>,
}

/// What is to be tried: a rule there is, one there is not, or one in place of one there is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulateAutomation {
    pub rule_id: Option<AutomationRuleId>,
    pub rule: Option<CreateAutomationRule>,
    pub range: LogRange,
}

/// What the rule would have done, beside what it did. What would have followed from it is not played.
#[derive(Debug, Serialize, ToSchema)]
pub struct AutomationSimulation {
    /// The range that was played: it begins with a command.
    pub from_pos: Position,
    pub to_pos: Position,
    /// Runs that would have been, in conversations you see.
    #[schema(minimum = 0, maximum = 10_000)]
    pub count: u32,
    #[schema(minimum = 0, maximum = 10_000)]
    pub conversations: u32,
    /// Runs that the log has.
    #[schema(minimum = 0, maximum = 100_000)]
    pub real_count: u32,
    /// How many of both are the same.
    #[schema(minimum = 0, maximum = 10_000)]
    pub same_count: u32,
    /// The oldest first, at most 500.
    #[schema(max_items = 500)]
    pub firings: Vec<SimulatedRun>,
    pub as_of: Position,
}

/// A run that would have been.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimulatedRun {
    pub at: Timestamp,
    pub conversation_id: ConversationId,
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    pub episode: u32,
    #[schema(required)]
    pub trigger_pos: Option<Position>,
    #[schema(required)]
    pub since_at: Option<Timestamp>,
    #[schema(max_items = 50)]
    pub matched: Vec<String>,
    #[schema(max_items = 20)]
    pub outcomes: Vec<ActionOutcome>,
    /// The log has it.
    pub real: bool,
}
