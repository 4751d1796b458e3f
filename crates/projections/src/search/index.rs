//! The index itself: one writer, and snapshots that are asked beside it.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::index::SegmentId;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, InvertedIndexRangeQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::IndexRecordOption;
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, Term};

use super::ask::{Ask, Part};
use super::collect::{Columns, Fitting, Hit, Narrow};
use super::document::{Document, FOLDING, Fields, GRAMS, Subject};
use super::shelf::{OnShelf, Shelf};
use crate::text::numbers::GRAM;
use crate::text::{FoldingTokenizer, GramTokenizer};

/// Counts up when documents or analysis change: an index of another edition is made anew.
const EDITION: u32 = 1;
/// What is gathered in memory before it becomes a segment.
const WRITER_BYTES: usize = 24 << 20;
/// Segments of so many documents are not merged any more. An erasure writes those anew that hold something of the contact, so
/// it costs a few of this size, however large the index is.
const SEGMENT_DOCUMENTS_MAX: usize = 250_000;

/// The index could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the search index: {0}")]
pub struct Broken(#[from] tantivy::TantivyError);

/// Runs what it is given, once, and comes back when it is done: on a thread of the priority that the index's own threads are to
/// have, which they take over from the one that starts them.
pub type Apart = fn(&mut (dyn FnMut() + Send));

/// Who works on what comes after a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A thread of the caller's priority.
    AsCaller,
    /// One of the index's own threads, see [`Apart`].
    Apart,
}

/// How far a commit reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    edition: u32,
    /// Which log it was made of.
    lineage: String,
    position: u64,
}

/// See the module.
pub struct Index {
    index: tantivy::Index,
    fields: Fields,
    /// Taken out only while merges are waited for.
    writer: Option<IndexWriter>,
    apart: Apart,
    reader: IndexReader,
    lineage: String,
    /// Up to where events were looked at.
    fed: u64,
    /// Up to where that was committed.
    position: u64,
    columns: HashMap<SegmentId, Columns>,
}

/// The index as of a commit. Stays as it is.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) searcher: Searcher,
    columns: Arc<[Columns]>,
    pub(super) fields: Fields,
    /// Every event up to it was looked at.
    pub position: u64,
}

impl Index {
    /// Opens what lies on a shelf, or begins anew where that is nothing, of another log, of another edition, or broken.
    pub fn open(shelf: &Arc<dyn Shelf>, lineage: &str, apart: Apart) -> Result<Self, Broken> {
        match Self::resume(shelf, lineage, apart) {
            Ok(Some(index)) => Ok(index),
            Ok(None) | Err(_) => {
                shelf.clear().map_err(tantivy::TantivyError::from)?;
                let fields = Fields::new();
                // Nothing is stored, so there is nothing to compress on a thread of its own, which each segment would start.
                let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
                let made = tantivy::Index::create(OnShelf::new(shelf.clone()), fields.schema.clone(), settings)?;
                Ok(Self::with(made, fields, lineage, 0, apart)?)
            }
        }
    }

    fn resume(shelf: &Arc<dyn Shelf>, lineage: &str, apart: Apart) -> Result<Option<Self>, Broken> {
        let index = tantivy::Index::open(OnShelf::new(shelf.clone()))?;
        let fields = Fields::new();
        let payload = index.load_metas()?.payload;
        let mark = payload.as_deref().and_then(|text| serde_json::from_str::<Mark>(text).ok());
        let Some(mark) = mark.filter(|mark| mark.edition == EDITION && mark.lineage == lineage) else {
            return Ok(None);
        };
        if index.schema() != fields.schema {
            return Ok(None);
        }
        let mut opened = Self::with(index, fields, lineage, mark.position, apart)?;
        // Reads every column: what a power cut left in pieces is noticed here.
        opened.snapshot()?;
        Ok(Some(opened))
    }

    fn with(
        mut index: tantivy::Index,
        fields: Fields,
        lineage: &str,
        position: u64,
        apart: Apart,
    ) -> Result<Self, Broken> {
        let tokenizers = TokenizerManager::default();
        tokenizers.register(FOLDING, TextAnalyzer::from(FoldingTokenizer::default()));
        tokenizers.register(GRAMS, TextAnalyzer::from(GramTokenizer::default()));
        index.set_tokenizers(tokenizers);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = Some(writer(&index, apart)?);
        Ok(Self {
            index,
            fields,
            writer,
            apart,
            reader,
            lineage: lineage.to_owned(),
            fed: position,
            position,
            columns: HashMap::new(),
        })
    }

