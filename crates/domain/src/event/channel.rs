//! Facts about connected numbers and their templates.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{facts, facts_and_private};
use crate::ids::*;
use crate::inbound::{Barred, TemplateChange};
use crate::time::Timestamp;

/// What kind of channel it is. One so far; the log keeps the word.
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
#[serde(rename_all = "snake_case")]
pub enum ChannelType {
    Whatsapp,
}

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
pub struct ChannelConnected {
    pub channel_id: ChannelId,
    pub channel_type: ChannelType,
    pub brand_id: BrandId,
    pub name: String,
    /// The business's own number, E.164 with plus sign.
    pub phone_e164: String,
    pub phone_number_id: String,
    pub waba_id: String,
    /// `None`: the provider's own address.
    pub graph_base_url: Option<String>,
    pub graph_version: String,
    #[serde(skip)]
    pub private: Option<Credentials>,
}
facts_and_private!(ChannelConnected = "channel.connected");

/// What opens the provider's doors. Sealed with the workspace key.
#[derive(
    borsh::BorshSerialize, borsh::BorshDeserialize, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Credentials {
    pub access_token: String,
    pub app_secret: String,
    /// Still accepted while a rotation is under way.
    #[serde(default)]
    pub previous_app_secret: Option<String>,
    pub verify_token: String,
}

/// Credentials never show in logs.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// The fields that a change names; `None` leaves one as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChannelChanged {
    pub channel_id: Option<ChannelId>,
    pub name: Option<String>,
    pub phone_e164: Option<String>,
    pub graph_base_url: Option<String>,
    pub graph_version: Option<String>,
    pub enabled: Option<bool>,
}
facts!(ChannelChanged = "channel.changed");

/// New conversations on the number go to this team's queue; `None`: to the brand's common one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChannelTeamChanged {
    pub channel_id: ChannelId,
    pub team_id: Option<TeamId>,
}
facts!(ChannelTeamChanged = "channel.team_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChannelSecretRotated {
    pub channel_id: ChannelId,
    #[serde(skip)]
    pub private: Option<Credentials>,
}
facts_and_private!(ChannelSecretRotated = "channel.secret_rotated");

/// Sending paused, budget or quality changed: what the outbox must know.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChannelHealthObserved {
    pub channel_id: Option<ChannelId>,
    pub quality: Option<String>,
    pub throughput_mps: Option<u32>,
    pub business_initiated: Option<Barred>,
    /// `Some(false)`: the provider refuses everything (token, account); the queue waits.
    pub sending: Option<bool>,
    /// The provider's code behind it.
    pub code: Option<i64>,
    /// People who may be written to first in 24 hours; `u32::MAX`: without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_limit: Option<u32>,
}
facts!(ChannelHealthObserved = "channel.health_observed");

/// An account-level item, kept for people to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChannelNoticed {
    /// Absent where the item names only an account.
    pub channel_id: Option<ChannelId>,
    pub waba_id: Option<String>,
    pub field: String,
    pub event: Option<String>,
    pub at: Timestamp,
    #[serde(skip)]
    pub private: Option<Notice>,
}
facts_and_private!(ChannelNoticed = "channel.noticed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Notice {
    pub body: Value,
}

/// A template became known or changed. `change` holds only what is new.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateChanged {
    pub template_id: TemplateId,
    pub waba_id: String,
    pub change: TemplateChange,
}
facts!(TemplateChanged = "template.changed");

/// The provider no longer lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateRemoved {
    pub template_id: TemplateId,
}
facts!(TemplateRemoved = "template.removed");
