//! Facts about conversations: life cycle, ownership. Where an event can move a response or waiting
//! clock it carries the clocks as they stand after it ([`Clocks`]), so that every reader shows the same
//! number without computing it again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{facts, facts_and_private};
use crate::conversation::{Clocks, Priority, Status};
use crate::ids::*;
use crate::queue::QueueId;
use crate::time::{Millis, Timestamp};

/// How a conversation came about.
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
pub enum Origin {
    Inbound,
    /// Staff wrote first.
    Outbound,
    /// A campaign wrote first. Its first episode begins when the customer writes.
    Campaign,
    /// Staff wrote first, in the phone app.
    PhoneApp,
    /// Imported from before we were connected.
    History,
}
crate::packed_enum!(Origin: Inbound, Outbound, Campaign, PhoneApp, History);

/// Episode 1 begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationOpened {
    pub conversation_id: ConversationId,
    /// The short number people say to each other; counts up in the workspace.
    pub number: u64,
    pub channel_id: ChannelId,
    pub brand_id: BrandId,
    pub contact_id: ContactId,
    pub origin: Origin,
    /// Imported conversations begin resolved: nobody owes an answer.
    pub status: Status,
    /// The queue it begins in; `None`: the brand's common one.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// The same customer's earlier conversation on this channel.
    pub previous: Option<ConversationId>,
}
facts!(ConversationOpened = "conversation.opened");

/// Why a status changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person asked for it.
    Request,
    /// The customer wrote.
    CustomerMessage,
    /// A snooze ended.
    SnoozeDue,
    /// A "thanks" was more than that after all.
    CourtesyUndone,
    /// Nothing was written for as long as the queue's settings say.
    Inactivity,
}

/// A new episode begins on a resolved conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationReopened {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub cause: Cause,
    pub clocks: Clocks,
    /// What it is and where it lies: whoever keeps only what is open learns it here again.
    pub channel_id: ChannelId,
    pub brand_id: BrandId,
    pub contact_id: ContactId,
    pub team_id: Option<TeamId>,
    pub assignee_id: Option<UserId>,
    pub priority: Priority,
}
facts!(ConversationReopened = "conversation.reopened");

/// The episode ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationResolved {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub cause: Cause,
    pub reason: Option<String>,
    /// What it came to, as the queue calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// The owner at this moment.
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    /// From the episode's opening (its first customer message, or the opening by staff) to now.
    pub res_total_ms: Millis,
    /// The same without snoozed and pending time.
    pub res_active_ms: Millis,
    /// A customer wrote in this episode and no person ever answered.
    pub unanswered: bool,
    pub clocks: Clocks,
}
facts!(ConversationResolved = "conversation.resolved");

/// The time was near at which it is resolved by itself. Written once for each time in which nothing is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationInactivityWarned {
    pub conversation_id: ConversationId,
    /// What the customer was told; absent where nothing could be sent.
    pub message_id: Option<MessageId>,
}
facts!(ConversationInactivityWarned = "conversation.inactivity_warned");

/// Why people have it from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOffCause {
    /// Somebody, or a program, said so.
    #[default]
    Request,
    /// A rule, or what was chosen, does it.
    Action,
    /// The customer asked for a person, in words.
    Keyword,
    /// The customer pressed the button for it.
    Button,
    /// What the customer answered was none of the choices.
    NoMatch,
    /// Nobody answered in time, and nothing else was to be done about it.
    Timeout,
    /// No article answers.
    NoArticle,
    /// The customer wrote, and no rule had an answer.
    NothingToSay,
    /// Somebody took the conversation, or wrote in it.
    TakenOver,
}

/// A bot is done: from here on people are expected to answer. The clocks look at the first in an episode; only a program that
/// says it has the conversation again makes another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationHandedOff {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub clocks: Clocks,
    #[serde(default)]
    pub cause: HandOffCause,
    /// The queue that was named; absent: the rules of routing say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<QueueId>,
    /// What the customer chose before, as the choices are called: rules of routing look at it like at their words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<String>,
    #[serde(skip)]
    pub private: Option<HandOffReason>,
}
facts_and_private!(ConversationHandedOff = "conversation.handed_off");

/// Why, in the bot's words, which may quote the customer's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HandOffReason {
    pub reason: String,
}

/// Somebody stopped the clocks of what is promised here, until they go on or the episode ends. What stands still for it says
/// so by itself (`sla.paused`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PromisesPaused {
    pub conversation_id: ConversationId,
    #[serde(skip)]
    pub private: Option<PauseReason>,
}
facts_and_private!(PromisesPaused = "conversation.promises_paused");

/// Why, in the words of whoever did it, which may name the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PauseReason {
    pub reason: String,
}

/// The clocks that somebody stopped go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PromisesResumed {
    pub conversation_id: ConversationId,
}
facts!(PromisesResumed = "conversation.promises_resumed");

/// Between open, pending and snoozed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationStatusChanged {
    pub conversation_id: ConversationId,
    pub from: Status,
    pub to: Status,
    /// When a snooze ends; absent of a snooze: with the customer's next message.
    pub until: Option<Timestamp>,
    pub cause: Cause,
    pub reason: Option<String>,
}
facts!(ConversationStatusChanged = "conversation.status_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationAssigned {
    pub conversation_id: ConversationId,
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub previous_assignee_id: Option<UserId>,
    pub previous_team_id: Option<TeamId>,
    pub reason: Option<String>,
}
facts!(ConversationAssigned = "conversation.assigned");

/// Somebody from outside the team may read and note until it is resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CollaboratorAdded {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
}
facts!(CollaboratorAdded = "conversation.collaborator_added");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CollaboratorRemoved {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
}
facts!(CollaboratorRemoved = "conversation.collaborator_removed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationPriorityChanged {
    pub conversation_id: ConversationId,
    pub priority: Priority,
}
facts!(ConversationPriorityChanged = "conversation.priority_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationTagged {
    pub conversation_id: ConversationId,
    pub tag: String,
}
facts!(ConversationTagged = "conversation.tagged");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationUntagged {
    pub conversation_id: ConversationId,
    pub tag: String,
}
facts!(ConversationUntagged = "conversation.untagged");

/// A user has seen everything up to `up_to_version` of the stream (0: marked unread).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationRead {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
    pub up_to_version: u64,
}
facts!(ConversationRead = "conversation.read");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationCallObserved {
    pub conversation_id: ConversationId,
    /// `connect`, `terminate`, `ringing`, …
    pub event: String,
    pub from_customer: Option<bool>,
    #[serde(skip)]
    pub private: Option<CallDetail>,
}
facts_and_private!(ConversationCallObserved = "conversation.call_observed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CallDetail {
    pub provider_id: String,
    pub body: Value,
}

/// A group's life cycle or participants changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConversationGroupObserved {
    pub conversation_id: ConversationId,
    pub event: String,
    #[serde(skip)]
    pub private: Option<GroupDetail>,
}
facts_and_private!(ConversationGroupObserved = "conversation.group_observed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct GroupDetail {
    pub body: Value,
}

/// A courtesy message counts after all; the conversation reopens with the clock of that message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CourtesyUndone {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}
facts!(CourtesyUndone = "conversation.courtesy_undone");
