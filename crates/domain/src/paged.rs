//! Storage for the millions: rows in pages, so that growing never copies (a doubling vector holds twice the memory for
//! a moment and up to twice for ever), and a hash index of bare slots beside it. Rows are added, changed in place and
//! never removed. A copy shares its pages until one of the two changes them, so that a second reading of the log from
//! some position on costs what happened since.

use borsh::{BorshDeserialize, BorshSerialize, io};

use crate::id_map::IdHasher;
use crate::shared::Shared;

/// Rows in a page: what a change copies where the page is shared. Customers come back to conversations of any age, so what a copy
/// has for itself soon is every page that has one of those: with 512 rows that was nearly all of them after a month.
const PAGE: usize = 64;
/// Places of an index that are shared together: ids are spread evenly, so each row that is added changes another leaf. With 512
/// places, a day of a large desk's conversations changed nearly all of them.
const LEAF: usize = 64;
/// A free place in an index.
const FREE: u32 = u32::MAX;
/// No row, where a row says which one was before it.
pub const NO_SLOT: u32 = u32::MAX;

/// The slots of rows that lead from each to the one before it, from the newest on. `previous`: [`NO_SLOT`] where there is none.
pub fn chain(newest: Option<u32>, previous: impl Fn(u32) -> u32) -> impl Iterator<Item = u32> {
    std::iter::successors(newest, move |slot| Some(previous(*slot)).filter(|slot| *slot != NO_SLOT))
}

/// Rows by slot, in the order they were added.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    pages: Vec<Shared<Vec<T>>>,
    len: u32,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T: Clone> Paged<T> {
    pub fn len(&self) -> u32 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row in a slot, if there is one.
    pub fn get(&self, slot: u32) -> Option<&T> {
        (slot < self.len).then(|| &self[slot])
    }

    /// Adds a row; returns its slot.
    pub fn push(&mut self, row: T) -> u32 {
        if (self.len as usize).is_multiple_of(PAGE) {
            // The first page grows from nothing, so that an empty desk stays small.
            let page = if self.pages.is_empty() { Vec::new() } else { Vec::with_capacity(PAGE) };
            self.pages.push(Shared::new(page));
        }
        self.pages.last_mut().expect("a page was just made").make_mut().push(row);
        self.len += 1;
        self.len - 1
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.iter())
    }

    /// Rows from a slot on.
    pub fn from(&self, slot: u32) -> impl Iterator<Item = &T> {
        let (page, within) = (slot as usize / PAGE, slot as usize % PAGE);
        self.pages.iter().skip(page).flat_map(|page| page.iter()).skip(within)
    }
}

impl<T> std::ops::Index<u32> for Paged<T> {
    type Output = T;
    fn index(&self, slot: u32) -> &T {
        &self.pages[slot as usize / PAGE][slot as usize % PAGE]
    }
}

impl<T: Clone> std::ops::IndexMut<u32> for Paged<T> {
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.pages[slot as usize / PAGE].make_mut()[slot as usize % PAGE]
    }
}

impl<T: BorshSerialize + Clone + Send + Sync + 'static> BorshSerialize for Paged<T> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.len.serialize(out)?;
        self.pages.iter().try_for_each(|page| page.serialize(out))
    }
}
impl<T: BorshDeserialize + Clone + Send + Sync + 'static> BorshDeserialize for Paged<T> {
    fn deserialize_reader<R: io::Read>(from: &mut R) -> io::Result<Self> {
        let len = u32::deserialize_reader(from)?;
        let pages = (0..(len as usize).div_ceil(PAGE)).map(|_| Shared::deserialize_reader(from));
        Ok(Self { pages: pages.collect::<io::Result<_>>()?, len })
    }
}

/// Finds a slot by an id that the row itself holds: open addressing over bare slots, 5 to 7 bytes a row, where a map that repeats the
/// id needs 50. A copy shares the leaves that neither changes.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct SlotIndex {
    leaves: Vec<Leaf>,
    len: usize,
}

type Leaf = Shared<[u32; LEAF]>;

