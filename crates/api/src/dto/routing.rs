//! Routing rules, the decisions made by them, and dry runs.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::condition::Condition;
use super::conversation::Priority;
use super::page::page;
use super::queue::Strategy;
use super::scalar::*;
use crate::extract::Patch;

/// Asked in their order; the first whose condition fits says where a conversation belongs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoutingRule {
    pub id: RoutingRuleId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// The brand whose conversations it is asked about; null: all.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    pub enabled: bool,
    pub when: Condition,
    pub then: Destination,
}
page! { /// Rules in the order they are asked.
RoutingRulePage of RoutingRule }

/// What a rule does with what fits. At least one thing; what is null stays as it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Destination {
    #[schema(required)]
    pub queue_id: Option<QueueId>,
    #[schema(required)]
    pub priority: Option<Priority>,
    /// Whoever takes it must be able to do all of these.
    #[schema(max_items = 20)]
    pub required_skills: Vec<String>,
    /// Whoever can do more of these comes first.
    #[schema(max_items = 20)]
    pub preferred_skills: Vec<String>,
    /// After so long in the queue, required skills are only preferred; null: as the queue says.
    #[schema(required, minimum = 1, maximum = 2_592_000)]
    pub relax_skills_after_seconds: Option<u32>,
    /// Null: those of the queue.
    #[schema(required, max_items = 3)]
    pub strategies: Option<Vec<Strategy>>,
    /// Whether whoever takes it must, or should, speak the contact's language.
    #[schema(required)]
    pub language: Option<LanguageMatch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LanguageMatch {
    Required,
    Preferred,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDestination {
    pub queue_id: Option<QueueId>,
    pub priority: Option<Priority>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub required_skills: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub preferred_skills: Vec<String>,
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub relax_skills_after_seconds: Option<u32>,
    #[schema(max_items = 3)]
    pub strategies: Option<Vec<Strategy>>,
    pub language: Option<LanguageMatch>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoutingRule {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub brand_id: Option<BrandId>,
    /// True when absent.
    pub enabled: Option<bool>,
    pub when: Condition,
    pub then: SetDestination,
}

/// What is absent stays; `when` and `then` are replaced whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoutingRule {
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<BrandId>)]
    pub brand_id: Patch<BrandId>,
    pub enabled: Option<bool>,
    pub when: Option<Condition>,
    pub then: Option<SetDestination>,
}

/// Every rule, each once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRoutingRuleOrder {
    #[schema(max_items = 500)]
    pub rule_ids: Vec<RoutingRuleId>,
}

