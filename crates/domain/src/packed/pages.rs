//! Rows by slot, for the millions that are seldom looked at and hardly ever changed: in pages, of which those that were changed lately
//! lie open and all others are blocks of a few bits a field. Rows are given by value. A copy shares pages until one of the two changes
//! them.

use std::collections::VecDeque;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize, io};

use super::{Field, Fields, Page};

/// Rows of a page. What a change opens, and a copy has for itself, is a page.
const PAGE: usize = 64;
/// Pages that lie open: those of some days of a large desk, which are most of what is changed.
const OPEN_MAX: usize = 512;

/// See the module.
#[derive(Clone)]
pub struct Pages<R> {
    pages: Vec<Page<R>>,
    len: u32,
    /// Pages that are full and open, in the order in which they were opened.
    open: VecDeque<u32>,
}

impl<R> Default for Pages<R> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0, open: VecDeque::new() }
    }
}

impl<R: Fields> Pages<R> {
    pub fn len(&self) -> u32 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row in a slot that is taken.
    #[inline]
    pub fn at(&self, slot: u32) -> R {
        self.pages[slot as usize / PAGE].at(slot as usize % PAGE)
    }

    /// The row in a slot, if there is one.
    pub fn get(&self, slot: u32) -> Option<R> {
        (slot < self.len).then(|| self.at(slot))
    }

    /// The id of the row in a slot that is taken, which is the first of its fields: without the others.
    #[inline]
    pub fn id(&self, slot: u32) -> u128 {
        let (page, index) = (&self.pages[slot as usize / PAGE], slot as usize % PAGE);
        u128::take(&[page.number(index, 0), page.number(index, 1)])
    }

    /// Adds a row; returns its slot.
    pub fn push(&mut self, row: R) -> u32 {
        let slot = self.len;
        if (slot as usize).is_multiple_of(PAGE) {
            if let Some(full) = self.pages.len().checked_sub(1) {
                self.opened(full as u32);
            }
            // The first page grows from nothing, so that an empty desk stays small.
            let page = if self.pages.is_empty() { Vec::new() } else { Vec::with_capacity(PAGE) };
            self.pages.push(Page::new(page));
        }
        self.pages.last_mut().expect("a page was just made").open().push(row);
        self.len += 1;
        slot
    }

    /// Puts another row in a slot that is taken.
    pub fn set(&mut self, slot: u32, row: R) {
        self.change(slot, |place| *place = row);
    }

    /// Changes the row in a slot that is taken.
    pub fn change<T>(&mut self, slot: u32, change: impl FnOnce(&mut R) -> T) -> T {
        let at = slot as usize / PAGE;
        // The last one is not full.
        if !self.pages[at].is_open() && at + 1 < self.pages.len() {
            self.opened(at as u32);
        }
        change(&mut self.pages[at].open()[slot as usize % PAGE])
    }

    fn opened(&mut self, page: u32) {
        self.open.push_back(page);
        if self.open.len() > OPEN_MAX
            && let Some(oldest) = self.open.pop_front()
        {
            self.pages[oldest as usize].close();
        }
    }

    /// Closes all pages: what a copy that is made next holds takes least, and so does what it has for itself later.
    pub fn pack(&mut self) {
        self.open.clear();
        self.pages.iter_mut().for_each(Page::close);
    }

    pub fn iter(&self) -> impl Iterator<Item = R> {
        self.from(0)
    }

    /// Rows from a slot on.
    pub fn from(&self, slot: u32) -> impl Iterator<Item = R> {
        (slot..self.len).map(|slot| self.at(slot))
    }

    /// Bytes they take.
    pub fn size(&self) -> usize {
        self.pages.iter().map(Page::size).sum::<usize>() + self.pages.capacity() * size_of::<Page<R>>()
    }
}

