//! Variables in texts that the team writes ahead of time: `{{contact.name}}`, with a fall-back as
//! `{{contact.first_name|there}}`. Used by canned replies, macros, automation and the parameters of campaigns.
//!
//! A text is read once, from its beginning to its end, and what is put in is never read again: a customer who calls themself
//! `{{agent.name}}` is greeted by exactly that. What a variable stands for is the caller's to know ([`Values`]), because the
//! world knows no names.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contact::attributes::{AttributeValue, Attributes, KEY_MAX};
use crate::content::Content;
use crate::outbound_content::FieldError;

/// Errors of one text that are told at most.
const ERRORS_MAX: usize = 20;
/// Where a content has texts for people; addresses, ids and words of the provider are left as they are.
const TEXT_KEYS: [&str; 9] =
    ["body", "text", "caption", "title", "description", "button", "display_text", "flow_cta", "coupon_code"];

/// What may stand between the braces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    ContactName,
    ContactFirstName,
    /// A label of the contact, by its key.
    ContactAttribute(String),
    /// Who writes, or runs it; where nobody does, whoever the conversation belongs to.
    AgentName,
    AgentFirstName,
    TeamName,
    BrandName,
    ChannelName,
    ConversationNumber,
}

/// All but the attributes, as they are written.
const NAMES: [(&str, Variable); 8] = [
    ("contact.name", Variable::ContactName),
    ("contact.first_name", Variable::ContactFirstName),
    ("agent.name", Variable::AgentName),
    ("agent.first_name", Variable::AgentFirstName),
    ("team.name", Variable::TeamName),
    ("brand.name", Variable::BrandName),
    ("channel.name", Variable::ChannelName),
    ("conversation.number", Variable::ConversationNumber),
];
const ATTRIBUTE: &str = "contact.attribute.";

impl Variable {
    /// What a name means; `None`: nothing.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(key) = name.strip_prefix(ATTRIBUTE) {
            let plain = !key.is_empty() && key.len() <= KEY_MAX && key.chars().all(|c| !c.is_whitespace());
            return plain.then(|| Self::ContactAttribute(key.to_owned()));
        }
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, variable)| variable.clone())
    }
}

/// What variables stand for.
pub trait Values {
    /// `None`, or nothing but spaces: not known, so that the fall-back counts.
    fn value(&self, variable: &Variable) -> Option<String>;
}

/// The usual [`Values`]: what is known of a conversation and of whoever writes in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    pub contact_name: Option<String>,
    pub attributes: Attributes,
    pub agent_name: Option<String>,
    pub team_name: Option<String>,
    pub brand_name: Option<String>,
    pub channel_name: Option<String>,
    pub conversation_number: Option<u64>,
}

impl Values for Known {
    fn value(&self, variable: &Variable) -> Option<String> {
        match variable {
            Variable::ContactName => self.contact_name.clone(),
            Variable::ContactFirstName => self.contact_name.as_deref().and_then(first_name),
            Variable::ContactAttribute(key) => self.attributes.get(key).map(|value| match value {
                AttributeValue::Bool(truth) => truth.to_string(),
                AttributeValue::Number(number) => number.to_string(),
                AttributeValue::Text(text) => text.clone(),
            }),
            Variable::AgentName => self.agent_name.clone(),
            Variable::AgentFirstName => self.agent_name.as_deref().and_then(first_name),
            Variable::TeamName => self.team_name.clone(),
            Variable::BrandName => self.brand_name.clone(),
            Variable::ChannelName => self.channel_name.clone(),
            Variable::ConversationNumber => self.conversation_number.map(|number| number.to_string()),
        }
    }
}

/// The word people are called by. Names written without spaces are taken whole.
fn first_name(name: &str) -> Option<String> {
    name.split_whitespace().next().map(str::to_owned)
}

/// A text with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    pub text: String,
    /// Variables, as they are written, that had neither a value nor a fall-back, each once: nothing stands in their place.
    pub missing: Vec<String>,
}

/// Fills in a text. What is no variable of ours stays as it is written.
pub fn render(text: &str, values: &dyn Values) -> Rendered {
    let mut missing = Vec::new();
    let text = fill(text, values, &mut missing);
    Rendered { text, missing }
}

/// Fills in the texts of a content: what people read of it, not its addresses and ids. Gives what had no value.
pub fn render_content(content: &Content, values: &dyn Values) -> (Content, Vec<String>) {
    let (mut filled, mut missing) = (content.clone(), Vec::new());
    each_text(&mut filled.body, false, &mut |text| *text = fill(text, values, &mut missing));
    (filled, missing)
}

