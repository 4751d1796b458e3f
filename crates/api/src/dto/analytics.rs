//! Numbers and what they are made of.

use std::borrow::Cow;

use projections::analytics::Metric;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::page::PageInfo;
use super::scalar::*;

/// A metric by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricName(pub Metric);

impl Serialize for MetricName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}
impl<'de> Deserialize<'de> for MetricName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Metric::named(&name).map(Self).ok_or_else(|| serde::de::Error::custom("no such metric"))
    }
}
impl PartialSchema for MetricName {
    fn schema() -> RefOr<Schema> {
        let names = Metric::ALL.iter().map(|metric| metric.name());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build().into()
    }
}
impl ToSchema for MetricName {
    fn name() -> Cow<'static, str> {
        "MetricName".into()
    }
}

macro_rules! or_none {
    ($($(#[$doc:meta])* $name:ident $pattern:literal)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern)).build().into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> { stringify!($name).into() }
        }
    )*};
}

or_none! {
    /// A team, or `none`.
    TeamOrNone "^(none|team_[0-7][0-9a-hjkmnp-tv-z]{25})$"
    /// A person, `me` or `none`.
    AgentOrNone "^(me|none|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$"
}

/// A tag's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TagWord(pub String);

impl PartialSchema for TagWord {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        schema.min_length(Some(1)).max_length(Some(64)).build().into()
    }
}
impl ToSchema for TagWord {
    fn name() -> Cow<'static, str> {
        "TagWord".into()
    }
}

/// The upper bound of a range, in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RangeBound(pub u32);

impl PartialSchema for RangeBound {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer);
        schema.minimum(Some(0)).maximum(Some(u32::MAX)).build().into()
    }
}
impl ToSchema for RangeBound {
    fn name() -> Cow<'static, str> {
        "RangeBound".into()
    }
}

/// Which episodes first responses are reported of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeChoice {
    First,
    All,
}

/// By what numbers are told apart; `number` is a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumbersGroup {
    None,
    Channel,
    Number,
    Brand,
    Team,
    Agent,
    Tag,
}

/// Who is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaderboardGroup {
    Agent,
    Team,
    Channel,
    Brand,
}

/// With what numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The period before, of the same length: in local days where the period is made of whole ones.
    Previous,
}

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumbersInterval {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
}

