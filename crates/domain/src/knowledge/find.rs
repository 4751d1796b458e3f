//! Which article answers a customer's words by its keywords: decided at once, from what is published. Whole words, as
//! conditions have them, whatever their case.

use std::cmp::Reverse;

use super::{Published, Visibility};
use crate::condition::{folded, has_words};
use crate::ids::*;
use crate::world::World;

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleAnswer {
    pub article_id: ArticleId,
    pub revision: u32,
    /// The language of the text.
    pub locale: String,
    pub text: String,
}

/// The article whose keywords a text holds: public, published, of this brand or of all, in this category if one is named.
/// The one with the longest keyword wins, then with most of them, then that of the highest priority, then the oldest.
///
/// It answers in the contact's language, if it has it; else in its default one. Whose language is not known is answered in
/// that of the keywords they used.
pub fn by_keyword(
    world: &World,
    brand_id: BrandId,
    language: Option<&str>,
    category: Option<&str>,
    text: &str,
) -> Option<ArticleAnswer> {
    let text = folded(text);
    let published = world.articles.iter().filter_map(|article| Some((article, article.published.as_deref()?)));
    let ours = published.filter(|(article, published)| {
        article.brand_id.is_none_or(|brand| brand == brand_id)
            && published.particulars.visibility == Visibility::Public
            && category.is_none_or(|category| published.particulars.category.as_deref() == Some(category))
    });
    let found = ours.filter_map(|(article, published)| {
        let (fit, locale) = best(published, &text)?;
        Some(((fit, published.particulars.priority, Reverse(article.id)), published, locale))
    });
    let ((.., Reverse(article_id)), published, locale) = found.max_by_key(|(rank, ..)| *rank)?;
    let (locale, translation) = published.translation(language.or(Some(locale)))?;
    Some(ArticleAnswer {
        article_id,
        revision: published.revision,
        locale: locale.to_owned(),
        text: translation.answer().into_owned(),
    })
}

/// How well an article fits: characters of the longest keyword, and how many of them. Of its languages the best counts, the
/// default one before others as good.
fn best<'p>(published: &'p Published, text: &str) -> Option<((usize, usize), &'p str)> {
    let default = &published.particulars.default_locale;
    let fits = published.translations.iter().filter_map(|(locale, translation)| {
        let held = translation.keywords.iter().map(|keyword| folded(keyword)).filter(|word| has_words(text, word));
        let lengths: Vec<_> = held.map(|word| word.chars().count()).collect();
        Some(((*lengths.iter().max()?, lengths.len()), locale))
    });
    let best = fits.max_by_key(|(fit, locale)| (*fit, *locale == default, Reverse(*locale)));
    best.map(|(fit, locale)| (fit, locale.as_str()))
}
