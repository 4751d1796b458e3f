//! The next snapshot: a copy of the running state, taken by the loop between two commits and written beside it. A copy shares with the
//! running state whatever does not change meanwhile, so it costs some milliseconds and little memory.

use std::time::Instant;

use borsh::BorshSerialize;
use domain::shared::written_together;
use domain::world::World;
use event_log::Reader;
use projections::Views;

use super::past::Past;
use super::{Part, Shelf, Unusable};
use crate::history::anchors::Written;
use crate::{Desk, Failure};

/// What is left to everybody else on the disk.
const FREE_MIN: u64 = 256 << 20;

/// Why there is no new one.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// The log does not say that a group of events ends where it was to be made.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The desk gives no copy of its state.
    #[error("there is no state to write: {0}")]
    NoCopy(Failure),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The log needs what is left of the disk more.
    #[error("there are {free} bytes left on the disk, and {needed} should be")]
    NoRoom { free: u64, needed: u64 },
    /// Nobody waits for it any more.
    #[error("it was given up")]
    Stopped,
}

/// The state at one position, where a group of events ends.
pub(crate) struct StateCopy {
    pub(crate) world: World,
    pub(crate) views: Views,
}

impl Desk {
    /// Writes a snapshot beside the log, of its head or nearly; returns its position. `stop` is asked now and then.
    pub fn write_snapshot(&self, stop: &dyn Fn() -> bool) -> Result<u64, Unmade> {
        let (shelf, past) = (&self.shared.snapshots, &self.shared.past);
        shelf.check_room()?;
        let begun = Instant::now();
        let copy = self.copy_state().map_err(Unmade::NoCopy)?;
        let copied = begun.elapsed();
        let pos = shelf.make(copy, &self.shared.history.written(), past, self.reader(), stop)?;
        tracing::debug!(pos, ?copied, took = ?begun.elapsed(), "a snapshot was made");
        Ok(pos)
    }
}

impl Shelf {
    /// Writes a copy of the state and those for the past as a snapshot, and keeps it for the past where none was kept for long; returns
    /// its position.
    pub(super) fn make(
        &self,
        copy: StateCopy,
        earlier: &Written,
        past: &Past,
        reader: &Reader,
        stop: &dyn Fn() -> bool,
    ) -> Result<u64, Unmade> {
        let StateCopy { world, views } = copy;
        let pos = views.position();
        let written = self.write_part(Part::World, &world, pos, reader, stop).and_then(|()| {
            drop(world);
            written_together(|| {
                self.write_part(Part::Views, &views, pos, reader, stop)?;
                self.write_part(Part::Copies, earlier, pos, reader, stop)
            })
        });
        match written.and_then(|()| Ok(self.publish(pos)?)) {
            Ok(()) => {
                if let Err(why) = past.keep(self, pos) {
                    tracing::warn!(pos, %why, "it is not kept for the past");
                }
                Ok(pos)
            }
            Err(why) => {
                self.tidy();
                Err(why)
            }
        }
    }

    /// The next one may be somewhat larger than the newest, and lies beside it for a moment.
    pub(super) fn check_room(&self) -> Result<(), Unmade> {
        std::fs::create_dir_all(&self.dir)?;
        let disk = rustix::fs::statvfs(&self.dir).map_err(std::io::Error::from)?;
        let (free, needed) = (disk.f_bavail * disk.f_frsize, 2 * self.size() + FREE_MIN);
        if free < needed { Err(Unmade::NoRoom { free, needed }) } else { Ok(()) }
    }

    /// Writes one part of a position at which a group of events ends.
    pub(super) fn write_part(
        &self,
        part: Part,
        state: &impl BorshSerialize,
        pos: u64,
        reader: &Reader,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Unmade> {
        let origin = self.origin(part, pos, reader)?.ok_or(Unusable::Foreign)?;
        self.write(state, &origin, stop).map_err(|error| if stop() { Unmade::Stopped } else { error.into() })
    }
}
