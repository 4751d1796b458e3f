//! The facts: one variant per event type, its stored name and schema, and the split into what stays readable
//! for ever (`facts`: ids, times, counts, kinds) and what is personal (`private`: names, numbers, bodies),
//! which is sealed with the subject's key and gone once that key is destroyed.
//!
//! Stored names are text, never Rust paths. A change of shape raises the schema and adds an upcast in
//! `event-log`; `fixtures/events/` holds a golden file per type and schema.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ids::*;
use crate::queue::QueueId;
use crate::time::Timestamp;

pub mod account_security;
pub mod api_key;
pub mod attribute_definition;
pub mod automation;
pub mod availability;
pub mod billing;
pub mod bot;
pub mod bulk_job;
pub mod business_hours;
pub mod campaign;
pub mod canned_reply;
mod catalogue;
pub mod channel;
pub mod coaching;
pub mod contact;
pub mod contact_import;
pub mod conversation;
pub mod csat;
pub mod disclosure;
pub mod invite;
pub mod knowledge;
pub mod macros;
pub mod media;
pub mod message;
pub mod note;
pub mod notification;
pub mod preset;
pub mod queue;
pub mod report;
pub mod routing;
pub mod routing_profile;
pub mod schema;
pub mod segment;
pub mod sla;
pub mod team;
pub mod template;
pub mod user;
pub mod user_identity;
pub mod workspace;

pub use catalogue::Event;
pub use schema::EventSchema;

/// The number of a data key in the key file. `WORKSPACE` seals what belongs to no contact.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct SealKey(pub u32);
crate::packed_as!(SealKey: u32);

impl SealKey {
    /// Seals what belongs to the workspace: accounts, credentials.
    pub const WORKSPACE: Self = Self(0);
}

/// What every event type can do. Implemented by [`facts!`] and [`facts_and_private!`].
pub trait Payload: Serialize + DeserializeOwned + schemars::JsonSchema {
    /// The stored name, `noun.verb` in the past tense.
    const KIND: &'static str;
    /// Raised when the stored shape changes.
    const SCHEMA: u16 = 1;
    /// The personal part as JSON, if the type has one and it is present.
    fn private_json(&self) -> Option<Vec<u8>> {
        None
    }
    /// What the personal part looks like, if the type has one.
    fn private_schema() -> Option<serde_json::Value> {
        None
    }
    /// Drops the personal part: its key is gone, or it was not opened.
    fn clear_private(&mut self) {}
    /// Puts the opened personal part back.
    fn set_private(&mut self, _json: &[u8]) -> Result<(), serde_json::Error> {
        Ok(())
    }
}

/// Declares an event type without a personal part.
macro_rules! facts {
    ($ty:ident = $kind:literal) => {
        impl crate::event::Payload for $ty {
            const KIND: &'static str = $kind;
        }
    };
}
pub(crate) use facts;

/// Declares an event type whose `private` field holds its personal part. `None` in a read event means that
/// nobody opened it, or that its key is gone.
macro_rules! facts_and_private {
    ($ty:ident = $kind:literal) => {
        impl crate::event::Payload for $ty {
            const KIND: &'static str = $kind;
            fn private_json(&self) -> Option<Vec<u8>> {
                self.private.as_ref().map(crate::event::catalogue::to_json)
            }
            fn private_schema() -> Option<serde_json::Value> {
                Some(crate::event::schema::of_field(|event: &$ty| &event.private))
            }
            fn clear_private(&mut self) {
                self.private = None;
            }
            fn set_private(&mut self, json: &[u8]) -> Result<(), serde_json::Error> {
                self.private = Some(serde_json::from_slice(json)?);
                Ok(())
            }
        }
    };
}
pub(crate) use facts_and_private;

/// Who made it happen.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    User(UserId),
    /// A key for programs, in the name of whoever made it.
    Key {
        user_id: UserId,
        key_id: KeyId,
    },
    Contact(ContactId),
    /// The messaging provider.
    Provider,
    /// An automation rule: what it did, and not that it was asked.
    Rule(AutomationRuleId),
    /// frontdesk itself: timers, workers, the operator's command line.
    System,
}

