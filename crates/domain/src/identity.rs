//! How a customer is recognised. A contact is a set of identities within one brand; a phone number is one
//! of them and may be missing (WhatsApp users with a user name show only a business-scoped id).
//!
//! The personal value itself is sealed in events. What facts and indexes hold is its [`BlindKey`], a keyed
//! hash computed at the edge from [`IdentityKind::index_form`], so that a contact is found without the log
//! containing its number.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A keyed hash of a personal value (128 bits, hexadecimal in events). Opaque here.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindKey(pub [u8; 16]);

/// The kinds of identity, in the order in which they are trusted to name a contact.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// Business-scoped user id, `CC.xxxxx`: stable for one business and user until the number changes.
    Bsuid,
    /// A group chat on one channel; the contact then stands for the group.
    Group,
    /// The provider's own address of a WhatsApp user; usually, not always, the phone number's digits.
    WaId,
    /// An E.164 number without plus sign.
    Phone,
    /// Links the same person across linked portfolios. A weak hint: never finds a contact.
    ParentBsuid,
}

crate::packed_enum!(IdentityKind: Bsuid, Group, WaId, Phone, ParentBsuid);

impl crate::packed::Field for BlindKey {
    const COUNT: usize = u128::COUNT;
    fn put(self, out: &mut [u64]) {
        u128::from_be_bytes(self.0).put(out);
    }
    fn take(from: &[u64]) -> Self {
        Self(u128::take(from).to_be_bytes())
    }
}

impl IdentityKind {
    /// The text that is hashed to find a contact by this identity, or `None` where the kind never finds
    /// one. `wa_id` and phone share a space, folded over the number aliases of Brazil, Mexico and Argentina.
    ///
    /// In two parts, the second after a colon.
    pub fn index_form(self, value: &str) -> Option<(&'static str, Cow<'_, str>)> {
        match self {
            Self::Bsuid => Some(("bsuid", value.into())),
            Self::Group => Some(("group", value.into())),
            Self::WaId | Self::Phone => Some(("phone", canonical_number(value).into())),
            Self::ParentBsuid => None,
        }
    }
}

/// Folds the forms WhatsApp uses for one line into one: Brazilian mobiles with or without the ninth digit
/// (`55 DD 9xxxxxxxx`), Mexican ones with or without `1` after 52, Argentine ones with or without `9`
/// after 54. For comparing only; messages go to the form the provider gave.
pub fn canonical_number(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let bytes = digits.as_bytes();
    let without = |index: usize| [&digits[..index], &digits[index + 1..]].concat();
    if digits.starts_with("55") && digits.len() == 13 && bytes[4] == b'9' && (b'6'..=b'9').contains(&bytes[5]) {
        return without(4);
    }
    if (digits.starts_with("521") || digits.starts_with("549")) && digits.len() == 13 {
        return without(2);
    }
    digits
}

impl std::fmt::Debug for BlindKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
impl std::fmt::Display for BlindKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(ascii(&self.hexadecimal()))
    }
}
impl BlindKey {
    fn hexadecimal(&self) -> [u8; 32] {
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        text
    }
}
impl Serialize for BlindKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(ascii(&self.hexadecimal()))
    }
}
fn ascii(digits: &[u8; 32]) -> &str {
    std::str::from_utf8(digits).expect("digits are ASCII")
}
impl<'de> Deserialize<'de> for BlindKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        u128::from_str_radix(&text, 16)
            .ok()
            .filter(|_| text.len() == 32)
            .map(|value| Self(value.to_be_bytes()))
            .ok_or_else(|| serde::de::Error::custom("a blind key is 32 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_aliases_fold_into_one_form() {
        for (one, other) in [
            ("5531987650143", "553187650143"),
            ("+52 1 55 1234 5678", "525512345678"),
            ("5491123456789", "541123456789"),
        ] {
            assert_eq!(canonical_number(one), canonical_number(other), "{one} and {other}");
        }
        // A Brazilian landline and a mobile are different lines, and other countries stay as they are.
        assert_ne!(canonical_number("551133334444"), canonical_number("5511933334444"));
        assert_eq!(canonical_number("4915112345678"), "4915112345678");
    }

    #[test]
    fn a_blind_key_is_written_in_hexadecimal() {
        let key = BlindKey([0xab; 16]);
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(text, format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(serde_json::from_str::<BlindKey>(&text).unwrap(), key);
    }
}
