//! Goes through the segments of a directory from front to back, over damage where there is some, and tells
//! what it meets. Needs nothing but the files.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{OpsError, io_at};
use crate::journal::segment_file::{self, BadHeader, SegmentHeader};
use crate::record::{self, GENESIS, Hash, Parsed, Record};

/// One thing met on the way.
pub(super) enum Met<'a> {
    /// A record that is whole, hashes right and follows the one before it (or comes first after damage).
    Record { file: &'a Path, offset: u64, record: Record<'a> },
    /// Bytes that are no record, with whole records after them or segments after this one.
    Damage { file: &'a Path, offset: u64, what: String },
    /// Bytes at the very end that are no record: one that was being written, or was never finished.
    Unfinished { file: &'a Path, offset: u64, bytes: u64 },
}

/// What the walk can be told about a directory that is not damaged.
pub(super) struct Walked {
    pub(super) segments: Vec<(u64, PathBuf)>,
    /// The identity in each segment's header.
    pub(super) log_ids: Vec<String>,
}

struct Chain {
    next_pos: u64,
    prev: Hash,
    /// The record before was met, so the chain must hold here.
    known: bool,
}

/// Walks from the segment with `from_pos` on.
pub(super) fn walk(
    journal: &Path,
    from_pos: u64,
    f: &mut dyn FnMut(Met<'_>) -> Result<ControlFlow<()>, OpsError>,
) -> Result<Walked, OpsError> {
    let segments = segment_file::list(journal).map_err(io_at(journal))?;
    let mut walked = Walked { segments: segments.clone(), log_ids: Vec::new() };
    let start = segments.partition_point(|(first, _)| *first <= from_pos.max(1)).saturating_sub(1);
    let mut chain = Chain {
        next_pos: 1,
        prev: GENESIS,
        known: start == 0 && segments.first().is_some_and(|(first, _)| *first == 1),
    };
    for (at, (first_pos, path)) in segments.iter().enumerate().skip(start) {
        let bytes = std::fs::read(path).map_err(io_at(path))?;
        let next_first = segments.get(at + 1).map(|(first, _)| *first);
        let damage = |what: &str| Met::Damage { file: path, offset: 0, what: what.to_owned() };
        match SegmentHeader::parse(&bytes) {
            Ok(header) => {
                walked.log_ids.push(hex::encode(header.log_id));
                if header.first_pos != *first_pos {
                    if f(damage("the file's name does not match its content"))?.is_break() {
                        return Ok(walked);
                    }
                } else if chain.known && (header.first_pos != chain.next_pos || header.prev != chain.prev) {
                    let what = format!("the chain is broken: position {} should come next", chain.next_pos);
                    if f(damage(&what))?.is_break() {
                        return Ok(walked);
                    }
                }
                chain = Chain { next_pos: header.first_pos, prev: header.prev, known: true };
            }
            Err(BadHeader::Newer(found)) => {
                let supported = segment_file::FORMAT;
                let newer = crate::error::OpenError::NewerFormat { file: path.clone(), found, supported };
                return Err(newer.into());
            }
            Err(BadHeader::Damaged(what)) => {
                if f(damage(what))?.is_break() {
                    return Ok(walked);
                }
            }
        }
        if records(path, &bytes, next_first, &mut chain, f)?.is_break() {
            return Ok(walked);
        }
    }
    Ok(walked)
}

fn records(
    path: &Path,
    bytes: &[u8],
    next_first: Option<u64>,
    chain: &mut Chain,
    f: &mut dyn FnMut(Met<'_>) -> Result<ControlFlow<()>, OpsError>,
) -> Result<ControlFlow<()>, OpsError> {
    let mut at = segment_file::HEADER.min(bytes.len());
    loop {
        let what = match record::parse(&bytes[at..]) {
            Parsed::Whole(record) if !record.hash_is_right() => "a record whose hash is not that of its content",
            Parsed::Whole(record)
                if chain.known && (record.first_pos != chain.next_pos || record.prev != chain.prev) =>
            {
                "a record that does not follow the one before it"
            }
            Parsed::Whole(record) => {
                *chain = Chain { next_pos: record.last_pos() + 1, prev: record.hash, known: true };
                let met = Met::Record { file: path, offset: at as u64, record };
                at += record.bytes.len();
                if f(met)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            }
            Parsed::Partial(_) => "a record that is cut",
            Parsed::Blank => "zeros instead of a record",
            Parsed::Bad(what) => what,
        };
        if next_first == Some(chain.next_pos) && chain.known {
            return Ok(ControlFlow::Continue(()));
        }
        // A forged record parses: look on from behind it, not from its own place.
        let from = match record::parse(&bytes[at..]) {
            Parsed::Whole(record) => at + record.bytes.len(),
            Parsed::Partial(_) | Parsed::Blank | Parsed::Bad(_) => at,
        };
        let later = record::search(bytes, from).map(|(later, _)| later);
        let written = bytes[at..].iter().rposition(|byte| *byte != 0);
        let met = match (later, next_first, written) {
            (None, None, None) => return Ok(ControlFlow::Continue(())),
            (None, None, Some(_)) if from > at => Met::Damage { file: path, offset: at as u64, what: what.to_owned() },
            (None, None, Some(last)) => Met::Unfinished { file: path, offset: at as u64, bytes: last as u64 + 1 },
            (Some(_), _, _) | (None, Some(_), _) => {
                Met::Damage { file: path, offset: at as u64, what: what.to_owned() }
            }
        };
        chain.known = false;
        if f(met)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        match later {
            Some(later) => at = later,
            None => return Ok(ControlFlow::Continue(())),
        }
    }
}
