//! The four levels of a webhook body (entries, changes, values, items), each read without looking into the next, so that
//! one bad item costs only itself. A well-shaped body goes through a typed fast path; where a level has another shape
//! than expected, it is read key by key.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::repair::repaired;

/// An object whose values have not been read.
pub(super) type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// A body, down to its changes.
#[derive(Default)]
pub(super) struct Body<'a> {
    pub(super) object: Option<String>,
    pub(super) entries: Vec<Entry<'a>>,
}

pub(super) struct Entry<'a> {
    pub(super) id: String,
    pub(super) time: Option<Value>,
    pub(super) changes: Vec<&'a RawValue>,
}

/// One change: the webhook field, its value and the text of both.
pub(super) struct Change<'a> {
    pub(super) field: String,
    pub(super) value: &'a RawValue,
}

/// Reads a body; `None` where it is not a JSON object.
pub(super) fn read_body(text: &str) -> Option<Body<'_>> {
    #[derive(Deserialize)]
    struct Strict<'a> {
        #[serde(borrow)]
        object: Cow<'a, str>,
        #[serde(borrow)]
        entry: Vec<StrictEntry<'a>>,
    }
    #[derive(Deserialize)]
    struct StrictEntry<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
        time: Option<i64>,
        #[serde(borrow)]
        changes: Vec<&'a RawValue>,
    }
    if let Ok(strict) = serde_json::from_str::<Strict<'_>>(text) {
        let entries = strict
            .entry
            .into_iter()
            .map(|entry| Entry { id: entry.id.into_owned(), time: entry.time.map(Value::from), changes: entry.changes })
            .collect();
        return Some(Body { object: Some(strict.object.into_owned()), entries });
    }
    let fields = fields(text)?;
    let entries = fields.get("entry").map(|raw| list(raw)).unwrap_or_default();
    Some(Body {
        object: fields.get("object").and_then(|raw| text_of(raw)),
        entries: entries.into_iter().map(entry).collect(),
    })
}

fn entry(raw: &RawValue) -> Entry<'_> {
    let fields = fields(raw.get()).unwrap_or_default();
    Entry {
        id: fields.get("id").and_then(|raw| text_of(raw)).unwrap_or_default(),
        time: fields.get("time").and_then(|raw| value(raw.get())),
        changes: fields.get("changes").map(|raw| list(raw)).unwrap_or_default(),
    }
}

/// Reads a change; `None` where it has no field or no value.
pub(super) fn read_change(raw: &RawValue) -> Option<Change<'_>> {
    #[derive(Deserialize)]
    struct Strict<'a> {
        #[serde(borrow)]
        field: Cow<'a, str>,
        #[serde(borrow)]
        value: &'a RawValue,
    }
    if let Ok(strict) = serde_json::from_str::<Strict<'_>>(raw.get()) {
        return Some(Change { field: strict.field.into_owned(), value: strict.value });
    }
    let fields = fields(raw.get())?;
    Some(Change { field: fields.get("field").and_then(|raw| text_of(raw))?, value: fields.get("value")? })
}

/// The keys of an object, the last of equal ones; `None` where it is something else.
pub(super) fn fields(text: &str) -> Option<Fields<'_>> {
    serde_json::from_str(text).ok()
}

/// The items of an array; one thing alone counts as an array of it, `null` as an empty one.
pub(super) fn list(raw: &RawValue) -> Vec<&RawValue> {
    match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        Ok(items) => items,
        Err(_) if raw.get() == "null" => Vec::new(),
        Err(_) => vec![raw],
    }
}

/// The object that an item is, read after a repair where it does not read as it is.
pub(super) fn object(text: &str) -> Option<Map<String, Value>> {
    match value(text)? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// Any value, read after a repair where it does not read as it is; `None` past the depth limit of the reader.
pub(super) fn value(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&repaired(text))).ok()
}

fn text_of(raw: &RawValue) -> Option<String> {
    match value(raw.get())? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
