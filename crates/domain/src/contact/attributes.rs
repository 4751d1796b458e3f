//! What is noted of a contact for rules to ask about: a plan, a region, a language. Attributes are labels, not personal
//! text: they lie in the log's readable part, so that routing and policies may look at them, and their form leaves no
//! room for a sentence. Who a contact is belongs into their name, their notes and their conversations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::edit::living;
use crate::event::StreamId;
use crate::event::contact::ContactAttributesChanged;
use crate::ids::ContactId;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;

/// Attributes of one contact at most.
pub const ATTRIBUTES_MAX: usize = 50;
/// Changes of one command at most.
pub const CHANGES_MAX: usize = 100;
/// Characters of a key, and of a text, at most.
pub const KEY_MAX: usize = 64;
pub const TEXT_MAX: usize = 64;
/// The language the contact writes in, as BCP 47 has it (`pt-BR`).
pub const LANGUAGE: &str = "language";
/// The longest language tag.
const LANGUAGE_MAX: usize = 35;

/// What an attribute is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum AttributeValue {
    Bool(bool),
    Number(Number),
    Text(String),
}

/// Attributes by key.
pub type Attributes = BTreeMap<String, AttributeValue>;

impl AttributeValue {
    /// A value as a client writes it; `None`: of a kind no attribute is of.
    pub fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(Self::Bool(truth)),
            Value::Number(number) => Some(Self::Number(number)),
            Value::String(text) => Some(Self::Text(text)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
    pub fn to_json(&self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone()),
        }
    }
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(_) | Self::Number(_) => None,
        }
    }
}

/// Sets attributes, or takes away those that are null. Those not named stay.
pub fn change(step: &mut Step<'_>, id: ContactId, wanted: BTreeMap<String, Value>) -> Result<(), Rejection> {
    living(step, id)?;
    let known = &step.world.contacts.get(&id).ok_or(Rejection::NotFound)?.attributes;
    let mut errors = Vec::new();
    if wanted.len() > CHANGES_MAX {
        errors.push(error("", "too_many", format!("at most {CHANGES_MAX} changes at once")));
        return Err(Rejection::Fields(errors));
    }
    let mut attributes = BTreeMap::new();
    for (key, value) in wanted {
        match checked(&key, value) {
            Ok(value) => {
                attributes.insert(key, value);
            }
            Err(wrong) => errors.push(wrong),
        }
    }
    let mut after = known.clone();
    apply(&mut after, &attributes);
    if after.len() > ATTRIBUTES_MAX {
        errors.push(error("", "too_many", format!("at most {ATTRIBUTES_MAX} attributes")));
    }
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    attributes.retain(|key, value| known.get(key) != value.as_ref());
    if !attributes.is_empty() {
        step.emit(StreamId::Contact(id), ContactAttributesChanged { contact_id: id, attributes });
    }
    Ok(())
}

/// Applies a change.
pub fn apply(attributes: &mut Attributes, change: &BTreeMap<String, Option<AttributeValue>>) {
    for (key, value) in change {
        match value {
            Some(value) => attributes.insert(key.clone(), value.clone()),
            None => attributes.remove(key),
        };
    }
}

fn checked(key: &str, value: Value) -> Result<Option<AttributeValue>, FieldError> {
    let wrong = |code, detail: &str| Err(error(key, code, detail.to_owned()));
    if !is_key(key) {
        return wrong("bad_key", "a key begins with a small letter; small letters, digits and _ follow, 64 at most");
    }
    if value.is_null() {
        return Ok(None);
    }
    let Some(value) = AttributeValue::from_json(value) else {
        return wrong("wrong_type", "a text, a number, true or false, or null");
    };
    match &value {
        AttributeValue::Text(text) if key == LANGUAGE && !is_language(text) => {
            wrong("bad_format", "a language tag such as en or pt-BR")
        }
        AttributeValue::Bool(_) | AttributeValue::Number(_) if key == LANGUAGE => {
            wrong("wrong_type", "a language tag such as en or pt-BR")
        }
        AttributeValue::Text(text) if !is_label(text) => {
            wrong("bad_format", "1 to 64 letters, digits, spaces and _ - . : (a label, nothing personal)")
        }
        AttributeValue::Text(_) | AttributeValue::Bool(_) | AttributeValue::Number(_) => Ok(Some(value)),
    }
}

fn is_key(key: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    key.len() <= KEY_MAX && key.starts_with(|first: char| first.is_ascii_lowercase()) && key.bytes().all(rest)
}

fn is_label(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | ':');
    !text.trim().is_empty() && text.chars().count() <= TEXT_MAX && text.chars().all(fits)
}

/// Whether a text is formed as BCP 47 has it: a language, then scripts, regions and variants.
/// Whether a text has the form of a BCP 47 tag.
pub(crate) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= LANGUAGE_MAX
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(part)
}

fn error(key: &str, code: &'static str, detail: String) -> FieldError {
    let key = key.replace('~', "~0").replace('/', "~1");
    let key: String = key.chars().take(100).collect();
    let pointer = if key.is_empty() { "/attributes".to_owned() } else { format!("/attributes/{key}") };
    FieldError { pointer, code, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_tag_and_a_label_is_no_sentence() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "es-419", "sr-Latn"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "e", "english language", "pt_BR", "-en", "en-", "de-verylongsubtag"] {
            assert!(!is_language(bad), "{bad}");
        }
        assert!(is_label("Gold Plan: v2.1") && is_label("región norte"));
        assert!(!is_label("call me @ home") && !is_label("") && !is_label(&"x".repeat(65)));
        assert!(is_key("plan_2") && !is_key("2plan") && !is_key("Plan") && !is_key(""));
    }
}
