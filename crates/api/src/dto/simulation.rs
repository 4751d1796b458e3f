//! Playing the past with something otherwise.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::queue::UpdateQueue;
use super::routing::{CreateRoutingRule, LogRange};
use super::routing_profile::{ChannelLimit, TeamLimit};
use super::scalar::*;
use super::sla::{CreateSlaPolicy, SlaMetric};

/// What is asked: which range, and what was to be otherwise in it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulate {
    pub range: LogRange,
    /// Absent: nothing. Then the answer shows how exactly the past can be played again.
    pub scenario: Option<Scenario>,
    /// What chance is drawn from; 1 when absent. The same seed gives the same answer.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: Option<u64>,
}

/// What is absent stays as it was.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// In place of all there were (of your brands), asked in this order.
    #[schema(max_items = 500)]
    pub routing_rules: Option<Vec<CreateRoutingRule>>,
    #[serde(default)]
    #[schema(max_items = 200)]
    pub queues: Vec<ScenarioQueue>,
    /// In place of all there were (of your brands), asked in this order. What was promised before the range is kept as it was promised.
    #[schema(max_items = 200)]
    pub sla_policies: Option<Vec<CreateSlaPolicy>>,
    pub capacity: Option<ScenarioCapacity>,
    pub staffing: Option<ScenarioStaffing>,
}

/// A queue that is worked differently throughout.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioQueue {
    pub queue_id: QueueId,
    pub settings: UpdateQueue,
}

/// How many open conversations people hold at most.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioCapacity {
    /// Of whom nothing else is said.
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_open_default: Option<u32>,
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub users: Vec<UserCapacity>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserCapacity {
    pub user_id: UserId,
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_open: u32,
}

/// Who is there, and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioStaffing {
    /// At most 200 people in all.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub add: Vec<AddedPeople>,
    /// Away throughout; what they held goes back to its queues at the beginning.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub remove: Vec<UserId>,
    /// There at these times, in place of when they were.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub shifts: Vec<UserShifts>,
}

/// So many people alike who never were: Agents, who take as long as the others do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddedPeople {
    #[schema(minimum = 1, maximum = 200)]
    pub count: u32,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub team_ids: Vec<TeamId>,
    /// Null or absent: the workspace's `max_open_default`.
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_open: Option<u32>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub by_team: Vec<TeamLimit>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub by_channel: Vec<ChannelLimit>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub skills: Vec<String>,
    /// BCP 47 tags; case does not matter.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub languages: Vec<String>,
    /// When they take work.
    #[schema(max_items = 100)]
    pub hours: Vec<Shift>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserShifts {
    pub user_id: UserId,
    #[schema(max_items = 100)]
    pub hours: Vec<Shift>,
}

/// From a moment on, up to another.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The range as it was, as it is played with people as they were learned to work, and as the scenario says. The first two differ by
/// the model's own error, the last two by the scenario alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Simulation {
    /// What was played: from the first command that begins in the range.
    pub from_pos: Position,
    pub to_pos: Position,
    pub from: Timestamp,
    pub until: Timestamp,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: u64,
    pub identity: SimulationIdentity,
    pub baseline_actual: SimulationFigures,
    pub baseline_replayed: SimulationFigures,
    pub scenario: SimulationFigures,
    /// Episodes that a customer began in the range, of those you see.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub looked_at: u32,
    /// Those that came to another person, or lay in another queue, than in the replayed baseline.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub differing: u32,
    /// The first of them.
    #[schema(max_items = 200)]
    pub differences: Vec<SimulationDifference>,
    /// What was learned of how long people take: the time since the latest of when something could be done, when the person had done
    /// what they did before, and when they came to their desk.
    #[schema(max_items = 5)]
    pub model: Vec<LearnedEffort>,
    pub as_of: Position,
}

/// Whether the desk, asked again with nothing changed, decides everything as it did: where conversations belong, who is given them
/// and why, what goes back, what is promised and broken.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationIdentity {
    pub exact: bool,
    /// Decisions that came out as they were, each compared as a whole.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub reproduced: u32,
    /// Decisions made from words that are erased: taken as they were.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub taken_over: u32,
    /// Where one came out differently; nothing after it was compared.
    #[schema(required)]
    pub first_deviation: Option<SimulationDeviation>,
}

