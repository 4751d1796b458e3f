//! The second factor: codes that change every thirty seconds (RFC 6238), and ten recovery codes for the day the device
//! is lost. Whether a code is right is computed where the secret can be opened; here is decided that each is taken once.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::end_sessions;
use crate::event::account_security::*;
use crate::event::user::{Device, SessionEnd};
use crate::event::{Event, Recorded, StreamId};
use crate::identity::BlindKey;
use crate::ids::{SessionId, UserId};
use crate::rejection::Rejection;
use crate::step::Step;

/// Recovery codes made at once.
pub const RECOVERY_CODES: usize = 10;

/// One person's second factor.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct SecondFactor {
    /// Where the secret was written, sealed.
    pub secret_pos: u64,
    /// Whether a code has proved the device; before, signing in does not ask for one.
    pub confirmed: bool,
    /// The newest step of which a code was taken.
    pub last_step: u64,
    /// Keyed hashes of the codes that are left.
    pub recovery_codes: BTreeSet<BlindKey>,
}

/// Everybody's.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct SecondFactors(BTreeMap<UserId, SecondFactor>);

/// What somebody shows as their second factor, checked as far as it can be without the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A code that is right for this step, from the secret at this position.
    Code { secret_pos: u64, step: u64 },
    /// The keyed hash of a recovery code.
    Recovery(BlindKey),
}

impl SecondFactors {
    pub fn get(&self, user: UserId) -> Option<&SecondFactor> {
        self.0.get(&user)
    }
    /// The one that signing in asks for.
    pub fn in_force(&self, user: UserId) -> Option<&SecondFactor> {
        self.0.get(&user).filter(|factor| factor.confirmed)
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::TotpEnrolled(event) => {
                let new = SecondFactor {
                    secret_pos: recorded.pos,
                    confirmed: false,
                    last_step: 0,
                    recovery_codes: BTreeSet::new(),
                };
                self.0.insert(event.user_id, new);
            }
            Event::TotpConfirmed(event) => self.change(event.user_id, |factor| {
                factor.confirmed = true;
                factor.last_step = event.step;
                factor.recovery_codes = event.recovery_codes.iter().copied().collect();
            }),
            Event::TotpUsed(event) => self.change(event.user_id, |factor| factor.last_step = event.step),
            Event::TotpRemoved(event) => {
                self.0.remove(&event.user_id);
            }
            Event::RecoveryCodesReplaced(event) => self.change(event.user_id, |factor| {
                factor.recovery_codes = event.recovery_codes.iter().copied().collect();
            }),
            Event::RecoveryCodeUsed(event) => self.change(event.user_id, |factor| {
                factor.recovery_codes.remove(&event.recovery_code);
            }),
            _ => {}
        }
    }

    fn change(&mut self, user: UserId, change: impl FnOnce(&mut SecondFactor)) {
        if let Some(factor) = self.0.get_mut(&user) {
            change(factor);
        }
    }
}

/// Gives somebody a new secret, which replaces one that was never confirmed.
pub fn enrol(step: &mut Step<'_>, user_id: UserId, secret: TotpSecret) -> Result<(), Rejection> {
    step.world.users.get(&user_id).filter(|user| user.active).ok_or(Rejection::SessionEnded)?;
    if step.world.security.second_factors.in_force(user_id).is_some() {
        return Err(Rejection::InvalidTransition { from: "on", to: "enrolled" });
    }
    step.emit(StreamId::User(user_id), TotpEnrolled { user_id, private: Some(secret) });
    Ok(())
}

/// A code proved the device. Every other session ends: they were opened without the second factor.
pub fn confirm(
    step: &mut Step<'_>,
    user_id: UserId,
    proof: Proof,
    recovery_codes: Vec<BlindKey>,
    keep: SessionId,
) -> Result<(), Rejection> {
    let Some(factor) = step.world.security.second_factors.get(user_id) else {
        return Err(Rejection::InvalidTransition { from: "off", to: "on" });
    };
    if factor.confirmed {
        return Err(Rejection::InvalidTransition { from: "on", to: "on" });
    }
    let Proof::Code { secret_pos, step: code_step } = proof else { return Err(Rejection::SecondFactorRefused) };
    if secret_pos != factor.secret_pos {
        return Err(Rejection::SecondFactorRefused);
    }
    step.emit(StreamId::User(user_id), TotpConfirmed { user_id, step: code_step, recovery_codes });
    end_sessions(step, user_id, SessionEnd::SecondFactorChanged, Some(keep));
    Ok(())
}

/// Takes a proof. A code of a step that was seen, or of an older one, is somebody looking over a shoulder.
pub fn take(step: &mut Step<'_>, user_id: UserId, proof: Proof) -> Result<(), Rejection> {
    let factor = step.world.security.second_factors.in_force(user_id).ok_or(Rejection::SecondFactorRefused)?;
    match proof {
        Proof::Code { secret_pos, step: code_step }
            if secret_pos == factor.secret_pos && code_step > factor.last_step =>
        {
            step.emit(StreamId::User(user_id), TotpUsed { user_id, step: code_step });
            Ok(())
        }
        Proof::Recovery(recovery_code) if factor.recovery_codes.contains(&recovery_code) => {
            step.emit(StreamId::User(user_id), RecoveryCodeUsed { user_id, recovery_code });
            Ok(())
        }
        Proof::Code { .. } | Proof::Recovery(_) => Err(Rejection::SecondFactorRefused),
    }
}

/// Replaces the recovery codes.
pub fn replace_recovery_codes(
    step: &mut Step<'_>,
    user_id: UserId,
    proof: Proof,
    recovery_codes: Vec<BlindKey>,
) -> Result<(), Rejection> {
    take(step, user_id, proof)?;
    step.emit(StreamId::User(user_id), RecoveryCodesReplaced { user_id, recovery_codes });
    Ok(())
}

/// Takes the second factor away; sessions but `keep` end.
pub fn remove(step: &mut Step<'_>, user_id: UserId, keep: Option<SessionId>) -> Result<(), Rejection> {
    step.world.security.second_factors.get(user_id).ok_or(Rejection::NotFound)?;
    step.emit(StreamId::User(user_id), TotpRemoved { user_id });
    end_sessions(step, user_id, SessionEnd::SecondFactorChanged, keep);
    Ok(())
}

/// The password was right and the code wrong.
pub fn note_failure(step: &mut Step<'_>, user_id: UserId, device: Device) {
    step.emit(StreamId::User(user_id), SecondFactorFailed { user_id, private: Some(device) });
}
