//! Access tokens: signed statements of who (`sub`) on which session (`sid`), for ten minutes. They carry no
//! role and no team: what somebody may do is looked up on each request.
//!
//! The header is compared with the only one we write, byte for byte, before anything is parsed: other
//! algorithms, key ids, embedded keys and critical extensions (RFC 8725) have no way in.

use domain::ids::{SessionId, UserId};
use domain::time::{Millis, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::problem::{Kind, Problem};

/// How long an access token is good for.
pub const LIFETIME: Millis = Millis::minutes(10);
/// How far two clocks may differ.
const LEEWAY: Millis = Millis::seconds(5);
/// The longest text that can be a token of ours.
const LENGTH_MAX: usize = 1_024;
const ISSUER: &str = "frontdesk";
const AUDIENCE: &str = "frontdesk-api";

/// What a valid token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub user: UserId,
    pub session: SessionId,
    pub expires_at: Timestamp,
}

/// Issues and verifies.
pub struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    header: Header,
    /// The header as it stands in every token of ours, with its dot.
    header_text: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
    jti: String,
}

impl AccessTokens {
    /// Signs with HS256 under this key.
    pub fn new(key: [u8; 32]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // Time is an input here, so expiry is checked below, not against the library's clock.
        validation.validate_exp = false;
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        let encoding = EncodingKey::from_secret(&key);
        let sample = jsonwebtoken::encode(&header, &(), &encoding).expect("HMAC keys of any length sign");
        let header_text = sample.split_inclusive('.').next().unwrap_or_default().to_owned();
        Self { decoding: DecodingKey::from_secret(&key), encoding, validation, header, header_text }
    }

    /// A token for a session, good for [`LIFETIME`]. `nonce` makes it unique (`jti`).
    pub fn issue(&self, user: UserId, session: SessionId, now: Timestamp, nonce: u128) -> String {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            iat: now.as_millis().div_euclid(1_000),
            exp: (now + LIFETIME).as_millis().div_euclid(1_000),
            jti: format!("{nonce:032x}"),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding).expect("HMAC keys of any length sign")
    }

    /// Who a token names. Errors: `token-invalid`, whatever the reason.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Problem> {
        let invalid = || Problem::new(Kind::TokenInvalid);
        if token.len() > LENGTH_MAX || !token.starts_with(&self.header_text) {
            return Err(invalid());
        }
        let claims =
            jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).map_err(|_| invalid())?.claims;
        let (issued, expires) = (Timestamp::from_seconds(claims.iat), Timestamp::from_seconds(claims.exp));
        if now >= expires + LEEWAY || issued > now + LEEWAY {
            return Err(invalid());
        }
        Ok(Identity { user: claims.sub, session: claims.sid, expires_at: expires })
    }
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessTokens(..)")
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
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": user(), "sid": SessionId::from_u128(2),
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
        let ours = URL_SAFE_NO_PAD.decode(tokens.header_text.trim_end_matches('.')).unwrap();
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
            let text = URL_SAFE_NO_PAD.decode(tokens.header_text.trim_end_matches('.')).unwrap();
            serde_json::from_slice(&text).unwrap()
        };
        let with = |name: &str, value: Value| {
            let mut claims = good_claims();
            claims[name] = value;
            let body = URL_SAFE_NO_PAD.encode(claims.to_string());
            let signed = format!("{}{body}", tokens.header_text);
            let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
            mac.update(signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
        };
        assert!(tokens.verify(&with("jti", json!("2")), NOW).is_ok());
        assert!(tokens.verify(&with("aud", json!("frontdesk-refresh")), NOW).is_err());
        assert!(tokens.verify(&with("iss", json!("somebody")), NOW).is_err());
        assert!(tokens.verify(&with("sub", json!("ses_00000000000000000000000001")), NOW).is_err());
        assert!(tokens.verify(&forged(header, good_claims(), &[8; 32]), NOW).is_err());
        for text in ["", ".", "..", "a.b.c", &"x".repeat(64 * 1024)] {
            assert!(tokens.verify(text, NOW).is_err());
        }
    }
}
