//! From the client.

use serde_json::json;

use super::Example;
use super::things::{ANOTHER, CHANNEL, CONVERSATION, LOG, TOKEN};

pub(super) fn hello() -> Vec<Example> {
    vec![
        ("The first of all: nothing is known yet", json!({"type": "hello", "id": "h1", "v": 1, "token": TOKEN})),
        (
            "Back after a while, with a place and wishes",
            json!({
                "type": "hello", "id": "h1", "v": 1, "token": TOKEN,
                "client": {"name": "acme-desk", "version": "3.2.0"},
                "resume": {"log_id": LOG, "pos": 8809},
                "filter": {"types": ["conversation.*", "message.*", "notification.*"], "channels": [CHANNEL]},
                "open": [CONVERSATION],
                "snapshot": ["me", "counts", "agents", "conversations:mine", "notifications"],
            }),
        ),
    ]
}

pub(super) fn subscribe() -> Vec<Example> {
    vec![
        (
            "Another conversation was opened beside the first",
            json!({"type": "subscribe", "id": "s2", "open": [CONVERSATION, ANOTHER]}),
        ),
        (
            "Only conversations and messages, nothing open",
            json!({"type": "subscribe", "id": "s3", "filter": {"types": ["conversation.*", "message.*"]}, "open": []}),
        ),
    ]
}

pub(super) fn signal() -> Vec<Example> {
    vec![
        ("It is on the screen", json!({"type": "signal", "kind": "viewing", "conversation_id": CONVERSATION})),
        (
            "Somebody types, and the customer may know",
            json!({"type": "signal", "id": "t5", "kind": "typing", "conversation_id": CONVERSATION, "public": true}),
        ),
    ]
}

pub(super) fn auth() -> Vec<Example> {
    vec![("In time before the old one ends", json!({"type": "auth", "id": "a3", "token": TOKEN}))]
}

pub(super) fn ping() -> Vec<Example> {
    vec![("Is anybody there?", json!({"type": "ping", "id": "p4"}))]
}