impl<R: Fields + PartialEq> PartialEq for Pages<R> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<R: Fields + fmt::Debug> fmt::Debug for Pages<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<R: Fields> BorshSerialize for Pages<R> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.len.serialize(out)?;
        self.pages.iter().try_for_each(|page| page.serialize(out))
    }
}
impl<R: Fields> BorshDeserialize for Pages<R> {
    fn deserialize_reader<From: io::Read>(from: &mut From) -> io::Result<Self> {
        let len = u32::deserialize_reader(from)?;
        let pages = (0..(len as usize).div_ceil(PAGE)).map(|_| Page::deserialize_reader(from));
        let pages = pages.collect::<io::Result<_>>()?;
        Ok(Self { pages, len, open: VecDeque::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed;
    use crate::shared::Parts;

    packed! {
        #[derive(Debug, Clone, Copy, PartialEq)]
        struct Row {
            id: u128,
            count: u32,
        }
    }

    fn rows(count: u32) -> Pages<Row> {
        let mut rows = Pages::default();
        for n in 0..count {
            assert_eq!(rows.push(Row { id: (0x019a << 112) + u128::from(n), count: n }), n);
        }
        rows
    }

    #[test]
    fn rows_stay_where_they_were_put_whatever_is_opened_and_closed() {
        let mut rows = rows(1_000);
        rows.pack();
        for slot in (0..1_000).step_by(7) {
            rows.change(slot, |row| row.count += 1);
        }
        rows.push(Row { id: 5, count: 5 });
        let expected = |slot: u32| if slot == 1_000 { 5 } else { slot + u32::from(slot.is_multiple_of(7)) };
        assert!((0..=1_000).all(|slot| rows.at(slot).count == expected(slot)));
        let id = |slot: u32| if slot == 1_000 { 5 } else { (0x019a << 112) + u128::from(slot) };
        assert!((0..=1_000).all(|slot| rows.id(slot) == id(slot)));
        assert_eq!((rows.get(1_001), rows.from(999).count(), rows.iter().count()), (None, 2, 1_001));
    }

    #[test]
    fn few_pages_lie_open() {
        let pages = OPEN_MAX as u32 + 100;
        let mut rows = rows(pages * PAGE as u32);
        let open = |rows: &Pages<Row>| rows.pages.iter().filter(|page| page.is_open()).count();
        assert_eq!(open(&rows), OPEN_MAX + 1);
        // One that is changed comes in the place of the one that has been open longest.
        rows.change(0, |row| row.count = 7);
        rows.change(1, |row| row.count = 8);
        assert_eq!((open(&rows), rows.at(0).count, rows.at(1).count), (OPEN_MAX + 1, 7, 8));
        rows.pack();
        assert_eq!(open(&rows), 0);
    }

    #[test]
    fn a_copy_keeps_what_it_held_whatever_becomes_of_the_other() {
        let mut rows = rows(2_000);
        rows.pack();
        let copy = rows.clone();
        rows.set(700, Row { id: 0, count: 7 });
        rows.push(Row { id: 0, count: 2_000 });
        assert_eq!((copy.at(700).count, copy.len(), rows.at(700).count, rows.len()), (700, 2_000, 7, 2_001));
        let [rows, copy] = [&rows, &copy].map(Parts::of);
        // The page of the changed row, and the last one: each in a few words for what all its rows have, and bits for the rest.
        let own = copy.apart(Some(&rows)) - copy.apart(Some(&copy));
        assert!((1..1_000).contains(&own), "{own}");
    }

    #[test]
    fn they_come_back_from_a_file() {
        for count in [0, 1, 64, 100] {
            let rows = rows(count);
            let bytes = borsh::to_vec(&rows).unwrap();
            let mut back: Pages<Row> = borsh::from_slice(&bytes).unwrap();
            assert_eq!(back, rows);
            // Whether they lay open or not is not said.
            let mut closed = rows.clone();
            closed.pack();
            assert_eq!(borsh::to_vec(&closed).unwrap(), bytes);
            assert_eq!(back.push(Row { id: 1, count: 1 }), count);
        }
    }
}
