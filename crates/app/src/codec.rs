//! Between the domain's events and the log's: names to text, personal parts to sealed bytes and back.

use std::sync::Arc;

use domain::event::{Event, Pending, Recorded, StreamId};
use domain::time::Timestamp;
use event_log::{KeyId, NewEvent, Private, ReadError, Reader, SealError, StoredEvent, Upcasts};

/// What the log must know about this version's events to read older ones.
pub fn upcasts() -> Upcasts {
    Event::KINDS.iter().fold(Upcasts::none(), |table, (kind, schema)| table.current(kind, *schema))
}

/// An event on its way into the log. `stream` is the name of its stream, `causation_pos` the position of its command's first
/// event, absent of that one: by it whoever plays the log again knows where a command ended.
pub(crate) fn encode(
    pending: &Pending,
    stream: Arc<str>,
    recorded_at: Timestamp,
    correlation_id: Option<&str>,
    causation_pos: Option<u64>,
) -> NewEvent {
    NewEvent {
        stream,
        kind: pending.event.kind().into(),
        schema: pending.event.schema(),
        occurred_at_ms: pending.occurred_at.as_millis(),
        recorded_at_ms: recorded_at.as_millis(),
        actor: pending.actor.to_string(),
        correlation_id: correlation_id.map(str::to_owned),
        causation_pos,
        facts: pending.event.facts_json(),
        private: pending
            .event
            .private_json()
            .map(|plaintext| Private { key: KeyId(u64::from(pending.seal.0)), plaintext }),
    }
}

/// An event that the log holds and this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error("event {pos}: {what}")]
    Shape { pos: u64, what: String },
    #[error("event {pos}: {source}")]
    Seal { pos: u64, source: SealError },
}

/// Reads the facts; the personal part stays closed.
pub(crate) fn decode(stored: &StoredEvent) -> Result<Recorded, Unreadable> {
    let shape = |what: String| Unreadable::Shape { pos: stored.pos, what };
    let stream: StreamId = stored.stream.parse().map_err(|_| shape(format!("unknown stream {}", stored.stream)))?;
    Ok(Recorded {
        pos: stored.pos,
        stream,
        version: stored.version,
        event: Event::from_facts(&stored.kind, &stored.facts).map_err(|error| shape(error.to_string()))?,
        occurred_at: Timestamp::from_millis(stored.occurred_at_ms),
        recorded_at: Timestamp::from_millis(stored.recorded_at_ms),
        actor: stored.actor.parse().map_err(|_| shape(format!("unknown actor {}", stored.actor)))?,
    })
}

/// Reads an event with its personal part, unless that was erased.
pub(crate) fn decode_open(reader: &Reader, stored: &StoredEvent) -> Result<Recorded, Unreadable> {
    let mut recorded = decode(stored)?;
    match reader.open_private(stored) {
        Ok(Some(private)) => recorded
            .event
            .set_private(&private)
            .map_err(|error| Unreadable::Shape { pos: stored.pos, what: error.to_string() })?,
        Ok(None) | Err(SealError::Erased(_)) => {}
        Err(source) => return Err(Unreadable::Seal { pos: stored.pos, source }),
    }
    Ok(recorded)
}
