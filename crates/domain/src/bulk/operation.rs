//! What a job does to each of its conversations.

use serde::{Deserialize, Serialize};

use crate::conversation::change_status::SNOOZE_MAX;
use crate::conversation::{Priority, Status, label};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// See the module. Part of events.
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
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Operation {
    /// Gives them to somebody, or to nobody.
    Assign {
        assignee_id: Option<UserId>,
        /// Whether they move to `team_id`; otherwise each stays in its team, as far as the assignee works there.
        moves: bool,
        /// `None`: the brand's common queue.
        team_id: Option<TeamId>,
    },
    Resolve {
        /// What it came to.
        disposition: Option<String>,
    },
    /// Open or pending.
    SetStatus {
        status: Status,
    },
    Snooze {
        until: Timestamp,
    },
    SetPriority {
        priority: Priority,
    },
    AddTag {
        tag: String,
    },
    RemoveTag {
        tag: String,
    },
    /// Raises the priority and moves them to a team's queue. Done in one command, see [`super::escalate`].
    Escalate {
        team_id: TeamId,
        /// `None`: a step up from what each had.
        priority: Option<Priority>,
    },
}

impl Operation {
    /// The word in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "assign",
            Self::Resolve { .. } => "resolve",
            Self::SetStatus { .. } => "set_status",
            Self::Snooze { .. } => "snooze",
            Self::SetPriority { .. } => "set_priority",
            Self::AddTag { .. } => "add_tag",
            Self::RemoveTag { .. } => "remove_tag",
            Self::Escalate { .. } => "escalate",
        }
    }

    /// Refuses what could be done to no conversation at all; tags are written as they are kept.
    pub(super) fn checked(self, now: Timestamp) -> Result<Self, Rejection> {
        Ok(match self {
            Self::AddTag { tag } => Self::AddTag { tag: label::normal(&tag)? },
            Self::RemoveTag { tag } => Self::RemoveTag { tag: label::normal(&tag)? },
            Self::Snooze { until } => {
                if until <= now || until - now > SNOOZE_MAX {
                    let detail = "must lie in the future, at most 366 days ahead".to_owned();
                    return Err(Rejection::Invalid { field: "until", detail });
                }
                Self::Snooze { until }
            }
            Self::SetStatus { status: Status::Snoozed | Status::Resolved } => {
                let detail = "open or pending; to resolve and to snooze are operations of their own".to_owned();
                return Err(Rejection::Invalid { field: "status", detail });
            }
            Self::Assign { .. } | Self::Resolve { .. } | Self::SetStatus { .. } => self,
            Self::SetPriority { .. } | Self::Escalate { .. } => self,
        })
    }
}
