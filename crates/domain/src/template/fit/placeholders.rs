//! The places of a template's text that a send fills: `{{1}}`, or `{{first_name}}` in templates with named parameters.

/// The distinct names, in the order of their first use.
pub(in crate::template) fn placeholders(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let inner = &rest[start + 2..];
        let Some(end) = inner.find("}}") else { break };
        let name = inner[..end].trim();
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if plain && !names.contains(&name) {
            names.push(name);
        }
        rest = if plain { &inner[end + 2..] } else { &rest[start + 1..] };
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_once_and_in_order() {
        for (text, expected) in [
            ("", &[][..]),
            ("Hello", &[]),
            ("Hello {{1}}, {{2}} and {{1}}", &["1", "2"]),
            ("{{ first_name }}{{day}}", &["first_name", "day"]),
            ("{{}} {{a b}} {{{1}} {{", &["1"]),
            ("مرحبًا {{1}}، {{2}}", &["1", "2"]),
        ] {
            assert_eq!(placeholders(text), expected, "{text}");
        }
    }
}
