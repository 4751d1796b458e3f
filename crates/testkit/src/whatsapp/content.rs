//! Is the body of a send well formed? The limits of every message type, in characters.
//!
//! Pure: whether media, windows and templates exist is looked at later (`send`).

use serde_json::Value;

use super::error::GraphError;

type Check = Result<(), GraphError>;

/// Checks the type, what is required, and lengths.
pub(super) fn check(body: &Value) -> Result<(), GraphError> {
    let kind = body["type"].as_str().unwrap_or("text").to_owned();
    if let Some(data) = body.get("biz_opaque_callback_data") {
        max_len(data, "biz_opaque_callback_data", 512)?;
    }
    if !matches!(body["recipient_type"].as_str().unwrap_or("individual"), "individual" | "group") {
        return Err(GraphError::invalid("recipient_type", "must be one of {individual, group}"));
    }
    if let Some(context) = body.get("context").filter(|c| !c.is_null()) {
        text(context, "context", "message_id", 2048)?;
        if kind == "reaction" {
            return Err(GraphError::invalid("context", "is not allowed for reactions"));
        }
    }
    match kind.as_str() {
        "text" | "image" | "video" | "audio" | "document" | "sticker" | "location" | "contacts" | "reaction" | "interactive" | "template" => {}
        other => return Err(GraphError::of(100).details(format!("Param type must be one of {{AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO}} - got \"{other}\"."))),
    }
    let object = &body[&kind];
    if object.is_null() {
        return Err(GraphError::missing(&kind));
    }
    match kind.as_str() {
        "text" => text(object, "text", "body", 4096)?,
        "image" | "video" | "document" | "audio" | "sticker" => media(&kind, object)?,
        "location" => location(object)?,
        "contacts" => contacts(object)?,
        "reaction" => {
            text(object, "reaction", "message_id", 2048)?;
            if !object["emoji"].is_string() {
                return Err(GraphError::missing("reaction['emoji']"));
            }
        }
        "interactive" => interactive(object)?,
        _ => {
            text(object, "template", "name", 512)?;
            text(&object["language"], "template['language']", "code", 10)?;
        }
    }
    Ok(())
}

fn max_len(value: &Value, path: &str, max: usize) -> Check {
    let Some(found) = value.as_str() else { return Err(GraphError::invalid(path, "must be a string")) };
    if found.chars().count() > max {
        return Err(GraphError::param(format!("Param {path} must be at most {max} characters long.")));
    }
    Ok(())
}

fn text(object: &Value, parent: &str, key: &str, max: usize) -> Check {
    let path = format!("{parent}['{key}']");
    match object.get(key) {
        None | Some(Value::Null) => Err(GraphError::missing(&path)),
        Some(Value::String(s)) if s.is_empty() => Err(GraphError::missing(&path)),
        Some(value) => max_len(value, &path, max),
    }
}

fn optional(object: &Value, parent: &str, key: &str, max: usize) -> Check {
    match object.get(key) {
        None | Some(Value::Null) => Ok(()),
        Some(value) => max_len(value, &format!("{parent}['{key}']"), max),
    }
}

fn media(kind: &str, object: &Value) -> Check {
    match (object["id"].as_str(), object["link"].as_str()) {
        (Some(_), None) => {}
        (None, Some(link)) if link.starts_with("http://") || link.starts_with("https://") => {}
        (None, Some(_)) => return Err(GraphError::param(format!("Param {kind}['link'] is not a valid URL."))),
        (None, None) => return Err(GraphError::missing(&format!("{kind}['id'] or {kind}['link']"))),
        (Some(_), Some(_)) => return Err(GraphError::invalid(kind, "takes either id or link")),
    }
    if matches!(kind, "audio" | "sticker") && !object["caption"].is_null() {
        return Err(GraphError::invalid(&format!("{kind}['caption']"), "is not allowed"));
    }
    optional(object, kind, "caption", 1024)
}

fn location(object: &Value) -> Check {
    for (key, max) in [("latitude", 90.0), ("longitude", 180.0)] {
        let path = format!("location['{key}']");
        let value = object[key].as_f64().or_else(|| object[key].as_str().and_then(|s| s.parse().ok()));
        match value {
            None if object[key].is_null() => return Err(GraphError::missing(&path)),
            Some(v) if v.abs() <= max => {}
            _ => return Err(GraphError::invalid(&path, "is out of range")),
        }
    }
    Ok(())
}

