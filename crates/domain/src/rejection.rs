//! Why a command is refused, worded for the person who gave it. `api` maps each kind to a status in one table.

use crate::access::Decision;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::time::Timestamp;

/// See the module. A rejected command leaves no event.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rejection {
    #[error("there is no such thing")]
    NotFound,
    #[error("your role may not do this")]
    Forbidden,
    #[error("only a super admin may change admins and super admins")]
    RoleHierarchy,
    #[error("the workspace needs at least one active super admin")]
    LastSuperAdmin,
    #[error("it changed since you looked: version {actual} now")]
    VersionMismatch { actual: u64 },
    #[error("somebody else has it")]
    AlreadyAssigned { assignee_id: Option<UserId> },
    #[error("this person cannot take it")]
    AssigneeNotEligible,
    #[error("it cannot go from {from} to {to}")]
    InvalidTransition { from: &'static str, to: &'static str },
    #[error("the 24-hour service window is closed; a template can still be sent")]
    WindowClosed { closed_at: Option<Timestamp> },
    #[error("a colleague answered after what you saw")]
    StaleReply { newer: Vec<MessageId> },
    #[error("the content cannot be sent")]
    Content(Vec<FieldError>),
    #[error("the template cannot be sent: {0}")]
    Template(String),
    #[error("the template's parameters do not fit")]
    TemplateParameters(Vec<FieldError>),
    #[error("the contact does not want this kind of message")]
    OptedOut,
    #[error("the contact is blocked")]
    ContactBlocked,
    #[error("the contact was erased")]
    ContactErased,
    #[error("the provider bars business-initiated messages on this number")]
    NumberBarred { until: Option<Timestamp> },
    #[error("the channel is switched off")]
    ChannelDisabled,
    #[error("{0}")]
    NotNow(&'static str),
    #[error("it is in use: {0}")]
    InUse(&'static str),
    #[error("{0} already exists")]
    Duplicate(&'static str),
    #[error("{field} names nothing that exists")]
    UnknownReference { field: &'static str },
    #[error("{field}: {detail}")]
    Invalid { field: &'static str, detail: String },
    #[error("the note names somebody who cannot see this conversation")]
    MentionNotPermitted {
        /// Which of the text's mentions, counted from 0.
        indexes: Vec<usize>,
    },
    #[error("a note can be changed for 15 minutes")]
    NoteSettled,
    #[error("this message cannot be sent again")]
    NotResendable,
    #[error("all {seats} seats of the plan are taken")]
    SeatsExhausted { seats: u32 },
    #[error("it cannot be taken as it is; nothing was changed")]
    Fields(Vec<FieldError>),
    #[error("the sign-in is over")]
    SessionEnded,
    #[error("the code is wrong, or was used before")]
    SecondFactorRefused,
    #[error("{0} was used, replaced or taken back, or its time is over")]
    Gone(&'static str),
}

impl Rejection {
    /// Nothing where nothing is wrong; else every error at once.
    pub(crate) fn unless_clean(errors: Vec<FieldError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::Fields(errors)) }
    }

    /// Nothing where the asker had looked at the newest version.
    pub fn unless_current(actual: u64, expected: u64) -> Result<(), Self> {
        if actual == expected { Ok(()) } else { Err(Self::VersionMismatch { actual }) }
    }

    /// `Ok` for an allowed access; hidden things look absent.
    pub fn unless_allowed(decision: Decision) -> Result<(), Self> {
        match decision {
            Decision::Allow => Ok(()),
            Decision::Forbid => Err(Self::Forbidden),
            Decision::Hide => Err(Self::NotFound),
        }
    }
}
