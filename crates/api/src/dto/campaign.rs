//! Campaigns, whom they mean, and what came of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::conversation::UserSummary;
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    Outage,
    Reminder,
    /// Nobody who declined marketing is written to, whatever the template's category.
    Marketing,
    Utility,
}

/// What contacts agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignPurpose {
    Marketing,
    /// Messages about their own matters that the business begins.
    Service,
    /// Being asked how satisfied they are.
    Csat,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    Draft,
    /// Launched for later.
    Scheduled,
    Running,
    /// By a person, or by itself: `pause_cause` says why.
    Paused,
    /// Nothing is left to do; reports and answers still come.
    Finished,
    Cancelled,
}

/// Who is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudienceType {
    /// Every contact of the brand.
    Everyone,
    /// Takes `segment_id`. Who belongs to it is decided when the campaign is launched.
    Segment,
    /// Takes `contact_ids`.
    Contacts,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignAudience {
    pub r#type: AudienceType,
    #[schema(required)]
    pub segment_id: Option<SegmentId>,
    #[schema(max_items = 1_000)]
    pub contact_ids: Vec<ContactId>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCampaignAudience {
    pub r#type: AudienceType,
    pub segment_id: Option<SegmentId>,
    #[schema(min_items = 1, max_items = 1_000)]
    pub contact_ids: Option<Vec<ContactId>>,
}

/// The template, by its name at the provider.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignTemplate {
    #[schema(min_length = 1, max_length = 512)]
    pub name: String,
    #[schema(min_length = 1, max_length = 64)]
    pub language: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignPart {
    Header,
    Body,
    Button,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignParameterType {
    Text,
    /// The text is the address of the file.
    Image,
    Video,
    Document,
}

/// What stands in one place of the template. Those of one part stand in their order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignParameter {
    pub part: CampaignPart,
    /// Of a button: which, from 0.
    #[schema(required, minimum = 0, maximum = 9)]
    pub index: Option<u8>,
    /// Of templates whose places have names.
    #[schema(required, max_length = 100)]
    pub name: Option<String>,
    pub r#type: CampaignParameterType,
    /// May hold variables, as `{{contact.first_name|there}}`. Whoever has no value for one without a fall-back is left out.
    #[schema(max_length = 1_024)]
    pub text: String,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCampaignParameter {
    pub part: CampaignPart,
    #[schema(minimum = 0, maximum = 9)]
    pub index: Option<u8>,
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// `text` when absent.
    pub r#type: Option<CampaignParameterType>,
    #[schema(min_length = 1, max_length = 1_024)]
    pub text: String,
}

/// Whose clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietZone {
    /// The contact's, by their number; `time_zone` where it does not say. Where a country has several clocks, all of them.
    Contact,
    /// `time_zone`, for everybody.
    Fixed,
}

/// Hours in which nobody is written to, over midnight where `to` is earlier than `from`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    pub zone: QuietZone,
    /// A name of the IANA database.
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: String,
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub from: String,
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub to: String,
}

/// Where answers go, before any rule is asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplyRouting {
    pub queue_id: QueueId,
    #[schema(required, max_length = 64)]
    pub tag: Option<String>,
    /// For so long after a contact was written to.
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub expires_after_seconds: u32,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReplyRouting {
    pub queue_id: QueueId,
    #[schema(min_length = 1, max_length = 64)]
    pub tag: Option<String>,
    #[schema(minimum = 1, maximum = 2_592_000)]
    pub expires_after_seconds: u32,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CampaignProgress {
    /// All who are meant.
    #[schema(minimum = 0, maximum = 100_000)]
    pub audience: u32,
    /// Not yet decided about.
    #[schema(minimum = 0, maximum = 100_000)]
    pub selected: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub excluded: u32,
    /// Queued, or under way.
    #[schema(minimum = 0, maximum = 100_000)]
    pub in_flight: u32,
    /// The provider has it, whatever became of it.
    #[schema(minimum = 0, maximum = 100_000)]
    pub sent: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub failed: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub uncertain: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub dropped: u32,
}

/// Where a launched campaign stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CampaignStanding {
    pub id: CampaignId,
    #[schema(max_length = 100)]
    pub name: String,
    pub state: CampaignState,
    /// `request`, `template_not_sendable`, `channel_disabled`, `number_barred`.
    #[schema(required, max_length = 32)]
    pub pause_cause: Option<String>,
    pub progress: CampaignProgress,
    #[schema(minimum = 0, maximum = 100_000)]
    pub delivered: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub read: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub replied: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub opted_out: u32,
}

