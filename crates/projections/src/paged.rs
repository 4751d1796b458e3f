//! Storage for the millions: rows in pages, so that growing never copies (a doubling vector holds twice the memory for
//! a moment and up to twice for ever), and a hash index of bare slots beside it. Rows are added, changed in place and
//! never removed.

use domain::id_map::IdHasher;

/// Rows in a page.
const PAGE: usize = 4_096;
/// A free place in an index.
const FREE: u32 = u32::MAX;

/// Rows by slot, in the order they were added.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    pages: Vec<Vec<T>>,
    len: u32,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T> Paged<T> {
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Adds a row; returns its slot.
    pub(crate) fn push(&mut self, row: T) -> u32 {
        if (self.len as usize).is_multiple_of(PAGE) {
            // The first page grows from nothing, so that an empty desk stays small.
            self.pages.push(if self.pages.is_empty() { Vec::new() } else { Vec::with_capacity(PAGE) });
        }
        self.pages.last_mut().expect("a page was just made").push(row);
        self.len += 1;
        self.len - 1
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flatten()
    }

    /// Rows from a slot on.
    pub(crate) fn from(&self, slot: u32) -> impl Iterator<Item = &T> {
        let (page, within) = (slot as usize / PAGE, slot as usize % PAGE);
        self.pages.iter().skip(page).flatten().skip(within)
    }
}

impl<T> std::ops::Index<u32> for Paged<T> {
    type Output = T;
    fn index(&self, slot: u32) -> &T {
        &self.pages[slot as usize / PAGE][slot as usize % PAGE]
    }
}

impl<T> std::ops::IndexMut<u32> for Paged<T> {
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.pages[slot as usize / PAGE][slot as usize % PAGE]
    }
}

/// Finds a slot by an id that the row itself holds: open addressing over bare slots, 11 bytes a row at its emptiest,
/// where a map that repeats the id needs 50.
#[derive(Debug, Default)]
pub(crate) struct SlotIndex {
    table: Vec<u32>,
    len: usize,
}

impl SlotIndex {
    /// The slot whose `id_of` is `id`.
    pub(crate) fn get(&self, id: u128, id_of: impl Fn(u32) -> u128) -> Option<u32> {
        let place = self.probe(id, &id_of)?;
        (self.table[place] != FREE).then_some(self.table[place])
    }

    /// Points `id` to `slot`, in place of what it pointed to.
    pub(crate) fn set(&mut self, id: u128, slot: u32, id_of: impl Fn(u32) -> u128) {
        if (self.len + 1) * 4 > self.table.len() * 3 {
            let size = (self.table.len() * 2).max(16);
            let old = std::mem::replace(&mut self.table, vec![FREE; size]);
            for slot in old.into_iter().filter(|slot| *slot != FREE) {
                let place = self.probe(id_of(slot), &id_of).expect("the table has just grown");
                self.table[place] = slot;
            }
        }
        let place = self.probe(id, &id_of).expect("a quarter of the table is free");
        self.len += usize::from(self.table[place] == FREE);
        self.table[place] = slot;
    }

    /// Where `id` is, or would be.
    fn probe(&self, id: u128, id_of: &impl Fn(u32) -> u128) -> Option<usize> {
        let mask = self.table.len().checked_sub(1)?;
        let mut place = IdHasher::of(id) as usize & mask;
        while self.table[place] != FREE && id_of(self.table[place]) != id {
            place = (place + 1) & mask;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_id_can_be_pointed_elsewhere() {
        let ids = [5u128, 5];
        let mut index = SlotIndex::default();
        index.set(5, 0, |slot| ids[slot as usize]);
        index.set(5, 1, |slot| ids[slot as usize]);
        assert_eq!(index.get(5, |slot| ids[slot as usize]), Some(1));
    }
}
