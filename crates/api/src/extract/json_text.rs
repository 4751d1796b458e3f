//! JSON as strict as our contract: UTF-8, no duplicate keys, bounded nesting. `serde_json` alone keeps the
//! last of two equal keys, which lets a checker and a doer see different requests.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The deepest nesting taken; template components need six levels.
const DEPTH_MAX: usize = 32;

/// Parses a text that is one JSON value and nothing else.
///
/// Errors are worded for the client's developer and never repeat the input: line and column only.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = Strict { depth: 0 }.deserialize(&mut deserializer).and_then(|value| {
        deserializer.end()?;
        Ok(value)
    });
    parsed.map_err(|fault| {
        let what = match fault.classify() {
            serde_json::error::Category::Data if fault.to_string().starts_with(DUPLICATE) => DUPLICATE,
            serde_json::error::Category::Data if fault.to_string().starts_with(TOO_DEEP) => TOO_DEEP,
            serde_json::error::Category::Eof => "the JSON text ends too early",
            _ => "the body is not valid JSON",
        };
        format!("{what} (line {}, column {})", fault.line(), fault.column())
    })
}

const DUPLICATE: &str = "a key appears twice";
const TOO_DEEP: &str = "the JSON text is nested too deeply";

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX { Err(E::custom(TOO_DEEP)) } else { Ok(Self { depth: self.depth + 1 }) }
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom(DUPLICATE));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ordinary_json_is_read_as_it_is() {
        let text = r#" {"a": [1, -2, 3.5, true, null, "é\u0041"], "b": {}} "#;
        assert_eq!(parse_strict(text.as_bytes()).unwrap(), json!({"a": [1, -2, 3.5, true, null, "éA"], "b": {}}));
    }

    #[test]
    fn ambiguous_or_hostile_texts_are_refused() {
        let deep = "[".repeat(60_000);
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            "{} {}",
            "",
            "{'a':1}",
            "1e999",
            "\u{feff}{}",
            r#""\ud800""#,
            "NaN",
            &deep,
        ] {
            assert!(parse_strict(text.as_bytes()).is_err(), "{}", &text[..text.len().min(20)]);
        }
        assert!(parse_strict(&[b'"', 0xff, b'"']).is_err());
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(parse_strict(&utf16).is_err());
    }

    #[test]
    fn the_fault_is_located_but_not_repeated() {
        let fault = parse_strict(br#"{"secret":1,"secret":2}"#).unwrap_err();
        assert!(fault.starts_with(DUPLICATE) && !fault.contains("secret"), "{fault}");
    }
}
