//! The newest events, read and opened once for all who follow.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::event::Event;
use event_log::{Reader, StoredEvent};
use parking_lot::Mutex;

use super::Happened;
use crate::Desk;
use crate::codec::{Unreadable, decode_open};
use crate::queries::{Answer, unreadable};

/// Events kept.
const KEPT_MAX: usize = 2_048;

/// See the module. Positions are without gaps.
#[derive(Debug, Default)]
pub(crate) struct Opened(Mutex<VecDeque<Arc<Happened>>>);

impl Opened {
    /// Events after a position, at most `limit`; none at the head.
    fn after(&self, reader: &Reader, after: u64, limit: usize) -> Result<Vec<Arc<Happened>>, Unreadable> {
        let mut kept = self.0.lock();
        self.catch_up(&mut kept, reader)?;
        let Some(first) = kept.front().map(|event| event.recorded.pos).filter(|first| after + 1 >= *first) else {
            drop(kept);
            let stored = reader.read(after, limit)?;
            return stored.iter().map(|stored| open(reader, stored).map(Arc::new)).collect();
        };
        let begin = usize::try_from(after + 1 - first).unwrap_or(usize::MAX).min(kept.len());
        Ok(kept.range(begin..).take(limit).cloned().collect())
    }

    /// Everything new is read before anything is handed out: an erasure among it takes along what is kept.
    fn catch_up(&self, kept: &mut VecDeque<Arc<Happened>>, reader: &Reader) -> Result<(), Unreadable> {
        loop {
            let head = reader.head();
            let newest = kept.back().map_or(0, |event| event.recorded.pos);
            if newest >= head {
                return Ok(());
            }
            let from = newest.max(head.saturating_sub(KEPT_MAX as u64));
            if from > newest {
                kept.clear();
            }
            for stored in reader.read(from, KEPT_MAX)? {
                let happened = open(reader, &stored)?;
                if matches!(happened.recorded.event, Event::ContactErased(_)) {
                    kept.clear();
                }
                if kept.len() == KEPT_MAX {
                    kept.pop_front();
                }
                kept.push_back(Arc::new(happened));
            }
        }
    }
}

fn open(reader: &Reader, stored: &StoredEvent) -> Result<Happened, Unreadable> {
    let correlation_id = stored.correlation_id.as_deref().map(str::to_owned);
    Ok(Happened { recorded: decode_open(reader, stored)?, correlation_id })
}

impl Desk {
    /// Events after a position with their personal parts, at most `limit`.
    pub(super) fn opened(&self, after: u64, limit: usize) -> Answer<Vec<Arc<Happened>>> {
        self.shared.opened.after(&self.shared.reader, after, limit).map_err(unreadable)
    }
}
