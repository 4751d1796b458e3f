//! What of a message is text: what a person reads in it, whatever its shape. Ids, addresses of files and checksums are not.

use domain::content::Content;
use serde_json::Value;

/// Names of fields whose text people read, in any depth.
const READ: &[&str] = &[
    "body",
    "text",
    "caption",
    "filename",
    "title",
    "description",
    "name",
    "formatted_name",
    "first_name",
    "last_name",
    "address",
    "phone",
    "email",
    "company",
    "street",
    "city",
    "button_text",
    "payload",
];
/// Of what is deeper nobody reads anything.
const DEPTH_MAX: usize = 8;

/// The words of a message, parts on lines of their own. Empty where it has none.
pub fn text_of(content: &Content) -> String {
    let mut out = String::new();
    gather(&content.body, false, 0, &mut out);
    out
}

fn gather(value: &Value, read: bool, depth: usize, out: &mut String) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::String(text) if read && !text.trim().is_empty() => {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(text);
        }
        Value::Array(parts) => parts.iter().for_each(|part| gather(part, read, depth + 1, out)),
        Value::Object(fields) => {
            for (name, value) in fields {
                gather(value, READ.contains(&name.as_str()), depth + 1, out);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::content::MessageKind;
    use serde_json::json;

    #[test]
    fn what_a_person_reads_is_text_and_ids_are_not() {
        let text = |kind: MessageKind, body| text_of(&Content { kind, body });
        assert_eq!(text_of(&Content::text("Hola")), "Hola");
        let image = json!({"id": "99887766", "sha256": "abc", "caption": "My parcel"});
        assert_eq!(text(MessageKind::Image, image), "My parcel");
        let template = json!({"name": "order_sent", "language": {"code": "en"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]});
        assert_eq!(text(MessageKind::Template, template), "Ana\norder_sent");
        let contacts = json!([{"name": {"formatted_name": "Eva Ruiz"}, "phones": [{"phone": "+34 600 111 222"}]}]);
        assert_eq!(text(MessageKind::Contacts, contacts), "Eva Ruiz\n+34 600 111 222");
        assert_eq!(text(MessageKind::Unsupported, serde_json::Value::Null), "");
    }
}
