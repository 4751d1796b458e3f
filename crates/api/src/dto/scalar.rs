//! Ids, times and positions as the contract shows them: thin wraps of the domain's types with a schema.

use std::borrow::Cow;

use domain::ids;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::openapi::id_pattern;

/// The largest integer every JSON reader keeps exact.
pub const POSITION_MAX: u64 = 9_007_199_254_740_991;

macro_rules! ids {
    ($($name:ident)*) => {$(
        #[doc = concat!("A [`ids::", stringify!($name), "`] in the contract.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub ids::$name);

        impl From<ids::$name> for $name {
            fn from(id: ids::$name) -> Self { Self(id) }
        }
        impl From<$name> for ids::$name {
            fn from(id: $name) -> Self { id.0 }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> { id_schema(ids::$name::PREFIX).into() }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> { stringify!($name).into() }
        }
    )*};
}

ids! {
    UserId InviteId KeyId TeamId RoleId SessionId BrandId ChannelId ContactId ConversationId MessageId MediaId NoteId
    NotificationId
    TemplateId QuarantineId MergeId RequestId
    RoutingRuleId HoursId BulkJobId SlaPolicyId CsatId

    ReportExportId ScheduledReportId
    CoachingNoteId AutomationRuleId QuestionId ArticleId CannedReplyId MacroId SegmentId CampaignId ContactImportId
}

/// A queue: the id of the team, or of the brand, whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueueId(pub domain::queue::QueueId);

impl From<domain::queue::QueueId> for QueueId {
    fn from(id: domain::queue::QueueId) -> Self {
        Self(id)
    }
}
impl PartialSchema for QueueId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(QUEUE_PATTERN)).build().into()
    }
}
impl ToSchema for QueueId {
    fn name() -> Cow<'static, str> {
        "QueueId".into()
    }
}

/// A team's or a brand's id.
pub(crate) const QUEUE_PATTERN: &str = "^(team|brand)_[0-7][0-9a-hjkmnp-tv-z]{25}$";

fn id_schema(prefix: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(id_pattern(prefix))).build()
}

/// A time: RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub domain::time::Timestamp);

impl From<domain::time::Timestamp> for Timestamp {
    fn from(at: domain::time::Timestamp) -> Self {
        Self(at)
    }
}
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = domain::time::Timestamp::parse_rfc3339(&text);
        at.map(Self).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}
impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).max_length(Some(40)).build().into()
    }
}
impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        "Timestamp".into()
    }
}

/// A currency by its ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Currency(pub String);

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if fits { Ok(Self(text)) } else { Err(serde::de::Error::custom("not a currency code")) }
    }
}
impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(CURRENCY_PATTERN)).build().into()
    }
}
impl ToSchema for Currency {
    fn name() -> Cow<'static, str> {
        "Currency".into()
    }
}

/// Three capital letters.
pub(crate) const CURRENCY_PATTERN: &str = "^[A-Z]{3}$";

/// A position in the log, or a count bounded like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl From<u64> for Position {
    fn from(value: u64) -> Self {
        Self(value)
    }
}
impl PartialSchema for Position {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer);
        let schema = schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        schema.minimum(Some(0u64)).maximum(Some(POSITION_MAX)).build().into()
    }
}
impl ToSchema for Position {
    fn name() -> Cow<'static, str> {
        "Position".into()
    }
}
