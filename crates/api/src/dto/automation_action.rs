//! What a rule of automation, a question or a macro does.
//!
//! The shapes of actions take fields they do not know: beside each stands its `type`, which a closed one would refuse.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::conversation::Priority;
use super::scalar::*;

/// One thing to do. Texts may hold variables, as `{{contact.first_name|there}}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AutomationAction {
    /// A text, an interactive message, a linked file or a template. Outside the service window only a template goes.
    SendMessage(SendMessageAction),
    /// What the knowledge base says to the customer's words.
    AnswerFromKnowledge(AnswerFromKnowledgeAction),
    /// A question with choices; what follows waits for one of them.
    Ask(AskAction),
    AddTag(TagAction),
    RemoveTag(TagAction),
    MoveToQueue(MoveToQueueAction),
    AssignAgent(AssignAgentAction),
    SetPriority(SetPriorityAction),
    SetStatus(SetStatusAction),
    Snooze(SnoozeAction),
    AddNote(AddNoteAction),
    /// Tells those of them who see the conversation.
    Notify(NotifyAction),
    /// Asks about the episode that was resolved, as the brand asks, without its delay.
    AskSatisfaction(NothingMore),
    /// Ends the bot's part: people are expected to answer, in this queue if one is named.
    HandOver(HandOverAction),
    /// Writes down that another system is to be told; whoever connects it acts on that.
    CallIntegration(CallIntegrationAction),
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NothingMore {}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SendMessageAction {
    /// As in the Cloud API: `{"type": "text", "text": {"body": "…"}}`. Files by their `link`.
    #[schema(value_type = Object)]
    pub content: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TagAction {
    #[schema(min_length = 1, max_length = 64)]
    pub tag: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MoveToQueueAction {
    pub queue_id: QueueId,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssignAgentAction {
    pub user_id: UserId,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SetPriorityAction {
    pub priority: Priority,
}

/// A status that an action can set; snoozing has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettableStatus {
    Open,
    Pending,
    Resolved,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SetStatusAction {
    pub status: SettableStatus,
    /// What it came to, of `resolved`: where the queue wants one, nothing is resolved without it.
    #[schema(max_length = 100)]
    pub disposition: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SnoozeAction {
    #[schema(minimum = 60, maximum = 31_622_400)]
    pub for_seconds: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AddNoteAction {
    /// `@[usr_…]` and `@[team_…]` mention.
    #[schema(min_length = 1, max_length = 4_096)]
    pub body: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NotifyAction {
    #[serde(default)]
    #[schema(max_items = 50)]
    pub user_ids: Vec<UserId>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub team_ids: Vec<TeamId>,
    #[schema(min_length = 1, max_length = 1_000)]
    pub text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandOverAction {
    pub queue_id: Option<QueueId>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CallIntegrationAction {
    #[schema(min_length = 1, max_length = 64)]
    pub integration: String,
    #[schema(min_length = 1, max_length = 64)]
    pub operation: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Up to three choices as buttons, up to ten as a list; what is typed instead counts as well.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AskAction {
    #[schema(min_length = 1, max_length = 1_024)]
    pub text: String,
    /// The button that opens the list, where there are more than three choices.
    #[schema(max_length = 20)]
    pub list_button: Option<String>,
    #[schema(min_items = 1, max_items = 10)]
    pub choices: Vec<AskChoice>,
    /// How long an answer is waited for; 900 when absent.
    #[schema(minimum = 60, maximum = 82_800)]
    pub wait_seconds: Option<u32>,
    /// How often it is asked again where an answer is none of the choices; 1 when absent.
    #[schema(minimum = 0, maximum = 3)]
    pub repeats_max: Option<u32>,
    /// Done where nobody answered in time.
    #[serde(default)]
    #[schema(no_recursion, max_items = 20)]
    pub on_timeout: Vec<AutomationAction>,
    /// Done where the last answer was none of the choices.
    #[serde(default)]
    #[schema(no_recursion, max_items = 20)]
    pub on_no_match: Vec<AutomationAction>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AskChoice {
    #[schema(min_length = 1, max_length = 24)]
    pub title: String,
    /// What customers type for it, beside its title and its number.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub also: Vec<String>,
    #[serde(default)]
    #[schema(no_recursion, max_items = 20)]
    pub then: Vec<AutomationAction>,
}

/// Which article answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnowledgeLookup {
    /// One of whose keywords the customer wrote.
    Keyword,
    /// The best found by its words.
    Search,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AnswerFromKnowledgeAction {
    pub lookup: KnowledgeLookup,
    /// Of `search`: the score, of 100, below which nothing answers; 50 when absent.
    #[schema(minimum = 0, maximum = 100)]
    pub score_min: Option<u8>,
    /// Only articles of this category.
    #[schema(max_length = 100)]
    pub category: Option<String>,
    /// The button under the answer by which a customer asks for a person; absent: none is offered.
    #[schema(max_length = 20)]
    pub offer_human: Option<String>,
    /// Done where no article answers.
    #[serde(default)]
    #[schema(no_recursion, max_items = 20)]
    pub otherwise: Vec<AutomationAction>,
}
