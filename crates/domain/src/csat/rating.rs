//! A rating in words: "5", "4/5", three stars, or what one of the scores is called.

use super::SCORE_MAX;
use crate::content::bare;

/// Stars as people type them. The one of the emoji keyboard may be followed by a sign that says "as a picture".
const STARS: [char; 4] = ['⭐', '★', '🌟', '✨'];
const AS_PICTURE: char = '\u{fe0f}';
/// Makes a keycap of a digit.
const KEYCAP: char = '\u{20e3}';

/// The score a text stands for, if it is nothing but that.
pub(super) fn rating(text: &str, labels: &[String]) -> Option<u8> {
    let text = bare(text);
    let text = text.trim_end_matches([',', '/', ' ']);
    let called = |label: &String| bare(label) == text;
    if let Some(place) = labels.iter().position(called) {
        return u8::try_from(place + 1).ok().filter(|score| *score <= SCORE_MAX);
    }
    let score = match text.split_once('/') {
        Some((score, of)) => Some(digit(score.trim())?).filter(|_| digit(of.trim()) == Some(SCORE_MAX)),
        None => digit(text).or_else(|| stars(text)),
    };
    score.filter(|score| (1..=SCORE_MAX).contains(score))
}

/// One digit, in the digits of the scripts our customers write.
pub(crate) fn digit(text: &str) -> Option<u8> {
    const ZEROS: [char; 4] = ['0', '٠', '۰', '०'];
    let mut signs = text.chars().filter(|sign| ![AS_PICTURE, KEYCAP].contains(sign));
    let (sign, None) = (signs.next()?, signs.next()) else { return None };
    let value = |zero: char| u32::from(sign).checked_sub(u32::from(zero)).filter(|value| *value <= 9);
    ZEROS.into_iter().find_map(value).and_then(|value| u8::try_from(value).ok())
}

fn stars(text: &str) -> Option<u8> {
    let signs = || text.chars().filter(|sign| *sign != AS_PICTURE && !sign.is_whitespace());
    let all = signs().all(|sign| STARS.contains(&sign));
    u8::try_from(signs().count()).ok().filter(|count| all && *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csat::Survey;

    #[test]
    fn a_rating_is_a_digit_a_fraction_stars_or_its_name_alone() {
        let labels = Survey::default().labels;
        for (text, score) in [
            ("5", Some(5)),
            (" 4! ", Some(4)),
            ("3/5", Some(3)),
            ("2 / 5.", Some(2)),
            ("⭐⭐⭐⭐⭐", Some(5)),
            ("⭐️ ⭐️", Some(2)),
            ("★★★", Some(3)),
            ("5️⃣", Some(5)),
            ("٤", Some(4)),
            ("very good", Some(5)),
            ("Bad.", Some(2)),
            ("0", None),
            ("6", None),
            ("99", None),
            ("⭐⭐⭐⭐⭐⭐", None),
            ("5/10", None),
            ("5 parcels", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(rating(text, &labels), score, "{text}");
        }
    }
}
