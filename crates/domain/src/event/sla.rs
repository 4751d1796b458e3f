//! Facts about service levels: the policies, and in each conversation's stream what became of the promises they make. An
//! instance is one promise: a conversation, a metric and its number `n`. What an instance needs for a replay stands in its
//! own events, so that nobody has to read a policy again to know what was due when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Event, facts};
use crate::ids::*;
use crate::sla::{
    CancelReason, Clock, EscalationAction, HeldBy, HoursUsed, Metric, Noticed, Outcome, Pausing, Retracted, SlaPolicy,
};
use crate::time::{Millis, Timestamp};

/// A policy exists from now on, last in the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaPolicyCreated {
    pub policy_id: SlaPolicyId,
    pub policy: SlaPolicy,
}
facts!(SlaPolicyCreated = "sla_policy.created");

/// From now on the policy reads like this. Its version is its stream's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaPolicyChanged {
    pub policy_id: SlaPolicyId,
    pub policy: SlaPolicy,
    /// Promises that are running move to this version too.
    pub apply_to_open: bool,
}
facts!(SlaPolicyChanged = "sla_policy.changed");

/// It makes no new promises. Those that run are kept as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaPolicyRemoved {
    pub policy_id: SlaPolicyId,
}
facts!(SlaPolicyRemoved = "sla_policy.removed");

/// In which order policies are asked; the first that matches counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaPoliciesOrdered {
    pub policy_ids: Vec<SlaPolicyId>,
}
facts!(SlaPoliciesOrdered = "sla_policies.ordered");

/// A clock runs, or runs again: a reply that had ended it turned out to have failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaActivated {
    pub conversation_id: ConversationId,
    pub policy_id: SlaPolicyId,
    pub policy_version: u64,
    pub metric: Metric,
    pub n: u32,
    pub episode: u32,
    /// The customer's message that waits for an answer; absent for a resolution.
    pub message_id: Option<MessageId>,
    pub started_at: Timestamp,
    pub target_ms: Millis,
    /// The calendar whose open time is counted; absent: every hour counts.
    pub hours: Option<HoursUsed>,
    pub pause_on: BTreeSet<Pausing>,
    #[serde(flatten)]
    pub clock: Clock,
    /// What was noticed before it ended, and is not noticed again.
    #[serde(default, skip_serializing_if = "Noticed::is_nothing")]
    pub noticed: Noticed,
    /// It had ended like this, and has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retracts: Option<Retracted>,
}
facts!(SlaActivated = "sla.activated");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaPaused {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    pub at: Timestamp,
    /// What is left of the target.
    pub left_ms: Millis,
}
facts!(SlaPaused = "sla.paused");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaResumed {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    pub due_at: Timestamp,
    pub at_risk_at: Timestamp,
    /// When each escalation step of the metric is due, in the policy's order.
    pub steps_at: Vec<Timestamp>,
}
facts!(SlaResumed = "sla.resumed");

/// The share of the target after which it is at risk is used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaAtRisk {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    pub at: Timestamp,
    pub due_at: Timestamp,
    pub detected_at: Timestamp,
    /// Who is to know: whoever has the conversation, else the leads of its team.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<UserId>,
}
facts!(SlaAtRisk = "sla.at_risk");

/// The deadline passed. `at` is the deadline itself, however late it was noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaBreached {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    pub at: Timestamp,
    pub detected_at: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<UserId>,
}
facts!(SlaBreached = "sla.breached");

/// What was promised happened, in time (`margin_s` is not negative) or late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaFulfilled {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    /// The reply.
    pub message_id: Option<MessageId>,
    pub at: Timestamp,
    /// Whole seconds from `at` to the deadline, rounded down.
    pub margin_s: i64,
    pub policy_id: SlaPolicyId,
    #[serde(flatten)]
    pub held_by: HeldBy,
}
facts!(SlaFulfilled = "sla.fulfilled");

/// The promise stands no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaCancelled {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    pub at: Timestamp,
    pub reason: CancelReason,
    /// The deadline had passed.
    pub breached: bool,
    pub policy_id: SlaPolicyId,
    #[serde(flatten)]
    pub held_by: HeldBy,
    /// It had ended like this, and has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retracts: Option<Retracted>,
}
facts!(SlaCancelled = "sla.cancelled");

/// The promise is another one now: the priority changed, the policy, or the customer had written earlier than we knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaRetargeted {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    pub policy_version: u64,
    pub started_at: Timestamp,
    pub target_ms: Millis,
    pub hours: Option<HoursUsed>,
    pub pause_on: BTreeSet<Pausing>,
    /// Escalation steps of this version that were carried out already, by their place.
    pub steps_done: BTreeSet<u32>,
    #[serde(flatten)]
    pub clock: Clock,
}
facts!(SlaRetargeted = "sla.retargeted");

/// A step of the policy's escalation, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SlaEscalated {
    pub conversation_id: ConversationId,
    pub metric: Metric,
    pub n: u32,
    /// Its place among the metric's steps, from 0.
    pub step: u32,
    pub at: Timestamp,
    pub detected_at: Timestamp,
    pub action: EscalationAction,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<UserId>,
}
facts!(SlaEscalated = "sla.escalated");

/// Whether an event says what became of a promise, and so follows from others.
pub fn is_of_promise(event: &Event) -> bool {
    matches!(
        event,
        Event::SlaActivated(_)
            | Event::SlaPaused(_)
            | Event::SlaResumed(_)
            | Event::SlaAtRisk(_)
            | Event::SlaBreached(_)
            | Event::SlaFulfilled(_)
            | Event::SlaCancelled(_)
            | Event::SlaRetargeted(_)
            | Event::SlaEscalated(_)
    )
}
