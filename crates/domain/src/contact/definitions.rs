//! Definitions of attributes: which keys there are, what their values may be, and which of them are personal. A definition
//! speaks about what is set from then on; what was set before stays as it is.
//!
//! A personal attribute is sealed with the contact's key, so it is erased with them. The price is that nothing that decides
//! can read it: no condition may ask about it. What a key holds, and whether it is personal, cannot be changed: what lies in
//! the log lies there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attributes::{AttributeValue, TEXT_MAX, is_key, is_label};
use crate::access::Principal;
use crate::calendar::Date;
use crate::event::attribute_definition::*;
use crate::event::{Event, Recorded, StreamId};
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;

/// Definitions at most.
pub const DEFINITIONS_MAX: usize = 200;
/// Options of one definition at most.
pub const OPTIONS_MAX: usize = 200;
/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Characters of a personal text, and of an address, at most.
pub const LONG_MAX: usize = 500;

/// What an attribute holds.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    Text,
    Number,
    Bool,
    /// `2026-11-26`.
    Date,
    /// One of the options.
    Enum,
    /// An address that begins with `https://` or `http://`.
    Url,
}

/// See the module.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Definition {
    pub key: String,
    /// What people call it.
    pub name: String,
    pub holds: Holds,
    /// Of [`Holds::Enum`] alone, in the order they are offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Contacts that people or files bring must have it, and nobody may take it away.
    pub required: bool,
    /// Personal: sealed with the contact's key.
    pub pii: bool,
}

/// A definition with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    /// Position of its newest change.
    pub version: u64,
    pub definition: Definition,
}

/// The definitions there are, by key. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Definitions(BTreeMap<String, Entry>);

impl Definitions {
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.0.values()
    }
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }
    pub fn is_personal(&self, key: &str) -> bool {
        self.get(key).is_some_and(|entry| entry.definition.pii)
    }
    /// Keys that a contact must have.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|entry| entry.definition.required).map(|entry| entry.definition.key.as_str())
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::AttributeDefinitionCreated(AttributeDefinitionCreated { definition })
            | Event::AttributeDefinitionChanged(AttributeDefinitionChanged { definition }) => {
                let entry = Entry { version: recorded.pos, definition: definition.clone() };
                self.0.insert(definition.key.clone(), entry);
            }
            Event::AttributeDefinitionRemoved(event) => {
                self.0.remove(&event.key);
            }
            _ => {}
        }
    }
}

/// The code of a value that is not what the definition says.
pub const MISMATCH: &str = "attribute_type_mismatch";

impl Definition {
    /// The value as it is kept, or what is wrong with it.
    pub(super) fn check(&self, value: Value) -> Result<Option<AttributeValue>, (&'static str, String)> {
        if value.is_null() {
            let required = || ("required", "it is required, so it cannot be taken away".to_owned());
            return if self.required { Err(required()) } else { Ok(None) };
        }
        let mismatch = |what: &str| Err((MISMATCH, what.to_owned()));
        let Some(value) = AttributeValue::from_json(value) else { return mismatch("a text, a number, true or false") };
        let plain = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        let within = |text: &str, max: usize| text.chars().count() <= max;
        match (self.holds, &value) {
            (Holds::Number, AttributeValue::Number(_)) | (Holds::Bool, AttributeValue::Bool(_)) => Ok(Some(value)),
            (Holds::Text, AttributeValue::Text(text)) if self.pii => {
                let fits = plain(text) && within(text, LONG_MAX);
                if fits { Ok(Some(value)) } else { mismatch(&format!("1 to {LONG_MAX} printable characters")) }
            }
            (Holds::Text, AttributeValue::Text(text)) => {
                let fits = is_label(text) && within(text, TEXT_MAX);
                if fits { Ok(Some(value)) } else { mismatch("1 to 64 letters, digits, spaces and _ - . :") }
            }
            (Holds::Date, AttributeValue::Text(text)) => {
                if text.parse::<Date>().is_ok() {
                    Ok(Some(value))
                } else {
                    mismatch("a date such as 2026-11-26")
                }
            }
            (Holds::Enum, AttributeValue::Text(text)) => {
                let known = self.options.iter().any(|option| option == text);
                if known { Ok(Some(value)) } else { mismatch(&format!("one of {}", self.options.join(", "))) }
            }
            (Holds::Url, AttributeValue::Text(text)) => {
                let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
                let whole = host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
                let fits =
                    whole && within(text, LONG_MAX) && !text.chars().any(|c| c.is_whitespace() || c.is_control());
                if fits { Ok(Some(value)) } else { mismatch("an address that begins with https:// or http://") }
            }
            (Holds::Number, _) => mismatch("a number"),
            (Holds::Bool, _) => mismatch("true or false"),
            (Holds::Text | Holds::Date | Holds::Enum | Holds::Url, _) => mismatch("a text"),
        }
    }

