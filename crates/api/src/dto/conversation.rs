//! Conversations: the rows of the inbox and what is set on them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::page;
use super::scalar::{
    BrandId, CampaignId, ChannelId, ContactId, ConversationId, MessageId, Position, QuestionId, TeamId, Timestamp,
    UserId,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    Open,
    /// Waiting on the customer or somebody else.
    Pending,
    Snoozed,
    Resolved,
}

/// How it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationOrigin {
    Inbound,
    /// Staff wrote first.
    Outbound,
    /// A campaign wrote first.
    Campaign,
    /// Staff wrote first, in the phone app.
    PhoneApp,
    /// Imported from before we were connected.
    History,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    None,
    Low,
    Normal,
    High,
    Urgent,
}

/// The customer, as far as a row needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactSummary {
    pub id: ContactId,
    #[schema(required, max_length = 1000)]
    pub name: Option<String>,
}

/// Who takes care.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserSummary {
    pub id: UserId,
    #[schema(max_length = 100)]
    pub name: String,
}

/// Whether anything but a template can be sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceWindow {
    pub open: bool,
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
}

/// The newest message, as far as a row needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageSummary {
    pub id: MessageId,
    pub pos: Position,
    pub direction: super::message::Direction,
    #[schema(max_length = 64)]
    pub r#type: String,
    #[schema(required, max_length = 200)]
    pub preview: Option<String>,
    pub created_at: Timestamp,
}

/// The part of a bot in the running or last episode.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationBot {
    /// A bot has it: people are not given it, and nothing is promised in their name. Whoever takes it or writes in it has it
    /// from then on.
    pub active: bool,
    /// When it was handed over to people last.
    #[schema(required)]
    pub handoff_at: Option<Timestamp>,
    /// What the customer was asked and has not answered.
    #[schema(required)]
    pub question_id: Option<QuestionId>,
    /// Until when an answer to it is waited for.
    #[schema(required)]
    pub question_expires_at: Option<Timestamp>,
}

/// One contact on one channel, over its episodes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conversation {
    pub id: ConversationId,
    pub version: Position,
    /// Short, for people.
    pub number: Position,
    pub channel_id: ChannelId,
    pub brand_id: BrandId,
    pub contact: ContactSummary,
    pub origin: ConversationOrigin,
    /// The campaign it began with, of `origin` `campaign`.
    #[schema(required)]
    pub campaign_id: Option<CampaignId>,
    pub status: ConversationStatus,
    /// Null of a snoozed one: until the customer writes.
    #[schema(required)]
    pub snoozed_until: Option<Timestamp>,
    pub priority: Priority,
    #[schema(required)]
    pub assignee: Option<UserSummary>,
    #[schema(required)]
    pub team_id: Option<TeamId>,
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// Messages of the customer that you have not read.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub unread_count: u32,
    /// Notes that name you and that you have not read.
    #[schema(minimum = 0, maximum = 1_000)]
    pub mentions_unread: u32,
    /// Counts from 1, one more with each reopening; 0 while only a campaign has written.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub episode: u32,
    pub created_at: Timestamp,
    pub last_activity_at: Timestamp,
    /// The oldest customer message no human has answered.
    #[schema(required)]
    pub waiting_since: Option<Timestamp>,
    #[schema(required)]
    pub first_response_at: Option<Timestamp>,
    #[schema(required)]
    pub resolved_at: Option<Timestamp>,
    /// What it came to when it was last resolved.
    #[schema(required, max_length = 60)]
    pub disposition: Option<String>,
    /// A courtesy message came after it was resolved and left it resolved.
    pub courtesy_after_resolve: bool,
    pub service_window: ServiceWindow,
    /// What is promised and not yet kept; null where nothing is.
    #[schema(required)]
    pub sla: Option<super::sla::ConversationSla>,
    /// What became of asking the customer how satisfied they are, after the last resolution; null where nobody wanted to.
    #[schema(required)]
    pub csat: Option<super::csat::ConversationCsat>,
    pub bot: ConversationBot,
    #[schema(required)]
    pub last_message: Option<MessageSummary>,
}
page! { /// Rows of the inbox.
ConversationPage of Conversation }

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    #[default]
    All,
    Mine,
    Unassigned,
    /// Those with a note that names you, read or not; `mentions_unread` tells which is which.
    Mentions,
    /// With a promise that is at risk, and none whose deadline has passed.
    AtRisk,
    /// With a promise whose deadline has passed.
    Breached,
    /// That a bot has and has not handed over.
    Bot,
}

