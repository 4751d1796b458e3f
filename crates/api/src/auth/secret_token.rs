//! Secrets that are handed out once and stored only as a hash: links of invitations and lost passwords, keys for programs,
//! tickets of live streams.
//! 256 bits of the system's randomness in hexadecimal behind a prefix that says what it is, so that a leaked one is
//! recognised. A fast hash is enough: nobody guesses 256 bits.

use sha2::{Digest, Sha256};

use crate::context::Context;

/// What a secret is for; its text begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    Invite,
    PasswordReset,
    ApiKey,
    /// Opens one live stream.
    LiveTicket,
}

impl SecretKind {
    /// The text before the random part.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Invite => "fdi_",
            Self::PasswordReset => "fdp_",
            Self::ApiKey => "fdk_",
            Self::LiveTicket => "fdt_",
        }
    }

    /// A new secret.
    pub fn fresh(self, context: &Context) -> String {
        format!("{}{:032x}{:032x}", self.prefix(), context.entropy(), context.entropy())
    }

    /// What is stored of a secret: SHA-256, hexadecimal. `None`: the text cannot be a secret of this kind.
    pub fn hash(self, secret: &str) -> Option<String> {
        let random = secret.strip_prefix(self.prefix())?;
        let whole =
            random.len() == 64 && random.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        whole.then(|| hex::encode(Sha256::digest(secret.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_one_kind_is_none_of_another() {
        let secret = format!("fdk_{}", "0a".repeat(32));
        assert_eq!(SecretKind::ApiKey.hash(&secret).map(|hash| hash.len()), Some(64));
        assert_eq!(SecretKind::Invite.hash(&secret), None);
        for text in ["fdk_", "", &secret[..secret.len() - 1], &secret.replace('a', "A"), &format!("{secret}0")] {
            assert_eq!(SecretKind::ApiKey.hash(text), None, "{text}");
        }
    }
}
