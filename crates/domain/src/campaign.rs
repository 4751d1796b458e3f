//! Campaigns: one template to many contacts, each once, and what came of it.
//!
//! Who is meant is written down when a campaign is launched; from then on every recipient has one state, and the log is the only
//! place it is in. What is still to do is worked off a few at a time: so that agents' replies go first, and so that whoever
//! pauses or cancels stops it at once. A recipient is decided about when their turn comes, not before: whoever says stop in the
//! meantime gets nothing.

use serde::{Deserialize, Serialize};

use crate::contact::consent::Purpose;
use crate::ids::*;
use crate::queue::QueueId;
use crate::time::{Millis, Timestamp};

mod book;
mod check;
pub mod control;
mod eligible;
pub mod follow;
pub mod launch;
pub mod manage;
mod packed;
mod parameters;
pub mod preview;
pub mod quiet;
mod recipient;
pub mod send;

pub use book::{Campaigns, Entry, Reply, State};
pub use check::errors;
pub use parameters::{Parameter, ParameterType, Part, content};
pub use quiet::{QuietHours, QuietZone};
pub use recipient::{Reason, Recipient, RecipientState, Tally};

/// Campaigns at most.
pub const CAMPAIGNS_MAX: usize = 1_000;
/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Contacts named one by one at most.
pub const NAMED_MAX: usize = 1_000;
/// Recipients of one campaign at most.
pub const AUDIENCE_MAX: usize = 100_000;
/// Recipients in one event at most.
pub const BATCH_MAX: usize = 500;
/// Recipients decided about in one command at most: an agent's command waits for no more than that.
pub const CHUNK_MAX: usize = 20;
/// Messages of one campaign that wait in the outbox, or are under way, at most.
pub const WINDOW: usize = 40;
/// Messages a minute: what a number gives in a second, sixty times.
pub const RATE_MAX: u32 = 60_000;
/// Without a limit of its own.
pub const RATE_DEFAULT: u32 = 600;
/// How far ahead a campaign can be sent.
pub const AHEAD_MAX: Millis = Millis::days(366);
/// For how long an answer is one to the campaign, at most, and where nobody says.
pub const REPLIES_MAX: Millis = Millis::days(30);
pub const REPLIES_DEFAULT: Millis = Millis::hours(72);

/// What a campaign is about.
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
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Outage,
    Reminder,
    Marketing,
    Utility,
}

/// Who is meant.
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
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Audience {
    /// Every contact of the brand.
    Everyone,
    /// Those whom the segment's condition fits when the campaign is launched.
    Segment {
        segment_id: SegmentId,
    },
    Contacts {
        contact_ids: Vec<ContactId>,
    },
}

/// The template, by its name at the provider.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct TemplateName {
    pub name: String,
    pub language: String,
}

/// Where answers go.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct ReplyRouting {
    pub queue_id: QueueId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// For so long after a contact was written to.
    pub expires_after_ms: Millis,
}

/// What a campaign says and how. Its id, version and state stand beside it.
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
pub struct Campaign {
    pub name: String,
    pub kind: Kind,
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    pub audience: Audience,
    pub template: TemplateName,
    pub parameters: Vec<Parameter>,
    /// Absent, or past when it is launched: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    pub rate_per_minute: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Only contacts who agreed to this are written to; who says stop takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_routing: Option<ReplyRouting>,
}

impl Campaign {
    /// For how long after the message an answer is one to it.
    pub fn replies_for(&self) -> Millis {
        self.reply_routing.as_ref().map_or(REPLIES_DEFAULT, |routing| routing.expires_after_ms)
    }
}
