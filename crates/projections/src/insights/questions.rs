//! Questions that are about the same, put together by the words they share: first by two of them, then by one. Each question is
//! in one group at most, and a group is of several contacts.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::ContactId;

use super::phrases::significant;

/// Groups of one answer at most.
pub const GROUPS_MAX: usize = 100;
/// Words of one question that are put together.
const WORDS_MAX: usize = 12;

/// Questions that share words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Two words, or one, in alphabetical order.
    pub words: String,
    /// Which questions, in the order they were given.
    pub questions: Vec<usize>,
    pub contacts: u32,
}

/// Puts questions together; the largest group first. What shares no words with those of enough others is in none.
pub fn grouped(questions: &[(ContactId, String)], contacts_min: u32) -> Vec<Group> {
    let words: Vec<BTreeSet<String>> = questions.iter().map(|(_, text)| significant(text)).collect();
    let mut said: BTreeMap<&str, u32> = BTreeMap::new();
    words.iter().flatten().for_each(|word| *said.entry(word).or_default() += 1);
    // Of a long question the words that others use too.
    let kept: Vec<Vec<&str>> = words
        .iter()
        .map(|words| {
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.sort_by_key(|word| (std::cmp::Reverse(said[word]), *word));
            words.truncate(WORDS_MAX);
            words.sort_unstable();
            words
        })
        .collect();
    let mut free: Vec<bool> = vec![true; questions.len()];
    let mut groups = Vec::new();
    let pairs = |words: &Vec<&str>| -> Vec<String> {
        let second = |first: usize| (first + 1..words.len()).map(move |second| (first, second));
        let all = (0..words.len()).flat_map(second);
        all.map(|(first, second)| format!("{} {}", words[first], words[second])).collect()
    };
    let singles = |words: &Vec<&str>| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    for keys in [kept.iter().map(pairs).collect::<Vec<_>>(), kept.iter().map(singles).collect()] {
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (question, keys) in keys.iter().enumerate() {
            keys.iter().for_each(|key| by_key.entry(key).or_default().push(question));
        }
        by_key.retain(|_, of| contacts(questions, of) >= contacts_min);
        while groups.len() < GROUPS_MAX {
            by_key.retain(|_, of| {
                of.retain(|question| free[*question]);
                contacts(questions, of) >= contacts_min
            });
            let largest =
                by_key.iter().max_by_key(|(key, of)| (contacts(questions, of), of.len(), std::cmp::Reverse(**key)));
            let Some((key, of)) = largest else { break };
            let of = of.clone();
            of.iter().for_each(|question| free[*question] = false);
            groups.push(Group { words: (*key).to_owned(), contacts: contacts(questions, &of), questions: of });
        }
    }
    groups.sort_by(|one, other| {
        let size = |group: &Group| (group.questions.len(), group.contacts);
        size(other).cmp(&size(one)).then_with(|| one.words.cmp(&other.words))
    });
    groups
}

fn contacts(questions: &[(ContactId, String)], of: &[usize]) -> u32 {
    let mut contacts: Vec<ContactId> = of.iter().map(|question| questions[*question].0).collect();
    contacts.sort_unstable();
    contacts.dedup();
    contacts.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(asked: &[(u128, &str)], contacts_min: u32) -> Vec<(String, Vec<usize>)> {
        let asked: Vec<_> =
            asked.iter().map(|(contact, text)| (ContactId::from_u128(*contact), (*text).to_owned())).collect();
        grouped(&asked, contacts_min).into_iter().map(|group| (group.words, group.questions)).collect()
    }

    #[test]
    fn questions_are_put_together_by_two_words_and_then_by_one() {
        let asked = [
            (1, "Do you ship to Portugal?"),
            (2, "can you ship something to portugal please"),
            (3, "how long does the warranty last"),
            (4, "warranty?"),
            (5, "ship to Spain"),
        ];
        let expected = [("portugal ship".to_owned(), vec![0, 1]), ("warranty".to_owned(), vec![2, 3])];
        assert_eq!(shown(&asked, 2), expected);
    }

    #[test]
    fn one_contact_who_asks_again_and_again_is_no_group() {
        assert_eq!(shown(&[(1, "warranty"), (1, "warranty"), (1, "warranty")], 2), []);
        assert_eq!(shown(&[], 2), []);
    }
}
