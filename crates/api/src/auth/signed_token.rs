//! Signed statements with an end (JWT, HS256), one kind per use: each has its own key, `typ` and audience, so that none can
//! be taken for another.
//!
//! The header is compared with the only one we write, byte for byte, before anything is parsed: other algorithms, key ids,
//! embedded keys and critical extensions (RFC 8725) have no way in.

use domain::time::{Millis, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::{Kind, Problem};

/// How far two clocks may differ.
const LEEWAY: Millis = Millis::seconds(5);
/// The longest text that can be a token of ours.
pub(super) const LENGTH_MAX: usize = 1_024;
const ISSUER: &str = "frontdesk";

/// Signs and opens tokens of one kind.
pub struct SignedTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    header: Header,
    audience: &'static str,
    /// The header as it stands in every token of ours, with its dot.
    header_text: String,
}

/// What every kind says.
#[derive(Serialize, Deserialize)]
struct Claims<T> {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: String,
    #[serde(flatten)]
    own: T,
}

/// What we signed once. It says nothing yet about the present: that is asked with [`Signed::at`], each time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<T> {
    own: T,
    begins: Timestamp,
    expires: Timestamp,
}

impl<T> Signed<T> {
    /// What it says, and until when, if it holds at this time. Errors: `token-invalid`.
    pub(super) fn at(self, now: Timestamp) -> Result<(T, Timestamp), Problem> {
        if self.is_over(now) || self.begins > now + LEEWAY {
            return Err(Problem::new(Kind::TokenInvalid));
        }
        Ok((self.own, self.expires))
    }
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires + LEEWAY
    }
}

impl SignedTokens {
    /// Signs with HS256 under this key.
    pub fn new(key: [u8; 32], typ: &'static str, audience: &'static str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // Time is an input here, so it is checked below, not against the library's clock.
        validation.validate_exp = false;
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(typ.to_owned());
        let encoding = EncodingKey::from_secret(&key);
        let sample = jsonwebtoken::encode(&header, &(), &encoding).expect("HMAC keys of any length sign");
        let header_text = sample.split_inclusive('.').next().unwrap_or_default().to_owned();
        Self { decoding: DecodingKey::from_secret(&key), encoding, validation, header, audience, header_text }
    }

    /// A token that says `own` for a while. `nonce` makes it unique (`jti`).
    pub fn issue<T: Serialize>(&self, own: T, now: Timestamp, lifetime: Millis, nonce: u128) -> String {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: self.audience.to_owned(),
            iat: now.as_millis().div_euclid(1_000),
            exp: (now + lifetime).as_millis().div_euclid(1_000),
            nbf: None,
            jti: format!("{nonce:032x}"),
            own,
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding).expect("HMAC keys of any length sign")
    }

    /// What a token says, and until when. Errors: `token-invalid`, whatever the reason.
    pub fn open<T: DeserializeOwned>(&self, token: &str, now: Timestamp) -> Result<(T, Timestamp), Problem> {
        self.read(token)?.at(now)
    }

    /// What a token of ours says, whatever the time. Errors: `token-invalid`.
    pub(super) fn read<T: DeserializeOwned>(&self, token: &str) -> Result<Signed<T>, Problem> {
        let invalid = || Problem::new(Kind::TokenInvalid);
        if token.len() > LENGTH_MAX || !token.starts_with(&self.header_text) {
            return Err(invalid());
        }
        let decoded = jsonwebtoken::decode::<Claims<T>>(token, &self.decoding, &self.validation);
        let claims = decoded.map_err(|_| invalid())?.claims;
        let expires = Timestamp::from_seconds(claims.exp);
        let begins = Timestamp::from_seconds(claims.nbf.unwrap_or(claims.iat).max(claims.iat));
        Ok(Signed { own: claims.own, begins, expires })
    }

    /// The only header a token of this kind has.
    #[cfg(test)]
    pub(crate) fn header_text(&self) -> &str {
        &self.header_text
    }
}

impl std::fmt::Debug for SignedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedTokens(..)")
    }
}
