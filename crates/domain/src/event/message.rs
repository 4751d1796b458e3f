//! Facts about messages, both ways.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{facts, facts_and_private};
use crate::charge::Charge;
use crate::content::{Content, MessageKind};
use crate::conversation::Clocks;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::inbound::{MessageContext, ProviderError};
use crate::time::Timestamp;

/// A customer wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageReceived {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub kind: MessageKind,
    /// Group messages: the participant who wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<ContactId>,
    /// Finds the message by the provider's id.
    pub provider_key: BlindKey,
    /// The provider's time was kept within the believable range.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clamped: bool,
    /// It arrived long after it was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// A "thanks" after resolve that left the conversation resolved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub courtesy_after_resolve: bool,
    /// A short text that began or followed an episode: whether it was a courtesy can be asked again with another list of them,
    /// see [`crate::settings::phrase_key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phrase_key: Option<BlindKey>,
    /// It answers this satisfaction survey, or says why it was answered so: no clock looks at it, and nothing reopens by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey_id: Option<CsatId>,
    /// From a blocked contact: stored, and nothing else happens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// The file it carries, to be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<MediaId>,
    /// The message it quotes, where we know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_id: Option<MessageId>,
    /// The service window after it (absent: not changed, as in groups).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<Timestamp>,
    /// Came through an advertisement: a reply within 24 h opens the free entry point.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub referred: bool,
    /// Positions of reactions, edits and revokes that came before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<u64>,
    pub clocks: Clocks,
    #[serde(skip)]
    pub private: Option<ReceivedPrivate>,
}
facts_and_private!(MessageReceived = "message.received");

impl MessageReceived {
    /// Whether it asks for an answer: no courtesy, no answer to a survey, and not from a blocked contact.
    pub fn asks(&self) -> bool {
        !self.blocked && !self.courtesy_after_resolve && self.survey_id.is_none()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReceivedPrivate {
    pub provider_id: String,
    pub content: Content,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<MessageContext>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
}

/// Who reacted, edited or revoked.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Customer,
    /// Staff, through us or in the phone app.
    Business,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageReacted {
    pub conversation_id: ConversationId,
    /// The message reacted to. Absent while it is unknown to us; then `target_key` will find it.
    pub message_id: Option<MessageId>,
    pub target_key: BlindKey,
    pub by: Side,
    /// A group participant.
    pub author_id: Option<ContactId>,
    pub removed: bool,
    /// The provider's time; of two reactions the later counts.
    pub at: Timestamp,
    #[serde(skip)]
    pub private: Option<ReactionPrivate>,
}
facts_and_private!(MessageReacted = "message.reacted");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReactionPrivate {
    pub emoji: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageEdited {
    pub conversation_id: ConversationId,
    /// Absent while the original is unknown to us; then `target_key` will find it.
    pub message_id: Option<MessageId>,
    pub target_key: BlindKey,
    pub by: Side,
    pub at: Timestamp,
    /// Fills an imported message's missing attachment; not an edit anybody made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub completes: bool,
    /// The file it brings, to be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<MediaId>,
    #[serde(skip)]
    pub private: Option<EditPrivate>,
}
facts_and_private!(MessageEdited = "message.edited");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EditPrivate {
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageRevoked {
    pub conversation_id: ConversationId,
    pub message_id: Option<MessageId>,
    pub target_key: BlindKey,
    pub by: Side,
    pub at: Timestamp,
}
facts!(MessageRevoked = "message.revoked");

/// Staff wrote in the phone app: outbound, already sent, author unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageEchoed {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub kind: MessageKind,
    pub provider_key: BlindKey,
    pub media_id: Option<MediaId>,
    /// Positions of reactions, edits and revokes that came before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<u64>,
    pub clocks: Clocks,
    #[serde(skip)]
    pub private: Option<ReceivedPrivate>,
}
facts_and_private!(MessageEchoed = "message.echoed");

/// From before we were connected. Moves no clock, opens no window, tells nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageImported {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub inbound: bool,
    pub kind: MessageKind,
    pub provider_key: BlindKey,
    pub status: Option<String>,
    /// Positions of reactions, edits and revokes that came before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<u64>,
    #[serde(skip)]
    pub private: Option<ReceivedPrivate>,
}
facts_and_private!(MessageImported = "message.imported");

/// Who sends.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case", tag = "type", content = "id")]
pub enum Sender {
    User(UserId),
    /// Greeting, bot, automation: never a human reply.
    System,
    /// One of many that are sent the same: neither a reply nor an answer.
    Campaign(CampaignId),
}

/// An outbound message exists and will be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageQueued {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub sender: Sender,
    /// `reaction` is an annotation sent like a message.
    pub kind: MessageKind,
    pub reply_to_id: Option<MessageId>,
    pub client_ref: Option<String>,
    /// The uploaded file it carries.
    pub media_id: Option<MediaId>,
    /// A template: allowed outside the service window, and barred by restrictions on business-initiated messages.
    pub template: bool,
    pub clocks: Clocks,
    #[serde(skip)]
    pub private: Option<QueuedPrivate>,
}
facts_and_private!(MessageQueued = "message.queued");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QueuedPrivate {
    pub content: Content,
    /// The quoted message's provider id, or a reaction's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_provider_id: Option<String>,
}

/// A message is written and will be queued at its time, under the same id. Until then it starts no clock and answers
/// nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageScheduled {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub sender: Sender,
    pub kind: MessageKind,
    pub reply_to_id: Option<MessageId>,
    pub client_ref: Option<String>,
    pub media_id: Option<MediaId>,
    pub template: bool,
    pub scheduled_at: Timestamp,
    /// Whatever the customer writes before then takes it back.
    pub cancel_if_customer_writes: bool,
    #[serde(skip)]
    pub private: Option<QueuedPrivate>,
}
facts_and_private!(MessageScheduled = "message.scheduled");

