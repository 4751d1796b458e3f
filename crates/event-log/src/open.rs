//! Opening a log: takes the lock, proves the keys, finds the end of the journal, brings the store up to it,
//! and holds the result against the signed checkpoint. Everything that can be put right without losing a fact
//! is put right here and reported; the rest refuses.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;
use tokio::sync::watch;

use crate::applier::{Applier, Room};
use crate::checkpoint::{self, Checkpoint, Notary};
use crate::config::{LogConfig, VerifyOnOpen};
use crate::disk::{Disk, OsDisk};
use crate::error::OpenError;
use crate::journal::prepare::NEXT;
use crate::journal::recover::{Context, Recovered, recover};
use crate::journal::scan::SegmentSet;
use crate::journal::segments::{Layout, LocalJournal};
use crate::journal::{Head, Journal, JournalScan, segment_file};
use crate::keystore::Keystore;
use crate::lineage::Lineage;
use crate::reader::{Reader, Shared, blind_key};
use crate::recent::Recent;
use crate::record::{self, GENESIS};
use crate::seal;
use crate::store::state;
use crate::upcast::Upcasts;
use crate::writer::Writer;

use store::{Landmarks, catch_up, open_store, proven_record, rebuilt};

mod store;

/// What an open found and did; for the start-up log line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// The log was made by this open.
    pub created: bool,
    pub head: u64,
    /// The log had been closed cleanly.
    pub clean: bool,
    /// Length of a record that a crash left unfinished, and that was never acknowledged.
    pub torn_tail_bytes: u64,
    /// Places in the journal that were damaged and put together again from the store.
    pub healed: Vec<String>,
    /// Every row of the store was checked: more than a process may have ended since it was opened last.
    pub store_checked: bool,
    /// Why the store was built anew, if it was.
    pub store_rebuilt: Option<String>,
    /// Events that the store lacked and got from the journal.
    pub store_caught_up: u64,
    /// The disk is so full that the ballast was given up; nothing is accepted until there is room.
    pub ballast_released: bool,
}

/// Opens the log in `config.dir`, or makes one. `now_ms` dates a new log and the first checkpoint.
pub fn open(config: LogConfig, upcasts: Upcasts, now_ms: i64) -> Result<(Writer, Reader, OpenReport), OpenError> {
    open_on(Arc::new(OsDisk), config, upcasts, now_ms)
}

