//! Who this log is: its identity, and after a restore the log it comes from. One small file in the data
//! directory, written when the log is made and never changed; the segments repeat the identity.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::OpenError;
use crate::event::Parent;

const FILE: &str = "lineage";

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
        Lineage {
            format: 1,
            log_id: hex::encode(id),
            created_at_ms: now_ms,
            ancestors: Vec::new(),
        }
    }

    /// What a log restored from this one at `pos` is.
    pub(crate) fn child(&self, id: [u8; 16], pos: u64, now_ms: i64) -> Lineage {
        let mut child = Lineage::new(id, now_ms);
        child.ancestors.push(Parent {
            log_id: self.log_id.clone(),
            pos,
        });
        child.ancestors.extend(self.ancestors.iter().cloned());
        child
    }

    /// Is `id` this log or one that it continues?
    pub(crate) fn includes(&self, id: &str) -> bool {
        self.log_id == id || self.ancestors.iter().any(|parent| parent.log_id == id)
    }

    /// The identity that was in force when `pos` was written.
    pub(crate) fn id_at(&self, pos: u64) -> &str {
        self.ancestors
            .iter()
            .rfind(|parent| pos <= parent.pos)
            .map_or(&self.log_id, |parent| &parent.log_id)
    }

    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// `Ok(None)`: there is none. The second line is a checksum of the first.
    pub(crate) fn load(dir: &Path) -> Result<Option<Lineage>, OpenError> {
        let file = Lineage::path(dir);
        let Some(bytes) = disk::read_optional(&file).map_err(|source| OpenError::Io {
            path: file.clone(),
            source,
        })?
        else {
            return Ok(None);
        };
        let damaged = |what: &str| OpenError::Damaged {
            file: file.clone(),
            offset: 0,
            what: what.to_owned(),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged("not text"))?;
        let (line, sum) = text
            .trim_end()
            .split_once('\n')
            .ok_or_else(|| damaged("no checksum"))?;
        if sum != format!("{:08x}", crc32c::crc32c(line.as_bytes())) {
            return Err(damaged("checksum does not match"));
        }
        let lineage: Lineage = serde_json::from_str(line).map_err(|e| damaged(&e.to_string()))?;
        if lineage.format > 1 {
            return Err(OpenError::NewerFormat {
                file,
                found: lineage.format,
                supported: 1,
            });
        }
        Ok(Some(lineage))
    }

    pub(crate) fn save(&self, dir: &Path) -> std::io::Result<()> {
        let line = serde_json::to_string(self)?;
        let sum = crc32c::crc32c(line.as_bytes());
        disk::write_atomically(
            &Lineage::path(dir),
            format!("{line}\n{sum:08x}\n").as_bytes(),
        )
    }
}
