//! Words of a text. Where a script has no spaces, pairs of neighbours take their place: a pair is found wherever it stands,
//! a longer word as the pairs that follow each other.

use super::fold::{begins_word, fold_into, is_of_word};

/// Longest term kept, in bytes; what is longer is cut, on both sides alike.
pub const TERM_BYTES_MAX: usize = 80;

/// A term at its place, to keep.
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

/// A term at its place, as long as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    pub term: &'a str,
    pub position: u32,
    pub from: usize,
    pub to: usize,
    pub shape: Shape,
}

impl Word<'_> {
    /// The same to keep.
    pub fn owned(self) -> Token {
        let Word { term, position, from, to, shape } = self;
        Token { term: term.to_owned(), position, from, to, shape }
    }
}

/// Hands over the terms of a text in order.
pub fn words(text: &str, mut each: impl FnMut(Word<'_>)) {
    let mut position = 0;
    let mut give = |term: &str, from: usize, to: usize, shape: Shape| {
        if !term.is_empty() {
            each(Word { term, position, from, to, shape });
            position += 1;
        }
    };
    // One for all words: most texts are short and most of the time went into making strings.
    let mut term = String::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if !begins_word(first) {
            at += first.len_utf8();
            continue;
        }
        if is_unspaced(first) {
            at = unspaced(text, at, &mut give);
            continue;
        }
        let from = at;
        let plain = text.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        at += plain;
        term.clear();
        term.push_str(&text[from..at]);
        term.make_ascii_lowercase();
        for c in text[at..].chars().take_while(|c| is_of_word(*c) && !is_unspaced(*c)) {
            fold_into(c, &mut term);
            at += c.len_utf8();
        }
        term.truncate(term.floor_char_boundary(TERM_BYTES_MAX));
        give(&term, from, at, Shape::Word);
    }
}

/// The pairs of a run that begins at `from`, and its last sign. Where it ends.
fn unspaced(text: &str, from: usize, give: &mut impl FnMut(&str, usize, usize, Shape)) -> usize {
    let (mut pair, mut sign) = (String::new(), String::new());
    let mut begun = from;
    let mut at = signed(text, from, &mut sign);
    while text[at..].chars().next().is_some_and(|c| begins_word(c) && is_unspaced(c)) {
        pair.clone_from(&sign);
        sign.clear();
        let end = signed(text, at, &mut sign);
        pair.push_str(&sign);
        give(&pair, begun, end, Shape::Pair);
        begun = at;
        at = end;
    }
    give(&sign, begun, at, Shape::Last);
    at
}

/// Folds a letter and the marks on it. Where they end.
fn signed(text: &str, from: usize, out: &mut String) -> usize {
    let mut end = from;
    for c in text[from..].chars().take_while(|c| is_of_word(*c)) {
        if end > from && begins_word(c) {
            break;
        }
        fold_into(c, out);
        end += c.len_utf8();
    }
    end
}

/// The same as a list.
pub fn all(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    words(text, |word| tokens.push(word.owned()));
    tokens
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
