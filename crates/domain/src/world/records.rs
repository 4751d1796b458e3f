//! What the world keeps of each thing: as little as decisions need, and nothing personal.

use crate::access::Role;
use crate::event::SealKey;
use crate::event::channel::{ChannelConnected, ChannelHealthObserved};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::inbound::Barred;
use crate::time::Timestamp;

/// A connected number.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Channel {
    pub config: ChannelConnected,
    pub version: u64,
    pub enabled: bool,
    /// The queue its new conversations begin in.
    pub team_id: Option<TeamId>,
    pub health: Health,
}

/// What the provider lets a number do.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Health {
    pub quality: Option<String>,
    /// Messages per second, in and out together.
    pub throughput_mps: u32,
    pub business_initiated: Barred,
    /// `false`: everything is refused (token, account); the queue waits.
    pub sending: bool,
    pub code: Option<i64>,
    /// People who may be written to first in 24 hours, where it is known.
    pub messaging_limit: Option<u32>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            quality: None,
            throughput_mps: 80,
            business_initiated: Barred::Lifted,
            sending: true,
            code: None,
            messaging_limit: None,
        }
    }
}

impl Health {
    pub(super) fn observe(&mut self, event: &ChannelHealthObserved) {
        if event.quality.is_some() {
            self.quality.clone_from(&event.quality);
        }
        self.throughput_mps = event.throughput_mps.unwrap_or(self.throughput_mps);
        self.business_initiated = event.business_initiated.unwrap_or(self.business_initiated);
        self.messaging_limit = event.messaging_limit.or(self.messaging_limit);
        if let Some(sending) = event.sending {
            self.sending = sending;
            self.code = event.code;
        }
    }

    /// Whether templates may be sent now.
    pub fn may_initiate(&self, now: Timestamp) -> bool {
        match self.business_initiated {
            Barred::Lifted => true,
            Barred::Until(until) => until <= now,
            Barred::Indefinitely => false,
        }
    }
}

/// The newest conversation of a contact on a channel.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread {
    pub conversation_id: ConversationId,
    pub resolved_at: Option<Timestamp>,
}

/// When a contact may be written to freely on a channel.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    pub until: Option<Timestamp>,
    /// A reply before this opens the free entry point.
    pub referred_until: Option<Timestamp>,
    pub free_entry_until: Option<Timestamp>,
}

/// A member of the team.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct User {
    pub id: UserId,
    pub role: Role,
    pub active: bool,
    pub version: u64,
    pub email_key: Option<BlindKey>,
}

/// A signed-in device.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Session {
    pub user_id: UserId,
    pub refresh_hash: String,
    /// The hash before, and when it was replaced: a lost answer may be asked for again for a short while.
    pub previous: Option<(String, Timestamp)>,
    pub expires_at: Timestamp,
    pub opened_at: Timestamp,
    pub refreshed_at: Timestamp,
}

/// An unplaced webhook item.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineItem {
    pub seal: SealKey,
    pub version: u64,
    pub pos: u64,
}

/// An erasure that has begun and whose keys may still exist.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Erasure {
    pub seals: Vec<SealKey>,
    pub media: Vec<MediaId>,
}
