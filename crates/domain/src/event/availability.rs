//! Facts about who takes work at the moment.

use serde::{Deserialize, Serialize};

use super::facts_and_private;
use crate::availability::{Availability, Cause};
use crate::identity::BlindKey;
use crate::ids::UserId;
use crate::time::Timestamp;

/// Somebody takes work, or takes none, from now on: the whole state after it, so that a reader needs no earlier event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AgentAvailabilityChanged {
    pub user_id: UserId,
    pub from: Availability,
    pub to: Availability,
    pub cause: Cause,
    /// When they are available again by themselves.
    pub until: Option<Timestamp>,
    /// Whether it rests on a live connection, and so ends some time after the last one has.
    pub live: bool,
    /// Tells notes apart without telling what they say. Changes that happen by themselves leave a note standing: its text is
    /// in the newest event before them that a person caused.
    pub note_key: Option<BlindKey>,
    #[serde(skip)]
    pub private: Option<AvailabilityNote>,
}
facts_and_private!(AgentAvailabilityChanged = "agent.availability_changed");

/// What somebody says beside it, sealed with the workspace key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AvailabilityNote {
    pub note: Option<String>,
}
