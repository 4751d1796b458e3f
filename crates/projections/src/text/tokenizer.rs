//! The same analysis as tantivy takes it.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::{looked_at, numbers, words};

/// Words and pairs.
#[derive(Debug, Clone, Default)]
pub struct FoldingTokenizer;

/// Parts of numbers. Between two numbers a position is left free, so that no part reaches from one into the next.
#[derive(Debug, Clone, Default)]
pub struct GramTokenizer;

/// Tokens made beforehand.
#[derive(Debug)]
pub struct Made {
    tokens: std::vec::IntoIter<Token>,
    token: Token,
}

impl Made {
    fn new(tokens: Vec<Token>) -> Self {
        Self { tokens: tokens.into_iter(), token: Token::default() }
    }
}

impl TokenStream for Made {
    fn advance(&mut self) -> bool {
        match self.tokens.next() {
            Some(token) => {
                self.token = token;
                true
            }
            None => false,
        }
    }
    fn token(&self) -> &Token {
        &self.token
    }
    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Tokenizer for FoldingTokenizer {
    type TokenStream<'a> = Made;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> Made {
        let mut tokens = Vec::new();
        words(looked_at(text), |token| {
            tokens.push(Token {
                offset_from: token.from,
                offset_to: token.to,
                position: token.position as usize,
                text: token.term,
                position_length: 1,
            });
        });
        Made::new(tokens)
    }
}

impl Tokenizer for GramTokenizer {
    type TokenStream<'a> = Made;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> Made {
        let mut tokens = Vec::new();
        let mut position = 0;
        for number in numbers(looked_at(text)) {
            for gram in number.grams() {
                let (offset_from, offset_to) = number.place_of(gram).unwrap_or_default();
                tokens.push(Token { offset_from, offset_to, position, text: gram.to_owned(), position_length: 1 });
                position += 1;
            }
            position += 1;
        }
        Made::new(tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_two_numbers_are_no_neighbours() {
        let mut tokenizer = GramTokenizer;
        let mut stream = tokenizer.token_stream("47110, 4712");
        let mut found = Vec::new();
        stream.process(&mut |token| found.push((token.text.clone(), token.position)));
        assert_eq!(found, [("4711".to_owned(), 0), ("7110".to_owned(), 1), ("4712".to_owned(), 3)]);
    }
}
