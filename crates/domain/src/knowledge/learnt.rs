//! What a closing note says, as an article begins with it: its first line the title, all of it the body, the
//! conversation's tags its keywords. Whom it names among colleagues is left out.

use super::*;
use crate::conversation::mention::Mention;

/// What is known of a note's article beside its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    /// Absent: the first line.
    pub title: Option<String>,
    pub locale: String,
    pub category: Option<String>,
    pub visibility: Visibility,
}

/// The draft of an article from a note's text.
pub fn draft(body: &str, tags: &[&str], learnt: Learnt) -> write::Draft {
    let body_md = without_mentions(body);
    let first_line = || {
        let plain = plain_text(&body_md);
        let line = plain.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        plain::cut(line, TITLE_MAX)
    };
    let title = learnt.title.unwrap_or_else(first_line);
    let keywords = tags.iter().map(|tag| tag.replace(['_', '-'], " ").trim().to_owned());
    let fits = |word: &String| !word.is_empty() && word.chars().count() <= KEYWORD_CHARS_MAX;
    let mut keywords: Vec<_> = keywords.filter(fits).take(KEYWORDS_MAX).collect();
    keywords.dedup();
    let translation = Translation { title, keywords, body_md, answer_text: None };
    write::Draft {
        particulars: Particulars {
            category: learnt.category,
            visibility: learnt.visibility,
            priority: 0,
            default_locale: learnt.locale.clone(),
        },
        translations: Translations::from([(learnt.locale, translation)]),
    }
}

fn without_mentions(body: &str) -> String {
    let mut parts = body.split("@[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mention = part.split_once(']').filter(|(inside, _)| names_somebody(inside));
        match mention {
            Some((_, rest)) if plain.is_empty() || plain.ends_with(char::is_whitespace) => {
                plain.push_str(rest.trim_start_matches([' ', ',', ':']));
            }
            Some((_, rest)) => plain.push_str(rest),
            None => {
                plain.push_str("@[");
                plain.push_str(part);
            }
        }
    }
    plain.trim().to_owned()
}

fn names_somebody(inside: &str) -> bool {
    let user = inside.parse().map(Mention::User);
    user.or_else(|_| inside.parse().map(Mention::Team)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_becomes_a_title_a_body_and_keywords_and_names_no_colleague() {
        let user = UserId::from_u128(1);
        let body = format!("@[{user}], **Router blinks red**\n\nRestart it *twice*, ask @[{user}]. @[nobody]");
        let learnt = Learnt { title: None, locale: "en".to_owned(), category: None, visibility: Visibility::Internal };
        let draft = draft(&body, &["red_light", "router", &"x".repeat(61)], learnt);
        let text = &draft.translations["en"];
        assert_eq!(text.title, "Router blinks red");
        assert_eq!(text.body_md, "**Router blinks red**\n\nRestart it *twice*, ask . @[nobody]");
        assert_eq!(text.keywords, ["red light", "router"]);
    }
}
