//! From schema text to [`Node`]s.

use regex_lite::Regex;
use serde_json::Value;

use super::{Additional, Format, JsonType, Node};

/// Keywords that describe without restricting.
const DESCRIPTIVE: &[&str] = &[
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentMediaType",
    "contentEncoding",
    "propertyNames",
];

impl Node {
    pub(super) fn compile(schema: &Value) -> Self {
        let Value::Object(keywords) = schema else {
            return match schema {
                Value::Bool(true) => Node::default(),
                other => panic!("not a schema: {other}"),
            };
        };
        let mut node = Node::default();
        for (keyword, value) in keywords {
            match keyword.as_str() {
                "type" => node.types = types(value),
                "enum" => node.one_of_values = value.as_array().cloned(),
                "const" => node.one_of_values = Some(vec![value.clone()]),
                "pattern" => node.pattern = Some(regex(value)),
                "format" => node.format = format(value),
                "minLength" => node.min_length = value.as_u64(),
                "maxLength" => node.max_length = value.as_u64(),
                "minimum" => node.minimum = value.as_f64(),
                "maximum" => node.maximum = value.as_f64(),
                "items" => node.items = Some(Box::new(Node::compile(value))),
                "minItems" => node.min_items = value.as_u64(),
                "maxItems" => node.max_items = value.as_u64(),
                "uniqueItems" => node.unique_items = value.as_bool().unwrap_or(false),
                "maxProperties" => node.max_properties = value.as_u64(),
                "properties" => {
                    let properties = value.as_object().into_iter().flatten();
                    node.properties = properties.map(|(name, each)| (name.clone(), Node::compile(each))).collect();
                }
                "patternProperties" => {
                    let patterned = value.as_object().into_iter().flatten();
                    let compiled = |(pattern, each): (&String, &Value)| {
                        (regex(&Value::String(pattern.clone())), Node::compile(each))
                    };
                    node.patterned = patterned.map(compiled).collect();
                }
                "required" => {
                    node.required =
                        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
                }
                "additionalProperties" => {
                    node.additional = match value {
                        Value::Bool(true) => Additional::Anything,
                        Value::Bool(false) => Additional::Nothing,
                        schema => Additional::Each(Box::new(Node::compile(schema))),
                    };
                }
                "$ref" => node.reference = value.as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned),
                // Our unions are disjoint by their types or a constant member, so one match is exactly one.
                "oneOf" | "anyOf" => node.any_of = list(value),
                "allOf" => node.all_of = list(value),
                described if DESCRIPTIVE.contains(&described) || described.starts_with("x-") => {}
                unknown => panic!("the schema keyword `{unknown}` is not enforced"),
            }
        }
        node
    }
}

fn list(value: &Value) -> Vec<Node> {
    value.as_array().into_iter().flatten().map(Node::compile).collect()
}

fn regex(value: &Value) -> Regex {
    let text = value.as_str().expect("a pattern is a text");
    Regex::new(text).unwrap_or_else(|fault| panic!("the pattern {text} is not valid: {fault}"))
}

fn format(value: &Value) -> Option<Format> {
    match value.as_str() {
        Some("date-time") => Some(Format::DateTime),
        Some("int32") => Some(Format::Int32),
        Some("int64") => Some(Format::Int64),
        _ => None,
    }
}

fn types(value: &Value) -> Vec<JsonType> {
    let one = |name: &Value| match name.as_str() {
        Some("null") => JsonType::Null,
        Some("boolean") => JsonType::Boolean,
        Some("integer") => JsonType::Integer,
        Some("number") => JsonType::Number,
        Some("string") => JsonType::String,
        Some("array") => JsonType::Array,
        Some("object") => JsonType::Object,
        other => panic!("not a JSON type: {other:?}"),
    };
    match value {
        Value::Array(names) => names.iter().map(one).collect(),
        name => vec![one(name)],
    }
}
