//! After a start from a snapshot: the way through the log from its beginning, gone beside the running desk, so that what a
//! full start leaves on it for the past ([`super::anchors`]) is there again. Where views of some months ago lie in a file
//! ([`Past`](crate::snapshots::past::Past)), the way begins with these, and what is before them is looked through only; who asks for a
//! past before them is served from a file as well. At its end the views that came this way take the
//! place of those that came from the snapshot, since they share with what was left; so the second copy that it takes is gone with
//! it, and every record of the log has been checked, as at any other start. Until then a past is read back from
//! the nearest place that this has come to.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::time::Millis;
use projections::Views;

use super::anchors::Anchors;
use super::fold;
use crate::Desk;
use crate::codec::{Unreadable, decode};
use crate::workers::{Next, Worker};

/// Events applied while everybody who reads or decides waits, at most.
const AT_ONCE: u64 = 256;
/// Copies in memory are left of so long ago; what is before lies in files, where there are some.
const REACH: Millis = Millis::days(62);
/// When what failed is tried again.
const AGAIN_AFTER: Millis = Millis::minutes(10);

impl Desk {
    /// See the module. `stop` is asked now and then; what was left until then stays.
    pub(crate) fn read_back(&self, stop: &dyn Fn() -> bool) -> Result<(), Unreadable> {
        let history = &self.shared.history;
        if !history.is_shortened() {
            return Ok(());
        }
        let (mut anchors, mut views) = (Anchors::until(self.now()), self.long_ago());
        if views.position() > 0 && !self.reader().look_through(stop)? {
            return Ok(());
        }
        let past = &self.shared.past;
        let mut leaving = past.positions().is_empty().then(|| past.on_the_way(self.reader(), stop));
        let mut failed = None;
        self.reader().replay(views.position(), &mut |stored| {
            match decode(&stored) {
                Ok(recorded) => {
                    if anchors.pass(recorded.recorded_at, &mut views) {
                        history.leave(anchors.left());
                    }
                    if let Some(leaving) = &mut leaving {
                        leaving.pass(&views);
                    }
                    views.apply(&recorded);
                }
                Err(error) => failed = Some(error),
            }
            let stops = failed.is_some() || stored.pos.is_multiple_of(1_024) && stop();
            if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        while !stop() {
            let head = self.shared.views.read().position();
            views = fold::advance(self.reader(), views, head)?;
            let mut live = self.shared.views.write();
            if live.position() - views.position() <= AT_ONCE {
                views = fold::advance(self.reader(), views, live.position())?;
                std::mem::swap(&mut *live, &mut views);
                drop(live);
                history.complete();
                tracing::info!(pos = head, "the log was read back from its beginning");
                break;
            }
        }
        Ok(())
    }

    /// The nearest views to [`REACH`] ago that lie in a file; none: those of the log's beginning.
    pub(crate) fn long_ago(&self) -> Views {
        let reached = self.last_by(self.now() - REACH, self.reader().oldest()).ok().flatten();
        reached.and_then(|pos| self.shared.past.nearer(0, pos, self.reader())).unwrap_or_default()
    }
}

/// Reads back once.
pub(crate) struct ReadBackWorker {
    desk: Desk,
    /// Ends the work of a step that nobody waits for any more.
    gone: Arc<AtomicBool>,
}

impl ReadBackWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk, gone: Arc::default() }
    }
}

impl Drop for ReadBackWorker {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

impl Worker for ReadBackWorker {
    const NAME: &'static str = "reading back";

    async fn step(&mut self) -> Next {
        if !self.desk.shared.history.is_shortened() {
            return Next::default();
        }
        let (desk, gone) = (self.desk.clone(), self.gone.clone());
        let work = move || desk.read_back(&|| gone.load(Ordering::Relaxed) || desk.is_draining());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
            tracing::error!(%error, "the log could not be read back");
        }
        Next::at(self.desk.now() + AGAIN_AFTER)
    }
}
