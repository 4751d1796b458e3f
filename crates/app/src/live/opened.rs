//! The newest events, read and opened once for all who follow.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::event::Event;
use event_log::{Reader, StoredEvent};
use parking_lot::Mutex;

use super::{Happened, SCAN_MAX};
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

/// Events after a position with their personal parts. What they are only [`Desk::judged`] tells, to whoever may see it.
#[derive(Debug, Clone)]
pub struct Unjudged {
    pub after: u64,
    pub(super) events: Arc<[Arc<Happened>]>,
}

impl Unjudged {
    /// Up to where they go.
    pub fn last_pos(&self) -> u64 {
        self.events.last().map_or(self.after, |event| event.recorded.pos)
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }
}

impl Desk {
    /// Events after a position, at most [`SCAN_MAX`].
    pub fn unjudged(&self, after: u64) -> Answer<Unjudged> {
        let events = self.shared.opened.after(&self.shared.reader, after, SCAN_MAX).map_err(unreadable)?;
        Ok(Unjudged { after, events: events.into() })
    }
}
