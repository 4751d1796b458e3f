//! The table of frames: what each is called, whose it is, what it is answered with.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use crate::dto::live::{asked, told};
use crate::schema::schema_of;

/// Who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// A frame as the document describes it.
#[derive(Debug)]
pub(super) struct Frame {
    /// The word under `type`.
    pub(super) name: &'static str,
    pub(super) side: Side,
    /// Names of the frames that answer it.
    pub(super) answers: &'static [&'static str],
    /// Name of its schema.
    pub(super) schema: String,
    /// What its type says about itself: a sentence, and all of it.
    pub(super) summary: String,
    pub(super) description: String,
    /// Whether it carries the `id` of a frame.
    pub(super) has_id: bool,
    /// Its schema and all that it reaches.
    pub(super) schemas: BTreeMap<String, Value>,
}

impl Frame {
    fn of<T: ToSchema>(side: Side, name: &'static str, answers: &'static [&'static str]) -> Self {
        let (own, mut schemas) = schema_of::<T>();
        let schema = T::name().into_owned();
        let description = own["description"].as_str().unwrap_or_default().replace('\n', " ");
        let summary = description.split_inclusive(". ").next().unwrap_or_default().trim_end().to_owned();
        let has_id = own["properties"]["id"].is_object();
        schemas.insert(schema.clone(), own);
        Self { name, side, answers, schema, summary, description, has_id, schemas }
    }
}

/// Every frame, in the order of a connection.
pub(super) fn frames() -> Vec<Frame> {
    use Side::{Client, Server};
    vec![
        Frame::of::<asked::Hello>(Client, "hello", &["ready", "reply"]),
        Frame::of::<asked::Subscribe>(Client, "subscribe", &["reply"]),
        Frame::of::<asked::Signal>(Client, "signal", &["reply"]),
        Frame::of::<asked::Auth>(Client, "auth", &["reply"]),
        Frame::of::<asked::Ping>(Client, "ping", &["reply"]),
        Frame::of::<told::Ready>(Server, "ready", &[]),
        Frame::of::<told::Snapshot>(Server, "snapshot", &[]),
        Frame::of::<told::Batch>(Server, "batch", &[]),
        Frame::of::<told::Signals>(Server, "signals", &[]),
        Frame::of::<told::Reset>(Server, "reset", &[]),
        Frame::of::<told::Reply>(Server, "reply", &[]),
        Frame::of::<told::Notice>(Server, "notice", &[]),
        Frame::of::<told::Bye>(Server, "bye", &[]),
    ]
}
