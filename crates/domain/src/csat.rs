//! Customer satisfaction: after an episode is resolved the customer is asked how it was, and what they press or type is their
//! answer. Nothing of it is a reply or a customer's message: no clock looks at it, and no conversation reopens by it.
//!
//! Off until a brand switches it on. [`book`] holds how each brand asks and which episodes are still to be asked about; [`ask`]
//! asks, or writes down why not; [`answer`] recognizes what answers and takes it; [`change`] is how a brand changes it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::csat::{CsatAnswered, CsatSent};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::step::Blind;
use crate::time::{Millis, Timestamp};

pub mod answer;
pub mod ask;
pub mod book;
pub mod change;
pub mod question;
mod rating;

pub use crate::event::csat::SkipReason;
pub use book::Book;
pub(crate) use rating::digit;

/// The consent category of surveys.
pub const CONSENT: &str = "csat";
/// Answers to one survey at most: a customer changes their mind a few times, not for ever.
pub const ANSWERS_MAX: u32 = 20;

/// The best score; the worst is 1.
pub const SCORE_MAX: u8 = 5;
/// Up to this score the customer is not satisfied, and whoever resolved it is told.
pub const LOW_MAX: u8 = 2;
/// Within this time after an answer another one replaces it.
pub const REPLACES_WITHIN: Millis = Millis::hours(24);
/// Within this time after an answer the next words are its comment, where the thanks ask for one.
pub const COMMENT_WITHIN: Millis = Millis::minutes(10);

/// How a customer is asked.
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
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A list with a row for each of the five scores.
    #[default]
    List,
    /// Three buttons, for the scores 5, 3 and 1.
    Buttons,
    /// A text with the address of a page.
    Link,
    /// An approved template, outside the service window.
    Template,
}

/// The template that asks where nothing else may be sent.
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
pub struct SurveyTemplate {
    pub name: String,
    pub language: String,
    /// The score that each of its quick replies stands for, in their order; empty: it has none, and the customer types.
    pub scores: Vec<u8>,
}

/// How a brand asks. Part of events: a replay uses the settings of that time.
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
pub struct Survey {
    pub enabled: bool,
    /// Only on these numbers; empty: on all of the brand's.
    pub channel_ids: BTreeSet<ChannelId>,
    /// Not [`Form::Template`], which is for when the window is closed.
    pub form: Form,
    pub question: String,
    /// What the scores are called, from 1 to 5.
    pub labels: Vec<String>,
    /// On the button that opens the list.
    pub list_button: String,
    /// Said after the first answer.
    pub thanks: Option<String>,
    /// The thanks ask for a comment, so the next words are one.
    pub asks_comment: bool,
    /// Between the resolution and the question.
    pub delay_ms: Millis,
    /// Within this time a contact is not asked again.
    pub cooldown_ms: Millis,
    /// For so long the first answer counts.
    pub answer_within_ms: Millis,
    pub template: Option<SurveyTemplate>,
    /// Where the page for answers is: the address before the secret at its end.
    pub public_url: Option<String>,
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            enabled: false,
            channel_ids: BTreeSet::new(),
            form: Form::List,
            question: "How did we do?".to_owned(),
            labels: ["Very bad", "Bad", "Okay", "Good", "Very good"].map(str::to_owned).into(),
            list_button: "Rate us".to_owned(),
            thanks: None,
            asks_comment: false,
            delay_ms: Millis(0),
            cooldown_ms: Millis::hours(24),
            answer_within_ms: Millis::days(7),
            template: None,
            public_url: None,
        }
    }
}

/// A survey that was sent, as its conversation's decisions see it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Asked {
    pub survey_id: CsatId,
    pub episode: u32,
    pub message_id: MessageId,
    pub resolver_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
    pub answer: Option<Answer>,
    /// The comment was given.
    pub commented: bool,
}

/// The answer that counts.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub score: u8,
    pub at: Timestamp,
    /// How many there were, this one included.
    pub count: u32,
}

impl Asked {
    pub(crate) fn sent(event: &CsatSent, at: Timestamp) -> Self {
        Self {
            survey_id: event.survey_id,
            episode: event.episode,
            message_id: event.message_id,
            resolver_id: event.resolver_id,
            team_id: event.team_id,
            asked_at: at,
            expires_at: event.expires_at,
            answer: None,
            commented: false,
        }
    }

    pub(crate) fn answered(&mut self, event: &CsatAnswered) {
        let count = self.answer.map_or(0, |answer| answer.count) + 1;
        self.answer = Some(Answer { score: event.score, at: event.at, count });
    }

    /// Until when an answer counts: the first while the survey is open, another for a day after the one before.
    pub fn open_until(&self) -> Timestamp {
        self.answer.map_or(self.expires_at, |answer| answer.at + REPLACES_WITHIN)
    }

    /// Whether an answer of this time counts.
    pub fn takes(&self, at: Timestamp) -> bool {
        at <= self.open_until() && self.answer.is_none_or(|answer| answer.count < ANSWERS_MAX)
    }
}

impl Survey {
    /// Whether customers of a number are asked.
    pub fn asks_on(&self, channel: ChannelId) -> bool {
        self.enabled && (self.channel_ids.is_empty() || self.channel_ids.contains(&channel))
    }
}

/// Where a survey is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurveyRef {
    pub conversation_id: ConversationId,
    pub survey_id: CsatId,
}

impl SurveyRef {
    /// As the value of a look-up key: both ids, big-endian.
    pub fn to_bytes(self) -> Vec<u8> {
        [self.conversation_id.as_u128().to_be_bytes(), self.survey_id.as_u128().to_be_bytes()].concat()
    }
    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conversation, survey) = bytes.split_at_checked(16)?;
        Some(Self {
            conversation_id: u128::from_be_bytes(conversation.try_into().ok()?).into(),
            survey_id: u128::from_be_bytes(survey.try_into().ok()?).into(),
        })
    }
}

/// Finds a survey. A keyed hash of its id, so it is also what nobody can guess at the end of the link to it.
pub fn survey_key(blind: &dyn Blind, id: CsatId) -> BlindKey {
    blind.blind_parts(&["csat:", id.text().as_str()])
}