/// What lies in a conversation you do not see has a position alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationDeviation {
    pub pos: Position,
    #[schema(required)]
    pub conversation_id: Option<ConversationId>,
    /// The type of the event the log has there; null: nothing more in this command.
    #[schema(required, max_length = 100)]
    pub logged: Option<String>,
    #[schema(required, max_length = 100)]
    pub decided: Option<String>,
}

/// Lengths of time; of none, everything but the count is null. Percentiles are nearest ranks.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct SimulationSpread {
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub count: u32,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub mean_seconds: Option<u32>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub median_seconds: Option<u32>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub p90_seconds: Option<u32>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub p95_seconds: Option<u32>,
    #[schema(required, minimum = 0, maximum = 4_294_967_295_u64)]
    pub max_seconds: Option<u32>,
}

/// One column.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationFigures {
    /// Episodes that began.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub episodes: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub resolved: u32,
    /// From the customer's first message of an episode to a person's first answer to it, of those answered in the range. How many
    /// were within their target stands among `service_levels`.
    pub first_response: SimulationSpread,
    /// From when a conversation came into a queue, or back into it, to somebody having it.
    pub queue_wait: SimulationSpread,
    /// From the beginning of an episode to its end.
    pub resolution: SimulationSpread,
    #[schema(max_items = 3)]
    pub service_levels: Vec<SimulationPromises>,
    /// At most 1,000, of those you see, who had most first.
    #[schema(max_items = 1_000)]
    pub people: Vec<SimulationPerson>,
    /// The longest a queue was; null: nobody ever waited.
    #[schema(required)]
    pub longest_queue: Option<SimulationQueue>,
    /// Open conversations that nobody has at the end.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub unassigned_at_end: u32,
    /// Conversations whose customer waits at the end.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub waiting_at_end: u32,
    /// Times a conversation came to another person than had it before in the same episode.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub reassigned: u32,
    /// Times somebody had written nothing in time, and it went back.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub leases_expired: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub spilled: u32,
}

/// How promises that ran in the range ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationPromises {
    pub metric: SlaMetric,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub met: u32,
    /// Late ones included.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub breached: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub cancelled: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationPerson {
    /// Null: one that was added.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Which of those that were added, counted from 0 through all groups.
    #[schema(required, minimum = 0, maximum = 199)]
    pub added: Option<u32>,
    /// Times they were given, or took, a conversation.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub assigned: u32,
    /// Messages they wrote.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub answers: u32,
    /// Conversations that were theirs when they were resolved.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub resolved: u32,
    #[schema(minimum = 0, maximum = 4_294_967_295_u64)]
    pub at_desk_seconds: u32,
    /// The share of the conversations they could hold open that they held, while at their desk; null: never there. More than 1
    /// where they held more than they are given.
    #[schema(required, minimum = 0, maximum = 1_000_000)]
    pub utilisation: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationQueue {
    /// Null: one you do not see.
    #[schema(required)]
    pub queue_id: Option<QueueId>,
    /// Open conversations that nobody had.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub length: u32,
    pub at: Timestamp,
}

/// What became of an episode in each column.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationDifference {
    pub conversation_id: ConversationId,
    /// The customer's message that began it.
    pub pos: Position,
    pub baseline_actual: SimulationFate,
    pub baseline_replayed: SimulationFate,
    pub scenario: SimulationFate,
}

/// Who had it first, and where it lay then.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationFate {
    #[schema(required)]
    pub queue_id: Option<QueueId>,
    /// Null: nobody, somebody who was added, or somebody you do not see.
    #[schema(required)]
    pub user_id: Option<UserId>,
    #[schema(required, minimum = 0, maximum = 199)]
    pub added: Option<u32>,
    #[schema(required)]
    pub given_at: Option<Timestamp>,
}

/// What people do, and how long it takes them.
#[derive(Debug, Serialize, ToSchema)]
pub struct LearnedEffort {
    pub act: LearnedAct,
    /// In conversations you see.
    pub observed: SimulationSpread,
    /// People of whom enough was seen (20 times) to use their own times; for the others everybody's are used.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub people_with_own: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearnedAct {
    /// Taking a conversation for oneself.
    PickUp,
    /// The first answer of an episode.
    FirstAnswer,
    NextAnswer,
    /// Ending an episode without an answer.
    Dismiss,
    /// From the last word of an episode to its end. Fills nobody's hands.
    Closing,
}
