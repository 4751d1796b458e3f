//! Messages as the timeline shows them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{ConversationId, CsatId, MediaId, MessageId, Position, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Inbound,
    Outbound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorType {
    Contact,
    User,
    /// Staff in the phone app.
    PhoneApp,
    /// Automation: a rule of it, whose id is given.
    Bot,
    System,
    Campaign,
}

/// Who wrote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Author {
    pub r#type: AuthorType,
    /// The contact, user, automation rule or campaign, where known.
    #[schema(required, max_length = 40)]
    pub id: Option<String>,
    /// What the team calls them.
    #[schema(required, max_length = 1000)]
    pub name: Option<String>,
}

/// Where a message stands. Only ever moves forward, except that `uncertain` can become anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// From the customer.
    Received,
    /// Waits for its time.
    Scheduled,
    /// Taken back before its time.
    Cancelled,
    /// Durable here, not yet handed over.
    Queued,
    /// Being handed to the provider.
    Sending,
    /// The provider has it.
    Accepted,
    /// The provider keeps it back for a check of its quality.
    Held,
    /// On its way to the phone.
    Sent,
    Delivered,
    Read,
    /// A voice message was listened to.
    Played,
    Failed,
    /// The provider did not answer: it may or may not have it. A human decides whether to send again.
    Uncertain,
}

/// One step of a message's way.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusChange {
    pub status: MessageStatus,
    pub at: Timestamp,
}

/// Why a message failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageError {
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(required, max_length = 1000)]
    pub title: Option<String>,
    #[schema(required, minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub provider_code: Option<i64>,
    pub retryable: bool,
}

/// A file of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageMedia {
    pub id: MediaId,
    #[schema(required, max_length = 255)]
    pub mime_type: Option<String>,
    #[schema(required)]
    pub size_bytes: Option<Position>,
    #[schema(required, max_length = 255)]
    pub filename: Option<String>,
    pub state: super::media::MediaState,
}

/// Somebody's sign under a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageReaction {
    pub author: Author,
    #[schema(max_length = 32)]
    pub emoji: String,
    pub at: Timestamp,
}

/// A message. Its content stands under the key named by `type`, with the Cloud API's field names; types
/// this server does not know are given as they came.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub version: Position,
    pub conversation_id: ConversationId,
    /// Position of the event that made it.
    pub pos: Position,
    pub direction: Direction,
    pub author: Author,
    #[schema(max_length = 64)]
    pub r#type: String,
    pub status: MessageStatus,
    #[schema(max_items = 1000)]
    pub status_history: Vec<StatusChange>,
    /// The provider's id, once known.
    #[schema(required, max_length = 512)]
    pub provider_message_id: Option<String>,
    #[schema(required)]
    pub reply_to_id: Option<MessageId>,
    #[schema(required, max_length = 128)]
    pub client_ref: Option<String>,
    /// When it is queued, or was; null for what was written to be sent at once.
    #[schema(required)]
    pub scheduled_at: Option<Timestamp>,
    /// Until then whatever the customer writes takes it back.
    pub cancel_if_customer_writes: bool,
    #[schema(required)]
    pub error: Option<MessageError>,
    #[schema(required)]
    pub media: Option<MessageMedia>,
    #[schema(max_items = 1000)]
    pub reactions: Vec<MessageReaction>,
    /// The advertisement it came through, as the provider told.
    #[schema(required, value_type = Option<Object>)]
    pub referral: Option<Value>,
    /// Why the provider could not carry a customer's content, as it told.
    #[schema(required, value_type = Option<Vec<Object>>, max_items = 100)]
    pub provider_errors: Option<Value>,
    /// From before the number was connected: moved no clock.
    pub imported: bool,
    /// It arrived long after it was written.
    pub late: bool,
    /// A "thanks" that left a resolved conversation resolved.
    pub courtesy_after_resolve: bool,
    /// It answers this satisfaction survey, or says why it was answered so: nothing reopened by it.
    #[schema(required)]
    pub survey_id: Option<CsatId>,
    /// An earlier attempt may have arrived as well.
    pub possible_duplicate: bool,
    pub created_at: Timestamp,
    #[schema(required)]
    pub edited_at: Option<Timestamp>,
    /// The author took it back; the words stay readable for the team.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
    /// The content under its type's key (`text`, `image`, …).
    #[serde(flatten)]
    #[schema(ignore)]
    pub content: Map<String, Value>,
}
page! { /// Messages, newest first.
MessagePage of Message }

/// One try to hand a message over, or one report about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusReport {
    pub status: MessageStatus,
    pub at: Timestamp,
    /// The try it belongs to, from 1; null for what the provider reported later.
    #[schema(required, minimum = 1, maximum = 1_000_000)]
    pub attempt: Option<u32>,
    #[schema(required)]
    pub error: Option<MessageError>,
}

/// Everything known about a message's way, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusReports {
    #[schema(max_items = 1000)]
    pub data: Vec<StatusReport>,
    pub as_of: Position,
}

/// One's sign under a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetReaction {
    #[schema(min_length = 1, max_length = 16)]
    pub emoji: String,
}