/// Which rows count, and as of when.
#[derive(Debug, Deserialize, IntoParams)]
pub struct NumbersQuery {
    /// The first day in `time_zone`, or a time; 30 days ago when absent.
    #[param(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2}))?$", max_length = 40)]
    pub from: Option<String>,
    /// The last day in `time_zone`, or a time, which is excluded; now, or the time asked about, when absent. At most 366 days after `from`.
    #[param(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2}))?$", max_length = 40)]
    pub to: Option<String>,
    /// A name of the IANA time zone database; UTC when absent.
    #[param(min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    #[param(inline, style = Form, explode = false, max_items = 100)]
    pub channel_id: Option<Vec<ChannelId>>,
    #[param(inline, style = Form, explode = false, max_items = 100)]
    pub brand_id: Option<Vec<BrandId>>,
    /// Teams, or `none`.
    #[param(inline, style = Form, explode = false, max_items = 100)]
    pub team_id: Option<Vec<TeamOrNone>>,
    /// People, `me` or `none`; whose a number is depends on the metric.
    #[param(inline, style = Form, explode = false, max_items = 100)]
    pub agent_id: Option<Vec<AgentOrNone>>,
    /// Tags that the conversation has at the position asked about.
    #[param(inline, style = Form, explode = false, max_items = 100)]
    pub tag: Option<Vec<TagWord>>,
    /// With `tag`: also conversations without tags; alone: only those.
    pub untagged: Option<bool>,
    /// Business hours in the place of real time where a metric has them: `frt_business` for `frt` and `frt_total`,
    /// `art_business` for `art`.
    pub business_hours: Option<bool>,
    /// Of which episodes first responses are reported; `first` when absent.
    #[param(inline)]
    pub episodes: Option<EpisodeChoice>,
    /// Which version of the definitions; the one that held at the position when absent.
    #[param(minimum = 1, maximum = 2_147_483_647)]
    pub definition: Option<u32>,
    /// Answer as of this position of the log: what became known later is left out.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub as_of_pos: Option<u64>,
    /// The same by time: the position of the last event recorded then or before. Not together with `as_of_pos`.
    #[param(inline)]
    pub as_of: Option<Timestamp>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct SummaryQuery {
    /// All that can be asked so when absent.
    #[param(inline, style = Form, explode = false, max_items = 40)]
    pub metrics: Option<Vec<MetricName>>,
    #[param(inline)]
    pub group_by: Option<NumbersGroup>,
    #[param(inline)]
    pub compare: Option<Comparison>,
    /// Lengths are held against it.
    #[param(minimum = 1, maximum = 31_536_000)]
    pub target_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct OwnSummaryQuery {
    /// All that are somebody's when absent.
    #[param(inline, style = Form, explode = false, max_items = 40)]
    pub metrics: Option<Vec<MetricName>>,
    #[param(inline)]
    pub compare: Option<Comparison>,
    /// Lengths are held against it.
    #[param(minimum = 1, maximum = 31_536_000)]
    pub target_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct TimeseriesQuery {
    #[param(inline, style = Form, explode = false, min_items = 1, max_items = 10)]
    pub metrics: Vec<MetricName>,
    /// `day` when absent. At most 1,000 buckets.
    #[param(inline)]
    pub interval: Option<NumbersInterval>,
    #[param(inline)]
    pub group_by: Option<NumbersGroup>,
    /// Lengths are held against it.
    #[param(minimum = 1, maximum = 31_536_000)]
    pub target_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct LeaderboardQuery {
    #[param(inline)]
    pub metric: MetricName,
    /// `agent` when absent.
    #[param(inline)]
    pub group_by: Option<LeaderboardGroup>,
    /// Whoever has fewer is not ranked; 5 when absent.
    #[param(minimum = 1, maximum = 1_000_000)]
    pub min_sample: Option<u32>,
    /// Ranked rows at most; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// Says of nobody but yourself who they are.
    pub anonymous: Option<bool>,
    /// Lengths are held against it.
    #[param(minimum = 1, maximum = 31_536_000)]
    pub target_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct HeatmapQuery {
    /// `volume` when absent: what came in.
    #[param(inline)]
    pub metric: Option<MetricName>,
    /// Lengths are held against it.
    #[param(minimum = 1, maximum = 31_536_000)]
    pub target_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct StaffingQuery {
    /// How long an episode takes somebody; measured when absent.
    #[param(minimum = 1, maximum = 86_400)]
    pub handle_seconds: Option<u32>,
    /// With how many customers somebody writes at once; 1 when absent.
    #[param(minimum = 1, maximum = 20)]
    pub concurrency: Option<u8>,
    /// How soon an answer is wanted; 60 when absent.
    #[param(minimum = 1, maximum = 86_400)]
    pub within_seconds: Option<u32>,
    /// Of how many of a hundred who come; 80 when absent.
    #[param(minimum = 1, maximum = 99)]
    pub service_level_percent: Option<u8>,
    /// How busy people are at most; 85 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub occupancy_max_percent: Option<u8>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct ScorecardQuery {
    /// All that are somebody's when absent.
    #[param(inline, style = Form, explode = false, max_items = 40)]
    pub metrics: Option<Vec<MetricName>>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct DistributionQuery {
    /// One of lengths or amounts; `frt` when absent.
    #[param(inline)]
    pub metric: Option<MetricName>,
    /// Upper bounds of the ranges in the metric's unit; about twice as far each time when absent.
    #[param(inline, style = Form, explode = false, max_items = 50)]
    pub bounds: Option<Vec<RangeBound>>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct DrilldownQuery {
    #[param(inline)]
    pub metric: MetricName,
    /// Where the page before ended. It is of the position the first page was of.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Which rows counted, beside what you may see at all; null: all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NumbersFilters {
    #[schema(required, max_items = 100)]
    pub channel_id: Option<Vec<ChannelId>>,
    #[schema(required, max_items = 100)]
    pub brand_id: Option<Vec<BrandId>>,
    #[schema(required, max_items = 100)]
    pub team_id: Option<Vec<TeamOrNone>>,
    #[schema(required, max_items = 100)]
    pub agent_id: Option<Vec<AgentOrNone>>,
    #[schema(required, max_items = 100)]
    pub tag: Option<Vec<TagWord>>,
    pub untagged: bool,
}

/// One number. Lengths are in seconds, exact to the millisecond; what a metric does not have is null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MetricValue {
    pub metric: MetricName,
    #[schema(max_length = 20)]
    pub unit: &'static str,
    /// How many were counted; of a share those that could be judged.
    pub count: Position,
    /// The headline: of lengths and amounts the mean (to the nearest thousandth, half up), of shares the ratio (to four
    /// decimals, half up), else the count. Null where there is nothing to say.
    #[schema(required)]
    pub value: Option<f64>,
    /// By nearest rank, like the other percentiles: a value that occurred.
    #[schema(required)]
    pub median: Option<f64>,
    #[schema(required)]
    pub p90: Option<f64>,
    #[schema(required)]
    pub p95: Option<f64>,
    #[schema(required)]
    pub max: Option<f64>,
    /// How many are not above `target_seconds`.
    #[schema(required)]
    pub within_target: Option<Position>,
    /// Of a share: how many were so.
    #[schema(required)]
    pub hits: Option<Position>,
    /// Of a share: how many could be judged; the same as `count`.
    #[schema(required)]
    pub mature_n: Option<Position>,
    /// Of a share: how many cannot be judged yet.
    #[schema(required)]
    pub immature_n: Option<Position>,
    /// Of a share: how many are in no share (cancelled promises).
    #[schema(required)]
    pub excluded_n: Option<Position>,
    /// Of promises: how many had begun and not ended at the end of the period or bucket, as known at the position asked
    /// about; of a team or a person those that began with them. Null of hours of the week, and of all else.
    #[schema(required)]
    pub open_n: Option<Position>,
}

/// A number beside that of the period before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedValue {
    #[serde(flatten)]
    pub current: MetricValue,
    /// Null unless a comparison was asked for.
    #[schema(required)]
    pub previous: Option<MetricValue>,
    /// `value` less that of the period before; null where either is.
    #[schema(required)]
    pub delta: Option<f64>,
    /// The same as a share of the value before, to four decimals; null where that is nothing.
    #[schema(required)]
    pub delta_ratio: Option<f64>,
}

/// The numbers of one group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SummaryRow {
    /// An id or a tag; null of the whole, and of what is in no team, nobody's, or without tags.
    #[schema(required, max_length = 64)]
    pub group: Option<String>,
    /// What it is called, where you see that.
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    #[schema(max_items = 40)]
    pub metrics: Vec<ComparedValue>,
}

/// A stretch of time; its end is excluded.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct NumbersPeriod {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Numbers of a period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SummaryData {
    /// Null unless a comparison was asked for.
    #[schema(required)]
    pub previous: Option<NumbersPeriod>,
    /// Everything together. Groups by tag, and counts of different conversations, do not add up to it.
    pub total: SummaryRow,
    #[schema(max_items = 1000)]
    pub groups: Vec<SummaryRow>,
}

/// One metric of one group over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Series {
    pub metric: MetricName,
    #[schema(required, max_length = 64)]
    pub group: Option<String>,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    /// One for each bucket.
    #[schema(max_items = 1000)]
    pub values: Vec<MetricValue>,
}

/// Numbers over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimeseriesData {
    /// In order; the first and the last are cut to the period.
    #[schema(max_items = 1000)]
    pub buckets: Vec<NumbersPeriod>,
    /// Everything together first, for each metric, then the groups.
    #[schema(max_items = 10010)]
    pub series: Vec<Series>,
}

/// Between which values the true one lies, 95 times of a hundred.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConfidenceInterval {
    pub low: f64,
    pub high: f64,
    /// `student_t` of means, `wilson` of shares.
    #[schema(max_length = 20)]
    pub method: &'static str,
}

/// One of those who are compared.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeaderboardRow {
    /// From 1, equals share one; null below `min_sample`.
    #[schema(required, minimum = 1, maximum = 1_000_000)]
    pub rank: Option<u32>,
    /// Null of others where it is anonymous.
    #[schema(required, max_length = 64)]
    pub group: Option<String>,
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    pub is_me: bool,
    pub value: MetricValue,
    /// Null of counts, which are no sample of anything, and of a single value.
    #[schema(required)]
    pub interval: Option<ConfidenceInterval>,
}

