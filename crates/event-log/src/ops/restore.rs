//! A backup becomes a log: checked file by file and record by record, copied into an empty directory, given a
//! new identity whose parent is the log it was taken of. The outbox of a restored log is frozen (a marker file)
//! until an operator has looked, because what was sent after the backup would be sent again.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::backup::{MANIFEST, Manifest, copy, describe, sound};
use super::{OpsError, empty_dir, io_at};
use crate::disk;
use crate::event::Parent;
use crate::lineage::Lineage;
use crate::seal;

const FROZEN: &str = "outbox-frozen";

/// Where a restore goes. The checkpoint directory is not filled: the new log starts notes of its own.
#[derive(Clone, Debug)]
pub struct RestoreTarget {
    /// Must be empty or not exist.
    pub dir: PathBuf,
    /// For the backup's media; must be empty or not exist. Without it a backup with media is refused.
    pub media_dir: Option<PathBuf>,
    /// Identity of the restored log; `None` draws a random one.
    pub new_log_id: Option<[u8; 16]>,
}

/// What a restore made, and what the marker file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    pub log_id: String,
    pub parent: Parent,
    pub restored_at_ms: i64,
}

/// Restores the backup in `from`.
pub fn restore(from: &Path, target: &RestoreTarget, now_ms: i64) -> Result<Restored, OpsError> {
    let manifest = checked_manifest(from)?;
    empty_dir(&target.dir)?;
    if let Some(media) = &target.media_dir {
        empty_dir(media)?;
    }
    let mut copied = Vec::new();
    for entry in &manifest.files {
        let path = from.join(&entry.path);
        if let Some(inside) = entry.path.strip_prefix("media/") {
            let media = target
                .media_dir
                .as_ref()
                .ok_or_else(|| OpsError::Manifest("it holds media, and no place for media was given".to_owned()))?;
            copy(&path, media, inside, u64::MAX, &mut copied)?;
        } else if entry.path.starts_with("journal/") || entry.path == "keys/slots" {
            copy(&path, &target.dir, &entry.path, u64::MAX, &mut copied)?;
        }
    }
    let parent = Lineage::load(from)?.ok_or_else(|| OpsError::Manifest("no lineage".to_owned()))?;
    let mut id = [0; 16];
    match target.new_log_id {
        Some(given) => id = given,
        None => seal::random(&mut id).map_err(|e| OpsError::Manifest(e.to_string()))?,
    }
    let lineage = parent.child(id, manifest.head, now_ms);
    let restored = Restored {
        log_id: lineage.log_id.clone(),
        parent: Parent { log_id: manifest.log_id, pos: manifest.head },
        restored_at_ms: now_ms,
    };
    let marker = serde_json::to_vec(&restored).map_err(|e| OpsError::Manifest(e.to_string()))?;
    disk::write_atomically(&target.dir.join(FROZEN), &marker).map_err(io_at(&target.dir))?;
    // Last: without it nothing opens what an interrupted restore left.
    lineage.save(&target.dir).map_err(io_at(&target.dir))?;
    Ok(restored)
}

/// Is the outbox of the log in `dir` frozen, and since which restore?
pub fn frozen(dir: &Path) -> Result<Option<Restored>, OpsError> {
    let path = dir.join(FROZEN);
    let Some(bytes) = disk::read_optional(&path).map_err(io_at(&path))? else {
        return Ok(None);
    };
    let what = |e: serde_json::Error| OpsError::Damaged { file: path.clone(), offset: 0, what: e.to_string() };
    serde_json::from_slice(&bytes).map(Some).map_err(what)
}

/// The operator has looked: the outbox may go on.
pub fn confirm_restore(dir: &Path) -> Result<(), OpsError> {
    let path = dir.join(FROZEN);
    match std::fs::remove_file(&path) {
        Ok(()) => disk::sync_dir(dir).map_err(io_at(dir)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(io_at(&path)(e)),
    }
}

/// The manifest, after every file was held against it and the chain was walked.
fn checked_manifest(from: &Path) -> Result<Manifest, OpsError> {
    let path = from.join(MANIFEST);
    let bytes = std::fs::read(&path).map_err(io_at(&path))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| OpsError::Manifest(e.to_string()))?;
    if manifest.frontdesk_backup != 1 {
        return Err(OpsError::Manifest(format!("format {} is not known", manifest.frontdesk_backup)));
    }
    for entry in &manifest.files {
        // The paths come from a file that somebody may have edited: none may lead out of the directory.
        if !Path::new(&entry.path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(OpsError::Manifest(format!("{} leads out of the backup", entry.path)));
        }
        if describe(from, &entry.path)? != *entry {
            return Err(OpsError::Manifest(format!("{} has changed", entry.path)));
        }
    }
    let report = sound(from)?;
    if report.head != manifest.head || hex::encode(report.chain_hash) != manifest.chain_hash {
        return Err(OpsError::Manifest("its log does not end where the manifest says".to_owned()));
    }
    Ok(manifest)
}
