//! What a rule of automation, or a macro, can do in a conversation. Actions are done in their order; each says for itself what
//! came of it.
//!
//! Texts may hold variables (`{{contact.name}}`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::conversation::Priority;
use crate::ids::*;
use crate::queue::QueueId;
use crate::time::Millis;

/// One thing to do.
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
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AutomationAction {
    /// A text, an interactive message or a template to the customer, in the Cloud API's shape.
    SendMessage {
        content: Content,
    },
    /// What the knowledge base says to the customer's words.
    AnswerFromKnowledge(KnowledgeAnswer),
    /// A question with choices; what follows waits for one of them.
    Ask(Question),
    AddTag {
        tag: String,
    },
    RemoveTag {
        tag: String,
    },
    /// Into a queue: a team's, or the brand's common one.
    MoveToQueue {
        queue_id: QueueId,
    },
    AssignAgent {
        user_id: UserId,
    },
    SetPriority {
        priority: Priority,
    },
    SetStatus {
        status: SettableStatus,
        disposition: Option<String>,
    },
    /// Until so long after the action.
    Snooze {
        for_ms: Millis,
    },
    /// An internal note; `@[usr_…]` and `@[team_…]` mention.
    AddNote {
        body: String,
    },
    /// Tells people of the conversation.
    Notify {
        user_ids: Vec<UserId>,
        team_ids: Vec<TeamId>,
        text: String,
    },
    /// Asks how satisfied the customer is, as the brand asks.
    AskSatisfaction,
    /// Ends the bot's part: people are expected to answer, in this queue if one is named.
    HandOver {
        queue_id: Option<QueueId>,
    },
    /// Writes down that another system is to be told: the event is what an integration acts on.
    CallIntegration {
        integration: String,
        operation: String,
        parameters: BTreeMap<String, String>,
    },
}

/// A status that an action can set; snoozing has its own.
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
pub enum SettableStatus {
    Open,
    Pending,
    Resolved,
}

/// A question to the customer: up to three choices as buttons, up to ten as a list; what is typed instead counts as well.
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
pub struct Question {
    pub text: String,
    /// The button that opens the list, where there are more than three choices.
    pub list_button: Option<String>,
    pub choices: Vec<Choice>,
    /// How long an answer is waited for.
    pub wait_ms: Millis,
    /// How often it is asked again where an answer is none of the choices.
    pub repeats_max: u32,
    /// Done where nobody answered in time.
    pub on_timeout: Vec<AutomationAction>,
    /// Done where the last answer was none of the choices.
    pub on_no_match: Vec<AutomationAction>,
}

/// One choice.
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
pub struct Choice {
    pub title: String,
    /// What customers type for it, beside its title and its number.
    pub also: Vec<String>,
    pub then: Vec<AutomationAction>,
}

/// How the knowledge base is asked.
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
pub struct KnowledgeAnswer {
    pub lookup: KnowledgeLookup,
    /// Only articles of this category.
    pub category: Option<String>,
    /// The button under the answer by which a customer asks for a person; absent: none is offered.
    pub offer_human: Option<String>,
    /// Done where no article answers.
    pub otherwise: Vec<AutomationAction>,
}

/// Which article answers.
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
#[serde(tag = "by", rename_all = "snake_case")]
pub enum KnowledgeLookup {
    /// One of whose keywords the customer wrote.
    Keyword,
    /// The best found by its words, if it scores at least this of 100.
    Search { score_min: u8 },
}
