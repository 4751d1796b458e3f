//! An event as CloudEvents 1.0 has it: a line of the event stream, an item of a batch, a line of an export. One shape for all
//! three, so that whoever reads one reads the others.
//!
//! `id` and `sequence` are the position; the sequence is padded because it is compared as text. Attributes that an event lacks
//! are null, which CloudEvents takes for absent. What is personal is in `data.private`, where whoever asked may open it; that
//! there is some which is not shown is said by `data.sealed`.

use app::log::StoredEvent;
use domain::event::{Event, EventSchema};
use domain::time::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::dto::scalar;

/// One CloudEvent.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloudEvent {
    #[schema(pattern = "^1[.]0$")]
    pub specversion: &'static str,
    /// The position.
    #[schema(pattern = "^[0-9]{1,20}$")]
    pub id: String,
    /// The log.
    #[schema(max_length = 100)]
    pub source: String,
    /// `conversation.assigned` and the like; tolerate unknown ones.
    #[schema(max_length = 100)]
    pub r#type: String,
    /// What it happened to: an id for most.
    #[schema(max_length = 100)]
    pub subject: String,
    /// When it happened, by the source's clock.
    #[schema(value_type = scalar::Timestamp)]
    pub time: scalar::Timestamp,
    /// When it was recorded, by ours.
    #[schema(value_type = scalar::Timestamp)]
    pub recordedtime: scalar::Timestamp,
    /// The position in 20 digits: as text, events are in their order.
    #[schema(pattern = "^[0-9]{20}$")]
    pub sequence: String,
    /// The event's version among those of its subject, from 1.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub subjectversion: u64,
    /// Names the schema of `data`; an export has it as `schemas/<type>.v<version>.json`.
    #[schema(max_length = 200)]
    pub dataschema: String,
    #[schema(max_length = 100)]
    pub datacontenttype: &'static str,
    /// Events with the same key must stay in order.
    #[schema(max_length = 100)]
    pub partitionkey: String,
    /// The request that caused it.
    #[schema(required, max_length = 100)]
    pub correlationid: Option<String>,
    /// The `id` of the event it reacts to.
    #[schema(required, pattern = "^[0-9]{1,20}$")]
    pub causationid: Option<String>,
    /// Who did it: `user`, `api_key`, `app_user` (a customer), `service_account` (the messaging provider), `system`.
    #[schema(max_length = 20)]
    pub authtype: &'static str,
    /// The id of the person (also where a key acted in their name) or of the contact.
    #[schema(required, max_length = 100)]
    pub authid: Option<String>,
    /// The key that acted in a person's name.
    #[schema(required, max_length = 100)]
    pub apikeyid: Option<String>,
    /// `internal`, or `confidential` where something personal is shown.
    #[schema(max_length = 20)]
    pub dataclassification: &'static str,
    pub data: CloudEventData,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloudEventData {
    /// What the type says; nothing personal.
    #[schema(value_type = Object)]
    pub facts: Box<RawValue>,
    /// What is personal, opened; null where there is none, or it is not shown.
    #[schema(required, value_type = Option<Object>)]
    pub private: Option<Box<RawValue>>,
    /// There is something personal, and it is not shown: it was not asked for, may not be opened by the asker, or its key was
    /// destroyed.
    pub sealed: bool,
}

/// A stored event holds no JSON.
#[derive(Debug, thiserror::Error)]
#[error("event {pos}: {source}")]
pub struct NotJson {
    pos: u64,
    source: serde_json::Error,
}

impl CloudEvent {
    /// An event of this log, with its opened personal part where that is to be shown.
    pub fn of(log_id: &str, stored: &StoredEvent, private: Option<&[u8]>) -> Result<Self, NotJson> {
        let raw = |json: &[u8]| {
            serde_json::from_slice::<Box<RawValue>>(json).map_err(|source| NotJson { pos: stored.pos, source })
        };
        let time = |millis: i64| Timestamp::from_millis(millis).into();
        let (authtype, authid, apikeyid) = auth(&stored.actor);
        Ok(Self {
            specversion: "1.0",
            id: stored.pos.to_string(),
            source: format!("/logs/{log_id}"),
            r#type: stored.kind.to_string(),
            subject: stored.stream.to_string(),
            time: time(stored.occurred_at_ms),
            recordedtime: time(stored.recorded_at_ms),
            sequence: format!("{:020}", stored.pos),
            subjectversion: stored.version,
            // Older ones were brought to today's shape when they were read.
            dataschema: EventSchema::id(&stored.kind, Event::current_schema(&stored.kind).unwrap_or(stored.schema)),
            datacontenttype: "application/json",
            partitionkey: stored.stream.to_string(),
            correlationid: stored.correlation_id.as_deref().map(str::to_owned),
            causationid: stored.causation_pos.map(|pos| pos.to_string()),
            authtype,
            authid: authid.map(str::to_owned),
            apikeyid: apikeyid.map(str::to_owned),
            dataclassification: if private.is_some() { "confidential" } else { "internal" },
            data: CloudEventData {
                facts: raw(&stored.facts)?,
                sealed: stored.sealed.is_some() && private.is_none(),
                private: private.map(raw).transpose()?,
            },
        })
    }
}

/// An actor as the CloudEvents extension for who did it puts it: a kind, whom, and the key they used.
fn auth(actor: &str) -> (&'static str, Option<&str>, Option<&str>) {
    match actor.split_once(':') {
        Some(("user", id)) => match id.split_once('/') {
            Some((user, key)) => ("api_key", Some(user), Some(key)),
            None => ("user", Some(id), None),
        },
        Some(("contact", id)) => ("app_user", Some(id), None),
        None if actor == "provider" => ("service_account", None, None),
        None if actor == "system" => ("system", None, None),
        Some(_) | None => ("unknown", None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_it_is_a_kind_an_id_and_perhaps_a_key() {
        assert_eq!(auth("user:usr_1"), ("user", Some("usr_1"), None));
        assert_eq!(auth("user:usr_1/key_2"), ("api_key", Some("usr_1"), Some("key_2")));
        assert_eq!(auth("contact:con_1"), ("app_user", Some("con_1"), None));
        assert_eq!((auth("provider").0, auth("system").0, auth("martian").0), ("service_account", "system", "unknown"));
    }
}
