//! The next snapshot, made beside the running desk: what the newest one holds, and what the log says came after. The halves
//! one after the other, so that no more than one is held twice.

use std::ops::ControlFlow;

use borsh::{BorshDeserialize, BorshSerialize};
use domain::event::Recorded;
use domain::world::World;
use event_log::Reader;
use projections::Views;

use super::past::Past;
use super::{Half, Shelf, Unusable};
use crate::codec::{Unreadable, decode};

/// What is left to everybody else on the disk.
const FREE_MIN: u64 = 256 << 20;

/// Why there is no new one.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// What the newest one says of itself cannot be held against the log.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The log needs what is left of the disk more.
    #[error("there are {free} bytes left on the disk, and {needed} should be")]
    NoRoom { free: u64, needed: u64 },
    /// Nobody waits for it any more.
    #[error("it was given up")]
    Stopped,
}

/// Half of the state, as it is folded.
trait Twin: BorshSerialize + BorshDeserialize {
    const HALF: Half;
    fn begin() -> Self;
    fn position(&self) -> u64;
    fn fold(&mut self, recorded: &Recorded);
}

impl Twin for World {
    const HALF: Half = Half::World;
    fn begin() -> Self {
        Self::new()
    }
    fn position(&self) -> u64 {
        self.head
    }
    fn fold(&mut self, recorded: &Recorded) {
        self.evolve(recorded, false);
    }
}

impl Twin for Views {
    const HALF: Half = Half::Views;
    fn begin() -> Self {
        Self::default()
    }
    fn position(&self) -> u64 {
        Self::position(self)
    }
    fn fold(&mut self, recorded: &Recorded) {
        self.apply(recorded);
    }
}

impl Shelf {
    /// Writes a snapshot of the log's head, and leaves views for the past on the way there; returns its position. `stop` is
    /// asked now and then.
    pub(crate) fn make(&self, past: &Past, reader: &Reader, stop: &dyn Fn() -> bool) -> Result<u64, Unmade> {
        self.check_room()?;
        let pos = reader.head();
        let made = self.make_world(reader, pos, stop).and_then(|()| self.make_views(past, reader, pos, stop));
        match made.and_then(|()| Ok(self.publish(pos)?)) {
            Ok(()) => Ok(pos),
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

    fn make_world(&self, reader: &Reader, pos: u64, stop: &dyn Fn() -> bool) -> Result<(), Unmade> {
        let mut world = self.begin::<World>(reader);
        fold(&mut world, reader, pos, stop, |_| {})?;
        self.write_half(&world, reader, pos, stop)
    }

    fn make_views(&self, past: &Past, reader: &Reader, pos: u64, stop: &dyn Fn() -> bool) -> Result<(), Unmade> {
        let mut views = self.begin::<Views>(reader);
        let mut leaving = past.on_the_way((views.position(), pos), reader, stop);
        fold(&mut views, reader, pos, stop, |views| leaving.pass(views))?;
        leaving.end();
        self.write_half(&views, reader, pos, stop)
    }

    /// From where the fold goes on.
    fn begin<T: Twin>(&self, reader: &Reader) -> T {
        self.newest(|pos| self.read::<T>(T::HALF, pos, reader)).unwrap_or_else(T::begin)
    }

    fn write_half<T: Twin>(&self, twin: &T, reader: &Reader, pos: u64, stop: &dyn Fn() -> bool) -> Result<(), Unmade> {
        let origin = self.origin(T::HALF, pos, reader)?.ok_or(Unusable::Foreign)?;
        self.write(twin, &origin, stop).map_err(|error| if stop() { Unmade::Stopped } else { error.into() })
    }
}

/// `passed` sees it after each event.
fn fold<T: Twin>(
    twin: &mut T,
    reader: &Reader,
    pos: u64,
    stop: &dyn Fn() -> bool,
    mut passed: impl FnMut(&T),
) -> Result<(), Unmade> {
    let mut failed = None;
    if twin.position() < pos {
        reader
            .replay(twin.position(), &mut |stored| {
                match decode(&stored) {
                    Ok(recorded) => {
                        twin.fold(&recorded);
                        passed(twin);
                    }
                    Err(error) => failed = Some(Unmade::from(error)),
                }
                if stored.pos % 1_024 == 0 && stop() {
                    failed = Some(Unmade::Stopped);
                }
                if failed.is_some() || stored.pos >= pos { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .map_err(|error| Unmade::Unreadable(error.into()))?;
    }
    match failed {
        Some(why) => Err(why),
        None if stop() => Err(Unmade::Stopped),
        None => Ok(()),
    }
}