    /// Up to which position of the log it was committed.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Takes something in that was not there.
    pub fn add(&mut self, document: &Document) -> Result<(), Broken> {
        let made = self.fields.document(document);
        self.writer()?.add_document(made)?;
        Ok(())
    }

    /// Forgets one document, by the event that began it.
    pub fn remove(&mut self, subject: Subject, pos: u64) -> Result<(), Broken> {
        let of_subject = TermQuery::new(self.fields.subject(subject), IndexRecordOption::Basic);
        let bound = || std::ops::Bound::Included(Term::from_field_u64(self.fields.pos, pos));
        let query = BooleanQuery::new(vec![
            (Occur::Must, Box::new(of_subject)),
            (Occur::Must, Box::new(RangeQuery::new(bound(), bound()))),
        ]);
        self.writer()?.delete_query(Box::new(query))?;
        Ok(())
    }

    /// Forgets everything of a conversation or a contact.
    pub fn remove_all_of(&mut self, subject: Subject) -> Result<(), Broken> {
        let term = self.fields.subject(subject);
        self.writer()?.delete_term(term);
        Ok(())
    }

    /// Every event up to here has been looked at.
    pub fn advance(&mut self, fed: u64) {
        self.fed = fed;
    }

    /// Up to where events were looked at, committed or not.
    pub fn fed(&self) -> u64 {
        self.fed
    }

    /// Makes what was done visible. Each commit starts the thread that works on what comes after it: with the priority of the
    /// index's own threads, or with the caller's.
    pub fn commit(&mut self, next: Next) -> Result<Snapshot, Broken> {
        let mark = Mark { edition: EDITION, lineage: self.lineage.clone(), position: self.fed };
        let payload = serde_json::to_string(&mark).unwrap_or_default();
        let apart = self.apart;
        let writer = self.writer()?;
        let mut prepared = match next {
            Next::AsCaller => writer.prepare_commit(),
            Next::Apart => made_apart(apart, || writer.prepare_commit()),
        }?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.position = mark.position;
        self.snapshot()
    }

    /// Writes anew every segment in which something was forgotten, so that no file has a word of it left. What was not
    /// committed yet is.
    pub fn purge(&mut self) -> Result<Snapshot, Broken> {
        self.commit(Next::AsCaller)?;
        // Nobody else merges meanwhile.
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
        }
        self.writer()?.set_merge_policy(Box::new(NoMergePolicy));
        let holes: Vec<SegmentId> = {
            let metas = self.index.searchable_segment_metas()?;
            metas.iter().filter(|meta| meta.num_deleted_docs() > 0).map(|meta| meta.id()).collect()
        };
        for segment in holes {
            self.writer()?.merge(&[segment]).wait()?;
        }
        self.columns.clear();
        let snapshot = self.snapshot()?;
        self.writer()?.garbage_collect_files().wait()?;
        self.writer()?.set_merge_policy(merging());
        Ok(snapshot)
    }

    /// As of the last commit.
    pub fn snapshot(&mut self) -> Result<Snapshot, Broken> {
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let mut kept = HashMap::new();
        let mut columns = Vec::new();
        for segment in searcher.segment_readers() {
            let known = self.columns.get(&segment.segment_id()).cloned();
            let opened = known.map_or_else(|| Columns::open(segment), Ok)?;
            kept.insert(segment.segment_id(), opened.clone());
            columns.push(opened);
        }
        self.columns = kept;
        Ok(Snapshot { searcher, columns: columns.into(), fields: self.fields.clone(), position: self.position })
    }

    fn writer(&mut self) -> Result<&mut IndexWriter, Broken> {
        if self.writer.is_none() {
            self.writer = Some(writer(&self.index, self.apart)?);
        }
        match &mut self.writer {
            Some(writer) => Ok(writer),
            None => Err(tantivy::TantivyError::SystemError("no writer".to_owned()).into()),
        }
    }
}

fn writer(index: &tantivy::Index, apart: Apart) -> Result<IndexWriter, Broken> {
    Ok(made_apart(apart, || open_writer(index))?)
}

