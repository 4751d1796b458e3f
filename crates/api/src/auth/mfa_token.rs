//! What stands between the right password and the second factor: says who has passed the first, for five minutes, and opens
//! nothing else.

use domain::ids::UserId;
use domain::time::{Millis, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::signed_token::SignedTokens;
use crate::problem::{Kind, Problem};

/// How long somebody may look for their device.
pub const LIFETIME: Millis = Millis::minutes(5);

/// Issues and verifies.
#[derive(Debug)]
pub struct MfaTokens(SignedTokens);

/// Who passed the first factor, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstFactor {
    #[serde(rename = "sub")]
    pub user: UserId,
    /// Names the password that was right: a new one voids the token.
    pub pwd: String,
    #[serde(default)]
    pub device: Option<String>,
}

impl FirstFactor {
    /// A password's name: half a hash of its hash.
    pub fn password_name(stored: &SecretString) -> String {
        let name = blake3::hash(stored.expose_secret().as_bytes()).to_hex();
        name[..32].to_owned()
    }
}

impl MfaTokens {
    /// Signs under this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(SignedTokens::new(key, "mfa+jwt", "frontdesk-mfa"))
    }

    /// A token for somebody whose password was right.
    pub fn issue(&self, passed: &FirstFactor, now: Timestamp, nonce: u128) -> String {
        self.0.issue(passed, now, LIFETIME, nonce)
    }

    /// Who passed the first factor. Errors: `token-invalid`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<FirstFactor, Problem> {
        Ok(self.0.open(token, now).map_err(|_| Problem::new(Kind::TokenInvalid))?.0)
    }
}