fn contacts(object: &Value) -> Check {
    let Some(cards) = object.as_array().filter(|cards| !cards.is_empty()) else {
        return Err(GraphError::missing("contacts[0]"));
    };
    if cards.len() > 257 {
        return Err(GraphError::param("Param contacts must have at most 257 elements."));
    }
    for (i, card) in cards.iter().enumerate() {
        text(&card["name"], &format!("contacts[{i}]['name']"), "formatted_name", 1024)?;
        let other = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
        if !other.iter().any(|part| card["name"][part].is_string()) {
            return Err(GraphError::missing(&format!("contacts[{i}]['name']['first_name']")));
        }
    }
    Ok(())
}

fn interactive(object: &Value) -> Check {
    let kind = object["type"].as_str().ok_or_else(|| GraphError::missing("interactive['type']"))?;
    let action = &object["action"];
    let body_max = if kind == "list" { 4096 } else { 1024 };
    if !matches!(kind, "product" | "catalog_message" | "call_permission_request" | "carousel")
        || !object["body"].is_null()
    {
        text(&object["body"], "interactive['body']", "text", body_max)?;
    }
    optional(&object["footer"], "interactive['footer']", "text", 60)?;
    header(kind, &object["header"])?;
    if action.is_null() {
        return Err(GraphError::missing("interactive['action']"));
    }
    match kind {
        "button" => buttons(action),
        "list" => list(action),
        "cta_url" => {
            let parameters = &action["parameters"];
            text(parameters, "interactive['action']['parameters']", "display_text", 20)?;
            text(parameters, "interactive['action']['parameters']", "url", 2000)
        }
        "flow" => {
            let parameters = &action["parameters"];
            text(parameters, "interactive['action']['parameters']", "flow_cta", 30)?;
            if !parameters["flow_id"].is_string() && !parameters["flow_name"].is_string() {
                return Err(GraphError::missing("interactive['action']['parameters']['flow_id']"));
            }
            Ok(())
        }
        "location_request_message" => named_action(action, "send_location"),
        "address_message" => named_action(action, "address_message"),
        "request_contact_info" => named_action(action, "request_contact_info"),
        "call_permission_request" => named_action(action, "call_permission_request"),
        "voice_call" => named_action(action, "voice_call"),
        "product" | "product_list" | "catalog_message" | "carousel" => Ok(()),
        other => {
            Err(GraphError::of(131051).details(format!("Param interactive['type'] has an unknown value \"{other}\"")))
        }
    }
}

fn header(kind: &str, header: &Value) -> Check {
    if header.is_null() {
        return Ok(());
    }
    match header["type"].as_str() {
        Some("text") => text(header, "interactive['header']", "text", 60),
        Some(media_kind @ ("image" | "video" | "document")) if kind != "list" => media(media_kind, &header[media_kind]),
        Some(_) => Err(GraphError::invalid("interactive['header']['type']", "is not allowed for this message")),
        None => Err(GraphError::missing("interactive['header']['type']")),
    }
}

fn named_action(action: &Value, name: &str) -> Check {
    if action["name"] == name {
        Ok(())
    } else {
        Err(GraphError::invalid("interactive['action']['name']", &format!("must be {name}")))
    }
}

fn buttons(action: &Value) -> Check {
    let path = "interactive['action']['buttons']";
    let Some(buttons) = action["buttons"].as_array().filter(|b| !b.is_empty()) else {
        return Err(GraphError::missing(path));
    };
    if buttons.len() > 3 {
        return Err(GraphError::of(131009)
            .details(format!("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3 ({path})")));
    }
    for (i, button) in buttons.iter().enumerate() {
        let at = format!("{path}[{i}]['reply']");
        text(&button["reply"], &at, "id", 256)?;
        text(&button["reply"], &at, "title", 20)?;
        for key in ["id", "title"] {
            let value = button["reply"][key].as_str().unwrap_or("");
            if buttons[..i].iter().any(|b| b["reply"][key] == value) {
                return Err(GraphError::invalid(&format!("{at}['{key}']"), "is a duplicate"));
            }
        }
    }
    Ok(())
}