impl SlotIndex {
    /// The slot whose `id_of` is `id`.
    pub fn get(&self, id: u128, id_of: impl Fn(u32) -> u128) -> Option<u32> {
        let slot = self.at(self.probe(id, &id_of)?);
        (slot != FREE).then_some(slot)
    }

    /// Points `id` to `slot`, in place of what it pointed to.
    pub fn set(&mut self, id: u128, slot: u32, id_of: impl Fn(u32) -> u128) {
        if (self.len + 1) * 4 > self.places() * 3 {
            // Not twice as many: that would leave more than half of them free for long.
            let count = self.leaves.len() + (self.leaves.len() / 4).max(1);
            let leaves = std::iter::repeat_with(|| Shared::new([FREE; LEAF])).take(count).collect();
            let old = std::mem::replace(&mut self.leaves, leaves);
            for slot in old.iter().flat_map(|leaf| leaf.iter().copied()).filter(|slot| *slot != FREE) {
                let place = self.probe(id_of(slot), &id_of).expect("the table has just grown");
                self.put(place, slot);
            }
        }
        let place = self.probe(id, &id_of).expect("a quarter of the table is free");
        self.len += usize::from(self.at(place) == FREE);
        self.put(place, slot);
    }

    /// Where `id` is, or would be.
    fn probe(&self, id: u128, id_of: &impl Fn(u32) -> u128) -> Option<usize> {
        let places = self.places();
        if places == 0 {
            return None;
        }
        // In proportion: there may be any number of places.
        let mut place = ((u128::from(IdHasher::of(id)) * places as u128) >> u64::BITS) as usize;
        loop {
            match self.at(place) {
                FREE => return Some(place),
                slot if id_of(slot) == id => return Some(place),
                _ if place + 1 == places => place = 0,
                _ => place += 1,
            }
        }
    }

    fn places(&self) -> usize {
        self.leaves.len() * LEAF
    }

    fn at(&self, place: usize) -> u32 {
        self.leaves[place / LEAF][place % LEAF]
    }

    fn put(&mut self, place: usize, slot: u32) {
        self.leaves[place / LEAF].make_mut()[place % LEAF] = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Parts;

    #[test]
    fn every_row_is_found_by_its_id_and_others_are_not() {
        let (mut rows, mut index) = (Paged::<u128>::default(), SlotIndex::default());
        assert_eq!(index.get(7, |slot| rows[slot]), None);
        for n in 0..10_000u128 {
            // As minted: a common beginning, ends that count up.
            let slot = rows.push((0x019a_b000 << 96) + n * 2);
            index.set(rows[slot], slot, |slot| rows[slot]);
        }
        for slot in 0..rows.len() {
            assert_eq!(index.get(rows[slot], |slot| rows[slot]), Some(slot));
            assert_eq!(index.get(rows[slot] + 1, |slot| rows[slot]), None);
        }
        assert_eq!(rows.from(9_998).count(), 2);
        assert_eq!(rows.iter().count(), 10_000);
    }

    #[test]
    fn a_copy_keeps_what_it_held_whatever_becomes_of_the_other() {
        let mut rows = Paged::<u128>::default();
        for n in 0..2_000 {
            rows.push(n);
        }
        let copy = rows.clone();
        rows[700] = 7;
        rows.push(2_000);
        assert_eq!((copy[700], copy.len(), rows[700], rows.len()), (700, 2_000, 7, 2_001));
        // The page of the changed row, and the last one.
        let own = PAGE + 2_000 % PAGE;
        let [rows, copy] = [&rows, &copy].map(Parts::of);
        let held = |rows: usize| rows * size_of::<u128>();
        assert!((held(own)..held(own + PAGE)).contains(&(copy.apart(Some(&rows)) - copy.apart(Some(&copy)))));
    }

    #[test]
    fn an_id_can_be_pointed_elsewhere() {
        let ids = [5u128, 5];
        let mut index = SlotIndex::default();
        index.set(5, 0, |slot| ids[slot as usize]);
        index.set(5, 1, |slot| ids[slot as usize]);
        assert_eq!(index.get(5, |slot| ids[slot as usize]), Some(1));
    }
}