/// The order in which rules are asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoutingRuleOrder {
    /// Changes whenever the order does.
    pub version: Position,
    #[schema(max_items = 500)]
    pub rule_ids: Vec<RoutingRuleId>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct RoutingDecisionQuery {
    /// Absent: the newest of all conversations you see.
    #[param(inline)]
    pub conversation_id: Option<ConversationId>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// One decision about where a conversation belongs, or who gets it, with what it was made from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoutingDecision {
    /// Position of its event.
    pub pos: Position,
    pub at: Timestamp,
    pub conversation_id: ConversationId,
    pub kind: DecisionKind,
    pub queue_id: QueueId,
    /// The rule that applied, of `triaged`.
    #[schema(required)]
    pub rule: Option<RuleVersion>,
    /// Rules asked before it, and where their conditions failed.
    #[schema(max_items = 50)]
    pub passed_rules: Vec<PassedRule>,
    /// Whoever was given it, or had it until its time was over.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// What decided, of `assigned`.
    #[schema(required)]
    pub strategy: Option<Strategy>,
    /// What made the desk look for somebody.
    #[schema(required, max_length = 32)]
    pub trigger: Option<String>,
    /// Why nobody got it, of `held`: `closed`, `nobody_available`, `all_full`, `no_skill`, `all_excluded`, `no_members`,
    /// `more_before`.
    #[schema(required, max_length = 32)]
    pub hold_reason: Option<String>,
    /// When it is looked at again by itself.
    #[schema(required)]
    pub retry_at: Option<Timestamp>,
    /// Whoever was given it writes until then, or it goes back.
    #[schema(required)]
    pub lease_until: Option<Timestamp>,
    pub priority: Priority,
    #[schema(required)]
    pub sla_due_at: Option<Timestamp>,
    #[schema(required)]
    pub waiting_since: Option<Timestamp>,
    #[schema(required)]
    pub entered_at: Option<Timestamp>,
    #[schema(max_items = 40)]
    pub required_skills: Vec<String>,
    #[schema(max_items = 40)]
    pub preferred_skills: Vec<String>,
    /// Required skills were only preferred by then.
    pub skills_relaxed: bool,
    /// The chosen one first, then others who could have had it, then who could not. At most 20, of those you see.
    #[schema(max_items = 20)]
    pub candidates: Vec<Candidate>,
    /// How many could have had it.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub eligible: u32,
    #[schema(max_items = 20)]
    pub skipped: Vec<SkippedCount>,
}
page! { /// Decisions, newest first.
RoutingDecisionPage of RoutingDecision }

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// The rules were asked.
    Triaged,
    Assigned,
    /// Nobody got it.
    Held,
    /// Whoever had it wrote nothing in time.
    LeaseExpired,
    /// Nobody took it in time, and it went to another queue.
    Spilled,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct RuleVersion {
    pub rule_id: RoutingRuleId,
    pub version: Position,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassedRule {
    pub rule_id: RoutingRuleId,
    pub version: Position,
    /// Pointer into its condition.
    #[schema(max_length = 200)]
    pub failed_at: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Candidate {
    pub user_id: UserId,
    #[schema(max_length = 100)]
    pub name: String,
    /// Null: they could have had it.
    #[schema(required, max_length = 32)]
    pub skipped: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub capacity: u32,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub load: u32,
    #[schema(minimum = 0, maximum = 100)]
    pub preferred_skills: u32,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SkippedCount {
    #[schema(max_length = 32)]
    pub reason: String,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub count: u32,
}

/// What is asked, of which rules. Either a sample or a range.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulateRouting {
    /// Instead of the rules there are, asked in this order; absent: those, as they stood.
    #[schema(max_items = 500)]
    pub rules: Option<Vec<CreateRoutingRule>>,
    pub sample: Option<SampleMessage>,
    pub range: Option<LogRange>,
}

/// A customer's first words, made up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleMessage {
    pub channel_id: ChannelId,
    /// Whose they would be; absent: somebody new.
    pub contact_id: Option<ContactId>,
    #[schema(min_length = 1, max_length = 4_096)]
    pub text: String,
}

/// What really came in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogRange {
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub from_pos: u64,
    /// At most 100,000 positions.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64)]
    pub to_pos: u64,
}

/// What the rules would do, beside what was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoutingSimulation {
    /// Episodes that began in the range, of those you see; 1 for a sample.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub looked_at: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub differing: u32,
    /// Those that differ first.
    #[schema(max_items = 500)]
    pub cases: Vec<SimulatedCase>,
    pub as_of: Position,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SimulatedCase {
    /// Null for a sample.
    #[schema(required)]
    pub conversation_id: Option<ConversationId>,
    /// Position of the message that was asked about; null for a sample.
    #[schema(required)]
    pub pos: Option<Position>,
    pub simulated: SimulatedRouting,
    /// Null for a sample.
    #[schema(required)]
    pub actual: Option<ActualRouting>,
    pub differs: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SimulatedRouting {
    /// Which of the body's `rules` applied, from 0; null: none, or the rules were those there are.
    #[schema(required, minimum = 0, maximum = 500)]
    pub rule_index: Option<u32>,
    /// The rule that applied, of those there are.
    #[schema(required)]
    pub rule_id: Option<RoutingRuleId>,
    pub queue_id: QueueId,
    pub priority: Priority,
    /// Null: nobody, or people take for themselves.
    #[schema(required)]
    pub user_id: Option<UserId>,
    #[schema(required)]
    pub strategy: Option<Strategy>,
    #[schema(required, max_length = 32)]
    pub hold_reason: Option<String>,
    #[schema(max_items = 20)]
    pub candidates: Vec<Candidate>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ActualRouting {
    #[schema(required)]
    pub rule_id: Option<RoutingRuleId>,
    pub queue_id: QueueId,
    pub priority: Priority,
    /// Whoever was first given it, up to the end of the range.
    #[schema(required)]
    pub user_id: Option<UserId>,
}
