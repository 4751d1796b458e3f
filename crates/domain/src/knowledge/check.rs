//! What an article must be to be taken: all that is wrong with it at once, each with a pointer to its place.

use std::collections::BTreeSet;

use super::*;
use crate::access::Principal;
use crate::condition::folded;
use crate::contact::attributes::is_language;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::world::World;

/// Refuses what cannot be taken.
pub(super) fn check(particulars: &Particulars, translations: &Translations) -> Result<(), Rejection> {
    Rejection::unless_clean(errors(particulars, translations))
}

/// What is wrong with whose article it is to be.
pub(super) fn brand_errors(world: &World, by: &Principal, brand: Option<BrandId>) -> Vec<FieldError> {
    let error =
        |code, detail: &str| vec![FieldError { pointer: "/brand_id".to_owned(), code, detail: detail.to_owned() }];
    match brand {
        Some(brand) if !world.brands.contains_key(&brand) || !by.rights().in_brand(brand) => {
            error("unknown_reference", "names no brand of yours")
        }
        None if by.rights().brands().is_some() => error("required", "name one of your brands"),
        _ => Vec::new(),
    }
}

fn errors(particulars: &Particulars, translations: &Translations) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: String, code, detail: String| errors.push(FieldError { pointer, code, detail });
    if let Some(category) = &particulars.category
        && !is_line(category, CATEGORY_MAX)
    {
        say("/category".to_owned(), "wrong_length", format!("1 to {CATEGORY_MAX} printable characters"));
    }
    if particulars.priority > PRIORITY_MAX {
        say("/priority".to_owned(), "out_of_range", format!("0 to {PRIORITY_MAX}"));
    }
    if !translations.contains_key(&particulars.default_locale) {
        say("/default_locale".to_owned(), "unknown_reference", "is none of its languages".to_owned());
    }
    if !(1..=LOCALES_MAX).contains(&translations.len()) {
        say("/translations".to_owned(), "too_many", format!("1 to {LOCALES_MAX} languages"));
    }
    let mut tags = BTreeSet::new();
    for (locale, translation) in translations {
        let at = format!("/translations/{}", locale.replace('~', "~0").replace('/', "~1"));
        if !is_language(locale) {
            say(at.clone(), "bad_format", "a BCP 47 tag, as \"pt\" or \"pt-BR\"".to_owned());
        } else if !tags.insert(locale.to_ascii_lowercase()) {
            say(at.clone(), "duplicate", "this language stands there twice".to_owned());
        }
        if !is_line(&translation.title, TITLE_MAX) {
            say(format!("{at}/title"), "wrong_length", format!("1 to {TITLE_MAX} printable characters"));
        }
        if !is_text(&translation.body_md, BODY_MAX) {
            say(format!("{at}/body_md"), "wrong_length", format!("1 to {BODY_MAX} characters"));
        }
        match &translation.answer_text {
            Some(text) if !is_text(text, ANSWER_MAX) => {
                say(format!("{at}/answer_text"), "wrong_length", format!("1 to {ANSWER_MAX} characters"));
            }
            None if translation.answer().trim().is_empty() && !translation.body_md.trim().is_empty() => {
                say(format!("{at}/answer_text"), "required", "the body holds no text to send".to_owned());
            }
            _ => {}
        }
        if translation.keywords.len() > KEYWORDS_MAX {
            say(format!("{at}/keywords"), "too_many", format!("at most {KEYWORDS_MAX}"));
        }
        let mut seen = BTreeSet::new();
        for (index, keyword) in translation.keywords.iter().enumerate().take(KEYWORDS_MAX) {
            let at = format!("{at}/keywords/{index}");
            if !is_line(keyword, KEYWORD_CHARS_MAX) || !keyword.chars().any(char::is_alphanumeric) {
                say(at, "bad_format", format!("words of 1 to {KEYWORD_CHARS_MAX} characters"));
            } else if !seen.insert(folded(keyword).into_owned()) {
                say(at, "duplicate", "stands there before".to_owned());
            }
        }
    }
    errors
}

fn is_line(text: &str, max: usize) -> bool {
    let line = text.trim();
    !line.is_empty() && line.chars().count() <= max && !line.chars().any(char::is_control)
}

/// Lines and tabs are text; other control characters are not.
fn is_text(text: &str, max: usize) -> bool {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    !text.trim().is_empty() && text.chars().count() <= max && text.chars().all(plain)
}
