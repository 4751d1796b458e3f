//! Facts about how conversations are given out: the rules, and every decision made by them with what it was made from, so
//! that "why me?" and "why nobody?" can be answered for as long as there is a log.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::facts;
use crate::conversation::Priority;
use crate::ids::*;
use crate::queue::QueueId;
use crate::queue::settings::Strategy;
use crate::routing::rule::RoutingRule;
use crate::time::{Millis, Timestamp};

/// A rule that did not exist before. It stands behind those there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoutingRuleCreated {
    pub rule_id: RoutingRuleId,
    pub rule: RoutingRule,
}
facts!(RoutingRuleCreated = "routing_rule.created");

/// The rule as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoutingRuleChanged {
    pub rule_id: RoutingRuleId,
    pub rule: RoutingRule,
}
facts!(RoutingRuleChanged = "routing_rule.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoutingRuleRemoved {
    pub rule_id: RoutingRuleId,
}
facts!(RoutingRuleRemoved = "routing_rule.removed");

/// The order in which rules are asked: all there are, first asked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoutingRulesOrdered {
    pub rule_ids: Vec<RoutingRuleId>,
}
facts!(RoutingRulesOrdered = "routing_rules.ordered");

/// A rule at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RuleVersion {
    pub rule_id: RoutingRuleId,
    pub version: u64,
}

/// A rule that was asked and did not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PassedRule {
    pub rule_id: RoutingRuleId,
    pub version: u64,
    /// Where its condition failed.
    pub failed_at: String,
}

/// What whoever takes it must be able to do, and should.
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
pub struct Skills {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub required: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub preferred: BTreeSet<String>,
}

/// How a conversation is to be given out, where a rule says otherwise than its queue.
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
pub struct Demand {
    #[serde(default, skip_serializing_if = "is_plain")]
    pub skills: Skills,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relax_skills_after_ms: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategies: Option<Vec<Strategy>>,
}

fn is_plain(skills: &Skills) -> bool {
    *skills == Skills::default()
}

/// The rules were asked where a conversation belongs. What they moved follows as events of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationTriaged {
    pub conversation_id: ConversationId,
    pub episode: u32,
    /// The one that applied; absent: none did.
    pub rule: Option<RuleVersion>,
    /// The campaign that the customer answers, which said where; no rule was asked then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<CampaignId>,
    /// Where it lies from now on.
    pub queue_id: QueueId,
    pub priority: Priority,
    pub demand: Demand,
    /// Those asked before it, in their order: at most [`crate::routing::triage::PASSED_MAX`].
    pub passed: Vec<PassedRule>,
}
facts!(ConversationTriaged = "conversation.triaged");

/// What made the desk look for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// It came into the queue.
    Entered,
    /// Somebody began to take work, or has room again.
    RoomGained,
    /// The queue, or what people can and take, was changed.
    Changed,
    /// A time came: skills relaxed, hours opened, more to give out.
    Timer,
}

/// Why nobody was given it.
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
pub enum HoldReason {
    /// Outside the queue's business hours.
    Closed,
    /// Nobody of the queue takes work at the moment.
    NobodyAvailable,
    /// All who take work have their hands full.
    AllFull,
    /// Nobody who takes work can what is required.
    NoSkill,
    /// Those who could have had their chance, or gave it back.
    AllExcluded,
    /// The queue has no people.
    NoMembers,
    /// Others before it are given out first.
    MoreBefore,
}

/// Why somebody was not chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    Busy,
    Away,
    Offline,
    /// As much as they hold at all.
    Full,
    /// As much as they hold of this queue.
    FullInTeam,
    /// As much as they hold on this channel.
    FullOnChannel,
    LacksSkill,
    /// They had it and did not answer, or gave it back.
    Excluded,
    /// They may not own conversations there.
    NotAllowed,
}

/// Somebody who was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Candidate {
    pub user_id: UserId,
    /// Absent: they could have had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// Conversations they hold open.
    pub open: u32,
    /// How many they hold at most.
    pub capacity: u32,
    /// What [`Strategy::LeastLoaded`] compares: an open conversation is 100, a pending one 25.
    pub load: u32,
    /// Preferred skills they have.
    #[serde(default)]
    pub preferred: u32,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    Assigned {
        user_id: UserId,
        strategy: Strategy,
        /// They write until then, or it goes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease_until: Option<Timestamp>,
    },
    Held {
        reason: HoldReason,
        /// When it is looked at again by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
    },
}

/// The desk looked for somebody to give a conversation to. That it waits on is said once, until the reason changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationRouted {
    pub conversation_id: ConversationId,
    pub queue_id: QueueId,
    pub trigger: Trigger,
    pub outcome: Outcome,
    /// What it was taken by: place in the queue, skills asked for at that moment.
    pub priority: Priority,
    pub sla_due_at: Option<Timestamp>,
    pub waiting_since: Option<Timestamp>,
    pub entered_at: Timestamp,
    pub skills: Skills,
    /// Whether required skills were only preferred by then.
    pub relaxed: bool,
    /// The chosen one first, then the others in the order of the strategy, then who was skipped: at most
    /// [`crate::routing::route::CANDIDATES_MAX`].
    pub candidates: Vec<Candidate>,
    /// How many were skipped, and why.
    pub skipped: BTreeMap<SkipReason, u32>,
    /// How many could have had it.
    pub eligible: u32,
}
facts!(ConversationRouted = "conversation.routed");

/// Whoever was given it wrote nothing in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationLeaseExpired {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
    /// The queue it goes back to.
    pub queue_id: QueueId,
    /// When the time was over, whenever that was noticed.
    pub at: Timestamp,
}
facts!(ConversationLeaseExpired = "conversation.lease_expired");

/// Nobody took it from its queue for too long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationSpilled {
    pub conversation_id: ConversationId,
    pub from: QueueId,
    pub to: QueueId,
    /// When it came into the queue it leaves.
    pub entered_at: Timestamp,
    /// When its time there was over, whenever that was noticed.
    pub at: Timestamp,
}
facts!(ConversationSpilled = "conversation.spilled");
