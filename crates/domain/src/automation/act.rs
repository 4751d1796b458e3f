//! Does actions, by the same decisions as people's: nothing is checked less because nobody asked. Each action says what came of
//! it; one that could not be done keeps none after it from being tried.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::{AutomationAction, SettableStatus};
use super::words;
use crate::bot::answer::answer;
use crate::bot::ask::ask;
use crate::bot::hand_over::{HandOver, hand_over};
use crate::content::Content;
use crate::conversation::add_note::NewNote;
use crate::conversation::assign::{Assignment, assign};
use crate::conversation::change_status::{self, Resolve};
use crate::conversation::mention::can_see;
use crate::conversation::reply::{Reply, reply};
use crate::conversation::{Status, add_note, label};
use crate::csat;
use crate::event::automation::{AutomationNotified, CallParameters, IntegrationCallRequested, NoticeText};
use crate::event::conversation::HandOffCause;
use crate::event::message::Sender;
use crate::event::{Actor, StreamId};
use crate::ids::*;
use crate::queue::QueueId;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Millis;

/// People told by one action at most.
pub const TOLD_MAX: usize = 200;

/// A rule at a version.
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
pub struct RuleVersion {
    pub rule_id: AutomationRuleId,
    pub version: u64,
}

/// What has actions done.
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
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Origin {
    Rule(RuleVersion),
    /// What was answered to a question, or that nobody did; the rule that asked, if one did.
    Question {
        question_id: QuestionId,
        asked_by: Option<RuleVersion>,
    },
    /// Somebody ran a macro: what it does is theirs.
    Macro {
        macro_id: MacroId,
        version: u64,
        user_id: UserId,
    },
}

impl Origin {
    /// In whose name it is done; `None`: of whoever gave the command.
    pub const fn actor(self) -> Option<Actor> {
        match self {
            Self::Rule(rule) => Some(Actor::Rule(rule.rule_id)),
            Self::Question { asked_by: Some(rule), .. } => Some(Actor::Rule(rule.rule_id)),
            Self::Question { asked_by: None, .. } => Some(Actor::System),
            Self::Macro { .. } => None,
        }
    }
    /// Who sends what it sends.
    pub const fn sender(self) -> Sender {
        match self {
            Self::Rule(_) | Self::Question { .. } => Sender::System,
            Self::Macro { user_id, .. } => Sender::User(user_id),
        }
    }
}

/// Which action it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    SendMessage,
    AnswerFromKnowledge,
    Ask,
    AddTag,
    RemoveTag,
    MoveToQueue,
    AssignAgent,
    SetPriority,
    SetStatus,
    Snooze,
    AddNote,
    Notify,
    AskSatisfaction,
    HandOver,
    CallIntegration,
}

/// Why an action was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It was so before.
    AlreadySo,
    /// Only a template could be sent.
    ServiceWindowClosed,
    NumberBarred,
    ContactErased,
    ContactBlocked,
    ChannelDisabled,
    ContactOptedOut,
    TemplateNotSendable,
    /// What would have been sent cannot be.
    ContentNotSendable,
    /// As many messages as automation sends in a conversation within an hour.
    MessagesPerHour,
    /// It names what is not there any more, or is not the conversation's to use.
    UnknownReference,
    /// Whoever it names may not own the conversation.
    AssigneeNotEligible,
    /// It cannot go there from where it stands.
    InvalidTransition,
    /// The queue wants it said what came of a conversation.
    DispositionRequired,
    /// Nobody can be asked, or told.
    NobodyToReach,
    NotAllowed,
    /// No article answers.
    NoArticle,
    /// There is no such thing here.
    NotAvailable,
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Outcome {
    pub action: ActionKind,
    /// Absent: it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// What it sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// What was done in its place, or because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Outcome>,
}

/// What an action comes to: it was done, perhaps by a message.
pub(crate) type Done = Result<Option<MessageId>, SkipReason>;

/// Does the actions in a conversation, in their order.
pub fn perform(step: &mut Step<'_>, id: ConversationId, actions: &[AutomationAction], origin: Origin) -> Vec<Outcome> {
    let asker = step.actor;
    step.actor = origin.actor().unwrap_or(asker);
    let outcomes = actions.iter().map(|action| outcome(step, id, action, origin)).collect();
    step.actor = asker;
    outcomes
}

