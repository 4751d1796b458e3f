//! Collecting what is wrong with a JSON value, field by field.

use serde_json::{Map, Value};

use super::{FieldError, LINK_MAX};

/// Most errors that are told; a content with more is beyond repair by reading on.
pub(crate) const ERRORS_MAX: usize = 50;

/// Whether a field must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// The errors so far.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) errors: Vec<FieldError>,
}

impl Report {
    pub(crate) fn wrong(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(FieldError { pointer: pointer.into(), code, detail: detail.into() });
        }
    }

    /// The content's own object, which has no keys but these. Below it, keys we do not know are the provider's business.
    pub(super) fn top<'a>(&mut self, body: &'a Value, at: &str, known: &[&str]) -> Option<&'a Map<String, Value>> {
        let object = self.must_be_object(Some(body).filter(|body| !body.is_null()), at)?;
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let pointer = format!("{at}/{}", escape(key));
            self.wrong(pointer, "unknown_key", format!("must be one of {}", known.join(", ")));
        }
        Some(object)
    }

    /// An object under a key.
    pub(crate) fn object<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        at: &str,
        key: &str,
        presence: Presence,
    ) -> Option<&'a Map<String, Value>> {
        let value = object.get(key);
        if value.is_none() && presence == Presence::Optional {
            return None;
        }
        self.must_be_object(value, &format!("{at}/{key}"))
    }

    pub(crate) fn must_be_object<'a>(&mut self, value: Option<&'a Value>, at: &str) -> Option<&'a Map<String, Value>> {
        match value {
            Some(Value::Object(object)) => return Some(object),
            Some(_) => self.wrong(at, "wrong_type", "must be an object"),
            None => self.wrong(at, "required", "must be present"),
        }
        None
    }

    /// An array under a key, with a number of items in bounds.
    pub(crate) fn array<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        at: &str,
        key: &str,
        presence: Presence,
        bounds: std::ops::RangeInclusive<usize>,
    ) -> &'a [Value] {
        let at = format!("{at}/{key}");
        match object.get(key) {
            None if presence == Presence::Optional => {}
            None => self.wrong(at, "required", "must be present"),
            Some(Value::Array(items)) if items.len() < *bounds.start() => {
                self.wrong(at, "too_short", format!("must have at least {}", bounds.start()));
            }
            Some(Value::Array(items)) if items.len() > *bounds.end() => {
                self.wrong(at, "too_many", format!("must have at most {}", bounds.end()));
            }
            Some(Value::Array(items)) => return items,
            Some(_) => self.wrong(at, "wrong_type", "must be an array"),
        }
        &[]
    }

    /// Text under a key, not empty and at most `max` characters long.
    pub(crate) fn text<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        at: &str,
        key: &str,
        presence: Presence,
        max: usize,
    ) -> Option<&'a str> {
        let at = || format!("{at}/{key}");
        match object.get(key) {
            None if presence == Presence::Optional => {}
            None => self.wrong(at(), "required", "must be present"),
            Some(Value::String(text)) if text.trim().is_empty() => self.wrong(at(), "empty", "must not be empty"),
            Some(Value::String(text)) => {
                // A character has at most four bytes, so most texts need no counting.
                let count = if text.len() <= max { 0 } else { text.chars().count() };
                if count <= max {
                    return Some(text);
                }
                self.wrong(at(), "too_long", format!("has {count} characters, at most {max} are allowed"));
            }
            Some(_) => self.wrong(at(), "wrong_type", "must be text"),
        }
        None
    }

    /// One of these words under a key.
    pub(crate) fn word<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        at: &str,
        key: &str,
        words: &[&str],
    ) -> Option<&'a str> {
        let word = self.text(object, at, key, Presence::Required, LINK_MAX)?;
        if words.contains(&word) {
            return Some(word);
        }
        self.wrong(format!("{at}/{key}"), "not_allowed", format!("must be one of {}", words.join(", ")));
        None
    }

    pub(crate) fn flag(&mut self, object: &Map<String, Value>, at: &str, key: &str) {
        if object.get(key).is_some_and(|value| !value.is_boolean()) {
            self.wrong(format!("{at}/{key}"), "wrong_type", "must be true or false");
        }
    }

    /// An address on the web. It is the provider that fetches it, never we.
    pub(crate) fn link(&mut self, object: &Map<String, Value>, at: &str, key: &str) {
        let Some(link) = self.text(object, at, key, Presence::Required, LINK_MAX) else { return };
        let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
        let plain = |rest: &str| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        if !rest.is_some_and(plain) {
            self.wrong(format!("{at}/{key}"), "bad_format", "must be an http or https address");
        }
    }

    /// A coordinate, which may be written as text.
    pub(super) fn degrees(&mut self, object: &Map<String, Value>, at: &str, key: &str, max: f64) {
        let at = format!("{at}/{key}");
        let number = match object.get(key) {
            None => return self.wrong(at, "required", "must be present"),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        match number {
            Some(degrees) if degrees.abs() <= max => {}
            Some(_) => self.wrong(at, "out_of_range", format!("must be between -{max} and {max}")),
            None => self.wrong(at, "wrong_type", "must be a number"),
        }
    }

    /// A non-empty text under this key in every item, and no two the same.
    pub(super) fn distinct<'a>(&mut self, seen: &mut Vec<&'a str>, value: Option<&'a str>, at: String) {
        let Some(value) = value else { return };
        if seen.contains(&value) {
            self.wrong(at, "duplicate", "must differ from the others");
        }
        seen.push(value);
    }
}

/// A key as a step of a JSON pointer.
fn escape(key: &str) -> String {
    key.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1")
}
