//! An ID token, checked as OpenID Connect Core 3.1.3.7 says. Pure: the keys and the time come from outside.
//!
//! Of the token's header only `alg`, `kid` and `crit` are looked at, never the keys or addresses it may carry. The
//! algorithm must be one that the operator has pinned, all of them asymmetric, and fit the kind of key: there is no way to
//! have a public key taken for an HMAC secret.

use domain::time::{Millis, Timestamp};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::settings::{Algorithm, ProviderSettings};

/// How far two clocks may differ.
const LEEWAY: Millis = Millis::seconds(30);
/// The oldest statement taken for a sign-in that has just happened.
const AGE_MAX: Millis = Millis::minutes(10);
/// The longest ID token.
pub const LENGTH_MAX: usize = 16 * 1_024;
/// Characters of a subject, as the specification bounds it.
const SUBJECT_MAX: usize = 255;

/// Why an ID token is not believed; for the operator's log, not for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    #[error("it is no signed token")]
    Malformed,
    #[error("it is not signed with a configured algorithm")]
    Algorithm,
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    #[error("the signature is wrong")]
    Signature,
    #[error("it is from another issuer")]
    Issuer,
    #[error("it is for another client")]
    Audience,
    #[error("its time is over, or has not come")]
    Time,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("it names nobody")]
    Subject,
}

/// Whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    pub subject: String,
    /// Only where the provider says that it has verified it.
    pub verified_email: Option<String>,
}

/// What must be known to find the key: the first look at a token, before anything of it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified<'a> {
    token: &'a str,
    algorithm: Algorithm,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    email: Option<String>,
    /// Some providers write texts here; only the boolean counts.
    email_verified: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl<'a> Unverified<'a> {
    /// Reads the header. Errors: `Malformed` (also for `alg: none`), `Algorithm`.
    pub fn read(token: &'a str, provider: &ProviderSettings) -> Result<Self, Disbelief> {
        if token.len() > LENGTH_MAX {
            return Err(Disbelief::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Disbelief::Malformed)?;
        if header.crit.is_some() {
            return Err(Disbelief::Malformed);
        }
        let pinned = provider.algorithms.iter().copied().find(|each| each.of_jwt() == header.alg);
        let algorithm = pinned.ok_or(Disbelief::Algorithm)?;
        Ok(Self { token, algorithm, kid: header.kid })
    }

    /// The one published key that can have signed it.
    pub fn key<'k>(&self, published: &'k [Jwk]) -> Option<&'k Jwk> {
        let mut fitting = published.iter().filter(|key| fits(key, self.algorithm)).filter(|key| match &self.kid {
            Some(kid) => key.common.key_id.as_ref() == Some(kid),
            None => true,
        });
        let first = fitting.next()?;
        // Without a key id the choice must be clear.
        (self.kid.is_some() || fitting.next().is_none()).then_some(first)
    }

    /// Checks the signature and every claim.
    pub fn verify(
        &self,
        key: &Jwk,
        provider: &ProviderSettings,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Vouched, Disbelief> {
        let mut signature = Validation::new(self.algorithm.of_jwt());
        // Claims are checked below: time is an input here, and `azp` and `nonce` are not the library's matter.
        signature.validate_exp = false;
        signature.validate_aud = false;
        signature.required_spec_claims.clear();
        let key = DecodingKey::from_jwk(key).map_err(|_| Disbelief::UnknownKey)?;
        let decoded = jsonwebtoken::decode::<Claims>(self.token, &key, &signature);
        let claims = decoded.map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => Disbelief::Malformed,
            _ => Disbelief::Signature,
        })?;
        claims.claims.check(provider, nonce, now)
    }
}

impl Claims {
    fn check(self, provider: &ProviderSettings, nonce: &str, now: Timestamp) -> Result<Vouched, Disbelief> {
        if self.iss != provider.issuer {
            return Err(Disbelief::Issuer);
        }
        let client = &provider.client_id;
        let (ours, alone) = match &self.aud {
            Audience::One(one) => (one == client, true),
            Audience::Several(several) => (several.contains(client), several.len() == 1),
        };
        let authorized = self.azp.as_ref().map_or(alone, |party| party == client);
        if !ours || !authorized {
            return Err(Disbelief::Audience);
        }
        let (issued, expires) = (seconds(self.iat)?, seconds(self.exp)?);
        if now >= expires + LEEWAY || issued > now + LEEWAY || now > issued + AGE_MAX + LEEWAY {
            return Err(Disbelief::Time);
        }
        let same = self.nonce.is_some_and(|given| bool::from(given.as_bytes().ct_eq(nonce.as_bytes())));
        if !same {
            return Err(Disbelief::Nonce);
        }
        if self.sub.is_empty() || self.sub.len() > SUBJECT_MAX {
            return Err(Disbelief::Subject);
        }
        let verified = self.email_verified == Some(serde_json::Value::Bool(true));
        Ok(Vouched { subject: self.sub, verified_email: self.email.filter(|email| verified && !email.is_empty()) })
    }
}

/// A claim's seconds; numbers that no clock shows would overflow.
fn seconds(claim: i64) -> Result<Timestamp, Disbelief> {
    const YEAR_9999: i64 = 253_402_300_799;
    if (0..=YEAR_9999).contains(&claim) { Ok(Timestamp::from_seconds(claim)) } else { Err(Disbelief::Time) }
}

