//! What a command made, as the log takes it: one group, wholly or not at all.

use std::sync::Arc;

use domain::event::{LookupKey, Pending, Recorded};
use domain::ids::RequestId;
use domain::time::Timestamp;
use domain::world::World;
use event_log::{Group, NewKey};

use crate::codec::encode;
use crate::live::Happened;

/// The events just decided in `world`, and what followers are told once they are stored. `key`: of an idempotent request.
pub(super) fn group(
    world: &mut World,
    events: Vec<(Pending, u64)>,
    key: Option<LookupKey>,
    now: Timestamp,
    request: Option<RequestId>,
) -> (Group, Vec<Arc<Happened>>) {
    let correlation_id = request.map(|id| id.to_string());
    let first = world.head + 1 - events.len() as u64;
    let mut group = Group::default();
    let mut told: Vec<Arc<Happened>> = Vec::with_capacity(events.len());
    let last = events.len() - 1;
    for (index, (mut pending, version)) in events.into_iter().enumerate() {
        // Each stream is named once: most events of a group are of the same few.
        let known = told.iter().position(|earlier| earlier.recorded.stream == pending.stream);
        let stream = match known {
            Some(earlier) => Arc::clone(&group.events[earlier].stream),
            None => {
                let stream: Arc<str> = pending.stream.to_string().into();
                group.expected.push((Arc::clone(&stream), version - 1));
                stream
            }
        };
        let mut keys = std::mem::take(&mut pending.keys);
        if index == last {
            keys.extend(key.iter().cloned());
        }
        group.keys.extend(keys.into_iter().map(|key| NewKey { key: key.key.0, event: index, value: key.value }));
        let encoded = encode(&pending, stream, now, correlation_id.as_deref(), (index > 0).then_some(first));
        let bytes = encoded.facts.len() + encoded.private.as_ref().map_or(0, |private| private.plaintext.len());
        group.events.push(encoded);
        let recorded = Recorded {
            pos: first + index as u64,
            stream: pending.stream,
            version,
            event: pending.event,
            occurred_at: pending.occurred_at,
            recorded_at: now,
            actor: pending.actor,
        };
        told.push(Arc::new(Happened { recorded, correlation_id: correlation_id.clone(), bytes }));
    }
    if let Some(key) = key {
        world.fresh_keys.insert(key.key, key.value);
    }
    (group, told)
}
