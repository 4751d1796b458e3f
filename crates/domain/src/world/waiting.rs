//! What waits for a message nobody knows yet: delivery reports that were faster than the answer to our own send, and
//! reactions, edits and revokes listed before what they are about. Some wait for ever (another app's messages), so the
//! oldest go when there are too many or they waited too long.

use std::collections::BTreeMap;

use crate::id_map::IdMap;
use crate::identity::BlindKey;
use crate::time::{Millis, Timestamp};

/// Things of one kind by the message they wait for.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub(crate) struct Waiting<T> {
    by_key: IdMap<BlindKey, Entry<T>>,
    /// Keys by the position of the first thing that waited under them: the order in which they go.
    order: BTreeMap<u64, BlindKey>,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Entry<T> {
    pos: u64,
    since: Timestamp,
    things: Vec<T>,
}

/// Messages waited for at most.
pub(crate) const WAITING_MAX: usize = 100_000;
/// Things that wait for one message at most: a group's participants each report.
pub(crate) const WAITING_FOR_ONE_MAX: usize = 1_000;

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { by_key: IdMap::default(), order: BTreeMap::new() }
    }
}

impl<T> Waiting<T> {
    /// What waits for this message, oldest first.
    pub(crate) fn under(&self, key: BlindKey) -> &[T] {
        self.by_key.get(&key).map_or(&[], |entry| &entry.things)
    }

    /// Keeps a thing of the event at `pos`. What has waited for longer than `longest` goes.
    pub(crate) fn push(&mut self, key: BlindKey, thing: T, pos: u64, now: Timestamp, longest: Millis) {
        while let Some((_, oldest)) = self.order.first_key_value()
            && self.by_key.get(oldest).is_none_or(|entry| now - entry.since > longest)
        {
            self.order.pop_first().map(|(_, oldest)| self.by_key.remove(&oldest));
        }
        if !self.by_key.contains_key(&key) {
            if self.by_key.len() >= WAITING_MAX {
                self.order.pop_first().map(|(_, oldest)| self.by_key.remove(&oldest));
            }
            self.order.insert(pos, key);
        }
        let entry = self.by_key.entry(key).or_insert_with(|| Entry { pos, since: now, things: Vec::new() });
        if entry.things.len() < WAITING_FOR_ONE_MAX {
            entry.things.push(thing);
        }
    }

    /// The message is known now.
    pub(crate) fn remove(&mut self, key: BlindKey) {
        if let Some(entry) = self.by_key.remove(&key) {
            self.order.remove(&entry.pos);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> BlindKey {
        BlindKey([n; 16])
    }

    #[test]
    fn what_waited_too_long_goes_and_the_rest_stays() {
        let mut waiting = Waiting::default();
        let day = |n| Timestamp::from_millis(0) + Millis::days(n);
        waiting.push(key(9), "old", 1, day(0), Millis::days(7));
        waiting.push(key(1), "first", 2, day(5), Millis::days(7));
        waiting.push(key(1), "second", 3, day(8), Millis::days(7));
        assert!(waiting.under(key(9)).is_empty());
        assert_eq!(waiting.under(key(1)), ["first", "second"]);
        waiting.remove(key(1));
        assert_eq!(waiting, Waiting::default());
    }

    #[test]
    fn one_message_is_waited_for_by_a_bounded_number_of_things() {
        let mut waiting = Waiting::default();
        for pos in 0..WAITING_FOR_ONE_MAX as u64 + 5 {
            waiting.push(key(1), pos, pos, Timestamp::from_millis(0), Millis::days(7));
        }
        assert_eq!(waiting.under(key(1)).len(), WAITING_FOR_ONE_MAX);
    }
}
