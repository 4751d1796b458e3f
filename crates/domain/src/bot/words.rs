//! What customers type for a choice, and how they ask for a person.

use crate::automation::action::Choice;
use crate::condition::{folded, has_words};
use crate::content::bare;
use crate::csat::digit;

/// Words that are shorter are not guessed at: a letter more or less makes another word of them.
const GUESSED_FROM: usize = 5;

/// The choice that a text stands for: its title, another word for it, its number; or a title with one slip of the finger in it,
/// where no other choice is as near.
pub(super) fn typed(choices: &[Choice], text: &str) -> Option<usize> {
    let text = core(text);
    let named = |choice: &Choice| called(choice).any(|name| core(name) == text);
    if let Some(place) = choices.iter().position(named) {
        return Some(place);
    }
    let number = digit(&text).map(usize::from).or_else(|| text.parse().ok());
    if let Some(number) = number {
        return number.checked_sub(1).filter(|place| *place < choices.len());
    }
    let near = |choice: &Choice| {
        called(choice).map(core).any(|name| name.chars().count() >= GUESSED_FROM && one_slip(&name, &text))
    };
    let mut found = choices.iter().enumerate().filter(|(_, choice)| near(choice)).map(|(place, _)| place);
    let (first, second) = (found.next(), found.next());
    first.filter(|_| second.is_none())
}

/// Whether somebody asks for a person, in one of the workspace's phrases.
pub(super) fn asks_for_a_person(phrases: &[String], text: &str) -> bool {
    let text = folded(text);
    phrases.iter().any(|phrase| has_words(&text, phrase))
}

fn called(choice: &Choice) -> impl Iterator<Item = &str> {
    std::iter::once(choice.title.as_str()).chain(choice.also.iter().map(String::as_str))
}

/// A short text without case and without what stands around its words: "1)" is 1, "💳 Billing" is billing, and a lone sign is
/// itself.
pub(super) fn core(text: &str) -> String {
    let text = bare(text);
    let inner = text.trim_matches(|c: char| !c.is_alphanumeric());
    if inner.is_empty() { text } else { inner.to_owned() }
}

/// Whether one letter more, less or another, or two in the wrong order, are all that parts them.
fn one_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    let Some(at) = (0..long.len()).find(|at| short.get(*at) != Some(&long[*at])) else { return true };
    match long.len() - short.len() {
        0 => {
            let swapped = at + 1 < long.len() && long[at] == short[at + 1] && long[at + 1] == short[at];
            long[at + 1..] == short[at + 1..] || swapped && long[at + 2..] == short[at + 2..]
        }
        1 => long[at + 1..] == short[at..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(titles: &[&str]) -> Vec<Choice> {
        let choice = |title: &&str| Choice { title: (*title).to_owned(), also: Vec::new(), then: Vec::new() };
        titles.iter().map(choice).collect()
    }

    #[test]
    fn a_choice_is_its_title_its_number_or_another_word_for_it() {
        let mut choices = choices(&["💳 Billing", "Track my order", "Something else"]);
        choices[0].also = vec!["invoice".to_owned(), "factura".to_owned()];
        for (text, place) in [
            ("billing", Some(0)),
            (" Billing! ", Some(0)),
            ("💳 billing", Some(0)),
            ("FACTURA", Some(0)),
            ("2", Some(1)),
            ("2.", Some(1)),
            ("2)", Some(1)),
            ("2️⃣", Some(1)),
            ("٣", Some(2)),
            ("0", None),
            ("4", None),
            ("track my order", Some(1)),
            ("bilings", None),
            ("biling", Some(0)),
            ("blling", Some(0)),
            ("billign", Some(0)),
            ("order", None),
            ("not billing", None),
            ("", None),
        ] {
            assert_eq!(typed(&choices, text), place, "{text}");
        }
    }

    #[test]
    fn what_is_as_near_to_two_choices_is_neither() {
        assert_eq!(typed(&choices(&["Plan A1", "Plan A2"]), "Plan A3"), None);
        assert_eq!(typed(&choices(&["Yes", "No"]), "Yess"), None);
        assert_eq!(typed(&choices(&["2", "1"]), "1"), Some(1));
        let many: Vec<_> = (1..=10).map(|n| format!("Row {n}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(typed(&choices(&many), "10"), Some(9));
    }

    #[test]
    fn a_person_is_asked_for_in_whole_words() {
        let phrases = ["human".to_owned(), "人工".to_owned()];
        for (text, asks) in [
            ("Human", true),
            ("let me talk to a human please", true),
            ("humane", false),
            ("转人工服务", true),
            ("hello", false),
        ] {
            assert_eq!(asks_for_a_person(&phrases, text), asks, "{text}");
        }
    }
}
