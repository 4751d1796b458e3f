//! What changed in a period, and why.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::analytics::{Envelope, NumbersFilters, NumbersPeriod, answers};
use super::page::PageInfo;
use super::scalar::*;

/// How long what is held against the weeks before is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpikeInterval {
    Hour,
    Day,
}

/// Which topics and tags come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrendOrder {
    /// Those that grew most.
    Rising,
    /// Those that shrank most.
    Falling,
    /// Those that came most often.
    Frequent,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct InsightsQuery {
    /// `hour` when absent, and `day` of more than two weeks. At most 1,000 of them.
    #[param(inline)]
    pub spike_interval: Option<SpikeInterval>,
    /// What fewer different contacts wrote is not said; 3 when absent.
    #[param(minimum = 3, maximum = 10_000)]
    pub min_contacts: Option<u32>,
    /// `rising` when absent.
    #[param(inline)]
    pub order: Option<TrendOrder>,
    /// Tags, topics, questions and articles of each at most; 20 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u16>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct InsightMessagesQuery {
    /// A topic's phrase. Either this or `question`.
    #[param(min_length = 1, max_length = 200)]
    pub topic: Option<String>,
    /// The words of unanswered questions.
    #[param(min_length = 1, max_length = 200)]
    pub question: Option<String>,
    /// As it was asked for with the question's words; 3 when absent.
    #[param(minimum = 3, maximum = 10_000)]
    pub min_contacts: Option<u32>,
    /// Where the page before ended. It is of the position the first page was of.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// How often something came, beside the period before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Trend {
    pub count: Position,
    pub previous_count: Position,
    /// `count` less `previous_count`.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub delta: i64,
    /// The same as a share of `previous_count`, to four decimals; null where that is 0.
    #[schema(required)]
    pub delta_ratio: Option<f64>,
    /// Of all that came in the period, to four decimals; null where nothing did.
    #[schema(required)]
    pub share: Option<f64>,
    #[schema(required)]
    pub previous_share: Option<f64>,
}

/// Episodes that began, of conversations that have a tag. `/v1/analytics/drilldown?metric=volume&tag=…` lists them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TagTrend {
    #[schema(max_length = 64)]
    pub tag: String,
    #[serde(flatten)]
    pub trend: Trend,
}

/// A word, or two that stand beside each other, in messages of customers that you may read.
/// `/v1/analytics/insights/messages?topic=…` lists them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TopicTrend {
    /// In small letters and without accents.
    #[schema(max_length = 200)]
    pub phrase: String,
    /// Messages that say it.
    #[serde(flatten)]
    pub trend: Trend,
    /// Different ones of the period.
    pub conversations: Position,
    pub contacts: Position,
    pub previous_contacts: Position,
}

/// By what a cause differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    Channel,
    Brand,
    Team,
    Tag,
    /// A phrase that those who came wrote within ten minutes.
    Keyword,
}

/// Something that has a larger share of a spike than it usually has: by a twentieth of all that came, or more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SpikeCause {
    pub kind: CauseKind,
    /// An id, a tag or a phrase; null of what is in no team.
    #[schema(required, max_length = 200)]
    pub value: Option<String>,
    /// What it is called, where you see that.
    #[schema(required, max_length = 200)]
    pub name: Option<String>,
    pub count: Position,
    /// On average of the same hours of the weeks before.
    pub usual: f64,
    /// `count` less `usual`.
    pub excess: f64,
}

/// An hour or a day that brought far more than it usually does. `/v1/analytics/drilldown?metric=volume` of its period lists what.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InsightSpike {
    pub from: Timestamp,
    /// Excluded.
    pub to: Timestamp,
    /// Episodes that began in it.
    pub count: Position,
    /// On average of the same hour of the local week, or weekday.
    pub usual: f64,
    /// Of how many weeks that is.
    #[schema(minimum = 2, maximum = 8)]
    pub weeks: u8,
    /// `count` less `usual`.
    pub excess: f64,
    /// How many standard deviations that is.
    pub z_score: f64,
    /// The largest excess first. Empty: it was more of everything.
    #[schema(max_items = 15)]
    pub causes: Vec<SpikeCause>,
    /// Of how many of them the words were read: of those that you may read and where something was typed.
    pub words_read: Position,
    /// There was more to read.
    pub words_truncated: bool,
}

/// Where a message lies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InsightMessage {
    pub conversation_id: ConversationId,
    /// The short number people say.
    pub number: Position,
    pub at: Timestamp,
    /// Of its event.
    pub position: Position,
}

/// Questions of customers that nothing answered, put together by one or two words they share.
/// `/v1/analytics/insights/messages?question=…` lists them all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnansweredQuestion {
    /// In small letters and without accents.
    #[schema(max_length = 200)]
    pub words: String,
    pub count: Position,
    /// Different ones.
    pub contacts: Position,
    /// The newest of them.
    #[schema(max_items = 5)]
    pub examples: Vec<InsightMessage>,
}

/// An article that answered customers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnsweringArticle {
    pub article_id: ArticleId,
    /// As it is published now, where you see that.
    #[schema(required, max_length = 200)]
    pub title: Option<String>,
    /// Times it was shown to a customer.
    pub count: Position,
}

/// What the knowledge base was asked on behalf of customers, by rules and bots.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KnowledgeAsked {
    pub asked: Position,
    pub answered_by_keyword: Position,
    pub answered_by_search: Position,
    /// No article fitted, or what a customer wrote was none of a bot's choices. A message counts once.
    pub unanswered: Position,
    /// Those of them in conversations that you do not see.
    pub withheld: Position,
    /// Those of them that are in no question below: too few others share their words, or they have none.
    pub ungrouped: Position,
    /// Not all of them were read.
    pub truncated: bool,
    /// What answered most first.
    #[schema(max_items = 100)]
    pub articles: Vec<AnsweringArticle>,
}

/// What topics were counted from: messages that you may read, without courtesies, of the period and the one before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessagesRead {
    pub messages: Position,
    pub previous_messages: Position,
    /// Those of them that were read: something was typed, it was not taken back, and its contact was not erased.
    pub read: Position,
    pub previous_read: Position,
    /// There are more than 20,000: every second, fourth and so on was looked at, of both periods alike.
    pub truncated: bool,
}

/// What changed in a period, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InsightsData {
    /// The period before, of the same length, with which tags and topics are compared.
    pub previous: NumbersPeriod,
    pub spike_interval: SpikeInterval,
    #[schema(minimum = 3, maximum = 10_000)]
    pub min_contacts: u32,
    #[schema(max_items = 100)]
    pub tags: Vec<TagTrend>,
    #[schema(max_items = 100)]
    pub topics: Vec<TopicTrend>,
    pub messages: MessagesRead,
    /// Those that stand out most, in the order of time.
    #[schema(max_items = 10)]
    pub spikes: Vec<InsightSpike>,
    /// The largest first.
    #[schema(max_items = 100)]
    pub unanswered_questions: Vec<UnansweredQuestion>,
    pub knowledge: KnowledgeAsked,
}

/// Messages behind a topic or a question.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InsightMessagesData {
    /// In the order of time.
    #[schema(max_items = 200)]
    pub rows: Vec<InsightMessage>,
    pub page: PageInfo,
}

answers! {
    /// What changed in a period, and why.
    Insights of InsightsData;
    /// Messages behind a topic or a question.
    InsightMessages of InsightMessagesData;
}
