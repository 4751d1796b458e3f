//! Frames from the client. Each stands alone as a JSON object in a text frame of at most 16 KiB.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::dto::scalar::{ChannelId, ConversationId, Position, TeamId};

/// The first frame of every connection, within five seconds.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    #[schema(inline)]
    pub r#type: HelloType,
    /// Comes back in `ready`.
    #[schema(max_length = 64)]
    pub id: Option<String>,
    /// Version of the protocol: 1.
    #[schema(minimum = 0, maximum = 1_000)]
    pub v: u16,
    /// An access token or an API key, where the upgrade came without `Authorization`.
    #[schema(max_length = 4096)]
    pub token: Option<String>,
    /// One from `POST /v1/live/tickets`, instead of a token.
    #[schema(max_length = 128)]
    pub ticket: Option<String>,
    /// Who speaks; for the server's log.
    pub client: Option<ClientInfo>,
    /// Where the client stands; absent: it has nothing yet.
    pub resume: Option<Resume>,
    pub filter: Option<Filter>,
    /// Conversations whose messages and notes arrive whole.
    #[schema(max_items = 20)]
    pub open: Option<Vec<ConversationId>>,
    /// What a snapshot holds; absent: `me`, `counts`, `agents`, `conversations:mine`, `notifications`.
    #[schema(max_items = 9)]
    pub snapshot: Option<Vec<Section>>,
}

/// A client's name and version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientInfo {
    #[schema(max_length = 64)]
    pub name: String,
    #[schema(max_length = 64)]
    pub version: Option<String>,
}

/// A place in a log: everything up to it is known.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    #[schema(max_length = 100)]
    pub log_id: String,
    pub pos: Position,
}

/// Narrows what arrives; never widens it. Keys must all match, within a key any.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Event types, `message.received`, or all of a kind, `message.*`.
    #[serde(default)]
    #[schema(max_items = 32)]
    pub types: Vec<TypePattern>,
    #[serde(default)]
    #[schema(max_items = 200)]
    pub channels: Vec<ChannelId>,
    #[serde(default)]
    #[schema(max_items = 200)]
    pub teams: Vec<TeamId>,
}

/// An event type, or all of a kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct TypePattern(pub String);

impl PartialSchema for TypePattern {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some("^([a-z_]{1,40}[.]([a-z_]{1,60}|[*])|[*])$")).build().into()
    }
}
impl ToSchema for TypePattern {
    fn name() -> Cow<'static, str> {
        "TypePattern".into()
    }
}

/// A part of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Section {
    /// Yourself.
    #[serde(rename = "me")]
    Me,
    /// How many conversations each view has. Told anew when they change, once a second at most.
    #[serde(rename = "counts")]
    Counts,
    /// How the queues you work on stand, as `GET /v1/queue-monitor` shows them. Told anew, all of them, when a figure
    /// changes, once a second at most; that waits grow longer changes none.
    #[serde(rename = "queue.stats")]
    QueueStats,
    /// How far your newest 20 launched campaigns are. Told anew, all of them, when a figure changes, once a second at most.
    #[serde(rename = "campaigns")]
    Campaigns,
    /// The colleagues you see.
    #[serde(rename = "agents")]
    Agents,
    /// Your newest notifications.
    #[serde(rename = "notifications")]
    Notifications,
    #[serde(rename = "conversations:all")]
    ConversationsAll,
    #[serde(rename = "conversations:mine")]
    ConversationsMine,
    #[serde(rename = "conversations:unassigned")]
    ConversationsUnassigned,
    #[serde(rename = "conversations:mentions")]
    ConversationsMentions,
}

/// Replaces filter and open conversations.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    #[schema(inline)]
    pub r#type: SubscribeType,
    #[schema(max_length = 64)]
    pub id: Option<String>,
    pub filter: Option<Filter>,
    #[schema(max_items = 20)]
    pub open: Option<Vec<ConversationId>>,
}

/// What somebody is doing in a conversation right now. Said again it lasts longer; unsaid it ends by itself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    #[schema(inline)]
    pub r#type: SignalType,
    #[schema(max_length = 64)]
    pub id: Option<String>,
    pub kind: SignalKind,
    pub conversation_id: ConversationId,
    /// With `typing`: the customer may be shown it too, where the channel can.
    #[serde(default)]
    pub public: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// It is on the screen: for 30 seconds.
    Viewing,
    /// For 6 seconds.
    Typing,
    /// There is a draft: for 60 seconds.
    Replying,
    /// None of these any more.
    Stop,
}

/// A newer access token of the same session.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    #[schema(inline)]
    pub r#type: AuthType,
    #[schema(max_length = 64)]
    pub id: Option<String>,
    #[schema(max_length = 4096)]
    pub token: String,
}

/// Answered by `reply`, and by a batch without items where you have passed positions since you were last told.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ping {
    #[schema(inline)]
    pub r#type: PingType,
    #[schema(max_length = 64)]
    pub id: Option<String>,
}

super::words! { HelloType = "hello" SubscribeType = "subscribe" SignalType = "signal" AuthType = "auth" PingType = "ping" }