/// Another time for a scheduled message, or another content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageScheduleChanged {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    /// Whoever wrote the content that stands now.
    pub sender: Sender,
    pub kind: MessageKind,
    pub media_id: Option<MediaId>,
    pub template: bool,
    pub scheduled_at: Timestamp,
    pub cancel_if_customer_writes: bool,
    /// The content is this event's; otherwise the one before stands.
    pub rewritten: bool,
    #[serde(skip)]
    pub private: Option<QueuedPrivate>,
}
facts_and_private!(MessageScheduleChanged = "message.schedule_changed");

/// Why a scheduled message will not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// A person took it back.
    Request,
    /// The customer wrote before its time.
    CustomerWrote,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageScheduleCancelled {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub cause: CancelCause,
}
facts!(MessageScheduleCancelled = "message.schedule_cancelled");

/// At its time it could not be queued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageScheduleFailed {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    /// Who is told.
    pub sender: Sender,
    /// As in [`MessageRefused`], and `sender_not_allowed`, `content_lost`.
    pub reason: String,
}
facts!(MessageScheduleFailed = "message.schedule_failed");

/// The next thing that happens is the call to the provider. Written before it, so that a crash can never
/// hide an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageDispatchStarted {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    /// 1 for the first.
    pub attempt: u32,
}
facts!(MessageDispatchStarted = "message.dispatch_started");

/// The provider took it and gave it a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageAccepted {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub attempt: u32,
    pub provider_key: BlindKey,
    /// Kept back by the provider for a quality check.
    pub held: bool,
    /// How we know: the answer, or a delivery report carrying our reference.
    pub by_report: bool,
    /// The answer to a customer from an advertisement opens the free entry point until then.
    pub free_entry_until: Option<Timestamp>,
    #[serde(skip)]
    pub private: Option<AcceptedPrivate>,
}
facts_and_private!(MessageAccepted = "message.accepted");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AcceptedPrivate {
    pub provider_id: String,
}

/// What follows a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterRefusal {
    /// Tried again by itself not before `retry_at`.
    Retry,
    /// The number waits; tried again when it may send.
    Hold,
    /// Final.
    Fail,
}

/// The provider (or we, before calling) said no, and nothing was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageRefused {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub attempt: u32,
    /// The provider's code; absent when it was never asked.
    pub code: Option<i64>,
    /// Our word for it: `service_window_closed`, `expired`, `contact_erased`, `number_barred`, `provider_refused`,
    /// `not_reached`, …
    pub reason: String,
    pub then: AfterRefusal,
    pub retry_at: Option<Timestamp>,
    pub clocks: Option<Clocks>,
    #[serde(skip)]
    pub private: Option<RefusalPrivate>,
}
facts_and_private!(MessageRefused = "message.refused");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RefusalPrivate {
    pub error: ProviderError,
}

/// The request left and no answer came: it may or may not have been sent. Never sent again by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageUncertain {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub attempt: u32,
    /// `timeout`, `connection_lost`, `unreadable_answer`, `restarted`.
    pub reason: String,
}
facts!(MessageUncertain = "message.uncertain");

/// A delivery report that says something new.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageStatusObserved {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub status: String,
    /// The provider's time.
    pub at: Timestamp,
    /// A group participant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<BlindKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// Verbatim, on the first report that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Value>,
    /// Beside the pricing: the recipient's country calling code, see [`crate::market`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// On the one report after which the message has arrived and its price is known: how it is metered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Charge>,
    /// Present where it moved them: a failed reply gives the waiting customer back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks: Option<Clocks>,
    #[serde(skip)]
    pub private: Option<RefusalPrivate>,
}
facts_and_private!(MessageStatusObserved = "message.status_observed");

/// A delivery report for a message we do not know (yet): kept on the channel until its message is known.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct MessageStatusParked {
    pub channel_id: ChannelId,
    pub provider_key: BlindKey,
    pub status: String,
    pub at: Timestamp,
    pub participant: Option<BlindKey>,
    pub code: Option<i64>,
    #[borsh(
        serialize_with = "crate::snapshot::write_json_option",
        deserialize_with = "crate::snapshot::read_json_option"
    )]
    pub pricing: Option<Value>,
    #[serde(default)]
    pub market: Option<String>,
}
facts!(MessageStatusParked = "message.status_parked");

/// A person decided to send a failed or uncertain message again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageResendRequested {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    /// The earlier attempt may have arrived.
    pub possible_duplicate: bool,
    pub clocks: Clocks,
}
facts!(MessageResendRequested = "message.resend_requested");

/// The customer was shown that their messages were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageReadReceiptSent {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}
facts!(MessageReadReceiptSent = "message.read_receipt_sent");
