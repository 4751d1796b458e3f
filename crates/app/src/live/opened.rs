//! The newest events with their personal parts, once for all who follow and for search: handed over as they were decided, so
//! that nobody reads back and opens what was sealed a moment ago; read from the log where that is not to be had, as after a
//! start.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use event_log::{Reader, StoredEvent};
use parking_lot::Mutex;

use super::{Happened, SCAN_MAX};
use crate::Desk;
use crate::codec::{Unreadable, decode_open};
use crate::queries::{Answer, unreadable};

/// Events kept …
const KEPT_MAX: usize = 4_096;
/// … and bytes of them, as the log counts them.
const BYTES_MAX: usize = 16 << 20;
/// How long the desk waits for who is reading them from the log; then they read on there.
const TELL_WITHIN: Duration = Duration::from_millis(1);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Opened(Mutex<Kept>);

/// Positions are without gaps.
#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Arc<Happened>>,
    bytes: usize,
    /// What comes after this position was here, and is unless there was no room for it.
    from: u64,
    /// The newest position that was here.
    upto: u64,
}

impl Opened {
    /// What the log has just taken, in order.
    pub(crate) fn tell(&self, decided: &[Arc<Happened>]) {
        let Some(mut kept) = self.0.try_lock_for(TELL_WITHIN) else { return };
        decided.iter().for_each(|happened| kept.push(happened.clone()));
    }

    /// Keys were destroyed: nothing that they sealed stays open.
    pub(crate) fn forget(&self) {
        let mut kept = self.0.lock();
        kept.clear();
        kept.from = kept.upto;
    }

    /// Events after a position up to another, at most `limit`, if they are kept.
    pub(crate) fn kept(&self, after: u64, upto: u64, limit: usize) -> Option<Vec<Arc<Happened>>> {
        let mut found = self.0.lock().after(after, limit)?;
        found.truncate(found.partition_point(|happened| happened.recorded.pos <= upto));
        (!found.is_empty()).then_some(found)
    }

    /// Events after a position, at most `limit`; none at the head.
    fn after(&self, reader: &Reader, after: u64, limit: usize) -> Result<Vec<Arc<Happened>>, Unreadable> {
        {
            let mut kept = self.0.lock();
            kept.catch_up(reader, after)?;
            if let Some(found) = kept.after(after, limit) {
                return Ok(found);
            }
        }
        let stored = reader.read(after, limit)?;
        stored.iter().map(|stored| open(reader, stored).map(Arc::new)).collect()
    }
}

impl Kept {
    /// `None`: not all of them are here.
    fn after(&self, after: u64, limit: usize) -> Option<Vec<Arc<Happened>>> {
        let begin = (after + 1).checked_sub(self.events.front()?.recorded.pos)?;
        let begin = usize::try_from(begin).unwrap_or(usize::MAX).min(self.events.len());
        Some(self.events.range(begin..).take(limit).cloned().collect())
    }

    /// Everything new is read before anything is handed out: an erasure among it takes along what is kept. What is not that
    /// new, but could be kept, is read once for all who come back from there.
    fn catch_up(&mut self, reader: &Reader, after: u64) -> Result<(), Unreadable> {
        loop {
            let head = reader.head();
            let oldest = head.saturating_sub(KEPT_MAX as u64);
            if self.upto < oldest || (oldest..self.from).contains(&after) {
                self.clear();
                (self.from, self.upto) = (oldest, oldest);
            }
            if self.upto >= head {
                return Ok(());
            }
            for stored in reader.read(self.upto, KEPT_MAX)? {
                self.push(Arc::new(open(reader, &stored)?));
            }
        }
    }

    fn push(&mut self, happened: Arc<Happened>) {
        let pos = happened.recorded.pos;
        if pos <= self.upto {
            return;
        }
        if pos > self.upto + 1 {
            // Between them something was not told here.
            self.clear();
            self.from = pos - 1;
        }
        if matches!(happened.recorded.event, Event::ContactErased(_)) {
            self.clear();
        }
        self.upto = pos;
        self.bytes += happened.bytes;
        self.events.push_back(happened);
        while self.events.len() > KEPT_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.bytes;
        }
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }
}

