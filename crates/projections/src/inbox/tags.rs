//! Tag sets, interned: thousands of conversations share a few combinations, so a row holds a number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The combinations in use, and some that were. Set 0 is the empty one.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
pub(super) struct TagSets {
    names: BTreeSet<Arc<str>>,
    sets: Vec<Box<[Arc<str>]>>,
    numbers: BTreeMap<Box<[Arc<str>]>, u32>,
}

impl Default for TagSets {
    fn default() -> Self {
        Self { names: BTreeSet::new(), sets: vec![Box::default()], numbers: BTreeMap::from([(Box::default(), 0)]) }
    }
}

impl TagSets {
    /// The tags of a set in alphabetical order.
    pub(super) fn get(&self, set: u32) -> &[Arc<str>] {
        &self.sets[set as usize]
    }

    pub(super) fn contains(&self, set: u32, tag: &str) -> bool {
        self.get(set).iter().any(|known| **known == *tag)
    }

    /// The set with `tag` in it.
    pub(super) fn with(&mut self, set: u32, tag: &str) -> u32 {
        if self.contains(set, tag) {
            return set;
        }
        let name = match self.names.get(tag) {
            Some(name) => name.clone(),
            None => {
                let name: Arc<str> = tag.into();
                self.names.insert(name.clone());
                name
            }
        };
        let mut tags = self.get(set).to_vec();
        tags.push(name);
        tags.sort_unstable();
        self.number(tags)
    }

    /// The set without `tag`.
    pub(super) fn without(&mut self, set: u32, tag: &str) -> u32 {
        let tags = self.get(set).iter().filter(|known| ***known != *tag).cloned().collect();
        self.number(tags)
    }

    fn number(&mut self, tags: Vec<Arc<str>>) -> u32 {
        let tags = tags.into_boxed_slice();
        if let Some(number) = self.numbers.get(&tags) {
            return *number;
        }
        let number = self.sets.len() as u32;
        self.sets.push(tags.clone());
        self.numbers.insert(tags, number);
        number
    }
}
