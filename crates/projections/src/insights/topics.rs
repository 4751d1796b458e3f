//! What customers write about, in a period and in the one before it: how many messages say a phrase, in how many conversations,
//! by how many different contacts.

use std::collections::HashMap;

use domain::ids::ContactId;

use super::phrases::phrases;
use crate::facts::Slot;

/// In which of the two periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    Before,
    Now,
}

/// How often a phrase was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    pub messages: u32,
    pub conversations: u32,
    pub contacts: u32,
}

/// A phrase, and how often it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub phrase: String,
    pub now: Counted,
    pub before: Counted,
}

/// One message that says a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Heard {
    phrase: u32,
    period: Period,
    contact: u32,
    conversation: u32,
}

/// Counts. The order in which messages come makes no difference.
#[derive(Debug, Default)]
pub struct Topics {
    numbers: HashMap<String, u32>,
    contacts: HashMap<ContactId, u32>,
    heard: Vec<Heard>,
}

impl Topics {
    /// A message. Each phrase counts once in it.
    pub fn hear(&mut self, period: Period, slot: Slot, contact: ContactId, text: &str) {
        let next = self.contacts.len() as u32;
        let contact = *self.contacts.entry(contact).or_insert(next);
        for phrase in phrases(text) {
            let next = self.numbers.len() as u32;
            let phrase = *self.numbers.entry(phrase).or_insert(next);
            self.heard.push(Heard { phrase, period, contact, conversation: slot.0 });
        }
    }

    /// The phrases that at least so many contacts said in one of the periods, in alphabetical order. A word is left out where
    /// one phrase with it says the same and more.
    pub fn finish(mut self, contacts_min: u32) -> Vec<Topic> {
        self.heard.sort_unstable();
        let mut words: Vec<String> = vec![String::new(); self.numbers.len()];
        self.numbers.into_iter().for_each(|(phrase, number)| words[number as usize] = phrase);
        let mut topics = Vec::new();
        for said in self.heard.chunk_by(|one, other| one.phrase == other.phrase) {
            let (before, now) = said.split_at(said.partition_point(|heard| heard.period == Period::Before));
            let (before, now) = (counted(before), counted(now));
            if before.contacts.max(now.contacts) >= contacts_min {
                let phrase = std::mem::take(&mut words[said[0].phrase as usize]);
                topics.push(Topic { phrase, now, before });
            }
        }
        topics.sort_unstable_by(|one, other| one.phrase.cmp(&other.phrase));
        let said_longer: std::collections::BTreeSet<(String, Counts)> = topics
            .iter()
            .filter(|topic| topic.phrase.contains(' '))
            .flat_map(|topic| topic.phrase.split(' ').map(|word| (word.to_owned(), counts(topic))))
            .collect();
        topics.retain(|topic| !said_longer.contains(&(topic.phrase.clone(), counts(topic))));
        topics
    }
}

type Counts = (u32, u32);

fn counts(topic: &Topic) -> Counts {
    (topic.now.messages, topic.before.messages)
}

/// Of one phrase and period, sorted.
fn counted(heard: &[Heard]) -> Counted {
    let contacts = heard.chunk_by(|one, other| one.contact == other.contact).count() as u32;
    let mut conversations: Vec<u32> = heard.iter().map(|heard| heard.conversation).collect();
    conversations.sort_unstable();
    conversations.dedup();
    Counted { messages: heard.len() as u32, conversations: conversations.len() as u32, contacts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(said: &[(Period, u32, u128, &str)], contacts_min: u32) -> Vec<(String, Counted, Counted)> {
        let mut topics = Topics::default();
        for (period, slot, contact, text) in said {
            topics.hear(*period, Slot(*slot), ContactId::from_u128(*contact), text);
        }
        topics.finish(contacts_min).into_iter().map(|topic| (topic.phrase, topic.now, topic.before)).collect()
    }

    #[test]
    fn what_one_contact_says_often_is_no_topic() {
        let said = [Period::Now; 5].map(|period| (period, 0, 1, "my neighbour"));
        assert_eq!(topics(&said, 2), []);
        let two = [
            (Period::Now, 0, 1, "parcel lost"),
            (Period::Now, 1, 2, "parcel parcel late"),
            (Period::Before, 2, 1, "parcel"),
        ];
        let (now, before) = (
            Counted { messages: 2, conversations: 2, contacts: 2 },
            Counted { messages: 1, conversations: 1, contacts: 1 },
        );
        assert_eq!(topics(&two, 2), [("parcel".to_owned(), now, before)]);
    }

    #[test]
    fn what_is_no_longer_said_is_a_topic_too() {
        let said = [(Period::Before, 0, 1, "invoice"), (Period::Before, 1, 2, "invoice")];
        let before = Counted { messages: 2, conversations: 2, contacts: 2 };
        assert_eq!(topics(&said, 2), [("invoice".to_owned(), Counted::default(), before)]);
    }

    #[test]
    fn a_word_that_is_only_said_in_a_phrase_goes_into_it() {
        let said = [1, 2].map(|contact| (Period::Now, contact as u32, contact, "refund status"));
        let shown: Vec<String> = topics(&said, 2).into_iter().map(|(phrase, ..)| phrase).collect();
        assert_eq!(shown, ["refund status"]);
    }
}