fn made_apart<T: Send>(apart: Apart, make: impl FnOnce() -> tantivy::Result<T> + Send) -> tantivy::Result<T> {
    let (mut make, mut made) = (Some(make), None);
    apart(&mut || made = make.take().map(|make| make()));
    made.unwrap_or_else(|| Err(tantivy::TantivyError::SystemError("no thread for the writer".to_owned())))
}

fn open_writer(index: &tantivy::Index) -> tantivy::Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .num_merge_threads(1)
        .build();
    let writer = index.writer_with_options(options)?;
    writer.set_merge_policy(merging());
    Ok(writer)
}

fn merging() -> Box<LogMergePolicy> {
    let mut policy = LogMergePolicy::default();
    policy.set_max_docs_before_merge(SEGMENT_DOCUMENTS_MAX);
    policy.set_del_docs_ratio_before_merge(0.3);
    Box::new(policy)
}

impl Snapshot {
    /// Everything that fits, in no order.
    pub fn find(&self, ask: &Ask, narrow: &Narrow) -> Result<Vec<Hit>, Broken> {
        if ask.is_empty() || narrow.among.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut must: Vec<(Occur, Box<dyn Query>)> =
            ask.parts.iter().map(|part| (Occur::Must, worth(self.part(part), 0.0))).collect();
        if narrow.ranked {
            must.extend(self.better(ask).into_iter().map(|better| (Occur::Should, worth(better, 1.0))));
        }
        let query = BooleanQuery::new(must);
        Ok(self.searcher.search(&query, &Fitting::new(narrow, &self.columns))?)
    }

    /// How many documents there are.
    pub fn documents(&self) -> u64 {
        self.searcher.num_docs()
    }

    fn part(&self, part: &Part) -> Box<dyn Query> {
        match part {
            Part::Word(word) => self.word(word),
            Part::Begun(start) => {
                let end = format!("{start}{}", char::MAX);
                let bound = |text: &str| Term::from_field_text(self.fields.words, text);
                Box::new(InvertedIndexRangeQuery::new(
                    std::ops::Bound::Included(bound(start)),
                    std::ops::Bound::Excluded(bound(&end)),
                ))
            }
            Part::Sequence(terms) => self.sequence(terms),
            Part::Number { digits, words } => {
                let grams: Vec<Term> = (0..=digits.len() - GRAM)
                    .map(|at| Term::from_field_text(self.fields.numbers, &digits[at..at + GRAM]))
                    .collect();
                let together: Box<dyn Query> = match &grams[..] {
                    [one] => Box::new(TermQuery::new(one.clone(), IndexRecordOption::Basic)),
                    _ => Box::new(PhraseQuery::new(grams)),
                };
                let groups = words.iter().map(|word| (Occur::Must, self.word(word))).collect();
                Box::new(BooleanQuery::new(vec![
                    (Occur::Should, together),
                    (Occur::Should, Box::new(BooleanQuery::new(groups))),
                ]))
            }
        }
    }

    /// What makes a hit better: all words in the order typed and together, the last one whole.
    fn better(&self, ask: &Ask) -> Vec<Box<dyn Query>> {
        let mut better: Vec<Box<dyn Query>> = Vec::new();
        if let Some(Part::Begun(word)) = ask.parts.last() {
            better.push(self.word(word));
        }
        let mut terms = Vec::new();
        for part in &ask.parts {
            match part {
                Part::Word(word) | Part::Begun(word) => terms.push(word.clone()),
                Part::Sequence(_) | Part::Number { .. } => return better,
            }
        }
        if terms.len() > 1 {
            better.push(self.sequence(&terms));
        }
        better
    }

    fn word(&self, word: &str) -> Box<dyn Query> {
        Box::new(TermQuery::new(Term::from_field_text(self.fields.words, word), IndexRecordOption::Basic))
    }

    fn sequence(&self, terms: &[String]) -> Box<dyn Query> {
        let terms = terms.iter().map(|term| Term::from_field_text(self.fields.words, term));
        Box::new(PhraseQuery::new(terms.collect()))
    }
}

fn worth(query: Box<dyn Query>, rank: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, rank))
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index(to {})", self.position)
    }
}
impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({} documents to {})", self.documents(), self.position)
    }
}
