//! What goes into the template's places: texts with variables, filled in for each contact.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::TemplateName;
use crate::content::{Content, MessageKind};
use crate::template::Template;
use crate::variables::{self, Values};

/// Parameters at most.
pub(super) const PARAMETERS_MAX: usize = 60;
/// Characters of one at most.
pub(super) const TEXT_MAX: usize = 1_024;
/// Buttons of a template at most.
pub(super) const BUTTONS_MAX: u8 = 10;

/// Where in the template.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Header,
    Body,
    Button,
}

/// What it is.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    #[default]
    Text,
    /// The text is the address of the file.
    Image,
    Video,
    Document,
}

impl ParameterType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
        }
    }
}

/// One place, and what stands there.
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
pub struct Parameter {
    pub part: Part,
    /// Of a button: which, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u8>,
    /// Of templates whose places have names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub kind: ParameterType,
    /// With variables, see [`crate::variables`].
    pub text: String,
}

/// The message to one contact; `Err`: variables that have neither a value nor a fall-back.
pub fn content(
    name: &TemplateName,
    parameters: &[Parameter],
    template: Option<&Template>,
    values: &dyn Values,
) -> Result<Content, Vec<String>> {
    let mut missing = Vec::new();
    let (mut header, mut body, mut buttons) = (Vec::new(), Vec::new(), Vec::new());
    for parameter in parameters {
        let rendered = variables::render(&parameter.text, values);
        missing.extend(rendered.missing);
        // The provider takes no line breaks in a place, nor long runs of spaces.
        let text = rendered.text.split_whitespace().collect::<Vec<_>>().join(" ");
        match parameter.part {
            Part::Header => header.push(filled(parameter, text)),
            Part::Body => body.push(filled(parameter, text)),
            Part::Button => buttons.push(button(parameter.index.unwrap_or(0), text, template)),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut components = Vec::new();
    for (kind, parameters) in [("header", header), ("body", body)] {
        if !parameters.is_empty() {
            components.push(json!({ "type": kind, "parameters": parameters }));
        }
    }
    components.extend(buttons);
    let mut object = Map::new();
    object.insert("name".to_owned(), Value::String(name.name.clone()));
    object.insert("language".to_owned(), json!({ "code": name.language }));
    if !components.is_empty() {
        object.insert("components".to_owned(), Value::Array(components));
    }
    Ok(Content { kind: MessageKind::Template, body: Value::Object(object) })
}

fn filled(parameter: &Parameter, text: String) -> Value {
    let kind = parameter.kind.as_str();
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(kind));
    match parameter.kind {
        ParameterType::Text => object.insert(kind.to_owned(), Value::String(text)),
        ParameterType::Image | ParameterType::Video | ParameterType::Document => {
            object.insert(kind.to_owned(), json!({ "link": text }))
        }
    };
    if let Some(name) = &parameter.name {
        object.insert("parameter_name".to_owned(), json!(name));
    }
    Value::Object(object)
}

fn button(index: u8, text: String, template: Option<&Template>) -> Value {
    let listed = template.and_then(|template| template.components.as_ref()).and_then(Value::as_array);
    let is_buttons = |component: &&Value| {
        component.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("BUTTONS"))
    };
    let asked = listed.and_then(|listed| listed.iter().find(is_buttons));
    let kind = asked.and_then(|asked| asked.pointer(&format!("/buttons/{index}/type"))).and_then(Value::as_str);
    let (sub_type, parameter) = match kind.map(str::to_uppercase).as_deref() {
        Some("COPY_CODE") => ("copy_code", json!({ "type": "coupon_code", "coupon_code": text })),
        Some("QUICK_REPLY") => ("quick_reply", json!({ "type": "payload", "payload": text })),
        _ => ("url", json!({ "type": "text", "text": text })),
    };
    json!({ "type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": [parameter] })
}
