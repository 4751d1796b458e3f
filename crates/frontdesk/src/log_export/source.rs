//! Where an export reads: the files of a log, which may be running, or a stopped desk that can open what is sealed.

use std::ops::ControlFlow;
use std::path::PathBuf;

use app::Desk;
use domain::disclosure::note_exported;
use domain::event::disclosure::{DataExported, ExportReason};
use event_log::StoredEvent;
use event_log::ops::scan::{Identity, identity, scan, segments};

use super::BY;
use crate::config::Config;
use crate::exit::Exit;

/// See the module.
pub(super) enum Source {
    Files(PathBuf),
    Desk(Box<Desk>),
}

/// Given each event with its opened personal part.
type EachEvent<'a> = &'a mut dyn FnMut(&StoredEvent, Option<&[u8]>) -> ControlFlow<()>;

impl Source {
    pub(super) fn sealed(config: &Config) -> Self {
        Self::Files(config.data_dir.join("log"))
    }

    pub(super) fn opened(config: &Config) -> Result<Self, Exit> {
        Ok(Self::Desk(Box::new(crate::open::desk(config, false)?)))
    }

    pub(super) fn close(&self) {
        match self {
            Self::Files(_) => {}
            Self::Desk(desk) => desk.close(),
        }
    }

    pub(super) fn identity(&self) -> Result<Identity, Exit> {
        match self {
            Self::Files(dir) => Ok(identity(dir)?),
            Self::Desk(desk) => {
                let reader = desk.reader();
                Ok(Identity { log_id: reader.log_id().to_owned(), parent: reader.parent().cloned() })
            }
        }
    }

    /// The last position there is at this moment.
    pub(super) fn head(&self) -> Result<u64, Exit> {
        match self {
            Self::Files(dir) => {
                // From the newest segment alone; the rest is behind it. The next one may have been begun and be empty.
                let before = segments(dir)?.map_or(0, |(_, newest)| newest - 1);
                Ok(scan(dir, before, &app::log::upcasts(), &mut |_| ControlFlow::Continue(()))?)
            }
            Self::Desk(desk) => Ok(desk.reader().head()),
        }
    }

    /// The events after `after` and not after `until`.
    pub(super) fn events(&self, after: u64, until: u64, f: EachEvent<'_>) -> Result<(), Exit> {
        let within = |event: &StoredEvent| event.pos <= until;
        match self {
            Self::Files(dir) => {
                scan(dir, after, &app::log::upcasts(), &mut |event| {
                    if within(&event) { f(&event, None) } else { ControlFlow::Break(()) }
                })?;
            }
            Self::Desk(desk) => {
                let mut fault = None;
                let read = desk.reader().replay(after, &mut |event| {
                    if !within(&event) {
                        return ControlFlow::Break(());
                    }
                    match desk.private_of(&event) {
                        Ok(private) => f(&event, private.as_deref()),
                        Err(failure) => {
                            fault = Some(Exit::data(format!("event {}: {failure}", event.pos)));
                            ControlFlow::Break(())
                        }
                    }
                });
                fault.map_or(Ok(()), Err)?;
                read.map_err(Exit::data)?;
            }
        }
        Ok(())
    }

    /// The same without their content: position, and when it was recorded.
    pub(super) fn positions(
        &self,
        after: u64,
        until: u64,
        f: &mut dyn FnMut(u64, i64) -> ControlFlow<()>,
    ) -> Result<(), Exit> {
        let mut each = |event: &StoredEvent| {
            if event.pos <= until { f(event.pos, event.recorded_at_ms) } else { ControlFlow::Break(()) }
        };
        match self {
            Self::Files(dir) => scan(dir, after, &app::log::upcasts(), &mut |event| each(&event)).map(drop)?,
            Self::Desk(desk) => {
                desk.reader().replay(after, &mut |event| each(&event)).map(drop).map_err(Exit::data)?;
            }
        }
        Ok(())
    }

    /// Makes an event of it that these positions are about to leave with what is personal in them.
    pub(super) fn write_down(&self, reason: &str, positions: Option<(u64, u64)>, count: u64) -> Result<(), Exit> {
        let Self::Desk(desk) = self else { return Ok(()) };
        let exported = DataExported {
            user_id: None,
            operation: "log_export".to_owned(),
            from_pos: positions.map(|(first, _)| first),
            to_pos: positions.map(|(_, last)| last),
            count,
            private: Some(ExportReason { reason: reason.to_owned() }),
        };
        let written = desk.run(BY, move |step| {
            note_exported(step, exported);
            Ok(())
        });
        crate::serve::runtime()?.block_on(written).map(drop).map_err(Exit::io)
    }
}
