//! What an agent sends, with the Cloud API's field names: `{"type": "text", "text": {"body": "…"}}`. The
//! object stands under the key of its type. Whether it makes sense (the right key, a closed window, a template
//! that fits) is decided by the desk and answered 409 or 422.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::scalar::{CannedReplyId, MediaId, MessageId, Position, Timestamp};

/// What can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutboundType {
    Text,
    Image,
    Video,
    Audio,
    Document,
    Sticker,
    Location,
    Contacts,
    Interactive,
    Template,
}

/// What to do when somebody wrote after `after_pos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnStale {
    #[default]
    Reject,
    Send,
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    pub r#type: OutboundType,
    pub text: Option<Text>,
    pub image: Option<MediaWithCaption>,
    pub video: Option<MediaWithCaption>,
    pub audio: Option<Audio>,
    pub document: Option<Document>,
    pub sticker: Option<Sticker>,
    pub location: Option<Location>,
    /// As in the Cloud API.
    #[schema(value_type = Option<Vec<Object>>, min_items = 1, max_items = 20)]
    pub contacts: Option<Vec<Value>>,
    /// Buttons or a list, as in the Cloud API.
    #[schema(value_type = Option<Object>)]
    pub interactive: Option<Value>,
    pub template: Option<TemplateToSend>,
    /// The message this one answers.
    pub reply_to_id: Option<MessageId>,
    /// The client's own name for it, given back everywhere.
    #[schema(max_length = 128)]
    pub client_ref: Option<String>,
    /// The canned reply it was written with, for its uses to be counted.
    pub canned_reply_id: Option<CannedReplyId>,
    /// The newest position the author had seen: somebody else's later message makes this reply stale.
    pub after_pos: Option<Position>,
    pub on_stale: Option<OnStale>,
    /// Queue it then and not now, at most 366 days ahead. No service window need be open yet; everything is checked again
    /// at that time.
    pub scheduled_at: Option<Timestamp>,
    /// With `scheduled_at`: whatever the customer writes before then takes it back.
    pub cancel_if_customer_writes: Option<bool>,
    /// Nobody wrote it: it counts as no answer of a person's, and its author is `system`. For keys of programs alone.
    pub automated: Option<bool>,
}

/// What changes of a message that waits for its time. A new content is written as a new message's is, with its `type`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMessage {
    pub r#type: Option<OutboundType>,
    pub text: Option<Text>,
    pub image: Option<MediaWithCaption>,
    pub video: Option<MediaWithCaption>,
    pub audio: Option<Audio>,
    pub document: Option<Document>,
    pub sticker: Option<Sticker>,
    pub location: Option<Location>,
    /// As in the Cloud API.
    #[schema(value_type = Option<Vec<Object>>, min_items = 1, max_items = 20)]
    pub contacts: Option<Vec<Value>>,
    /// Buttons or a list, as in the Cloud API.
    #[schema(value_type = Option<Object>)]
    pub interactive: Option<Value>,
    pub template: Option<TemplateToSend>,
    pub scheduled_at: Option<Timestamp>,
    pub cancel_if_customer_writes: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    #[schema(min_length = 1, max_length = 4096)]
    pub body: String,
    pub preview_url: Option<bool>,
}

/// A file with words under it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaWithCaption {
    /// An uploaded file.
    pub id: MediaId,
    #[schema(max_length = 1024)]
    pub caption: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    pub id: MediaId,
    /// A voice message.
    pub voice: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub id: MediaId,
    #[schema(max_length = 1024)]
    pub caption: Option<String>,
    #[schema(min_length = 1, max_length = 240)]
    pub filename: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sticker {
    pub id: MediaId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: f64,
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: f64,
    #[schema(max_length = 1000)]
    pub name: Option<String>,
    #[schema(max_length = 1000)]
    pub address: Option<String>,
}

/// A template by name and language with its parameters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateToSend {
    #[schema(pattern = "^[a-z0-9_]{1,512}$")]
    pub name: String,
    pub language: TemplateLanguage,
    /// As in the Cloud API.
    #[schema(value_type = Option<Vec<Object>>, max_items = 20)]
    pub components: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateLanguage {
    #[schema(pattern = "^[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?$")]
    pub code: String,
    /// As in the Cloud API, which knows one and takes it for granted.
    pub policy: Option<LanguagePolicy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LanguagePolicy {
    Deterministic,
}
