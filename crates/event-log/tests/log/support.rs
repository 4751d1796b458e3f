//! A log in a temporary directory, and short ways to say what goes in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use event_log::{
    Group, KeyId, LogConfig, MasterKey, NewEvent, NewKey, OpenError, OpenReport, Private, Reader, StoredEvent, Upcasts,
    VerifyOnOpen, Writer, open,
};

/// The directories of one log; gone when dropped.
pub(crate) struct Place {
    root: tempfile::TempDir,
    pub(crate) segment_bytes: u64,
    pub(crate) verify: VerifyOnOpen,
}

/// An open log.
pub(crate) struct Log {
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    pub(crate) report: OpenReport,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { root: tempfile::tempdir().unwrap(), segment_bytes: 64 << 10, verify: VerifyOnOpen::Everything }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn checkpoint_dir(&self) -> PathBuf {
        self.root.path().join("checkpoint")
    }

    pub(crate) fn config(&self) -> LogConfig {
        let mut config = LogConfig::small(self.dir(), self.checkpoint_dir(), MasterKey::from_bytes([7; 32]));
        config.segment_bytes = self.segment_bytes;
        config.verify_on_open = self.verify;
        config
    }

    pub(crate) fn try_open(&self) -> Result<Log, OpenError> {
        open(self.config(), Upcasts::none(), 0).map(|(writer, reader, report)| Log { writer, reader, report })
    }

    pub(crate) fn open(&self) -> Log {
        self.try_open().unwrap()
    }

    /// The journal's segments, oldest first.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.dir().join("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ext| ext == "seg"))
            .collect();
        found.sort();
        found
    }

    /// A copy of the whole place as it lies on disk.
    pub(crate) fn copy(&self) -> Place {
        let copy = Place { root: tempfile::tempdir().unwrap(), segment_bytes: self.segment_bytes, verify: self.verify };
        copy_dir(self.root.path(), copy.root.path());
        copy
    }
}

pub(crate) fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Log {
    /// One group with these events.
    pub(crate) fn append(&mut self, events: Vec<NewEvent>) -> Vec<Arc<StoredEvent>> {
        let group = Group { events, ..Group::default() };
        self.writer.append(vec![group]).unwrap().remove(0).unwrap().events
    }

    /// All events, read by position.
    pub(crate) fn all(&self) -> Vec<StoredEvent> {
        let mut found: Vec<StoredEvent> = Vec::new();
        loop {
            let page = self.reader.read(found.len() as u64, 100).unwrap();
            if page.is_empty() {
                return found;
            }
            found.extend(page.iter().map(|event| StoredEvent::clone(event)));
        }
    }

    /// All events, from the journal.
    pub(crate) fn replayed(&self) -> Vec<StoredEvent> {
        let mut found = Vec::new();
        self.reader
            .replay(0, &mut |event| {
                found.push(event);
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        found
    }
}

pub(crate) fn event(stream: &str, text: &str) -> NewEvent {
    NewEvent {
        stream: stream.into(),
        kind: "test.happened".into(),
        schema: 1,
        occurred_at_ms: 1,
        recorded_at_ms: 2,
        actor: "system".to_owned(),
        correlation_id: None,
        causation_pos: None,
        facts: format!("{{\"text\":\"{text}\"}}").into_bytes(),
        private: None,
    }
}

pub(crate) fn sealed(stream: &str, key: KeyId, plaintext: &str) -> NewEvent {
    NewEvent { private: Some(Private { key, plaintext: plaintext.as_bytes().to_vec() }), ..event(stream, "sealed") }
}

pub(crate) fn key(byte: u8, event: usize, value: &str) -> NewKey {
    NewKey { key: [byte; 16], event, value: value.as_bytes().to_vec() }
}

/// A history with several streams, keys, sealed parts and events of many sizes over several segments.
pub(crate) fn write_history(log: &mut Log, batches: usize) {
    for n in 0..batches {
        let contact = log.writer.assign_key().unwrap();
        let mut events = vec![event("a", &n.to_string()), sealed(&format!("c{n}"), contact, "personal")];
        if n % 7 == 3 {
            events.push(event("big", &noise(20_000, n as u64)));
        }
        let group = Group { events, expected: vec![], keys: vec![key(n as u8, 1, "kept")] };
        log.writer.append(vec![group]).unwrap().remove(0).unwrap();
    }
}

/// Text that does not compress, the same for the same seed.
pub(crate) fn noise(len: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + (state % 26) as u8)
        })
        .collect()
}
