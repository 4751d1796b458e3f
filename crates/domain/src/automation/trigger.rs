//! What fires a rule: an event of a conversation, narrowed by what it says, or a time after one.

use serde::{Deserialize, Serialize};

use crate::conversation::Status;
use crate::event::Event;
use crate::sla::Metric;
use crate::time::Millis;

/// See the module. What a narrowing field leaves out fits everything.
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
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Trigger {
    /// A customer wrote something that asks for an answer.
    MessageReceived,
    /// A conversation began, by whomever.
    Opened,
    Reopened,
    Resolved,
    StatusChanged {
        to: Option<Status>,
    },
    /// It has another owner, or lies in another queue.
    Assigned,
    PriorityChanged,
    /// As tags are compared: lower case, no space around.
    TagAdded {
        tag: Option<String>,
    },
    TagRemoved {
        tag: Option<String>,
    },
    SlaAtRisk {
        metric: Option<Metric>,
    },
    SlaBreached {
        metric: Option<Metric>,
    },
    /// A customer said how satisfied they are.
    Rated {
        at_most: Option<u8>,
    },
    /// So long after something, once for each time that it is so.
    Timer {
        since: Since,
        after_ms: Millis,
    },
}

/// What a timer counts from.
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
pub enum Since {
    /// The customer waits for a person.
    Waiting,
    /// The episode began.
    Opened,
    /// A person answered, and the customer has not written since.
    AgentReply,
    /// It was resolved, and has not been reopened. A rule reaches those that are resolved from when it is made.
    Resolved,
}

/// Which trigger it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    MessageReceived,
    Opened,
    Reopened,
    Resolved,
    StatusChanged,
    Assigned,
    PriorityChanged,
    TagAdded,
    TagRemoved,
    SlaAtRisk,
    SlaBreached,
    Rated,
    Timer,
}

impl Since {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Opened, Self::AgentReply, Self::Resolved];
}

impl Trigger {
    /// Which it is.
    pub const fn kind(&self) -> TriggerKind {
        match self {
            Self::MessageReceived => TriggerKind::MessageReceived,
            Self::Opened => TriggerKind::Opened,
            Self::Reopened => TriggerKind::Reopened,
            Self::Resolved => TriggerKind::Resolved,
            Self::StatusChanged { .. } => TriggerKind::StatusChanged,
            Self::Assigned => TriggerKind::Assigned,
            Self::PriorityChanged => TriggerKind::PriorityChanged,
            Self::TagAdded { .. } => TriggerKind::TagAdded,
            Self::TagRemoved { .. } => TriggerKind::TagRemoved,
            Self::SlaAtRisk { .. } => TriggerKind::SlaAtRisk,
            Self::SlaBreached { .. } => TriggerKind::SlaBreached,
            Self::Rated { .. } => TriggerKind::Rated,
            Self::Timer { .. } => TriggerKind::Timer,
        }
    }

    /// Whether an event fires it.
    pub fn fires(&self, event: &Event) -> bool {
        let only = |wanted: &Option<String>, tag: &str| wanted.as_deref().is_none_or(|wanted| wanted == tag);
        match (self, event) {
            (Self::MessageReceived, Event::MessageReceived(event)) => event.asks(),
            (Self::Opened, Event::ConversationOpened(event)) => event.status != Status::Resolved,
            (Self::Reopened, Event::ConversationReopened(_)) => true,
            (Self::Resolved, Event::ConversationResolved(_)) => true,
            (Self::StatusChanged { to }, event) => {
                became(event).is_some_and(|now| to.is_none_or(|wanted| wanted == now))
            }
            (Self::Assigned, Event::ConversationAssigned(_)) => true,
            (Self::PriorityChanged, Event::ConversationPriorityChanged(_)) => true,
            (Self::TagAdded { tag }, Event::ConversationTagged(event)) => only(tag, &event.tag),
            (Self::TagRemoved { tag }, Event::ConversationUntagged(event)) => only(tag, &event.tag),
            (Self::SlaAtRisk { metric }, Event::SlaAtRisk(event)) => metric.is_none_or(|only| only == event.metric),
            (Self::SlaBreached { metric }, Event::SlaBreached(event)) => metric.is_none_or(|only| only == event.metric),
            (Self::Rated { at_most }, Event::CsatAnswered(event)) => at_most.is_none_or(|most| event.score <= most),
            _ => false,
        }
    }
}

/// The status a conversation has from an event on.
fn became(event: &Event) -> Option<Status> {
    match event {
        Event::ConversationStatusChanged(event) => Some(event.to),
        Event::ConversationReopened(_) => Some(Status::Open),
        Event::ConversationResolved(_) => Some(Status::Resolved),
        _ => None,
    }
}

/// Whether an event could fire any trigger at all.
pub(super) fn is_occasion(event: &Event) -> bool {
    matches!(
        event,
        Event::MessageReceived(_)
            | Event::ConversationOpened(_)
            | Event::ConversationReopened(_)
            | Event::ConversationResolved(_)
            | Event::ConversationStatusChanged(_)
            | Event::ConversationAssigned(_)
            | Event::ConversationPriorityChanged(_)
            | Event::ConversationTagged(_)
            | Event::ConversationUntagged(_)
            | Event::SlaAtRisk(_)
            | Event::SlaBreached(_)
            | Event::CsatAnswered(_)
    )
}
