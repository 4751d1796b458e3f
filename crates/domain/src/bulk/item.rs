//! What became of one conversation of a job.

use serde::{Deserialize, Serialize};

use super::Change;
use crate::ids::ConversationId;
use crate::rejection::Rejection;

/// An item that was decided. Part of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Item {
    pub conversation_id: ConversationId,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How it ended. `version` is the conversation's after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    Done {
        version: u64,
        /// What it set and can set back.
        changes: Vec<Change>,
    },
    /// It was as wanted already.
    Unchanged { version: u64 },
    Refused {
        version: u64,
        #[serde(flatten)]
        refused: Refused,
    },
    /// There is no such conversation, or none that whoever asked could see.
    NotFound,
}

/// An item whose undoing was decided. Part of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UndoneItem {
    pub conversation_id: ConversationId,
    #[serde(flatten)]
    pub outcome: UndoOutcome,
}

/// How the undoing of an item ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum UndoOutcome {
    Undone {
        version: u64,
    },
    /// Somebody, or something, has changed what the job had set.
    ChangedSince {
        version: u64,
    },
    Refused {
        version: u64,
        #[serde(flatten)]
        refused: Refused,
    },
    NotFound,
}

/// Why an item was refused: a kind to match, and words without anything personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Refused {
    pub refusal: Refusal,
    pub detail: String,
}

/// What kinds of refusals an item can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Forbidden,
    /// The account, or the key, of whoever asked is over.
    AskerGone,
    AssigneeNotEligible,
    UnknownReference,
    InvalidTransition,
    MentionNotPermitted,
    ContactErased,
    Unprocessable,
    /// The conversation's state does not admit it.
    Conflict,
}

impl From<&Rejection> for Refused {
    fn from(rejection: &Rejection) -> Self {
        let refusal = match rejection {
            Rejection::Forbidden | Rejection::RoleHierarchy => Refusal::Forbidden,
            Rejection::SessionEnded => Refusal::AskerGone,
            Rejection::AssigneeNotEligible => Refusal::AssigneeNotEligible,
            Rejection::UnknownReference { .. } => Refusal::UnknownReference,
            Rejection::InvalidTransition { .. } => Refusal::InvalidTransition,
            Rejection::MentionNotPermitted { .. } => Refusal::MentionNotPermitted,
            Rejection::ContactErased => Refusal::ContactErased,
            Rejection::Invalid { .. } | Rejection::Fields(_) => Refusal::Unprocessable,
            // Whatever else an operation may come to refuse with is a matter of the conversation's state.
            _ => Refusal::Conflict,
        };
        let detail = match rejection {
            Rejection::Fields(errors) => errors.first().map(|error| error.detail.clone()),
            _ => None,
        };
        Self { refusal, detail: detail.unwrap_or_else(|| rejection.to_string()) }
    }
}
