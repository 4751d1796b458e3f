//! Facts about how accounts are kept safe: the second factor and its recovery codes, links for a lost password.

use serde::{Deserialize, Serialize};

use super::user::Device;
use super::{facts, facts_and_private};
use crate::identity::BlindKey;
use crate::ids::UserId;
use crate::time::Timestamp;

/// Somebody has a new secret for codes. It counts once a code proves that their device has it too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TotpEnrolled {
    pub user_id: UserId,
    #[serde(skip)]
    pub private: Option<TotpSecret>,
}
facts_and_private!(TotpEnrolled = "totp.enrolled");

/// What both sides compute codes from.
#[derive(Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TotpSecret {
    /// Base32 without padding.
    pub secret: String,
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

/// A code proved the device; from now on signing in takes one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TotpConfirmed {
    pub user_id: UserId,
    /// The thirty seconds the code was of, counted from 1970: neither it nor an older one is taken again.
    pub step: u64,
    /// Keyed hashes of the codes for the day the device is lost.
    pub recovery_codes: Vec<BlindKey>,
}
facts!(TotpConfirmed = "totp.confirmed");

/// A code was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TotpUsed {
    pub user_id: UserId,
    pub step: u64,
}
facts!(TotpUsed = "totp.used");

/// Signing in takes the password alone again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TotpRemoved {
    pub user_id: UserId,
}
facts!(TotpRemoved = "totp.removed");

/// New recovery codes; those before are void.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RecoveryCodesReplaced {
    pub user_id: UserId,
    pub recovery_codes: Vec<BlindKey>,
}
facts!(RecoveryCodesReplaced = "recovery_codes.replaced");

/// A recovery code was taken, and is void with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RecoveryCodeUsed {
    pub user_id: UserId,
    pub recovery_code: BlindKey,
}
facts!(RecoveryCodeUsed = "recovery_code.used");

/// The right password, then a wrong code: somebody else may have the password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SecondFactorFailed {
    pub user_id: UserId,
    #[serde(skip)]
    pub private: Option<Device>,
}
facts_and_private!(SecondFactorFailed = "second_factor.failed");

/// Somebody said that they lost their password. Those who manage accounts can make them a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PasswordResetRequested {
    pub user_id: UserId,
}
facts!(PasswordResetRequested = "password_reset.requested");

/// A link that sets a new password was made. Older ones are void.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PasswordResetIssued {
    pub user_id: UserId,
    /// SHA-256 of the token, hexadecimal; the token itself is never stored.
    pub token_hash: String,
    pub expires_at: Timestamp,
}
facts!(PasswordResetIssued = "password_reset.issued");