pub(crate) fn open_on(
    disk: Arc<dyn Disk>,
    config: LogConfig,
    upcasts: Upcasts,
    now_ms: i64,
) -> Result<(Writer, Reader, OpenReport), OpenError> {
    let mut report = OpenReport::default();
    let journal_dir = config.dir.join("journal");
    std::fs::create_dir_all(&journal_dir).map_err(io(&journal_dir))?;
    let lock = lock(&config.dir)?;
    report.ballast_released = ballast(&*disk, &config)?;

    let (lineage, keys) = identity(&config, &journal_dir, now_ms, &mut report)?;
    let signing = Notary::key(&config.master);
    let note = known_checkpoint(&config, &lineage, &signing.verifying_key())?;

    let clean = state::take_clean_mark(&config.dir).map_err(io(&config.dir))?;
    let mut opened = open_store(&config, clean, &mut report)?;
    let applied = opened.applied.map_or(Head { pos: 0, hash: GENESIS }, |(head, _)| head);
    let from_pos = match config.verify_on_open {
        VerifyOnOpen::Everything => 0,
        VerifyOnOpen::SinceCheckpoint => applied.pos.min(note.as_ref().map_or(0, |note| note.pos)),
    };

    let heal_from = opened.store.clone();
    let read_from = |from_pos: u64| {
        let mut landmarks = Landmarks::default();
        let recovered = recover(&mut Context {
            journal: &journal_dir,
            lineage: &lineage,
            from_pos,
            heal: &|first_pos, prev| proven_record(&heal_from, first_pos, prev),
            seen: &mut |record| landmarks.pass(record.last_pos(), &record.hash, applied.pos, note.as_ref()),
        });
        recovered.map(|recovered| (recovered, landmarks))
    };
    let (recovered, mut landmarks) = match read_from(from_pos) {
        // Without the chain from the beginning less can be proven, and so less can be healed.
        Err(OpenError::Damaged { .. }) if from_pos > 0 => read_from(0)?,
        other => other?,
    };
    drop(heal_from);
    report.torn_tail_bytes = recovered.torn_tail_bytes;
    report.healed.clone_from(&recovered.healed);

    let (mut journal, set) = local_journal(Arc::clone(&disk), &config, &lineage, &journal_dir, &recovered)?;
    let mut next_key = recovered.next_key;
    // Records that the journal lost from its end (a cut file) and the store still has.
    while let Some(bytes) = proven_record(&opened.store, journal.head().pos + 1, &journal.head().hash) {
        let record::Parsed::Whole(found) = record::parse(&bytes) else {
            break;
        };
        let (first_pos, next) = (found.first_pos, Head { pos: found.last_pos(), hash: found.hash });
        next_key = next_key.max(crate::encoding::next_key(found.payload).unwrap_or(0));
        landmarks.pass(next.pos, &next.hash, applied.pos, note.as_ref());
        journal.append(&bytes, first_pos, next).map_err(|e| OpenError::Store(e.to_string()))?;
        report.healed.push(format!("end of the journal: positions {first_pos} to {}", next.pos));
    }
    let head = journal.head();
    report.head = head.pos;
    if let Some(note) = &note {
        against_checkpoint(&config, note, head, &landmarks)?;
    }
    keys.used_below(next_key)?;

    let distrust = opened.distrust(applied, head, &landmarks, set.oldest(), config.verify_on_open, &mut report);
    if let Some(why) = distrust {
        tracing::warn!(why, "building the store anew from the journal");
        opened = rebuilt(&config, opened)?;
        report.store_rebuilt = Some(why);
    }
    state::leave_standing(&config.dir);
    let keys_total = catch_up(&opened, &*set, head, &mut report)?;
    for healed in &report.healed {
        tracing::warn!(healed, "healed a damaged place of the journal from the store");
    }

    let notary = Notary::start(&config.checkpoint_dir, signing).map_err(io(&config.checkpoint_dir))?;
    let recent = Arc::new(RwLock::new(Recent::starting_at(head.pos)));
    // The journal stops first, so that the store never meets the end of the disk.
    let room = Room { disk: Arc::clone(&disk), dir: config.dir.clone(), bytes: config.min_free_bytes / 4 };
    let applier =
        Applier::start(opened.store.clone(), Arc::clone(&recent), keys_total, room).map_err(io(&config.dir))?;
    let shared = Arc::new(Shared {
        dir: config.dir.clone(),
        lineage,
        journal: set,
        store: opened.store,
        keys,
        head: RwLock::new(head),
        watch: watch::Sender::new(head.pos),
        recent,
        upcasts,
        blind_key: blind_key(&config.master),
        suspected: AtomicBool::new(false),
        _lock: lock,
    });
    let writer = Writer::new(Arc::clone(&shared), Box::new(journal), notary, applier, now_ms);
    Ok((writer, Reader { shared }, report))
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> OpenError + use<> {
    let path = path.to_owned();
    move |source| OpenError::Io { path: path.clone(), source }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(path)),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

/// Keeps some room in reserve; gives it up when there is no other (sled does not open on a full disk).
fn ballast(disk: &dyn Disk, config: &LogConfig) -> Result<bool, OpenError> {
    let path = config.dir.join("ballast");
    let free = disk.free_bytes(&config.dir).map_err(io(&config.dir))?;
    if free < config.min_free_bytes.max(config.ballast_bytes) {
        return match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(io(&path)(e)),
        };
    }
    if config.ballast_bytes > 0 && !path.exists() {
        let file = File::create(&path).map_err(io(&path))?;
        let reserved = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, config.ballast_bytes);
        if let Err(e) = reserved {
            // A reserve is a convenience; a file system that cannot reserve must not keep the desk closed.
            tracing::warn!(error = %e, "no ballast: the file system does not reserve space");
        }
    }
    Ok(false)
}

