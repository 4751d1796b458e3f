//! The files of an export: one open at a time, closed at the end of a day, before positions that another file has, and when it
//! is large.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use api::cloud_event::CloudEvent;
use domain::calendar::Date;
use event_log::StoredEvent;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::manifest::{Manifest, Part, finish, unfinished};
use crate::exit::Exit;

/// Bytes of one file at most, give or take an event: before they are compressed.
const PART_BYTES_MAX: u64 = 512 << 20;

/// Writes what no file has yet.
pub(super) struct Parts<'a> {
    out: &'a Path,
    manifest: &'a mut Manifest,
    open: Option<Open>,
    added: u64,
}

struct Open {
    day: Date,
    path: String,
    file: GzEncoder<Hashed>,
    first_pos: u64,
    last_pos: u64,
    events: u64,
    bytes: u64,
}

/// A file whose hash is made while it is written.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl<'a> Parts<'a> {
    pub(super) fn new(out: &'a Path, manifest: &'a mut Manifest) -> Self {
        Self { out, manifest, open: None, added: 0 }
    }

    /// The position after which something may be missing.
    pub(super) fn begin(&self) -> u64 {
        self.manifest.whole_until()
    }

    /// An event that is wanted.
    pub(super) fn take(&mut self, day: Date, event: &StoredEvent, private: Option<&[u8]>) -> Result<(), Exit> {
        if self.manifest.has(event.pos) {
            return self.close();
        }
        if self.open.as_ref().is_some_and(|open| open.day != day || open.bytes >= PART_BYTES_MAX) {
            self.close()?;
        }
        let line = CloudEvent::of(&self.manifest.log_id, event, private).map_err(Exit::data)?;
        let mut line = serde_json::to_vec(&line).map_err(Exit::software)?;
        line.push(b'\n');
        if self.open.is_none() {
            self.open = Some(self.part(day, event.pos)?);
        }
        if let Some(open) = &mut self.open {
            open.file.write_all(&line).map_err(Exit::io)?;
            open.last_pos = event.pos;
            open.events += 1;
            open.bytes += line.len() as u64;
        }
        Ok(())
    }

    /// An event that is not wanted lies between those before and those after it.
    pub(super) fn pass(&mut self) -> Result<(), Exit> {
        self.close()
    }

    /// Closes the last file. Gives how many events were written.
    pub(super) fn finish(mut self) -> Result<u64, Exit> {
        self.close()?;
        Ok(self.added)
    }

    fn part(&self, day: Date, first_pos: u64) -> Result<Open, Exit> {
        let date = day.to_string();
        let path = format!("events/date={date}/part-{:04}.ndjson.gz", self.manifest.next_part(&date));
        let place = self.out.join(&path);
        std::fs::create_dir_all(place.parent().unwrap_or(self.out)).map_err(Exit::io)?;
        let file = BufWriter::new(File::create(unfinished(&place)).map_err(Exit::io)?);
        let hashed = Hashed { file, hash: Sha256::new(), bytes: 0 };
        let file = GzEncoder::new(hashed, Compression::default());
        Ok(Open { day, path, file, first_pos, last_pos: first_pos, events: 0, bytes: 0 })
    }

    fn close(&mut self) -> Result<(), Exit> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let hashed = open.file.finish().map_err(Exit::io)?;
        let file = hashed.file.into_inner().map_err(|error| Exit::io(error.error()))?;
        let place: PathBuf = self.out.join(&open.path);
        finish(&file, &place)?;
        self.added += open.events;
        let part = Part {
            path: open.path,
            date: open.day.to_string(),
            first_pos: open.first_pos,
            last_pos: open.last_pos,
            events: open.events,
            bytes: hashed.bytes,
            sha256: hex::encode(hashed.hash.finalize()),
        };
        self.manifest.add(self.out, part)
    }
}
