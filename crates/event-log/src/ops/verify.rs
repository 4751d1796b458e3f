//! Is this log what it was? Checks every checksum, the chain from record to record and from segment to segment,
//! and the signed checkpoint with the public key beside it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::OpsError;
use super::walk::{Met, walk};
use crate::checkpoint::{self, Checkpoint};
use crate::encoding;
use crate::lineage::Lineage;
use crate::record::Hash;

/// What a verification found. It is [`sound`](VerifyReport::is_sound) when there is no problem.
#[derive(Clone, Debug, Default)]
pub struct VerifyReport {
    pub log_id: Option<String>,
    pub segments: usize,
    pub records: u64,
    pub events: u64,
    /// First and last position read.
    pub first: u64,
    pub head: u64,
    /// Chain hash at `head`.
    pub chain_hash: [u8; 32],
    /// A record at the very end that is not whole: being written, or left so by a crash. Not damage.
    pub unfinished_bytes: u64,
    pub checkpoint: Option<Checkpoint>,
    /// In the order met; the first names the first bad offset.
    pub problems: Vec<Problem>,
}

/// One bad place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    pub offset: u64,
    pub what: String,
}

impl VerifyReport {
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Most problems reported; a log this bad needs no longer list.
const PROBLEMS_MAX: usize = 100;

/// Verifies the log in `dir` from position `from` to `to` (`1..=u64::MAX` for all of it) against the checkpoint
/// in `checkpoint_dir`, if one is given. Takes no lock and no key.
pub fn verify(dir: &Path, checkpoint_dir: Option<&Path>, from: u64, to: u64) -> Result<VerifyReport, OpsError> {
    let mut report = VerifyReport::default();
    let lineage = match Lineage::load(dir) {
        Ok(lineage) => lineage,
        Err(e @ crate::OpenError::NewerFormat { .. }) => return Err(e.into()),
        Err(e) => {
            report.problems.push(Problem { file: Lineage::path(dir), offset: 0, what: e.to_string() });
            None
        }
    };
    report.log_id = lineage.as_ref().map(|lineage| lineage.log_id.clone());
    let note = match checkpoint_dir {
        None => None,
        Some(dir) => note(dir, &mut report)?,
    };
    let mut hash_at_note: Option<Hash> = None;
    let walked = walk(&dir.join("journal"), from, &mut |met| {
        match met {
            Met::Record { file, offset, record } => {
                if record.first_pos > to {
                    return Ok(ControlFlow::Break(()));
                }
                if let Err(bad) = encoding::view(record.payload, record.count) {
                    let what = format!("a right checksum over wrong content: {}", bad.0);
                    report.problems.push(Problem { file: file.to_owned(), offset, what });
                }
                if report.records == 0 {
                    report.first = record.first_pos;
                }
                report.records += 1;
                report.events += u64::from(record.count);
                report.head = record.last_pos();
                report.chain_hash = record.hash;
                if note.as_ref().is_some_and(|note| note.pos == record.last_pos()) {
                    hash_at_note = Some(record.hash);
                }
            }
            Met::Damage { file, offset, what } => {
                report.problems.push(Problem { file: file.to_owned(), offset, what });
            }
            Met::Unfinished { bytes, .. } => report.unfinished_bytes = bytes,
        }
        let enough = report.problems.len() >= PROBLEMS_MAX;
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    report.segments = walked.segments.len();
    if let Some(lineage) = &lineage
        && let Some(stranger) = walked.log_ids.iter().find(|id| !lineage.includes(id))
    {
        let what = format!("a segment belongs to another log, {stranger}");
        report.problems.push(Problem { file: dir.join("journal"), offset: 0, what });
    }
    if let (Some(note), Some(checkpoint_dir)) = (&note, checkpoint_dir) {
        against_note(note, checkpoint_dir, lineage.as_ref(), hash_at_note, from, to, &mut report);
    }
    report.checkpoint = note;
    Ok(report)
}

fn note(dir: &Path, report: &mut VerifyReport) -> Result<Option<Checkpoint>, OpsError> {
    let loaded = checkpoint::public_key(dir).and_then(|key| match key {
        Some(key) => checkpoint::load(dir, &key),
        None => Ok(None),
    });
    match loaded {
        Ok(note) => Ok(note),
        Err(crate::OpenError::BadCheckpoint { file, what }) => {
            report.problems.push(Problem { file, offset: 0, what });
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

fn against_note(
    note: &Checkpoint,
    checkpoint_dir: &Path,
    lineage: Option<&Lineage>,
    hash_at_note: Option<Hash>,
    from: u64,
    to: u64,
    report: &mut VerifyReport,
) {
    let what = if lineage.is_some_and(|lineage| lineage.log_id != note.log_id) {
        if lineage.is_some_and(|lineage| lineage.includes(&note.log_id)) {
            return;
        }
        format!("the checkpoint belongs to another log, {}", note.log_id)
    } else if note.pos > to || note.pos < from {
        return;
    } else if note.pos > report.head {
        format!("the log ends at {}, the checkpoint saw {}", report.head, note.pos)
    } else if hash_at_note != Some(note.chain_hash) {
        format!("the history up to {} is not the one the checkpoint saw", note.pos)
    } else {
        return;
    };
    report.problems.push(Problem { file: checkpoint::note_path(checkpoint_dir), offset: 0, what });
}
