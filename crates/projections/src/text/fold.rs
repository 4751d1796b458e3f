//! Folding of single characters: what people type without looking is made equal. Compatibility decomposition without the
//! marks, lower case, and the few letters that do not decompose.
//!
//! Marks that are vowels or tones of their script (Thai, Devanagari, Kana's voicing) stay; accents, Hebrew points and Arabic
//! vowel signs go.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::{CanonicalCombiningClassMap, CanonicalCombiningClassMapBorrowed};

const DECOMPOSE: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const CLASSES: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMap::new();

/// Whether a character belongs to a word.
pub(super) fn is_of_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() || is_joiner(c) || CLASSES.get_u8(c) != 0
}

/// Whether it can begin one. What only joins or marks cannot.
pub(super) fn begins_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() && CLASSES.get_u8(c) == 0
}

/// Adds what a character becomes; nothing for marks.
pub fn fold_into(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    if is_joiner(c) || is_dropped_mark(c) {
        return;
    }
    if keeps_its_shape(c) {
        out.push(c);
        return;
    }
    for part in DECOMPOSE.normalize_iter(std::iter::once(c)) {
        if is_dropped_mark(part) {
            continue;
        }
        if let Some(digit) = digit(part) {
            out.push(digit);
            continue;
        }
        for lower in part.to_lowercase() {
            match plain(lower) {
                Some(letters) => out.push_str(letters),
                None if is_dropped_mark(lower) => {}
                None => out.push(lower),
            }
        }
    }
}

/// A whole text, folded character by character.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| fold_into(c, &mut out));
    out
}

/// The ASCII digit a decimal digit of another script stands for.
pub(super) fn digit(c: char) -> Option<char> {
    let zeros = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0x0ED0, 0x1040, 0x17E0, 0xFF10];
    let value = match c {
        '0'..='9' => return Some(c),
        _ if c.is_ascii() => return None,
        _ => zeros.into_iter().find_map(|zero| (c as u32).checked_sub(zero).filter(|value| *value < 10))?,
    };
    char::from_digit(value, 10)
}

/// Joins letters without being one: zero width (non-)joiner, Arabic's lengthening stroke, soft hyphen, variation selectors.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{0640}' | '\u{00ad}' | '\u{fe00}'..='\u{fe0f}')
}

/// Accents above and below, nuktas, Hebrew points, Arabic vowel signs.
fn is_dropped_mark(c: char) -> bool {
    !c.is_ascii() && matches!(CLASSES.get_u8(c), 7 | 10..=36 | 200..=240)
}

/// Syllables and voiced signs would come apart.
fn keeps_its_shape(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' | '\u{0e00}'..='\u{0e4f}')
}

/// Letters without a decomposition, as those who have no such key type them.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        'ة' => "ه",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn case_accents_points_and_width_do_not_matter() {
        for (typed, plain) in [
            ("Über-Größe", "uber-grosse"),
            ("CAFÉ", "cafe"),
            ("Cafe\u{301}", "cafe"),
            ("ＡＢＣ１２", "abc12"),
            ("Ёлка", "елка"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("أحمد", "احمد"),
            ("Σίσυφος", "σισυφοσ"),
            ("İstanbul", "istanbul"),
            ("Łódź", "lodz"),
            ("٣٤", "34"),
            ("ﬁn", "fin"),
        ] {
            assert_eq!(folded(typed), plain, "{typed}");
        }
    }

    #[test]
    fn what_makes_another_sound_stays() {
        assert_eq!(folded("がっこう"), "がっこう");
        assert_eq!(folded("ｶﾞ"), "カ\u{3099}".to_owned());
        assert_eq!(folded("학교"), "학교");
        assert_eq!(folded("เก้า"), "เก้า");
        assert_eq!(folded("हिंदी"), "हिंदी");
    }
}
