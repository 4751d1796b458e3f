//! From groups to a batch: each group is checked against the log and the groups before it, then sealed and encoded.
//! Called by `append`; touches nothing but the plan.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Writer;
use crate::encoding;
use crate::error::{AppendError, ReadError, Refused, SealError};
use crate::event::{
    BATCH_BYTES_MAX, EVENT_BYTES_MAX, Group, KEY_VALUE_BYTES_MAX, NAME_BYTES_MAX, NewEvent, Sealed, StoredEvent,
};
use crate::seal;

/// A batch in the making.
pub(super) struct Plan {
    pub(super) frame: Vec<u8>,
    pub(super) next_pos: u64,
    pub(super) versions: FxHashMap<Arc<str>, u64>,
    /// Key, event counted from the batch's first, value.
    pub(super) keys: Vec<([u8; 16], u64, Vec<u8>)>,
    /// Index into `keys`.
    pub(super) taken: FxHashMap<[u8; 16], usize>,
}

impl Writer {
    /// Checks a group against the log and the groups before it, then seals and encodes it. Nothing of a
    /// refused group stays in the plan.
    pub(super) fn plan(
        &self,
        plan: &mut Plan,
        group: Group,
    ) -> Result<Result<Vec<Arc<StoredEvent>>, Refused>, AppendError> {
        if let Err(why) = limits(&group) {
            return Ok(Err(Refused::Invalid(why)));
        }
        for (stream, expected) in &group.expected {
            let actual = self.version_in(plan, stream)?;
            if actual != *expected {
                return Ok(Err(Refused::VersionConflict { stream: stream.to_string(), expected: *expected, actual }));
            }
        }
        let first_pos = plan.next_pos;
        for (index, key) in group.keys.iter().enumerate() {
            let taken = match plan.taken.get(&key.key) {
                Some(at) => {
                    let (_, event, value) = &plan.keys[*at];
                    Some((self.journal.head().pos + 1 + event, value.clone()))
                }
                None => {
                    let in_group = group.keys[..index].iter().find(|earlier| earlier.key == key.key);
                    match in_group {
                        Some(earlier) => Some((first_pos + earlier.event as u64, earlier.value.clone())),
                        None => self.shared.find(&key.key).map_err(unreadable)?.map(|entry| (entry.pos, entry.value)),
                    }
                }
            };
            if let Some((pos, value)) = taken {
                return Ok(Err(Refused::DuplicateKey { index, pos, value }));
            }
        }
        let frame_before = plan.frame.len();
        let mut versions: FxHashMap<Arc<str>, u64> = FxHashMap::default();
        let mut stored = Vec::with_capacity(group.events.len());
        for (index, event) in group.events.into_iter().enumerate() {
            let version = match versions.get(&event.stream) {
                Some(version) => version + 1,
                None => self.version_in(plan, &event.stream)? + 1,
            };
            let event = match self.seal(event, first_pos + index as u64, version) {
                Ok(event) => event,
                Err(error) => {
                    plan.frame.truncate(frame_before);
                    return Ok(Err(Refused::Seal { index, error }));
                }
            };
            let before = plan.frame.len();
            encoding::put_event(&mut plan.frame, &event);
            if plan.frame.len() - before > EVENT_BYTES_MAX {
                plan.frame.truncate(frame_before);
                return Ok(Err(Refused::Invalid("an event is larger than 8 MiB")));
            }
            if plan.frame.len() > BATCH_BYTES_MAX {
                return Err(AppendError::TooLarge { bytes: plan.frame.len(), limit: BATCH_BYTES_MAX });
            }
            versions.insert(Arc::clone(&event.stream), version);
            stored.push(Arc::new(event));
        }
        let batch_start = self.journal.head().pos + 1;
        for key in group.keys {
            plan.taken.insert(key.key, plan.keys.len());
            plan.keys.push((key.key, first_pos - batch_start + key.event as u64, key.value));
        }
        plan.next_pos += stored.len() as u64;
        plan.versions.extend(versions);
        Ok(Ok(stored))
    }

    fn version_in(&self, plan: &Plan, stream: &str) -> Result<u64, AppendError> {
        match plan.versions.get(stream) {
            Some(version) => Ok(*version),
            None => self.stream_version(stream).map_err(unreadable),
        }
    }

    fn seal(&self, event: NewEvent, pos: u64, version: u64) -> Result<StoredEvent, SealError> {
        let sealed = match &event.private {
            None => None,
            Some(private) => {
                let key = self.shared.keys.key(private.key)?;
                let aad = seal::event_aad(&event.stream, version, &event.kind, private.key);
                Some(Sealed { key: private.key, bytes: seal::seal(&key, &aad, &private.plaintext)?.into() })
            }
        };
        Ok(StoredEvent {
            pos,
            stream: event.stream,
            version,
            kind: event.kind.into(),
            schema: event.schema,
            occurred_at_ms: event.occurred_at_ms,
            recorded_at_ms: event.recorded_at_ms,
            actor: event.actor.into(),
            correlation_id: event.correlation_id.map(Arc::from),
            causation_pos: event.causation_pos,
            facts: event.facts.into(),
            sealed,
        })
    }
}

fn limits(group: &Group) -> Result<(), &'static str> {
    for event in &group.events {
        if event.stream.is_empty() || event.stream.contains('\0') || event.kind.is_empty() {
            return Err("a stream and a kind need a name without NUL");
        }
        let correlation = event.correlation_id.as_ref().map_or(0, String::len);
        let longest = event.stream.len().max(event.kind.len()).max(event.actor.len()).max(correlation);
        if longest > NAME_BYTES_MAX {
            return Err("a name is longer than 512 bytes");
        }
        if event.facts.len() + event.private.as_ref().map_or(0, |private| private.plaintext.len()) > EVENT_BYTES_MAX {
            return Err("an event is larger than 8 MiB");
        }
        if event.causation_pos == Some(0) {
            return Err("no event has position 0");
        }
    }
    for key in &group.keys {
        if key.event >= group.events.len() {
            return Err("a key names an event that is not in its group");
        }
        if key.value.len() > KEY_VALUE_BYTES_MAX {
            return Err("a key's value is larger than 256 bytes");
        }
    }
    Ok(())
}

/// The log cannot be read well enough to decide what may be appended.
pub(super) fn unreadable(e: ReadError) -> AppendError {
    AppendError::Poisoned(e.to_string())
}
