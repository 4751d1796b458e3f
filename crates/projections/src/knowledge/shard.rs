//! The published articles of one brand (or of the whole workspace) in one language, and their index: made when it is first
//! asked, thrown away with what it was made of. Brands lie apart so that how rare a word is behind a wall changes nothing
//! before it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use domain::ids::ArticleId;
use domain::knowledge::{Published, plain_text};
use tantivy::directory::RamDirectory;
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, DisjunctionMaxQuery, EnableScoring, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

use super::analysis::analyzer;

/// What a word counts where it stands: in the title, among the keywords, in the body.
pub(super) const BOOSTS: [f32; 3] = [3.0, 2.0, 1.0];
/// How much of what a word counts elsewhere is added to where it counts most.
const TIE: f32 = 0.1;
/// Memory for making an index, at first.
const WRITER_BYTES: usize = 15_000_000;
const ANALYZER: &str = "article";

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
pub(super) struct Shard {
    docs: BTreeMap<ArticleId, Arc<Published>>,
    #[borsh(skip)]
    made: OnceLock<Option<Made>>,
}

/// An index and whose its documents are, in their order.
struct Made {
    searcher: Searcher,
    fields: [Field; 3],
    articles: Vec<ArticleId>,
}

impl Default for Shard {
    fn default() -> Self {
        Self { docs: BTreeMap::new(), made: OnceLock::new() }
    }
}
/// A copy is about to change: it begins without an index.
impl Clone for Shard {
    fn clone(&self) -> Self {
        Self { docs: self.docs.clone(), made: OnceLock::new() }
    }
}
impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.docs.iter().map(|(id, published)| (id, published.revision))).finish()
    }
}

impl Shard {
    pub(super) fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }
    pub(super) fn len(&self) -> u64 {
        self.docs.len() as u64
    }
    pub(super) fn get(&self, id: ArticleId) -> Option<&Arc<Published>> {
        self.docs.get(&id)
    }

    pub(super) fn set(&mut self, id: ArticleId, published: Option<&Arc<Published>>) {
        match published {
            Some(published) => {
                self.docs.insert(id, Arc::clone(published));
            }
            None => {
                self.docs.remove(&id);
            }
        }
        self.made = OnceLock::new();
    }

    /// In how many articles a word stands, whatever part of them.
    pub(super) fn frequency(&self, locale: &str, term: &str) -> u64 {
        let Some(made) = self.made(locale) else { return 0 };
        let of = |field: &Field| made.searcher.doc_freq(&Term::from_field_text(*field, term)).unwrap_or(0);
        made.fields.iter().map(of).max().unwrap_or(0)
    }

    /// Every article that has one of the words, with its BM25 score by the statistics of all that are asked.
    pub(super) fn scores(
        &self,
        locale: &str,
        terms: &[&str],
        all: &[&Self],
        mut each: impl FnMut(ArticleId, f32),
    ) -> Result<(), TantivyError> {
        let Some(made) = self.made(locale) else { return Ok(()) };
        let of_term = |term: &&str| -> Box<dyn Query> {
            let of_field = |(field, boost): (&Field, f32)| -> Box<dyn Query> {
                let term = Term::from_field_text(*field, term);
                Box::new(BoostQuery::new(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), boost))
            };
            let fields = made.fields.iter().zip(BOOSTS).map(of_field).collect();
            Box::new(DisjunctionMaxQuery::with_tie_breaker(fields, TIE))
        };
        let query = BooleanQuery::union(terms.iter().map(of_term).collect());
        let together = Together { shards: all.iter().filter_map(|shard| shard.made(locale)).collect() };
        let weight = query.weight(EnableScoring::enabled_from_statistics_provider(&together, &made.searcher))?;
        for reader in made.searcher.segment_readers() {
            weight.for_each(reader, &mut |doc, score| {
                if let Some(id) = made.articles.get(doc as usize) {
                    each(*id, score);
                }
            })?;
        }
        Ok(())
    }

    /// `None`: nothing is in it, or no index can be made, which memory alone can prevent.
    fn made(&self, locale: &str) -> Option<&Made> {
        let make = || if self.docs.is_empty() { None } else { make(&self.docs, locale).ok() };
        self.made.get_or_init(make).as_ref()
    }
}

fn make(docs: &BTreeMap<ArticleId, Arc<Published>>, locale: &str) -> Result<Made, TantivyError> {
    let mut schema = Schema::builder();
    let text = |lengths: bool| {
        let indexing = TextFieldIndexing::default().set_tokenizer(ANALYZER).set_fieldnorms(lengths);
        TextOptions::default().set_indexing_options(indexing.set_index_option(IndexRecordOption::WithFreqs))
    };
    // However many keywords there are, each counts alike.
    let fields = [("title", true), ("keywords", false), ("body", true)];
    let fields = fields.map(|(name, lengths)| schema.add_text_field(name, text(lengths)));
    let tokenizers = TokenizerManager::new();
    tokenizers.register(ANALYZER, analyzer(locale));
    let builder = Index::builder().schema(schema.build()).tokenizers(tokenizers);
    // One segment, made on this thread: the same articles always give the same index.
    let mut writer = builder.single_segment_index_writer::<TantivyDocument>(RamDirectory::create(), WRITER_BYTES)?;
    let mut articles = Vec::with_capacity(docs.len());
    for (id, published) in docs {
        let Some(translation) = published.translations.get(locale) else { continue };
        let mut document = TantivyDocument::new();
        document.add_text(fields[0], &translation.title);
        translation.keywords.iter().for_each(|keyword| document.add_text(fields[1], keyword));
        document.add_text(fields[2], plain_text(&translation.body_md));
        if let Some(answer) = &translation.answer_text {
            document.add_text(fields[2], answer);
        }
        writer.add_document(document)?;
        articles.push(*id);
    }
    // Nothing is added to it later, so nobody need watch for that.
    let reader: IndexReader = writer.finalize()?.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(Made { searcher: reader.searcher(), fields, articles })
}

/// Several indexes of one language, counted as one.
struct Together<'s> {
    shards: Vec<&'s Made>,
}

impl Bm25StatisticsProvider for Together<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        if self.shards.iter().any(|made| made.fields[1] == field) {
            return self.total_num_docs();
        }
        self.shards.iter().map(|made| made.searcher.total_num_tokens(field)).sum()
    }
    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.shards.iter().map(|made| made.searcher.total_num_docs()).sum()
    }
    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.shards.iter().map(|made| made.searcher.doc_freq(term)).sum()
    }
}
