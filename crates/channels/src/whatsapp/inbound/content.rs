//! The content object of a message, wherever messages appear: inbound, echoes, history and inside edits.

use domain::content::{Content, MessageKind};
use serde_json::Value;

use super::item::{Object, str_of};

/// Keys of a message that never are its content object.
const FRAME: [&str; 12] = [
    "from",
    "from_user_id",
    "from_parent_user_id",
    "to",
    "to_user_id",
    "id",
    "timestamp",
    "context",
    "referral",
    "errors",
    "group_id",
    "history_context",
];

/// Takes the content out of a message. The object under the name of the type may be missing; a missing type is guessed
/// from the only object there is.
pub(super) fn take(message: &mut Object) -> Content {
    let word = match str_of(message, "type") {
        Some(word) => word.to_owned(),
        None => guess(message).unwrap_or_else(|| "unknown".to_owned()),
    };
    // `type: "type"` would name the type itself; a frame key is no content either.
    let named = word != "type" && !FRAME.contains(&word.as_str());
    let body = if named { message.remove(&word).unwrap_or(Value::Null) } else { Value::Null };
    Content { kind: MessageKind::from(word.as_str()), body }
}

/// Whether the whole item must be kept, because the content alone does not tell what the customer sent.
pub(super) fn is_opaque(content: &Content) -> bool {
    let kind = &content.kind;
    match kind {
        MessageKind::Other(_) | MessageKind::Unsupported | MessageKind::MediaPlaceholder => true,
        MessageKind::Text
        | MessageKind::Image
        | MessageKind::Video
        | MessageKind::Audio
        | MessageKind::Document
        | MessageKind::Sticker
        | MessageKind::Location
        | MessageKind::Contacts
        | MessageKind::Interactive
        | MessageKind::Button
        | MessageKind::Template
        | MessageKind::Order
        | MessageKind::Reaction => !(content.body.is_object() || content.body.is_array()),
    }
}

fn guess(message: &Object) -> Option<String> {
    let mut candidates = message
        .iter()
        .filter(|(key, value)| (value.is_object() || value.is_array()) && !FRAME.contains(&key.as_str()))
        .map(|(key, _)| key.clone());
    let only = candidates.next()?;
    candidates.next().is_none().then_some(only)
}