/// Order of the inbox; a minus sign means descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub enum ConversationSort {
    /// Longest wait first, those who do not wait last.
    #[serde(rename = "waiting_since")]
    WaitingSince,
    #[default]
    #[serde(rename = "-last_activity_at")]
    LastActivity,
    #[serde(rename = "created_at")]
    Created,
    #[serde(rename = "-created_at")]
    CreatedLast,
    #[serde(rename = "-priority")]
    Priority,
    /// Earliest deadline first; those without one last.
    #[serde(rename = "sla_due_at")]
    SlaDue,
}

/// Which rows, in which order.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ConversationQuery {
    #[param(inline)]
    pub view: Option<View>,
    #[param(inline, style = Form, explode = false)]
    pub status: Option<Vec<ConversationStatus>>,
    #[param(inline)]
    pub channel_id: Option<ChannelId>,
    #[param(inline)]
    pub brand_id: Option<BrandId>,
    #[param(inline)]
    pub team_id: Option<TeamId>,
    /// A user, `me` or `none`.
    #[param(pattern = "^(me|none|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$")]
    pub assignee_id: Option<String>,
    #[param(min_length = 1, max_length = 64)]
    pub tag: Option<String>,
    #[param(inline, style = Form, explode = false)]
    pub priority: Option<Vec<Priority>>,
    #[param(inline)]
    pub contact_id: Option<ContactId>,
    /// Those that a campaign wrote in, whoever began them.
    #[param(inline)]
    pub campaign_id: Option<CampaignId>,
    #[param(inline)]
    pub sort: Option<ConversationSort>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Rows of one view.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ViewCount {
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub total: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub unread: u32,
}

/// How many rows each view has that is not resolved, and how many each status has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationCounts {
    pub all: ViewCount,
    pub mine: ViewCount,
    pub unassigned: ViewCount,
    /// Here `unread` counts those with a mention you have not read.
    pub mentions: ViewCount,
    pub at_risk: ViewCount,
    pub breached: ViewCount,
    pub bot: ViewCount,
    pub by_status: StatusCounts,
    pub as_of: Position,
}

#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct StatusCounts {
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub open: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub pending: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub snoozed: u32,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub resolved: u32,
}

/// Whom to give it to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAssignment {
    /// Null gives it back to the queue.
    #[schema(required)]
    pub assignee_id: Option<UserId>,
    /// The team's queue it lies in from now on; null: the brand's common one. Absent leaves it, except that whoever may
    /// move conversations between teams moves it to the assignee's.
    #[serde(default)]
    #[schema(value_type = Option<TeamId>)]
    pub team_id: crate::extract::Patch<TeamId>,
    /// Refuse when somebody else has it by now. Null: nobody.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub expected_assignee_id: crate::extract::Patch<UserId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStatus {
    pub status: SettableStatus,
    #[schema(max_length = 200)]
    pub reason: Option<String>,
    /// What it came to; with `resolved` alone. The queue's settings say which there are, and whether one must be named.
    #[schema(max_length = 60)]
    pub disposition: Option<String>,
    /// Whether the customer is asked how satisfied they are; with `resolved` alone. Absent: as the brand's survey says.
    pub csat: Option<super::csat::CsatChoice>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOff {
    /// Why, for the people who go on; stands in the timeline.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBot {
    /// True: a program has it from here on, until it is handed over. False hands it over.
    pub active: bool,
    /// Why it is handed over, for the people who go on; with `false` alone.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// Snoozing has an end and therefore a resource of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettableStatus {
    Open,
    Pending,
    Resolved,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSnooze {
    pub until: Option<Timestamp>,
    /// In place of `until`: it lasts until the customer writes.
    pub until_reply: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPriority {
    pub priority: Priority,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRead {
    /// Absent: everything.
    pub up_to_message_id: Option<MessageId>,
}