impl Actor {
    /// The colleague who did it, or in whose name a key did.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(user_id) | Self::Key { user_id, .. } => Some(user_id),
            Self::Contact(_) | Self::Provider | Self::Rule(_) | Self::System => None,
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Key { user_id, key_id } => write!(f, "user:{user_id}/{key_id}"),
            Self::Contact(id) => write!(f, "contact:{id}"),
            Self::Provider => f.write_str("provider"),
            Self::Rule(id) => write!(f, "rule:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl std::str::FromStr for Actor {
    type Err = InvalidActor;
    fn from_str(text: &str) -> Result<Self, InvalidActor> {
        match text.split_once(':') {
            Some(("user", id)) => match id.split_once('/') {
                None => id.parse().map(Self::User).map_err(|_| InvalidActor),
                Some((user, key)) => Ok(Self::Key {
                    user_id: user.parse().map_err(|_| InvalidActor)?,
                    key_id: key.parse().map_err(|_| InvalidActor)?,
                }),
            },
            Some(("rule", id)) => id.parse().map(Self::Rule).map_err(|_| InvalidActor),
            Some(("contact", id)) => id.parse().map(Self::Contact).map_err(|_| InvalidActor),
            None if text == "provider" => Ok(Self::Provider),
            None if text == "system" => Ok(Self::System),
            _ => Err(InvalidActor),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The text names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an actor")]
pub struct InvalidActor;

/// The ordered list an event belongs to; its text is the stream's name in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    Workspace,
    /// What is written for auditors alone and changes nothing: refusals, disclosures.
    Audit,
    User(UserId),
    Team(TeamId),
    Role(RoleId),
    Invite(InviteId),
    ApiKey(KeyId),
    Brand(BrandId),
    Channel(ChannelId),
    Contact(ContactId),
    Conversation(ConversationId),
    Media(MediaId),
    Quarantine(QuarantineId),
    BusinessHours(HoursId),
    RoutingRule(RoutingRuleId),
    SlaPolicy(SlaPolicyId),
    /// How a queue is worked; the conversations in it are in streams of their own.
    Queue(QueueId),
    BulkJob(BulkJobId),
    ReportExport(ReportExportId),
    ScheduledReport(ScheduledReportId),
    CoachingNote(CoachingNoteId),
    AutomationRule(AutomationRuleId),
    Article(ArticleId),
    CannedReply(CannedReplyId),
    Macro(MacroId),
    Segment(SegmentId),
    /// A campaign with the state of every recipient; what is said to them is in the conversations' streams.
    Campaign(CampaignId),
    ContactImport(ContactImportId),
    /// How a brand asks for satisfaction; what customers answer is in the conversations' streams.
    CsatSurvey(BrandId),
}

/// Before the id of a queue in its stream's name: the id alone names the team, or the brand, whose queue it is.
const QUEUE: &str = "queue:";
/// Before the id of the brand whose survey it is.
const CSAT_SURVEY: &str = "csat_survey:";

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Workspace => f.write_str("workspace"),
            Self::Audit => f.write_str("audit"),
            Self::User(id) => write!(f, "{id}"),
            Self::Team(id) => write!(f, "{id}"),
            Self::Role(id) => write!(f, "{id}"),
            Self::Invite(id) => write!(f, "{id}"),
            Self::ApiKey(id) => write!(f, "{id}"),
            Self::Brand(id) => write!(f, "{id}"),
            Self::Channel(id) => write!(f, "{id}"),
            Self::Contact(id) => write!(f, "{id}"),
            Self::Conversation(id) => write!(f, "{id}"),
            Self::Media(id) => write!(f, "{id}"),
            Self::Quarantine(id) => write!(f, "{id}"),
            Self::BusinessHours(id) => write!(f, "{id}"),
            Self::RoutingRule(id) => write!(f, "{id}"),
            Self::SlaPolicy(id) => write!(f, "{id}"),
            Self::Queue(id) => write!(f, "{QUEUE}{id}"),
            Self::BulkJob(id) => write!(f, "{id}"),
            Self::ReportExport(id) => write!(f, "{id}"),
            Self::ScheduledReport(id) => write!(f, "{id}"),
            Self::CoachingNote(id) => write!(f, "{id}"),
            Self::AutomationRule(id) => write!(f, "{id}"),
            Self::Article(id) => write!(f, "{id}"),
            Self::CannedReply(id) => write!(f, "{id}"),
            Self::Macro(id) => write!(f, "{id}"),
            Self::Segment(id) => write!(f, "{id}"),
            Self::Campaign(id) => write!(f, "{id}"),
            Self::ContactImport(id) => write!(f, "{id}"),
            Self::CsatSurvey(id) => write!(f, "{CSAT_SURVEY}{id}"),
        }
    }
}

