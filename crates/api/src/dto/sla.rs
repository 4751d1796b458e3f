//! Service levels: policies, what they promise in a conversation, and how it was kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::condition::Condition;
use super::conversation::Priority;
use super::page::page;
use super::scalar::{BrandId, ConversationId, HoursId, MessageId, Position, SlaPolicyId, TeamId, Timestamp, UserId};
use super::timeline::ActivityActor;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaMetric {
    /// A person answers for the first time in an episode.
    FirstResponse,
    /// A person answers what the customer wrote afterwards.
    NextResponse,
    /// The episode is resolved.
    Resolution,
}

/// A status in which the clock stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaPausing {
    Pending,
    Snoozed,
}

/// Seconds for conversations of one priority; null: the target's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SlaTargetByPriority {
    #[schema(required, minimum = 1, maximum = 7_776_000)]
    pub none: Option<u32>,
    #[schema(required, minimum = 1, maximum = 7_776_000)]
    pub low: Option<u32>,
    #[schema(required, minimum = 1, maximum = 7_776_000)]
    pub normal: Option<u32>,
    #[schema(required, minimum = 1, maximum = 7_776_000)]
    pub high: Option<u32>,
    #[schema(required, minimum = 1, maximum = 7_776_000)]
    pub urgent: Option<u32>,
}

/// The same, asked for; what is left out has the target's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlaTargetByPriority {
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub none: Option<u32>,
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub low: Option<u32>,
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub normal: Option<u32>,
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub high: Option<u32>,
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub urgent: Option<u32>,
}

/// What is promised for one metric.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaTarget {
    pub metric: SlaMetric,
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub target_seconds: u32,
    pub target_seconds_by_priority: SlaTargetByPriority,
    /// Only open time counts; null: every hour.
    #[schema(required)]
    pub hours_id: Option<HoursId>,
    #[schema(max_items = 2)]
    pub pause_on: Vec<SlaPausing>,
    /// From this share of the target on it is at risk.
    #[schema(minimum = 1, maximum = 99)]
    pub at_risk_percent: u32,
}

/// What is promised for one metric.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlaTarget {
    pub metric: SlaMetric,
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_seconds: u32,
    /// Other targets for some priorities.
    pub target_seconds_by_priority: Option<NewSlaTargetByPriority>,
    /// Only open time counts; absent: every hour.
    pub hours_id: Option<HoursId>,
    /// Absent: nothing stops the clock.
    #[schema(max_items = 2)]
    pub pause_on: Option<Vec<SlaPausing>>,
    /// From this share of the target on it is at risk; 80 when absent.
    #[schema(minimum = 0, maximum = 1_000)]
    pub at_risk_percent: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaActionType {
    /// To `user_id`, or back to the queue where it is null.
    Reassign,
    /// To the queue of `team_id`.
    MoveTeam,
    /// To `priority`; never lowers it.
    RaisePriority,
    /// Tells `who`.
    Notify,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaNotified {
    /// Whoever has it; where nobody has, the leads of its team.
    Assignee,
    TeamLeads,
    /// `user_id`.
    User,
}

/// What a step does. The fields that its type does not use are null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaAction {
    pub r#type: SlaActionType,
    #[schema(required)]
    pub user_id: Option<UserId>,
    #[schema(required)]
    pub team_id: Option<TeamId>,
    #[schema(required)]
    pub priority: Option<Priority>,
    #[schema(required)]
    pub who: Option<SlaNotified>,
}

/// What a step does. The fields that its type does not use are left out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlaAction {
    pub r#type: SlaActionType,
    pub user_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub priority: Option<Priority>,
    pub who: Option<SlaNotified>,
}

/// A step of the escalation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaEscalation {
    pub metric: SlaMetric,
    /// At so much of the target; 100 is the deadline.
    #[schema(minimum = 1, maximum = 500)]
    pub at_percent: u32,
    pub action: SlaAction,
}

/// A step of the escalation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlaEscalation {
    pub metric: SlaMetric,
    /// At so much of the target, 1 to 500; 100 is the deadline.
    #[schema(minimum = 0, maximum = 10_000)]
    pub at_percent: u32,
    pub action: NewSlaAction,
}

/// What is promised for some conversations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaPolicy {
    pub id: SlaPolicyId,
    pub version: Position,
    /// Its place in the order in which policies are asked, from 1; the first that matches counts.
    #[schema(minimum = 1, maximum = 200)]
    pub place: u32,
    #[schema(max_length = 100)]
    pub name: String,
    /// Null: for all brands.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    pub enabled: bool,
    /// Which conversations it is for: a tree of `all`, `any` and `none` over tests of single fields.
    pub matches: Condition,
    #[schema(max_items = 3)]
    pub targets: Vec<SlaTarget>,
    #[schema(max_items = 20)]
    pub escalations: Vec<SlaEscalation>,
}
page! { /// Policies in their order.
SlaPolicyPage of SlaPolicy }

