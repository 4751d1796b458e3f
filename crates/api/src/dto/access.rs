//! Why somebody sees a conversation, who was invited into one, and the settings that bear on it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::page;
use super::scalar::{ConversationId, HoursId, Position, Timestamp, UserId};

/// A ground for seeing a conversation, or for not seeing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// It is assigned to them.
    Assignee,
    /// Their role sees every conversation of their brands.
    Role,
    /// They are a member of its team.
    TeamMember,
    /// Its team's walls are open.
    OpenTeam,
    /// It is in no team.
    CommonQueue,
    /// They were invited into it.
    Collaborator,
    /// They do not work for its brand.
    OutsideBrand,
    /// It is in a team with closed walls that they are no member of.
    OutsideTeam,
    /// Their role shows them their own conversations only.
    RoleOwnOnly,
    /// The settings hide colleagues' conversations from agents.
    TeamHidden,
    /// Their custom role does not include reading conversations.
    NotPermitted,
    /// The account is closed.
    AccountClosed,
    /// The account did not exist then.
    AccountUnknown,
    /// The conversation did not exist then.
    ConversationUnknown,
}

/// Whom and what to explain.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ExplanationQuery {
    #[param(inline)]
    pub user_id: UserId,
    #[param(inline)]
    pub conversation_id: ConversationId,
    /// As it stood at this position of the log; absent: now.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub as_of_pos: Option<u64>,
    /// The same by time. Not together with `as_of_pos`.
    #[param(inline)]
    pub as_of: Option<Timestamp>,
}

/// Why somebody can, or cannot, see a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessExplanation {
    pub user_id: UserId,
    pub conversation_id: ConversationId,
    pub can_see: bool,
    /// Whether they may write to the customer there.
    pub can_reply: bool,
    /// All grounds by which they see it, or what keeps it from them.
    #[schema(max_items = 8)]
    pub reasons: Vec<AccessReason>,
    /// The position since which the answer has been the same.
    pub since_pos: Position,
    /// The position the answer is for.
    pub as_of: Position,
}

/// Somebody invited into a conversation from behind a wall.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Collaborator {
    pub user_id: UserId,
    #[schema(max_length = 1000)]
    pub name: String,
}
page! { /// Those invited, until the conversation is resolved.
CollaboratorPage of Collaborator }

/// What Agents may do beyond their own conversations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgentSettings {
    /// They see and answer their teams' conversations.
    pub see_team: bool,
    /// They may resolve, reopen and snooze what a teammate has.
    pub resolve_team: bool,
}

/// What holds for everybody who is given work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoutingSettings {
    /// Open conversations of a person at most, unless their routing profile says otherwise; null: as many as come.
    #[schema(required, minimum = 1, maximum = 1_000)]
    pub max_open_default: Option<u32>,
}

/// What the workspace decides for itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settings {
    pub version: Position,
    pub agents: AgentSettings,
    /// A customer who writes within this time after `resolved` reopens the conversation.
    #[schema(minimum = 0, maximum = 31_536_000)]
    pub reopen_window_seconds: i64,
    /// Texts that leave a resolved conversation resolved.
    #[schema(max_items = 500)]
    pub courtesy_phrases: Vec<String>,
    pub routing: RoutingSettings,
    pub metrics: MetricSettings,
    pub bot: BotSettings,
    pub contacts: ContactSettings,
}

/// What holds while a bot has a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BotSettings {
    /// Words by which a customer asks for a person, at any time and anywhere in a message.
    #[schema(max_items = 500)]
    pub person_phrases: Vec<String>,
}

/// A change of what holds while a bot has a conversation. Absent fields stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBotSettings {
    #[schema(max_items = 500, nullable = false)]
    pub person_phrases: Option<Vec<String>>,
}

/// What holds for contacts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactSettings {
    /// Attributes that are not defined cannot be set.
    pub defined_attributes_only: bool,
    /// What customers write to get no more marketing, beside what everybody knows ("stop", "unsubscribe", …).
    #[schema(max_items = 100)]
    pub opt_out_phrases: Vec<String>,
    /// What they write to get it again, beside "start", "subscribe", ….
    #[schema(max_items = 100)]
    pub opt_in_phrases: Vec<String>,
}

/// A change of what holds for contacts. Absent fields stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateContactSettings {
    #[schema(nullable = false)]
    pub defined_attributes_only: Option<bool>,
    #[schema(max_items = 100, nullable = false)]
    pub opt_out_phrases: Option<Vec<String>>,
    #[schema(max_items = 100, nullable = false)]
    pub opt_in_phrases: Option<Vec<String>>,
}

/// By what numbers are worked out. A change makes a new version of their definition; nothing that happened changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MetricSettings {
    /// How long a contact has to come back before their matter counts as solved at the first contact.
    #[schema(minimum = 3_600, maximum = 7_776_000)]
    pub fcr_window_seconds: i64,
    /// The calendar of business time where a queue has none of its own; null: there is no business time.
    #[schema(required)]
    pub hours_id: Option<HoursId>,
}

/// A change of what numbers are worked out by. Absent fields stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMetricSettings {
    #[schema(minimum = 3_600, maximum = 7_776_000, nullable = false)]
    pub fcr_window_seconds: Option<i64>,
    /// Null: there is no business time but that of queues.
    #[serde(default)]
    #[schema(value_type = Option<HoursId>)]
    pub hours_id: crate::extract::Patch<HoursId>,
}

/// A change of what Agents may do. Absent fields stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAgentSettings {
    #[schema(nullable = false)]
    pub see_team: Option<bool>,
    #[schema(nullable = false)]
    pub resolve_team: Option<bool>,
}

/// A change of what holds for everybody who is given work. Absent fields stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoutingSettings {
    /// Null: as many as come.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000)]
    pub max_open_default: crate::extract::Patch<u32>,
}

/// A change of the settings. Absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettings {
    #[schema(nullable = false)]
    pub agents: Option<UpdateAgentSettings>,
    #[schema(minimum = 0, maximum = 31_536_000, nullable = false)]
    pub reopen_window_seconds: Option<i64>,
    /// Lower case, without closing punctuation.
    #[schema(max_items = 500, nullable = false)]
    pub courtesy_phrases: Option<Vec<String>>,
    #[schema(nullable = false)]
    pub routing: Option<UpdateRoutingSettings>,
    #[schema(nullable = false)]
    pub metrics: Option<UpdateMetricSettings>,
    #[schema(nullable = false)]
    pub bot: Option<UpdateBotSettings>,
    pub contacts: Option<UpdateContactSettings>,
}
