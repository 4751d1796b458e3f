//! A JSON value written as YAML 1.2 in block style, for people to read and to compare in reviews. Long text stands as it is,
//! line by line; any string that a reader could take for something else is quoted as in JSON, which YAML contains.
//!
//! Only writes, and only what JSON has: no anchors, tags or comments. Members keep the map's order, so equal values are
//! equal texts.

use serde_json::{Map, Value};

/// The value as a document with a final newline.
pub(crate) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => object(&mut out, members, 0),
        Value::Array(items) if !items.is_empty() => array(&mut out, items, 0),
        scalar => {
            inline(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

/// Members, one a line; the cursor stands where the first key goes.
fn object(out: &mut String, members: &Map<String, Value>, indent: usize) {
    for (n, (key, value)) in members.iter().enumerate() {
        if n > 0 {
            pad(out, indent);
        }
        out.push_str(&line(key));
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                pad(out, indent + 2);
                object(out, inner, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                pad(out, indent + 2);
                array(out, items, indent + 2);
            }
            scalar => {
                out.push(' ');
                inline(out, scalar, indent + 2);
                out.push('\n');
            }
        }
    }
}

/// Items, each behind a dash; the cursor stands where the first dash goes.
fn array(out: &mut String, items: &[Value], indent: usize) {
    for (n, value) in items.iter().enumerate() {
        if n > 0 {
            pad(out, indent);
        }
        out.push_str("- ");
        match value {
            Value::Object(inner) if !inner.is_empty() => object(out, inner, indent + 2),
            Value::Array(inner) if !inner.is_empty() => array(out, inner, indent + 2),
            scalar => {
                inline(out, scalar, indent + 2);
                out.push('\n');
            }
        }
    }
}

/// What stands behind its key or dash. The lines of a text are indented by `indent`.
fn inline(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) if is_prose(text) => {
            out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
            for each in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                out.push('\n');
                if !each.is_empty() {
                    pad(out, indent);
                    out.push_str(each);
                }
            }
        }
        Value::String(text) => out.push_str(&line(text)),
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A string on one line.
fn line(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Text of several lines that a literal block gives back exactly: it begins with a word, and ends in one newline or none.
fn is_prose(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n'])
        && body.chars().all(|each| each == '\n' || is_printable(each))
}

/// Whether a reader of YAML 1.1 or 1.2 takes the bare text for this string.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "nan", "y", "n"];
    let fits = |each: char| each.is_ascii_alphanumeric() || each == '…' || " _-./$,;:'()`*+=<>@&?!".contains(each);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || "_/$".contains(first))
        && text.chars().all(fits)
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// As in JSON. What JSON lets stand but YAML's readers need not take is escaped too.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for each in Value::from(text).to_string().chars() {
        if is_printable(each) {
            out.push(each);
        } else {
            out.push_str(&format!("\\u{:04x}", u32::from(each)));
        }
    }
    out
}

/// YAML's printable characters, without those that break lines or are marks of an encoding.
fn is_printable(each: char) -> bool {
    !each.is_control() && !matches!(each, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_stands_in_blocks() {
        let value = json!({
            "empty": [{}, []],
            "list": ["a", {"b": 1, "c": [true, null]}, [1, [2]]],
            "text": "one\n\n  two: # not a comment\nthree\n",
            "title": "frontdesk",
            "without newline": "one\ntwo",
        });
        assert_eq!(
            write(&value),
            "empty:\n  - {}\n  - []\nlist:\n  - a\n  - b: 1\n    c:\n      - true\n      - null\n  - - 1\n    - - 2\n\
             text: |\n  one\n\n    two: # not a comment\n  three\ntitle: frontdesk\nwithout newline: |-\n  one\n  two\n"
        );
        assert_eq!(
            (write(&json!({})), write(&json!([])), write(&json!("a"))),
            ("{}\n".into(), "[]\n".into(), "a\n".into())
        );
        assert_eq!(write(&json!(["one\ntwo"])), "- |-\n  one\n  two\n");
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_quoted() {
        for text in [
            "",
            "true",
            "No",
            "null",
            "~",
            "1",
            "1.5",
            "2026-11-22",
            "-",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#a",
            "*a",
            "&a",
            "!a",
            "@a",
            "`a`",
            "'a'",
            "\"a\"",
            "{a",
            "[a",
            "a, [b]",
            "%a",
            " a",
            "a ",
            "a\tb",
            "a\\b",
            "? a",
            "| a",
            "> a",
            ".5",
            "=",
        ] {
            assert_eq!(write(&json!(text)), format!("{}\n", json!(text)), "{text}");
        }
        for text in
            ["message.received", "/v1/live", "$ref", "A word, `code`; it's (so).", "conversations:mine", "conv_…"]
        {
            assert_eq!(write(&json!(text)), format!("{text}\n"));
        }
    }

    #[test]
    fn text_that_a_block_would_change_is_quoted() {
        for text in ["\n", "a\n\n", "\na", " a\nb", "a\r\nb", "a\tb\nc"] {
            assert_eq!(write(&json!(text)), format!("{}\n", json!(text)), "{text:?}");
        }
    }

    #[test]
    fn characters_that_are_no_text_are_escaped() {
        assert_eq!(write(&json!("\u{7f}\u{85}\u{2028}\u{feff}")), "\"\\u007f\\u0085\\u2028\\ufeff\"\n");
        assert_eq!(write(&json!("a\n\u{85}b")), "\"a\\n\\u0085b\"\n");
        assert_eq!(write(&json!("😀")), "\"😀\"\n");
    }

    #[test]
    fn keys_are_written_like_strings() {
        assert_eq!(
            write(&json!({"200": 1, "a b": 2, "a\nb": 3, "no": 4})),
            "\"200\": 1\n\"a\\nb\": 3\na b: 2\n\"no\": 4\n"
        );
    }
}
