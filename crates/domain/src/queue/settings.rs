//! How a queue is worked: who is given what lies in it, for how long, what happens to what nobody takes, and what a
//! resolution takes. Part of events: a replay uses the settings of that time.

use serde::{Deserialize, Serialize};

use super::QueueId;
use crate::ids::HoursId;
use crate::time::Millis;

/// Steps of [`QueueSettings::strategies`] at most.
pub const STRATEGIES_MAX: usize = 3;
/// Dispositions of a queue at most, and characters of one.
pub const DISPOSITIONS_MAX: usize = 50;
pub const DISPOSITION_CHARS_MAX: usize = 60;
/// No time in a queue's settings is longer.
pub const TIME_MAX: Millis = Millis::days(30);
/// Conversations one person can be said to hold at once at most.
pub const CAPACITY_MAX: u32 = 1_000;

/// How a person is chosen.
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
pub enum Strategy {
    /// Whoever had the contact last, if they take work; else the next strategy.
    Sticky,
    /// Only those who can what is required, best those who can what is preferred; among them the next strategy.
    Skill,
    /// The one after whoever was given something last.
    RoundRobin,
    /// The one with the fewest open conversations, weighted; among equals the one who was given nothing for longest.
    LeastLoaded,
    /// Nobody: people take for themselves.
    Manual,
}

/// What becomes of somebody's conversations when they stop taking work.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    #[default]
    Keep,
    /// Those in which the customer waits go back to the queue.
    Waiting,
    /// All that are open go back to the queue.
    Open,
}

/// Where what nobody took goes.
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
pub struct Spill {
    pub after_ms: Millis,
    pub to: QueueId,
}

/// What is resolved by itself.
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
pub struct AutoResolve {
    /// Since the newest message, while no customer waits.
    pub after_ms: Millis,
    /// So long before that the customer is told, if anything may be sent then.
    pub warn_before_ms: Option<Millis>,
    pub warning: Option<String>,
    /// Written as the disposition where one is required.
    pub disposition: Option<String>,
}

/// See the module.
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
pub struct QueueSettings {
    /// Tried in this order; the last is one that always decides.
    pub strategies: Vec<Strategy>,
    /// How long ago somebody may have had the contact to be given it again.
    pub sticky_within_ms: Millis,
    /// After so long in the queue, required skills are only preferred.
    pub relax_skills_after_ms: Option<Millis>,
    /// Whoever was given a conversation writes within this time, or it goes back.
    pub lease_ms: Option<Millis>,
    pub on_offline: Release,
    pub on_away: Release,
    pub spill: Option<Spill>,
    /// Conversations of this queue that one person holds open at most.
    pub capacity: Option<u32>,
    /// When the queue is worked.
    pub hours_id: Option<HoursId>,
    /// What a resolution can be called; empty: anything, or nothing.
    pub dispositions: Vec<String>,
    pub disposition_required: bool,
    pub auto_resolve: Option<AutoResolve>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            strategies: vec![Strategy::Manual],
            sticky_within_ms: Millis::days(7),
            relax_skills_after_ms: None,
            lease_ms: None,
            on_offline: Release::Keep,
            on_away: Release::Keep,
            spill: None,
            capacity: None,
            hours_id: None,
            dispositions: Vec::new(),
            disposition_required: false,
            auto_resolve: None,
        }
    }
}

impl QueueSettings {
    /// Whether conversations are given to people by themselves.
    pub fn assigns(&self) -> bool {
        self.strategies.iter().any(|strategy| *strategy != Strategy::Manual)
    }
}
