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

/// Events kept.
const KEPT_MAX: usize = 4_096;
/// How long the desk waits for who is reading them from the log; then they read on there.
const TELL_WITHIN: Duration = Duration::from_millis(1);

/// See the module. Positions are without gaps.
#[derive(Debug, Default)]
pub(crate) struct Opened(Mutex<VecDeque<Arc<Happened>>>);

impl Opened {
    /// What the log has just taken, in order.
    pub(crate) fn tell(&self, decided: &[Arc<Happened>]) {
        let Some(mut kept) = self.0.try_lock_for(TELL_WITHIN) else { return };
        decided.iter().for_each(|happened| keep(&mut kept, happened.clone()));
    }

    /// Keys were destroyed: nothing that they sealed stays open.
    pub(crate) fn forget(&self) {
        self.0.lock().clear();
    }

    /// Events after a position up to another, at most `limit`, if they are kept.
    pub(crate) fn kept(&self, after: u64, upto: u64, limit: usize) -> Option<Vec<Arc<Happened>>> {
        let kept = self.0.lock();
        let begin = usize::try_from((after + 1).checked_sub(kept.front()?.recorded.pos)?).ok()?;
        let known = kept.range(begin.min(kept.len())..).take(limit);
        let found: Vec<_> = known.take_while(|happened| happened.recorded.pos <= upto).cloned().collect();
        (!found.is_empty()).then_some(found)
    }

    /// Events after a position, at most `limit`; none at the head.
    fn after(&self, reader: &Reader, after: u64, limit: usize) -> Result<Vec<Arc<Happened>>, Unreadable> {
        let mut kept = self.0.lock();
        self.catch_up(&mut kept, reader, after)?;
        let Some(first) = kept.front().map(|event| event.recorded.pos).filter(|first| after + 1 >= *first) else {
            drop(kept);
            let stored = reader.read(after, limit)?;
            return stored.iter().map(|stored| open(reader, stored).map(Arc::new)).collect();
        };
        let begin = usize::try_from(after + 1 - first).unwrap_or(usize::MAX).min(kept.len());
        Ok(kept.range(begin..).take(limit).cloned().collect())
    }

    /// Everything new is read before anything is handed out: an erasure among it takes along what is kept. What is not that
    /// new, but could be kept, is read for all who come back from there.
    fn catch_up(&self, kept: &mut VecDeque<Arc<Happened>>, reader: &Reader, after: u64) -> Result<(), Unreadable> {
        loop {
            let head = reader.head();
            let oldest = head.saturating_sub(KEPT_MAX as u64);
            if kept.front().is_some_and(|first| first.recorded.pos > after + 1 && after >= oldest) {
                kept.clear();
            }
            let newest = kept.back().map_or(0, |event| event.recorded.pos);
            if newest >= head {
                return Ok(());
            }
            let from = newest.max(oldest);
            if from > newest {
                kept.clear();
            }
            for stored in reader.read(from, KEPT_MAX)? {
                keep(kept, Arc::new(open(reader, &stored)?));
            }
        }
    }
}

fn keep(kept: &mut VecDeque<Arc<Happened>>, happened: Arc<Happened>) {
    let pos = happened.recorded.pos;
    match kept.back().map(|newest| newest.recorded.pos) {
        Some(newest) if pos <= newest => return,
        // Between them something was not told here.
        Some(newest) if pos > newest + 1 => kept.clear(),
        _ => {}
    }
    if matches!(happened.recorded.event, Event::ContactErased(_)) {
        kept.clear();
    }
    if kept.len() == KEPT_MAX {
        kept.pop_front();
    }
    kept.push_back(happened);
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

#[cfg(test)]
mod tests {
    use domain::event::workspace::OutboxReleased;
    use domain::event::{Actor, Recorded, StreamId};
    use domain::time::Timestamp;

    use super::*;
    use crate::testing::Bench;

    fn read_back(bench: &Bench, after: u64) -> Vec<String> {
        let (reader, mut after, mut found) = (bench.desk.reader(), after, Vec::new());
        while after < reader.head() {
            let stored = reader.read(after, 1).unwrap().remove(0);
            after = stored.pos;
            found.push(format!("{:?}", open(reader, &stored).unwrap()));
        }
        found
    }

    fn shown(happened: Vec<Arc<Happened>>) -> Vec<String> {
        happened.iter().map(|happened| format!("{happened:?}")).collect()
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
        let first = opened.0.lock().front().map(|first| first.recorded.pos).expect("something was handed over");
        assert!(first > 1 && opened.kept(0, u64::MAX, 1).is_none());
        assert_eq!(shown(opened.after(bench.desk.reader(), 0, usize::MAX).unwrap()), read_back(&bench, 0));
        assert_eq!(opened.kept(0, u64::MAX, 1).map(|kept| kept[0].recorded.pos), Some(1), "and so does the next");
    }

    #[test]
    fn a_gap_is_never_kept() {
        let opened = Opened::default();
        let event = |pos| {
            let (event, at) = (Event::OutboxReleased(OutboxReleased {}), Timestamp::from_millis(0));
            let (stream, actor) = (StreamId::Workspace, Actor::System);
            let recorded = Recorded { pos, stream, version: pos, event, occurred_at: at, recorded_at: at, actor };
            Arc::new(Happened { recorded, correlation_id: None })
        };
        let positions = || opened.0.lock().iter().map(|happened| happened.recorded.pos).collect::<Vec<_>>();
        opened.tell(&[event(5)]);
        opened.tell(&[event(5)]);
        assert_eq!(positions(), [5]);
        opened.tell(&[event(7)]);
        assert_eq!(positions(), [7]);
    }
}