/// Who stands where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeaderboardData {
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub min_sample: u32,
    #[schema(max_items = 200)]
    pub ranked: Vec<LeaderboardRow>,
    /// Too few to say, by their ids.
    #[schema(max_items = 1000)]
    pub below_min_sample: Vec<LeaderboardRow>,
}

/// An hour of the local week.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeatmapCell {
    #[schema(max_length = 9)]
    pub weekday: &'static str,
    #[schema(minimum = 0, maximum = 23)]
    pub hour: u32,
    pub value: MetricValue,
}

/// The hours of the local week.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeatmapData {
    /// Monday's first hour first.
    #[schema(max_items = 168)]
    pub cells: Vec<HeatmapCell>,
}

/// How many lie in a range: above `above`, not above `up_to`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DistributionRange {
    /// Null: from the least on.
    #[schema(required)]
    pub above: Option<f64>,
    /// Null: to the greatest.
    #[schema(required)]
    pub up_to: Option<f64>,
    pub count: Position,
}

/// How values lie.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DistributionData {
    pub metric: MetricName,
    #[schema(max_length = 20)]
    pub unit: &'static str,
    pub count: Position,
    #[schema(max_items = 51)]
    pub ranges: Vec<DistributionRange>,
}

/// What became of one of those that could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SampleOutcome {
    Hit,
    Miss,
    Immature,
    Excluded,
    Open,
}

