//! What of a conversation a job sets, as it was before and as it was after: enough to tell whether it is still so, and to
//! set it back.

use serde::{Deserialize, Serialize};

use super::{Operation, may};
use crate::access::{Action, Principal};
use crate::conversation::assign::{self, Assignment};
use crate::conversation::{Conversation, Priority, Status, change_status, label};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;

/// One thing about a conversation. Part of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "part")]
pub enum Part {
    Owner {
        assignee_id: Option<UserId>,
        team_id: Option<TeamId>,
    },
    Status {
        status: Status,
        snoozed_until: Option<Timestamp>,
        /// Resolved again after a reopening is another resolution.
        episode: u32,
        /// Since when the customer waited: a resolution that is taken back was none to them. Moves with what they write, so it
        /// does not count when a later state is compared.
        waiting_since: Option<Timestamp>,
    },
    Priority {
        priority: Priority,
    },
    Tag {
        tag: String,
        tagged: bool,
    },
}

/// What a job changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Change {
    pub before: Part,
    pub after: Part,
}

impl Operation {
    /// The parts of a conversation that it sets, as they are now. One whose setting back could be refused comes first.
    pub(super) fn parts(&self, conversation: &Conversation) -> Vec<Part> {
        match self {
            Self::Assign { .. } => vec![Part::owner(conversation)],
            Self::Resolve { .. } | Self::SetStatus { .. } | Self::Snooze { .. } => vec![Part::status(conversation)],
            Self::SetPriority { .. } => vec![Part::priority(conversation)],
            Self::AddTag { tag } | Self::RemoveTag { tag } => vec![Part::tag(conversation, tag)],
            Self::Escalate { .. } => vec![Part::owner(conversation), Part::priority(conversation)],
        }
    }
}

impl Part {
    fn owner(conversation: &Conversation) -> Self {
        Self::Owner { assignee_id: conversation.assignee_id, team_id: conversation.team_id }
    }
    fn status(conversation: &Conversation) -> Self {
        Self::Status {
            status: conversation.status,
            snoozed_until: conversation.snoozed_until,
            episode: conversation.episode,
            waiting_since: conversation.clocks.waiting_since,
        }
    }
    fn priority(conversation: &Conversation) -> Self {
        Self::Priority { priority: conversation.priority }
    }
    fn tag(conversation: &Conversation, tag: &str) -> Self {
        Self::Tag { tag: tag.to_owned(), tagged: conversation.tags.contains(tag) }
    }

    /// Whether it is so now.
    pub(super) fn holds(&self, conversation: &Conversation) -> bool {
        match self {
            Self::Owner { .. } => *self == Self::owner(conversation),
            Self::Status { status, snoozed_until, episode, .. } => {
                let now = (conversation.status, conversation.snoozed_until, conversation.episode);
                (*status, *snoozed_until, *episode) == now
            }
            Self::Priority { .. } => *self == Self::priority(conversation),
            Self::Tag { tag, .. } => *self == Self::tag(conversation, tag),
        }
    }

    /// What it takes to make it so again, where that does not depend on the conversation.
    pub(super) const fn action(&self) -> Option<Action> {
        match self {
            Self::Owner { .. } => None,
            Self::Status { .. } => Some(Action::ConversationStatus),
            Self::Priority { .. } => Some(Action::ConversationPriority),
            Self::Tag { .. } => Some(Action::ConversationTag),
        }
    }

    /// Makes it so again. Refused, it has made nothing.
    pub(super) fn restore(&self, step: &mut Step<'_>, by: &Principal, id: ConversationId) -> Result<(), Rejection> {
        if let Some(action) = self.action() {
            may(step, by, action, id)?;
        }
        match self {
            Self::Owner { assignee_id, team_id } => {
                let wanted =
                    Assignment { assignee_id: *assignee_id, team_id: Some(*team_id), reason: None, expected: None };
                give(step, by, id, wanted)
            }
            Self::Status { status, snoozed_until, waiting_since, .. } => {
                set_status(step, id, *status, *snoozed_until, *waiting_since)
            }
            Self::Priority { priority } => label::prioritize(step, id, *priority),
            Self::Tag { tag, tagged: true } => label::tag(step, id, tag),
            Self::Tag { tag, tagged: false } => label::untag(step, id, tag),
        }
    }
}

/// Assigns if they may. What that takes depends on where the conversation lies, so that is looked at first.
pub(super) fn give(
    step: &mut Step<'_>,
    by: &Principal,
    id: ConversationId,
    wanted: Assignment,
) -> Result<(), Rejection> {
    may(step, by, Action::ConversationRead, id)?;
    let (action, wanted) = assign::settle(step, by, id, wanted).ok_or(Rejection::NotFound)?;
    may(step, by, action, id)?;
    assign::assign(step, id, &wanted)
}

/// A status that was. From resolved the way to it leads through open; a snooze whose end has come meanwhile is over.
fn set_status(
    step: &mut Step<'_>,
    id: ConversationId,
    status: Status,
    until: Option<Timestamp>,
    waiting_since: Option<Timestamp>,
) -> Result<(), Rejection> {
    let over = until.is_some_and(|until| until <= step.now);
    let status = if status == Status::Snoozed && over { Status::Open } else { status };
    let now = step.conversation(id).ok_or(Rejection::NotFound)?.status;
    if now == Status::Resolved && status != Status::Resolved {
        // Only this can be refused: pending and snoozed follow on open without a condition.
        change_status::take_back_resolution(step, id, waiting_since)?;
    }
    change_status::change(step, id, status, until.filter(|_| status == Status::Snoozed), None)
}
