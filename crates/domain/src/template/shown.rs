//! A template as the customer will see it: its texts with the parameters of a send filled in. What does not fit stays as it is
//! written, so that a preview shows where something is missing.

use serde_json::Value;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    pub header: Option<Header>,
    pub body: Option<String>,
    pub footer: Option<String>,
    pub buttons: Vec<Button>,
}

/// What stands above the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// `TEXT`, `IMAGE`, …; open.
    pub format: String,
    pub text: Option<String>,
    /// The file or place of the send, in the Cloud API's shape.
    pub media: Option<Value>,
}

/// What can be pressed.
#[derive(Debug, Clone, PartialEq)]
pub struct Button {
    /// `QUICK_REPLY`, `URL`, …; open.
    pub kind: String,
    pub text: Option<String>,
    /// The address, number or code it opens or copies.
    pub target: Option<String>,
}

/// Fills the components of a template in with those of a send.
pub(super) fn shown(template: &[Value], sent: &[Value]) -> Shown {
    let of = |kind: &str, index: Option<usize>| {
        let fits = |one: &&Value| word(one, "type") == kind && index.is_none_or(|index| place(one) == Some(index));
        sent.iter().find(fits).and_then(|one| one.get("parameters")?.as_array()).map_or(&[][..], Vec::as_slice)
    };
    let mut shown = Shown::default();
    for component in template {
        let text = component.get("text").and_then(Value::as_str);
        match word(component, "type").as_str() {
            "HEADER" => {
                let parameters = of("HEADER", None);
                let format = Some(word(component, "format")).filter(|format| !format.is_empty());
                let media = parameters.iter().find(|parameter| word(parameter, "type") != "TEXT");
                shown.header = Some(Header {
                    format: format.unwrap_or_else(|| "TEXT".to_owned()),
                    text: text.map(|text| fill(text, parameters)),
                    media: media.cloned(),
                });
            }
            "BODY" => shown.body = text.map(|text| fill(text, of("BODY", None))),
            "FOOTER" => shown.footer = text.map(str::to_owned),
            "BUTTONS" => {
                let listed = component.get("buttons").and_then(Value::as_array).into_iter().flatten();
                shown.buttons = listed.enumerate().map(|(index, it)| button(it, of("BUTTON", Some(index)))).collect();
            }
            _ => {}
        }
    }
    shown
}

fn button(listed: &Value, parameters: &[Value]) -> Button {
    let text = |key: &str| listed.get(key).and_then(Value::as_str);
    let target = match text("url") {
        Some(url) => Some(fill(url, parameters)),
        None => text("phone_number").map(str::to_owned).or_else(|| parameters.first().and_then(value)),
    };
    Button { kind: word(listed, "type"), text: text("text").map(str::to_owned), target }
}

fn word(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_uppercase()
}

fn place(sent: &Value) -> Option<usize> {
    match sent.get("index")? {
        Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// What a parameter says.
fn value(parameter: &Value) -> Option<String> {
    let text = |pointer: &str| parameter.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    ["/text", "/coupon_code", "/currency/fallback_value", "/date_time/fallback_value"].into_iter().find_map(text)
}

/// Puts parameters in the places of a text, by number or by name. Read once: what is put in is not looked at again.
fn fill(text: &str, parameters: &[Value]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        filled.push_str(&rest[..start]);
        let inner = &rest[start + 2..];
        let Some(end) = inner.find("}}") else {
            rest = &rest[start..];
            break;
        };
        let name = inner[..end].trim();
        let parameter = match name.parse::<usize>() {
            Ok(number) => number.checked_sub(1).and_then(|index| parameters.get(index)),
            Err(_) => parameters.iter().find(|it| it.get("parameter_name").and_then(Value::as_str) == Some(name)),
        };
        match parameter.and_then(value) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&rest[start..start + end + 4]),
        }
        rest = &inner[end + 2..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_stand_in_their_places_and_what_is_missing_stays_to_be_seen() {
        let template = json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
            {"type": "BODY", "text": "Hi {{1}}, {{2}} on {{3}}."},
            {"type": "FOOTER", "text": "Marea"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Fine"},
                {"type": "URL", "text": "Track", "url": "https://a.example/{{1}}"},
            ]},
        ]);
        let text = |text: &str| json!({"type": "text", "text": text});
        let sent = json!([
            {"type": "header", "parameters": [text("7")]},
            {"type": "body", "parameters": [text("{{2}}"), {"type": "currency", "currency": {"fallback_value": "€5"}}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [text("x7")]},
        ]);
        let shown = shown(template.as_array().unwrap(), sent.as_array().unwrap());
        assert_eq!(shown.header.unwrap().text.unwrap(), "Order 7");
        assert_eq!(shown.body.unwrap(), "Hi {{2}}, €5 on {{3}}.");
        assert_eq!(shown.buttons[1].target.as_deref(), Some("https://a.example/x7"));
        assert_eq!((shown.buttons[0].target.as_deref(), shown.footer.as_deref()), (None, Some("Marea")));
    }

    #[test]
    fn names_are_found_in_any_order_and_a_picture_is_shown_as_it_is_sent() {
        let template = json!([{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "{{day}} {{name}}"}]);
        let named = |name: &str, text: &str| json!({"type": "text", "parameter_name": name, "text": text});
        let image = json!({"type": "image", "image": {"link": "https://a.example/x.png"}});
        let sent = json!([
            {"type": "body", "parameters": [named("name", "Ann"), named("day", "Monday")]},
            {"type": "header", "parameters": [image]},
        ]);
        let shown = shown(template.as_array().unwrap(), sent.as_array().unwrap());
        assert_eq!(shown.body.unwrap(), "Monday Ann");
        assert_eq!(shown.header.unwrap().media, Some(image));
    }
}
