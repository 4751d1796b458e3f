//! Views of long ago, in files: whoever asks for a past that no copy in memory is near to begins there, and not at the log's
//! beginning. The twin leaves them on the way that it goes anyhow ([`super::twin`]), at even distances; as the log grows every second one
//! goes and the distance doubles, so that there are eight to sixteen of them, and the way from the nearest is an eighth of the log at most.
//!
//! They are halves of snapshots and fit, or do not, by the same rules. One that is missing is missed by nobody but who waits longer.

use std::fs;

use event_log::Reader;
use projections::Views;

use super::twin::Unmade;
use super::{Half, Shelf};

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
            let size = fs::metadata(self.files.path(Half::Views, at)).map_or(0, |file| file.len());
            if size / BYTES_PER_EVENT >= at - than {
                return None;
            }
            match self.files.read(Half::Views, at, reader) {
                Ok(views) => return Some(views),
                Err(why) => {
                    tracing::warn!(pos = at, %why, "an earlier state is not used");
                    self.files.remove(at);
                }
            }
        }
        None
    }

    /// What to do on a way from one position to another.
    pub(super) fn on_the_way<'w>(
        &'w self,
        (from, to): (u64, u64),
        reader: &'w Reader,
        stop: &'w dyn Fn() -> bool,
    ) -> Leaving<'w> {
        if from == 0 {
            // No snapshot fitted, so neither do these, or they come anew.
            self.files.keep_only(std::iter::empty());
        }
        let mut stride = self.stride_min;
        while to / stride >= FILES_MAX {
            stride *= 2;
        }
        Leaving { past: self, reader, stop, stride, due: (from / stride + 1) * stride }
    }

    /// One for each stride stays, the first in it.
    fn thin(&self, stride: u64) {
        let mut last = 0;
        let first_in_stride = |at: &u64| std::mem::replace(&mut last, at / stride) < at / stride;
        self.files.keep_only(self.positions().into_iter().rev().filter(first_in_stride));
    }

    fn write(&self, views: &Views, reader: &Reader, stop: &dyn Fn() -> bool) -> Result<bool, Unmade> {
        let pos = views.position();
        let Some(origin) = self.files.origin(Half::Views, pos, reader)? else { return Ok(false) };
        self.files.check_room()?;
        self.files.write(views, &origin, stop)?;
        self.files.finish(Half::Views, pos)?;
        Ok(true)
    }
}

/// Leaves some behind.
pub(super) struct Leaving<'w> {
    past: &'w Past,
    reader: &'w Reader,
    stop: &'w dyn Fn() -> bool,
    stride: u64,
    /// Where the next one is to be left, or as soon after it as a group of events ends.
    due: u64,
}

impl Leaving<'_> {
    /// After each event.
    pub(super) fn pass(&mut self, views: &Views) {
        if views.position() < self.due {
            return;
        }
        match self.past.write(views, self.reader, self.stop) {
            Ok(false) => return,
            Ok(true) => {}
            Err(why) if !(self.stop)() => tracing::warn!(pos = views.position(), %why, "no earlier state is left here"),
            Err(_) => {}
        }
        self.due = (views.position() / self.stride + 1) * self.stride;
    }

    /// At the end of the way.
    pub(super) fn end(self) {
        self.past.thin(self.stride);
    }
}
