//! Identifiers: TypeIDs, that is a type prefix, `_`, and a UUIDv7 in 26 lower-case base32 characters
//! (Crockford alphabet, e.g. `conv_01jd8w3q5tex9bqm1d0vhkk6ws`). They sort by creation time, survive a
//! double click, and a wrong prefix is noticed when parsed, so an id of one kind is never taken for another.
//!
//! Ids are inputs: [`IdMint`] is seeded outside and carried by the command, so that the same command gives
//! the same events byte for byte. Nothing here reads a clock or a random source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters after the prefix and its underscore.
const SUFFIX_LEN: usize = 26;
/// Room for the longest prefix.
const TEXT_LEN_MAX: usize = 40;
/// What each character of a suffix stands for; 32 and more are not in the alphabet.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        digits[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// Why a text is not the id it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {prefix} id")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident = $prefix:literal ),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The text before the underscore.
            pub const PREFIX: &'static str = $prefix;
            /// Wraps the UUID's 128 bits.
            pub const fn from_u128(value: u128) -> Self { Self(value) }
            /// The UUID's 128 bits.
            pub const fn as_u128(self) -> u128 { self.0 }
            /// Its text, without an allocation.
            pub(crate) fn text(self) -> IdText { IdText::new($prefix, self.0) }
        }
        $crate::packed_as!($name: u128);
        impl From<u128> for $name {
            fn from(value: u128) -> Self { Self(value) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.text().as_str()) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> { parse_id($prefix, text).map(Self) }
        }
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                crate::event::schema::text(&crate::event::schema::id_pattern($prefix))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.text().as_str()) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "an id starting with {}_", $prefix)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                d.deserialize_str(Visitor)
            }
        }
    )*};
}

ids! {
    /// A person of the support team.
    UserId = "usr",
    /// A team of users.
    TeamId = "team",
    /// A custom role.
    RoleId = "role",
    /// An invitation into the team.
    InviteId = "inv",
    /// A key for programs.
    KeyId = "key",
    /// A signed-in device of a user.
    SessionId = "ses",
    /// A brand: a wall around channels and contacts.
    BrandId = "brand",
    /// A connected number (or, later, mailbox or page).
    ChannelId = "chan",
    /// A customer, scoped to a brand.
    ContactId = "con",
    /// One contact on one channel, over its episodes.
    ConversationId = "conv",
    /// One message, in or out.
    MessageId = "msg",
    /// A file a message carries, or one uploaded to be sent.
    MediaId = "media",
    /// An internal note.
    NoteId = "note",
    /// What somebody was told of.
    NotificationId = "notif",
    /// One try to hand a message to the provider.
    AttemptId = "att",
    /// A message template of a WhatsApp Business Account.
    TemplateId = "tmpl",
    /// A webhook item that could not be applied, kept to be looked at and tried again.
    QuarantineId = "quar",
    /// A contact merge, so that it can be undone.
    MergeId = "merge",
    /// A request, for correlation.
    RequestId = "req",
    /// A calendar of business hours.
    HoursId = "hours",
    /// A routing rule.
    RoutingRuleId = "rrule",
    /// A policy of service levels.
    SlaPolicyId = "sla",
    /// A command on many conversations.
    BulkJobId = "job",
    /// A report as a file.
    ReportExportId = "rexp",
    /// A report that comes again and again.
    ScheduledReportId = "srep",
    /// A satisfaction survey that a customer was sent.
    CsatId = "csat",
    /// A note on how somebody works.
    CoachingNoteId = "coach",
    /// A rule of what is done by itself.
    AutomationRuleId = "arule",
    /// A question that automation asked a customer, and waits for the choice.
    QuestionId = "ask",
    /// An article of the knowledge base.
    ArticleId = "kba",
    /// A text that agents insert.
    CannedReplyId = "canned",
    /// Several actions done at once by an agent.
    MacroId = "macro",
    /// Contacts that a condition fits.
    SegmentId = "seg",
    /// A template sent to many contacts.
    CampaignId = "camp",
    /// Contacts taken over from a file.
    ContactImportId = "cimp",
}

