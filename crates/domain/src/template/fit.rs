//! Does a send fit its template? The provider refuses a send whose parameters differ in number, name or kind from what the
//! template's components ask for; a writer should learn that before.

pub(super) mod placeholders;

use serde_json::{Map, Value};

use self::placeholders::placeholders;
use crate::outbound_content::{FieldError, Presence, Report};

type Object = Map<String, Value>;

/// Longest run of spaces in a parameter's text.
const SPACES_MAX: usize = 4;
/// Longest parameter text: a body's whole length.
const TEXT_MAX: usize = 1024;
/// Longest coupon code.
const COUPON_MAX: usize = 15;

/// Compares the sent `components` with the template's.
pub(super) fn check(template: &[Value], body: &Value) -> Vec<FieldError> {
    let mut report = Report::default();
    let empty = Vec::new();
    let sent = body.get("components").and_then(Value::as_array).unwrap_or(&empty);
    let sent: Vec<Sent<'_>> = sent.iter().enumerate().filter_map(|(index, value)| Sent::new(index, value)).collect();
    let of_kind = |kind: &str| sent.iter().filter(|sent| sent.kind == kind).collect::<Vec<_>>();
    let asked = |kind: &str| template.iter().find(|component| word(component, "type") == kind);

    header(&mut report, asked("HEADER"), &of_kind("header"));
    let text = asked("BODY").and_then(|body| body.get("text")).and_then(Value::as_str);
    // Authentication templates have a body of the provider's own, with the code as its parameter.
    let fixed = asked("BODY").is_some() && text.is_none();
    if !fixed {
        texts(&mut report, text.unwrap_or_default(), &of_kind("body"), "body");
    }
    let listed = asked("BUTTONS").and_then(|buttons| buttons.get("buttons")).and_then(Value::as_array);
    buttons(&mut report, listed.unwrap_or(&empty), &of_kind("button"));
    for sent in &sent {
        let known = matches!(sent.kind.as_str(), "header" | "body" | "button");
        // Carousels, offers and kinds to come are the provider's to judge, where the template has such a part.
        if !known && asked(&sent.kind.to_uppercase()).is_none() {
            report.wrong(format!("{}/type", sent.at), "unexpected", format!("the template has no {}", sent.kind));
        }
        for (index, parameter) in sent.parameters.iter().enumerate() {
            plain(&mut report, parameter, &format!("{}/parameters/{index}", sent.at));
        }
    }
    report.errors
}

/// A component of the send.
struct Sent<'a> {
    at: String,
    kind: String,
    object: &'a Object,
    parameters: &'a [Value],
}

impl<'a> Sent<'a> {
    fn new(index: usize, value: &'a Value) -> Option<Self> {
        let object = value.as_object()?;
        let parameters = object.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let kind = object.get("type")?.as_str()?.to_lowercase();
        Some(Self { at: format!("/template/components/{index}"), kind, object, parameters })
    }
}

fn word(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_uppercase()
}

/// Where something is missing: at the component that lacks it, or among the components.
fn place(sent: &[&Sent<'_>]) -> String {
    sent.first().map_or_else(|| "/template/components".to_owned(), |sent| format!("{}/parameters", sent.at))
}

fn header(report: &mut Report, asked: Option<&Value>, sent: &[&Sent<'_>]) {
    let format = asked.map(|header| word(header, "format")).unwrap_or_default();
    let (kind, detail) = match format.as_str() {
        "" | "TEXT" => {
            let text = asked.and_then(|header| header.get("text")).and_then(Value::as_str).unwrap_or_default();
            return texts(report, text, sent, "header");
        }
        "IMAGE" => ("image", "an image"),
        "VIDEO" | "GIF" => ("video", "a video"),
        "DOCUMENT" => ("document", "a document"),
        "LOCATION" => ("location", "a location"),
        // A kind of header to come.
        _ => return,
    };
    let parameters = sent.first().map(|sent| sent.parameters).unwrap_or_default();
    let [parameter] = parameters else {
        let code = if parameters.is_empty() { "required" } else { "too_many" };
        return report.wrong(place(sent), code, format!("the header needs {detail}"));
    };
    let at = format!("{}/0", place(sent));
    if parameter.get("type").and_then(Value::as_str) != Some(kind) {
        return report.wrong(format!("{at}/type"), "not_allowed", format!("the header needs {detail}"));
    }
    let Some(object) = parameter.as_object().and_then(|object| report.object(object, &at, kind, Presence::Required))
    else {
        return;
    };
    let named = object.contains_key("id") != object.contains_key("link");
    if kind != "location" && !named {
        report.wrong(format!("{at}/{kind}"), "required", "must have either an id or a link");
    }
}

/// The parameters of a text: as many as it has placeholders, or one for each name.
fn texts(report: &mut Report, text: &str, sent: &[&Sent<'_>], part: &str) {
    let asked = placeholders(text);
    let parameters = sent.first().map(|sent| sent.parameters).unwrap_or_default();
    if let Some(second) = sent.get(1) {
        report.wrong(second.at.clone(), "duplicate", format!("there is only one {part}"));
    }
    if parameters.len() != asked.len() {
        let detail = format!("the template's {part} has {} parameters, {} are given", asked.len(), parameters.len());
        let code = if parameters.len() < asked.len() { "required" } else { "too_many" };
        return report.wrong(place(sent), code, detail);
    }
    if asked.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit())) {
        return;
    }
    let mut seen = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let at = format!("{}/{index}/parameter_name", place(sent));
        match parameter.get("parameter_name").and_then(Value::as_str) {
            None => report.wrong(at, "required", format!("must be one of {}", asked.join(", "))),
            Some(name) if !asked.contains(&name) => {
                report.wrong(at, "not_allowed", format!("must be one of {}", asked.join(", ")));
            }
            Some(name) if seen.contains(&name) => report.wrong(at, "duplicate", "must differ from the others"),
            Some(name) => seen.push(name),
        }
    }
}

