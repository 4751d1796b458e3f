//! Refresh tokens: `fdr_<session>_<generation>_<proof>`. The proof is a keyed hash of session and
//! generation, so the server keeps only the session's current generation: nothing that could be stolen from
//! the log opens a session, and the answer to a lost response (the same successor again) needs no memory.
//!
//! Rotation is by generation (RFC 9700, section 4.14): the current one gives the next; the one just
//! before, for [`GRACE`] after the rotation, gives the same successor again, because the client may not have
//! received it; any older one means that two parties hold the family, which is then revoked.

use domain::ids::SessionId;
use domain::time::{Millis, Timestamp};
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
    /// Advance the session to this generation and hand out its token.
    Rotate { to: u32 },
    /// Hand out the token of the current generation again.
    Repeat { current: u32 },
    /// The family is in two hands: revoke the session.
    Reused,
    /// Too long unused.
    Expired,
}

/// Decides about a token of `presented` generation on a session that is at `current` since `rotated_at`.
pub fn judge(presented: u32, current: u32, rotated_at: Timestamp, now: Timestamp) -> Verdict {
    if presented == current {
        return if now - rotated_at > LIFETIME { Verdict::Expired } else { Verdict::Rotate { to: current + 1 } };
    }
    if presented.checked_add(1) == Some(current) && now - rotated_at <= GRACE {
        return Verdict::Repeat { current };
    }
    Verdict::Reused
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
        let rotated = Timestamp::from_seconds(1_000);
        let at = |seconds: i64| rotated + Millis::seconds(seconds);
        assert_eq!(judge(5, 5, rotated, at(3)), Verdict::Rotate { to: 6 });
        assert_eq!(judge(4, 5, rotated, at(30)), Verdict::Repeat { current: 5 });
        assert_eq!(judge(4, 5, rotated, at(31)), Verdict::Reused);
        assert_eq!(judge(3, 5, rotated, at(1)), Verdict::Reused);
        assert_eq!(judge(6, 5, rotated, at(1)), Verdict::Reused);
        assert_eq!(judge(5, 5, rotated, rotated + Millis::days(31)), Verdict::Expired);
    }
}
