//! Refresh tokens: `fdr_<session>_<generation>_<proof>`. The proof is a keyed hash of session and
//! generation, and the session remembers only a hash of the current token: nothing that could be stolen from
//! the log opens a session, and the answer to a lost response (the same successor again) needs no memory.
//!
//! Rotation follows RFC 9700, section 4.14: the current token gives the next; the one just before, for
//! [`GRACE`] after the rotation, gives the same successor again, because the client may not have received it;
//! any older one means that two parties hold the family, which is then revoked.

use domain::ids::SessionId;
use domain::time::{Millis, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problem::{Kind, Problem};

/// How long a refresh token is good for when it is not used.
pub const LIFETIME: Millis = Millis::days(30);
/// How long the immediate predecessor still gives the same successor.
pub const GRACE: Millis = Millis::seconds(30);
const PREFIX: &str = "fdr_";

/// Makes and reads refresh tokens.
#[derive(Clone)]
pub struct RefreshTokens {
    key: [u8; 32],
}

/// A token whose proof is right. Whether it is still good is the session's matter: [`judge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    pub session: SessionId,
    pub generation: u32,
}

/// What to do with a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Hand out the next generation and remember its hash.
    Rotate,
    /// The answer was lost: hand out the next generation again, nothing changes.
    Repeat,
    /// The family is in two hands: revoke the session.
    Reused,
    /// Too long unused.
    Expired,
}

/// What a session remembers of its tokens.
#[derive(Debug, Clone, Copy)]
pub struct Remembered<'a> {
    /// [`hash`] of the current token.
    pub current: &'a str,
    /// The hash before, and when it was replaced.
    pub previous: Option<(&'a str, Timestamp)>,
    pub expires_at: Timestamp,
}

/// Decides about a presented token whose proof was right.
pub fn judge(presented: &str, session: Remembered<'_>, now: Timestamp) -> Verdict {
    let presented = hash(presented);
    if now >= session.expires_at {
        return Verdict::Expired;
    }
    if presented == session.current {
        return Verdict::Rotate;
    }
    match session.previous {
        Some((previous, replaced_at)) if presented == previous && now - replaced_at <= GRACE => Verdict::Repeat,
        _ => Verdict::Reused,
    }
}

/// What a session remembers instead of a token: SHA-256, hexadecimal. A token has 256 bits of its own, so
/// a slow hash would add nothing.
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

impl RefreshTokens {
    /// Proves with this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The token of one generation of a session; the first is 1.
    pub fn issue(&self, session: SessionId, generation: u32) -> String {
        let id = session.to_string();
        let suffix = id.strip_prefix("ses_").unwrap_or(&id);
        format!("{PREFIX}{suffix}_{generation}_{}", self.proof(session, generation).to_hex())
    }

    /// Reads a token. Errors: `token-invalid`, whatever the reason.
    pub fn read(&self, token: &str) -> Result<Presented, Problem> {
        let read = || {
            let mut parts = token.strip_prefix(PREFIX)?.split('_');
            let (id, generation, proof) = (parts.next()?, parts.next()?, parts.next()?);
            let session: SessionId = format!("ses_{id}").parse().ok()?;
            let generation: u32 = generation.parse().ok()?;
            let right = self.proof(session, generation).to_hex();
            let same = bool::from(right.as_bytes().ct_eq(proof.as_bytes())) && parts.next().is_none();
            same.then_some(Presented { session, generation })
        };
        read().ok_or_else(|| Problem::new(Kind::TokenInvalid))
    }

    fn proof(&self, session: SessionId, generation: u32) -> blake3::Hash {
        let mut message = session.as_u128().to_le_bytes().to_vec();
        message.extend_from_slice(&generation.to_le_bytes());
        blake3::keyed_hash(&self.key, &message)
    }
}

impl std::fmt::Debug for RefreshTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshTokens(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_session_and_generation_and_no_other_can_be_made() {
        let tokens = RefreshTokens::new([3; 32]);
        let session = SessionId::from_u128(77);
        let token = tokens.issue(session, 4);
        assert_eq!(tokens.read(&token).unwrap(), Presented { session, generation: 4 });
        assert!(tokens.read(&token.replace("_4_", "_5_")).is_err());
        assert!(RefreshTokens::new([4; 32]).read(&token).is_err());
        for text in ["", "fdr_", "fdr_x_1_y", &format!("{token}_"), &token[..token.len() - 1]] {
            assert!(tokens.read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_predecessor_is_forgiven_for_thirty_seconds_and_older_ones_never() {
        let replaced = Timestamp::from_seconds(1_000);
        let at = |seconds: i64| replaced + Millis::seconds(seconds);
        let tokens = RefreshTokens::new([3; 32]);
        let token = |generation| tokens.issue(SessionId::from_u128(1), generation);
        let (current, previous) = (hash(&token(5)), hash(&token(4)));
        let session = Remembered { current: &current, previous: Some((&previous, replaced)), expires_at: at(900) };
        assert_eq!(judge(&token(5), session, at(3)), Verdict::Rotate);
        assert_eq!(judge(&token(4), session, at(30)), Verdict::Repeat);
        assert_eq!(judge(&token(4), session, at(31)), Verdict::Reused);
        assert_eq!(judge(&token(3), session, at(1)), Verdict::Reused);
        assert_eq!(judge(&token(5), session, at(900)), Verdict::Expired);
    }
}