fn fill(text: &str, values: &dyn Values, missing: &mut Vec<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Place { variable: Err(_), written, .. } | Part::Unclosed { written, .. } => filled.push_str(written),
            Part::Place { variable: Ok(variable), name, fallback, .. } => {
                match values.value(&variable).filter(|value| !value.trim().is_empty()) {
                    Some(value) => filled.push_str(&value),
                    None => match fallback {
                        Some(fallback) => filled.push_str(fallback),
                        None if missing.iter().any(|known| known == name) => {}
                        None => missing.push(name.to_owned()),
                    },
                }
            }
        }
    }
    filled
}

/// What is wrong with a text's variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Characters before the braces.
    pub offset: usize,
    /// `unknown_variable`, `unclosed`.
    pub code: &'static str,
    pub detail: String,
}

/// Every variable of a text that there is not, and braces that do not end. Asked when a text is saved.
pub fn check(text: &str) -> Vec<Mistake> {
    let mistake = |at: usize, code, said: String| {
        let offset = text[..at].chars().count();
        Mistake { offset, code, detail: format!("at character {offset}: {said}") }
    };
    let wrong = |part: Part<'_>| match part {
        Part::Place { at, variable: Err(Unknown), name, .. } => {
            let name: String = name.chars().take(KEY_MAX).collect();
            Some(mistake(at, "unknown_variable", format!("there is no variable {name}")))
        }
        // A variable within a fall-back would be said as it is written.
        Part::Place { at, fallback: Some(fallback), .. } if fallback.contains("{{") => {
            Some(mistake(at, "unclosed", "a fall-back holds no variable".to_owned()))
        }
        Part::Unclosed { at, .. } => Some(mistake(at, "unclosed", "the braces do not end".to_owned())),
        Part::Place { .. } | Part::Text(_) => None,
    };
    parts(text).filter_map(wrong).take(ERRORS_MAX).collect()
}

/// The same as errors of a field.
pub fn errors(text: &str, pointer: &str) -> Vec<FieldError> {
    let of = |mistake: Mistake| FieldError { pointer: pointer.to_owned(), code: mistake.code, detail: mistake.detail };
    check(text).into_iter().map(of).collect()
}

/// The same for all texts of a content; pointers begin with `at`, which is where the content lies.
pub fn content_errors(content: &Content, at: &str) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut look = |pointer: &str, text: &str| found.extend(errors(text, pointer));
    texts(&content.body, &format!("{at}/{}", content.kind), false, &mut look);
    found.truncate(ERRORS_MAX);
    found
}

/// Distinct variables of a text, as they are written and in their order.
pub fn named(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in parts(text) {
        if let Part::Place { variable: Ok(_), name, .. } = part
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

fn is_text(key: &str) -> bool {
    TEXT_KEYS.contains(&key)
}

fn each_text(value: &mut Value, here: bool, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) if here => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, false, change)),
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| each_text(value, is_text(key), change)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn texts(value: &Value, at: &str, here: bool, look: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) if here => look(at, text),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| texts(item, &format!("{at}/{index}"), false, look));
        }
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| texts(value, &format!("{at}/{key}"), is_text(key), look));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

struct Unknown;

/// A stretch of a text.
enum Part<'t> {
    Text(&'t str),
    /// `written` with its braces, from byte `at` on.
    Place {
        at: usize,
        written: &'t str,
        name: &'t str,
        fallback: Option<&'t str>,
        variable: Result<Variable, Unknown>,
    },
    /// Braces that open and never close, and all that follows them.
    Unclosed {
        at: usize,
        written: &'t str,
    },
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let Some(inner) = rest.strip_prefix("{{") else {
            let length = rest.find("{{").unwrap_or(rest.len());
            at += length;
            return Some(Part::Text(&rest[..length]));
        };
        let Some(length) = inner.find("}}") else {
            at = text.len();
            return Some(Part::Unclosed { at: start, written: rest });
        };
        at += length + 4;
        let inner = &inner[..length];
        let (name, fallback) = match inner.split_once('|') {
            Some((name, fallback)) => (name.trim(), Some(fallback.trim())),
            None => (inner.trim(), None),
        };
        let variable = Variable::parse(name).ok_or(Unknown);
        Some(Part::Place { at: start, written: &text[start..at], name, fallback, variable })
    })
}

/// [`Known`] without anything known: what a text is when nobody is there to fill it in.
impl Values for () {
    fn value(&self, _: &Variable) -> Option<String> {
        None
    }
}

/// Values by name, for what a caller works out itself.
impl Values for BTreeMap<Variable, String> {
    fn value(&self, variable: &Variable) -> Option<String> {
        self.get(variable).cloned()
    }
}

#[cfg(test)]
mod tests;
