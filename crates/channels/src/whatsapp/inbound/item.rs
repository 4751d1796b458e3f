//! Taking values out of an item whose shape is not certain: numbers where text was promised, text where numbers were,
//! empty text for nothing.

use domain::inbound::ProviderError;
use domain::time::Timestamp;
use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

/// Above this a time is in milliseconds; in seconds it would be the year 5138.
const SECONDS_MAX: i64 = 100_000_000_000;
/// Above this a time is in microseconds.
const MILLIS_MAX: i64 = 100_000_000_000_000;

/// Text under a key; numbers count as text, empty text as nothing.
pub(super) fn text(object: &Object, key: &str) -> Option<String> {
    object.get(key).and_then(as_text)
}

/// The same for any value.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Borrowed text under a key.
pub(super) fn str_of<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// An object under a key.
pub(super) fn nested<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

/// The first element of an array under a key.
pub(super) fn items<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A number under a key, which may be written as text.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => written_integer(text),
        _ => None,
    }
}

/// A number that is written as text.
pub(super) fn written_integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A time in seconds, milliseconds or microseconds, by its size. Unclamped: zero and negative times stay what they are.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    integer(value).map(instant_of)
}

/// The same for a number.
pub(super) fn instant_of(number: i64) -> Timestamp {
    match number {
        ..SECONDS_MAX => Timestamp::from_seconds(number),
        SECONDS_MAX..MILLIS_MAX => Timestamp::from_millis(number),
        _ => Timestamp::from_millis(number / 1_000),
    }
}

/// When an item says that it happened, else when its webhook was made, else the epoch, which every reader clamps to
/// the oldest time it believes.
pub(super) fn time_of(object: &Object, key: &str, made: Option<Timestamp>) -> Timestamp {
    object.get(key).and_then(instant).or(made).unwrap_or_default()
}

/// The first error of an item's `errors`.
pub(super) fn first_error(object: &Object) -> Option<ProviderError> {
    items(object, "errors").iter().find_map(Value::as_object).map(provider_error)
}

/// An error object. Without a readable code it is code 0.
pub(super) fn provider_error(error: &Object) -> ProviderError {
    let detail = nested(error, "error_data").and_then(|data| text(data, "details"));
    let message = text(error, "message");
    ProviderError {
        code: error.get("code").and_then(integer).unwrap_or(0),
        title: text(error, "title").or_else(|| message.clone()),
        detail: detail.or(message),
    }
}