/// Makes the ids of one command: UUIDv7 from the command's time and 80 random bits given from outside,
/// counted up by one for each further id.
#[derive(Debug, Clone)]
pub struct IdMint {
    millis: u64,
    entropy: u128,
}

impl IdMint {
    /// `entropy` should be random for each command; a counter gives reproducible tests.
    pub fn new(now: Timestamp, entropy: u128) -> Self {
        Self { millis: now.as_millis().max(0) as u64, entropy: entropy & ((1 << 74) - 1) }
    }

    /// The next id of any kind: `mint.fresh::<MessageId>()`.
    pub fn fresh<T: From<u128>>(&mut self) -> T {
        let value = (u128::from(self.millis) << 80)
            | (0x7 << 76)
            | ((self.entropy >> 62) & 0xfff) << 64
            | (0b10 << 62)
            | (self.entropy & ((1 << 62) - 1));
        self.entropy = (self.entropy + 1) & ((1 << 74) - 1);
        T::from(value)
    }
}

/// An id's text without an allocation: each is written many times for one message.
pub(crate) struct IdText {
    bytes: [u8; TEXT_LEN_MAX],
    len: usize,
}

impl IdText {
    fn new(prefix: &'static str, value: u128) -> Self {
        let (start, len) = (prefix.len() + 1, prefix.len() + 1 + SUFFIX_LEN);
        let mut bytes = [b'_'; TEXT_LEN_MAX];
        bytes[..prefix.len()].copy_from_slice(prefix.as_bytes());
        // Twelve characters at a time, so that the shifts are those of a machine word.
        let (suffix, words) = (&mut bytes[start..len], [(value >> 120) as u64, (value >> 60) as u64, value as u64]);
        let (head, rest) = suffix.split_at_mut(SUFFIX_LEN - 24);
        for (part, word) in std::iter::once(head).chain(rest.chunks_exact_mut(12)).zip(words) {
            let last = part.len() - 1;
            for (index, slot) in part.iter_mut().enumerate() {
                *slot = ALPHABET[(word >> (5 * (last - index)) & 31) as usize];
            }
        }
        Self { bytes, len }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("prefix and alphabet are ASCII")
    }
}

fn parse_id(prefix: &'static str, text: &str) -> Result<u128, InvalidId> {
    let invalid = InvalidId { prefix };
    let suffix = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(invalid)?.as_bytes();
    // 26 characters hold 130 bits: the first may only carry the three that fit.
    if suffix.len() != SUFFIX_LEN || suffix[0] > b'7' {
        return Err(invalid);
    }
    suffix.iter().try_fold(0u128, |value, byte| {
        let digit = DIGITS[usize::from(*byte)];
        if digit < 32 { Ok(value << 5 | u128::from(digit)) } else { Err(invalid) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_a_round_trip_through_its_text() {
        let id = ConversationId::from_u128(0x0193_4b1e_7a55_7abc_8def_0123_4567_89ab);
        let text = id.to_string();
        assert_eq!(text.len(), "conv_".len() + 26);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
    }

    #[test]
    fn a_foreign_prefix_a_wrong_letter_and_an_overflow_are_refused() {
        let id = ConversationId::from_u128(7).to_string();
        assert!(id.parse::<MessageId>().is_err());
        assert!(id.replace('7', "l").parse::<ConversationId>().is_err());
        assert!("conv_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<ConversationId>().is_err());
        assert!("conv_".parse::<ConversationId>().is_err());
    }

    #[test]
    fn minted_ids_sort_by_time_then_by_order() {
        let mut early = IdMint::new(Timestamp::from_millis(1_000), u128::MAX);
        let mut late = IdMint::new(Timestamp::from_millis(1_001), 0);
        let first: MessageId = late.fresh();
        let second: MessageId = late.fresh();
        assert!(early.fresh::<MessageId>() < first && first < second);
    }
}
