//! A "thanks" after a resolution counts for nothing, until somebody says that it does. One may be said to long afterwards, so all
//! are kept, in pages that copies share.

use domain::ids::MessageId;
use domain::paged::{Paged, SlotIndex};

/// Messages that were taken for courtesies.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Courtesies {
    rows: Paged<Courtesy>,
    by_message: SlotIndex,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
struct Courtesy {
    message: MessageId,
    /// Where it was written; 0: it counts after all.
    pos: u64,
}

impl Courtesies {
    pub(super) fn add(&mut self, message: MessageId, pos: u64) {
        let slot = self.rows.push(Courtesy { message, pos });
        let rows = &self.rows;
        self.by_message.set(message.as_u128(), slot, |slot| rows[slot].message.as_u128());
    }

    /// It counts after all. Where it was written, if it was taken for one.
    pub(super) fn take(&mut self, message: MessageId) -> Option<u64> {
        let rows = &self.rows;
        let slot = self.by_message.get(message.as_u128(), |slot| rows[slot].message.as_u128())?;
        let pos = std::mem::take(&mut self.rows[slot].pos);
        (pos != 0).then_some(pos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_courtesy_counts_after_all_once() {
        let mut courtesies = Courtesies::default();
        let message = MessageId::from_u128;
        courtesies.add(message(7), 3);
        courtesies.add(message(8), 5);
        assert_eq!(courtesies.take(message(8)), Some(5));
        assert_eq!([8, 9].map(|id| courtesies.take(message(id))), [None, None]);
        assert_eq!(courtesies.take(message(7)), Some(3));
    }
}
