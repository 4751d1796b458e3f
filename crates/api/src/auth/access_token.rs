//! Access tokens: signed statements of who (`sub`) on which session (`sid`), for ten minutes. They carry no
//! role and no team: what somebody may do is looked up on each request.

use std::collections::HashMap;

use domain::ids::{SessionId, UserId};
use domain::time::{Millis, Timestamp};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use super::signed_token::{LENGTH_MAX, Signed, SignedTokens};
use crate::problem::{Kind, Problem};

/// How long an access token is good for.
pub const LIFETIME: Millis = Millis::minutes(10);

/// What a valid token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub user: UserId,
    pub session: SessionId,
    pub expires_at: Timestamp,
}

/// Tokens remembered as ours at most.
const KNOWN_MAX: usize = 4_096;

/// Issues and verifies. A client shows the same token with every request for ten minutes, so those that were found to be ours
/// are remembered by their hash, and computed once. What a token is worth at this moment (its time, its session, the rights
/// of its user) is asked each time.
#[derive(Debug)]
pub struct AccessTokens {
    tokens: SignedTokens,
    known: RwLock<HashMap<[u8; 32], Signed<Claims>>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
}

impl AccessTokens {
    /// Signs under this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { tokens: SignedTokens::new(key, "at+jwt", "frontdesk-api"), known: RwLock::default() }
    }

    /// A token for a session, good for [`LIFETIME`]. `nonce` makes it unique (`jti`).
    pub fn issue(&self, user: UserId, session: SessionId, now: Timestamp, nonce: u128) -> String {
        self.tokens.issue(Claims { sub: user, sid: session }, now, LIFETIME, nonce)
    }

    /// Who a token names. Errors: `token-invalid`, whatever the reason.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Problem> {
        let (claims, expires_at) = self.signed(token, now)?.at(now)?;
        Ok(Identity { user: claims.sub, session: claims.sid, expires_at })
    }

    fn signed(&self, token: &str, now: Timestamp) -> Result<Signed<Claims>, Problem> {
        if token.len() > LENGTH_MAX {
            return Err(Problem::new(Kind::TokenInvalid));
        }
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        if let Some(known) = self.known.read().get(&hash) {
            return Ok(*known);
        }
        let signed = self.tokens.read(token)?;
        let mut known = self.known.write();
        if known.len() >= KNOWN_MAX {
            known.retain(|_, signed| !signed.is_over(now));
        }
        if known.len() < KNOWN_MAX {
            known.insert(hash, signed);
        }
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::{Value, json};
    use sha2::Sha256;

    use super::*;

    const KEY: [u8; 32] = [9; 32];
    const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

    fn user() -> UserId {
        UserId::from_u128(1)
    }

    fn forged(header: Value, claims: Value, key: &[u8]) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn good_claims() -> Value {
        json!({"iss": "frontdesk", "aud": "frontdesk-api", "sub": user(), "sid": SessionId::from_u128(2),
            "iat": NOW.as_millis() / 1000, "exp": NOW.as_millis() / 1000 + 600, "jti": "1"})
    }

    #[test]
    fn a_token_is_good_for_ten_minutes_and_the_leeway() {
        let tokens = AccessTokens::new(KEY);
        let token = tokens.issue(user(), SessionId::from_u128(2), NOW, 3);
        let identity = tokens.verify(&token, NOW).unwrap();
        assert_eq!((identity.user, identity.session), (user(), SessionId::from_u128(2)));
        assert!(tokens.verify(&token, NOW + Millis::seconds(604)).is_ok());
        assert!(tokens.verify(&token, NOW + Millis::seconds(605)).is_err());
        assert!(tokens.verify(&token, NOW - Millis::seconds(6)).is_err());
    }

    #[test]
    fn a_token_that_was_seen_before_is_held_to_its_time_and_its_every_byte() {
        let tokens = AccessTokens::new(KEY);
        let token = tokens.issue(user(), SessionId::from_u128(2), NOW, 3);
        for _ in 0..2 {
            assert!(tokens.verify(&token, NOW).is_ok());
            assert!(tokens.verify(&token, NOW + Millis::seconds(605)).is_err());
            assert!(tokens.verify(&token, NOW - Millis::seconds(6)).is_err());
        }
        for index in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(tokens.verify(&altered, NOW).is_err(), "at {index}");
        }
    }

    #[test]
    fn tokens_past_the_most_that_are_remembered_are_verified_all_the_same() {
        let tokens = AccessTokens::new(KEY);
        for nonce in 0..KNOWN_MAX as u128 + 50 {
            let token = tokens.issue(user(), SessionId::from_u128(2), NOW, nonce);
            assert!(tokens.verify(&token, NOW).is_ok());
        }
        assert_eq!(tokens.known.read().len(), KNOWN_MAX);
        let later = NOW + Millis::hours(1);
        let token = tokens.issue(user(), SessionId::from_u128(2), later, 1);
        assert!(tokens.verify(&token, later).is_ok());
        assert_eq!(tokens.known.read().len(), 1, "those that are over made room");
    }

    #[test]
    fn only_the_header_we_write_is_taken() {
        let tokens = AccessTokens::new(KEY);
        let header = |value: Value| forged(value, good_claims(), &KEY);
        let ours = URL_SAFE_NO_PAD.decode(tokens.tokens.header_text().trim_end_matches('.')).unwrap();
        let ours: Value = serde_json::from_slice(&ours).unwrap();
        assert_eq!(ours, json!({"typ": "at+jwt", "alg": "HS256"}));
        for bad in [
            json!({"typ": "at+jwt", "alg": "none"}),
            json!({"typ": "JWT", "alg": "HS256"}),
            json!({"typ": "at+jwt", "alg": "RS256"}),
            json!({"typ": "at+jwt", "alg": "HS256", "kid": "../../x"}),
            json!({"typ": "at+jwt", "alg": "HS256", "jku": "http://evil"}),
            json!({"typ": "at+jwt", "alg": "HS256", "crit": ["x"]}),
        ] {
            assert_eq!(tokens.verify(&header(bad.clone()), NOW).unwrap_err().kind(), Kind::TokenInvalid, "{bad}");
        }
    }

    #[test]
    fn claims_of_another_kind_or_key_are_refused() {
        let tokens = AccessTokens::new(KEY);
        let header: Value = {
            let text = URL_SAFE_NO_PAD.decode(tokens.tokens.header_text().trim_end_matches('.')).unwrap();
            serde_json::from_slice(&text).unwrap()
        };
        let with = |name: &str, value: Value| {
            let mut claims = good_claims();
            claims[name] = value;
            let body = URL_SAFE_NO_PAD.encode(claims.to_string());
            let signed = format!("{}{body}", tokens.tokens.header_text());
            let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
            mac.update(signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
        };
        assert!(tokens.verify(&with("jti", json!("2")), NOW).is_ok());
        assert!(tokens.verify(&with("aud", json!("frontdesk-refresh")), NOW).is_err());
        assert!(tokens.verify(&with("iss", json!("somebody")), NOW).is_err());
        assert!(tokens.verify(&with("nbf", json!(NOW.as_millis() / 1000)), NOW).is_ok());
        assert!(tokens.verify(&with("nbf", json!(NOW.as_millis() / 1000 + 60)), NOW).is_err());
        assert!(tokens.verify(&with("sub", json!("ses_00000000000000000000000001")), NOW).is_err());
        assert!(tokens.verify(&forged(header, good_claims(), &[8; 32]), NOW).is_err());
        for text in ["", ".", "..", "a.b.c", &"x".repeat(64 * 1024)] {
            assert!(tokens.verify(text, NOW).is_err());
        }
    }
}
