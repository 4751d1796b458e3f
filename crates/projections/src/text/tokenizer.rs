//! The same analysis as tantivy takes it.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::{looked_at, numbers, words};

/// Words and pairs.
#[derive(Debug, Clone, Default)]
pub struct FoldingTokenizer(Terms);

/// Parts of numbers. Between two numbers a position is left free, so that no part reaches from one into the next.
#[derive(Debug, Clone, Default)]
pub struct GramTokenizer(Terms);

/// The terms of a text, in memory that serves the next text too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    text: String,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, Copy)]
struct Term {
    /// Where it ends in [`Terms::text`]; it begins where the one before it ends.
    end: usize,
    position: usize,
    from: usize,
    to: usize,
}

impl Terms {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.terms.clear();
    }

    pub(crate) fn push(&mut self, term: &str, position: usize, from: usize, to: usize) {
        self.text.push_str(term);
        self.terms.push(Term { end: self.text.len(), position, from, to });
    }

    pub(crate) fn stream(&self) -> Made<'_> {
        Made { text: &self.text, begin: 0, terms: self.terms.iter(), token: Token::default() }
    }
}

/// Terms made beforehand.
#[derive(Debug)]
pub struct Made<'a> {
    text: &'a str,
    /// Where the next term begins.
    begin: usize,
    terms: std::slice::Iter<'a, Term>,
    token: Token,
}

impl TokenStream for Made<'_> {
    fn advance(&mut self) -> bool {
        let Some(Term { end, position, from, to }) = self.terms.next().copied() else { return false };
        self.token.text.clear();
        self.token.text.push_str(&self.text[self.begin..end]);
        (self.token.position, self.token.position_length) = (position, 1);
        (self.token.offset_from, self.token.offset_to) = (from, to);
        self.begin = end;
        true
    }
    fn token(&self) -> &Token {
        &self.token
    }
    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Tokenizer for FoldingTokenizer {
    type TokenStream<'a> = Made<'a>;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> Made<'a> {
        self.0.clear();
        words(looked_at(text), |word| self.0.push(word.term, word.position as usize, word.from, word.to));
        self.0.stream()
    }
}

impl Tokenizer for GramTokenizer {
    type TokenStream<'a> = Made<'a>;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> Made<'a> {
        self.0.clear();
        let mut position = 0;
        for number in numbers(looked_at(text)) {
            for (gram, (from, to)) in number.grams() {
                self.0.push(gram, position, from, to);
                position += 1;
            }
            position += 1;
        }
        self.0.stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_two_numbers_are_no_neighbours() {
        let mut tokenizer = GramTokenizer::default();
        let mut stream = tokenizer.token_stream("47110, 4712");
        let mut found = Vec::new();
        stream.process(&mut |token| found.push((token.text.clone(), token.position)));
        assert_eq!(found, [("4711".to_owned(), 0), ("7110".to_owned(), 1), ("4712".to_owned(), 3)]);
    }
}
