//! Words in what one may read.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::condition::Condition;
use super::conversation::{Conversation, ConversationStatus, Priority};
use super::message::Direction;
use super::page::PageInfo;
use super::scalar::{
    BrandId, CampaignId, ChannelId, ContactId, ConversationId, MessageId, NoteId, Position, TeamId, Timestamp,
};

/// What is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    Message,
    Note,
    /// Names and numbers: finds the contact's conversations.
    Contact,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchDirection {
    Inbound,
    Outbound,
}

/// In which order conversations come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub enum SearchSort {
    /// Those where the words stand together as typed, and whole, then the newest.
    #[default]
    #[serde(rename = "relevance")]
    Relevance,
    #[serde(rename = "-written_at")]
    WrittenAt,
}

/// What is looked for, and where. What is absent narrows nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchConversations {
    /// All of it must be there: words in any order, the last one perhaps only begun, by three letters at least;
    /// `"in quotation marks"` as it stands; at least four digits of a number, however it is written. Case and accents do not
    /// matter.
    #[schema(min_length = 1, max_length = 200)]
    pub text: String,
    /// All, if absent or empty.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub kinds: Vec<SearchKind>,
    /// Of messages.
    pub direction: Option<SearchDirection>,
    #[serde(default)]
    #[schema(max_items = 4)]
    pub status: Vec<ConversationStatus>,
    #[serde(default)]
    #[schema(max_items = 5)]
    pub priority: Vec<Priority>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub channel_ids: Vec<ChannelId>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub brand_ids: Vec<BrandId>,
    pub team_id: Option<TeamId>,
    /// A user, `me` or `none`.
    #[schema(pattern = "^(me|none|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$")]
    pub assignee_id: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    pub tag: Option<String>,
    /// With all who were merged with them.
    pub contact_id: Option<ContactId>,
    /// That a campaign wrote in.
    pub campaign_id: Option<CampaignId>,
    /// Further conditions on the conversation as it is now, beside the fields above. Asks `channel_id`, `brand_id`, `team_id`,
    /// `last_assignee_id` (who has it), `tag`, `priority`, `status` and `episode`.
    pub filter: Option<Condition>,
    /// Written at this time or later.
    pub written_from: Option<Timestamp>,
    /// Written before this time.
    pub written_until: Option<Timestamp>,
    #[serde(default)]
    pub sort: SearchSort,
    /// Hits shown of one conversation; 3 when absent.
    #[schema(minimum = 1, maximum = 10)]
    pub hits_max: Option<u8>,
    /// Where the page before ended.
    #[schema(max_length = 512)]
    pub cursor: Option<String>,
    /// Conversations of the page; 20 when absent.
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<u16>,
}

/// From and to, in characters (Unicode code points) of the excerpt.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Mark {
    #[schema(minimum = 0, maximum = 200)]
    pub from: u32,
    #[schema(minimum = 0, maximum = 200)]
    pub to: u32,
}

/// Something that was found, with the words around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    pub kind: SearchKind,
    /// Where it stands; null of a contact.
    #[schema(required)]
    pub conversation_id: Option<ConversationId>,
    #[schema(required)]
    pub message_id: Option<MessageId>,
    #[schema(required)]
    pub note_id: Option<NoteId>,
    /// The contact that stands for whoever was found, where they were merged.
    #[schema(required)]
    pub contact_id: Option<ContactId>,
    /// Of a message.
    #[schema(required)]
    pub direction: Option<Direction>,
    /// When it was written; of a contact, when it came.
    pub written_at: Timestamp,
    /// Plain text, of a note its Markdown. Never HTML.
    #[schema(max_length = 200)]
    pub excerpt: String,
    /// What was found in it: in order, apart from each other.
    #[schema(max_items = 50)]
    pub marks: Vec<Mark>,
    /// There is more text before the excerpt.
    pub cut_before: bool,
    /// There is more text after it.
    pub cut_after: bool,
}

/// A conversation with what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationMatch {
    pub conversation: Conversation,
    /// How many messages, notes and names of it fit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub hit_count: u32,
    /// The best of them.
    #[schema(max_items = 10)]
    pub hits: Vec<SearchHit>,
}

/// Conversations in which something was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationMatchPage {
    #[schema(max_items = 50)]
    pub data: Vec<ConversationMatch>,
    pub page: PageInfo,
    /// Everything up to this position of the log was searched. It follows the log within about a second; while the index is
    /// made anew it tells how far that is.
    pub indexed_to: Position,
    /// The position at which rights and filters were looked at.
    pub as_of: Position,
}

/// What is looked for among single hits.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SearchParameters {
    /// As `text` of a conversation search.
    #[param(min_length = 1, max_length = 200)]
    pub q: String,
    /// All, if absent.
    #[param(inline, style = Form, explode = false)]
    pub kind: Option<Vec<SearchKind>>,
    #[param(inline)]
    pub sort: Option<SearchSort>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Hits of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Single hits, best or newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHitPage {
    #[schema(max_items = 200)]
    pub data: Vec<SearchHit>,
    pub page: PageInfo,
    /// Everything up to this position of the log was searched.
    pub indexed_to: Position,
    /// The position at which rights were looked at.
    pub as_of: Position,
}