fn outcome(step: &mut Step<'_>, id: ConversationId, action: &AutomationAction, origin: Origin) -> Outcome {
    use AutomationAction as A;
    let made = step.made();
    let reason = || Some(word(origin).to_owned());
    let plain = |done: Result<(), Rejection>| done.map(|()| None).map_err(|rejection| skipped(&rejection));
    let mut then = Vec::new();
    let done: Done = match action {
        A::SendMessage { content } => send(step, id, content, origin),
        A::AnswerFromKnowledge(ask) => answer(step, id, ask, origin, &mut then),
        A::Ask(question) => ask(step, id, question, origin),
        A::AddTag { tag } => plain(label::tag(step, id, tag)),
        A::RemoveTag { tag } => plain(label::untag(step, id, tag)),
        A::MoveToQueue { queue_id } => plain(move_to(step, id, *queue_id, reason())),
        A::AssignAgent { user_id } => {
            let wanted = Assignment { assignee_id: Some(*user_id), reason: reason(), ..Assignment::default() };
            plain(assign(step, id, &wanted))
        }
        A::SetPriority { priority } => plain(label::prioritize(step, id, *priority)),
        A::SetStatus { status, disposition } => plain(set_status(step, id, *status, disposition.as_deref(), reason())),
        A::Snooze { for_ms } => plain(snooze(step, id, *for_ms, reason())),
        A::AddNote { body } => plain(note(step, id, body, origin)),
        A::Notify { user_ids, team_ids, text } => notify(step, id, (user_ids, team_ids), text, origin),
        A::AskSatisfaction => ask_satisfaction(step, id),
        A::CallIntegration { integration, operation, parameters } => {
            let filled = |(name, text): (&String, &String)| (name.clone(), words::filled(step, id, origin, text));
            let private = Some(CallParameters { parameters: parameters.iter().map(filled).collect() });
            let (integration, operation) = (integration.clone(), operation.clone());
            let event = IntegrationCallRequested { conversation_id: id, origin, integration, operation, private };
            step.emit(StreamId::Conversation(id), event);
            Ok(None)
        }
        A::HandOver { queue_id } => {
            let how = HandOver { queue_id: *queue_id, ..HandOver::because(HandOffCause::Action) };
            plain(hand_over(step, id, how))
        }
    };
    let done = done.and_then(|message| if step.made() > made { Ok(message) } else { Err(SkipReason::AlreadySo) });
    Outcome { action: action.kind(), skipped: done.err(), message_id: done.ok().flatten(), then }
}

/// Sends what a rule, or a question of one, says: never more than [`super::record::MESSAGES_MAX`] within an hour.
pub(crate) fn send(step: &mut Step<'_>, id: ConversationId, content: &Content, origin: Origin) -> Done {
    let now = step.now;
    let may = step.conversation(id).is_some_and(|conversation| conversation.automation.may_send(now));
    if !matches!(origin, Origin::Macro { .. }) && !may {
        return Err(SkipReason::MessagesPerHour);
    }
    let content = words::filled_content(step, id, origin, content);
    let message = Reply::by_itself(id, origin.sender(), content);
    reply(step, &message).map(Some).map_err(|rejection| skipped(&rejection))
}

fn note(step: &mut Step<'_>, id: ConversationId, body: &str, origin: Origin) -> Result<(), Rejection> {
    let author = match origin {
        Origin::Macro { user_id, .. } => Some(user_id),
        Origin::Rule(_) | Origin::Question { .. } => None,
    };
    let new = NewNote { body: words::filled(step, id, origin, body), ..NewNote::default() };
    add_note::add_by(step, id, author, &new).map(|_| ())
}

/// Tells those who see the conversation.
fn notify(
    step: &mut Step<'_>,
    id: ConversationId,
    (users, teams): (&[UserId], &[TeamId]),
    text: &str,
    origin: Origin,
) -> Done {
    let text = words::filled(step, id, origin, text);
    let (view, conversation) = step.view(id).ok_or(SkipReason::UnknownReference)?;
    let of_teams = teams.iter().filter_map(|team| view.world.roster.team(*team)).flat_map(|team| team.members.keys());
    let named: BTreeSet<UserId> = users.iter().chain(of_teams).copied().collect();
    let told: Vec<_> = named.into_iter().filter(|user| can_see(view, *user, conversation)).take(TOLD_MAX).collect();
    if told.is_empty() {
        return Err(SkipReason::NobodyToReach);
    }
    let event = AutomationNotified { conversation_id: id, origin, told, private: Some(NoticeText { text }) };
    step.emit(StreamId::Conversation(id), event);
    Ok(None)
}

