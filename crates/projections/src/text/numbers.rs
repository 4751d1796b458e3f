//! Numbers, however they are written: `+34 600-111.222` is `34600111222`. A number is found by any part of at least
//! [`GRAM`] digits, so what is indexed are all its parts of exactly that many; a longer part is those that follow each other.

use super::fold::digit;

/// Digits of one part.
pub const GRAM: usize = 4;
/// Longest number; what goes on longer is the next one.
pub const DIGITS_MAX: usize = 32;
/// Signs between two groups of digits at most.
const GAP_MAX: usize = 2;

/// A number, or what looks like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// ASCII digits without anything between them.
    pub digits: String,
    /// Where each digit stands in the text, in bytes.
    pub places: Vec<(usize, usize)>,
}

impl Number {
    /// Its parts and where they stand in the text: none of a number that is too short.
    pub fn grams(&self) -> impl Iterator<Item = (&str, (usize, usize))> {
        let places = self.places.windows(GRAM).map(|digits| (digits[0].0, digits[GRAM - 1].1));
        places.enumerate().map(|(at, place)| (&self.digits[at..at + GRAM], place))
    }

    /// Where `part` stands in the text, if it is a part.
    pub fn place_of(&self, part: &str) -> Option<(usize, usize)> {
        let at = self.digits.find(part)?;
        Some((self.places.get(at)?.0, self.places.get(at + part.len().checked_sub(1)?)?.1))
    }
}

/// The numbers of a text with at least [`GRAM`] digits.
pub fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut number = Number { digits: String::new(), places: Vec::new() };
    let mut gap = 0;
    let mut end = |number: &mut Number| {
        let done = std::mem::replace(number, Number { digits: String::new(), places: Vec::new() });
        if done.digits.len() >= GRAM {
            found.push(done);
        }
    };
    for (at, c) in text.char_indices() {
        if let Some(value) = digit(c) {
            if number.digits.len() == DIGITS_MAX {
                end(&mut number);
            }
            number.digits.push(value);
            number.places.push((at, at + c.len_utf8()));
            gap = 0;
        } else if !number.digits.is_empty() {
            gap += 1;
            if gap > GAP_MAX || !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '‐' | '‑' | '.' | '(' | ')' | '/')
            {
                end(&mut number);
            }
        }
    }
    end(&mut number);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<String> {
        numbers(text).into_iter().map(|number| number.digits).collect()
    }

    #[test]
    fn what_stands_between_digits_does_not_matter() {
        for text in ["+34 600 111 222", "34600111222", "(34) 600-111.222", "٣٤٦٠٠١١١٢٢٢"] {
            assert_eq!(digits(text), ["34600111222"], "{text}");
        }
    }

    #[test]
    fn other_signs_part_numbers_and_short_ones_are_words_only() {
        assert_eq!(digits("4711, 4712 and 99"), ["4711", "4712"]);
        assert_eq!(digits("AB12345CD"), ["12345"]);
        assert_eq!(digits("1 2 3"), Vec::<String>::new());
    }

    #[test]
    fn a_number_has_all_its_parts() {
        let number = numbers("+34 6001").remove(0);
        assert_eq!(number.grams().collect::<Vec<_>>(), [("3460", (1, 6)), ("4600", (2, 7)), ("6001", (4, 8))]);
        let text = "tel +34 6001";
        let number = numbers(text).remove(0);
        let (from, to) = number.place_of("4600").unwrap();
        assert_eq!(&text[from..to], "4 600");
        assert_eq!(number.place_of("999"), None);
    }

    #[test]
    fn an_endless_number_is_cut() {
        let found = numbers(&"7".repeat(100));
        assert_eq!(found.iter().map(|number| number.digits.len()).collect::<Vec<_>>(), [32, 32, 32, 4]);
    }
}
