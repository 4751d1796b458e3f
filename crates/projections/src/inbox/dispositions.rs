//! What conversations came to when they were last resolved. A column of its own beside the rows: most have none, and the
//! words are few.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Inbox, Row};
use domain::paged::Paged;

/// Word 0 is none.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Dispositions {
    of: Paged<u32>,
    words: Vec<Arc<str>>,
    numbers: BTreeMap<Arc<str>, u32>,
}

impl Dispositions {
    /// A conversation begins.
    pub(super) fn open(&mut self) {
        self.of.push(0);
    }

    /// It was resolved.
    pub(super) fn set(&mut self, slot: u32, disposition: Option<&str>) {
        self.of[slot] = disposition.map_or(0, |word| self.number(word));
    }

    fn get(&self, slot: u32) -> Option<&Arc<str>> {
        self.words.get((self.of[slot] as usize).checked_sub(1)?)
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let word: Arc<str> = word.into();
        self.words.push(word.clone());
        let number = self.words.len() as u32;
        self.numbers.insert(word, number);
        number
    }
}

impl Inbox {
    /// What the conversation came to when it was last resolved, where somebody said so.
    pub fn disposition(&self, row: &Row) -> Option<Arc<str>> {
        self.slot(row.id()).and_then(|slot| self.dispositions.get(slot)).cloned()
    }
}
