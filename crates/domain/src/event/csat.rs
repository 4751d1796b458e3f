//! Facts about satisfaction surveys: how a brand asks, in a stream of the brand's own; what was asked, answered and left
//! out, in the conversation's stream. What customers say in words is personal; what they rate is not.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::csat::{Form, Survey};
use crate::ids::*;
use crate::time::Timestamp;

/// All of how a brand asks, as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CsatSurveyChanged {
    pub brand_id: BrandId,
    pub survey: Survey,
}
facts!(CsatSurveyChanged = "csat_survey.changed");

/// The customer was asked. The day it happened on is the survey's cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CsatSent {
    pub conversation_id: ConversationId,
    pub survey_id: CsatId,
    /// The episode it asks about.
    pub episode: u32,
    /// The message that asks.
    pub message_id: MessageId,
    pub form: Form,
    /// Who resolved the episode; absent: it was resolved by itself.
    pub resolver_id: Option<UserId>,
    /// The team it was resolved in.
    pub team_id: Option<TeamId>,
    /// The first answer counts until then.
    pub expires_at: Timestamp,
}
facts!(CsatSent = "csat.sent");

/// Why nobody was asked.
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
pub enum SkipReason {
    /// It was resolved by itself, and no person had answered.
    AutoResolvedUnanswered,
    /// The resolution or a tag says so.
    Spam,
    Blocked,
    /// And there is no approved template to ask with.
    WindowClosed,
    /// The contact was asked a short while ago.
    Cooldown,
    /// The contact said no to surveys.
    OptedOut,
    /// Whoever resolved it wanted nobody to be asked.
    AskedNotTo,
    /// A group cannot be asked.
    Group,
    /// Nothing can be sent: the contact is erased, the number disabled or barred.
    Unreachable,
}

/// Surveys are on, and for this episode nobody was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CsatSkipped {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub reason: SkipReason,
    pub resolver_id: Option<UserId>,
    pub team_id: Option<TeamId>,
}
facts!(CsatSkipped = "csat.skipped");

/// How an answer came.
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
pub enum Via {
    Button,
    List,
    /// In words: "5", "4/5", three stars.
    Typed,
    /// On the page that a link leads to.
    Link,
}

/// The customer rated. Of several answers to a survey the newest counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CsatAnswered {
    pub conversation_id: ConversationId,
    pub survey_id: CsatId,
    pub episode: u32,
    /// 1 to 5.
    pub score: u8,
    pub at: Timestamp,
    /// As in [`CsatSent`].
    pub resolver_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    /// There was an answer before it, which counts no more.
    pub replaces: bool,
    pub via: Via,
    /// The customer's message; absent where the answer came through a link.
    pub message_id: Option<MessageId>,
    /// It brings a comment, which is personal.
    pub commented: bool,
    #[serde(skip)]
    pub private: Option<CsatComment>,
}
facts_and_private!(CsatAnswered = "csat.answered");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CsatComment {
    pub comment: String,
}

/// The customer said, when asked to, why they rated as they did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CsatCommented {
    pub conversation_id: ConversationId,
    pub survey_id: CsatId,
    pub episode: u32,
    pub message_id: MessageId,
    pub at: Timestamp,
    #[serde(skip)]
    pub private: Option<CsatComment>,
}
facts_and_private!(CsatCommented = "csat.commented");