/// What a sent button is called and what it brings.
enum ButtonNeeds {
    Nothing,
    /// One parameter of this type.
    One(&'static str),
    /// The provider judges.
    Open,
}

fn button_of(listed: &Value) -> (&'static [&'static str], ButtonNeeds) {
    let dynamic = listed.get("url").and_then(Value::as_str).is_some_and(|url| !placeholders(url).is_empty());
    match word(listed, "type").as_str() {
        "URL" if dynamic => (&["url"], ButtonNeeds::One("text")),
        "URL" => (&["url"], ButtonNeeds::Nothing),
        "PHONE_NUMBER" => (&["voice_call", "phone_number"], ButtonNeeds::Nothing),
        "COPY_CODE" => (&["copy_code"], ButtonNeeds::One("coupon_code")),
        // Sent as if it were a link.
        "OTP" => (&["url", "copy_code"], ButtonNeeds::One("text")),
        "QUICK_REPLY" => (&["quick_reply"], ButtonNeeds::Open),
        "FLOW" => (&["flow"], ButtonNeeds::Open),
        "CATALOG" => (&["catalog"], ButtonNeeds::Open),
        "MPM" => (&["mpm"], ButtonNeeds::One("action")),
        "ORDER_DETAILS" => (&["order_details"], ButtonNeeds::One("action")),
        "VOICE_CALL" => (&["voice_call"], ButtonNeeds::Open),
        _ => (&[], ButtonNeeds::Open),
    }
}

fn buttons(report: &mut Report, listed: &[Value], sent: &[&Sent<'_>]) {
    let mut given: Vec<usize> = Vec::new();
    for button in sent {
        let at = format!("{}/index", button.at);
        let index = match button.object.get("index") {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        let Some(index) = index.and_then(|index| usize::try_from(index).ok()) else {
            report.wrong(at, "required", "must be the button's place, from 0");
            continue;
        };
        let Some(asked) = listed.get(index) else {
            report.wrong(at, "unexpected", format!("the template has {} buttons", listed.len()));
            continue;
        };
        if given.contains(&index) {
            report.wrong(at, "duplicate", "the button is there twice");
            continue;
        }
        given.push(index);
        let (kinds, needs) = button_of(asked);
        let kind = button.object.get("sub_type").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        if !kinds.is_empty() && !kinds.contains(&kind.as_str()) {
            report.wrong(format!("{}/sub_type", button.at), "not_allowed", format!("must be {}", kinds[0]));
            continue;
        }
        let parameters = format!("{}/parameters", button.at);
        match (needs, button.parameters) {
            (ButtonNeeds::Nothing, []) | (ButtonNeeds::Open, _) => {}
            (ButtonNeeds::Nothing, _) => report.wrong(parameters, "too_many", "the button takes no parameter"),
            (ButtonNeeds::One(kind), [one]) if one.get("type").and_then(Value::as_str) == Some(kind) => {}
            (ButtonNeeds::One(kind), _) => {
                report.wrong(parameters, "required", format!("the button takes one parameter of type {kind}"));
            }
        }
    }
    for (index, asked) in listed.iter().enumerate() {
        if matches!(button_of(asked).1, ButtonNeeds::One(_)) && !given.contains(&index) {
            report.wrong("/template/components", "required", format!("button {index} needs a parameter"));
        }
    }
}

/// What no parameter's text may hold.
fn plain(report: &mut Report, parameter: &Value, at: &str) {
    let Some(parameter) = parameter.as_object() else { return };
    match parameter.get("type").and_then(Value::as_str) {
        Some("text") => {
            let Some(text) = report.text(parameter, at, "text", Presence::Required, TEXT_MAX) else { return };
            let spaces = " ".repeat(SPACES_MAX + 1);
            if text.contains(['\n', '\r', '\t']) || text.contains(&spaces) {
                let detail = format!("must not have line breaks, tabs or more than {SPACES_MAX} spaces in a row");
                report.wrong(format!("{at}/text"), "bad_format", detail);
            }
        }
        Some("coupon_code") => {
            report.text(parameter, at, "coupon_code", Presence::Required, COUPON_MAX);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
