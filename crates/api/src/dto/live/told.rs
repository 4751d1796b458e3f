//! Frames to the client. `batch` is the durable stream: ordered, never dropped, replayable; `signals` are fleeting: the
//! newest counts, any may be lost. Everything else frames these two.

use serde::Serialize;
use utoipa::ToSchema;

use super::asked::Section;
use crate::dto::attention::{Notification, NotificationCounts};
use crate::dto::availability::AvailabilityState;
use crate::dto::campaign::CampaignStanding;
use crate::dto::conversation::{Conversation, ConversationCounts};
use crate::dto::message::{Direction, Message};
use crate::dto::monitor::QueueStats;
use crate::dto::note::Note;
use crate::dto::scalar::{
    ContactId, ConversationId, MessageId, NoteId, NotificationId, Position, SessionId, TeamId, Timestamp, UserId,
};
use crate::dto::timeline::{ActivityActor, TimelineActivity};
use crate::dto::user::{Role, User};

super::words! {
    ReadyType = "ready" SnapshotType = "snapshot" BatchType = "batch" SignalsType = "signals" ResetType = "reset"
    ReplyType = "reply" NoticeType = "notice" ByeType = "bye"
    EventKind = "event" EnterKind = "enter" LeaveKind = "leave" ConversationResource = "conversation"
}

/// Whether the client keeps what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadyMode {
    /// Forget everything: snapshots follow, all of this position.
    Snapshot,
    /// Batches follow from where you stood.
    Resumed,
}

/// The connection is open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ready {
    #[schema(inline)]
    pub r#type: ReadyType,
    /// Of the `hello`; null after a reset.
    #[schema(required, max_length = 64)]
    pub id: Option<String>,
    pub mode: ReadyMode,
    /// Your session; null for keys.
    #[schema(required)]
    pub session_id: Option<SessionId>,
    #[schema(max_length = 100)]
    pub log_id: String,
    /// Where the client stands now: the snapshot's position, or the one it came with.
    pub pos: Position,
    pub head_pos: Position,
    pub user: LiveUser,
    /// The longest silence of the server.
    #[schema(minimum = 1, maximum = 600_000)]
    pub heartbeat_ms: u32,
    pub server: ServerInfo,
    pub limits: LiveLimits,
}

/// Who you are on this connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveUser {
    pub id: UserId,
    pub role: Role,
    #[schema(max_items = 10_000)]
    pub team_ids: Vec<TeamId>,
    /// What you may do, somewhere at least.
    #[schema(max_items = 200)]
    pub permissions: Vec<String>,
    /// Where your rights last changed.
    pub scope_version: Position,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServerInfo {
    #[schema(max_length = 40)]
    pub version: String,
    pub time: Timestamp,
}

/// What one connection may do.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct LiveLimits {
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub frame_bytes: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub frames_per_10s: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub open_max: u32,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub replay_max_events: u32,
}

/// A part of your state at a position. After `ready` the parts you asked for come in order; counts, queues and campaigns
/// come again when they change, `me` when something about your account did, and `notifications` when old ones show again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Snapshot {
    #[schema(inline)]
    pub r#type: SnapshotType,
    pub section: Section,
    pub pos: Position,
    pub data: SnapshotData,
    /// Continues the list under `GET /v1/conversations`; null where nothing is left or nothing can be continued.
    #[schema(required, max_length = 512)]
    pub next_cursor: Option<String>,
    /// Whether it is the last part.
    pub last: bool,
}

/// By section: `me`, `counts`, `queue.stats`, `campaigns`, `agents`, `conversations:…`, `notifications`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SnapshotData {
    Me(Box<User>),
    Counts(Box<CountsNow>),
    QueueStats(Vec<QueueStats>),
    Campaigns(Vec<CampaignStanding>),
    Agents(Vec<Colleague>),
    Conversations(Vec<Conversation>),
    Notifications(Vec<Notification>),
}

/// Everything that is counted for you.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountsNow {
    pub conversations: ConversationCounts,
    pub notifications: NotificationCounts,
}

/// A colleague, as far as live clients need them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Colleague {
    pub id: UserId,
    #[schema(max_length = 100)]
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub availability: AvailabilityState,
}

/// What happened after `prev` up to and including `pos`, as far as you see it. `prev` is where you stand. One without
/// items says that nothing of it was yours, and that the connection lives.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Batch {
    #[schema(inline)]
    pub r#type: BatchType,
    pub prev: Position,
    pub pos: Position,
    #[schema(max_items = 1_000)]
    pub items: Vec<Item>,
}

/// In the order of positions; items of one position come from one event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Item {
    Event(Box<EventItem>),
    Enter(Box<EnterItem>),
    Leave(LeaveItem),
}

/// Something happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventItem {
    #[schema(inline)]
    pub kind: EventKind,
    pub pos: Position,
    pub event: LiveEvent,
}

/// A conversation came into your sight.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnterItem {
    #[schema(inline)]
    pub kind: EnterKind,
    pub pos: Position,
    #[schema(inline)]
    pub resource: ConversationResource,
    pub id: ConversationId,
    pub reason: ScopeReason,
    /// Messages may have come that you were not told of: read the timeline again if it is open.
    pub messages_stale: bool,
    pub snapshot: Conversation,
}

/// A conversation went out of your sight: forget it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeaveItem {
    #[schema(inline)]
    pub kind: LeaveKind,
    pub pos: Position,
    #[schema(inline)]
    pub resource: ConversationResource,
    pub id: ConversationId,
    pub reason: ScopeReason,
}

/// Why a conversation came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeReason {
    /// It began.
    Opened,
    /// Its owner or its team changed.
    Reassigned,
    /// You were invited, or the invitation ended.
    Collaboration,
}