/// A row behind a number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrilldownRow {
    pub conversation_id: ConversationId,
    /// The short number people say.
    pub number: Position,
    /// Null of what belongs to no episode.
    #[schema(required, minimum = 1, maximum = 4_294_967_295_u64)]
    pub episode: Option<u32>,
    /// The instant by which it is bucketed.
    pub at: Timestamp,
    /// Seconds, or messages; null of what is only counted.
    #[schema(required)]
    pub value: Option<f64>,
    /// Of shares.
    #[schema(required)]
    pub outcome: Option<SampleOutcome>,
    #[schema(required)]
    pub agent_id: Option<UserId>,
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// Positions of the events it follows from.
    #[schema(max_items = 10000)]
    pub positions: Vec<Position>,
}

/// Rows behind a number, in the order of time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrilldownData {
    pub metric: MetricName,
    #[schema(max_items = 200)]
    pub rows: Vec<DrilldownRow>,
    /// Rows passed over on this page: they count, and lie in conversations you do not see.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub withheld: u32,
    pub page: PageInfo,
}

/// What all numbers are answered with.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) as_of: Position,
    pub(crate) as_of_at: Timestamp,
    pub(crate) definition: u32,
    pub(crate) period: NumbersPeriod,
    pub(crate) time_zone: String,
    pub(crate) business_hours: bool,
    pub(crate) filters: NumbersFilters,
}

/// An hour of the local week, and whom it needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffingHour {
    #[schema(max_length = 9)]
    pub weekday: &'static str,
    #[schema(minimum = 0, maximum = 23)]
    pub hour: u32,
    /// How many such hours lie in the period.
    #[schema(minimum = 0, maximum = 1_000)]
    pub hours_observed: u32,
    /// Episodes that began in it, on average.
    #[schema(required)]
    pub arrivals_per_hour: Option<f64>,
    /// The fewest people with whom the target is met; null where it is not known how long an episode takes, or where more
    /// than 10,000 would be needed.
    #[schema(required, minimum = 0, maximum = 10_000)]
    pub agents: Option<u32>,
    /// With so many: answered in time, from 0 to 1.
    #[schema(required)]
    pub service_level: Option<f64>,
    /// With so many: how much of their time they are busy, from 0 to 1.
    #[schema(required)]
    pub occupancy: Option<f64>,
    /// With so many: how long whoever comes waits, on average.
    #[schema(required)]
    pub wait_seconds: Option<f64>,
}

/// How many people the hours of the local week need.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffingData {
    /// How long an episode takes somebody, as it was reckoned with; null where nobody said and nobody worked.
    #[schema(required)]
    pub handle_seconds: Option<f64>,
    /// Whether it was measured.
    pub handle_measured: bool,
    /// In how many episodes people had a hand.
    pub handle_episodes: Position,
    #[schema(minimum = 1, maximum = 20)]
    pub concurrency: u8,
    #[schema(minimum = 1, maximum = 86_400)]
    pub within_seconds: u32,
    #[schema(minimum = 1, maximum = 99)]
    pub service_level_percent: u8,
    #[schema(minimum = 1, maximum = 100)]
    pub occupancy_max_percent: u8,
    /// Monday's first hour first.
    #[schema(max_items = 168)]
    pub hours: Vec<StaffingHour>,
}

/// A number of somebody beside their teams'.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScorecardMetric {
    #[serde(flatten)]
    pub value: MetricValue,
    /// The median of what the people of their teams have; null with fewer than two, and where you do not see the teams'.
    #[schema(required)]
    pub team_median: Option<f64>,
    /// Of how many people it is.
    #[schema(minimum = 0, maximum = 100_000)]
    pub team_people: u32,
}

