//! Markdown as the plain text a customer can read in a chat: what marks the text up goes, what it says stays. A reading of
//! the usual marks, not a parser: what is not understood is left as it stands.

/// A body as plain text.
pub fn plain_text(markdown: &str) -> String {
    let mut plain = String::with_capacity(markdown.len());
    let mut fenced = false;
    let mut blank = 0;
    for line in markdown.lines() {
        let line = line.trim_end();
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let text = if fenced { line.to_owned() } else { plain_line(line) };
        if text.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !plain.is_empty() {
            plain.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        plain.push_str(&text);
    }
    plain
}

fn plain_line(line: &str) -> String {
    let bare = line.trim_start();
    let indent = &line[..line.len() - bare.len()];
    let ruled = bare.len() >= 3 && ["-", "*", "_"].iter().any(|mark| bare.replace(mark, "").trim().is_empty());
    if ruled {
        return String::new();
    }
    let heading = bare.trim_start_matches('#');
    let bare = if bare.len() - heading.len() <= 6 && heading.starts_with(' ') { heading.trim_start() } else { bare };
    let bare = bare.trim_start_matches("> ").trim_start_matches('>');
    let item = ["- ", "* ", "+ "].iter().find_map(|mark| bare.strip_prefix(mark));
    match item {
        Some(item) => format!("{indent}• {}", inline(item)),
        None => format!("{indent}{}", inline(bare)),
    }
}

/// Links as their text with the address after it, pictures as their description, emphasis and code without its marks.
fn inline(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let mut after = rest.chars().skip(1);
            let escaped = after.next().filter(char::is_ascii_punctuation);
            plain.push(escaped.unwrap_or(c));
            rest = &rest[1 + escaped.map_or(0, char::len_utf8)..];
        } else if let Some((label, address, after)) = link(rest.strip_prefix('!').unwrap_or(rest)) {
            let picture = rest.starts_with('!');
            plain.push_str(&inline(label));
            if !picture && label != address {
                plain.push_str(&format!(" ({address})"));
            }
            rest = after;
        } else if let Some(after) = ["**", "__", "~~", "`"].iter().find_map(|mark| rest.strip_prefix(mark)) {
            rest = after;
        } else if (c == '*' || c == '_') && emphasis(&plain, &rest[1..]) {
            rest = &rest[1..];
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    plain
}

/// `[label](address)` at the beginning of a text, and what follows.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    let whole = !label.contains('[') && !address.contains(char::is_whitespace);
    whole.then_some((label, address, after))
}

/// A star or a low line beside a word's end is a mark; between letters (`snake_case`) or spaces it is text.
fn emphasis(before: &str, after: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (left, right) = (before.chars().next_back(), after.chars().next());
    let spaced = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let inside = word(left) && word(right);
    let alone = spaced(left) && spaced(right);
    !inside && !alone
}

/// As much of a text as fits, cut behind a sentence, else behind a word.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars_max) else { return text.to_owned() };
    let head = &text[..end];
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।' | '\n');
    // A sentence that ends in the first half would leave too little of what there is room for.
    let sentence = head.char_indices().filter(|(_, c)| ends(*c)).map(|(at, c)| at + c.len_utf8()).next_back();
    let sentence = sentence.filter(|at| *at > head.len() / 2);
    let word = || head.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at).next_back();
    head[..sentence.or_else(word).unwrap_or(end)].trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_what_is_said_stays() {
        let body = "# Returns\n\nSend it back **within 30 days**, see _here_:\n\n* use [the form](https://x.example/f)\n- or \
                    `snake_case`\n\n---\n\n> 2 * 3 \\* 4\n![a box](b.png)\n```\nlet *x*;\n```";
        let plain = "Returns\n\nSend it back within 30 days, see here:\n\n• use the form (https://x.example/f)\n• or \
                     snake_case\n\n2 * 3 * 4\na box\nlet *x*;";
        assert_eq!(plain_text(body), plain);
        assert_eq!(plain_text("https://x.example/a_b_c"), "https://x.example/a_b_c");
    }

    #[test]
    fn a_long_text_ends_with_a_sentence_where_one_ends_late_enough() {
        assert_eq!(cut("Short.", 10), "Short.");
        assert_eq!(cut("One two. Three four. Five", 22), "One two. Three four.");
        assert_eq!(cut("One. Two three four five", 20), "One. Two three four");
        assert_eq!(cut("一二三。四五六。七八九", 9), "一二三。四五六。");
        assert_eq!(cut("ααααααα", 3), "ααα");
    }
}
