//! What happened to a conversation besides messages and notes.

use domain::conversation::{Priority, Status};
use domain::event::automation::AutomationRuleRan;
use domain::event::bot::{ChosenBy, CloseReason, Holder};
use domain::event::conversation::{Cause, ConversationResolved, HandOffCause, Origin};
use domain::event::macros::MacroRan;
use domain::event::{Actor, Event, Recorded};
use domain::ids::*;
use domain::queue::QueueId;
use domain::sla::{EscalationAction, Metric, Outcome};
use domain::time::Timestamp;
use serde_json::Value;

/// A line between the messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub kind: ActivityKind,
    pub actor: Actor,
    pub occurred_at: Timestamp,
    pub pos: u64,
    pub version: u64,
}

/// What it was.
#[derive(Debug, Clone, PartialEq)]
pub enum ActivityKind {
    Opened {
        origin: Origin,
        previous: Option<ConversationId>,
    },
    Reopened {
        episode: u32,
        cause: Cause,
    },
    /// With the times measured at that moment.
    Resolved(Box<ConversationResolved>),
    StatusChanged {
        from: Status,
        to: Status,
        until: Option<Timestamp>,
        cause: Cause,
        reason: Option<String>,
    },
    Assigned {
        assignee_id: Option<UserId>,
        team_id: Option<TeamId>,
        previous_assignee_id: Option<UserId>,
        previous_team_id: Option<TeamId>,
        reason: Option<String>,
    },
    PriorityChanged {
        priority: Priority,
    },
    Tagged {
        tag: String,
    },
    Untagged {
        tag: String,
    },
    CourtesyUndone {
        message_id: MessageId,
    },
    /// A bot has it from here on.
    BotStarted {
        holder: Holder,
    },
    /// The customer chose, as the choice is called.
    QuestionAnswered {
        question_id: QuestionId,
        title: String,
        by: ChosenBy,
    },
    QuestionExpired {
        question_id: QuestionId,
    },
    QuestionClosed {
        question_id: QuestionId,
        reason: CloseReason,
    },
    /// By a bot to people.
    HandedOff {
        cause: HandOffCause,
        queue_id: Option<QueueId>,
        /// `None`: not said, or erased.
        reason: Option<String>,
    },
    Call {
        /// `connect`, `terminate`, …; open.
        event: String,
        from_customer: Option<bool>,
        provider_id: Option<String>,
        /// The provider's item; `None`: erased.
        body: Option<Value>,
    },
    Group {
        event: String,
        body: Option<Value>,
    },
    /// The deadline passed, at the time of the line.
    SlaBreached {
        metric: Metric,
        n: u32,
    },
    /// Somebody stopped the clocks of what is promised; `None`: erased.
    PromisesPaused {
        reason: Option<String>,
    },
    PromisesResumed,
    /// A rule of automation applied.
    AutomationRan(Box<AutomationRuleRan>),
    /// Somebody ran a macro; what it did stands before it.
    MacroRan(Box<MacroRan>),
    SlaEscalated {
        metric: Metric,
        n: u32,
        action: EscalationAction,
        outcome: Outcome,
    },
}

impl Activity {
    /// The line an event makes, if it makes one.
    pub(super) fn of(recorded: &Recorded) -> Option<Self> {
        let kind = match &recorded.event {
            Event::ConversationOpened(event) => ActivityKind::Opened { origin: event.origin, previous: event.previous },
            Event::ConversationReopened(event) => ActivityKind::Reopened { episode: event.episode, cause: event.cause },
            Event::ConversationResolved(event) => ActivityKind::Resolved(Box::new(event.clone())),
            Event::ConversationStatusChanged(event) => ActivityKind::StatusChanged {
                from: event.from,
                to: event.to,
                until: event.until,
                cause: event.cause,
                reason: event.reason.clone(),
            },
            Event::ConversationAssigned(event) => ActivityKind::Assigned {
                assignee_id: event.assignee_id,
                team_id: event.team_id,
                previous_assignee_id: event.previous_assignee_id,
                previous_team_id: event.previous_team_id,
                reason: event.reason.clone(),
            },
            Event::ConversationPriorityChanged(event) => ActivityKind::PriorityChanged { priority: event.priority },
            Event::ConversationTagged(event) => ActivityKind::Tagged { tag: event.tag.clone() },
            Event::ConversationUntagged(event) => ActivityKind::Untagged { tag: event.tag.clone() },
            Event::AutomationRuleRan(event) => ActivityKind::AutomationRan(Box::new(event.clone())),
            Event::MacroRan(event) => ActivityKind::MacroRan(Box::new(event.clone())),
            Event::CourtesyUndone(event) => ActivityKind::CourtesyUndone { message_id: event.message_id },
            Event::ConversationHandedOff(event) => {
                let reason = event.private.as_ref().map(|private| private.reason.clone());
                ActivityKind::HandedOff { cause: event.cause, queue_id: event.queue_id, reason }
            }
            Event::ConversationBotStarted(event) => ActivityKind::BotStarted { holder: event.holder },
            Event::QuestionAnswered(event) => ActivityKind::QuestionAnswered {
                question_id: event.question_id,
                title: event.title.clone(),
                by: event.by,
            },
            Event::QuestionExpired(event) => ActivityKind::QuestionExpired { question_id: event.question_id },
            Event::QuestionClosed(event) => {
                ActivityKind::QuestionClosed { question_id: event.question_id, reason: event.reason }
            }
            Event::ConversationCallObserved(event) => ActivityKind::Call {
                event: event.event.clone(),
                from_customer: event.from_customer,
                provider_id: event.private.as_ref().map(|private| private.provider_id.clone()),
                body: event.private.as_ref().map(|private| private.body.clone()),
            },
            Event::ConversationGroupObserved(event) => ActivityKind::Group {
                event: event.event.clone(),
                body: event.private.as_ref().map(|private| private.body.clone()),
            },
            Event::PromisesPaused(event) => {
                ActivityKind::PromisesPaused { reason: event.private.as_ref().map(|private| private.reason.clone()) }
            }
            Event::PromisesResumed(_) => ActivityKind::PromisesResumed,
            Event::SlaBreached(event) => ActivityKind::SlaBreached { metric: event.metric, n: event.n },
            Event::SlaEscalated(event) => ActivityKind::SlaEscalated {
                metric: event.metric,
                n: event.n,
                action: event.action,
                outcome: event.outcome,
            },
            // Who has read what is nobody else's business; messages and notes are entries of their own.
            _ => return None,
        };
        Some(Self {
            kind,
            actor: recorded.actor,
            occurred_at: recorded.occurred_at,
            pos: recorded.pos,
            version: recorded.version,
        })
    }
}
