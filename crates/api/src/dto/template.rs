//! Message templates.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::message_content::{OutboundType, TemplateToSend, Text};
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// A template of a WhatsApp Business Account, as the provider last told, or as the team wrote it. Its words are the provider's;
/// `DRAFT` is ours.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Template {
    pub id: TemplateId,
    pub version: Position,
    #[schema(max_length = 64)]
    pub waba_id: String,
    #[schema(max_length = 512)]
    pub name: String,
    #[schema(max_length = 32)]
    pub language: String,
    #[schema(required, max_length = 64)]
    pub status: Option<String>,
    #[schema(required, max_length = 64)]
    pub category: Option<String>,
    #[schema(required, max_length = 64)]
    pub quality: Option<String>,
    #[schema(required, max_length = 2000)]
    pub reason: Option<String>,
    /// How the provider says a rejected one can be mended, or why one is paused.
    #[schema(required, max_length = 2000)]
    pub advice: Option<String>,
    /// The category it will have; announced, not yet in force.
    #[schema(required, max_length = 64)]
    pub coming_category: Option<String>,
    /// Whether it can be sent.
    pub sendable: bool,
    /// The places of its texts, in the order of their first use.
    #[schema(max_items = 100)]
    pub variables: Vec<String>,
    /// What the team wrote and the provider has not taken yet.
    #[schema(required)]
    pub draft: Option<TemplateDraft>,
    /// The last time a draft was handed to the provider.
    #[schema(required)]
    pub submission: Option<TemplateSubmission>,
    /// Its removal is asked for, or was refused.
    #[schema(required)]
    pub deletion: Option<TemplateDeletion>,
    pub updated_at: Timestamp,
    /// In the Cloud API's shape; null when only its name is known.
    #[schema(required, value_type = Option<Vec<Object>>, max_items = 50)]
    pub components: Option<Value>,
}
/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateCategory {
    Utility,
    Marketing,
    Authentication,
}

/// A template as the team wrote it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TemplateDraft {
    #[schema(max_length = 512)]
    pub name: String,
    #[schema(max_length = 32)]
    pub language: String,
    pub category: TemplateCategory,
    /// In the Cloud API's shape, examples included.
    #[schema(value_type = Vec<Object>, max_items = 10)]
    pub components: Vec<Value>,
    #[schema(required, minimum = -1, maximum = 2_592_000)]
    pub message_send_ttl_seconds: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateSubmissionState {
    /// On its way to the provider.
    Requested,
    /// The provider has it; `status` tells of the review.
    Accepted,
    /// The provider did not take it.
    Refused,
}

/// A handing over to the provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TemplateSubmission {
    pub state: TemplateSubmissionState,
    pub at: Timestamp,
    /// Of `refused`.
    #[schema(required)]
    pub refusal: Option<ProviderRefusal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateDeletionState {
    Requested,
    Refused,
}

/// A removal at the provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TemplateDeletion {
    pub state: TemplateDeletionState,
    /// Of `refused`.
    #[schema(required)]
    pub refusal: Option<ProviderRefusal>,
}

/// The provider's no.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderRefusal {
    #[schema(required, minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub code: Option<i64>,
    /// In its own words.
    #[schema(max_length = 1000)]
    pub reason: String,
}

/// A new draft, for a number's account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTemplate {
    /// Any number of the account.
    pub channel_id: ChannelId,
    #[schema(min_length = 1, max_length = 512)]
    pub name: String,
    /// As the provider writes them: `en`, `en_US`, `zh_CN`.
    #[schema(min_length = 2, max_length = 16)]
    pub language: String,
    pub category: TemplateCategory,
    /// In the Cloud API's shape, examples included.
    #[schema(value_type = Vec<Object>, max_items = 10)]
    pub components: Vec<Value>,
    /// How long the provider tries to deliver; -1: 30 days.
    #[schema(minimum = -1, maximum = 2_592_000)]
    pub message_send_ttl_seconds: Option<i64>,
}

