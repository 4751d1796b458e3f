//! Words of a text. Where a script has no spaces, pairs of neighbours take their place: a pair is found wherever it stands,
//! a longer word as the pairs that follow each other.

use super::fold::{begins_word, fold_into, is_of_word};

/// Longest term kept, in bytes; what is longer is cut, on both sides alike.
pub const TERM_BYTES_MAX: usize = 80;

/// A term at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub term: String,
    /// Counts up by one from word to word and from pair to pair.
    pub position: u32,
    /// Where it stands in the text, in bytes.
    pub from: usize,
    pub to: usize,
    pub shape: Shape,
}

/// How a term was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Word,
    /// Two neighbours of a run without spaces.
    Pair,
    /// The last, or only, sign of such a run.
    Last,
}

/// Hands over the terms of a text in order.
pub fn words(text: &str, mut each: impl FnMut(Token)) {
    let mut position = 0;
    let mut give = |term: String, from: usize, to: usize, shape: Shape| {
        if !term.is_empty() {
            each(Token { term, position, from, to, shape });
            position += 1;
        }
    };
    let mut chars = text.char_indices().peekable();
    while let Some((from, first)) = chars.next() {
        if !begins_word(first) {
            continue;
        }
        if is_unspaced(first) {
            // A sign is a letter with the marks on it.
            let mut sign = (from, from + first.len_utf8(), folded_sign(first));
            loop {
                while let Some((at, mark)) = chars.next_if(|(_, c)| is_of_word(*c) && !begins_word(*c)) {
                    fold_into(mark, &mut sign.2);
                    sign.1 = at + mark.len_utf8();
                }
                let Some((at, next)) = chars.next_if(|(_, c)| begins_word(*c) && is_unspaced(*c)) else { break };
                let next = (at, at + next.len_utf8(), folded_sign(next));
                // The next one's marks are still to come, so a pair is given when the one after it begins.
                let mut next = next;
                while let Some((at, mark)) = chars.next_if(|(_, c)| is_of_word(*c) && !begins_word(*c)) {
                    fold_into(mark, &mut next.2);
                    next.1 = at + mark.len_utf8();
                }
                give(format!("{}{}", sign.2, next.2), sign.0, next.1, Shape::Pair);
                sign = next;
            }
            give(sign.2, sign.0, sign.1, Shape::Last);
            continue;
        }
        let (mut term, mut to) = (folded_sign(first), from + first.len_utf8());
        while let Some((at, c)) = chars.next_if(|(_, c)| is_of_word(*c) && !is_unspaced(*c)) {
            fold_into(c, &mut term);
            to = at + c.len_utf8();
        }
        term.truncate(term.floor_char_boundary(TERM_BYTES_MAX));
        give(term, from, to, Shape::Word);
    }
}

/// The same as a list.
pub fn all(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    words(text, |token| tokens.push(token));
    tokens
}

fn folded_sign(c: char) -> String {
    let mut out = String::with_capacity(8);
    fold_into(c, &mut out);
    out
}

/// Scripts whose words nothing parts, or, as in Korean, whose words carry their grammar without a gap.
fn is_unspaced(c: char) -> bool {
    matches!(c as u32,
        0x0E01..=0x0E4F | 0x0E81..=0x0ECF | 0x1000..=0x103F | 0x1780..=0x17D3
        | 0x3041..=0x3096 | 0x309D..=0x309F | 0x30A1..=0x30FF | 0x31F0..=0x31FF | 0x3005..=0x3007
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xAC00..=0xD7A3
        | 0x20000..=0x323AF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> String {
        let tokens = all(text);
        assert!(tokens.iter().enumerate().all(|(at, token)| token.position as usize == at));
        tokens.into_iter().map(|token| token.term).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(terms("Hello, WORLD!"), "hello world");
        assert_eq!(terms("l'eau d’Évian"), "l eau d evian");
        assert_eq!(terms("ana.b@example.com #AB-12"), "ana b example com ab 12");
        assert_eq!(terms("Где мой заказ?"), "где мои заказ");
        assert_eq!(terms("أين طلبي؟"), "اين طلبي");
        assert_eq!(terms("איפה ההזמנה"), "איפה ההזמנה");
        assert_eq!(terms("नमस्ते दुनिया"), "नमस्ते दुनिया");
        assert_eq!(terms("👍 ok 🎉"), "ok");
        assert_eq!(terms(" — "), "");
    }

    #[test]
    fn scripts_without_spaces_become_pairs_and_a_last_sign() {
        assert_eq!(terms("北京大学"), "北京 京大 大学 学");
        assert_eq!(terms("猫"), "猫");
        assert_eq!(terms("東京タワーOK"), "東京 京タ タワ ワー ー ok");
        assert_eq!(terms("학교에서 왔다"), "학교 교에 에서 서 왔다 다");
        assert_eq!(terms("น้ำ"), terms("น้ำ"));
        assert!(terms("สวัสดีครับ").split(' ').count() > 3);
    }

    #[test]
    fn tokens_know_where_they_stand() {
        let text = "Señor 北京";
        let found: Vec<&str> = all(text).iter().map(|token| &text[token.from..token.to]).collect();
        assert_eq!(found, ["Señor", "北京", "京"]);
    }

    #[test]
    fn a_term_is_cut_where_it_is_too_long() {
        let tokens = all(&"ä".repeat(500));
        assert_eq!(tokens.len(), 1);
        assert!(tokens[0].term.len() <= TERM_BYTES_MAX);
    }
}