/// A new policy. It is last in the order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSlaPolicy {
    #[schema(max_length = 100)]
    pub name: String,
    /// Absent: for all brands.
    pub brand_id: Option<BrandId>,
    /// Absent: yes.
    pub enabled: Option<bool>,
    /// Absent: every conversation.
    pub matches: Option<Condition>,
    #[schema(max_items = 10)]
    pub targets: Vec<NewSlaTarget>,
    /// Absent: none.
    #[schema(max_items = 50)]
    pub escalations: Option<Vec<NewSlaEscalation>>,
}

/// A policy as it is to be, as a whole.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceSlaPolicy {
    #[schema(max_length = 100)]
    pub name: String,
    /// Stays what it is.
    pub brand_id: Option<BrandId>,
    /// Absent: yes.
    pub enabled: Option<bool>,
    /// Absent: every conversation.
    pub matches: Option<Condition>,
    #[schema(max_items = 10)]
    pub targets: Vec<NewSlaTarget>,
    /// Absent: none.
    #[schema(max_items = 50)]
    pub escalations: Option<Vec<NewSlaEscalation>>,
    /// Moves what the policy promised already to this version, deadlines that have passed left out. Absent: no.
    pub apply_to_open: Option<bool>,
}

/// In which order policies are asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaPolicyOrder {
    pub version: Position,
    #[schema(max_items = 200)]
    pub policy_ids: Vec<SlaPolicyId>,
}

/// All policies, each once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSlaPolicyOrder {
    #[schema(max_items = 200)]
    pub policy_ids: Vec<SlaPolicyId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaState {
    Ok,
    AtRisk,
    /// The deadline has passed.
    Breached,
    /// The clock stands still.
    Paused,
}

/// A clock that runs, or stands still.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaClock {
    /// Null while it stands still.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    pub state: SlaState,
}

/// What is promised in a conversation and not yet kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationSla {
    /// Of what is due first.
    pub policy_id: SlaPolicyId,
    /// The worst of the clocks.
    pub state: SlaState,
    /// The earliest deadline, passed ones included; null while everything stands still.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    #[schema(required)]
    pub first_response: Option<SlaClock>,
    #[schema(required)]
    pub next_response: Option<SlaClock>,
    #[schema(required)]
    pub resolution: Option<SlaClock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaVerdict {
    /// It runs, and the deadline has not passed.
    Open,
    /// Kept in time.
    Met,
    /// Kept after the deadline.
    Late,
    /// Not kept: it runs, or was cancelled, after the deadline.
    Breached,
    /// Cancelled before the deadline.
    Cancelled,
}

/// The calendar that is counted by.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct SlaHours {
    pub id: HoursId,
    /// Its version when the clock began.
    pub version: Position,
}

/// What happened to a promise, and the event that says so.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaMoment {
    /// `sla.activated`, `sla.breached` and the like; tolerate unknown ones.
    #[schema(max_length = 100)]
    pub r#type: String,
    pub pos: Position,
    /// When it happened, whenever it was noticed.
    pub at: Timestamp,
    pub recorded_at: Timestamp,
    /// What the event says.
    #[schema(value_type = Object)]
    pub detail: Map<String, Value>,
}

/// A stretch in which the clock ran, or stood still.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaSegment {
    pub running: bool,
    pub from: Timestamp,
    /// Null: until now.
    #[schema(required)]
    pub to: Option<Timestamp>,
    /// What of it counts: all of a stretch without a calendar, the open time of one with.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub counted_seconds: Option<u64>,
}

