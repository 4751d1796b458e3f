//! A log as text: one JSON object a line, the first about the log, then one per event. Sealed parts stay
//! sealed; with the key file and the master key an import can open them again, without them nobody can.
//!
//! ```text
//! {"frontdesk_export":1,"log_id":"…","parent":null,"oldest":1,"head":2}
//! {"pos":1,"stream":"…","version":1,"type":"…","schema":1,"occurred_at_ms":…,"recorded_at_ms":…,"actor":"…",
//!  "correlation_id":"…","causation_pos":…,"facts":{…},"sealed":{"key":3,"bytes":"base64"},
//!  "keys":[{"key":"hex","value":"base64"}]}
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::OpsError;
use crate::encoding::{self, Events};
use crate::event::{KeyId, Parent, Sealed, StoredEvent};
use crate::reader::Reader;
use crate::record::Record;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportHeader {
    /// Version of this text format.
    pub frontdesk_export: u32,
    pub log_id: String,
    pub parent: Option<Parent>,
    /// First and last position that follow.
    pub oldest: u64,
    pub head: u64,
}

/// Writes the events after `after` up to the present head, as stored (no upcasting). Returns the header written.
pub fn export(reader: &Reader, after: u64, out: &mut dyn Write) -> Result<ExportHeader, OpsError> {
    let after = after.max(reader.oldest().saturating_sub(1));
    let header = ExportHeader {
        frontdesk_export: 1,
        log_id: reader.log_id().to_owned(),
        parent: reader.parent().cloned(),
        oldest: after + 1,
        head: reader.head(),
    };
    write_line(out, &header)?;
    let mut fault = None;
    reader.shared.journal.scan(
        after,
        header.head,
        &mut |record| match write_record(record, after, header.head, out) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                fault = Some(e);
                ControlFlow::Break(())
            }
        },
    )?;
    fault.map_or(Ok(()), Err)?;
    out.flush().map_err(OpsError::Output)?;
    Ok(header)
}

/// Writes the events of one record that lie in `after + 1 ..= upto`.
pub(super) fn write_record(record: &Record<'_>, after: u64, upto: u64, out: &mut dyn Write) -> Result<(), OpsError> {
    let malformed = |bad: encoding::Malformed| OpsError::Input {
        line: 0,
        what: format!("record {} has a right checksum and wrong content: {}", record.first_pos, bad.0),
    };
    let view = encoding::view(record.payload, record.count).map_err(malformed)?;
    let mut keys: BTreeMap<u64, Vec<KeyLine>> = BTreeMap::new();
    for key in &view.keys {
        let line = KeyLine { key: hex::encode(key.key), value: STANDARD.encode(key.value) };
        keys.entry(record.first_pos + key.event).or_default().push(line);
    }
    for event in Events::new(&record.payload[encoding::PREFIX..], record.first_pos, record.count) {
        let event = event.map_err(malformed)?;
        if event.pos > after && event.pos <= upto {
            write_line(out, &EventLine::of(&event, keys.remove(&event.pos).unwrap_or_default()))?;
        }
    }
    Ok(())
}

pub(super) fn write_line(out: &mut dyn Write, line: &impl Serialize) -> Result<(), OpsError> {
    serde_json::to_writer(&mut *out, line).map_err(|e| OpsError::Output(e.into()))?;
    out.write_all(b"\n").map_err(OpsError::Output)
}

/// One event's line.
#[derive(Serialize, Deserialize)]
pub(super) struct EventLine<'a> {
    pub(super) pos: u64,
    stream: Cow<'a, str>,
    version: u64,
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    schema: u16,
    occurred_at_ms: i64,
    recorded_at_ms: i64,
    actor: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causation_pos: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<Box<RawValue>>,
    /// Instead of `facts` when those are not one line of JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<SealedLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) keys: Vec<KeyLine>,
}

#[derive(Serialize, Deserialize)]
struct SealedLine {
    key: KeyId,
    bytes: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct KeyLine {
    key: String,
    value: String,
}

impl KeyLine {
    pub(super) fn parse(&self) -> Result<([u8; 16], Vec<u8>), String> {
        let mut key = [0; 16];
        hex::decode_to_slice(&self.key, &mut key).map_err(|_| "a key is not 32 hexadecimal digits")?;
        let value = STANDARD.decode(&self.value).map_err(|_| "a key's value is not base64")?;
        if value.len() > crate::event::KEY_VALUE_BYTES_MAX {
            return Err("a key's value is larger than 256 bytes".to_owned());
        }
        Ok((key, value))
    }
}

impl<'a> EventLine<'a> {
    fn of(event: &'a StoredEvent, keys: Vec<KeyLine>) -> EventLine<'a> {
        // As text only if it comes back byte for byte.
        let raw = std::str::from_utf8(&event.facts)
            .ok()
            .filter(|text| !text.contains(['\n', '\r']))
            .and_then(|text| RawValue::from_string(text.to_owned()).ok())
            .filter(|raw| raw.get().len() == event.facts.len());
        EventLine {
            pos: event.pos,
            stream: Cow::Borrowed(&event.stream),
            version: event.version,
            kind: Cow::Borrowed(&event.kind),
            schema: event.schema,
            occurred_at_ms: event.occurred_at_ms,
            recorded_at_ms: event.recorded_at_ms,
            actor: Cow::Borrowed(&event.actor),
            correlation_id: event.correlation_id.as_deref().map(Cow::Borrowed),
            causation_pos: event.causation_pos,
            facts_base64: raw.is_none().then(|| STANDARD.encode(&event.facts)),
            facts: raw,
            sealed: event
                .sealed
                .as_ref()
                .map(|sealed| SealedLine { key: sealed.key, bytes: STANDARD.encode(&sealed.bytes) }),
            keys,
        }
    }

    pub(super) fn into_event(self) -> Result<StoredEvent, String> {
        let facts = match (self.facts, self.facts_base64) {
            (Some(raw), None) => raw.get().as_bytes().to_vec(),
            (None, Some(text)) => STANDARD.decode(text).map_err(|_| "facts_base64 is not base64")?,
            (Some(_), Some(_)) | (None, None) => {
                return Err("exactly one of facts and facts_base64".to_owned());
            }
        };
        let sealed = match self.sealed {
            None => None,
            Some(line) => Some(Sealed {
                key: line.key,
                bytes: STANDARD.decode(line.bytes).map_err(|_| "sealed bytes are not base64")?.into(),
            }),
        };
        Ok(StoredEvent {
            pos: self.pos,
            stream: self.stream.into(),
            version: self.version,
            kind: self.kind.into(),
            schema: self.schema,
            occurred_at_ms: self.occurred_at_ms,
            recorded_at_ms: self.recorded_at_ms,
            actor: self.actor.into(),
            correlation_id: self.correlation_id.map(Into::into),
            causation_pos: self.causation_pos,
            facts: facts.into(),
            sealed,
        })
    }
}
