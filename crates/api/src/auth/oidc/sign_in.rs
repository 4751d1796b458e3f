//! A sign-in under way: the signed texts that carry it through the browser. Nothing is remembered here; what must stay
//! secret (PKCE verifier, nonce) is derived from the browser's cookie and the sign-in's number with a key of ours.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::UserId;
use domain::time::{Millis, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How long somebody may take at the provider.
pub const STATE_FOR: Millis = Millis::minutes(10);
/// How long the frontend may take to redeem an exchange code.
pub const EXCHANGE_FOR: Millis = Millis::seconds(60);
/// The longest text that can be one of ours.
pub const LENGTH_MAX: usize = 2_048;

/// Signs, derives and verifies.
#[derive(Clone)]
pub struct SignIns {
    key: [u8; 32],
}

/// What a state says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub provider: String,
    pub return_to: String,
    /// SHA-256 of the frontend's verifier, base64url.
    pub challenge: String,
    /// The sign-in's number.
    pub number: u128,
    pub expires_at: Timestamp,
}

/// What an exchange code says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub provider: String,
    pub user: UserId,
    pub challenge: String,
    pub number: u128,
    pub expires_at: Timestamp,
}

impl SignIns {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// A state that only the browser with this cookie can come back with.
    pub fn state(&self, state: &State, cookie: &str) -> String {
        self.sign("state", cookie, state)
    }

    /// Reads a state. `None`: not ours, of another browser, or too old.
    pub fn read_state(&self, text: &str, cookie: &str, now: Timestamp) -> Option<State> {
        self.read::<State>("state", cookie, text).filter(|state| now < state.expires_at)
    }

    /// A code for the frontend.
    pub fn exchange_code(&self, exchange: &Exchange) -> String {
        self.sign("exchange", "", exchange)
    }

    /// Reads an exchange code that is presented with this verifier. `None`: not ours, or not the frontend's that began.
    /// Whether its time is over is left to ask, see [`Exchange::expires_at`].
    pub fn read_exchange_code(&self, text: &str, verifier: &str) -> Option<Exchange> {
        let exchange = self.read::<Exchange>("exchange", "", text)?;
        let same = challenge_of(verifier).as_bytes().ct_eq(exchange.challenge.as_bytes());
        bool::from(same).then_some(exchange)
    }

    /// The value that ties the ID token to this sign-in.
    pub fn nonce(&self, number: u128, cookie: &str) -> String {
        self.derive("nonce", number, cookie)
    }

    /// The PKCE verifier: 43 characters, as RFC 7636 wants at least.
    pub fn pkce_verifier(&self, number: u128, cookie: &str) -> String {
        self.derive("pkce verifier", number, cookie)
    }

    fn derive(&self, purpose: &str, number: u128, cookie: &str) -> String {
        let mut hasher = self.hasher(purpose, cookie);
        hasher.update(&number.to_le_bytes());
        URL_SAFE_NO_PAD.encode(hasher.finalize().as_bytes())
    }

    fn sign(&self, purpose: &str, cookie: &str, what: &impl Serialize) -> String {
        let body = serde_json::to_vec(what).expect("plain data serializes");
        let tag = self.hasher(purpose, cookie).update(&body).finalize();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&body), URL_SAFE_NO_PAD.encode(tag.as_bytes()))
    }

    fn read<T: DeserializeOwned>(&self, purpose: &str, cookie: &str, text: &str) -> Option<T> {
        let (body, tag) = text.split_once('.').filter(|_| text.len() <= LENGTH_MAX)?;
        let (body, tag) = (URL_SAFE_NO_PAD.decode(body).ok()?, URL_SAFE_NO_PAD.decode(tag).ok()?);
        let right = self.hasher(purpose, cookie).update(&body).finalize();
        let same = bool::from(right.as_bytes().as_slice().ct_eq(&tag));
        same.then(|| serde_json::from_slice(&body).ok())?
    }

    /// Purpose and cookie are set apart from what follows by their lengths.
    fn hasher(&self, purpose: &str, cookie: &str) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in [purpose, cookie] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hasher
    }
}

/// SHA-256 in base64url: the challenge to a verifier, both of PKCE and of the frontend.
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

impl std::fmt::Debug for SignIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIns(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

    fn state() -> State {
        State {
            provider: "corporate".to_owned(),
            return_to: "https://app.example.com/".to_owned(),
            challenge: challenge_of("a verifier"),
            number: 7,
            expires_at: NOW + STATE_FOR,
        }
    }

    #[test]
    fn a_state_comes_back_in_its_browser_and_its_time_only() {
        let sign_ins = SignIns::new([1; 32]);
        let text = sign_ins.state(&state(), "cookie");
        assert_eq!(sign_ins.read_state(&text, "cookie", NOW), Some(state()));
        assert_eq!(sign_ins.read_state(&text, "other", NOW), None);
        assert_eq!(sign_ins.read_state(&text, "cookie", NOW + STATE_FOR), None);
        assert_eq!(SignIns::new([2; 32]).read_state(&text, "cookie", NOW), None);
        for index in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(sign_ins.read_state(&altered, "cookie", NOW) != Some(state()) || altered == text, "at {index}");
        }
    }

    #[test]
    fn an_exchange_code_is_for_the_frontend_that_began_and_no_state() {
        let sign_ins = SignIns::new([1; 32]);
        let State { provider, challenge, number, expires_at, .. } = state();
        let exchange = Exchange { provider, user: UserId::from_u128(5), challenge, number, expires_at };
        let text = sign_ins.exchange_code(&exchange);
        assert_eq!(sign_ins.read_exchange_code(&text, "a verifier"), Some(exchange));
        assert_eq!(sign_ins.read_exchange_code(&text, "another verifier"), None);
        assert_eq!(sign_ins.read_state(&text, "", NOW), None);
        assert_eq!(sign_ins.read_exchange_code(&sign_ins.state(&state(), ""), "a verifier"), None);
    }

    #[test]
    fn verifier_and_nonce_differ_by_sign_in_browser_and_purpose() {
        let sign_ins = SignIns::new([1; 32]);
        let all = [
            sign_ins.nonce(1, "a"),
            sign_ins.nonce(2, "a"),
            sign_ins.nonce(1, "b"),
            sign_ins.pkce_verifier(1, "a"),
            sign_ins.pkce_verifier(2, "a"),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|each| each.len() == 43));
    }
}
