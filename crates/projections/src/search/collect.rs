//! Every document that fits a question, with what is needed to order it and to ask whether it may be seen.

use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::document::{AT, Kind, POS, Subject, WHO, Who};

/// A document that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// How well: what was typed stands together, and its last word is whole. Says nothing about other documents, so it stays
    /// as it is while the index grows.
    pub rank: u8,
    pub at_s: u32,
    pub pos: u64,
    pub(super) who: Who,
}

impl Hit {
    pub fn kind(&self) -> Kind {
        self.who.kind()
    }
    pub fn subject(&self) -> Subject {
        self.who.subject()
    }
    /// Its text is no longer that of its first event.
    pub fn changed(&self) -> bool {
        self.who.changed()
    }
    /// Best, then newest, first.
    pub fn by_rank(&self) -> (u8, u32, u64) {
        (self.rank, self.at_s, self.pos)
    }
    /// Newest first.
    pub fn by_time(&self) -> (u8, u32, u64) {
        (0, self.at_s, self.pos)
    }
}

/// What a hit must be, beside holding the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrow {
    /// [`Kind::bit`]s.
    pub kinds: u8,
    /// What came after it is not looked at.
    pub until_pos: u64,
    /// Written in it, in seconds; the end is not in it.
    pub written: std::ops::Range<u32>,
    /// Of these only: what is not of them is passed over as it is met.
    pub among: Option<Vec<Subject>>,
    /// Whether ranks are wanted.
    pub ranked: bool,
}

impl Default for Narrow {
    fn default() -> Self {
        let kinds = Kind::ALL.into_iter().fold(0, |kinds, kind| kinds | kind.bit());
        Self { kinds, until_pos: u64::MAX, written: 0..u32::MAX, among: None, ranked: true }
    }
}

/// A segment's columns, kept open.
#[derive(Clone)]
pub(super) struct Columns {
    who: Arc<dyn ColumnValues<u64>>,
    pos: Arc<dyn ColumnValues<u64>>,
    at: Arc<dyn ColumnValues<u64>>,
}

impl Columns {
    pub(super) fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let column = |name| segment.fast_fields().column_first_or_default::<u64>(name);
        Ok(Self { who: column(WHO)?, pos: column(POS)?, at: column(AT)? })
    }
}

pub(super) struct Fitting<'a> {
    narrow: &'a Narrow,
    columns: &'a [Columns],
    among: Option<Arc<[u64]>>,
}

pub(super) struct InSegment {
    columns: Columns,
    kinds: u8,
    until_pos: u64,
    written: std::ops::Range<u32>,
    among: Option<Arc<[u64]>>,
    hits: Vec<Hit>,
}

impl<'a> Fitting<'a> {
    pub(super) fn new(narrow: &'a Narrow, columns: &'a [Columns]) -> Self {
        Self { narrow, columns, among: narrow.among.as_deref().map(bits) }
    }
}

/// A set of subjects, a bit each.
fn bits(subjects: &[Subject]) -> Arc<[u64]> {
    let words = subjects.iter().map(|subject| subject.packed() / 64 + 1).max().unwrap_or(0);
    let mut bits = vec![0; words as usize];
    for subject in subjects {
        bits[(subject.packed() / 64) as usize] |= 1 << (subject.packed() % 64);
    }
    bits.into()
}

impl Collector for Fitting<'_> {
    type Fruit = Vec<Hit>;
    type Child = InSegment;

    fn for_segment(&self, segment: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<InSegment> {
        Ok(InSegment {
            columns: self.columns[segment as usize].clone(),
            kinds: self.narrow.kinds,
            until_pos: self.narrow.until_pos,
            written: self.narrow.written.clone(),
            among: self.among.clone(),
            hits: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.narrow.ranked
    }

    fn merge_fruits(&self, fruits: Vec<Vec<Hit>>) -> tantivy::Result<Vec<Hit>> {
        Ok(fruits.concat())
    }
}

impl SegmentCollector for InSegment {
    type Fruit = Vec<Hit>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let who = Who::read(self.columns.who.get_val(doc));
        if who.kind().bit() & self.kinds == 0 {
            return;
        }
        if let Some(among) = &self.among {
            let subject = who.subject().packed();
            let word = among.get((subject / 64) as usize).copied().unwrap_or(0);
            if word >> (subject % 64) & 1 == 0 {
                return;
            }
        }
        let pos = self.columns.pos.get_val(doc);
        let at_s = self.columns.at.get_val(doc) as u32;
        if pos <= self.until_pos && self.written.contains(&at_s) {
            self.hits.push(Hit { rank: score as u8, at_s, pos, who });
        }
    }

    fn harvest(self) -> Vec<Hit> {
        self.hits
    }
}
