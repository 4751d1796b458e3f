//! Who takes work.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scalar::Timestamp;

/// Whether somebody takes work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityState {
    Available,
    Busy,
    Away,
    Offline,
}

/// Why somebody is what they are: they said so, somebody else did, or it came with their live connections or the end they
/// had given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityCause {
    Chosen,
    SetByOther,
    Connected,
    Disconnected,
    Returned,
    UntilPassed,
}

/// Somebody's availability.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Availability {
    pub state: AvailabilityState,
    /// When the state became what it is.
    pub since: Timestamp,
    /// When they are available again by themselves.
    #[schema(required)]
    pub until: Option<Timestamp>,
    /// What they say beside it.
    #[schema(required, max_length = 140)]
    pub note: Option<String>,
    /// Null where nothing was said since the account was made, or closed.
    #[schema(required)]
    pub cause: Option<AvailabilityCause>,
}

/// What somebody is from now on, as a whole: what is left out ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAvailability {
    pub state: AvailabilityState,
    /// When they are available again by themselves, at most 366 days ahead; not for `available`.
    pub until: Option<Timestamp>,
    /// Everybody who sees them reads it.
    #[schema(min_length = 1, max_length = 140)]
    pub note: Option<String>,
}
