//! One test: a field, how to compare, with what.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::TEXT_CHARS_MAX;
use crate::contact::attributes::AttributeValue;
use crate::contact::consent::Purpose;

/// What is looked at.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// What the customer wrote, captions and titles of tapped buttons included.
    Text,
    /// The message's type, as the provider names it.
    MessageType,
    ChannelId,
    BrandId,
    /// The team whose queue it lies in.
    TeamId,
    /// The contact's language, a BCP 47 tag.
    Language,
    /// An attribute of the contact: `attribute.<key>`.
    Attribute(String),
    /// A tag of the conversation.
    Tag,
    Priority,
    Status,
    /// How the conversation came about.
    Origin,
    /// Whether the contact had another conversation, or episode, before.
    Returning,
    /// The episode, from 1.
    Episode,
    /// Seconds since the contact's last episode was resolved.
    SecondsSinceResolved,
    /// Who had the conversation, or the one before it, last.
    LastAssigneeId,
    /// The advertisement, post or link the customer came through.
    ReferralSource,
    /// Calendars of business hours that are open at this moment.
    OpenHoursId,
    /// Who has the conversation.
    AssigneeId,
    /// How satisfied the customer said they are, 1 to 5, of an event that says so.
    Rating,
    /// What is promised, of an event that says a promise is at risk or broken.
    SlaMetric,
    /// Who did what the event says: `customer`, `agent`, `automation`, `system`.
    Author,
    /// Groups of contacts this one belongs to.
    SegmentId,
    CampaignId,
    /// A tag of the contact.
    ContactTag,
    /// Whether the contact is blocked.
    Blocked,
    /// What the contact last said to a purpose: `opted_in` or `opted_out`; absent: nothing.
    Consent(Purpose),
    /// Seconds since the contact last wrote.
    SecondsSinceLastSeen,
    /// Seconds since the contact became known.
    SecondsSinceCreated,
    /// Conversations with the contact.
    Conversations,
}

/// How a field is compared.
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
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal to the one value.
    Is,
    /// Equal to one of the values.
    In,
    NotIn,
    /// A text holds one of these, as whole words.
    HasAnyWord,
    /// A text holds all of these, as whole words.
    HasAllWords,
    /// A text holds this, anywhere.
    Contains,
    StartsWith,
    AtLeast,
    AtMost,
    IsPresent,
    IsAbsent,
}

/// See the module.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Test {
    pub field: Field,
    pub op: Operator,
    /// A value, or a list of them. `is_present` and `is_absent` take none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    #[borsh(serialize_with = "crate::snapshot::write_json", deserialize_with = "crate::snapshot::read_json")]
    pub value: Value,
}

/// What a field is worth.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<'a> {
    Absent,
    Bool(bool),
    Number(f64),
    /// Also ids and words.
    Text(&'a str),
    Owned(String),
    /// A text that [`folded`] was asked about before: a long one need not be gone through by each of many rules.
    Folded(&'a str),
    /// Several at once; one that fits is enough.
    Words(Vec<&'a str>),
    OwnedWords(Vec<String>),
}

/// A contact's attribute, as conditions compare it.
impl<'a> From<Option<&'a AttributeValue>> for Fact<'a> {
    fn from(value: Option<&'a AttributeValue>) -> Self {
        match value {
            Some(AttributeValue::Text(text)) => Self::Text(text),
            Some(AttributeValue::Number(number)) => number.as_f64().map_or(Self::Absent, Self::Number),
            Some(AttributeValue::Bool(value)) => Self::Bool(*value),
            None => Self::Absent,
        }
    }
}

/// Whoever knows what fields are worth.
pub trait Facts {
    fn fact(&self, field: &Field) -> Fact<'_>;
    /// What the field of a test is worth, where finding out can be spared by looking at what is asked.
    fn asked(&self, test: &Test) -> Fact<'_> {
        self.fact(&test.field)
    }
}

const ATTRIBUTE: &str = "attribute.";

