//! The newest events, in memory: followers and projections read these without touching the store. Bounded by
//! number and by bytes; a reader that is further behind reads the store.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::event::StoredEvent;

/// Events kept at most.
const EVENTS_MAX: usize = 4096;
/// Bytes kept at most.
const BYTES_MAX: usize = 16 << 20;

#[derive(Default)]
pub(crate) struct Tail {
    events: VecDeque<Arc<StoredEvent>>,
    bytes: usize,
}

impl Tail {
    pub(crate) fn push(&mut self, event: Arc<StoredEvent>) {
        self.bytes += weight(&event);
        self.events.push_back(event);
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.events.pop_front() else {
                break;
            };
            self.bytes -= weight(&oldest);
        }
    }

    /// Forgets everything, so that reads go to the store.
    pub(crate) fn clear(&mut self) {
        *self = Tail::default();
    }

    /// The events from `after + 1` to `upto`, if the first of them is still here.
    pub(crate) fn read(
        &self,
        after: u64,
        upto: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Option<Vec<Arc<StoredEvent>>> {
        let front = self.events.front()?.pos;
        let skip = usize::try_from((after + 1).checked_sub(front)?).ok()?;
        if skip >= self.events.len() {
            return None;
        }
        let mut bytes = 0;
        let within = |event: &&Arc<StoredEvent>| {
            let fits = event.pos <= upto && bytes < bytes_max;
            bytes += weight(event);
            fits
        };
        Some(
            self.events
                .range(skip..)
                .take(limit)
                .take_while(within)
                .cloned()
                .collect(),
        )
    }
}

fn weight(event: &StoredEvent) -> usize {
    event.facts.len() + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len())
}
