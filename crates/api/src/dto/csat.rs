//! Customer satisfaction: how brands ask, what customers answered, and the page a link leads to.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::ContactSummary;
use super::page::page;
use super::scalar::*;

/// How a customer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsatForm {
    /// A list with a row for each of the five scores.
    List,
    /// Three buttons, for the scores 5, 3 and 1.
    Buttons,
    /// A text with the address of a page.
    Link,
}

/// The approved template that asks outside the service window.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CsatTemplate {
    #[schema(min_length = 1, max_length = 512)]
    pub name: String,
    #[schema(min_length = 2, max_length = 16)]
    pub language: String,
    /// The score that each of its quick replies stands for, in their order. Empty: it has none, and the customer types.
    #[schema(max_items = 10)]
    pub scores: Vec<Score>,
}

/// 1 is the worst, 5 the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(minimum = 1, maximum = 5)]
pub struct Score(pub u8);

/// How a brand asks. Every brand has one, switched off until somebody switches it on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CsatSurvey {
    pub brand_id: BrandId,
    /// 0: nothing was said about it yet.
    pub version: Position,
    pub enabled: bool,
    /// Only on these numbers; empty: on all of the brand's.
    #[schema(max_items = 200)]
    pub channel_ids: Vec<ChannelId>,
    pub form: CsatForm,
    #[schema(min_length = 1, max_length = 1_024)]
    pub question: String,
    /// What the scores are called, from 1 to 5.
    #[schema(min_items = 5, max_items = 5)]
    pub labels: Vec<String>,
    /// On the button that opens the list.
    #[schema(min_length = 1, max_length = 20)]
    pub list_button: String,
    /// Said after the first answer.
    #[schema(required, min_length = 1, max_length = 1_024)]
    pub thanks: Option<String>,
    /// The thanks ask for a comment: what the customer writes in the ten minutes after it is one, and reopens nothing.
    pub asks_comment: bool,
    /// Between the resolution and the question.
    #[schema(minimum = 0, maximum = 604_800)]
    pub delay_seconds: u32,
    /// Within this time a contact is not asked again.
    #[schema(minimum = 0, maximum = 31_622_400)]
    pub cooldown_seconds: u32,
    /// For so long the first answer counts; another one replaces it within a day.
    #[schema(minimum = 300, maximum = 2_592_000)]
    pub answer_within_seconds: u32,
    #[schema(required)]
    pub template: Option<CsatTemplate>,
    /// Where the page for answers is: the secret is put at its end. `link` needs it.
    #[schema(required, min_length = 9, max_length = 500)]
    pub public_url: Option<String>,
}
page! { /// By the brands' ids.
CsatSurveyPage of CsatSurvey }

/// All of how a brand asks; what is absent is as it is by default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceCsatSurvey {
    pub enabled: bool,
    #[schema(max_items = 200)]
    pub channel_ids: Option<Vec<ChannelId>>,
    pub form: Option<CsatForm>,
    #[schema(min_length = 1, max_length = 1_024)]
    pub question: Option<String>,
    #[schema(min_items = 5, max_items = 5)]
    pub labels: Option<Vec<String>>,
    #[schema(min_length = 1, max_length = 20)]
    pub list_button: Option<String>,
    #[schema(min_length = 1, max_length = 1_024)]
    pub thanks: Option<String>,
    pub asks_comment: Option<bool>,
    #[schema(minimum = 0, maximum = 604_800)]
    pub delay_seconds: Option<u32>,
    #[schema(minimum = 0, maximum = 31_622_400)]
    pub cooldown_seconds: Option<u32>,
    #[schema(minimum = 300, maximum = 2_592_000)]
    pub answer_within_seconds: Option<u32>,
    pub template: Option<CsatTemplate>,
    #[schema(min_length = 9, max_length = 500)]
    pub public_url: Option<String>,
}

/// How far a survey got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsatState {
    /// It can still be answered.
    Sent,
    Answered,
    Expired,
}

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsatVia {
    Button,
    List,
    Typed,
    Link,
}