fn ask_satisfaction(step: &mut Step<'_>, id: ConversationId) -> Done {
    match csat::ask::at_once(step, id) {
        Some(Ok(())) => Ok(step.conversation(id).and_then(|it| it.surveys.last()).map(|asked| asked.message_id)),
        Some(Err(csat::SkipReason::WindowClosed)) => Err(SkipReason::ServiceWindowClosed),
        Some(Err(csat::SkipReason::OptedOut)) => Err(SkipReason::ContactOptedOut),
        Some(Err(csat::SkipReason::Blocked)) => Err(SkipReason::ContactBlocked),
        Some(Err(_)) => Err(SkipReason::NotAllowed),
        // Surveys are off, nothing was resolved, or the episode was asked about already.
        None => Err(SkipReason::NotAvailable),
    }
}

/// Into another queue of its brand's.
pub(crate) fn move_to(
    step: &mut Step<'_>,
    id: ConversationId,
    queue: QueueId,
    reason: Option<String>,
) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if matches!(queue, QueueId::Common(brand) if brand != conversation.brand_id) {
        return Err(Rejection::UnknownReference { field: "queue_id" });
    }
    let lies = QueueId::of(conversation.brand_id, conversation.team_id);
    if lies == queue {
        return Ok(());
    }
    // The owner stays with the queue it leaves.
    let wanted = Assignment { team_id: Some(queue.team_id()), reason, ..Assignment::default() };
    assign(step, id, &wanted)
}

fn set_status(
    step: &mut Step<'_>,
    id: ConversationId,
    status: SettableStatus,
    disposition: Option<&str>,
    reason: Option<String>,
) -> Result<(), Rejection> {
    match status {
        SettableStatus::Open => change_status::change(step, id, Status::Open, None, reason),
        SettableStatus::Pending => change_status::change(step, id, Status::Pending, None, reason),
        SettableStatus::Resolved => {
            let how = Resolve { reason, disposition: disposition.map(str::to_owned), ..Resolve::default() };
            change_status::resolve(step, id, how)
        }
    }
}

fn snooze(step: &mut Step<'_>, id: ConversationId, for_ms: Millis, reason: Option<String>) -> Result<(), Rejection> {
    let until = step.now + for_ms;
    change_status::change(step, id, Status::Snoozed, Some(until), reason)
}

/// What an event says moved it.
const fn word(origin: Origin) -> &'static str {
    match origin {
        Origin::Rule(_) => "automation rule",
        Origin::Question { .. } => "answer to a question",
        Origin::Macro { .. } => "macro",
    }
}

/// Why an action was not done, where a decision refused it.
pub(crate) fn skipped(rejection: &Rejection) -> SkipReason {
    match rejection {
        Rejection::WindowClosed { .. } => SkipReason::ServiceWindowClosed,
        Rejection::NumberBarred { .. } => SkipReason::NumberBarred,
        Rejection::ContactErased => SkipReason::ContactErased,
        Rejection::ContactBlocked => SkipReason::ContactBlocked,
        Rejection::ChannelDisabled => SkipReason::ChannelDisabled,
        Rejection::OptedOut => SkipReason::ContactOptedOut,
        Rejection::Template(_) | Rejection::TemplateParameters(_) => SkipReason::TemplateNotSendable,
        Rejection::Content(_) => SkipReason::ContentNotSendable,
        Rejection::NotFound | Rejection::UnknownReference { .. } => SkipReason::UnknownReference,
        Rejection::AssigneeNotEligible => SkipReason::AssigneeNotEligible,
        Rejection::InvalidTransition { .. } | Rejection::Duplicate(_) => SkipReason::InvalidTransition,
        Rejection::Fields(_) => SkipReason::DispositionRequired,
        _ => SkipReason::NotAllowed,
    }
}

impl AutomationAction {
    /// Which it is.
    pub const fn kind(&self) -> ActionKind {
        match self {
            Self::SendMessage { .. } => ActionKind::SendMessage,
            Self::AnswerFromKnowledge(_) => ActionKind::AnswerFromKnowledge,
            Self::Ask(_) => ActionKind::Ask,
            Self::AddTag { .. } => ActionKind::AddTag,
            Self::RemoveTag { .. } => ActionKind::RemoveTag,
            Self::MoveToQueue { .. } => ActionKind::MoveToQueue,
            Self::AssignAgent { .. } => ActionKind::AssignAgent,
            Self::SetPriority { .. } => ActionKind::SetPriority,
            Self::SetStatus { .. } => ActionKind::SetStatus,
            Self::Snooze { .. } => ActionKind::Snooze,
            Self::AddNote { .. } => ActionKind::AddNote,
            Self::Notify { .. } => ActionKind::Notify,
            Self::AskSatisfaction => ActionKind::AskSatisfaction,
            Self::HandOver { .. } => ActionKind::HandOver,
            Self::CallIntegration { .. } => ActionKind::CallIntegration,
        }
    }
}
