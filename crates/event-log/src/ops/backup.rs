//! A copy of a log that can be restored: segments up to the last whole record, key file, checkpoint, media, and
//! a manifest with the BLAKE3 hash of each. Reads files only, so the log may be running; the copy is verified
//! before the manifest is written, and a directory without a manifest is no backup.
//!
//! The wrapped keys are in the copy, the master key is not: keep that elsewhere. Keys erased after a backup are
//! still in it, so backups have an end of life.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::verify::{VerifyReport, verify};
use super::{OpsError, empty_dir, io_at};
use crate::disk;
use crate::journal::segment_file;
use crate::keystore::Keystore;
use crate::lineage::Lineage;

pub(super) const MANIFEST: &str = "manifest.json";

/// What is to be copied.
#[derive(Clone, Debug)]
pub struct BackupSource {
    pub dir: PathBuf,
    pub checkpoint_dir: PathBuf,
    /// Sealed media files; copied as they are, with their folders.
    pub media_dir: Option<PathBuf>,
}

/// Lists a backup's files and says where its log ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub frontdesk_backup: u32,
    pub log_id: String,
    pub head: u64,
    /// Hexadecimal; the last record's.
    pub chain_hash: String,
    pub taken_at_ms: i64,
    pub files: Vec<FileEntry>,
}

/// One file, by its path inside the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub bytes: u64,
    pub blake3: String,
}

/// Copies `source` into the empty directory `out`.
pub fn backup(source: &BackupSource, out: &Path, now_ms: i64) -> Result<Manifest, OpsError> {
    empty_dir(out)?;
    let mut files = Vec::new();
    // The note first: the segments copied later hold at least what it saw. The keys last: they hold at least
    // those the segments use.
    for name in ["head.checkpoint", "checkpoint.pub"] {
        copy_optional(&source.checkpoint_dir.join(name), out, &format!("checkpoint/{name}"), &mut files)?;
    }
    copy(&Lineage::path(&source.dir), out, "lineage", u64::MAX, &mut files)?;
    let journal = source.dir.join("journal");
    for (first_pos, path) in segment_file::list(&journal).map_err(io_at(&journal))? {
        let name = segment_file::path(Path::new("journal"), first_pos);
        copy(&path, out, &name.to_string_lossy(), u64::MAX, &mut files)?;
    }
    cut_unfinished(out, &mut files)?;
    copy(&Keystore::path(&source.dir), out, "keys/slots", u64::MAX, &mut files)?;
    if let Some(media) = &source.media_dir {
        copy_tree(media, media, out, &mut files)?;
    }
    let report = sound(out)?;
    let log_id = report.log_id.clone().ok_or_else(|| OpsError::Manifest("no lineage".to_owned()))?;
    let manifest = Manifest {
        frontdesk_backup: 1,
        log_id,
        head: report.head,
        chain_hash: hex::encode(report.chain_hash),
        taken_at_ms: now_ms,
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| OpsError::Manifest(e.to_string()))?;
    disk::write_atomically(&out.join(MANIFEST), &text).map_err(io_at(out))?;
    Ok(manifest)
}

/// The backup's log, verified; damage is an error.
pub(super) fn sound(out: &Path) -> Result<VerifyReport, OpsError> {
    let report = verify(out, Some(&out.join("checkpoint")), 1, u64::MAX)?;
    match report.problems.first() {
        None => Ok(report),
        Some(problem) => {
            Err(OpsError::Damaged { file: problem.file.clone(), offset: problem.offset, what: problem.what.clone() })
        }
    }
}

/// A record that was being written while its segment was copied is cut off the copy.
fn cut_unfinished(out: &Path, files: &mut [FileEntry]) -> Result<(), OpsError> {
    let mut cut = None;
    super::walk::walk(&out.join("journal"), 1, &mut |met| {
        if let super::walk::Met::Unfinished { file, offset, .. } = met {
            cut = Some((file.to_owned(), offset));
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    let Some((path, offset)) = cut else {
        return Ok(());
    };
    let file = File::options().write(true).open(&path).map_err(io_at(&path))?;
    file.set_len(offset).and_then(|()| file.sync_all()).map_err(io_at(&path))?;
    if let Some(entry) = files.iter_mut().find(|entry| out.join(&entry.path) == path) {
        *entry = describe(out, &entry.path)?;
    }
    Ok(())
}

fn copy_optional(from: &Path, out: &Path, name: &str, files: &mut Vec<FileEntry>) -> Result<(), OpsError> {
    if from.exists() { copy(from, out, name, u64::MAX, files) } else { Ok(()) }
}

fn copy_tree(root: &Path, dir: &Path, out: &Path, files: &mut Vec<FileEntry>) -> Result<(), OpsError> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(io_at(dir))?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            copy_tree(root, &path, out, files)?;
        } else if let Ok(inside) = path.strip_prefix(root) {
            copy(&path, out, &format!("media/{}", inside.display()), u64::MAX, files)?;
        }
    }
    Ok(())
}

/// Copies, syncs and hashes one file.
pub(super) fn copy(
    from: &Path,
    out: &Path,
    name: &str,
    bytes_max: u64,
    files: &mut Vec<FileEntry>,
) -> Result<(), OpsError> {
    let to = out.join(name);
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(io_at(parent))?;
    }
    let mut input = File::open(from).map_err(io_at(from))?.take(bytes_max);
    let mut output = File::create(&to).map_err(io_at(&to))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let n = input.read(&mut buffer).map_err(io_at(from))?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        output.write_all(&buffer[..n]).map_err(io_at(&to))?;
        bytes += n as u64;
    }
    output.sync_all().map_err(io_at(&to))?;
    files.push(FileEntry { path: name.to_owned(), bytes, blake3: hasher.finalize().to_hex().to_string() });
    Ok(())
}

pub(super) fn describe(out: &Path, name: &str) -> Result<FileEntry, OpsError> {
    let path = out.join(name);
    let mut hasher = blake3::Hasher::new();
    let file = File::open(&path).map_err(io_at(&path))?;
    let bytes = file.metadata().map_err(io_at(&path))?.len();
    hasher.update_reader(file).map_err(io_at(&path))?;
    Ok(FileEntry { path: name.to_owned(), bytes, blake3: hasher.finalize().to_hex().to_string() })
}