/// How a customer was asked, the template outside the window included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsatAsked {
    List,
    Buttons,
    Link,
    Template,
}

/// A survey that was sent, and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CsatResponse {
    pub survey_id: CsatId,
    pub conversation_id: ConversationId,
    /// The conversation's, short, for people.
    pub number: Position,
    pub contact: ContactSummary,
    /// The episode it asks about.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub episode: u32,
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    /// The team it was resolved in.
    #[schema(required)]
    pub team_id: Option<TeamId>,
    /// Who resolved it, and so whose result it is; null: it was resolved by itself.
    #[schema(required)]
    pub resolver_id: Option<UserId>,
    /// The message that asks.
    pub message_id: MessageId,
    pub asked_by: CsatAsked,
    pub state: CsatState,
    /// The answer that counts.
    #[schema(required)]
    pub score: Option<Score>,
    #[schema(required)]
    pub via: Option<CsatVia>,
    /// How often the customer answered.
    #[schema(minimum = 0, maximum = 20)]
    pub answers: u32,
    /// Null also where the contact was erased.
    #[schema(required, max_length = 4_096)]
    pub comment: Option<String>,
    /// The day of this is its cohort.
    pub sent_at: Timestamp,
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}
page! { /// The newest first. A page may be short of its limit and still have a next one.
CsatResponsePage of CsatResponse }

#[derive(Debug, Deserialize, IntoParams)]
pub struct CsatResponseQuery {
    #[param(inline)]
    pub brand_id: Option<BrandId>,
    #[param(inline)]
    pub channel_id: Option<ChannelId>,
    #[param(inline)]
    pub team_id: Option<TeamId>,
    /// Who resolved it.
    #[param(inline)]
    pub agent_id: Option<UserId>,
    #[param(inline, style = Form, explode = false)]
    pub state: Option<Vec<CsatState>>,
    #[param(inline, style = Form, explode = false)]
    pub score: Option<Vec<Score>>,
    /// Sent from then on.
    #[param(inline)]
    pub from: Option<Timestamp>,
    /// Sent before then.
    #[param(inline)]
    pub to: Option<Timestamp>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// What became of asking about a conversation's last resolved episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationCsatState {
    /// The customer will be asked, a while after the resolution.
    Planned,
    Sent,
    Answered,
    Expired,
    /// Nobody was asked, and `reason` says why.
    Skipped,
}

/// Why nobody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsatSkipReason {
    /// It was resolved by itself, and no person had answered.
    AutoResolvedUnanswered,
    Spam,
    Blocked,
    /// And there is no approved template to ask with.
    WindowClosed,
    /// The contact was asked a short while ago.
    Cooldown,
    OptedOut,
    /// Whoever resolved it wanted nobody to be asked.
    AskedNotTo,
    Group,
    /// The contact is erased, the number disabled or barred.
    Unreachable,
}

/// The last survey of a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationCsat {
    #[schema(required)]
    pub survey_id: Option<CsatId>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub episode: u32,
    pub state: ConversationCsatState,
    #[schema(required)]
    pub score: Option<Score>,
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    #[schema(required)]
    pub reason: Option<CsatSkipReason>,
}

/// Whether the customer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsatChoice {
    /// As the brand's survey says.
    Send,
    Skip,
}

/// What the page behind a link shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CsatQuestion {
    #[schema(max_length = 200)]
    pub brand_name: String,
    #[schema(max_length = 1_024)]
    pub question: String,
    /// What the scores are called, from 1 to 5.
    #[schema(min_items = 5, max_items = 5)]
    pub labels: Vec<String>,
    /// The answer that counts so far.
    #[schema(required)]
    pub score: Option<Score>,
    /// Until then an answer counts.
    pub open_until: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveCsatAnswer {
    pub score: Score,
    #[schema(max_length = 2_000)]
    pub comment: Option<String>,
}
