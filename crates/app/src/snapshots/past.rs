//! Views of long ago, in files: whoever asks for a past that no copy in memory is near to begins there, and not at the log's
//! beginning. Whoever goes through the log from there anyhow leaves them on the way, and of snapshots one is kept now and then, at nearly
//! even distances; as the log grows every second one goes and the distance doubles, so that there are eight to sixteen of them, and the
//! way from the nearest is an eighth of the log or little more. Facts, which keep what stood at any position, are none of what is left
//! on the way, and are not used where a snapshot that was kept has them.
//!
//! They are parts of snapshots and fit, or do not, by the same rules. One that is missing is missed by nobody but who waits longer.

use std::fs;

use domain::shared::written_together;
use event_log::Reader;
use projections::Views;

use super::make::Unmade;
use super::{Part, Shelf, UNFINISHED};

/// Events from one to the next at least: two seconds of reading back.
const STRIDE_MIN: u64 = 500_000;
/// Of more, every second one goes.
const FILES_MAX: u64 = 16;
/// Bytes of a file that are read in the time in which an event is read back.
const BYTES_PER_EVENT: u64 = 900;
const FOLDER: &str = "past";

/// Where they lie.
#[derive(Clone)]
pub(crate) struct Past {
    files: Shelf,
    stride_min: u64,
}

impl Past {
    /// Beside the snapshots.
    pub(crate) fn beside(snapshots: &Shelf) -> Self {
        let files = Shelf { dir: snapshots.dir.join(FOLDER), ..snapshots.clone() };
        Self { files, stride_min: STRIDE_MIN }
    }

    #[cfg(test)]
    pub(super) fn every(self, stride_min: u64) -> Self {
        Self { stride_min, ..self }
    }

    /// Positions of those that lie here, newest first.
    pub(crate) fn positions(&self) -> Vec<u64> {
        self.files.positions()
    }

    /// The nearest one at a position or before it, where that is quicker than reading back from the position `than`.
    pub(crate) fn nearer(&self, than: u64, pos: u64, reader: &Reader) -> Option<Views> {
        let between = self.positions().into_iter().filter(|at| (than + 1..=pos).contains(at));
        for at in between.collect::<Vec<_>>() {
            let size = fs::metadata(self.files.path(Part::Views, at)).map_or(0, |file| file.len());
            if size / BYTES_PER_EVENT >= at - than {
                return None;
            }
            match self.files.load_views(at, reader) {
                Ok(views) => return Some(views),
                Err(why) => {
                    tracing::warn!(pos = at, %why, "an earlier state is not used");
                    self.files.remove(at);
                }
            }
        }
        None
    }

    /// What to leave on a way from the log's beginning to its end. What lies here goes: it fits no more, or comes anew.
    pub(crate) fn on_the_way<'w>(&'w self, reader: &'w Reader, stop: &'w dyn Fn() -> bool) -> Leaving<'w> {
        self.files.keep_only(std::iter::empty());
        let stride = self.stride(reader.head());
        Leaving { past: self, reader, stop, stride, due: stride }
    }

    /// A snapshot was made: where it is the first of a stride, its views stay when it goes.
    pub(super) fn keep(&self, snapshots: &Shelf, pos: u64) -> Result<(), Unmade> {
        let stride = self.stride(pos);
        let newest = self.positions().first().copied().unwrap_or(0);
        if pos / stride > newest / stride {
            fs::create_dir_all(&self.files.dir)?;
            let [from, to] = [snapshots, &self.files].map(|shelf| shelf.path(Part::Views, pos));
            // Not every file system has links.
            if fs::hard_link(&from, &to).is_err() {
                self.files.check_room()?;
                let unfinished = to.with_added_extension(UNFINISHED);
                fs::copy(&from, &unfinished)?;
                self.files.finish(Part::Views, pos)?;
            }
        }
        self.thin(stride);
        Ok(())
    }

    /// The events from one to the next in a log so long.
    fn stride(&self, head: u64) -> u64 {
        let mut stride = self.stride_min;
        while head / stride >= FILES_MAX {
            stride *= 2;
        }
        stride
    }

    /// One for each stride stays, the first in it.
    fn thin(&self, stride: u64) {
        let mut last = 0;
        let first_in_stride = |at: &u64| std::mem::replace(&mut last, at / stride) < at / stride;
        self.files.keep_only(self.positions().into_iter().rev().filter(first_in_stride));
    }

    fn write(&self, views: &mut Views, reader: &Reader, stop: &dyn Fn() -> bool) -> Result<(), Unmade> {
        self.files.check_room()?;
        let pos = views.position();
        views
            .beside_facts(|views| written_together(|| self.files.write_part(Part::Views, views, pos, reader, stop)))?;
        Ok(self.files.finish(Part::Views, pos)?)
    }
}

/// Leaves some behind.
pub(crate) struct Leaving<'w> {
    past: &'w Past,
    reader: &'w Reader,
    stop: &'w dyn Fn() -> bool,
    stride: u64,
    /// Where the next one is to be left, or as soon after it as a group of events ends.
    due: u64,
}

impl Leaving<'_> {
    /// After each event.
    pub(crate) fn pass(&mut self, views: &mut Views) {
        let pos = views.position();
        if pos < self.due {
            return;
        }
        // Looked up once for what was appended together, which may be thousands of events.
        if let Ok(Some(end)) = self.reader.record_end(pos)
            && end > pos
        {
            self.due = end;
            return;
        }
        match self.past.write(views, self.reader, self.stop) {
            Ok(()) => {}
            Err(why) if !(self.stop)() => tracing::warn!(pos, %why, "no earlier state is left here"),
            Err(_) => {}
        }
        self.due = (pos / self.stride + 1) * self.stride;
    }
}
