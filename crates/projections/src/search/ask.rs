//! What a person typed, as parts that must all be there: words, the last of them perhaps only begun; runs of signs in scripts
//! without spaces; numbers by any part; and what stands in quotation marks as it stands there.

use crate::text::numbers::GRAM;
use crate::text::words::{Shape, Token, all};
use crate::text::{Number, numbers};

/// Parts at most; what is typed beyond is not looked at.
pub const PARTS_MAX: usize = 16;

/// Signs of a word from which on it may be only begun. So many words begin with the same two letters that whoever types them
/// would wait for all and find none.
const BEGUN_MIN: usize = 3;

/// One thing that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Word(String),
    /// The beginning of a word.
    Begun(String),
    /// Terms that follow each other: signs of a script without spaces, or what was quoted.
    Sequence(Vec<String>),
    /// At least [`GRAM`] digits that stand together somewhere, or the groups they were typed in as words.
    Number {
        digits: String,
        words: Vec<String>,
    },
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ask {
    pub parts: Vec<Part>,
}

impl Ask {
    /// Reads a question. Without a single word or number in it, it asks nothing.
    pub fn read(typed: &str) -> Self {
        let mut parts = Vec::new();
        let pieces: Vec<&str> = typed.split(['"', '“', '”', '„', '«', '»']).collect();
        for (index, piece) in pieces.iter().enumerate() {
            let quoted = index % 2 == 1;
            // A quotation that is not closed yet is still being typed.
            if quoted && index + 1 < pieces.len() {
                quotation(piece, &mut parts);
            } else {
                loose(piece, index + 1 == pieces.len(), &mut parts);
            }
        }
        parts.truncate(PARTS_MAX);
        Self { parts }
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

fn quotation(piece: &str, parts: &mut Vec<Part>) {
    let mut terms: Vec<String> = Vec::new();
    let tokens = all(piece);
    for (index, token) in tokens.iter().enumerate() {
        let ends_run = token.shape == Shape::Last && index > 0 && tokens[index - 1].shape == Shape::Pair;
        // The last sign of a run is there only for who looks for a single one.
        if !(ends_run && index + 1 == tokens.len()) {
            terms.push(token.term.clone());
        }
    }
    match terms.len() {
        0 => {}
        1 => parts.extend(terms.pop().map(Part::Word)),
        _ => parts.push(Part::Sequence(terms)),
    }
}

fn loose(piece: &str, last: bool, parts: &mut Vec<Part>) {
    let tokens = all(piece);
    let numbers = numbers(piece);
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some((number, count)) = number_at(&numbers, &tokens[at..]) {
            let words = tokens[at..at + count].iter().map(|token| token.term.clone()).collect();
            parts.push(Part::Number { digits: number.digits.clone(), words });
            at += count;
            continue;
        }
        match token.shape {
            Shape::Word => {
                let long = token.term.chars().count() >= BEGUN_MIN;
                let unfinished = last && at + 1 == tokens.len() && long && piece.ends_with(char::is_alphanumeric);
                parts.push(if unfinished { Part::Begun(token.term.clone()) } else { Part::Word(token.term.clone()) });
                at += 1;
            }
            Shape::Last => {
                // Wherever a sign stands, something begins with it.
                parts.push(Part::Begun(token.term.clone()));
                at += 1;
            }
            Shape::Pair => {
                let run = tokens[at..].iter().take_while(|token| token.shape == Shape::Pair).count();
                let terms: Vec<_> = tokens[at..at + run].iter().map(|token| token.term.clone()).collect();
                parts.push(if run == 1 { Part::Word(terms.concat()) } else { Part::Sequence(terms) });
                // The run's last sign comes after it.
                at += run + 1;
            }
        }
    }
}

/// The number whose groups of digits the next words are, and how many of them.
fn number_at<'a>(numbers: &'a [Number], tokens: &[Token]) -> Option<(&'a Number, usize)> {
    let first = tokens.first()?;
    let number = numbers.iter().find(|number| number.places.first().is_some_and(|place| place.0 == first.from))?;
    let end = number.places.last()?.1;
    let count = tokens.iter().take_while(|token| token.to <= end).count();
    // A word that goes on with letters is no number.
    let whole = tokens.get(count).is_none_or(|next| next.from >= end) && count > 0;
    (whole && number.digits.len() >= GRAM).then_some((number, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Part {
        Part::Word(text.to_owned())
    }
    fn begun(text: &str) -> Part {
        Part::Begun(text.to_owned())
    }
    fn sequence(terms: &[&str]) -> Part {
        Part::Sequence(terms.iter().map(|term| (*term).to_owned()).collect())
    }
    fn number(digits: &str, words: &[&str]) -> Part {
        Part::Number { digits: digits.to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() }
    }
    fn read(typed: &str) -> Vec<Part> {
        Ask::read(typed).parts
    }

    #[test]
    fn the_last_word_may_be_only_begun() {
        assert_eq!(read("Where is my PARC"), [word("where"), word("is"), word("my"), begun("parc")]);
        assert_eq!(read("my PA"), [word("my"), word("pa")], "of two letters there are too many");
        assert_eq!(read("parcel "), [word("parcel")]);
        assert_eq!(read("x"), [word("x")]);
        assert_eq!(read(" ?! "), []);
    }

    #[test]
    fn what_is_quoted_stands_together() {
        assert_eq!(read("\"not delivered\" refund"), [sequence(&["not", "delivered"]), begun("refund")]);
        assert_eq!(read("“Étage”"), [word("etage")]);
        assert_eq!(read("say \"not del"), [word("say"), word("not"), begun("del")]);
        assert_eq!(read("\"\""), []);
    }

    #[test]
    fn signs_without_spaces_stand_together() {
        assert_eq!(read("北京大学"), [sequence(&["北京", "京大", "大学"])]);
        assert_eq!(read("北京"), [word("北京")]);
        assert_eq!(read("猫"), [begun("猫")]);
        assert_eq!(read("\"北京大学\""), [sequence(&["北京", "京大", "大学"])]);
    }

    #[test]
    fn numbers_are_looked_for_in_parts_and_in_groups() {
        assert_eq!(read("+34 600 111"), [number("34600111", &["34", "600", "111"])]);
        assert_eq!(read("order 4711"), [word("order"), number("4711", &["4711"])]);
        assert_eq!(read("12 x"), [word("12"), word("x")]);
        assert_eq!(read("ab12345"), [begun("ab12345")]);
    }

    #[test]
    fn a_question_has_an_end() {
        assert_eq!(read(&"a b ".repeat(200)).len(), PARTS_MAX);
    }
}
