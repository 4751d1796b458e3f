//! Groups of contacts, and what may be noted of contacts.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::condition::Condition;
use super::contact::Contact;
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// A group of contacts: those a condition fits, and those named one by one. Who belongs to it is found out when it is asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Segment {
    pub id: SegmentId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// The brand whose contacts it holds; null: all.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    pub when: Condition,
    /// Contacts that belong to it whatever the condition says.
    #[schema(max_items = 1_000)]
    pub contact_ids: Vec<ContactId>,
    /// Counts that were kept, oldest first; the last 100.
    #[schema(max_items = 100)]
    pub snapshots: Vec<SegmentSnapshot>,
}
page! { /// Segments, oldest first.
SegmentPage of Segment }

/// How many belonged to a segment at a position. Who they were can be asked as of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SegmentSnapshot {
    pub members: Position,
    pub as_of: Position,
    pub counted_at: Timestamp,
}

/// How many belong to a segment: of those you see.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SegmentCount {
    pub members: Position,
    /// The position they were counted at.
    pub as_of: Position,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSegment {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub brand_id: Option<BrandId>,
    /// Absent: nobody but those named. Fields: `attribute.<key>`, `language`, `contact_tag`, `brand_id`, `channel_id`,
    /// `blocked`, `consent.marketing`, `consent.service`, `consent.csat` (`opted_in`, `opted_out`), `conversations`,
    /// `returning`, `seconds_since_last_seen`, `seconds_since_created`, `segment_id`.
    pub when: Option<Condition>,
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub contact_ids: Vec<ContactId>,
}

/// What is absent stays; `when` and `contact_ids` are replaced whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSegment {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<BrandId>)]
    pub brand_id: Patch<BrandId>,
    pub when: Option<Condition>,
    #[schema(max_items = 1_000, nullable = false)]
    pub contact_ids: Option<Vec<ContactId>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSegment {
    pub brand_id: Option<BrandId>,
    pub when: Condition,
}

/// Who a condition would fit.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentPreview {
    pub members: Position,
    /// The first ten of them.
    #[schema(max_items = 10)]
    pub sample: Vec<Contact>,
    pub as_of: Position,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// 1 to 64 letters, digits, spaces and `_ - . :`; of personal ones up to 500 characters of any kind.
    Text,
    Number,
    Bool,
    /// `2026-11-26`.
    Date,
    /// One of the options.
    Enum,
    /// An address that begins with `https://` or `http://`.
    Url,
}

/// What an attribute is noted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeEntity {
    Contact,
}

/// What may be noted of contacts under a key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttributeDefinition {
    pub entity: AttributeEntity,
    #[schema(max_length = 64)]
    pub key: String,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    pub r#type: AttributeType,
    #[schema(max_items = 200)]
    pub options: Vec<String>,
    /// Contacts that people or files bring must have it, and nobody may take it away.
    pub required: bool,
    /// Sealed with the contact's key and erased with them; no condition can ask about it.
    pub pii: bool,
}
page! { /// Definitions, by key.
AttributeDefinitionPage of AttributeDefinition }

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAttributeDefinition {
    /// `contact`, also when absent.
    pub entity: Option<AttributeEntity>,
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_]*$")]
    pub key: String,
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub r#type: AttributeType,
    #[serde(default)]
    #[schema(max_items = 200)]
    pub options: Vec<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub pii: bool,
}

/// What is absent stays. What it holds, and whether it is personal, cannot be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAttributeDefinition {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[schema(max_items = 200, nullable = false)]
    pub options: Option<Vec<String>>,
    #[schema(nullable = false)]
    pub required: Option<bool>,
}

/// Which contacts, and which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ContactQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// Those with this tag.
    #[param(min_length = 1, max_length = 64)]
    pub tag: Option<String>,
    /// Those who belong to this segment.
    #[param(inline)]
    pub segment_id: Option<SegmentId>,
    /// Those with an attribute of this value, `key:value`.
    #[param(min_length = 3, max_length = 600, pattern = "^[a-z][a-z0-9_]{0,63}:.+$")]
    pub attribute: Option<String>,
    #[param(inline)]
    pub brand_id: Option<BrandId>,
    /// Those who have a conversation on this channel.
    #[param(inline)]
    pub channel_id: Option<ChannelId>,
    pub blocked: Option<bool>,
    /// The one whom another system knows by this id.
    #[param(min_length = 1, max_length = 128)]
    pub external_id: Option<String>,
}
