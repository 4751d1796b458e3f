//! Who is whom, at any position: contacts that were made one, and those that were taken apart again.

use std::collections::BTreeMap;

use domain::ids::ContactId;

/// One merge.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
struct Merge {
    pos: u64,
    winner: ContactId,
    loser: ContactId,
    /// Where it was undone.
    undone: Option<u64>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Merges {
    all: Vec<Merge>,
    /// Places of the merges a contact has a part in.
    of_contact: BTreeMap<ContactId, Vec<usize>>,
}

impl Merges {
    pub(super) fn merged(&mut self, pos: u64, winner: ContactId, loser: ContactId) {
        for contact in [winner, loser] {
            self.of_contact.entry(contact).or_default().push(self.all.len());
        }
        self.all.push(Merge { pos, winner, loser, undone: None });
    }

    pub(super) fn undone(&mut self, pos: u64, winner: ContactId, loser: ContactId) {
        let same = |merge: &&mut Merge| (merge.winner, merge.loser, merge.undone) == (winner, loser, None);
        if let Some(merge) = self.all.iter_mut().rev().find(same) {
            merge.undone = Some(pos);
        }
    }

    /// Everybody a contact was one with at a position, itself included.
    pub(super) fn group(&self, contact: ContactId, as_of: u64) -> Vec<ContactId> {
        let mut group = vec![contact];
        let mut looked = 0;
        while let Some(next) = group.get(looked).copied() {
            looked += 1;
            let places = self.of_contact.get(&next).into_iter().flatten();
            let merges = places.map(|place| &self.all[*place]);
            for merge in merges.filter(|merge| merge.pos <= as_of && merge.undone.is_none_or(|pos| as_of < pos)) {
                for other in [merge.winner, merge.loser] {
                    if !group.contains(&other) {
                        group.push(other);
                    }
                }
            }
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_holds_from_its_position_until_it_is_undone() {
        let contact = ContactId::from_u128;
        let mut merges = Merges::default();
        merges.merged(10, contact(1), contact(2));
        merges.merged(20, contact(1), contact(3));
        merges.undone(30, contact(1), contact(2));
        let group = |of: u128, as_of| {
            let mut group: Vec<_> = merges.group(contact(of), as_of).iter().map(|id| id.as_u128()).collect();
            group.sort_unstable();
            group
        };
        assert_eq!(group(2, 9), [2]);
        assert_eq!(group(2, 10), [1, 2]);
        assert_eq!(group(2, 25), [1, 2, 3]);
        assert_eq!((group(2, 30), group(3, 30)), (vec![2], vec![1, 3]));
    }
}
