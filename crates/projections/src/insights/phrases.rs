//! What a message is about: its words and its phrases of two words, folded, without those that say nothing. A text without
//! spaces is its pairs, as search has it.

use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use crate::knowledge::stop_words;
use crate::text::looked_at;
use crate::text::words::{Shape, Token, words};

/// Words of one message that are looked at.
const WORDS_MAX: usize = 60;
/// With so many digits a word is somebody's number: of an order, an account, a phone.
const DIGITS_MAX: usize = 3;

/// What people say to each other whatever it is about, beyond the stop words of questions. Folded.
const SMALL_TALK: &[&str] = &[
    // English
    "thanks",
    "thank",
    "yes",
    "no",
    "not",
    "ok",
    "okay",
    "just",
    "get",
    "got",
    "from",
    "there",
    "they",
    "them",
    "he",
    "she",
    "his",
    "her",
    "its",
    "as",
    "by",
    "but",
    "so",
    "because",
    "been",
    "had",
    "were",
    "any",
    "some",
    "all",
    "also",
    "then",
    "than",
    "when",
    "where",
    "who",
    "why",
    "want",
    "need",
    "know",
    "let",
    "ve",
    "re",
    "ll",
    "don",
    "didn",
    "isn",
    "could",
    "should",
    "good",
    "morning",
    "afternoon",
    "evening",
    "day",
    "today",
    "dear",
    "sorry",
    "now",
    "still",
    // Spanish
    "gracias",
    "no",
    "pero",
    "mas",
    "muy",
    "ya",
    "este",
    "esta",
    "esto",
    "eso",
    "hay",
    "tengo",
    "quiero",
    "necesito",
    "buenos",
    "buenas",
    "dias",
    "tardes",
    "noches",
    "donde",
    "cuando",
    "te",
    "tu",
    "nos",
    "sus",
    "mis",
    "vale",
    "hoy",
    // Portuguese
    "obrigado",
    "obrigada",
    "nao",
    "sim",
    "mas",
    "muito",
    "ja",
    "isso",
    "isto",
    "esse",
    "quero",
    "preciso",
    "bom",
    "boa",
    "dia",
    "tarde",
    "noite",
    "voce",
    "voces",
    "onde",
    "quando",
    "hoje",
    // French
    "merci",
    "oui",
    "non",
    "pas",
    "ne",
    "n",
    "mais",
    "tres",
    "plus",
    "bien",
    "votre",
    "vos",
    "nous",
    "on",
    "sur",
    "par",
    "avez",
    "ai",
    "suis",
    "veux",
    "voudrais",
    "bonsoir",
    "salut",
    "quand",
    "cette",
    "cet",
    "aujourd",
    "hui",
    // German
    "danke",
    "ja",
    "nein",
    "nicht",
    "aber",
    "sehr",
    "noch",
    "schon",
    "habe",
    "haben",
    "hat",
    "dass",
    "mir",
    "mich",
    "dich",
    "sich",
    "dann",
    "wenn",
    "wo",
    "wann",
    "guten",
    "tag",
    "morgen",
    "abend",
    "hallo",
    "moin",
    "gerne",
    "heute",
    "nur",
    // Italian
    "grazie",
    "non",
    "ma",
    "molto",
    "piu",
    "ho",
    "hai",
    "ha",
    "vorrei",
    "buongiorno",
    "buonasera",
    "salve",
    "quando",
    "dove",
    "questo",
    "questa",
    "oggi",
    // Dutch
    "dank",
    "bedankt",
    "ja",
    "nee",
    "niet",
    "maar",
    "nog",
    "goedemorgen",
    "hoi",
    "dag",
    "wil",
    "graag",
];

/// The words that say nothing, in any language: nobody says in which a customer writes.
fn says_nothing(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let all = || stop_words::all().chain(SMALL_TALK.iter().copied()).collect();
    WORDS.get_or_init(all).contains(word)
}

fn counts(word: &str) -> bool {
    let digits = word.chars().filter(|c| c.is_numeric()).count();
    let letters = word.chars().count() - digits;
    letters > 0 && digits <= DIGITS_MAX && letters + digits > 1 && !says_nothing(word)
}

/// A message's words, in order, each with its place.
fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut within_run) = (Vec::new(), false);
    words(looked_at(text), |token| {
        let ends_run = token.shape == Shape::Last && within_run;
        within_run = token.shape == Shape::Pair;
        let wanted = match token.shape {
            Shape::Word | Shape::Pair => counts(token.term),
            // A sign by itself is a word of its own.
            Shape::Last => !ends_run,
        };
        if wanted && tokens.len() < WORDS_MAX {
            tokens.push(token.owned());
        }
    });
    tokens
}

/// The words of a message that say what it is about, each once.
pub fn significant(text: &str) -> BTreeSet<String> {
    tokens(text).into_iter().map(|token| token.term).collect()
}

/// The same with its phrases: two words that stand beside each other, in one sentence.
pub fn phrases(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let beside = |pair: &&[Token]| {
        let words = pair.iter().all(|token| token.shape == Shape::Word);
        // Pairs of signs overlap, and have nothing between them.
        let between = || text.get(pair[0].to..pair[1].from).unwrap_or_default();
        words && pair[0].term != pair[1].term && between().chars().all(|c| matches!(c, ' ' | '-' | '\u{a0}'))
    };
    let pairs = tokens.windows(2).filter(beside).map(|pair| format!("{} {}", pair[0].term, pair[1].term));
    let pairs: Vec<String> = pairs.collect();
    tokens.iter().map(|token| token.term.clone()).chain(pairs).collect()
}

/// A phrase as somebody types it, as it is counted.
pub fn folded(phrase: &str) -> String {
    let mut words = Vec::new();
    crate::text::words::words(phrase, |token| {
        if token.shape != Shape::Last || words.is_empty() {
            words.push(token.term.to_owned());
        }
    });
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        phrases(text).into_iter().collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn words_and_their_neighbours_are_what_a_message_is_about() {
        assert_eq!(shown("Where is my refund status?"), "refund, refund status, status");
        assert_eq!(shown("Hola, necesito una devolución"), "devolucion");
        assert_eq!(shown("Hallo! Wo ist die Bestellung?"), "bestellung");
    }

    #[test]
    fn what_ends_a_sentence_parts_a_phrase_and_so_does_a_word_that_says_nothing() {
        assert_eq!(shown("Broken. Parcel"), "broken, parcel");
        assert_eq!(shown("parcel and invoice"), "invoice, parcel");
        assert_eq!(shown("wi-fi router"), "fi, fi router, router, wi, wi fi");
    }

    #[test]
    fn numbers_are_somebodys_and_no_topic() {
        assert_eq!(shown("order 778812 AB1234X"), "order");
        assert_eq!(shown("error 503"), "error");
        assert_eq!(shown("5g modem"), "5g, 5g modem, modem");
    }

    #[test]
    fn a_text_without_spaces_is_its_pairs() {
        assert_eq!(shown("退款状态"), "款状, 状态, 退款");
        assert_eq!(shown("猫"), "猫");
    }

    #[test]
    fn a_phrase_is_typed_in_any_case() {
        assert_eq!(folded(" Refund  Státus "), "refund status");
        assert!(phrases("refund status").contains(&folded("REFUND status")));
    }
}
