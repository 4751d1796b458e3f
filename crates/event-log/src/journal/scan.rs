//! Reading segments from front to back with flat memory, by anybody, while the writer appends: the writer
//! tells how far each file is good, and nothing beyond that is looked at.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use parking_lot::RwLock;

use super::{JournalScan, segment_file};
use crate::error::ReadError;
use crate::record::{self, Parsed, Record};

/// Distance between two remembered places in a segment.
const MARK_BYTES: u64 = 1 << 20;
const READ_BYTES: usize = 1 << 20;

/// A segment as readers see it.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) first_pos: u64,
    pub(crate) path: PathBuf,
    /// Where the next record would go.
    pub(crate) end: u64,
    /// Some positions and the offsets of their records, ascending.
    marks: Vec<(u64, u64)>,
}

impl Segment {
    pub(crate) fn new(first_pos: u64, path: PathBuf, end: u64) -> Segment {
        Segment { first_pos, path, end, marks: Vec::new() }
    }

    /// Notes that the record which starts with `pos` is at `offset` and the segment is now good up to `end`.
    pub(crate) fn grow(&mut self, pos: u64, offset: u64, end: u64) {
        if self.marks.last().is_none_or(|(_, last)| offset >= last + MARK_BYTES) {
            self.marks.push((pos, offset));
        }
        self.end = end;
    }

    fn offset_before(&self, pos: u64) -> u64 {
        let later = self.marks.partition_point(|(first, _)| *first <= pos);
        later.checked_sub(1).map_or(segment_file::HEADER as u64, |at| self.marks[at].1)
    }
}

/// All segments, shared between the writer and the readers.
#[derive(Default)]
pub(crate) struct SegmentSet {
    segments: RwLock<Vec<Segment>>,
}

impl SegmentSet {
    pub(crate) fn new(segments: Vec<Segment>) -> SegmentSet {
        SegmentSet { segments: RwLock::new(segments) }
    }

    pub(crate) fn push(&self, segment: Segment) {
        self.segments.write().push(segment);
    }

    /// The last segment has grown.
    pub(crate) fn grow_last(&self, pos: u64, offset: u64, end: u64) {
        if let Some(last) = self.segments.write().last_mut() {
            last.grow(pos, offset, end);
        }
    }

    pub(crate) fn last(&self) -> Option<Segment> {
        self.segments.read().last().cloned()
    }
}

impl JournalScan for SegmentSet {
    fn oldest(&self) -> u64 {
        self.segments.read().first().map_or(1, |segment| segment.first_pos)
    }

    fn scan(&self, after: u64, upto: u64, f: &mut dyn FnMut(&Record<'_>) -> ControlFlow<()>) -> Result<(), ReadError> {
        if after >= upto {
            return Ok(());
        }
        if after + 1 < self.oldest() {
            return Err(ReadError::Pruned { oldest: self.oldest() });
        }
        let mut next = after + 1;
        while next <= upto {
            let Some((segment, offset, next_first)) = self.locate(next) else {
                return Ok(());
            };
            let mut scanner = Scanner::open(&segment.path, offset, segment.end)
                .map_err(|source| ReadError::Io { path: segment.path.clone(), source })?;
            // A sealed segment may end in zeros; what follows it says where its records end.
            while next_first.is_none_or(|first| next < first) {
                let Some(found) = scanner.next()? else { break };
                if found.last_pos() < next {
                    continue;
                }
                if found.first_pos > next {
                    let what = format!("position {next} is missing");
                    return Err(ReadError::Damaged { file: segment.path, offset, what });
                }
                next = found.last_pos() + 1;
                if f(&found).is_break() || next > upto {
                    return Ok(());
                }
            }
            if next_first.is_some_and(|first| next < first) {
                let what = format!("position {next} is missing");
                return Err(ReadError::Damaged { file: segment.path, offset: segment.end, what });
            }
            if next_first.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl SegmentSet {
    /// The segment that holds `pos`, an offset at or before its record, and where the segment after it starts.
    fn locate(&self, pos: u64) -> Option<(Segment, u64, Option<u64>)> {
        let segments = self.segments.read();
        let at = segments.partition_point(|segment| segment.first_pos <= pos).checked_sub(1)?;
        let segment = &segments[at];
        // Without its marks: a clone must not copy what only `offset_before` needs.
        let bare = Segment::new(segment.first_pos, segment.path.clone(), segment.end);
        Some((bare, segment.offset_before(pos), segments.get(at + 1).map(|next| next.first_pos)))
    }
}

/// Steps through the records of one file.
pub(crate) struct Scanner {
    file: File,
    path: PathBuf,
    buf: Vec<u8>,
    /// Offset in the file of `buf[0]`.
    base: u64,
    at: usize,
    end: u64,
}

impl Scanner {
    pub(crate) fn open(path: &Path, offset: u64, end: u64) -> io::Result<Scanner> {
        Ok(Scanner { file: File::open(path)?, path: path.to_owned(), buf: Vec::new(), base: offset, at: 0, end })
    }

    /// The next record before `end`; anything there that is not one is damage.
    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let mut want = record::HEADER;
        loop {
            let offset = self.base + self.at as u64;
            if offset >= self.end {
                return Ok(None);
            }
            if self.buf.len() - self.at < want {
                self.fill(want)?;
            }
            let here = self.buf.len() - self.at;
            match record::parse(&self.buf[self.at..]) {
                Parsed::Partial(more) if here < more && self.base + (self.buf.len() as u64) < self.end => want = more,
                Parsed::Whole(_) => break,
                Parsed::Partial(_) => return Err(self.damaged(offset, "record is cut")),
                Parsed::Blank => return Err(self.damaged(offset, "zeros instead of a record")),
                Parsed::Bad(what) => return Err(self.damaged(offset, what)),
            }
        }
        // Parsed twice, because the borrow of the first may not outlive the loop that refills the buffer;
        // the second pass costs one checksum of bytes that are in the cache.
        let start = self.at;
        let Parsed::Whole(found) = record::parse(&self.buf[start..]) else {
            return Ok(None);
        };
        self.at += found.bytes.len();
        Ok(Some(found))
    }

    fn fill(&mut self, want: usize) -> Result<(), ReadError> {
        self.buf.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        let left = self.end.saturating_sub(self.base);
        let target = (want.max(READ_BYTES) as u64).min(left) as usize;
        let mut have = self.buf.len();
        if have >= target {
            return Ok(());
        }
        self.buf.resize(target, 0);
        while have < target {
            match self.file.read_at(&mut self.buf[have..], self.base + have as u64) {
                Ok(0) => break,
                Ok(n) => have += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(ReadError::Io { path: self.path.clone(), source });
                }
            }
        }
        self.buf.truncate(have);
        Ok(())
    }

    fn damaged(&self, offset: u64, what: &str) -> ReadError {
        ReadError::Damaged { file: self.path.clone(), offset, what: what.to_owned() }
    }
}