/// A customer was not satisfied.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScorecardRating {
    pub conversation_id: ConversationId,
    /// The short number people say.
    pub number: Position,
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    pub episode: u32,
    /// When they were asked.
    pub at: Timestamp,
    #[schema(minimum = 1, maximum = 5)]
    pub score: u8,
    /// What they said to it; null too for those who may not read that.
    #[schema(required)]
    pub comment: Option<String>,
    /// Positions of the events it follows from.
    #[schema(max_items = 2)]
    pub positions: Vec<Position>,
}

/// Somebody's numbers, and conversations to look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScorecardData {
    pub user: super::conversation::UserSummary,
    #[schema(max_items = 40)]
    pub metrics: Vec<ScorecardMetric>,
    /// One of a conversation, the slowest first.
    #[schema(max_items = 5)]
    pub slowest_replies: Vec<DrilldownRow>,
    /// What they had resolved, the newest first.
    #[schema(max_items = 5)]
    pub reopened: Vec<DrilldownRow>,
    /// The lowest first.
    #[schema(max_items = 5)]
    pub lowest_ratings: Vec<ScorecardRating>,
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident of $data:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $name {
            /// The position of the log this reflects: asked about again, it gives the same answer.
            pub as_of: Position,
            /// The time of that position, by which it is judged what is mature.
            pub as_of_at: Timestamp,
            /// The version of the definitions.
            #[schema(minimum = 1, maximum = 2_147_483_647)]
            pub definition: u32,
            pub from: Timestamp,
            /// Excluded.
            pub to: Timestamp,
            #[schema(max_length = 64)]
            pub time_zone: String,
            /// Whether business hours were asked for in the place of real time.
            pub business_hours: bool,
            pub filters: NumbersFilters,
            pub data: $data,
        }

        impl $name {
            pub(crate) fn of(envelope: Envelope, data: $data) -> Self {
                let Envelope { as_of, as_of_at, definition, period, time_zone, business_hours, filters } = envelope;
                let NumbersPeriod { from, to } = period;
                Self { as_of, as_of_at, definition, from, to, time_zone, business_hours, filters, data }
            }
        }
    )*};
}

pub(crate) use answers;

answers! {
    /// Numbers of a period.
    Summary of SummaryData;
    /// Numbers over time.
    Timeseries of TimeseriesData;
    /// Who stands where.
    Leaderboard of LeaderboardData;
    /// The hours of the local week.
    Heatmap of HeatmapData;
    /// How many people the hours of the local week need.
    Staffing of StaffingData;
    /// Somebody's numbers, and conversations to look at.
    Scorecard of ScorecardData;
    /// How values lie.
    Distribution of DistributionData;
    /// Rows behind a number.
    Drilldown of DrilldownData;
}

/// What a number means.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MetricDefinition {
    pub metric: MetricName,
    /// `duration`, `amount`, `count`, `distinct`, `share` or `level`.
    #[schema(max_length = 20)]
    pub kind: &'static str,
    #[schema(max_length = 20)]
    pub unit: &'static str,
    /// `lower`, `higher` or `neither`.
    #[schema(max_length = 20)]
    pub better: &'static str,
    /// How it is computed.
    #[schema(max_length = 500)]
    pub formula: &'static str,
    /// The instant by which it is bucketed.
    #[schema(max_length = 100)]
    pub closes: &'static str,
    /// Whose it is: `nobody`, `replier`, `resolver`, `holder`, `doer`.
    #[schema(max_length = 20)]
    pub belongs_to: &'static str,
    /// By what it can be told apart.
    #[schema(max_items = 10)]
    pub group_by: Vec<&'static str>,
    /// Kinds of events it follows from.
    #[schema(max_items = 20)]
    pub events: Vec<&'static str>,
}

/// A version of what numbers are worked out by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefinitionVersion {
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub version: u32,
    /// Of the event that made it; 0: it was there before.
    pub since_pos: Position,
    /// How long a contact has to come back.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub fcr_window_seconds: u32,
    /// Whether there is business time.
    pub has_business_hours: bool,
}

/// What numbers mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MetricDefinitions {
    #[schema(max_items = 40)]
    pub metrics: Vec<MetricDefinition>,
    /// The newest hundred, oldest first.
    #[schema(max_items = 100)]
    pub versions: Vec<DefinitionVersion>,
    pub as_of: Position,
}
