//! The part of an article that has most of what was asked for.

use domain::knowledge::{Translation, plain_text};

use super::analysis::{analyzer, terms};

/// Characters of a snippet at most, the dots of what was left out aside.
const CHARS: usize = 200;

/// A piece of plain text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    pub text: String,
    /// Where the words stand in it, in characters: from, and up to.
    pub highlights: Vec<(usize, usize)>,
}

/// The piece of a body with the most different words of a question; its beginning where it has none.
pub(super) fn snippet(translation: &Translation, locale: &str, question: &str) -> Snippet {
    let mut analyzer = analyzer(locale);
    let wanted = terms(&mut analyzer, question);
    let text = plain_text(&translation.body_md);
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    analyzer.token_stream(&text).process(&mut |token| {
        if wanted.contains(&token.text) {
            found.push((token.offset_from, token.offset_to, token.text.clone()));
        }
    });
    let chars: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let char_of = |byte: usize| chars.partition_point(|at| *at < byte);
    let found: Vec<_> = found.into_iter().map(|(from, to, term)| (char_of(from), char_of(to), term)).collect();
    // A window that begins with one of the words; the first of those with most of them.
    let distinct = |(begin, _, _): &(usize, usize, String)| {
        let inside = found.iter().filter(|(from, to, _)| from >= begin && *to <= begin + CHARS);
        inside.map(|(.., term)| term).collect::<std::collections::BTreeSet<_>>().len()
    };
    let mut best = (0, 0);
    for place in &found {
        let count = distinct(place);
        if count > best.0 {
            best = (count, place.0);
        }
    }
    let (begin, end) = window(&text, &chars, best.1);
    let piece: String = text.chars().skip(begin).take(end - begin).map(|c| if c == '\n' { ' ' } else { c }).collect();
    let (before, after) = (begin > 0, end < chars.len());
    let shift = usize::from(before);
    let mut highlights: Vec<(usize, usize)> = Vec::new();
    for (from, to, _) in found.iter().filter(|(from, to, _)| *from >= begin && *to <= end) {
        let (from, to) = (from - begin + shift, to - begin + shift);
        match highlights.last_mut() {
            // Pairs overlap.
            Some(last) if last.1 >= from => last.1 = last.1.max(to),
            _ => highlights.push((from, to)),
        }
    }
    let text = format!("{}{piece}{}", if before { "…" } else { "" }, if after { "…" } else { "" });
    Snippet { text, highlights }
}

/// From a little before a place on, as much as there is room for, at the ends of words.
fn window(text: &str, chars: &[usize], place: usize) -> (usize, usize) {
    let all = chars.len();
    let space = |at: usize| chars.get(at).is_some_and(|byte| text[*byte..].starts_with(char::is_whitespace));
    let mut begin = place.saturating_sub(CHARS / 4).min(all.saturating_sub(CHARS));
    if begin > 0 {
        begin = (begin..place).find(|at| space(*at)).map_or(begin, |at| at + 1);
    }
    let mut end = (begin + CHARS).min(all);
    if end < all {
        end = (begin + CHARS / 2..end).rev().find(|at| space(*at)).unwrap_or(end);
    }
    (begin, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str, locale: &str, question: &str) -> Snippet {
        let translation =
            Translation { title: String::new(), keywords: Vec::new(), body_md: body.to_owned(), answer_text: None };
        snippet(&translation, locale, question)
    }

    #[test]
    fn it_is_the_part_with_most_of_what_was_asked() {
        let body =
            format!("{} The **refund** comes within five days. {}", "Nothing here. ".repeat(30), "More. ".repeat(60));
        let found = of(&body, "en", "refunds in how many days?");
        let words: Vec<String> = found
            .highlights
            .iter()
            .map(|(from, to)| found.text.chars().skip(*from).take(to - from).collect())
            .collect();
        assert_eq!(words, ["refund", "days"]);
        assert!(found.text.starts_with('…') && found.text.ends_with('…') && found.text.chars().count() <= CHARS + 2);
    }

    #[test]
    fn a_short_body_is_its_own_snippet() {
        assert_eq!(
            of("我们九点开门。", "zh", "几点开门"),
            Snippet { text: "我们九点开门。".to_owned(), highlights: vec![(3, 6)] }
        );
        assert_eq!(of("Nine to five.", "en", "zebra").highlights, []);
    }
}
