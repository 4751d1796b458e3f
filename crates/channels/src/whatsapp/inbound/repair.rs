//! JSON that the provider sends and a strict reader refuses: half a surrogate pair (`"\ud83e"`) and bare control
//! characters inside strings. Repaired in the text of one item, after the signature has been checked and only when
//! reading it has failed.

/// The text with every unpaired surrogate escape replaced by `\ufffd` and every bare control character inside a string
/// written as an escape. Anything else stays byte for byte.
pub(super) fn repaired(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 16);
    let (mut at, mut kept, mut in_string) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                in_string = !in_string;
                at += 1;
            }
            b'\\' if in_string => match unit(bytes, at) {
                Some(0xd800..=0xdbff) if matches!(unit(bytes, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
                Some(0xd800..=0xdfff) => {
                    out.push_str(&text[kept..at]);
                    out.push_str("\\ufffd");
                    at += 6;
                    kept = at;
                }
                // Skips the escaped character, which may be a quote. Escapes are ASCII in valid JSON.
                _ => at += if bytes.get(at + 1).is_some_and(u8::is_ascii) { 2 } else { 1 },
            },
            byte @ 0..=0x1f if in_string => {
                out.push_str(&text[kept..at]);
                out.push_str(&format!("\\u{byte:04x}"));
                at += 1;
                kept = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&text[kept..]);
    out
}

/// The code unit of a `\uXXXX` escape at this place.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    let mut value = 0;
    for digit in digits {
        value = value << 4 | char::from(*digit).to_digit(16)? as u16;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_broken_changes() {
        for (text, expected) in [
            (r#"{"a":"\ud83e"}"#, r#"{"a":"\ufffd"}"#),
            (r#"{"a":"\ud83e\ud83e\udd8a"}"#, r#"{"a":"\ufffd\ud83e\udd8a"}"#),
            (r#"{"a":"\udd8ax"}"#, r#"{"a":"\ufffdx"}"#),
            (r#"{"a":"\\ud83e"}"#, r#"{"a":"\\ud83e"}"#),
            (r#"{"a":"\"\ud83e\""}"#, r#"{"a":"\"\ufffd\""}"#),
            ("{\"a\":\"x\u{1}y\nz\"}", r#"{"a":"x\u0001y\u000az"}"#),
            ("{\n\"a\": \"ü🦊\"}", "{\n\"a\": \"ü🦊\"}"),
        ] {
            assert_eq!(repaired(text), expected);
        }
    }

    #[test]
    fn nonsense_does_not_panic() {
        for text in ["\"\\", "\"\\u", "\"\\ud8", "\"\\ud83e\\u", "\"\\é\"", "\\", ""] {
            repaired(text);
        }
    }
}
