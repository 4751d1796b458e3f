//! May the store be trusted as it lies there? After a clean close a small file beside it says where it was;
//! without that file (a crash), or when the two differ, every row is checked before the store is used.

use std::path::{Path, PathBuf};

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
