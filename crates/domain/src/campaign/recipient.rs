//! One recipient, and how many there are in each state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::step::MessageRef;

/// Why somebody who was meant is not written to.
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
pub enum Reason {
    /// No contact of the brand.
    Unknown,
    Erased,
    Blocked,
    /// Nothing to reach them by on the channel.
    NoIdentity,
    /// They said no: to the purpose, or to marketing.
    OptedOut,
    /// The purpose asks for a yes, and there is none.
    NoConsent,
    /// A parameter's variable has no value, and no fall-back.
    MissingVariable,
    /// What came out does not fit the template.
    TemplateMismatch,
    /// Somebody they were merged with has it already.
    AlreadyIn,
}

impl Reason {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Erased => "erased",
            Self::Blocked => "blocked",
            Self::NoIdentity => "no_identity",
            Self::OptedOut => "opted_out",
            Self::NoConsent => "no_consent",
            Self::MissingVariable => "missing_variable",
            Self::TemplateMismatch => "template_mismatch",
            Self::AlreadyIn => "already_in",
        }
    }
}

/// Where a recipient stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecipientState {
    /// Meant, and not yet decided about.
    Selected,
    Excluded(Reason),
    /// Their message waits in the outbox.
    Queued,
    /// The call to the provider is under way.
    Sending,
    /// The provider has it.
    Sent,
    Delivered,
    Read,
    Failed,
    /// Nobody knows whether it was sent; a person decides.
    Uncertain,
    /// The campaign was cancelled before.
    Dropped,
}

impl RecipientState {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Selected => "selected",
            Self::Excluded(_) => "excluded",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Dropped => "dropped",
        }
    }
    /// Nothing more is done about them by itself.
    pub(super) const fn is_settled(self) -> bool {
        !matches!(self, Self::Selected | Self::Queued | Self::Sending)
    }
    /// How far delivery got; a report never goes back.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            _ => 0,
        }
    }
}

/// One recipient.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
pub struct Recipient {
    pub state: RecipientState,
    pub message: Option<MessageRef>,
    /// They wrote while their answer was one to the campaign.
    pub replied: bool,
    /// They said stop in that time.
    pub opted_out: bool,
}

impl Recipient {
    pub(super) const fn selected() -> Self {
        Self { state: RecipientState::Selected, message: None, replied: false, opted_out: false }
    }
}

/// How many recipients are in each state, and what they did.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Tally {
    states: BTreeMap<RecipientState, u32>,
    pub replied: u32,
    pub opted_out: u32,
}

impl Tally {
    pub(super) fn enter(&mut self, state: RecipientState) {
        *self.states.entry(state).or_default() += 1;
    }
    pub(super) fn moved(&mut self, from: RecipientState, to: RecipientState) {
        if let Some(count) = self.states.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                self.states.remove(&from);
            }
        }
        self.enter(to);
    }
    /// How many are in a state.
    pub fn of(&self, state: RecipientState) -> u32 {
        self.states.get(&state).copied().unwrap_or(0)
    }
    /// All who were meant.
    pub fn total(&self) -> u32 {
        self.states.values().sum()
    }
    /// Those excluded, by reason.
    pub fn excluded(&self) -> impl Iterator<Item = (Reason, u32)> {
        self.states.iter().filter_map(|(state, count)| match state {
            RecipientState::Excluded(reason) => Some((*reason, *count)),
            _ => None,
        })
    }
    /// Those the provider took, whatever became of it.
    pub fn sent(&self) -> u32 {
        self.of(RecipientState::Sent) + self.delivered()
    }
    /// Those it arrived at.
    pub fn delivered(&self) -> u32 {
        self.of(RecipientState::Delivered) + self.of(RecipientState::Read)
    }
}
