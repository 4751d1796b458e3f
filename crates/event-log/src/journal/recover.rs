//! Finding the end of the journal at open: proves checksums and the chain, cuts a torn last record, heals
//! what the store can prove, and refuses everything else with file and offset.
//!
//! Only the last record can be torn, because each one is synced before the next is written. So a bad place
//! with a whole record anywhere after it is damage, never a torn tail. The store is applied only after the
//! sync, so a record the store knows was durable: it is healed, not cut.

use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::Head;
use super::scan::Segment;
use super::segment_file::{self, BadHeader, SegmentHeader};
use crate::error::OpenError;
use crate::lineage::Lineage;
use crate::record::{self, GENESIS, Hash, Parsed, Record};

/// What the journal is checked against while it is read.
pub(crate) struct Context<'a> {
    pub(crate) journal: &'a Path,
    pub(crate) lineage: &'a Lineage,
    /// Start with the segment that holds this position (0: the first).
    pub(crate) from_pos: u64,
    /// The framed record that starts at a position and follows a hash, if the store can prove it.
    pub(crate) heal: &'a dyn Fn(u64, &Hash) -> Option<Vec<u8>>,
    /// Told of every proven record, with the file offset it was at.
    pub(crate) seen: &'a mut dyn FnMut(&Record<'_>),
}

/// The journal as found.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) segments: Vec<Segment>,
    pub(crate) head: Head,
    /// First key slot that no event uses.
    pub(crate) next_key: u64,
    /// The identity in the header of the last segment, when there is one.
    pub(crate) last_log_id: Option<String>,
    pub(crate) torn_tail_bytes: u64,
    pub(crate) healed: Vec<String>,
}

/// Reads the journal from the segment with `from_pos` to the end.
pub(crate) fn recover(context: &mut Context<'_>) -> Result<Recovered, OpenError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { path, source }
    };
    let files = segment_file::list(context.journal).map_err(io(context.journal))?;
    let mut found = Recovered {
        segments: Vec::new(),
        head: Head { pos: files.first().map_or(0, |(first, _)| first.saturating_sub(1)), hash: GENESIS },
        next_key: 1,
        last_log_id: None,
        torn_tail_bytes: 0,
        healed: Vec::new(),
    };
    let start = files.partition_point(|(first, _)| *first <= context.from_pos.max(1)).saturating_sub(1);
    for (at, (first_pos, path)) in files.iter().enumerate() {
        let next_first = files.get(at + 1).map(|(first, _)| *first);
        if at < start
            && let Some(next_first) = next_first
        {
            // Not read now: its end is known from the neighbour, its content is proven when somebody reads it.
            let len = std::fs::metadata(path).map_err(io(path))?.len();
            found.segments.push(Segment::new(*first_pos, path.clone(), len));
            found.head.pos = next_first - 1;
            continue;
        }
        let (mut bytes, length) = read_written(path).map_err(io(path))?;
        let trusted = at > start || *first_pos == 1;
        let mut here = InSegment { path, first_pos: *first_pos, next_first, trusted, length };
        let header = here.header(context, &mut found, &mut bytes)?;
        found.head = Head { pos: first_pos - 1, hash: header.prev };
        found.last_log_id = Some(hex::encode(header.log_id));
        here.records(context, &mut found, &mut bytes)?;
    }
    Ok(found)
}

/// Zeros kept after what was written: enough to see that no record begins there.
const ZEROS_KEPT: usize = 4 << 10;

