//! The live stream's contract: an AsyncAPI 3.0 document assembled from the frames' own types, the one `/openapi.json` is for
//! the rest. It is told from the server's side: `receive` is what clients send.
//!
//! `api-spec/asyncapi.yaml` is this document; a test compares them. [`frame_errors`] holds what was really sent against it.

mod channels;
mod conformance;
mod examples;
mod frames;
mod schemas;

use std::sync::LazyLock;

use serde_json::{Value, json};

pub use conformance::frame_errors;
use frames::{Frame, frames};

/// The document.
pub fn document() -> Value {
    let frames = frames();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "frontdesk live",
            "version": env!("CARGO_PKG_VERSION"),
            "description": include_str!("asyncapi/description.md"),
            "license": {"name": "MIT OR Apache-2.0", "url": concat!(env!("CARGO_PKG_REPOSITORY"), "#licence")},
            "contact": {"name": "frontdesk", "url": env!("CARGO_PKG_REPOSITORY")},
        },
        "defaultContentType": "application/json",
        "servers": channels::servers(),
        "channels": channels::channels(&frames),
        "operations": channels::operations(&frames),
        "components": {
            "messages": frames.iter().map(|frame| (frame.name.to_owned(), message(frame))).collect::<serde_json::Map<_, _>>(),
            "schemas": schemas::schemas(&frames),
            "correlationIds": {
                "frame": {
                    "description": "The client's own name for its frame; the answer repeats it.",
                    "location": "$message.payload#/id",
                },
            },
            "securitySchemes": channels::security_schemes(),
        },
    })
}

/// The document as it is checked in.
pub fn yaml() -> String {
    crate::yaml::write(&document())
}

/// The document as it is served.
pub(crate) fn json() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = serde_json::to_string_pretty(&document()).expect("the document is JSON");
        text.push('\n');
        text
    });
    &TEXT
}

fn message(frame: &Frame) -> Value {
    let examples = examples::of(frame.name).into_iter();
    let examples: Vec<_> = examples.map(|(summary, payload)| json!({"summary": summary, "payload": payload})).collect();
    let mut message = json!({
        "name": frame.name,
        "title": frame.schema,
        "summary": frame.summary,
        "description": frame.description,
        "payload": {"$ref": format!("#/components/schemas/{}", frame.schema)},
        "examples": examples,
    });
    if frame.has_id {
        message["correlationId"] = json!({"$ref": "#/components/correlationIds/frame"});
    }
    message
}

#[cfg(test)]
mod tests;
