//! Queues: how they are worked, and what lies in them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::Priority;
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// How a person is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Whoever had the contact last, if they take work; else the next strategy.
    Sticky,
    /// Only those who can what is required; best those who can what is preferred.
    Skill,
    RoundRobin,
    LeastLoaded,
    /// Nobody: people take for themselves.
    Manual,
}

/// What becomes of somebody's conversations when they stop taking work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    Keep,
    /// Those in which the customer waits go back.
    Waiting,
    /// All that are open go back.
    Open,
}

/// Where what nobody took goes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Spill {
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub after_seconds: u32,
    pub to_queue_id: QueueId,
}

/// What is resolved by itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoResolve {
    /// Since the newest message, while no customer waits.
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub after_seconds: u32,
    /// So long before that the customer is told, if anything may be sent then.
    #[schema(required, minimum = 1, maximum = 2_592_000)]
    pub warn_before_seconds: Option<u32>,
    #[schema(required, min_length = 1, max_length = 1_024)]
    pub warning: Option<String>,
    /// Written as the disposition.
    #[schema(required, min_length = 1, max_length = 60)]
    pub disposition: Option<String>,
}

/// One for each team, and one for what lies in no team of a brand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Queue {
    /// The team's id, or the brand's.
    pub id: QueueId,
    /// 0: nothing was said about it yet.
    pub version: Position,
    /// The team's name, or the brand's.
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// Null: it holds conversations of all brands.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    /// Tried in this order; the last always decides.
    #[schema(min_items = 1, max_items = 3)]
    pub strategies: Vec<Strategy>,
    /// How long ago somebody may have had the contact to be given it again.
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub sticky_within_seconds: u32,
    #[schema(required, minimum = 1, maximum = 2_592_000)]
    pub relax_skills_after_seconds: Option<u32>,
    /// Whoever was given a conversation writes within this time, or it goes back.
    #[schema(required, minimum = 1, maximum = 2_592_000)]
    pub lease_seconds: Option<u32>,
    pub on_offline: Release,
    pub on_away: Release,
    #[schema(required)]
    pub spill: Option<Spill>,
    /// Conversations of this queue that one person holds open at most.
    #[schema(required, minimum = 1, maximum = 1_000)]
    pub capacity: Option<u32>,
    /// When the queue is worked; null: always.
    #[schema(required)]
    pub hours_id: Option<HoursId>,
    /// What a resolution can be called; empty: anything.
    #[schema(max_items = 50)]
    pub dispositions: Vec<String>,
    pub disposition_required: bool,
    #[schema(required)]
    pub auto_resolve: Option<AutoResolve>,
}
page! { /// Queues by name of their owner's id.
QueuePage of Queue }

/// What is absent stays; null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateQueue {
    #[schema(min_items = 1, max_items = 3)]
    pub strategies: Option<Vec<Strategy>>,
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub sticky_within_seconds: Option<u32>,
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 2_592_000)]
    pub relax_skills_after_seconds: Patch<u32>,
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 2_592_000)]
    pub lease_seconds: Patch<u32>,
    pub on_offline: Option<Release>,
    pub on_away: Option<Release>,
    #[serde(default)]
    #[schema(value_type = Option<Spill>)]
    pub spill: Patch<Spill>,
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000)]
    pub capacity: Patch<u32>,
    #[serde(default)]
    #[schema(value_type = Option<HoursId>)]
    pub hours_id: Patch<HoursId>,
    #[schema(max_items = 50)]
    pub dispositions: Option<Vec<String>>,
    pub disposition_required: Option<bool>,
    #[serde(default)]
    #[schema(value_type = Option<AutoResolve>)]
    pub auto_resolve: Patch<AutoResolve>,
}

/// A conversation that waits for somebody, at its place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QueueEntry {
    pub conversation_id: ConversationId,
    /// Short, for people.
    pub number: Position,
    pub priority: Priority,
    #[schema(required)]
    pub sla_due_at: Option<Timestamp>,
    /// The oldest customer message no human has answered.
    #[schema(required)]
    pub waiting_since: Option<Timestamp>,
    /// From that to now.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub wait_seconds: Option<u64>,
    /// When it came into this queue, or back into it.
    pub entered_at: Timestamp,
    /// Why it was given to nobody; null: nobody was looked for.
    #[schema(required, max_length = 32)]
    pub hold_reason: Option<String>,
    /// When it is looked at again by itself.
    #[schema(required)]
    pub retry_at: Option<Timestamp>,
    /// When it goes to the queue that this one spills over to.
    #[schema(required)]
    pub spills_at: Option<Timestamp>,
}
page! { /// What waits, in the order in which it is given out.
QueueEntryPage of QueueEntry }

#[derive(Debug, Deserialize, IntoParams)]
pub struct QueueQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
