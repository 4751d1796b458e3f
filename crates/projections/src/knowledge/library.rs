//! What is published, and search in it by words: BM25, a word in the title counting three times what it counts in the body,
//! one among the keywords twice.
//!
//! An article's score is out of 100: its BM25 against that of one with every word of the question in its title. Words that
//! no article has count half of what a word of one article would: a question about something else scores low however
//! well one of its words fits.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::*;
use domain::knowledge::{Published, Translation, Visibility, nearest_locale};

use super::analysis::{analyzer, terms};
use super::shard::{BOOSTS, Shard};
use super::snippet::{Snippet, snippet};
use crate::digest::Digest;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    pub text: &'a str,
    /// Only in this language and its regions.
    pub locale: Option<&'a str>,
    pub category: Option<&'a str>,
    pub visibility: Option<Visibility>,
    pub limit: usize,
}

/// An article that has some of the words.
#[derive(Debug, Clone)]
pub struct Hit {
    pub article_id: ArticleId,
    pub brand_id: Option<BrandId>,
    /// The language in which it fits best.
    pub locale: String,
    /// 0 to 100.
    pub score: u8,
    pub published: Arc<Published>,
    pub snippet: Snippet,
}

impl Hit {
    /// What it says in the language in which it was found.
    pub fn translation(&self) -> Option<&Translation> {
        self.published.translations.get(&self.locale)
    }
}

/// See the module. Cheap to copy.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Library {
    shards: BTreeMap<(Option<BrandId>, String), Arc<Shard>>,
}

impl Library {
    pub(super) fn set(
        &mut self,
        brand: Option<BrandId>,
        locale: &str,
        id: ArticleId,
        published: Option<&Arc<Published>>,
    ) {
        let key = (brand, locale.to_owned());
        let shard = Arc::make_mut(self.shards.entry(key.clone()).or_default());
        shard.set(id, published.filter(|published| published.translations.contains_key(locale)));
        if shard.is_empty() {
            self.shards.remove(&key);
        }
    }

    pub(super) fn digest(&self, digest: &mut Digest) {
        digest.add(&self.shards);
    }

    /// Articles that have some of the words, the best first; `reaches`: whose articles are looked through.
    pub fn search(&self, asked: &Asked<'_>, reaches: impl Fn(Option<BrandId>) -> bool) -> Vec<Hit> {
        let mut best: BTreeMap<ArticleId, Found<'_>> = BTreeMap::new();
        for (locale, shards) in self.by_locale(asked.locale, &reaches) {
            let terms = terms(&mut analyzer(locale), asked.text);
            let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
            let all: Vec<&Shard> = shards.iter().map(|(_, shard)| *shard).collect();
            let whole = whole(locale, &terms, &all);
            for (brand_id, shard) in &shards {
                let each = |id: ArticleId, score: f32| {
                    let Some(published) = shard.get(id).filter(|published| asked.admits(published)) else { return };
                    let found = Found { score: score / whole, brand_id: *brand_id, locale, published };
                    if best.get(&id).is_none_or(|known| known.score < found.score) {
                        best.insert(id, found);
                    }
                };
                // An index in memory of its own making is always read.
                let _ = shard.scores(locale, &terms, &all, each);
            }
        }
        let mut found: Vec<_> = best.into_iter().collect();
        found.sort_by(|(a, one), (b, other)| other.score.total_cmp(&one.score).then(a.cmp(b)));
        found.truncate(asked.limit);
        found.into_iter().map(|(article_id, found)| found.hit(article_id, asked.text)).collect()
    }

    /// The indexes that are asked, by language.
    fn by_locale<'l>(
        &'l self,
        wanted: Option<&str>,
        reaches: &impl Fn(Option<BrandId>) -> bool,
    ) -> BTreeMap<&'l str, Vec<(Option<BrandId>, &'l Shard)>> {
        let fits = |locale: &str| wanted.is_none_or(|wanted| nearest_locale([locale].into_iter(), wanted).is_some());
        let mut found: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for ((brand, locale), shard) in &self.shards {
            if fits(locale) && reaches(*brand) {
                found.entry(locale).or_default().push((*brand, &**shard));
            }
        }
        found
    }
}

/// An article in the language in which it fits best.
struct Found<'l> {
    /// Of 1; beyond it where it fits better still.
    score: f32,
    brand_id: Option<BrandId>,
    locale: &'l str,
    published: &'l Arc<Published>,
}

impl Found<'_> {
    fn hit(&self, article_id: ArticleId, question: &str) -> Hit {
        let translation = self.published.translations.get(self.locale);
        Hit {
            article_id,
            brand_id: self.brand_id,
            locale: self.locale.to_owned(),
            score: (self.score * 100.0).round().clamp(0.0, 100.0) as u8,
            published: Arc::clone(self.published),
            snippet: translation.map(|text| snippet(text, self.locale, question)).unwrap_or_default(),
        }
    }
}

impl Asked<'_> {
    fn admits(&self, published: &Published) -> bool {
        let particulars = &published.particulars;
        self.category.is_none_or(|category| particulars.category.as_deref() == Some(category))
            && self.visibility.is_none_or(|visibility| particulars.visibility == visibility)
    }
}

/// What an article with every word in its title would score.
fn whole(locale: &str, terms: &[&str], shards: &[&Shard]) -> f32 {
    let articles: u64 = shards.iter().map(|shard| shard.len()).sum();
    let rarity = |found: u64| {
        let (articles, found) = (articles as f32, found.min(articles) as f32);
        (1.0 + (articles - found + 0.5) / (found + 0.5)).ln()
    };
    let weight = |term: &&str| match shards.iter().map(|shard| shard.frequency(locale, term)).sum() {
        0 => rarity(1) / 2.0,
        found => rarity(found),
    };
    BOOSTS[0] * terms.iter().map(weight).sum::<f32>()
}