/// What happened, with the state after it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveEvent {
    /// The log's id, a colon and the position: the same for everybody, for ever.
    #[schema(max_length = 140)]
    pub id: String,
    /// `message.received` and the like; tolerate unknown ones.
    #[schema(max_length = 100)]
    pub r#type: String,
    /// When it happened, which may be before it was recorded.
    pub time: Timestamp,
    /// What it is about, `conversations/conv_…`.
    #[schema(max_length = 200)]
    pub subject: String,
    /// Who made it happen.
    pub actor: ActivityActor,
    /// The `Request-Id` of the request that caused it: how a client knows its own doings.
    #[schema(required, max_length = 64)]
    pub correlationid: Option<String>,
    pub data: EventData,
    /// The item would have been too large: read the event's own resource instead.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub data_truncated: bool,
    /// Where to read what was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub href: Option<String>,
    /// The conversation after it, as its list shows it to you; null where it is about none.
    #[schema(required)]
    pub conversation: Option<Conversation>,
}

/// What is particular to a type of event. Absent fields do not apply; `message`, `note` and `activity` come for
/// conversations that you have named under `open`.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct EventData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// `text`, `image` and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub message_type: Option<String>,
    /// The beginning of the message or note.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120)]
    pub preview: Option<String>,
    /// The sender's own name for the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 128)]
    pub client_ref: Option<String>,
    /// The message as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<NoteId>,
    /// The note as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Box<Note>>,
    /// The line of the timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<Box<TimelineActivity>>,
    /// The contact, or the one it was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// The colleague as they are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Box<Colleague>>,
    /// What you are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<Box<Notification>>,
    /// The one you have read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_id: Option<NotificationId>,
    /// And every one before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_too: Option<bool>,
}

/// What colleagues do right now. Replaces what was said before about this conversation, or about these colleagues.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Signals {
    Conversation(ConversationSignals),
    Presence(PresenceSignals),
}

/// Everybody who does something in a conversation; empty: nobody any more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationSignals {
    #[schema(inline)]
    pub r#type: SignalsType,
    pub conversation_id: ConversationId,
    #[schema(max_items = 1_000)]
    pub agents: Vec<AgentSignal>,
    /// The customer is writing; only channels that tell it ever say so, WhatsApp does not.
    pub contact_typing: bool,
}

/// What one colleague does in a conversation: the strongest of what they said.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AgentSignal {
    pub user_id: UserId,
    pub state: SignalState,
    pub since: Timestamp,
}

/// From weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalState {
    Viewing,
    Replying,
    Typing,
}

/// Whose connection changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresenceSignals {
    #[schema(inline)]
    pub r#type: SignalsType,
    #[schema(max_items = 10_000)]
    pub presence: Vec<AgentPresence>,
}

/// Whether a colleague is connected.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AgentPresence {
    pub user_id: UserId,
    pub state: PresenceState,
    /// On how many devices.
    #[schema(minimum = 0, maximum = 10_000)]
    pub devices: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    Online,
    /// Connected, and nothing was done for a while.
    Idle,
    Offline,
}

/// Forget everything but drafts; `ready` with a snapshot follows on this connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reset {
    #[schema(inline)]
    pub r#type: ResetType,
    pub reason: ResetReason,
    #[schema(max_length = 100)]
    pub log_id: String,
    pub oldest_pos: Position,
    pub head_pos: Position,
    #[schema(required, max_length = 200)]
    pub detail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// Another log: a restored backup, another deployment.
    LogChanged,
    /// You claim to know more than there is.
    PositionAhead,
    PositionGone,
    /// So much happened that a snapshot is less.
    ReplayTooLong,
    /// What you may see changed.
    ScopeChanged,
}

/// The answer to a frame of yours.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reply {
    #[schema(inline)]
    pub r#type: ReplyType,
    /// Of the frame; null where it had none that could be read.
    #[schema(required, max_length = 64)]
    pub id: Option<String>,
    pub ok: bool,
    /// From this position on the new subscription holds: read timelines as they are at the one before it or later, and
    /// nothing is missing.
    #[schema(required)]
    pub effective_pos: Option<Position>,
    #[schema(required)]
    pub error: Option<ReplyError>,
}

/// What was wrong with it; match `code`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplyError {
    #[serde(rename = "type")]
    #[schema(pattern = "^/problems/[a-z][a-z-]{0,63}$")]
    pub type_uri: String,
    #[schema(max_length = 200)]
    pub title: String,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    #[schema(pattern = "^[a-z][a-z-]{0,63}$")]
    pub code: String,
    #[schema(required, max_length = 2000)]
    pub detail: Option<String>,
}

/// Something to know in advance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notice {
    #[schema(inline)]
    pub r#type: NoticeType,
    pub code: NoticeCode,
    #[schema(minimum = 0, maximum = 86_400_000)]
    pub after_ms: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// Send `auth` with a newer token before then.
    TokenExpiring,
}

/// The last frame: why the connection is closed, and what to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Bye {
    #[schema(inline)]
    pub r#type: ByeType,
    /// The close code that follows. 4000 to 4099: come back and resume; 4100 to 4199: renew the token or sign in, then
    /// resume; 4200 to 4299: stop.
    #[schema(minimum = 4000, maximum = 4299)]
    pub code: u16,
    #[schema(max_length = 100)]
    pub reason: String,
    pub reconnect: bool,
    pub resume: bool,
    /// Wait this long.
    #[schema(minimum = 0, maximum = 600_000)]
    pub after_ms: u32,
}

/// Any frame of the server.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Frame {
    Ready(Box<Ready>),
    Snapshot(Snapshot),
    Batch(Batch),
    Signals(Signals),
    Reset(Reset),
    Reply(Reply),
    Notice(Notice),
    Bye(Bye),
}
