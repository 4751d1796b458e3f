//! Does a template send fit its template? Errors 132000, 132005, 132012, 131008 with details that name the place.

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::GraphError;

/// Characters of a hydrated body.
const BODY_MAX: usize = 1024;

/// The component of a type (upper case) in a template's definition.
pub(super) fn component<'a>(components: &'a Value, kind: &str) -> Option<&'a Value> {
    components.as_array()?.iter().find(|c| c["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)))
}

/// The names between double braces, in order of first use.
pub(super) fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(len) = rest[start + 2..].find("}}") else { break };
        let name = rest[start + 2..start + 2 + len].trim().to_owned();
        if !found.contains(&name) {
            found.push(name);
        }
        rest = &rest[start + 2 + len + 2..];
    }
    found
}

/// Checks the send's `components` against the definition.
pub(super) fn check(definition: &Value, sent: &Value) -> Result<(), GraphError> {
    // a definition with a variable that is no number uses names
    let named = variables(&definition.to_string()).iter().any(|name| name.parse::<u32>().is_err());
    let empty = Vec::new();
    let sent = sent.as_array().unwrap_or(&empty);
    let given = |kind: &str| sent.iter().find(|c| c["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)));
    if let Some(header) = component(definition, "HEADER") {
        check_header(header, named, given("header"))?;
    } else if given("header").is_some() {
        return Err(GraphError::of(132012).details("header: the template has no header"));
    }
    if let Some(body) = component(definition, "BODY") {
        let text = body["text"].as_str().unwrap_or("");
        let parameters = parameters_of(given("body"));
        check_text("body", text, named, parameters)?;
        let hydrated = text.chars().count()
            + parameters.iter().filter_map(|p| p["text"].as_str()).map(|t| t.chars().count()).sum::<usize>();
        if hydrated > BODY_MAX + 5 * variables(text).len() {
            return Err(GraphError::of(132005)
                .details(format!("body: translated text has {hydrated} characters, {BODY_MAX} are allowed")));
        }
    }
    check_buttons(definition, sent)
}

fn parameters_of(component: Option<&Value>) -> &[Value] {
    component.and_then(|c| c["parameters"].as_array()).map_or(&[], Vec::as_slice)
}

fn check_header(header: &Value, named: bool, given: Option<&Value>) -> Result<(), GraphError> {
    let parameters = parameters_of(given);
    let format = header["format"].as_str().unwrap_or("TEXT").to_lowercase();
    if format == "text" {
        return check_text("header", header["text"].as_str().unwrap_or(""), named, parameters);
    }
    let wanted = if format == "gif" { "video" } else { format.as_str() };
    match parameters {
        [one] if one["type"] == wanted && one[wanted].is_object() => Ok(()),
        [one] => Err(GraphError::of(132012).details(format!(
            "header: Format mismatch, expected {}, received {}",
            format.to_uppercase(),
            one["type"].as_str().unwrap_or("UNKNOWN").to_uppercase()
        ))),
        _ => Err(GraphError::of(132012)
            .details(format!("header: Format mismatch, expected {}, received UNKNOWN", format.to_uppercase()))),
    }
}

fn check_text(place: &str, text: &str, named: bool, parameters: &[Value]) -> Result<(), GraphError> {
    let wanted = variables(text);
    if wanted.len() != parameters.len() {
        return Err(GraphError::of(132000).details(format!(
            "{place}: number of localizable_params ({}) does not match the expected number of params ({})",
            parameters.len(),
            wanted.len()
        )));
    }
    if named {
        let given: BTreeSet<&str> = parameters.iter().filter_map(|p| p["parameter_name"].as_str()).collect();
        if let Some(missing) = wanted.iter().find(|name| !given.contains(name.as_str())) {
            return Err(
                GraphError::of(132012).details(format!("{place}: Parameter name is missing or empty: {missing}"))
            );
        }
    }
    for (i, parameter) in parameters.iter().enumerate() {
        let kind = parameter["type"].as_str().unwrap_or("");
        let value = match kind {
            "text" => parameter["text"].as_str(),
            "currency" => parameter["currency"]["fallback_value"].as_str(),
            "date_time" => parameter["date_time"]["fallback_value"].as_str(),
            _ => None,
        };
        let Some(value) = value else {
            return Err(GraphError::of(132012)
                .details(format!("{place}: Parameter of type text is missing text value at index {i}")));
        };
        if value.is_empty() {
            return Err(GraphError::of(131008)
                .details(format!("{place}: Parameter of type text is missing text value at index {i}")));
        }
        if value.contains(['\n', '\t']) || value.contains("     ") {
            return Err(GraphError::of(132012).details(format!(
                "{place}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces at index {i}"
            )));
        }
    }
    Ok(())
}

fn check_buttons(definition: &Value, sent: &[Value]) -> Result<(), GraphError> {
    let buttons = component(definition, "BUTTONS").and_then(|c| c["buttons"].as_array()).map_or(&[][..], Vec::as_slice);
    let given = |index: usize| {
        sent.iter().find(|c| {
            c["type"] == "button"
                && (c["index"].as_u64() == Some(index as u64) || c["index"].as_str() == Some(&index.to_string()))
        })
    };
    for (index, button) in buttons.iter().enumerate() {
        let kind = button["type"].as_str().unwrap_or("");
        let needs = match kind {
            "URL" => button["url"].as_str().is_some_and(|url| url.contains("{{")),
            "COPY_CODE" => true,
            _ => false,
        };
        let parameters = parameters_of(given(index));
        if needs && parameters.is_empty() {
            return Err(GraphError::of(131008)
                .details(format!("buttons: Button at index {index} of type {kind} requires a parameter")));
        }
        if !needs && kind == "URL" && !parameters.is_empty() {
            return Err(GraphError::of(132018)
                .details(format!("buttons: Button at index {index} of type {kind} does not take a parameter")));
        }
    }
    let out_of_range = sent.iter().filter(|c| c["type"] == "button").find(|c| {
        let index = c["index"].as_u64().or_else(|| c["index"].as_str().and_then(|i| i.parse().ok()));
        index.is_none_or(|i| i >= buttons.len() as u64)
    });
    match out_of_range {
        Some(component) => {
            Err(GraphError::of(132018).details(format!("buttons: there is no button at index {}", component["index"])))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(texts: &[&str]) -> Value {
        let parameters: Vec<Value> = texts.iter().map(|t| json!({"type": "text", "text": t})).collect();
        json!([{"type": "body", "parameters": parameters}])
    }

    #[test]
    fn sends_must_fit_their_template() {
        let plain = json!([{"type": "BODY", "text": "Hi {{1}}, at {{2}}"}]);
        let named = json!([{"type": "BODY", "text": "Hi {{first_name}}"}]);
        let image = json!([{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hi"}]);
        let url = json!([{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Open", "url": "https://x/{{1}}"}]}]);
        let name =
            json!([{"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ana"}]}]);
        let long = "x".repeat(1100);
        for (what, definition, sent, expected) in [
            ("fits", &plain, body(&["a", "b"]), None),
            ("too few", &plain, body(&["a"]), Some(132000)),
            ("no components", &plain, Value::Null, Some(132000)),
            ("newline", &plain, body(&["a\nb", "c"]), Some(132012)),
            ("empty", &plain, body(&["", "c"]), Some(131008)),
            ("long", &plain, body(&["a", &long]), Some(132005)),
            ("named fits", &named, name, None),
            ("name missing", &named, body(&["Ana"]), Some(132012)),
            ("image missing", &image, Value::Null, Some(132012)),
            (
                "text for image",
                &image,
                json!([{"type": "header", "parameters": [{"type": "text", "text": "x"}]}]),
                Some(132012),
            ),
            (
                "image",
                &image,
                json!([{"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}]),
                None,
            ),
            ("url suffix missing", &url, Value::Null, Some(131008)),
            (
                "url",
                &url,
                json!([{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "7"}]}]),
                None,
            ),
            (
                "no such button",
                &url,
                json!([{"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "7"}]}, {"type": "button", "index": "4"}]),
                Some(132018),
            ),
        ] {
            assert_eq!(check(definition, &sent).err().map(|e| e.code), expected, "{what}");
        }
    }
}
