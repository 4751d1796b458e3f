//! Service levels: what is promised to customers, by when, and whether it was kept.
//!
//! A *policy* promises times for some conversations; the first in the order that matches counts. Each promise in a
//! conversation is an *instance* ([`Instance`]): a metric and a number. What must be and what is are compared at the end of
//! every command and when a deadline has come ([`settle`]), and the difference is written as events; so a deadline is a fact
//! with its exact time whenever it is noticed, and nothing is ever noticed twice.
//!
//! The rules, beyond the definitions:
//! - An instance begins as soon as a policy matches while the wait runs, and counts from the wait's beginning. A policy that was
//!   made or changed after the wait began does not reach back, unless it is applied to open conversations.
//! - Moving to another team or tagging keeps the policy an instance was begun with; another priority takes another target.
//! - A deadline that has passed is not moved any more, whatever changes.
//! - A wait that turns out afterwards to have been one of its own, and over, was promised nothing; one that becomes part of another
//!   is judged there.
//! - A first response counts by episode; next responses are counted through the conversation, named by the message that waits.
//! - A first response that a bot handed over to people counts from there.
//! - A pause stops the clock, not the wait: what the customer waits is measured elsewhere. One that a person asks for stops every
//!   clock of the conversation, those that begin meanwhile too, until it is ended or the episode is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conversation::Priority;
use crate::ids::*;
use crate::time::{Millis, Timestamp};

pub mod book;
mod check;
mod course;
mod escalate;
mod facts;
mod instance;
pub mod manage;
pub mod pause;
mod policies;
pub mod policy;
pub mod preview;
pub mod settle;
mod want;

pub use book::Book;
pub use instance::{End, Instance, Instances, Verdict};
pub use policies::{Entry, Policies};
pub use policy::{Escalation, EscalationAction, Notified, SlaPolicy, Target};

/// What is promised.
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
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// A person answers for the first time in an episode.
    FirstResponse,
    /// A person answers what the customer wrote afterwards.
    NextResponse,
    /// The episode is resolved.
    Resolution,
}
crate::packed_enum!(Metric: FirstResponse, NextResponse, Resolution);

impl Metric {
    pub const ALL: [Self; 3] = [Self::FirstResponse, Self::NextResponse, Self::Resolution];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::NextResponse => "next_response",
            Self::Resolution => "resolution",
        }
    }
}

/// A status in which a clock stands still.
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
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Pausing {
    Pending,
    Snoozed,
}

/// The calendar that is counted by, as it was when the clock began.
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
pub struct HoursUsed {
    pub id: HoursId,
    pub version: u64,
}

/// Where an instance's clock stands.
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
#[serde(rename_all = "snake_case", tag = "clock")]
pub enum Clock {
    /// These moments come unless it is paused before.
    Running {
        due_at: Timestamp,
        at_risk_at: Timestamp,
        steps_at: Vec<Timestamp>,
    },
    Paused {
        since: Timestamp,
        left_ms: Millis,
    },
}

impl Clock {
    /// When it first tells something; `None` while it stands still.
    pub fn next(&self) -> Option<Timestamp> {
        match self {
            Self::Running { due_at, at_risk_at, steps_at } => {
                steps_at.iter().chain([due_at, at_risk_at]).min().copied()
            }
            Self::Paused { .. } => None,
        }
    }
    /// The deadline; `None` while it stands still.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Running { due_at, .. } => Some(*due_at),
            Self::Paused { .. } => None,
        }
    }
}

/// Why a promise stands no more.
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
pub enum CancelReason {
    /// Resolved without an answer.
    Resolved,
    /// A reply failed, so the wait before it goes on and this one is part of it.
    WaitResumed,
    ContactBlocked,
    /// The policy that was applied to open conversations has no target for it.
    NoTarget,
}

/// Whose conversation it was when a promise ended: by this its outcome is counted.
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
pub struct HeldBy {
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub priority: Priority,
}

/// What is noticed once and no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Noticed {
    pub at_risk: Option<Timestamp>,
    /// The deadline that passed.
    pub breached: Option<Timestamp>,
    /// Escalation steps carried out, by their place.
    pub steps_done: BTreeSet<u32>,
}

impl Noticed {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// An outcome that is counted no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Retracted {
    pub at: Timestamp,
    pub verdict: Verdict,
    #[serde(flatten)]
    pub held_by: HeldBy,
}

/// What came of an escalation step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    /// It was so already, or there was nobody to tell.
    NothingToDo,
    /// The team is gone, or the person cannot take it.
    Refused,
    /// It was noticed only after the promise had ended.
    TooLate,
}
