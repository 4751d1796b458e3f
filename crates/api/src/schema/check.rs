//! From a value and [`Node`]s to the list of places that do not fit. Details name the rule, never the value.

use domain::time::Timestamp;
use serde_json::{Map, Value};

use super::{Additional, Checker, Format, JsonType, Node};
use crate::problem::{ERRORS_MAX, FieldError};

pub(super) fn check(checker: &Checker, node: &Node, value: &Value) -> Vec<FieldError> {
    let mut walk = Walk { checker, errors: Vec::new(), path: String::new() };
    walk.visit(node, value);
    walk.errors
}

struct Walk<'a> {
    checker: &'a Checker,
    errors: Vec<FieldError>,
    /// JSON pointer of the value being visited.
    path: String,
}

impl Walk<'_> {
    fn wrong(&mut self, code: &str, detail: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            let (code, detail) = (code.to_owned(), detail.into());
            self.errors.push(FieldError { pointer: Some(self.path.clone()), parameter: None, code, detail });
        }
    }

    fn inside(&mut self, key: &str, node: &Node, value: &Value) {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        self.visit(node, value);
        self.path.truncate(length);
    }

    fn visit(&mut self, node: &Node, value: &Value) {
        if let Some(name) = &node.reference {
            let checker = self.checker;
            self.visit(checker.schema(name), value);
        }
        if !node.types.is_empty() && !node.types.iter().any(|each| is(*each, value)) {
            return self.wrong("wrong-type", format!("must be of type {}", names(&node.types)));
        }
        if let Some(allowed) = &node.one_of_values
            && !allowed.contains(value)
        {
            let allowed = allowed.iter().map(|each| each.as_str().map_or(each.to_string(), str::to_owned));
            return self.wrong("not-allowed", format!("must be one of {}", allowed.collect::<Vec<_>>().join(", ")));
        }
        match value {
            Value::String(text) => self.string(node, text),
            Value::Number(number) => self.number(node, number),
            Value::Array(items) => self.array(node, items),
            Value::Object(members) => self.object(node, members),
            Value::Null | Value::Bool(_) => {}
        }
        for part in &node.all_of {
            self.visit(part, value);
        }
        self.alternatives(node, value);
    }

    fn string(&mut self, node: &Node, text: &str) {
        let length = text.chars().count() as u64;
        if node.min_length.is_some_and(|min| length < min) {
            self.wrong("too-short", format!("must have at least {} characters", node.min_length.unwrap_or(0)));
        }
        if node.max_length.is_some_and(|max| length > max) {
            return self.wrong("too-long", format!("must have at most {} characters", node.max_length.unwrap_or(0)));
        }
        if let Some(pattern) = &node.pattern
            && !pattern.is_match(text)
        {
            self.wrong("wrong-form", format!("must match {}", pattern.as_str()));
        }
        if node.format == Some(Format::DateTime) && Timestamp::parse_rfc3339(text).is_none() {
            self.wrong("wrong-form", "must be an RFC 3339 date and time");
        }
    }

    fn number(&mut self, node: &Node, number: &serde_json::Number) {
        let value = number.as_f64().unwrap_or(f64::INFINITY);
        let (low, high) = match node.format {
            Some(Format::Int32) => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
            Some(Format::Int64) => (Some(i64::MIN as f64), Some(i64::MAX as f64)),
            Some(Format::DateTime) | None => (None, None),
        };
        if node.minimum.or(low).is_some_and(|minimum| value < minimum) {
            self.wrong("too-small", format!("must be at least {}", node.minimum.or(low).unwrap_or(0.0)));
        }
        if node.maximum.or(high).is_some_and(|maximum| value > maximum) {
            self.wrong("too-large", format!("must be at most {}", node.maximum.or(high).unwrap_or(0.0)));
        }
    }

    fn array(&mut self, node: &Node, items: &[Value]) {
        let length = items.len() as u64;
        if node.min_items.is_some_and(|min| length < min) {
            self.wrong("too-few", format!("must have at least {} items", node.min_items.unwrap_or(0)));
        }
        if node.max_items.is_some_and(|max| length > max) {
            return self.wrong("too-many", format!("must have at most {} items", node.max_items.unwrap_or(0)));
        }
        if node.unique_items && items.iter().enumerate().any(|(index, item)| items[..index].contains(item)) {
            self.wrong("not-unique", "must not repeat an item");
        }
        if let Some(each) = &node.items {
            for (index, item) in items.iter().enumerate() {
                self.inside(&index.to_string(), each, item);
            }
        }
    }

    fn object(&mut self, node: &Node, members: &Map<String, Value>) {
        if node.max_properties.is_some_and(|max| members.len() as u64 > max) {
            return self.wrong("too-many", format!("must have at most {} members", node.max_properties.unwrap_or(0)));
        }
        for name in node.required.iter().filter(|name| !members.contains_key(*name)) {
            let length = self.path.len();
            self.path.push('/');
            self.path.push_str(name);
            self.wrong("required", "must be present");
            self.path.truncate(length);
        }
        for (name, value) in members {
            match (node.property(name), &node.additional) {
                (Some(property), _) => self.inside(name, property, value),
                (None, Additional::Each(additional)) => self.inside(name, additional, value),
                (None, Additional::Anything) => {}
                // The name is the client's own text: point at the object, do not repeat it.
                (None, Additional::Nothing) => self.wrong("unknown-field", "has a field that is not in the schema"),
            }
        }
    }

    fn alternatives(&mut self, node: &Node, value: &Value) {
        if node.any_of.is_empty() {
            return;
        }
        let before = self.errors.len();
        let mut nearest: Option<Vec<FieldError>> = None;
        // One whose constant members (`type`, `kind`) are others is not meant, however near it is.
        let checker = self.checker;
        let some_meant = node.any_of.iter().any(|each| meant(checker, each, value));
        for each in node.any_of.iter().filter(|each| !some_meant || meant(checker, each, value)) {
            self.visit(each, value);
            let found = self.errors.split_off(before);
            if found.is_empty() && before < ERRORS_MAX {
                return;
            }
            // The alternative that got deepest is the one the client meant.
            let depth =
                |list: &[FieldError]| list.iter().filter_map(|each| each.pointer.as_ref()).map(String::len).max();
            if nearest.as_ref().is_none_or(|known| depth(&found) > depth(known)) {
                nearest = Some(found);
            }
        }
        self.errors.extend(nearest.unwrap_or_default());
    }
}

