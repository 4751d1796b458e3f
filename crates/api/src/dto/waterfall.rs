//! Where time went, and what another definition moves, as the contract shows them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::analytics::answers;
use super::analytics::{Envelope, MetricName, MetricValue, NumbersFilters, NumbersGroup, NumbersPeriod, SampleOutcome};
use super::scalar::{ConversationId, Position, Timestamp, UserId};

#[derive(Debug, Deserialize, IntoParams)]
pub struct WaterfallQuery {
    #[param(inline)]
    pub group_by: Option<NumbersGroup>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct ImpactQuery {
    #[param(inline)]
    pub group_by: Option<NumbersGroup>,
    /// The version of the definitions to hold `definition` against; the one before it when absent.
    #[param(minimum = 1, maximum = 2_147_483_647)]
    pub against: Option<u32>,
}

/// The time of many episodes, in seconds exact to the millisecond. The parts add up to `total_seconds`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaterfallRow {
    /// An id or a tag; null of the whole, and of what is in no team, nobody's, or without tags.
    #[schema(required, max_length = 64)]
    pub group: Option<String>,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    pub episodes: Position,
    pub total_seconds: f64,
    /// The customer waited, and nobody had the conversation.
    pub queued_seconds: f64,
    /// The customer waited for whoever had it.
    pub unanswered_seconds: f64,
    /// Nobody waited for an answer, or it was pending.
    pub on_customer_seconds: f64,
    /// A bot had it.
    pub bot_seconds: f64,
    pub snoozed_seconds: f64,
    /// The customer waited outside business hours.
    pub outside_hours_seconds: f64,
}

/// Where the time went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaterfallData {
    pub total: WaterfallRow,
    #[schema(max_items = 1000)]
    pub groups: Vec<WaterfallRow>,
}

/// Whom a stretch waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// Nobody had it.
    Queue,
    Assignee,
    Customer,
    Bot,
    Snooze,
    /// Business hours to begin.
    Hours,
}

/// A stretch of an episode's time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaterfallStretch {
    pub waits_for: WaitsFor,
    /// Who had it, where it waited for them.
    #[schema(required)]
    pub assignee_id: Option<UserId>,
    pub from: Timestamp,
    /// Excluded; the next stretch begins here.
    pub to: Timestamp,
}

/// One episode's time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EpisodeWaterfall {
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub episode: u32,
    /// Null: it runs.
    #[schema(required)]
    pub resolved_at: Option<Timestamp>,
    #[schema(max_items = 100000)]
    pub stretches: Vec<WaterfallStretch>,
}

/// A conversation's time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationWaterfall {
    #[schema(max_items = 100000)]
    pub episodes: Vec<EpisodeWaterfall>,
    pub as_of: Position,
}

/// Why a row says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// Contacts have another time to come back.
    FcrWindow,
    /// Other words are courtesies.
    Courtesies,
    /// Other hours are business hours, or another calendar counts.
    BusinessHours,
}

/// How many rows moved for a reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MovedCount {
    pub reason: MoveReason,
    pub rows: Position,
}

/// A number that is another one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MovedValue {
    pub metric: MetricName,
    #[schema(required, max_length = 64)]
    pub group: Option<String>,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    /// Of everything together.
    pub is_total: bool,
    /// By `against`.
    pub before: MetricValue,
    /// By `definition`.
    pub after: MetricValue,
    #[schema(max_items = 3)]
    pub moved: Vec<MovedCount>,
}

/// What a row says; both null: there is none by this definition.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MovedSide {
    /// Seconds.
    #[schema(required)]
    pub value: Option<f64>,
    #[schema(required)]
    pub outcome: Option<SampleOutcome>,
}

/// A row that says something else.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MovedRow {
    pub metric: MetricName,
    pub conversation_id: ConversationId,
    pub number: Position,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub episode: u32,
    pub before: MovedSide,
    pub after: MovedSide,
    pub reason: MoveReason,
}

/// Which numbers move.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefinitionImpactData {
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub against: u32,
    /// Those that differ.
    #[schema(max_items = 50000)]
    pub cells: Vec<MovedValue>,
    /// At most 50 for each metric, of conversations you see.
    #[schema(max_items = 250)]
    pub rows: Vec<MovedRow>,
}

answers! {
    /// Where the time went.
    Waterfall of WaterfallData;
    /// What another definition makes of numbers.
    DefinitionImpact of DefinitionImpactData;
}
