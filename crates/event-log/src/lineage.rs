//! Who this log is: its identity, and after a restore the log it comes from. One small file in the data
//! directory, written when the log is made and never changed; the segments repeat the identity.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::OpenError;
use crate::event::Parent;

const FILE: &str = "lineage";
/// The same again: without it no log opens, and it is small.
const COPY: &str = "lineage.copy";

/// The identity of a log and of those it continues, oldest last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lineage {
    pub(crate) format: u32,
    /// 32 hexadecimal digits.
    pub(crate) log_id: String,
    pub(crate) created_at_ms: i64,
    /// The nearest ancestor first.
    pub(crate) ancestors: Vec<Parent>,
}

impl Lineage {
    pub(crate) fn new(id: [u8; 16], now_ms: i64) -> Lineage {
        Lineage { format: 1, log_id: hex::encode(id), created_at_ms: now_ms, ancestors: Vec::new() }
    }

    /// What a log restored from this one at `pos` is.
    pub(crate) fn child(&self, id: [u8; 16], pos: u64, now_ms: i64) -> Lineage {
        let mut child = Lineage::new(id, now_ms);
        child.ancestors.push(Parent { log_id: self.log_id.clone(), pos });
        child.ancestors.extend(self.ancestors.iter().cloned());
        child
    }

    /// Is `id` this log or one that it continues?
    pub(crate) fn includes(&self, id: &str) -> bool {
        self.log_id == id || self.ancestors.iter().any(|parent| parent.log_id == id)
    }

    /// The identity that was in force when `pos` was written.
    pub(crate) fn id_at(&self, pos: u64) -> &str {
        self.ancestors.iter().rfind(|parent| pos <= parent.pos).map_or(&self.log_id, |parent| &parent.log_id)
    }

    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// `Ok(None)`: there is none. A damaged or missing file is put right from its copy.
    pub(crate) fn load(dir: &Path) -> Result<Option<Lineage>, OpenError> {
        let first = Lineage::load_file(&dir.join(FILE));
        if matches!(first, Ok(Some(_)) | Err(OpenError::NewerFormat { .. } | OpenError::Io { .. })) {
            return first;
        }
        match Lineage::load_file(&dir.join(COPY)) {
            Ok(Some(lineage)) => {
                tracing::warn!(dir = %dir.display(), "the lineage file is damaged or missing; taken from its copy");
                Ok(Some(lineage))
            }
            Ok(None) | Err(_) => first,
        }
    }

    /// The second line is a checksum of the first.
    fn load_file(file: &Path) -> Result<Option<Lineage>, OpenError> {
        let Some(bytes) =
            disk::read_optional(file).map_err(|source| OpenError::Io { path: file.to_owned(), source })?
        else {
            return Ok(None);
        };
        let damaged = |what: &str| OpenError::Damaged { file: file.to_owned(), offset: 0, what: what.to_owned() };
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged("not text"))?;
        let (line, sum) = text.trim_end().split_once('\n').ok_or_else(|| damaged("no checksum"))?;
        if sum != format!("{:08x}", crc32c::crc32c(line.as_bytes())) {
            return Err(damaged("checksum does not match"));
        }
        let lineage: Lineage = serde_json::from_str(line).map_err(|e| damaged(&e.to_string()))?;
        if lineage.format > 1 {
            return Err(OpenError::NewerFormat { file: file.to_owned(), found: lineage.format, supported: 1 });
        }
        Ok(Some(lineage))
    }

    /// Writes both files again if either is not as it should be.
    pub(crate) fn mend(&self, dir: &Path) -> std::io::Result<()> {
        let good = |name: &str| matches!(Lineage::load_file(&dir.join(name)), Ok(Some(found)) if found == *self);
        if good(FILE) && good(COPY) { Ok(()) } else { self.save(dir) }
    }

    /// The copy first: the file itself says that there is a log.
    pub(crate) fn save(&self, dir: &Path) -> std::io::Result<()> {
        let line = serde_json::to_string(self)?;
        let text = format!("{line}\n{:08x}\n", crc32c::crc32c(line.as_bytes()));
        disk::write_atomically(&dir.join(COPY), text.as_bytes())?;
        disk::write_atomically(&Lineage::path(dir), text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_survives_the_loss_of_either_file_and_not_of_both() {
        let dir = tempfile::tempdir().unwrap();
        let lineage = Lineage::new([1; 16], 5).child([2; 16], 7, 9);
        lineage.save(dir.path()).unwrap();
        assert_eq!(Lineage::load(dir.path()).unwrap(), Some(lineage.clone()));
        std::fs::write(Lineage::path(dir.path()), "nonsense").unwrap();
        assert_eq!(Lineage::load(dir.path()).unwrap(), Some(lineage.clone()));
        std::fs::remove_file(Lineage::path(dir.path())).unwrap();
        assert_eq!(Lineage::load(dir.path()).unwrap(), Some(lineage.clone()));
        std::fs::write(dir.path().join(COPY), "nonsense").unwrap();
        assert!(Lineage::load(dir.path()).unwrap().is_none());
        std::fs::write(Lineage::path(dir.path()), "nonsense").unwrap();
        assert!(Lineage::load(dir.path()).is_err());
        assert_eq!((lineage.id_at(7), lineage.id_at(8)), (&*"01".repeat(16), &*"02".repeat(16)));
    }
}