/// Fields with a fixed name.
pub(super) const NAMED: &[(&str, Field)] = &[
    ("text", Field::Text),
    ("message_type", Field::MessageType),
    ("channel_id", Field::ChannelId),
    ("brand_id", Field::BrandId),
    ("team_id", Field::TeamId),
    ("language", Field::Language),
    ("tag", Field::Tag),
    ("priority", Field::Priority),
    ("status", Field::Status),
    ("origin", Field::Origin),
    ("returning", Field::Returning),
    ("episode", Field::Episode),
    ("seconds_since_resolved", Field::SecondsSinceResolved),
    ("last_assignee_id", Field::LastAssigneeId),
    ("referral_source", Field::ReferralSource),
    ("open_hours_id", Field::OpenHoursId),
    ("assignee_id", Field::AssigneeId),
    ("rating", Field::Rating),
    ("sla_metric", Field::SlaMetric),
    ("author", Field::Author),
    ("segment_id", Field::SegmentId),
    ("campaign_id", Field::CampaignId),
    ("contact_tag", Field::ContactTag),
    ("blocked", Field::Blocked),
    ("consent.marketing", Field::Consent(Purpose::Marketing)),
    ("consent.service", Field::Consent(Purpose::Service)),
    ("consent.csat", Field::Consent(Purpose::Csat)),
    ("seconds_since_last_seen", Field::SecondsSinceLastSeen),
    ("seconds_since_created", Field::SecondsSinceCreated),
    ("conversations", Field::Conversations),
];

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(key) => write!(f, "{ATTRIBUTE}{key}"),
            named => {
                let name = NAMED.iter().find(|(_, field)| field == named).map_or("", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}
impl FromStr for Field {
    type Err = UnknownField;
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        if let Some(key) = text.strip_prefix(ATTRIBUTE) {
            return Ok(Self::Attribute(key.to_owned()));
        }
        NAMED.iter().find(|(name, _)| *name == text).map(|(_, field)| field.clone()).ok_or(UnknownField)
    }
}
impl Serialize for Field {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The text names no field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such field")]
pub struct UnknownField;

impl Test {
    /// The values, one or many.
    pub fn values(&self) -> &[Value] {
        match &self.value {
            Value::Array(many) => many,
            Value::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// Whether it fits.
    pub fn fits(&self, facts: &dyn Facts) -> bool {
        let fact = facts.asked(self);
        let language = self.field == Field::Language;
        match self.op {
            Operator::IsPresent => fact != Fact::Absent,
            Operator::IsAbsent => fact == Fact::Absent,
            Operator::Is | Operator::In => self.values().iter().any(|value| equals(&fact, value, language)),
            Operator::NotIn => !self.values().iter().any(|value| equals(&fact, value, language)),
            Operator::AtLeast => numbers(&fact, self).is_some_and(|(fact, value)| fact >= value),
            Operator::AtMost => numbers(&fact, self).is_some_and(|(fact, value)| fact <= value),
            Operator::HasAnyWord | Operator::HasAllWords | Operator::Contains | Operator::StartsWith => match &fact {
                Fact::Folded(text) => self.fits_folded(text),
                other => texts(other).iter().any(|text| self.fits_folded(&folded(text))),
            },
        }
    }

    fn fits_folded(&self, text: &str) -> bool {
        let mut values = self.values().iter().filter_map(Value::as_str).map(folded);
        match self.op {
            Operator::HasAnyWord => values.any(|value| has_words(text, &value)),
            Operator::HasAllWords => values.all(|value| has_words(text, &value)),
            Operator::Contains => values.any(|value| text.contains(&*value)),
            _ => values.any(|value| text.trim_start().starts_with(&*value)),
        }
    }
}

/// Lower case, and no more than is looked through. What is so already, as most words of rules are, is not copied.
pub fn folded(text: &str) -> Cow<'_, str> {
    let plain = text.len() <= TEXT_CHARS_MAX && text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if plain { Cow::Borrowed(text) } else { text.chars().take(TEXT_CHARS_MAX).flat_map(char::to_lowercase).collect() }
}

/// Whether a text holds some words, in their order, and not as parts of others.
pub(crate) fn has_words(text: &str, words: &str) -> bool {
    let words = words.trim();
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    // Scripts without spaces between words have no ends of words to look for.
    let bounded = words.chars().all(|c| !is_of_unspaced_script(c));
    !words.is_empty()
        && text.match_indices(words).any(|(at, found)| {
            let (before, after) = (text[..at].chars().next_back(), text[at + found.len()..].chars().next());
            !bounded || (!inside(before) && !inside(after))
        })
}

/// Chinese, Japanese, Thai, Lao, Khmer, Burmese.
fn is_of_unspaced_script(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

fn texts<'f>(fact: &'f Fact<'_>) -> Vec<&'f str> {
    match fact {
        Fact::Text(text) | Fact::Folded(text) => vec![text],
        Fact::Owned(text) => vec![text.as_str()],
        Fact::Words(words) => words.clone(),
        Fact::OwnedWords(words) => words.iter().map(String::as_str).collect(),
        Fact::Absent | Fact::Bool(_) | Fact::Number(_) => Vec::new(),
    }
}

fn equals(fact: &Fact<'_>, value: &Value, language: bool) -> bool {
    match (fact, value) {
        (Fact::Bool(fact), Value::Bool(value)) => fact == value,
        (Fact::Number(fact), Value::Number(value)) => value.as_f64() == Some(*fact),
        (fact, Value::String(value)) => texts(fact).iter().any(|text| {
            let (text, value) = (folded(text), folded(value));
            let of_language = || text.strip_prefix(&*value).is_some_and(|rest| rest.starts_with('-'));
            text == value || (language && of_language())
        }),
        _ => false,
    }
}

fn numbers(fact: &Fact<'_>, test: &Test) -> Option<(f64, f64)> {
    match (fact, test.values()) {
        (Fact::Number(fact), [value]) => Some((*fact, value.as_f64()?)),
        _ => None,
    }
}
