//! Where in a text stands what was asked for. The very analysis that indexed it finds it again, so what is marked is what
//! was found.

use super::ask::{Ask, Part};
use crate::text::words::all;
use crate::text::{looked_at, numbers};

/// Characters of an excerpt around the first mark.
const EXCERPT_CHARS: usize = 160;
/// Of those, how many before it.
const BEFORE_CHARS: usize = 40;
/// Marks of one text at most.
const MARKS_MAX: usize = 50;

/// A part of a text with what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// From and to, in characters (Unicode code points) of the excerpt; apart and in order.
    pub marks: Vec<(usize, usize)>,
    /// There is more of the text before it, and after it.
    pub cut: (bool, bool),
}

/// Where the parts stand, in bytes; `None` where one of them is missing.
pub fn marks(text: &str, ask: &Ask) -> Option<Vec<(usize, usize)>> {
    let text = looked_at(text);
    let tokens = all(text);
    let numbers = numbers(text);
    let mut found: Vec<(usize, usize)> = Vec::new();
    let words = |fits: &dyn Fn(&str) -> bool, found: &mut Vec<(usize, usize)>| {
        let before = found.len();
        found.extend(tokens.iter().filter(|token| fits(&token.term)).map(|token| (token.from, token.to)));
        found.len() > before
    };
    for part in &ask.parts {
        let there = match part {
            Part::Word(word) => words(&|term| term == word, &mut found),
            Part::Begun(start) => words(&|term| term.starts_with(start.as_str()), &mut found),
            Part::Sequence(terms) => {
                let before = found.len();
                let windows = tokens.windows(terms.len());
                let fitting =
                    windows.filter(|window| window.iter().zip(terms).all(|(token, term)| token.term == *term));
                found.extend(fitting.filter_map(|window| Some((window.first()?.from, window.last()?.to))));
                found.len() > before
            }
            Part::Number { digits, words: groups } => {
                let before = found.len();
                found.extend(numbers.iter().filter_map(|number| number.place_of(digits)));
                if found.len() == before {
                    groups.iter().all(|group| words(&|term| term == group, &mut found))
                } else {
                    true
                }
            }
        };
        if !there {
            return None;
        }
    }
    found.sort_unstable();
    let mut apart: Vec<(usize, usize)> = Vec::new();
    for (from, to) in found {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => apart.push((from, to)),
        }
    }
    apart.truncate(MARKS_MAX);
    Some(apart)
}

/// The part of a text around what was found in it; `None` where it is not there.
pub fn excerpt(text: &str, ask: &Ask) -> Option<Excerpt> {
    let marks = marks(text, ask)?;
    let first = marks.first().map_or(0, |mark| mark.0);
    let begin = text[..first].char_indices().rev().take(BEFORE_CHARS).last().map_or(first, |(at, _)| at);
    let end = text[begin..].char_indices().nth(EXCERPT_CHARS).map_or(text.len(), |(at, _)| begin + at);
    let chars = |from: usize, to: usize| text[from..to].chars().count();
    let inside = marks.iter().filter(|(from, to)| *from >= begin && *to <= end);
    Some(Excerpt {
        text: text[begin..end].to_owned(),
        marks: inside.map(|(from, to)| (chars(begin, *from), chars(begin, *to))).collect(),
        cut: (begin > 0, end < text.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, typed: &str) -> Option<String> {
        let mut out = text.to_owned();
        for (from, to) in marks(text, &Ask::read(typed))?.into_iter().rev() {
            out.insert(to, ']');
            out.insert(from, '[');
        }
        Some(out)
    }

    #[test]
    fn what_was_found_is_marked_as_it_was_written() {
        let marks = |text, typed| marked(text, typed).unwrap_or_default();
        assert_eq!(marks("Mañana llega el PAQUETE", "manana paq"), "[Mañana] llega el [PAQUETE]");
        assert_eq!(marks("call +34 600-111-222 now", "600111"), "call +34 [600-111]-222 now");
        assert_eq!(marks("我在北京大学学习", "北京大学"), "我在[北京大学]学习");
        assert_eq!(
            marks("not yet delivered, not delivered", "\"not delivered\""),
            "not yet delivered, [not delivered]"
        );
        assert_eq!(marked("nothing here", "parcel"), None);
        assert_eq!(marked("only one of them", "one two"), None);
    }

    #[test]
    fn an_excerpt_is_around_the_first_mark_and_counts_in_characters() {
        let text = format!("{} äöü NEEDLE {}", "é ".repeat(300), "x ".repeat(300));
        let found = excerpt(&text, &Ask::read("needle")).unwrap();
        assert_eq!(found.text.chars().count(), EXCERPT_CHARS);
        assert_eq!(found.cut, (true, true));
        let (from, to) = found.marks[0];
        let marked: String = found.text.chars().skip(from).take(to - from).collect();
        assert_eq!(marked, "NEEDLE");
        let short = excerpt("a needle", &Ask::read("needle")).unwrap();
        assert_eq!((short.text.as_str(), short.cut), ("a needle", (false, false)));
    }
}