impl std::str::FromStr for StreamId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if let Some(queue) = text.strip_prefix(QUEUE) {
            return queue.parse().map(Self::Queue);
        }
        if let Some(brand) = text.strip_prefix(CSAT_SURVEY) {
            return brand.parse().map(Self::CsatSurvey);
        }
        Ok(match text.split_once('_').map_or(text, |(prefix, _)| prefix) {
            "workspace" => Self::Workspace,
            "audit" => Self::Audit,
            UserId::PREFIX => Self::User(text.parse()?),
            TeamId::PREFIX => Self::Team(text.parse()?),
            RoleId::PREFIX => Self::Role(text.parse()?),
            InviteId::PREFIX => Self::Invite(text.parse()?),
            KeyId::PREFIX => Self::ApiKey(text.parse()?),
            BrandId::PREFIX => Self::Brand(text.parse()?),
            ChannelId::PREFIX => Self::Channel(text.parse()?),
            ContactId::PREFIX => Self::Contact(text.parse()?),
            MediaId::PREFIX => Self::Media(text.parse()?),
            QuarantineId::PREFIX => Self::Quarantine(text.parse()?),
            HoursId::PREFIX => Self::BusinessHours(text.parse()?),
            RoutingRuleId::PREFIX => Self::RoutingRule(text.parse()?),
            SlaPolicyId::PREFIX => Self::SlaPolicy(text.parse()?),
            BulkJobId::PREFIX => Self::BulkJob(text.parse()?),
            ReportExportId::PREFIX => Self::ReportExport(text.parse()?),
            ScheduledReportId::PREFIX => Self::ScheduledReport(text.parse()?),
            CoachingNoteId::PREFIX => Self::CoachingNote(text.parse()?),
            AutomationRuleId::PREFIX => Self::AutomationRule(text.parse()?),
            ArticleId::PREFIX => Self::Article(text.parse()?),
            CannedReplyId::PREFIX => Self::CannedReply(text.parse()?),
            MacroId::PREFIX => Self::Macro(text.parse()?),
            SegmentId::PREFIX => Self::Segment(text.parse()?),
            CampaignId::PREFIX => Self::Campaign(text.parse()?),
            ContactImportId::PREFIX => Self::ContactImport(text.parse()?),
            _ => Self::Conversation(text.parse()?),
        })
    }
}

/// An event that a decision made and nobody stored yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub stream: StreamId,
    pub event: Event,
    pub occurred_at: Timestamp,
    pub actor: Actor,
    /// The key that seals its personal part.
    pub seal: SealKey,
    /// Names under which this event can be found again, each used once for ever: provider message ids,
    /// our own message ids, idempotency keys.
    pub keys: Vec<LookupKey>,
}

/// A unique name of an event with a small value that answers most look-ups by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupKey {
    pub key: crate::identity::BlindKey,
    /// At most 256 bytes.
    pub value: Vec<u8>,
}

/// An event as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Global, gapless position; the first event is 1.
    pub pos: u64,
    pub stream: StreamId,
    /// Position in the stream; the first is 1.
    pub version: u64,
    pub event: Event,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    pub actor: Actor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_and_streams_survive_their_text() {
        let key = Actor::Key { user_id: UserId::from_u128(1), key_id: KeyId::from_u128(3) };
        for actor in [
            Actor::User(UserId::from_u128(1)),
            key,
            Actor::Contact(ContactId::from_u128(2)),
            Actor::Provider,
            Actor::Rule(AutomationRuleId::from_u128(4)),
            Actor::System,
        ] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        // As it stands in the log for ever.
        assert_eq!(key.to_string(), "user:usr_00000000000000000000000001/key_00000000000000000000000003");
        for stream in [
            StreamId::Workspace,
            StreamId::Audit,
            StreamId::User(UserId::from_u128(1)),
            StreamId::Team(TeamId::from_u128(1)),
            StreamId::Role(RoleId::from_u128(1)),
            StreamId::Invite(InviteId::from_u128(1)),
            StreamId::ApiKey(KeyId::from_u128(1)),
            StreamId::Brand(BrandId::from_u128(1)),
            StreamId::Channel(ChannelId::from_u128(1)),
            StreamId::Contact(ContactId::from_u128(1)),
            StreamId::Conversation(ConversationId::from_u128(1)),
            StreamId::Media(MediaId::from_u128(1)),
            StreamId::Quarantine(QuarantineId::from_u128(1)),
            StreamId::BusinessHours(HoursId::from_u128(1)),
            StreamId::RoutingRule(RoutingRuleId::from_u128(1)),
            StreamId::SlaPolicy(SlaPolicyId::from_u128(1)),
            StreamId::Queue(QueueId::Team(TeamId::from_u128(1))),
            StreamId::Queue(QueueId::Common(BrandId::from_u128(1))),
            StreamId::BulkJob(BulkJobId::from_u128(1)),
            StreamId::ReportExport(ReportExportId::from_u128(1)),
            StreamId::ScheduledReport(ScheduledReportId::from_u128(1)),
            StreamId::CoachingNote(CoachingNoteId::from_u128(1)),
            StreamId::AutomationRule(AutomationRuleId::from_u128(1)),
            StreamId::Article(ArticleId::from_u128(1)),
            StreamId::CannedReply(CannedReplyId::from_u128(1)),
            StreamId::Macro(MacroId::from_u128(1)),
            StreamId::Segment(SegmentId::from_u128(1)),
            StreamId::Campaign(CampaignId::from_u128(1)),
            StreamId::ContactImport(ContactImportId::from_u128(1)),
            StreamId::CsatSurvey(BrandId::from_u128(1)),
        ] {
            assert_eq!(stream.to_string().parse(), Ok(stream));
        }
        assert!("user:nobody".parse::<Actor>().is_err());
    }
}
