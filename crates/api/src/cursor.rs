//! Page cursors: where the next page begins, sealed so that a client can only hand back what it was given.
//!
//! A cursor carries a sort key and an id, never an offset, so that rows that move are seen twice at worst
//! and never skipped. It gives no authority: every row is checked again. A keyed hash binds it to the
//! principal; the hash of the query (filters and order) tells a changed query from an altered cursor.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::{Kind, Problem};

/// The longest cursor, in characters.
pub const CURSOR_LENGTH_MAX: usize = 512;
const VERSION: u8 = 1;
const TAG_LENGTH: usize = 16;

/// The key under which cursors are sealed.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

/// What a cursor says: the query it belongs to and the place `K` in its order.
#[derive(Serialize, Deserialize)]
struct Sealed<K> {
    v: u8,
    q: u64,
    k: K,
}

impl CursorKey {
    /// Uses a key derived for this purpose.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The text for a place. `principal` is whoever asked, `query` what they asked in a canonical form.
    pub fn seal<K: Serialize>(&self, principal: &str, query: &str, place: &K) -> String {
        let sealed = Sealed { v: VERSION, q: fingerprint(query), k: place };
        let mut bytes = serde_json::to_vec(&sealed).expect("a place is JSON");
        let tag = self.tag(principal, &bytes);
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place in a text. Errors: `cursor-invalid` for a text we did not give to this principal,
    /// `cursor-mismatch` for one of another query.
    pub fn open<K: DeserializeOwned>(&self, principal: &str, query: &str, text: &str) -> Result<K, Problem> {
        let invalid = || Problem::new(Kind::CursorInvalid);
        if text.len() > CURSOR_LENGTH_MAX {
            return Err(invalid());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let at = bytes.len().checked_sub(TAG_LENGTH).ok_or_else(invalid)?;
        let (body, tag) = bytes.split_at(at);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(&self.tag(principal, body)[..], tag)) {
            return Err(invalid());
        }
        let sealed: Sealed<serde_json::Value> = serde_json::from_slice(body).map_err(|_| invalid())?;
        if sealed.v != VERSION || sealed.q != fingerprint(query) {
            return Err(Problem::new(Kind::CursorMismatch));
        }
        serde_json::from_value(sealed.k).map_err(|_| invalid())
    }

    fn tag(&self, principal: &str, body: &[u8]) -> [u8; TAG_LENGTH] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(principal.len() as u64).to_le_bytes()).update(principal.as_bytes()).update(body);
        let mut tag = [0; TAG_LENGTH];
        tag.copy_from_slice(&hasher.finalize().as_bytes()[..TAG_LENGTH]);
        tag
    }
}

fn fingerprint(query: &str) -> u64 {
    let hash = blake3::hash(query.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CursorKey {
        CursorKey::new([7; 32])
    }

    #[test]
    fn a_cursor_comes_back_as_the_place_it_was() {
        let text = key().seal("usr_a", "view=all", &(Some(17), "conv_1".to_owned()));
        assert!(
            text.len() <= CURSOR_LENGTH_MAX
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        let place: (Option<u64>, String) = key().open("usr_a", "view=all", &text).unwrap();
        assert_eq!(place, (Some(17), "conv_1".to_owned()));
    }

    #[test]
    fn altered_foreign_and_mismatched_cursors_are_told_apart_from_good_ones() {
        let text = key().seal("usr_a", "view=all", &1u64);
        let kind = |principal: &str, query: &str, text: &str| {
            key().open::<u64>(principal, query, text).map_err(|problem| problem.kind())
        };
        assert_eq!(kind("usr_b", "view=all", &text), Err(Kind::CursorInvalid));
        assert_eq!(kind("usr_a", "view=mine", &text), Err(Kind::CursorMismatch));
        for index in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(kind("usr_a", "view=all", &altered).is_err(), "at {index}");
        }
        for text in ["", "AA", "!", &"A".repeat(10_000)] {
            assert_eq!(kind("usr_a", "view=all", text), Err(Kind::CursorInvalid));
        }
    }
}