/// A file without the zeros at its end, of which the newest segment has up to 64 MiB, and how long it is with them.
fn read_written(path: &Path) -> std::io::Result<(Vec<u8>, usize)> {
    let mut file = std::fs::File::open(path)?;
    // Room that is never written to takes no memory; growing by doubling would take thrice the file's length for a while.
    let mut written = Vec::with_capacity(usize::try_from(file.metadata()?.len()).unwrap_or(0));
    let mut block = vec![0; 1 << 20];
    let mut zeros = 0;
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => &block[..read],
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        match read.iter().rposition(|byte| *byte != 0) {
            Some(last) => {
                written.resize(written.len() + zeros, 0);
                written.extend_from_slice(&read[..=last]);
                zeros = read.len() - last - 1;
            }
            None => zeros += read.len(),
        }
    }
    let length = written.len() + zeros;
    written.resize(written.len() + zeros.min(ZEROS_KEPT), 0);
    Ok((written, length))
}

struct InSegment<'a> {
    path: &'a PathBuf,
    first_pos: u64,
    /// First position of the segment after this one; `None` for the last.
    next_first: Option<u64>,
    /// The chain before this segment has been followed, so its header can be checked and healed.
    trusted: bool,
    /// Of the file. What it has beyond the bytes that were read are zeros.
    length: usize,
}

