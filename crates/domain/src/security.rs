//! What keeps accounts safe beside their passwords, and what opens the door to new ones: second factors, links for lost
//! passwords, invitations, keys for programs. Each file holds the state and the decisions about it; the state is folded
//! by decisions and by read models alike, so that both answer the same.
//!
//! Secrets never come here: tokens arrive hashed, recovery codes as keyed hashes, codes as the step they are of.

use crate::event::{Event, Recorded};

pub mod api_key;
pub mod invite;
pub mod password_reset;
pub mod second_factor;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Security {
    pub second_factors: second_factor::SecondFactors,
    pub resets: password_reset::Resets,
    pub invites: invite::Invites,
    pub api_keys: api_key::ApiKeys,
}

impl Security {
    /// Applies an event; those about something else change nothing.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::TotpEnrolled(_)
            | Event::TotpConfirmed(_)
            | Event::TotpUsed(_)
            | Event::TotpRemoved(_)
            | Event::RecoveryCodesReplaced(_)
            | Event::RecoveryCodeUsed(_) => self.second_factors.apply(recorded),
            Event::PasswordResetIssued(_)
            | Event::PasswordResetRequested(_)
            | Event::UserPasswordChanged(_)
            | Event::UserDeactivated(_) => self.resets.apply(recorded),
            Event::InviteCreated(_) | Event::InviteResent(_) | Event::InviteRevoked(_) | Event::InviteAccepted(_) => {
                self.invites.apply(recorded);
            }
            Event::ApiKeyCreated(_)
            | Event::ApiKeyChanged(_)
            | Event::ApiKeyRotated(_)
            | Event::ApiKeyRevoked(_)
            | Event::ApiKeyUsed(_) => self.api_keys.apply(recorded),
            _ => {}
        }
    }
}