fn list(action: &Value) -> Check {
    text(action, "interactive['action']", "button", 20)?;
    let path = "interactive['action']['sections']";
    let Some(sections) = action["sections"].as_array().filter(|s| !s.is_empty()) else {
        return Err(GraphError::missing(path));
    };
    if sections.len() > 10 {
        return Err(
            GraphError::of(131009).details(format!("Invalid sections count. Max allowed sections: 10 ({path})"))
        );
    }
    let mut ids: Vec<&str> = Vec::new();
    let mut total = 0;
    for (i, section) in sections.iter().enumerate() {
        let at = format!("{path}[{i}]");
        if sections.len() > 1 {
            text(section, &at, "title", 24)?;
        } else {
            optional(section, &at, "title", 24)?;
        }
        let Some(rows) = section["rows"].as_array().filter(|r| !r.is_empty()) else {
            return Err(GraphError::missing(&format!("{at}['rows']")));
        };
        total += rows.len();
        for (j, row) in rows.iter().enumerate() {
            let at = format!("{at}['rows'][{j}]");
            text(row, &at, "id", 200)?;
            text(row, &at, "title", 24)?;
            optional(row, &at, "description", 72)?;
            let id = row["id"].as_str().unwrap_or("");
            if ids.contains(&id) {
                return Err(GraphError::invalid(&format!("{at}['id']"), "is a duplicate"));
            }
            ids.push(id);
        }
    }
    if total > 10 {
        return Err(GraphError::of(131009).details(format!("Total row count exceed max allowed count: 10 ({path})")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn interactive(kind: &str, action: Value) -> Value {
        json!({"type": "interactive", "interactive": {"type": kind, "body": {"text": "?"}, "action": action}})
    }

    fn reply(id: &str, title: &str) -> Value {
        json!({"type": "reply", "reply": {"id": id, "title": title}})
    }

    fn rows(n: usize) -> Value {
        let rows: Vec<Value> = (0..n).map(|i| json!({"id": i.to_string(), "title": "row"})).collect();
        json!({"button": "Open", "sections": [{"rows": rows}]})
    }

    #[test]
    fn every_type_keeps_its_limits() {
        let long = |n: usize| "é".repeat(n);
        for (what, body, expected) in [
            ("text", json!({"type": "text", "text": {"body": long(4096)}}), None),
            ("long text", json!({"type": "text", "text": {"body": long(4097)}}), Some(100)),
            ("empty text", json!({"type": "text", "text": {"body": ""}}), Some(131008)),
            ("no object", json!({"type": "text"}), Some(131008)),
            ("unknown type", json!({"type": "poll", "poll": {}}), Some(100)),
            (
                "long callback",
                json!({"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": long(513)}),
                Some(100),
            ),
            ("caption", json!({"type": "image", "image": {"id": "1", "caption": long(1025)}}), Some(100)),
            ("audio caption", json!({"type": "audio", "audio": {"id": "1", "caption": "x"}}), Some(131009)),
            ("no id, no link", json!({"type": "image", "image": {}}), Some(131008)),
            ("bad link", json!({"type": "image", "image": {"link": "ftp://x"}}), Some(100)),
            ("place", json!({"type": "location", "location": {"latitude": "41.4", "longitude": 2.17}}), None),
            ("no such place", json!({"type": "location", "location": {"latitude": 91, "longitude": 2}}), Some(131009)),
            (
                "card without a name",
                json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana"}}]}),
                Some(131008),
            ),
            ("reaction removed", json!({"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": ""}}), None),
            ("reaction, no emoji", json!({"type": "reaction", "reaction": {"message_id": "wamid.1"}}), Some(131008)),
            ("buttons", interactive("button", json!({"buttons": [reply("a", "A"), reply("b", "B")]})), None),
            ("same title", interactive("button", json!({"buttons": [reply("a", "A"), reply("b", "A")]})), Some(131009)),
            ("long title", interactive("button", json!({"buttons": [reply("a", &long(21))]})), Some(100)),
            ("no button", interactive("button", json!({"buttons": []})), Some(131008)),
            (
                "four buttons",
                interactive(
                    "button",
                    json!({"buttons": [reply("a", "A"), reply("b", "B"), reply("c", "C"), reply("d", "D")]}),
                ),
                Some(131009),
            ),
            ("list", interactive("list", rows(10)), None),
            ("eleven rows", interactive("list", rows(11)), Some(131009)),
            (
                "long url label",
                interactive("cta_url", json!({"parameters": {"display_text": long(21), "url": "https://x"}})),
                Some(100),
            ),
            ("unknown interactive", interactive("poll", json!({})), Some(131051)),
        ] {
            assert_eq!(check(&body).err().map(|error| error.code), expected, "{what}");
        }
    }

    #[test]
    fn details_name_the_parameter() {
        let error = check(&json!({"type": "text", "text": {}})).expect_err("there is no body");
        assert_eq!(error.details.as_deref(), Some("The parameter text['body'] is required."));
    }
}
