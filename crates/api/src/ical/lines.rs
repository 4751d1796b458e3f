//! Content lines: unfolded, and taken apart into name, parameters and value (RFC 5545, 3.1).

use std::borrow::Cow;

/// One line: `DTSTART;VALUE=DATE:20261225`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Of the first line it is folded from, from 1.
    pub(super) number: usize,
    /// In capitals.
    pub(super) name: String,
    pub(super) value: Cow<'a, str>,
}

/// The lines of a text. What has no colon is no line and is passed over.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    unfolded(text).filter_map(|(number, line)| {
        let end = line.find([':', ';'])?;
        let name = line[..end].trim().to_ascii_uppercase();
        let colon = value_begins(&line)?;
        let value = match line {
            Cow::Borrowed(line) => Cow::Borrowed(&line[colon + 1..]),
            Cow::Owned(line) => Cow::Owned(line[colon + 1..].to_owned()),
        };
        Some(Line { number, name, value })
    })
}

/// Puts lines together that go on in the next one, which begins with a blank then.
fn unfolded(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text.lines().enumerate().peekable();
    std::iter::from_fn(move || {
        let (number, first) = rest.next()?;
        let mut line = Cow::Borrowed(first);
        while let Some((_, next)) = rest.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
            line.to_mut().push_str(&next[1..]);
        }
        Some((number + 1, line))
    })
}

/// The colon before the value; those in quotes belong to parameters.
fn value_begins(line: &str) -> Option<usize> {
    let mut quoted = false;
    line.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    })
}

/// A text without the backslashes that let it hold commas and breaks.
pub(super) fn text(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(escaped) => plain.push(escaped),
                None => {}
            },
            c => plain.push(c),
        }
    }
    plain
}
