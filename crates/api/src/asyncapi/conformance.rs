//! What was really sent, held against what is published. For tests: the server does not check itself while it speaks.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{Frame, frames, schemas};
use crate::asyncapi::frames::Side;
use crate::schema::Checker;

/// The places where a server's frame, found by its `type`, does not fit the published schema; empty when it fits. Each
/// is a JSON pointer with what is wrong there.
///
/// Stricter than the schema, which clients must let grow: a member that no schema names counts as wrong, so that a field
/// that was added and never published is noticed. A message's content is the exception, which stands under the key that
/// its `type` names.
pub fn frame_errors(frame: &Value) -> Vec<String> {
    static PUBLISHED: LazyLock<(Vec<Frame>, Checker)> = LazyLock::new(|| {
        let frames = frames();
        let checker = Checker::new(&json!({}), &schemas::schemas(&frames));
        (frames, checker)
    });
    let (frames, checker) = &*PUBLISHED;
    let word = &frame["type"];
    let Some(known) = frames.iter().find(|known| known.side == Side::Server && *word == known.name) else {
        return vec![format!("/type: the server has no frame of the type {word}")];
    };
    let errors = checker.check_as(&known.schema, frame).into_iter();
    let errors = errors.map(|error| format!("{}: {}", error.pointer.unwrap_or_default(), error.detail));
    let surplus = checker.undocumented_as(&known.schema, frame, &is_content).into_iter();
    errors.chain(surplus.map(|pointer| format!("{pointer}: is not in the schema"))).collect()
}

/// Whether the member is a message's content.
fn is_content(schema: &str, object: &Map<String, Value>, member: &str) -> bool {
    let kind = object.get("type").and_then(Value::as_str);
    // The key of a kind that a field of messages is called like.
    let key = member.strip_suffix("_content").unwrap_or(member);
    schema == "Message" && kind.is_some_and(|kind| kind == key || kind == member)
}
