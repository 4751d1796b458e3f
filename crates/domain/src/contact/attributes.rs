//! What is noted of a contact for rules to ask about: a plan, a region, a language. Attributes are labels, not personal
//! text: they lie in the log's readable part, so that routing and policies may look at them, and their form leaves no
//! room for a sentence. Who a contact is belongs into their name, their notes and their conversations, or into attributes
//! that are defined as personal ([`super::definitions`]): those are sealed, and no condition can ask about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::definitions::Definitions;
use super::edit::living;
use crate::event::StreamId;
use crate::event::contact::{ContactAttributesChanged, PersonalAttributes};
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
#[serde(untagged)]
pub enum AttributeValue {
    Bool(bool),
    Number(
        #[borsh(serialize_with = "crate::snapshot::write_number", deserialize_with = "crate::snapshot::read_number")]
        Number,
    ),
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
    let known = &step.world.contacts.get(&id).ok_or(Rejection::NotFound)?.noted().attributes;
    let wanted = check(&step.world.definitions, step.world.settings.contacts.defined_attributes_only, wanted)
        .map_err(Rejection::Fields)?;
    let mut after = known.clone();
    apply(&mut after, &wanted.labels);
    if after.len() > ATTRIBUTES_MAX {
        let detail = format!("at most {ATTRIBUTES_MAX} attributes");
        return Err(Rejection::Fields(vec![error("", "too_many", detail)]));
    }
    set(step, id, wanted);
    Ok(())
}

/// A change that was checked: what lies in the log's readable part, and what is sealed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checked {
    pub labels: BTreeMap<String, Option<AttributeValue>>,
    pub personal: BTreeMap<String, Option<AttributeValue>>,
}

/// Makes of a wish what can be set, or says everything that is wrong with it. `defined_only`: nothing but what is defined.
pub fn check(
    definitions: &Definitions,
    defined_only: bool,
    wanted: BTreeMap<String, Value>,
) -> Result<Checked, Vec<FieldError>> {
    if wanted.len() > CHANGES_MAX {
        return Err(vec![error("", "too_many", format!("at most {CHANGES_MAX} changes at once"))]);
    }
    let (mut errors, mut found) = (Vec::new(), Checked::default());
    for (key, value) in wanted {
        let definition = definitions.get(&key).map(|entry| &entry.definition);
        let checked = match definition {
            Some(definition) => {
                definition.check(value).map_err(|(code, detail)| error(&key, code, detail)).and_then(|value| {
                    let language = key == LANGUAGE && value.is_some();
                    if language { checked(&key, value.map_or(Value::Null, |it| it.to_json())) } else { Ok(value) }
                })
            }
            None if defined_only && !value.is_null() && key != LANGUAGE => {
                Err(error(&key, "not_defined", "no attribute of this key is defined".to_owned()))
            }
            None => checked(&key, value),
        };
        match checked {
            // What was set before it was defined as personal, or is no more, is taken away from where it lay.
            Ok(value) if definition.is_some_and(|definition| definition.pii) => {
                found.labels.insert(key.clone(), None);
                found.personal.insert(key, value);
            }
            Ok(value) => {
                found.labels.insert(key, value);
            }
            Err(wrong) => errors.push(wrong),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// Writes down what changes by it.
pub(super) fn set(step: &mut Step<'_>, id: ContactId, wanted: Checked) {
    let Some(known) = step.world.contacts.get(&id).map(|contact| &contact.noted().attributes) else { return };
    let Checked { labels: mut attributes, personal } = wanted;
    attributes.retain(|key, value| known.get(key) != value.as_ref());
    if attributes.is_empty() && personal.is_empty() {
        return;
    }
    let sealed = personal.iter().map(|(key, value)| (key.clone(), value.is_some())).collect();
    let values: BTreeMap<_, _> = personal.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let private = (!values.is_empty()).then_some(PersonalAttributes { attributes: values });
    step.emit(StreamId::Contact(id), ContactAttributesChanged { contact_id: id, attributes, sealed, private });
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

pub(super) fn is_key(key: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    key.len() <= KEY_MAX && key.starts_with(|first: char| first.is_ascii_lowercase()) && key.bytes().all(rest)
}

pub(super) fn is_label(text: &str) -> bool {
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
