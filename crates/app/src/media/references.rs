//! Files inside message content: which of ours a content names, and putting another id in the place of one. A file may be
//! named as the message itself, as a header of buttons, or as a parameter of a template; always by a string under `id`.

use std::collections::BTreeSet;

use domain::content::Content;
use domain::ids::MediaId;
use serde_json::Value;

/// How deep an id may lie in a content object.
const DEPTH_MAX: usize = 16;

/// Our files that the content names.
pub(crate) fn named(content: &Content) -> BTreeSet<MediaId> {
    let mut found = BTreeSet::new();
    // Reading needs no change, but one walk for both keeps them from seeing different ids.
    let mut body = content.body.clone();
    each_id(&mut body, DEPTH_MAX, &mut |id| found.extend(id.parse::<MediaId>().ok()));
    found
}

/// Puts `theirs` wherever the content names `ours`.
pub(crate) fn rename(content: &mut Content, ours: &str, theirs: &str) {
    each_id(&mut content.body, DEPTH_MAX, &mut |id| {
        if id == ours {
            theirs.clone_into(id);
        }
    });
}

fn each_id(value: &mut Value, depth: usize, visit: &mut dyn FnMut(&mut String)) {
    match value {
        _ if depth == 0 => {}
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::String(id) if name == "id" => visit(id),
                    other => each_id(other, depth - 1, visit),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_id(item, depth - 1, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::content::MessageKind;
    use serde_json::json;

    #[test]
    fn a_file_is_renamed_wherever_the_content_carries_it_and_nowhere_else() {
        let ours = MediaId::from_u128(1 << 80);
        let body = json!({
            "name": "offer",
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": ours}}]},
                {"type": "body", "parameters": [{"type": "text", "text": ours}]},
                {"type": "button", "index": "0", "id": "msg_1"}
            ]
        });
        let mut content = Content { kind: MessageKind::Template, body };
        assert_eq!(named(&content), BTreeSet::from([ours]));
        rename(&mut content, &ours.to_string(), "987");
        assert_eq!(content.body["components"][0]["parameters"][0]["image"]["id"], "987");
        assert_eq!(content.body["components"][1]["parameters"][0]["text"], json!(ours));
        assert_eq!(named(&content), BTreeSet::new());
    }
}