fn open(reader: &Reader, stored: &StoredEvent) -> Result<Happened, Unreadable> {
    let correlation_id = stored.correlation_id.as_deref().map(str::to_owned);
    Ok(Happened { recorded: decode_open(reader, stored)?, correlation_id, bytes: stored.bytes() })
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

#[cfg(test)]
mod tests {
    use domain::event::contact::ContactErased;
    use domain::event::workspace::OutboxReleased;
    use domain::event::{Actor, Recorded, StreamId};
    use domain::ids::ContactId;
    use domain::time::Timestamp;

    use super::*;
    use crate::testing::Bench;

    fn read_back(bench: &Bench, after: u64) -> Vec<String> {
        let (reader, mut after, mut found) = (bench.desk.reader(), after, Vec::new());
        while after < reader.head() {
            let stored = reader.read(after, 1).unwrap().remove(0);
            after = stored.pos;
            found.push(format!("{:?}", open(reader, &stored).unwrap().recorded));
        }
        found
    }

    fn shown(happened: Vec<Arc<Happened>>) -> Vec<String> {
        happened.iter().map(|happened| format!("{:?}", happened.recorded)).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_handed_over_is_what_the_log_says() {
        let bench = Bench::new().await;
        let head = bench.desk.position();
        let conversation = bench.says("34600111222", "Where is my parcel?").await;
        bench.answers(conversation, "On its way").await;
        let opened = &bench.desk.shared.opened;
        let kept = opened.kept(head, u64::MAX, usize::MAX).expect("the desk has handed it over");
        assert_eq!(kept[0].recorded.pos, head + 1);
        assert_eq!(shown(kept), read_back(&bench, head));
        opened.forget();
        assert!(opened.kept(head, u64::MAX, usize::MAX).is_none());
        assert_eq!(shown(opened.after(bench.desk.reader(), head, usize::MAX).unwrap()), read_back(&bench, head));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_comes_back_from_before_what_is_kept_finds_all_that_lies_between() {
        let bench = Bench::new().await;
        bench.says("34600111222", "before the restart").await;
        let bench = bench.restarted();
        bench.says("34600111222", "after it").await;
        let opened = &bench.desk.shared.opened;
        assert!(opened.0.lock().from > 0 && opened.kept(0, u64::MAX, 1).is_none());
        assert_eq!(shown(opened.after(bench.desk.reader(), 0, usize::MAX).unwrap()), read_back(&bench, 0));
        assert_eq!(opened.kept(0, u64::MAX, 1).map(|kept| kept[0].recorded.pos), Some(1), "and so does the next");
    }

    fn happened(pos: u64, event: Event, bytes: usize) -> Arc<Happened> {
        let (stream, actor, at) = (StreamId::Workspace, Actor::System, Timestamp::from_millis(0));
        let recorded = Recorded { pos, stream, version: pos, event, occurred_at: at, recorded_at: at, actor };
        Arc::new(Happened { recorded, correlation_id: None, bytes })
    }

    fn any(pos: u64) -> Arc<Happened> {
        happened(pos, Event::OutboxReleased(OutboxReleased {}), 1)
    }

    fn positions(kept: &Kept) -> Vec<u64> {
        kept.events.iter().map(|happened| happened.recorded.pos).collect()
    }

    #[test]
    fn a_gap_is_never_kept() {
        let opened = Opened::default();
        opened.tell(&[any(5)]);
        opened.tell(&[any(5)]);
        assert_eq!(positions(&opened.0.lock()), [5]);
        opened.tell(&[any(7)]);
        let kept = opened.0.lock();
        assert_eq!((positions(&kept), kept.from), (vec![7], 6));
    }

    #[test]
    fn what_is_kept_is_bounded_and_an_erasure_takes_all_of_it_along() {
        let mut kept = Kept::default();
        (1..=KEPT_MAX as u64 + 10).for_each(|pos| kept.push(any(pos)));
        assert_eq!((kept.events.len(), kept.bytes), (KEPT_MAX, KEPT_MAX));
        kept.push(happened(KEPT_MAX as u64 + 11, Event::OutboxReleased(OutboxReleased {}), BYTES_MAX - 2));
        assert_eq!((kept.events.len(), kept.bytes), (3, BYTES_MAX));
        let erased = Event::ContactErased(ContactErased { contact_id: ContactId::from_u128(1) });
        kept.push(happened(KEPT_MAX as u64 + 12, erased, 1));
        assert_eq!((kept.events.len(), kept.bytes, kept.from), (1, 1, 0), "and nobody reads it back for that");
    }
}
