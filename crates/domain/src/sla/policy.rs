//! A policy as people write it. Part of events: a change carries the whole policy.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Metric, Pausing};
use crate::condition::Condition;
use crate::conversation::Priority;
use crate::ids::*;
use crate::time::Millis;

/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Policies that exist at once at most.
pub const POLICIES_MAX: usize = 200;
/// Seconds of a target at most: 90 days.
pub const TARGET_S_MAX: u32 = 90 * 24 * 60 * 60;
/// When a promise is at risk, if nothing else is said: at this share of its target.
pub const AT_RISK_PERCENT: u32 = 80;
/// Escalation steps of one policy at most.
pub const STEPS_MAX: usize = 20;
/// The latest step: at so much of the target.
pub const STEP_PERCENT_MAX: u32 = 500;

/// See the module.
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
pub struct SlaPolicy {
    pub name: String,
    /// `None`: for all brands.
    pub brand_id: Option<BrandId>,
    pub enabled: bool,
    /// Which conversations it is for.
    pub matches: Condition,
    /// At most one for each metric.
    pub targets: Vec<Target>,
    pub escalations: Vec<Escalation>,
}

/// What is promised for one metric.
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
pub struct Target {
    pub metric: Metric,
    pub target_s: u32,
    /// In place of it for conversations of these priorities.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub target_s_by_priority: BTreeMap<Priority, u32>,
    /// Only open time counts; `None`: every hour.
    pub hours_id: Option<HoursId>,
    pub pause_on: BTreeSet<Pausing>,
    pub at_risk_percent: u32,
}

/// A step before or after the deadline.
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
pub struct Escalation {
    pub metric: Metric,
    /// At so much of the target; 100 is the deadline.
    pub at_percent: u32,
    pub action: EscalationAction,
}

/// What is done.
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
#[serde(rename_all = "snake_case", tag = "type")]
pub enum EscalationAction {
    /// `None`: back to the queue.
    Reassign {
        user_id: Option<UserId>,
    },
    /// Nobody has it there yet.
    MoveTeam {
        team_id: TeamId,
    },
    /// Never lowers it.
    RaisePriority {
        priority: Priority,
    },
    Notify {
        who: Notified,
    },
}

/// Who is told.
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
pub enum Notified {
    Assignee,
    TeamLeads,
    User(UserId),
}

impl Target {
    /// How long there is for a conversation of this priority.
    pub fn length(&self, priority: Priority) -> Millis {
        let seconds = self.target_s_by_priority.get(&priority).copied().unwrap_or(self.target_s);
        Millis::seconds(i64::from(seconds))
    }
}

impl SlaPolicy {
    pub fn target(&self, metric: Metric) -> Option<&Target> {
        self.targets.iter().find(|target| target.metric == metric)
    }
    /// The steps of one metric; events name them by their place here.
    pub fn steps(&self, metric: Metric) -> impl Iterator<Item = &Escalation> {
        self.escalations.iter().filter(move |step| step.metric == metric)
    }
    /// Whether it counts by this calendar.
    pub fn uses_hours(&self, id: HoursId) -> bool {
        self.targets.iter().any(|target| target.hours_id == Some(id))
    }
}