/// Who the log is, and its keys. A new log gets its keys first: the lineage says that it exists.
fn identity(
    config: &LogConfig,
    journal: &Path,
    now_ms: i64,
    report: &mut OpenReport,
) -> Result<(Lineage, Keystore), OpenError> {
    let has_segments = !segment_file::list(journal).map_err(io(journal))?.is_empty();
    match Lineage::load(&config.dir)? {
        Some(lineage) => {
            let keys = Keystore::open(&config.dir, &config.master, false)?;
            lineage.mend(&config.dir).map_err(io(&config.dir))?;
            Ok((lineage, keys))
        }
        None if has_segments => Err(OpenError::Damaged {
            file: Lineage::path(&config.dir),
            offset: 0,
            what: "the file that says which log this is is missing; restore it from a backup".to_owned(),
        }),
        None => {
            let keys = Keystore::open(&config.dir, &config.master, true)?;
            let mut id = [0; 16];
            match config.new_log_id {
                Some(given) => id = given,
                None => seal::random(&mut id).map_err(|e| OpenError::Store(e.to_string()))?,
            }
            let lineage = Lineage::new(id, now_ms);
            lineage.save(&config.dir).map_err(io(&config.dir))?;
            report.created = true;
            Ok((lineage, keys))
        }
    }
}

/// The checkpoint that this log must live up to. One of an ancestor says nothing about what came after the
/// restore; one of a stranger means that a directory was mixed up.
fn known_checkpoint(
    config: &LogConfig,
    lineage: &Lineage,
    key: &ed25519_dalek::VerifyingKey,
) -> Result<Option<Checkpoint>, OpenError> {
    if config.accept_rollback {
        return Ok(None);
    }
    let Some(note) = checkpoint::load(&config.checkpoint_dir, key)? else {
        return Ok(None);
    };
    if note.log_id == lineage.log_id {
        return Ok(Some(note));
    }
    if lineage.includes(&note.log_id) {
        return Ok(None);
    }
    let file = checkpoint::note_path(&config.checkpoint_dir);
    Err(OpenError::BadCheckpoint { file, what: format!("it belongs to another log, {}", note.log_id) })
}

fn against_checkpoint(
    config: &LogConfig,
    note: &Checkpoint,
    head: Head,
    landmarks: &Landmarks,
) -> Result<(), OpenError> {
    debug_assert!(!config.accept_rollback, "then there is no note to hold the log against");
    let rolled_back =
        |what: &str| OpenError::RolledBack { head: head.pos, checkpoint: note.pos, what: what.to_owned() };
    if head.pos < note.pos {
        return Err(rolled_back("events are missing at the end"));
    }
    if landmarks.note_hash != Some(note.chain_hash) {
        return Err(rolled_back("the history before the checkpoint is another one"));
    }
    Ok(())
}

fn local_journal(
    disk: Arc<dyn Disk>,
    config: &LogConfig,
    lineage: &Lineage,
    journal: &Path,
    recovered: &Recovered,
) -> Result<(LocalJournal, Arc<SegmentSet>), OpenError> {
    match std::fs::remove_file(journal.join(NEXT)) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(io(journal)(e)),
    }
    let mut log_id = [0; 16];
    hex::decode_to_slice(&lineage.log_id, &mut log_id).map_err(|_| OpenError::Damaged {
        file: Lineage::path(&config.dir),
        offset: 0,
        what: "the log id is not 32 hexadecimal digits".to_owned(),
    })?;
    let set = Arc::new(SegmentSet::new(recovered.segments.clone()));
    let layout = Layout {
        journal: journal.to_owned(),
        segment_bytes: config.segment_bytes,
        min_free_bytes: config.min_free_bytes,
        log_id,
    };
    // After a restore the last segment is the parent's; what is new starts a segment of its own.
    let resume = recovered.last_log_id.as_deref() == Some(lineage.log_id.as_str());
    let local = LocalJournal::resume(disk, layout, Arc::clone(&set), recovered.head, resume).map_err(io(journal))?;
    Ok((local, set))
}
