//! Facts about the part of an episode that automation has: that it holds the conversation, what it asked, and what came of it.
//! A question is kept whole, with what each choice leads to: whatever becomes of the rule that asked it, the customer's
//! answer does what they were offered. Questions are the team's words, so they are facts.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::automation::act::{Origin, Outcome};
use crate::automation::action::{KnowledgeAnswer, Question};
use crate::ids::*;
use crate::time::Timestamp;

/// Who holds a conversation instead of people.
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
pub enum Holder {
    /// Our own rules, which answer in the same moment or not at all.
    Automation,
    /// A program, or whoever said that one has it; it answers in its own time.
    Program,
}

/// From here until it is handed over people are not given it, and nothing is promised in their name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationBotStarted {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub holder: Holder,
}
facts!(ConversationBotStarted = "conversation.bot_started");

/// The customer was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuestionAsked {
    pub conversation_id: ConversationId,
    pub question_id: QuestionId,
    pub episode: u32,
    /// The message that asks.
    pub message_id: MessageId,
    pub question: Box<Question>,
    pub origin: Origin,
    pub expires_at: Timestamp,
}
facts!(QuestionAsked = "question.asked");

/// The answer was none of the choices, so it was asked again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuestionRepeated {
    pub conversation_id: ConversationId,
    pub question_id: QuestionId,
    pub message_id: MessageId,
    /// How often it has been asked, the first time included.
    pub times: u32,
    pub expires_at: Timestamp,
}
facts!(QuestionRepeated = "question.repeated");

/// How a choice was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChosenBy {
    /// A button or a row was pressed.
    Tap,
    /// Its title, its number or another word for it was typed.
    Text,
}

/// The customer chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuestionAnswered {
    pub conversation_id: ConversationId,
    pub question_id: QuestionId,
    pub episode: u32,
    /// Which of the choices, from 1.
    pub choice: u32,
    /// What it is called.
    pub title: String,
    pub by: ChosenBy,
    /// The customer's message.
    pub message_id: MessageId,
}
facts!(QuestionAnswered = "question.answered");

/// Nobody answered in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuestionExpired {
    pub conversation_id: ConversationId,
    pub question_id: QuestionId,
    pub episode: u32,
    /// When its time was over, whenever that was noticed.
    pub at: Timestamp,
}
facts!(QuestionExpired = "question.expired");

/// Why a question is no longer waited with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The last answer, too, was none of the choices.
    NoMatch,
    /// Somebody of the team took the conversation, or wrote in it.
    TakenOver,
    /// The conversation was handed over to people.
    HandedOver,
    /// Another question was asked.
    Replaced,
}

/// It is over without an answer, and before its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuestionClosed {
    pub conversation_id: ConversationId,
    pub question_id: QuestionId,
    pub episode: u32,
    pub reason: CloseReason,
}
facts!(QuestionClosed = "question.closed");

/// What was done about how a question ended. What it did stands between that and this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuestionFollowed {
    pub conversation_id: ConversationId,
    pub question_id: QuestionId,
    /// Of each action, in their order.
    pub outcomes: Vec<Outcome>,
}
facts!(QuestionFollowed = "question.followed");

/// The knowledge base is asked about a customer's words, which lie in their message alone. Whoever searches hands in what was
/// found; a request without an end is taken up again after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KnowledgeLookupRequested {
    pub conversation_id: ConversationId,
    pub episode: u32,
    /// The customer's message.
    pub message_id: MessageId,
    /// Position of its event.
    pub message_pos: u64,
    pub ask: Box<KnowledgeAnswer>,
    pub origin: Origin,
}
facts!(KnowledgeLookupRequested = "knowledge.lookup_requested");

/// What came of it; the answer itself is an event before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KnowledgeLookupEnded {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    /// How well the best article fitted, of 100; absent: none did at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_score: Option<u8>,
    /// Which article answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article_id: Option<ArticleId>,
    /// Of what was done where none did, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
}
facts!(KnowledgeLookupEnded = "knowledge.lookup_ended");