impl InSegment<'_> {
    fn header(
        &mut self,
        context: &Context<'_>,
        found: &mut Recovered,
        bytes: &mut Vec<u8>,
    ) -> Result<SegmentHeader, OpenError> {
        match SegmentHeader::parse(bytes) {
            Ok(header) => {
                if !context.lineage.includes(&hex::encode(header.log_id)) {
                    return Err(self.damaged(0, "this segment belongs to another log"));
                }
                if header.first_pos != self.first_pos {
                    return Err(self.damaged(0, "the file's name does not match its content"));
                }
                if self.trusted && (header.prev != found.head.hash || self.first_pos != found.head.pos + 1) {
                    let what = format!("the chain is broken: position {} should come next", found.head.pos + 1);
                    return Err(self.damaged(0, &what));
                }
                Ok(header)
            }
            Err(BadHeader::Newer(format)) => {
                Err(OpenError::NewerFormat { file: self.path.clone(), found: format, supported: segment_file::FORMAT })
            }
            Err(BadHeader::Damaged(what)) => {
                // The name, the chain so far and the lineage say what the header said.
                if !self.trusted || self.first_pos != found.head.pos + 1 {
                    return Err(self.damaged(0, what));
                }
                let mut log_id = [0; 16];
                hex::decode_to_slice(context.lineage.id_at(self.first_pos), &mut log_id)
                    .map_err(|_| self.damaged(0, what))?;
                let header = SegmentHeader { log_id, first_pos: self.first_pos, prev: found.head.hash };
                self.write(bytes, 0, &header.encode())?;
                found.healed.push(format!("{}: segment header", self.path.display()));
                Ok(header)
            }
        }
    }

    fn records(
        &mut self,
        context: &mut Context<'_>,
        found: &mut Recovered,
        bytes: &mut Vec<u8>,
    ) -> Result<(), OpenError> {
        let mut segment = Segment::new(self.first_pos, self.path.clone(), segment_file::HEADER as u64);
        let mut at = segment_file::HEADER;
        loop {
            if let Parsed::Whole(next) = record::parse(bytes.get(at..).unwrap_or_default())
                && self.follows(&next, &found.head)
            {
                let len = next.bytes.len();
                found.head = Head { pos: next.last_pos(), hash: next.hash };
                found.next_key =
                    crate::encoding::next_key(next.payload).map_err(|bad| self.damaged(at, bad.0))?.max(found.next_key);
                segment.grow(next.first_pos, at as u64, (at + len) as u64);
                (context.seen)(&next);
                at += len;
                continue;
            }
            if self.reaches_further(bytes, at) {
                continue;
            }
            if self.next_first == Some(found.head.pos + 1) {
                break;
            }
            if let Some(proven) = (context.heal)(found.head.pos + 1, &found.head.hash)
                && self.fits(at, proven.len())
                && matches!(record::parse(&proven), Parsed::Whole(next) if self.follows(&next, &found.head))
            {
                self.write(bytes, at, &proven)?;
                found.healed.push(format!(
                    "{} at {at}: {} bytes, position {} on",
                    self.path.display(),
                    proven.len(),
                    found.head.pos + 1
                ));
                continue;
            }
            self.end(bytes, at, found)?;
            break;
        }
        found.segments.push(segment);
        Ok(())
    }

    /// Nothing more that follows: the end of the log, a torn record, or damage.
    fn end(&self, bytes: &mut Vec<u8>, at: usize, found: &mut Recovered) -> Result<(), OpenError> {
        let rest = bytes.get(at..).unwrap_or_default();
        let what = match record::parse(rest) {
            Parsed::Whole(_) => "a record that does not follow the one before it",
            Parsed::Partial(_) => "a record that is cut",
            Parsed::Blank => "zeros instead of a record",
            Parsed::Bad(what) => what,
        };
        if let Some(next) = self.next_first {
            let what = format!("{what}; positions {} to {} are missing", found.head.pos + 1, next - 1);
            return Err(self.damaged(at, &what));
        }
        let Some(last_written) = rest.iter().rposition(|byte| *byte != 0) else {
            return Ok(());
        };
        if let Some((later, record)) = record::search(bytes, at) {
            let what = format!("{what}; a whole record (position {}) follows at {later}", record.first_pos);
            return Err(self.damaged(at, &what));
        }
        found.torn_tail_bytes = last_written as u64 + 1;
        tracing::warn!(file = %self.path.display(), offset = at, bytes = last_written + 1, "cut a record that was never finished");
        let zeros = vec![0; last_written + 1];
        self.write(bytes, at, &zeros)
    }

    /// May a healed record be written here? In a sealed segment always (it was there before, perhaps the file
    /// was cut); in the last one only where the preallocated space reaches, because the journal would have
    /// gone on in a new file.
    fn fits(&self, at: usize, record: usize) -> bool {
        self.next_first.is_some() || at + record <= self.length
    }

    /// A record that is longer than what was read ends in zeros. Whether there were more.
    fn reaches_further(&self, bytes: &mut Vec<u8>, at: usize) -> bool {
        let Parsed::Partial(needed) = record::parse(bytes.get(at..).unwrap_or_default()) else { return false };
        let end = (at + needed).min(self.length);
        let further = end > bytes.len();
        bytes.resize(end.max(bytes.len()), 0);
        further
    }

    fn follows(&self, next: &Record<'_>, head: &Head) -> bool {
        next.first_pos == head.pos + 1 && next.prev == head.hash && next.hash_is_right()
    }

    fn write(&self, bytes: &mut Vec<u8>, at: usize, new: &[u8]) -> Result<(), OpenError> {
        let io = |source| OpenError::Io { path: self.path.clone(), source };
        let file = std::fs::OpenOptions::new().write(true).open(self.path).map_err(io)?;
        file.write_all_at(new, at as u64).map_err(io)?;
        file.sync_all().map_err(io)?;
        if bytes.len() < at + new.len() {
            bytes.resize(at + new.len(), 0);
        }
        bytes[at..at + new.len()].copy_from_slice(new);
        Ok(())
    }

    fn damaged(&self, offset: usize, what: &str) -> OpenError {
        OpenError::Damaged { file: self.path.clone(), offset: offset as u64, what: what.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_between_are_read_and_those_at_the_end_only_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("segment");
        let mut content = vec![7; 10];
        content.resize(3 << 20, 0);
        content.push(9);
        for zeros in [0, 100, ZEROS_KEPT, 5 << 20] {
            let mut file = content.clone();
            file.resize(content.len() + zeros, 0);
            std::fs::write(&path, &file).unwrap();
            let (bytes, length) = read_written(&path).unwrap();
            assert_eq!((bytes.len(), length), (content.len() + zeros.min(ZEROS_KEPT), file.len()));
            assert!(file.starts_with(&bytes));
        }
        std::fs::write(&path, []).unwrap();
        assert_eq!(read_written(&path).unwrap(), (Vec::new(), 0));
    }
}
