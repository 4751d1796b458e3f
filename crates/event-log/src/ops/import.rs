//! An export becomes a log again: same positions and versions, a new chain, a new identity whose parent is the
//! exported log. With the exported log's key file (and master key) sealed parts open as before; without it
//! their keys count as erased.

use std::io::BufRead;
use std::path::Path;

use super::export::{EventLine, ExportHeader};
use super::{OpsError, empty_dir, io_at};
use crate::config::LogConfig;
use crate::event::{KeyId, Parent, StoredEvent};
use crate::keystore::Keystore;
use crate::lineage::Lineage;
use crate::open::open;
use crate::seal;
use crate::upcast::Upcasts;
use crate::writer::Writer;

/// Events written with one sync.
const BATCH_EVENTS: usize = 512;
/// Or so many bytes of text, whichever comes first.
const BATCH_BYTES: usize = 8 << 20;
/// Longest line read: an event of the largest size in base64 and its envelope.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// A number out of a text must not make the key file grow without end: 16 million contacts.
const KEY_MAX: u64 = 1 << 24;

/// What an import made.
#[derive(Clone, Debug)]
pub struct ImportReport {
    pub log_id: String,
    pub parent: Parent,
    pub events: u64,
    pub keys: u64,
}

/// Reads an export that starts with position 1 into the empty directory `config.dir`. `key_file` is the exported
/// log's `keys/slots`; `config.master` must be its master key then.
pub fn import(
    config: LogConfig,
    key_file: Option<&Path>,
    input: &mut dyn BufRead,
    now_ms: i64,
) -> Result<ImportReport, OpsError> {
    empty_dir(&config.dir)?;
    let mut lines = Lines { input, line: 0, text: Vec::new() };
    let header: ExportHeader = lines.parse_next()?.ok_or_else(|| lines.bad("the input is empty".to_owned()))?;
    if header.frontdesk_export != 1 {
        return Err(lines.bad(format!("export format {} is not known", header.frontdesk_export)));
    }
    if header.oldest != 1 {
        return Err(lines.bad(format!("the export starts at {}, not at 1", header.oldest)));
    }
    let parent = Parent { log_id: header.log_id.clone(), pos: header.head };
    let log_id = new_identity(&config, key_file, &parent, now_ms)?;
    let (mut writer, reader, _) = open(config, Upcasts::none(), now_ms)?;
    let mut report = ImportReport { log_id, parent, events: 0, keys: 0 };
    let mut batch = Batch::default();
    while let Some(line) = lines.parse_next::<EventLine<'_>>()? {
        let mut line = line;
        let keys = std::mem::take(&mut line.keys);
        let event = line.into_event().map_err(|what| lines.bad(what))?;
        let expected = report.events + 1;
        if event.pos != expected {
            return Err(lines.bad(format!("position {} where {expected} should come", event.pos)));
        }
        for key in &keys {
            let (key, value) = key.parse().map_err(|what| lines.bad(what))?;
            batch.keys.push((key, batch.events.len() as u64, value));
            report.keys += 1;
        }
        report.events += 1;
        batch.bytes += lines.text.len();
        batch.events.push(event);
        if batch.events.len() >= BATCH_EVENTS || batch.bytes >= BATCH_BYTES {
            batch.write(&mut writer, key_file.is_some()).map_err(|what| lines.or_append(what))?;
        }
    }
    batch.write(&mut writer, key_file.is_some()).map_err(|what| lines.or_append(what))?;
    if header.head != 0 && header.head != report.events {
        return Err(lines.bad(format!("ends at {}, the header promises {}", report.events, header.head)));
    }
    writer.close(now_ms).map_err(|e| lines.bad(e.to_string()))?;
    drop(reader);
    Ok(report)
}

/// Keys first, then the file that says that there is a log.
fn new_identity(config: &LogConfig, key_file: Option<&Path>, parent: &Parent, now_ms: i64) -> Result<String, OpsError> {
    if let Some(from) = key_file {
        let to = Keystore::path(&config.dir);
        let keys = config.dir.join("keys");
        std::fs::create_dir_all(&keys).map_err(io_at(&keys))?;
        std::fs::copy(from, &to).map_err(io_at(from))?;
    }
    drop(Keystore::open(&config.dir, &config.master, key_file.is_none())?);
    let mut id = [0; 16];
    match config.new_log_id {
        Some(given) => id = given,
        None => seal::random(&mut id).map_err(|e| OpsError::Manifest(e.to_string()))?,
    }
    let mut lineage = Lineage::new(id, now_ms);
    lineage.ancestors.push(parent.clone());
    lineage.save(&config.dir).map_err(io_at(&config.dir))?;
    Ok(lineage.log_id)
}

#[derive(Default)]
struct Batch {
    events: Vec<StoredEvent>,
    keys: Vec<([u8; 16], u64, Vec<u8>)>,
    bytes: usize,
}

enum WriteFault {
    Content(String),
    Append(crate::error::AppendError),
}

impl Batch {
    fn write(&mut self, writer: &mut Writer, with_keys: bool) -> Result<(), WriteFault> {
        let Batch { events, keys, .. } = std::mem::take(self);
        let last_key = events.iter().filter_map(|event| event.sealed.as_ref()).map(|sealed| sealed.key).max();
        if let Some(last) = last_key {
            if last.0 > KEY_MAX {
                return Err(WriteFault::Content(format!("key {} is out of range", last.0)));
            }
            let marked = if with_keys { writer.mark_keys_used(last) } else { writer.mark_keys_lost(last) };
            marked.map_err(|e| WriteFault::Content(e.to_string()))?;
        }
        debug_assert!(last_key.is_none_or(|key| key >= KeyId::WORKSPACE));
        match writer.append_stored(events, keys) {
            Ok(None) => Ok(()),
            Ok(Some(what)) => Err(WriteFault::Content(what)),
            Err(e) => Err(WriteFault::Append(e)),
        }
    }
}

struct Lines<'a> {
    input: &'a mut dyn BufRead,
    line: usize,
    text: Vec<u8>,
}

impl Lines<'_> {
    fn parse_next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, OpsError> {
        use std::io::Read;
        self.text.clear();
        self.line += 1;
        let read = (&mut *self.input).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.text);
        match read {
            Ok(0) => Ok(None),
            Ok(n) if n as u64 == LINE_BYTES_MAX => Err(self.bad("the line is too long".to_owned())),
            Ok(_) => serde_json::from_slice(&self.text).map(Some).map_err(|e| self.bad(e.to_string())),
            Err(e) => Err(self.bad(e.to_string())),
        }
    }

    fn bad(&self, what: String) -> OpsError {
        OpsError::Input { line: self.line, what }
    }

    fn or_append(&self, fault: WriteFault) -> OpsError {
        match fault {
            WriteFault::Content(what) => self.bad(what),
            WriteFault::Append(e) => OpsError::Append(e),
        }
    }
}
