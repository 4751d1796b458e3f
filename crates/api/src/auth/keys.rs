//! One server secret, one key per purpose, so that a token of one kind can never be taken for another.

use std::fmt;

use zeroize::Zeroizing;

/// The shortest server secret taken.
pub const SECRET_BYTES_MIN: usize = 32;

/// The server secret. Changing it signs everybody out and voids cursors and links.
#[derive(Clone)]
pub struct ServerSecret(Zeroizing<Vec<u8>>);

/// A server secret that is too short to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server secret must have at least {SECRET_BYTES_MIN} bytes")]
pub struct SecretTooShort;

impl ServerSecret {
    /// Takes random bytes from outside.
    pub fn new(bytes: Vec<u8>) -> Result<Self, SecretTooShort> {
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretTooShort);
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The key for a purpose: BLAKE3's key derivation, with the purpose as context.
    pub fn key_for(&self, purpose: Purpose) -> [u8; 32] {
        blake3::derive_key(purpose.context(), &self.0)
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    AccessToken,
    MfaToken,
    RefreshToken,
    Cursor,
    MediaLink,
    #[cfg(feature = "oidc")]
    SignIn,
}

impl Purpose {
    const fn context(self) -> &'static str {
        match self {
            Self::AccessToken => "frontdesk 2026-11 access token",
            Self::MfaToken => "frontdesk 2026-11 second factor token",
            Self::RefreshToken => "frontdesk 2026-11 refresh token",
            Self::Cursor => "frontdesk 2026-11 page cursor",
            Self::MediaLink => "frontdesk 2026-11 media link",
            #[cfg(feature = "oidc")]
            Self::SignIn => "frontdesk 2026-11 single sign-on",
        }
    }
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let secret = ServerSecret::new(vec![1; 32]).unwrap();
        let all = [Purpose::AccessToken, Purpose::MfaToken, Purpose::RefreshToken, Purpose::Cursor, Purpose::MediaLink];
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| secret.key_for(*other) != secret.key_for(*one)));
        }
        assert_eq!(ServerSecret::new(vec![1; 31]).unwrap_err(), SecretTooShort);
    }
}
