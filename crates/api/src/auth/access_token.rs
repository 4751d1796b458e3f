//! Access tokens: signed statements of who (`sub`) on which session (`sid`), for ten minutes. They carry no
//! role and no team: what somebody may do is looked up on each request.

use domain::ids::{SessionId, UserId};
use domain::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

use super::signed_token::SignedTokens;
use crate::problem::Problem;

/// How long an access token is good for.
pub const LIFETIME: Millis = Millis::minutes(10);

/// What a valid token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub user: UserId,
    pub session: SessionId,
    pub expires_at: Timestamp,
}

/// Issues and verifies.
#[derive(Debug)]
pub struct AccessTokens(SignedTokens);

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
}

impl AccessTokens {
    /// Signs under this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(SignedTokens::new(key, "at+jwt", "frontdesk-api"))
    }

    /// A token for a session, good for [`LIFETIME`]. `nonce` makes it unique (`jti`).
    pub fn issue(&self, user: UserId, session: SessionId, now: Timestamp, nonce: u128) -> String {
        self.0.issue(Claims { sub: user, sid: session }, now, LIFETIME, nonce)
    }

    /// Who a token names. Errors: `token-invalid`, whatever the reason.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Problem> {
        let (claims, expires_at) = self.0.open::<Claims>(token, now)?;
        Ok(Identity { user: claims.sub, session: claims.sid, expires_at })
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
    use crate::problem::Kind;

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
    fn only_the_header_we_write_is_taken() {
        let tokens = AccessTokens::new(KEY);
        let header = |value: Value| forged(value, good_claims(), &KEY);
        let ours = URL_SAFE_NO_PAD.decode(tokens.0.header_text().trim_end_matches('.')).unwrap();
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
            let text = URL_SAFE_NO_PAD.decode(tokens.0.header_text().trim_end_matches('.')).unwrap();
            serde_json::from_slice(&text).unwrap()
        };
        let with = |name: &str, value: Value| {
            let mut claims = good_claims();
            claims[name] = value;
            let body = URL_SAFE_NO_PAD.encode(claims.to_string());
            let signed = format!("{}{body}", tokens.0.header_text());
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