    /// A cell of a file as the value it means; what is none is left for the check to refuse.
    pub(super) fn read(&self, cell: &str) -> Value {
        match self.holds {
            Holds::Number => serde_json::from_str(cell).ok().filter(Value::is_number).unwrap_or_else(|| cell.into()),
            Holds::Bool => match cell.to_lowercase().as_str() {
                "true" | "yes" | "1" => true.into(),
                "false" | "no" | "0" => false.into(),
                _ => cell.into(),
            },
            Holds::Text | Holds::Date | Holds::Enum | Holds::Url => cell.into(),
        }
    }
}

/// Defines an attribute.
pub fn create(step: &mut Step<'_>, by: &Principal, definition: Definition) -> Result<String, Rejection> {
    whole_workspace(by)?;
    Rejection::unless_clean(errors(&definition))?;
    if step.world.definitions.get(&definition.key).is_some() {
        return Err(Rejection::Duplicate("an attribute of this name"));
    }
    if step.world.definitions.iter().len() >= DEFINITIONS_MAX {
        return Err(Rejection::Invalid { field: "key", detail: format!("at most {DEFINITIONS_MAX} definitions") });
    }
    let key = definition.key.clone();
    step.emit(StreamId::Workspace, AttributeDefinitionCreated { definition });
    Ok(key)
}

/// Changes name, options, or whether it is required.
pub fn change(step: &mut Step<'_>, by: &Principal, definition: Definition) -> Result<(), Rejection> {
    let known = step.world.definitions.get(&definition.key).ok_or(Rejection::NotFound)?.definition.clone();
    whole_workspace(by)?;
    Rejection::unless_clean(errors(&definition))?;
    if known.holds != definition.holds || known.pii != definition.pii {
        let detail = "what it holds, and whether it is personal, cannot be changed".to_owned();
        return Err(Rejection::Invalid { field: "type", detail });
    }
    if known != definition {
        step.emit(StreamId::Workspace, AttributeDefinitionChanged { definition });
    }
    Ok(())
}

/// Removes a definition. What contacts have of it stays, as what is not defined.
pub fn remove(step: &mut Step<'_>, by: &Principal, key: &str) -> Result<(), Rejection> {
    step.world.definitions.get(key).ok_or(Rejection::NotFound)?;
    whole_workspace(by)?;
    step.emit(StreamId::Workspace, AttributeDefinitionRemoved { key: key.to_owned() });
    Ok(())
}

/// Definitions are the whole workspace's: a contact of any brand has its attributes by them.
fn whole_workspace(by: &Principal) -> Result<(), Rejection> {
    if by.rights().brands().is_some() { Err(Rejection::Forbidden) } else { Ok(()) }
}

fn errors(definition: &Definition) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    if !is_key(&definition.key) {
        say("/key", "bad_key", "a small letter first; small letters, digits and _ follow, 64 at most".to_owned());
    }
    let name = definition.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name", "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    let wanted = definition.holds == Holds::Enum;
    if wanted == definition.options.is_empty() || definition.options.len() > OPTIONS_MAX {
        say("/options", "wrong_number", format!("1 to {OPTIONS_MAX} options of an enum, and none of another type"));
    }
    for (index, option) in definition.options.iter().take(OPTIONS_MAX).enumerate() {
        if !is_label(option) {
            say(&format!("/options/{index}"), "bad_format", "1 to 64 letters, digits, spaces and _ - . :".to_owned());
        } else if definition.options[..index].contains(option) {
            say(&format!("/options/{index}"), "duplicate", "named twice".to_owned());
        }
    }
    errors
}
