//! May the store be trusted as it lies there? After a clean close a small file beside it says where it was. Without
//! that file (a crash), or when the two differ, every row is checked before the store is used, unless only the process
//! ended: as long as the machine runs and the volume stays mounted, the system has all that was written, on disk or not.

use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, StatxFlags};

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::journal::Head;

/// Written at a clean close, removed at open.
#[derive(Serialize, Deserialize)]
struct CleanMark {
    pos: u64,
    hash: String,
}

fn clean_path(dir: &Path) -> PathBuf {
    dir.join("db-clean")
}

fn suspect_path(dir: &Path) -> PathBuf {
    dir.join("db-suspect")
}

/// Where the store was when it was closed cleanly; the mark is gone after this.
pub(crate) fn take_clean_mark(dir: &Path) -> std::io::Result<Option<Head>> {
    let path = clean_path(dir);
    let Some(bytes) = disk::read_optional(&path)? else {
        return Ok(None);
    };
    std::fs::remove_file(&path)?;
    disk::sync_dir(dir)?;
    let mark: Option<CleanMark> = serde_json::from_slice(&bytes).ok();
    Ok(mark.and_then(|mark| {
        let mut hash = [0; 32];
        hex::decode_to_slice(mark.hash, &mut hash).ok()?;
        Some(Head { pos: mark.pos, hash })
    }))
}

pub(crate) fn leave_clean_mark(dir: &Path, head: Head) -> std::io::Result<()> {
    let mark = CleanMark { pos: head.pos, hash: hex::encode(head.hash) };
    disk::write_atomically(&clean_path(dir), &serde_json::to_vec(&mark)?)
}

/// `STATX_MNT_ID_UNIQUE`, of Linux 6.8 on: ids of mounts that come again after one is gone prove nothing.
const MOUNT: StatxFlags = StatxFlags::from_bits_retain(0x4000);

fn standing_path(dir: &Path) -> PathBuf {
    dir.join("db-standing")
}

/// The run of the machine, the mount and the file that the store is written to. `None`: the system does not say.
fn standing(dir: &Path) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let file = rustix::fs::statx(CWD, dir.join("db/db"), AtFlags::empty(), StatxFlags::INO | MOUNT).ok()?;
    (file.stx_mask & MOUNT.bits() != 0).then(|| {
        let (boot, mount, major, minor) = (boot.trim(), file.stx_mnt_id, file.stx_dev_major, file.stx_dev_minor);
        format!("{boot} {mount} {major}:{minor} {}", file.stx_ino)
    })
}

/// Notes that the store is open, for whoever opens it next.
pub(crate) fn leave_standing(dir: &Path) {
    let noted = standing(dir).map(|standing| disk::write_atomically(&standing_path(dir), standing.as_bytes()));
    if let Some(Err(e)) = noted {
        tracing::warn!(error = %e, "could not note that the store is open; after a crash all of it is checked");
    }
}

/// Whether nothing but a process can have ended since the store was opened last.
pub(crate) fn is_standing(dir: &Path) -> bool {
    let noted = disk::read_optional(&standing_path(dir)).ok().flatten();
    noted.is_some_and(|noted| standing(dir).is_some_and(|standing| standing.as_bytes() == noted))
}

/// The system could not write something down: what it has in memory may be gone without its end.
pub(crate) fn no_longer_standing(dir: &Path) {
    if let Err(e) = std::fs::remove_file(standing_path(dir))
        && e.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(error = %e, "could not take back that the store need not be checked");
    }
}

/// A reader met damage: the next open rebuilds.
pub(crate) fn leave_suspicion(dir: &Path) {
    if let Err(e) = std::fs::write(suspect_path(dir), b"") {
        tracing::warn!(error = %e, "could not leave the mark that the store is to be rebuilt");
    }
}

pub(crate) fn is_suspect(dir: &Path) -> bool {
    suspect_path(dir).exists()
}

/// Moves a bad store away (one is kept for whoever wants to look) so that a new one can be built.
pub(crate) fn move_aside(dir: &Path) -> std::io::Result<()> {
    let (db, aside) = (dir.join("db"), dir.join("db.damaged"));
    if aside.exists() {
        std::fs::remove_dir_all(&aside)?;
    }
    if db.exists() {
        std::fs::rename(&db, &aside)?;
    }
    match std::fs::remove_file(suspect_path(dir)) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    disk::sync_dir(dir)
}
