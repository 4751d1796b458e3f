//! What a command made, as the log takes it: one group, wholly or not at all.

use std::sync::Arc;

use domain::event::{LookupKey, Pending, Recorded};
use domain::ids::RequestId;
use domain::time::Timestamp;
use domain::world::World;
use event_log::{Group, NewKey};

use crate::codec::encode;

/// The events just decided in `world`, and how they will read once they are stored. `key`: of an idempotent request.
pub(super) fn group(
    world: &mut World,
    events: Vec<(Pending, u64)>,
    key: Option<LookupKey>,
    now: Timestamp,
    request: Option<RequestId>,
) -> (Group, Vec<Recorded>) {
    let correlation_id = request.map(|id| id.to_string());
    let first = world.head + 1 - events.len() as u64;
    let mut group = Group::default();
    let mut recorded = Vec::with_capacity(events.len());
    let last = events.len() - 1;
    for (index, (mut pending, version)) in events.into_iter().enumerate() {
        // Each stream is named once: most events of a group are of the same few.
        let known = recorded.iter().position(|earlier: &Recorded| earlier.stream == pending.stream);
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
        group.events.push(encode(&pending, stream, now, correlation_id.as_deref(), (index > 0).then_some(first)));
        recorded.push(Recorded {
            pos: first + index as u64,
            stream: pending.stream,
            version,
            event: pending.event,
            occurred_at: pending.occurred_at,
            recorded_at: now,
            actor: pending.actor,
        });
    }
    if let Some(key) = key {
        world.fresh_keys.insert(key.key, key.value);
    }
    (group, recorded)
}