/// Whether the value is of the schema's type and has its constant members.
fn meant(checker: &Checker, node: &Node, value: &Value) -> bool {
    let constants = |(name, property): (&String, &Node)| match (&property.one_of_values, value.get(name)) {
        (Some(only), Some(member)) if only.len() == 1 => only.contains(member),
        _ => true,
    };
    (node.types.is_empty() || node.types.iter().any(|each| is(*each, value)))
        && node.properties.iter().all(constants)
        && node.reference.as_ref().is_none_or(|name| meant(checker, checker.schema(name), value))
        && (node.any_of.is_empty() || node.any_of.iter().any(|each| meant(checker, each, value)))
}

fn is(kind: JsonType, value: &Value) -> bool {
    match (kind, value) {
        (JsonType::Null, Value::Null)
        | (JsonType::Boolean, Value::Bool(_))
        | (JsonType::Number, Value::Number(_))
        | (JsonType::String, Value::String(_))
        | (JsonType::Array, Value::Array(_))
        | (JsonType::Object, Value::Object(_)) => true,
        // 1.0 is a valid integer in JSON Schema, but our types read only digits; the contract's clients write digits.
        (JsonType::Integer, Value::Number(number)) => !number.is_f64(),
        _ => false,
    }
}

fn names(types: &[JsonType]) -> String {
    let name = |each: &JsonType| match each {
        JsonType::Null => "null",
        JsonType::Boolean => "boolean",
        JsonType::Integer => "integer",
        JsonType::Number => "number",
        JsonType::String => "string",
        JsonType::Array => "array",
        JsonType::Object => "object",
    };
    types.iter().map(name).collect::<Vec<_>>().join(" or ")
}
