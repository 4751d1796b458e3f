//! Facts about campaigns. Recipients come in batches and by their ids alone; what is said to them is in the conversations'
//! streams.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::campaign::{Campaign, Reason};
use crate::ids::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignCreated {
    pub campaign_id: CampaignId,
    pub campaign: Campaign,
}
facts!(CampaignCreated = "campaign.created");

/// The draft as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignChanged {
    pub campaign_id: CampaignId,
    pub campaign: Campaign,
}
facts!(CampaignChanged = "campaign.changed");

/// A draft nobody needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignRemoved {
    pub campaign_id: CampaignId,
}
facts!(CampaignRemoved = "campaign.removed");

/// It will be sent, to those who are selected from here on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignLaunched {
    pub campaign_id: CampaignId,
    /// How many were found.
    pub audience: u32,
    /// They are selected in commands of their own, up to the last; absent: all of them in this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub selecting: bool,
}
facts!(CampaignLaunched = "campaign.launched");

/// Its time has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignStarted {
    pub campaign_id: CampaignId,
}
facts!(CampaignStarted = "campaign.started");

/// Why it stands still.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// A person asked for it.
    Request,
    TemplateNotSendable,
    ChannelDisabled,
    /// The provider bars messages that the business begins with.
    NumberBarred,
}

impl PauseCause {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::TemplateNotSendable => "template_not_sendable",
            Self::ChannelDisabled => "channel_disabled",
            Self::NumberBarred => "number_barred",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignPaused {
    pub campaign_id: CampaignId,
    pub cause: PauseCause,
}
facts!(CampaignPaused = "campaign.paused");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignResumed {
    pub campaign_id: CampaignId,
}
facts!(CampaignResumed = "campaign.resumed");

/// Nobody more is written to. Who is dropped stands in events beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignCancelled {
    pub campaign_id: CampaignId,
}
facts!(CampaignCancelled = "campaign.cancelled");

/// Nothing is left to do; reports and answers still come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignFinished {
    pub campaign_id: CampaignId,
}
facts!(CampaignFinished = "campaign.finished");

/// Who is meant, as it was when the campaign was launched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignRecipientsSelected {
    pub campaign_id: CampaignId,
    /// At most [`crate::campaign::BATCH_MAX`].
    pub contact_ids: Vec<ContactId>,
    /// Nobody more is meant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
}
facts!(CampaignRecipientsSelected = "campaign.recipients_selected");

/// Somebody who is not written to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExcludedRecipient {
    pub contact_id: ContactId,
    pub reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignRecipientsExcluded {
    pub campaign_id: CampaignId,
    pub recipients: Vec<ExcludedRecipient>,
}
facts!(CampaignRecipientsExcluded = "campaign.recipients_excluded");

/// Somebody whose message is queued.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QueuedRecipient {
    pub contact_id: ContactId,
    /// Whom of those they stand for it goes to.
    pub address_id: ContactId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    /// The conversation began with it.
    pub opened: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignRecipientsQueued {
    pub campaign_id: CampaignId,
    pub recipients: Vec<QueuedRecipient>,
}
facts!(CampaignRecipientsQueued = "campaign.recipients_queued");

/// Those the campaign was cancelled before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignRecipientsDropped {
    pub campaign_id: CampaignId,
    /// At most [`crate::campaign::BATCH_MAX`].
    pub contact_ids: Vec<ContactId>,
}
facts!(CampaignRecipientsDropped = "campaign.recipients_dropped");

/// The message to one contact of somebody's choice, to see what it looks like. Counts for nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CampaignTestSent {
    pub campaign_id: CampaignId,
    pub contact_id: ContactId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}
facts!(CampaignTestSent = "campaign.test_sent");
