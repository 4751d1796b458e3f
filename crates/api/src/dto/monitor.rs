//! How queues and people stand at this moment.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::availability::AvailabilityState;
use super::page::page;
use super::scalar::*;

/// A queue's figures, as far as you see what lies in it. Of an Operator, who has no queue, the one row of what is assigned
/// to them: its `queue_id` is null, and so is everything that only a queue has.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QueueStats {
    #[schema(required)]
    pub queue_id: Option<QueueId>,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    /// Null also for a team that works for all brands.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    /// Open conversations, whoever has them.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub open: u32,
    /// Those that wait for the customer or a third party.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub pending: u32,
    /// Open ones that nobody has, those that a bot has left out.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub unassigned: u32,
    /// Open ones that a bot has: they wait for nobody, and nobody is given them.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub with_bot: u32,
    /// Open ones whose customer waits for an answer.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub waiting: u32,
    /// Since when the customer waits who waits longest: count on from it by yourself.
    #[schema(required)]
    pub longest_wait_since: Option<Timestamp>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub longest_wait_seconds: Option<u32>,
    /// The same of those that nobody has.
    #[schema(required)]
    pub longest_unassigned_wait_since: Option<Timestamp>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub longest_unassigned_wait_seconds: Option<u32>,
    /// Conversations of which a promise will soon be broken.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub at_risk: u32,
    /// Conversations of which one is.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub breached: u32,
    #[schema(required)]
    pub agents: Option<QueueAgents>,
    pub capacity: OpenCapacity,
    #[schema(required)]
    pub arrivals: Option<QueueArrivals>,
}

/// Who works a queue, of the colleagues you see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct QueueAgents {
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub members: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub available: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub busy: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub away: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub offline: u32,
}

/// How many open conversations are held, are taken at most, and are taken beyond those; of a queue by those of its agents
/// who are available.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct OpenCapacity {
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub max: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub free: u32,
}

/// What customers begin or take up again in a queue, and what is moved into it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QueueArrivals {
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub last_5m: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub last_1h: u32,
    /// As many as come in 60 minutes at this hour of the week (UTC), by the weeks before; null with fewer than two.
    #[schema(required, minimum = 0)]
    pub usual_1h: Option<f64>,
    /// Null unless far more came in the last hour than usual: three standard deviations, and five conversations.
    #[schema(required)]
    pub spike: Option<QueueSpike>,
}

/// Far more than usual.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QueueSpike {
    /// Standard deviations above what is usual.
    #[schema(minimum = 0)]
    pub z_score: f64,
    /// How many times what is usual; null where nothing is.
    #[schema(required, minimum = 0)]
    pub factor: Option<f64>,
    /// What has a larger share of it than usual, the largest growth first.
    #[schema(max_items = 5)]
    pub what_changed: Vec<ArrivalChange>,
}

/// Something that came more often than usual.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ArrivalChange {
    pub dimension: ArrivalDimension,
    /// A channel's id; a routing rule's; of `origin` one of `new`, `returning`, `reopened`, `moved`.
    #[schema(max_length = 40)]
    pub value: String,
    /// In the last hour.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub now: u32,
    /// In this hour of the week.
    #[schema(minimum = 0)]
    pub usual: f64,
}

/// By what arrivals are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalDimension {
    Channel,
    /// The routing rule that sent it there.
    RoutingRule,
    /// Whether the customer is new on the channel, comes back, takes a conversation up again, or it was moved.
    Origin,
}

page! { /// Queues in the order of their ids.
QueueStatsPage of QueueStats }

/// How much a colleague has, counted where you see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgentLoad {
    pub user_id: UserId,
    #[schema(max_length = 100)]
    pub name: String,
    pub availability: AvailabilityState,
    /// When that became so.
    pub since: Timestamp,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub pending: u32,
    /// What it weighs when work is given to whoever has least: 100 for each open conversation, 25 for each pending one.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub load: u32,
    pub capacity: OpenCapacity,
    /// Open ones whose customer waits for an answer, and since when the one does who waits longest.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub waiting: u32,
    #[schema(required)]
    pub longest_wait_since: Option<Timestamp>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub longest_wait_seconds: Option<u32>,
    /// Conversations of theirs of which a promise will soon be broken, and those of which one is.
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub at_risk: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub breached: u32,
    /// When they were last given a conversation.
    #[schema(required)]
    pub last_given_at: Option<Timestamp>,
}

page! { /// Colleagues in the order of their ids.
AgentLoadPage of AgentLoad }

#[derive(Debug, Deserialize, IntoParams)]
pub struct MonitorQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
