//! How texts become terms, for everything that is searched: articles, messages, notes, names. One analysis for indexing and
//! for asking, so that both sides fold alike.
//!
//! * Words are runs of letters and digits, folded: case, accents, points and width do not matter ([`fold`]).
//! * Scripts that put no spaces between words (Han, Kana, Hangul, Thai, Khmer, …) are cut into pairs of neighbours, with the
//!   last sign of a run by itself ([`words`]).
//! * Numbers are also looked at without what stands between their digits, in all their parts of four ([`numbers`]).
//!
//! Tokens keep the places in the text they came from, in bytes, for whoever highlights. Apostrophes and hyphens part words,
//! as do dots: `ana@example.com` is three words, so that any of them finds it.

pub mod fold;
pub mod numbers;
mod tokenizer;
pub mod words;

pub use numbers::{Number, numbers};
pub(crate) use tokenizer::Terms;
pub use tokenizer::{FoldingTokenizer, GramTokenizer, Made};
pub use words::{Token, Word, words};

/// Of a text, only so many bytes are looked at: a customer may send 65,536 characters.
pub const TEXT_BYTES_MAX: usize = 16_384;

/// The beginning of a text that is looked at.
pub fn looked_at(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}