/// Whether a key can be for signatures of this algorithm.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == algorithm.name());
    let meant = key.common.public_key_use.as_ref().is_none_or(|meant| *meant == PublicKeyUse::Signature);
    kind && named && meant
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);
    const NONCE: &str = "the nonce";

    /// An Ed25519 key in PKCS #8: what it is, and 32 bytes.
    fn signing_key() -> EncodingKey {
        let what = hex::decode("302e020100300506032b657004220420").unwrap();
        EncodingKey::from_ed_der(&[what, vec![7; 32]].concat())
    }

    fn published(kid: Option<&str>) -> Jwk {
        let mut key = Jwk::from_encoding_key(&signing_key(), jsonwebtoken::Algorithm::EdDSA).unwrap();
        key.common.key_id = kid.map(str::to_owned);
        key
    }

    fn provider(algorithms: &[Algorithm]) -> ProviderSettings {
        ProviderSettings {
            id: "corporate".to_owned(),
            name: "Corporate".to_owned(),
            issuer: "https://login.example.com".to_owned(),
            client_id: "desk".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            allowed_return_urls: Vec::new(),
            algorithms: algorithms.iter().copied().collect(),
            asks_second_factor: true,
        }
    }

    fn claims() -> Value {
        let now = NOW.as_millis() / 1_000;
        json!({"iss": "https://login.example.com", "sub": "1", "aud": "desk", "iat": now, "exp": now + 300,
            "nonce": NONCE, "email": "ben@example.com", "email_verified": true})
    }

    fn token(claims: &Value, header: impl FnOnce(&mut Header)) -> String {
        let mut of = Header::new(jsonwebtoken::Algorithm::EdDSA);
        of.kid = Some("first".to_owned());
        header(&mut of);
        jsonwebtoken::encode(&of, claims, &signing_key()).unwrap()
    }

    fn judged(token: &str, keys: &[Jwk]) -> Result<Vouched, Disbelief> {
        let provider = provider(&[Algorithm::EdDSA]);
        let token = Unverified::read(token, &provider)?;
        token.verify(token.key(keys).ok_or(Disbelief::UnknownKey)?, &provider, NONCE, NOW)
    }

    #[test]
    fn every_claim_is_looked_at_and_named() {
        let keys = [published(Some("first"))];
        let judge = |claim: &str, value: Value| {
            let mut claims = claims();
            claims[claim] = value;
            judged(&token(&claims, |_| ()), &keys).map(|vouched| vouched.verified_email)
        };
        let now = NOW.as_millis() / 1_000;
        let ben = Some("ben@example.com".to_owned());
        for (claim, value, expected) in [
            ("sub", json!("1"), Ok(ben.clone())),
            ("aud", json!(["desk"]), Ok(ben.clone())),
            ("azp", json!("desk"), Ok(ben.clone())),
            ("exp", json!(now - 29), Ok(ben.clone())),
            ("iat", json!(now + 30), Ok(ben)),
            ("email_verified", json!(false), Ok(None)),
            ("email_verified", json!("true"), Ok(None)),
            ("email", json!(""), Ok(None)),
            ("iss", json!("https://login.example.com/"), Err(Disbelief::Issuer)),
            ("iss", json!(["https://login.example.com"]), Err(Disbelief::Malformed)),
            ("aud", json!("other"), Err(Disbelief::Audience)),
            ("aud", json!(["desk", "other"]), Err(Disbelief::Audience)),
            ("azp", json!("other"), Err(Disbelief::Audience)),
            ("exp", json!(now - 30), Err(Disbelief::Time)),
            ("exp", json!(i64::MAX), Err(Disbelief::Time)),
            ("iat", json!(now + 31), Err(Disbelief::Time)),
            ("iat", json!(now - 631), Err(Disbelief::Time)),
            ("nonce", json!("another"), Err(Disbelief::Nonce)),
            ("nonce", Value::Null, Err(Disbelief::Nonce)),
            ("sub", json!(""), Err(Disbelief::Subject)),
        ] {
            assert_eq!(judge(claim, value.clone()), expected, "{claim}: {value}");
        }
    }

    #[test]
    fn the_header_chooses_among_what_is_pinned_and_published_and_nothing_else() {
        let keys = [published(Some("first"))];
        let judge = |header: fn(&mut Header)| judged(&token(&claims(), header), &keys);
        assert!(judge(|_| ()).is_ok());
        assert_eq!(judge(|header| header.kid = Some("second".to_owned())), Err(Disbelief::UnknownKey));
        assert_eq!(judge(|header| header.crit = Some(vec!["b64".to_owned()])), Err(Disbelief::Malformed));
        // A key that the token brings along is not looked at.
        let own = judged(&token(&claims(), |header| header.jwk = Some(published(None))), &[]);
        assert_eq!(own, Err(Disbelief::UnknownKey));
        let unpinned = provider(&[Algorithm::RS256]);
        assert_eq!(Unverified::read(&token(&claims(), |_| ()), &unpinned), Err(Disbelief::Algorithm));
        assert_eq!(Unverified::read("e30.e30.", &unpinned), Err(Disbelief::Malformed));
        let long = "x".repeat(LENGTH_MAX + 1);
        assert_eq!(Unverified::read(&long, &unpinned), Err(Disbelief::Malformed));
    }

    #[test]
    fn without_a_key_id_the_choice_must_be_clear_and_keys_are_for_what_they_say() {
        let anonymous = token(&claims(), |header| header.kid = None);
        assert!(judged(&anonymous, &[published(None)]).is_ok());
        assert_eq!(judged(&anonymous, &[published(None), published(Some("x"))]), Err(Disbelief::UnknownKey));
        let mut encrypting = published(Some("first"));
        encrypting.common.public_key_use = Some(PublicKeyUse::Encryption);
        let mut of_rsa = published(Some("first"));
        of_rsa.common.key_algorithm = Some(jsonwebtoken::jwk::KeyAlgorithm::RS256);
        for key in [encrypting, of_rsa] {
            assert_eq!(judged(&token(&claims(), |_| ()), &[key]), Err(Disbelief::UnknownKey));
        }
    }
}
