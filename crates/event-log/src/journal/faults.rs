//! A disk that fails on command: the journal's promises when the hardware breaks its own.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::ThreadId;

use parking_lot::Mutex;

use crate::config::{LogConfig, MasterKey};
use crate::disk::{Disk, DiskFile, OsDisk};
use crate::error::AppendError;
use crate::event::{Group, NewEvent};
use crate::open::open_on;
use crate::reader::Reader;
use crate::upcast::Upcasts;
use crate::writer::Writer;

/// What goes wrong with the next call it fits.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fault {
    /// Nothing is written: no space.
    Full,
    /// This many bytes are written, then there is no space.
    ShortWrite(usize),
    WriteError,
    SyncError,
}

struct Switch {
    next: Mutex<Option<Fault>>,
    free: AtomicU64,
    /// Syncs of the test's own thread, which is the one that appends.
    syncs: AtomicU64,
    own: ThreadId,
    /// Whether a fault may also meet the thread that prepares segments. Else it waits for an append: whichever of the two came
    /// first would decide what a test tests.
    anywhere: AtomicBool,
}

impl Switch {
    fn is_own(&self) -> bool {
        std::thread::current().id() == self.own
    }

    fn meets(&self) -> bool {
        self.is_own() || self.anywhere.load(Ordering::SeqCst)
    }
}

struct FaultyDisk(Arc<Switch>);

struct FaultyFile(Box<dyn DiskFile>, Arc<Switch>);

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, create: bool) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile(OsDisk.open(path, create)?, Arc::clone(&self.0))))
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.0.free.load(Ordering::SeqCst))
    }
}

impl DiskFile for FaultyFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if !self.1.meets() {
            return self.0.write_at(bytes, offset);
        }
        let mut next = self.1.next.lock();
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        match *next {
            Some(Fault::Full) => {
                *next = None;
                Err(full())
            }
            Some(Fault::ShortWrite(written)) => {
                *next = None;
                self.0.write_at(&bytes[..written.min(bytes.len())], offset)?;
                Err(full())
            }
            Some(Fault::WriteError) => {
                *next = None;
                Err(io::Error::other("input/output error"))
            }
            Some(Fault::SyncError) | None => self.0.write_at(bytes, offset),
        }
    }

    fn sync(&self) -> io::Result<()> {
        self.1.syncs.fetch_add(u64::from(self.1.is_own()), Ordering::SeqCst);
        let mut next = self.1.next.lock();
        if *next == Some(Fault::SyncError) && self.1.meets() {
            *next = None;
            return Err(io::Error::other("input/output error"));
        }
        self.0.sync()
    }

    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
}

struct Rig {
    dir: tempfile::TempDir,
    switch: Arc<Switch>,
}

impl Rig {
    fn new() -> Rig {
        let switch = Switch {
            next: Mutex::new(None),
            free: AtomicU64::new(u64::MAX),
            syncs: AtomicU64::new(0),
            own: std::thread::current().id(),
            anywhere: AtomicBool::new(false),
        };
        Rig { dir: tempfile::tempdir().unwrap(), switch: Arc::new(switch) }
    }

    fn open(&self) -> (Writer, Reader) {
        let mut config = LogConfig::small(
            self.dir.path().join("data"),
            self.dir.path().join("checkpoint"),
            MasterKey::from_bytes([1; 32]),
        );
        config.segment_bytes = 16 << 10;
        config.min_free_bytes = 1 << 20;
        let disk = Arc::new(FaultyDisk(Arc::clone(&self.switch)));
        let (writer, reader, _) = open_on(disk, config, Upcasts::none(), 0).unwrap();
        (writer, reader)
    }

    fn break_next(&self, fault: Fault) {
        *self.switch.next.lock() = Some(fault);
    }
}

fn append(writer: &mut Writer, text: &str) -> Result<u64, AppendError> {
    let event = NewEvent {
        stream: "a".into(),
        kind: "test.happened".into(),
        schema: 1,
        occurred_at_ms: 0,
        recorded_at_ms: 0,
        actor: "system".to_owned(),
        correlation_id: None,
        causation_pos: None,
        facts: format!("\"{text}\"").into_bytes(),
        private: None,
    };
    let groups = vec![Group { events: vec![event], ..Group::default() }];
    Ok(writer.append(groups)?.remove(0).unwrap().events[0].pos)
}