/// One promise, with everything that became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaInstance {
    pub metric: SlaMetric,
    /// Its number among those of the metric in this conversation.
    #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
    pub n: u32,
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub episode: u32,
    pub policy_id: SlaPolicyId,
    pub policy_version: Position,
    /// As the policy is called now, or was last.
    #[schema(required, max_length = 100)]
    pub policy_name: Option<String>,
    /// The customer's message that waits for an answer.
    #[schema(required)]
    pub message_id: Option<MessageId>,
    pub verdict: SlaVerdict,
    pub started_at: Timestamp,
    #[schema(minimum = 1, maximum = 7_776_000)]
    pub target_seconds: u32,
    #[schema(required)]
    pub hours: Option<SlaHours>,
    #[schema(max_items = 2)]
    pub pause_on: Vec<SlaPausing>,
    /// Null while it stands still.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    #[schema(required)]
    pub at_risk_at: Option<Timestamp>,
    /// The deadline that passed.
    #[schema(required)]
    pub breached_at: Option<Timestamp>,
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// Whole seconds from the end to the deadline; negative when late.
    #[schema(required, minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub margin_seconds: Option<i64>,
    /// `resolved`, `wait_resumed`, `contact_blocked`, `no_target`; tolerate unknown ones.
    #[schema(required, max_length = 40)]
    pub cancel_reason: Option<String>,
    /// How its time went by.
    #[schema(max_items = 200)]
    pub segments: Vec<SlaSegment>,
    /// The newest 200.
    #[schema(max_items = 200)]
    pub events: Vec<SlaMoment>,
}
page! { /// Promises of a conversation, oldest first.
SlaInstancePage of SlaInstance }

/// Stops the clocks of all that is promised in a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseSla {
    /// Why; stands in the timeline.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A time in which somebody had stopped the clocks.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlaPause {
    pub paused_by: ActivityActor,
    /// Null once the contact is erased.
    #[schema(required, max_length = 500)]
    pub reason: Option<String>,
    pub paused_at: Timestamp,
    /// Null while the clocks stand still.
    #[schema(required)]
    pub resumed_at: Option<Timestamp>,
    /// Null where the conversation's resolution ended it, and while the clocks stand still.
    #[schema(required)]
    pub resumed_by: Option<ActivityActor>,
}
page! { /// Times in which somebody had stopped the clocks, oldest first.
SlaPausePage of SlaPause }

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaGroup {
    Policy,
    Metric,
    Team,
    Assignee,
    Priority,
    Brand,
    Day,
}

/// Which outcomes, and by what they are told apart.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SlaComplianceQuery {
    /// The first day (UTC); thirty days before `to` when absent.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub from: Option<String>,
    /// The last day (UTC); today when absent.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub to: Option<String>,
    /// `metric` when absent.
    #[param(inline)]
    pub group_by: Option<SlaGroup>,
}

/// How promises of one group were kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaComplianceRow {
    /// What the group is: an id, a metric, a priority, a day; null for what has none.
    #[schema(required, max_length = 40)]
    pub group: Option<String>,
    /// Kept in time.
    pub met: Position,
    /// Not kept in time: `late`, and what was cancelled, or still runs, after its deadline.
    pub breached: Position,
    /// Kept after the deadline.
    pub late: Position,
    /// Still running before their deadline. Those that run belong to no day, and are left out where the period has ended.
    pub open: Position,
    /// Cancelled before the deadline; in no share.
    pub cancelled: Position,
    /// `met` of `met` and `breached`, in hundredths of a percent; null where there are none.
    #[schema(required, minimum = 0, maximum = 10_000)]
    pub compliance_basis_points: Option<u32>,
}

/// How promises were kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaCompliance {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub from: String,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub to: String,
    #[schema(max_items = 10_000)]
    pub rows: Vec<SlaComplianceRow>,
    pub total: SlaComplianceRow,
    pub as_of: Position,
}

/// What a changed policy would have done. Nothing is changed by asking.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSlaPolicy {
    pub policy: CreateSlaPolicy,
    /// Waits and episodes that began from then on.
    pub from: Timestamp,
    /// And before then; at most 31 days later. Now when absent.
    pub to: Option<Timestamp>,
}

/// How many promises there would have been, and how they would have been kept.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct SlaOutcomes {
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub instances: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub met: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub breached: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub cancelled: u32,
}

/// One metric by the policies as they are, and with the draft in place of one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaImpact {
    pub metric: SlaMetric,
    pub present: SlaOutcomes,
    pub draft: SlaOutcomes,
}

/// A promise that would have been kept otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaDifference {
    pub conversation_id: ConversationId,
    pub metric: SlaMetric,
    pub started_at: Timestamp,
    /// Null: not promised.
    #[schema(required)]
    pub present: Option<SlaVerdict>,
    #[schema(required)]
    pub draft: Option<SlaVerdict>,
}

/// What a changed policy would have done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlaImpactPreview {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Conversations that were looked at.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub conversations: u32,
    /// There were more, which were not.
    pub truncated: bool,
    #[schema(max_items = 3)]
    pub metrics: Vec<SlaImpact>,
    /// The first hundred.
    #[schema(max_items = 100)]
    pub differences: Vec<SlaDifference>,
    pub as_of: Position,
}