/// One template to many contacts, each once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Campaign {
    pub id: CampaignId,
    /// Of the draft and the state, not of the progress.
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    pub kind: CampaignKind,
    /// The number's.
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    pub audience: CampaignAudience,
    pub template: CampaignTemplate,
    #[schema(max_items = 60)]
    pub parameters: Vec<CampaignParameter>,
    /// Null, or past when it is launched: at once.
    #[schema(required)]
    pub send_at: Option<Timestamp>,
    #[schema(minimum = 1, maximum = 60_000)]
    pub rate_per_minute: u32,
    #[schema(required)]
    pub quiet_hours: Option<QuietHours>,
    /// Only contacts who agreed to this are written to.
    #[schema(required)]
    pub consent_purpose: Option<CampaignPurpose>,
    #[schema(required)]
    pub reply_routing: Option<ReplyRouting>,
    pub state: CampaignState,
    /// `request`, `template_not_sendable`, `channel_disabled`, `number_barred`.
    #[schema(required, max_length = 32)]
    pub pause_cause: Option<String>,
    pub created_at: Timestamp,
    pub created_by: UserSummary,
    #[schema(required)]
    pub launched_at: Option<Timestamp>,
    #[schema(required)]
    pub launched_by: Option<UserSummary>,
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    /// Finished, or cancelled.
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    pub progress: CampaignProgress,
}
page! { /// Campaigns, newest first.
CampaignPage of Campaign }

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCampaign {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub kind: CampaignKind,
    pub channel_id: ChannelId,
    pub audience: SetCampaignAudience,
    pub template: CampaignTemplate,
    #[serde(default)]
    #[schema(max_items = 60)]
    pub parameters: Vec<SetCampaignParameter>,
    pub send_at: Option<Timestamp>,
    /// 600 when absent.
    #[schema(minimum = 1, maximum = 60_000)]
    pub rate_per_minute: Option<u32>,
    pub quiet_hours: Option<QuietHours>,
    pub consent_purpose: Option<CampaignPurpose>,
    pub reply_routing: Option<SetReplyRouting>,
}

/// What is absent stays; lists and objects are replaced whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCampaign {
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    pub kind: Option<CampaignKind>,
    pub channel_id: Option<ChannelId>,
    pub audience: Option<SetCampaignAudience>,
    pub template: Option<CampaignTemplate>,
    #[schema(max_items = 60)]
    pub parameters: Option<Vec<SetCampaignParameter>>,
    #[serde(default)]
    #[schema(value_type = Option<Timestamp>)]
    pub send_at: Patch<Timestamp>,
    #[schema(minimum = 1, maximum = 60_000)]
    pub rate_per_minute: Option<u32>,
    #[serde(default)]
    #[schema(value_type = Option<QuietHours>)]
    pub quiet_hours: Patch<QuietHours>,
    #[serde(default)]
    #[schema(value_type = Option<CampaignPurpose>)]
    pub consent_purpose: Patch<CampaignPurpose>,
    #[serde(default)]
    #[schema(value_type = Option<SetReplyRouting>)]
    pub reply_routing: Patch<SetReplyRouting>,
}

/// How many, for one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExcludedCount {
    /// `unknown`, `erased`, `blocked`, `no_identity`, `opted_out`, `no_consent`, `missing_variable`, `template_mismatch`,
    /// `already_in`.
    #[schema(max_length = 32)]
    pub reason: String,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub count: u32,
}

/// What one contact would be sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignSample {
    pub contact_id: ContactId,
    /// The template's body with its places filled in; null where the body is not known, or they would be left out.
    #[schema(required, max_length = 65_536)]
    pub text: Option<String>,
    /// As it would be handed to the provider; null: a variable has no value, and they would be left out.
    #[schema(required, value_type = Option<Object>)]
    pub content: Option<Value>,
}

/// What a launch would come to at this moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignPreview {
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub audience: u32,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub eligible: u32,
    /// Beside those whose variables have no value: that is seen when it is their turn.
    #[schema(max_items = 20)]
    pub excluded: Vec<ExcludedCount>,
    #[schema(max_items = 5)]
    pub samples: Vec<CampaignSample>,
    pub as_of: Position,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestCampaign {
    pub contact_id: ContactId,
}

/// A message that was sent to try it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignTest {
    pub message_id: MessageId,
    pub contact_id: ContactId,
}

/// Where a recipient stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignRecipientState {
    /// Not yet decided about.
    Selected,
    Excluded,
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Failed,
    /// Nobody knows whether it was sent. It is not sent again by itself.
    Uncertain,
    /// The campaign was cancelled before.
    Dropped,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignRecipient {
    pub contact_id: ContactId,
    pub state: CampaignRecipientState,
    /// Of `excluded`.
    #[schema(required, max_length = 32)]
    pub reason: Option<String>,
    #[schema(required)]
    pub conversation_id: Option<ConversationId>,
    #[schema(required)]
    pub message_id: Option<MessageId>,
    pub replied: bool,
    pub opted_out: bool,
}
page! { /// Recipients, in the order of their ids.
CampaignRecipientPage of CampaignRecipient }

#[derive(Debug, Deserialize, IntoParams)]
pub struct CampaignRecipientQuery {
    #[param(inline)]
    pub state: Option<CampaignRecipientState>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// What came of it: all from the log, so that they add up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignMetrics {
    #[schema(minimum = 0, maximum = 100_000)]
    pub audience: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub selected: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub in_flight: u32,
    /// The provider has it; those delivered and read are among them.
    #[schema(minimum = 0, maximum = 100_000)]
    pub sent: u32,
    /// Those read are among them.
    #[schema(minimum = 0, maximum = 100_000)]
    pub delivered: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub read: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub failed: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub uncertain: u32,
    #[schema(minimum = 0, maximum = 100_000)]
    pub dropped: u32,
    /// Wrote while their answer was one to the campaign.
    #[schema(minimum = 0, maximum = 100_000)]
    pub replied: u32,
    /// Said stop in that time.
    #[schema(minimum = 0, maximum = 100_000)]
    pub opted_out: u32,
    #[schema(max_items = 20)]
    pub excluded: Vec<ExcludedCount>,
    pub as_of: Position,
}