fn texts(reader: &Reader) -> Vec<String> {
    reader.read(0, 1000).unwrap().iter().map(|event| String::from_utf8_lossy(&event.facts).into_owned()).collect()
}

#[test]
fn a_full_disk_refuses_leaves_nothing_and_recovers() {
    for fault in [Fault::Full, Fault::ShortWrite(1), Fault::ShortWrite(60), Fault::ShortWrite(150)] {
        let rig = Rig::new();
        let (mut writer, reader) = rig.open();
        append(&mut writer, "one").unwrap();
        rig.break_next(fault);
        let longer = "a longer text, so that what is left of it would show behind a shorter one".repeat(3);
        assert!(matches!(append(&mut writer, &longer), Err(AppendError::DiskFull)), "{fault:?}");
        assert_eq!((writer.head(), reader.head()), (1, 1));
        assert_eq!(append(&mut writer, "two").unwrap(), 2);
        drop((writer, reader));
        let (_writer, reader) = rig.open();
        assert_eq!(texts(&reader), ["\"one\"", "\"two\""]);
    }
}

#[test]
fn too_little_free_space_refuses_before_anything_is_written() {
    let rig = Rig::new();
    let (mut writer, reader) = rig.open();
    rig.switch.free.store(1000, Ordering::SeqCst);
    assert!(matches!(append(&mut writer, "one"), Err(AppendError::DiskFull)));
    rig.switch.free.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(append(&mut writer, "one").unwrap(), 1);
    assert_eq!(texts(&reader), ["\"one\""]);
}

#[test]
fn a_failed_sync_or_write_is_never_tried_again() {
    for fault in [Fault::SyncError, Fault::WriteError] {
        let rig = Rig::new();
        let (mut writer, reader) = rig.open();
        append(&mut writer, "one").unwrap();
        rig.break_next(fault);
        assert!(matches!(append(&mut writer, "two"), Err(AppendError::Poisoned(_))), "{fault:?}");
        let syncs = rig.switch.syncs.load(Ordering::SeqCst);
        for _ in 0..3 {
            assert!(matches!(append(&mut writer, "three"), Err(AppendError::Poisoned(_))));
        }
        assert_eq!(rig.switch.syncs.load(Ordering::SeqCst), syncs);
        assert_eq!(texts(&reader), ["\"one\""], "reading goes on");
        drop((writer, reader));
        let (mut writer, reader) = rig.open();
        let found = texts(&reader);
        assert!(found == ["\"one\""] || found == ["\"one\"", "\"two\""], "{found:?}");
        append(&mut writer, "after").unwrap();
    }
}

#[test]
fn faults_at_every_call_over_many_segments_lose_nothing_acknowledged() {
    for fault in [Fault::Full, Fault::ShortWrite(100), Fault::SyncError, Fault::WriteError] {
        let rig = Rig::new();
        rig.switch.anywhere.store(true, Ordering::SeqCst);
        let mut acknowledged = Vec::new();
        let mut doubtful = Vec::new();
        for round in 0..25 {
            let (mut writer, reader) = rig.open();
            for n in 0..round {
                if n == round / 2 {
                    rig.break_next(fault);
                }
                let text = format!("{round} {n} {}", "x".repeat(800));
                match append(&mut writer, &text) {
                    Ok(_) => acknowledged.push(format!("\"{text}\"")),
                    Err(AppendError::Poisoned(_)) => {
                        doubtful.push(format!("\"{text}\""));
                        break;
                    }
                    Err(AppendError::DiskFull) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            // The fault may have met the thread that prepares segments, or nobody.
            *rig.switch.next.lock() = None;
            drop((writer, reader));
            let (_writer, reader) = rig.open();
            let found = texts(&reader);
            let certain: Vec<&String> = found.iter().filter(|text| !doubtful.contains(text)).collect();
            assert_eq!(certain, acknowledged.iter().collect::<Vec<_>>(), "{fault:?}");
        }
    }
}
