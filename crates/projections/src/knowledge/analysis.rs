//! How articles and questions become terms: the words of [`crate::text`], without what says nothing, on their stems where
//! the language has a stemmer. Folded first and then stemmed, on both sides, so that accents left out change nothing.

use std::collections::BTreeSet;

use tantivy::tokenizer::{Language, Stemmer, TextAnalyzer, Tokenizer};

use super::stop_words;
use crate::text::words::{Shape, words};
use crate::text::{Made, Terms};

/// Terms of a question looked for at most.
pub(super) const TERMS_MAX: usize = 64;

/// The analysis of a language, a BCP 47 tag.
pub(super) fn analyzer(locale: &str) -> TextAnalyzer {
    let language = locale.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let words = Words { stops: stop_words::of(&language), terms: Terms::default() };
    match stemmer(&language) {
        Some(language) => TextAnalyzer::builder(words).filter(Stemmer::new(language)).build(),
        None => TextAnalyzer::builder(words).build(),
    }
}

/// The terms of a question, each once.
pub(super) fn terms(analyzer: &mut TextAnalyzer, text: &str) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    analyzer.token_stream(text).process(&mut |token| {
        if terms.len() < TERMS_MAX {
            terms.insert(token.text.clone());
        }
    });
    terms
}

fn stemmer(language: &str) -> Option<Language> {
    Some(match language {
        "ar" => Language::Arabic,
        "da" => Language::Danish,
        "de" => Language::German,
        "el" => Language::Greek,
        "en" => Language::English,
        "es" => Language::Spanish,
        "fi" => Language::Finnish,
        "fr" => Language::French,
        "hu" => Language::Hungarian,
        "it" => Language::Italian,
        "nb" | "nn" | "no" => Language::Norwegian,
        "nl" => Language::Dutch,
        "pt" => Language::Portuguese,
        "ro" => Language::Romanian,
        "ru" => Language::Russian,
        "sv" => Language::Swedish,
        "ta" => Language::Tamil,
        "tr" => Language::Turkish,
        _ => return None,
    })
}

/// The whole text's words. Pairs stand for a run without spaces; its last sign counts only where it is alone.
#[derive(Debug, Clone)]
struct Words {
    stops: &'static [&'static str],
    terms: Terms,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Made<'a>;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> Made<'a> {
        self.terms.clear();
        let (mut position, mut within_run) = (0, false);
        words(text, |word| {
            let ends_run = word.shape == Shape::Last && within_run;
            within_run = word.shape == Shape::Pair;
            if !ends_run && !self.stops.contains(&word.term) {
                self.terms.push(word.term, position, word.from, word.to);
                position += 1;
            }
        });
        self.terms.stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(locale: &str, text: &str) -> String {
        terms(&mut analyzer(locale), text).into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_says_nothing_goes_and_words_stand_on_their_stems() {
        assert_eq!(of("en", "How can I return my Orders?"), of("en-GB", "returning order"));
        assert_eq!(of("es", "devoluciónes"), of("es", "DEVOLUCIONES"));
        assert_eq!(of("ru", "Где мои заказы"), of("ru", "где заказ"));
        assert_eq!(of("xx", "orders"), "orders");
    }

    #[test]
    fn a_run_without_spaces_is_its_pairs() {
        assert_eq!(of("zh", "营业时间"), "业时 时间 营业");
        assert_eq!(of("zh", "猫"), "猫");
    }
}
