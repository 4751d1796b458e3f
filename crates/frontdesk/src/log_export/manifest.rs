//! Which positions of which log an export holds, in which files. A file that the manifest does not list was not finished.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use event_log::Parent;
use event_log::ops::scan::Identity;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

const NAME: &str = "manifest.json";

/// What became of what is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Personal {
    Sealed,
    Opened,
}

/// See the module.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Version of this layout.
    frontdesk_events: u32,
    pub(super) log_id: String,
    /// The log that this one was restored from, and up to where they are one.
    parent: Option<Parent>,
    pub(super) personal: Personal,
    /// In all files.
    pub(super) events: u64,
    /// In the order of positions.
    pub(super) files: Vec<Part>,
}

/// One file: every position from the first to the last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    /// Inside the export.
    pub(super) path: String,
    /// The day its events were recorded on, UTC.
    pub(super) date: String,
    pub(super) first_pos: u64,
    pub(super) last_pos: u64,
    pub(super) events: u64,
    /// Of the file.
    pub(super) bytes: u64,
    /// Of the file; `sha256sum` gives the same.
    pub(super) sha256: String,
}

impl Manifest {
    /// The manifest of a folder that holds an export of this log, or nothing yet. Files that are gone, or shorter or longer than
    /// they were, are not counted on: their events are written again.
    pub(super) fn of(out: &Path, identity: Identity, personal: Personal) -> Result<Self, Exit> {
        let bytes = match std::fs::read(out.join(NAME)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let Identity { log_id, parent } = identity;
                return Ok(Self { frontdesk_events: 1, log_id, parent, personal, events: 0, files: Vec::new() });
            }
            Err(error) => return Err(Exit::io(error)),
        };
        let mut known: Self = serde_json::from_slice(&bytes).map_err(|error| {
            Exit::data(format!("{} is no manifest of an export: {error}", out.join(NAME).display()))
        })?;
        if known.frontdesk_events != 1 {
            return Err(Exit::config(format!("{} was written by a newer version", out.display())));
        }
        if known.log_id != identity.log_id {
            let found = format!("{} is an export of another log, {}", out.display(), known.log_id);
            return Err(Exit::config(found));
        }
        if known.personal != personal {
            let (is, wanted) = (known.personal.word(), personal.word());
            return Err(Exit::config(format!(
                "what is personal is {is} in {}; for an export where it is {wanted} take another folder",
                out.display()
            )));
        }
        known.files.retain(|part| out.join(&part.path).metadata().is_ok_and(|file| file.len() == part.bytes));
        known.events = known.files.iter().map(|part| part.events).sum();
        Ok(known)
    }

    /// Whether a file has this position.
    pub(super) fn has(&self, pos: u64) -> bool {
        let next = self.files.partition_point(|part| part.last_pos < pos);
        self.files.get(next).is_some_and(|part| part.first_pos <= pos)
    }

    /// The last position before which none is missing.
    pub(super) fn whole_until(&self) -> u64 {
        let mut until = 0;
        for part in &self.files {
            if part.first_pos > until + 1 {
                break;
            }
            until = part.last_pos;
        }
        until
    }

    /// The newest position of all files.
    pub(super) fn last_pos(&self) -> u64 {
        self.files.last().map_or(0, |part| part.last_pos)
    }

    /// The number of a day's next part.
    pub(super) fn next_part(&self, date: &str) -> usize {
        let number = |part: &Part| part.path.rsplit_once("part-")?.1.split('.').next()?.parse::<usize>().ok();
        self.files.iter().filter(|part| part.date == date).filter_map(number).max().map_or(0, |last| last + 1)
    }

    /// Lists a finished file, for good.
    pub(super) fn add(&mut self, out: &Path, part: Part) -> Result<(), Exit> {
        self.events += part.events;
        let place = self.files.partition_point(|known| known.last_pos < part.first_pos);
        self.files.insert(place, part);
        self.save(out)
    }

    /// Says what the folder is and holds.
    pub(super) fn save(&self, out: &Path) -> Result<(), Exit> {
        let text = serde_json::to_vec_pretty(self).map_err(Exit::software)?;
        write_whole(&out.join(NAME), &text)
    }
}

impl Personal {
    fn word(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Opened => "opened",
        }
    }
}

/// The name a file has until it is whole.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    path.with_file_name(name)
}

/// Gives a whole file its name, so that it and the name survive a power cut.
pub(super) fn finish(file: &File, path: &Path) -> Result<(), Exit> {
    file.sync_all().map_err(Exit::io)?;
    std::fs::rename(unfinished(path), path).map_err(Exit::io)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Exit::io)
}

/// A file that is there whole, or as it was.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    let mut file = File::create(unfinished(path)).map_err(Exit::io)?;
    file.write_all(bytes).map_err(Exit::io)?;
    finish(&file, path)
}