/// What is absent stays. Of what the provider has, parts are replaced as a whole and reviewed anew once they are submitted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTemplate {
    /// Of a draft.
    #[schema(min_length = 1, max_length = 512)]
    pub name: Option<String>,
    /// Of a draft.
    #[schema(min_length = 2, max_length = 16)]
    pub language: Option<String>,
    pub category: Option<TemplateCategory>,
    #[schema(value_type = Option<Vec<Object>>, max_items = 10)]
    pub components: Option<Vec<Value>>,
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = -1, maximum = 2_592_000)]
    pub message_send_ttl_seconds: Patch<i64>,
}

/// A template with what would be sent in its places.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewTemplate {
    pub template_id: TemplateId,
    /// The send's, as in the Cloud API. Texts may hold variables, as `{{contact.first_name}}`.
    #[schema(value_type = Option<Vec<Object>>, max_items = 20)]
    pub components: Option<Vec<Value>>,
    /// The conversation that variables are filled in for.
    pub conversation_id: Option<ConversationId>,
}

/// What a customer would see.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatePreview {
    #[schema(required)]
    pub header: Option<TemplatePreviewHeader>,
    /// Places that nothing was given for stay as they are written.
    #[schema(required, max_length = 100_000)]
    pub body: Option<String>,
    #[schema(required, max_length = 1024)]
    pub footer: Option<String>,
    #[schema(max_items = 100)]
    pub buttons: Vec<TemplatePreviewButton>,
    /// Whether the provider lets it be sent as it stands.
    pub sendable: bool,
    /// What does not fit, or is missing.
    #[schema(max_items = 100)]
    pub errors: Vec<PreviewFault>,
    /// Variables with neither a value nor a fall-back.
    #[schema(max_items = 1000)]
    pub missing: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatePreviewHeader {
    /// `TEXT`, `IMAGE` and the like, in the provider's words.
    #[schema(max_length = 64)]
    pub format: String,
    #[schema(required, max_length = 100_000)]
    pub text: Option<String>,
    /// The file or place that is sent, as it was given.
    #[schema(required, value_type = Option<Object>)]
    pub media: Option<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatePreviewButton {
    /// `QUICK_REPLY`, `URL` and the like, in the provider's words.
    #[schema(max_length = 64)]
    pub r#type: String,
    #[schema(required, max_length = 1024)]
    pub text: Option<String>,
    /// What it opens, calls or copies.
    #[schema(required, max_length = 100_000)]
    pub target: Option<String>,
}

/// Something that would stand in the way.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewFault {
    /// Where in the content; null: nowhere in it.
    #[schema(required, max_length = 512)]
    pub pointer: Option<String>,
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// A message as it would be sent: a canned reply, or a content as a message has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewMessage {
    pub conversation_id: ConversationId,
    pub canned_reply_id: Option<CannedReplyId>,
    pub r#type: Option<OutboundType>,
    /// Texts may hold variables.
    pub text: Option<Text>,
    #[schema(value_type = Option<Object>)]
    pub interactive: Option<Value>,
    pub template: Option<TemplateToSend>,
}

/// The message with its variables filled in, and what would stand in its way now.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessagePreview {
    /// Its type, and under that key its content.
    #[schema(value_type = Object)]
    pub content: Value,
    /// The words of it, as lists show them.
    #[schema(required, max_length = 100_000)]
    pub text: Option<String>,
    #[schema(max_items = 1000)]
    pub missing: Vec<String>,
    #[schema(max_items = 100)]
    pub warnings: Vec<PreviewFault>,
    /// When the service window closes; null: it is closed, or has none.
    #[schema(required)]
    pub window_until: Option<Timestamp>,
}

page! { /// Templates.
TemplatePage of Template }

/// Which templates.
#[derive(Debug, Deserialize, IntoParams)]
pub struct TemplateQuery {
    /// Those of a channel's account.
    #[param(inline)]
    pub channel_id: Option<ChannelId>,
    #[param(max_length = 512)]
    pub name: Option<String>,
    /// `APPROVED` and the like, in the provider's words.
    #[param(max_length = 64)]
    pub status: Option<String>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// What a look at the provider's list came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateSync {
    /// Templates the account has.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub count: u32,
}
