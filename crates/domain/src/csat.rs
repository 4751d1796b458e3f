//! Customer satisfaction: after an episode is resolved the customer is asked how it was, and what they press or type is their
//! answer. Nothing of it is a reply or a customer's message: no clock looks at it, and no conversation reopens by it.
//!
//! Off until a brand switches it on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::ChannelId;
use crate::time::Millis;

/// The best score; the worst is 1.
pub const SCORE_MAX: u8 = 5;
/// Within this time after an answer another one replaces it.
pub const REPLACES_WITHIN: Millis = Millis::hours(24);
/// Within this time after an answer the next words are its comment, where the thanks ask for one.
pub const COMMENT_WITHIN: Millis = Millis::minutes(10);

/// How a customer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyTemplate {
    pub name: String,
    pub language: String,
    /// The score that each of its quick replies stands for, in their order; empty: it has none, and the customer types.
    pub scores: Vec<u8>,
}

/// How a brand asks. Part of events: a replay uses the settings of that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
