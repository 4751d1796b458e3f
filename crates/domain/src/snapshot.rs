//! How the state's types from outside are written into a snapshot: JSON exactly, with every number as it is, and what has a
//! text by its text. All others derive it. A snapshot is read by the very build that wrote it, or by nobody, so this form
//! has no versions, and what a field's name says to JSON does not count here.

use std::cmp::Reverse;
use std::fmt::Display;
use std::str::FromStr;

use borsh::io::{Error, ErrorKind, Read, Result, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use serde_json::{Number, Value};

/// Values within values at most: deeper ones do not come through our own reader either.
const DEPTH_MAX: usize = 128;

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

pub(crate) fn write_text<W: Write>(value: &impl Display, out: &mut W) -> Result<()> {
    value.to_string().serialize(out)
}

pub(crate) fn read_text<T: FromStr, R: Read>(from: &mut R) -> Result<T> {
    String::deserialize_reader(from)?.parse().map_err(|_| invalid("not the text it should be"))
}

pub(crate) fn write_reverse<T: BorshSerialize, W: Write>(value: &Reverse<T>, out: &mut W) -> Result<()> {
    value.0.serialize(out)
}

pub(crate) fn read_reverse<T: BorshDeserialize, R: Read>(from: &mut R) -> Result<Reverse<T>> {
    T::deserialize_reader(from).map(Reverse)
}

pub(crate) fn write_number<W: Write>(number: &Number, out: &mut W) -> Result<()> {
    if let Some(whole) = number.as_u64() {
        (0u8, whole).serialize(out)
    } else if let Some(whole) = number.as_i64() {
        (1u8, whole).serialize(out)
    } else {
        (2u8, number.as_f64().ok_or_else(|| invalid("a number of no kind"))?.to_bits()).serialize(out)
    }
}

pub(crate) fn read_number<R: Read>(from: &mut R) -> Result<Number> {
    let (kind, bits) = <(u8, u64)>::deserialize_reader(from)?;
    match kind {
        0 => Ok(bits.into()),
        1 => Ok((bits as i64).into()),
        _ => Number::from_f64(f64::from_bits(bits)).ok_or_else(|| invalid("not a number")),
    }
}

pub(crate) fn write_json<W: Write>(value: &Value, out: &mut W) -> Result<()> {
    match value {
        Value::Null => 0u8.serialize(out),
        Value::Bool(truth) => (1u8, truth).serialize(out),
        Value::Number(number) => 2u8.serialize(out).and_then(|()| write_number(number, out)),
        Value::String(text) => (3u8, text).serialize(out),
        Value::Array(items) => {
            (4u8, items.len() as u64).serialize(out)?;
            items.iter().try_for_each(|item| write_json(item, out))
        }
        Value::Object(object) => {
            (5u8, object.len() as u64).serialize(out)?;
            object.iter().try_for_each(|(key, value)| key.serialize(out).and_then(|()| write_json(value, out)))
        }
    }
}

pub(crate) fn read_json<R: Read>(from: &mut R) -> Result<Value> {
    read_at(from, 0)
}

fn read_at<R: Read>(from: &mut R, depth: usize) -> Result<Value> {
    if depth > DEPTH_MAX {
        return Err(invalid("values within values"));
    }
    Ok(match u8::deserialize_reader(from)? {
        0 => Value::Null,
        1 => Value::Bool(bool::deserialize_reader(from)?),
        2 => Value::Number(read_number(from)?),
        3 => Value::String(String::deserialize_reader(from)?),
        4 => {
            let len = u64::deserialize_reader(from)?;
            Value::Array((0..len).map(|_| read_at(from, depth + 1)).collect::<Result<_>>()?)
        }
        5 => {
            let len = u64::deserialize_reader(from)?;
            let one = |_| Ok((String::deserialize_reader(from)?, read_at(from, depth + 1)?));
            Value::Object((0..len).map(one).collect::<Result<_>>()?)
        }
        _ => return Err(invalid("a value of no kind")),
    })
}

/// `null` is a value too, so whether there is one is said beside it.
pub(crate) fn write_json_option<W: Write>(value: &Option<Value>, out: &mut W) -> Result<()> {
    value.is_some().serialize(out)?;
    value.as_ref().map_or(Ok(()), |value| write_json(value, out))
}

pub(crate) fn read_json_option<R: Read>(from: &mut R) -> Result<Option<Value>> {
    bool::deserialize_reader(from)?.then(|| read_json(from)).transpose()
}

pub(crate) fn write_json_list<W: Write>(values: &[Value], out: &mut W) -> Result<()> {
    (values.len() as u64).serialize(out)?;
    values.iter().try_for_each(|value| write_json(value, out))
}

pub(crate) fn read_json_list<R: Read>(from: &mut R) -> Result<Vec<Value>> {
    let len = u64::deserialize_reader(from)?;
    (0..len).map(|_| read_json(from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_was_to_the_last_bit() {
        let text = r#"{"a":[1,-2,0.1,2.2250738585072011e-308,1e300,18446744073709551615,null,true,"ñ"],"b":{"c":{}}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let mut bytes = Vec::new();
        write_json(&value, &mut bytes).unwrap();
        assert_eq!(read_json(&mut bytes.as_slice()).unwrap(), value);
        for short in 0..bytes.len() {
            assert!(read_json(&mut &bytes[..short]).is_err());
        }
        for some in [None, Some(Value::Null), Some(value)] {
            let mut bytes = Vec::new();
            write_json_option(&some, &mut bytes).unwrap();
            assert_eq!(read_json_option(&mut bytes.as_slice()).unwrap(), some);
        }
    }
}
