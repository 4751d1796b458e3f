//! From the JSON that somebody wrote to a condition, with a pointer to whatever is not one. What its values mean is checked
//! afterwards ([`super::check`]).

use serde_json::{Map, Value};

use super::*;

/// Reads a condition that stands at `pointer`.
pub fn parse(value: &Value, pointer: &str) -> Result<Condition, Vec<FieldError>> {
    let mut errors = Vec::new();
    let condition = group(value, pointer, 0, &mut errors);
    match condition {
        Some(condition) if errors.is_empty() => Ok(condition),
        _ => Err(errors),
    }
}

fn group(value: &Value, at: &str, depth: usize, errors: &mut Vec<FieldError>) -> Option<Condition> {
    let Some(object) = value.as_object() else {
        errors.push(error(at, "wrong_type", "an object: all, any, none, or a test".to_owned()));
        return None;
    };
    // One deeper than can be taken, so that the check says which is too deep.
    if depth > DEPTH_MAX {
        errors.push(error(at, "too_deep", format!("at most {DEPTH_MAX} groups in each other")));
        return None;
    }
    let named: Vec<&String> = object.keys().collect();
    match named.as_slice() {
        [name] if matches!(name.as_str(), "all" | "any" | "none") => {
            let Some(parts) = object[name.as_str()].as_array() else {
                errors.push(error(&format!("{at}/{name}"), "wrong_type", "a list".to_owned()));
                return None;
            };
            if parts.len() > TESTS_MAX {
                errors.push(error(&format!("{at}/{name}"), "too_many", format!("at most {TESTS_MAX}")));
                return None;
            }
            let read: Vec<_> = parts
                .iter()
                .enumerate()
                .filter_map(|(index, part)| group(part, &format!("{at}/{name}/{index}"), depth + 1, errors))
                .collect();
            Some(match name.as_str() {
                "all" => Condition::All { all: read },
                "any" => Condition::Any { any: read },
                _ => Condition::None { none: read },
            })
        }
        _ if object.contains_key("field") => single(object, at, errors),
        _ => {
            let detail = "exactly one of all, any, none, or a test of field, op and value".to_owned();
            errors.push(error(at, "unexpected", detail));
            None
        }
    }
}

fn single(object: &Map<String, Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Condition> {
    for name in object.keys().filter(|name| !matches!(name.as_str(), "field" | "op" | "value")) {
        errors.push(error(&format!("{at}/{name}"), "unknown_key", "a test has field, op and value".to_owned()));
    }
    let field = object.get("field").and_then(Value::as_str).and_then(|text| text.parse::<Field>().ok());
    if field.is_none() {
        let names: Vec<_> = super::test::NAMED.iter().map(|(name, _)| *name).collect();
        let detail = format!("one of {}, attribute.<key>", names.join(", "));
        errors.push(error(&format!("{at}/field"), "unknown_value", detail));
    }
    let op = object.get("op").cloned().unwrap_or_default();
    let op = serde_json::from_value::<Operator>(op).ok();
    if op.is_none() {
        let detail = "one of is, in, not_in, has_any_word, has_all_words, contains, starts_with, at_least, at_most, \
                      is_present, is_absent";
        errors.push(error(&format!("{at}/op"), "unknown_value", detail.to_owned()));
    }
    let value = object.get("value").cloned().unwrap_or_default();
    Some(Condition::Test(Test { field: field?, op: op?, value }))
}
