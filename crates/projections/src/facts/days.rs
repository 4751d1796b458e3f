//! Rows by the day (UTC) of the instant they are bucketed by, the older ones of each day in blocks of a few bits a field. A row that
//! turns out to be wrong is taken out and kept aside with the position at which that happened: what stood at an earlier position
//! still does.

use std::collections::BTreeMap;

use domain::packed::Block;
use domain::shared::{Content, Shared};
use domain::time::Timestamp;

use super::rows::Row;

const DAY_MS: i64 = 86_400_000;
/// Rows of a block: some minutes of a large desk, and little to make anew where one of them is taken out.
const BLOCK: usize = 256;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
pub struct Days<R: Row> {
    /// Shared with copies until one of them changes the day.
    days: BTreeMap<i32, Shared<Day<R>>>,
    /// With the position from which on it stood no more, rising.
    retracted: Vec<(R, u64)>,
    len: usize,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
struct Day<R: Row> {
    /// In no order.
    blocks: Vec<Block<R>>,
    /// The newest, until they are a block.
    loose: Vec<R>,
}

impl<R: Row> Content for Day<R> {
    fn bytes(&self) -> usize {
        self.loose.capacity() * size_of::<R>() + self.blocks.capacity() * size_of::<Block<R>>()
    }
    fn within(&self, each: &mut dyn FnMut(usize, usize)) {
        self.blocks.iter().for_each(|block| each(block.piece().address(), block.size()));
    }
}

impl<R: Row> Default for Days<R> {
    fn default() -> Self {
        Self { days: BTreeMap::new(), retracted: Vec::new(), len: 0 }
    }
}

impl<R: Row> Default for Day<R> {
    fn default() -> Self {
        Self { blocks: Vec::new(), loose: Vec::new() }
    }
}

fn day_of(at: Timestamp) -> i32 {
    at.as_millis().div_euclid(DAY_MS) as i32
}

fn start_of(day: i32) -> i64 {
    i64::from(day) * DAY_MS
}

impl<R: Row> Day<R> {
    fn add(&mut self, row: R) {
        self.loose.push(row);
        if self.loose.len() == BLOCK {
            self.close();
        }
    }

    /// What is loose becomes a block.
    fn close(&mut self) {
        let mut rows = std::mem::take(&mut self.loose);
        // Nor are there many small ones, where rows come to a day one by one.
        if let Some(last) = self.blocks.pop_if(|last| last.len() + rows.len() <= BLOCK) {
            rows.splice(0..0, last.iter());
        }
        self.blocks.push(Block::new(&rows));
    }

    /// Takes out the newest row at this time that is meant, if there is one.
    fn take(&mut self, at: Timestamp, meant: impl Fn(&R) -> bool) -> Option<R> {
        if let Some(place) = self.loose.iter().rposition(&meant) {
            return Some(self.loose.remove(place));
        }
        // What is taken back is seldom old.
        let mut newest_first = (0..self.blocks.len()).rev().filter(|block| R::may_be_at(&self.blocks[*block], at));
        let found = |block: usize| self.blocks[block].iter().rposition(|row| meant(&row)).map(|place| (block, place));
        let (block, place) = newest_first.find_map(found)?;
        let mut rows: Vec<R> = self.blocks[block].iter().collect();
        let taken = rows.remove(place);
        if rows.is_empty() {
            self.blocks.remove(block);
        } else {
            self.blocks[block] = Block::new(&rows);
        }
        Some(taken)
    }

    fn iter(&self) -> impl Iterator<Item = R> {
        self.blocks.iter().flat_map(Block::iter).chain(self.loose.iter().copied())
    }

    fn size(&self) -> usize {
        self.blocks.iter().map(Block::size).sum::<usize>() + self.loose.capacity() * size_of::<R>()
    }
}

impl<R: Row> Days<R> {
    pub(super) fn add(&mut self, row: R) {
        let day = day_of(row.at());
        if !self.days.contains_key(&day) {
            self.settle();
        }
        self.days.entry(day).or_default().make_mut().add(row);
        self.len += 1;
    }

    /// Another day begins: of those before, few rows are still to come, and what is loose in them need not be.
    fn settle(&mut self) {
        let loose = self.days.values_mut().filter(|day| !day.loose.is_empty());
        loose.for_each(|day| day.make_mut().close());
    }

    /// Takes out a row that stood until now. Its own position does not matter.
    pub(super) fn retract(&mut self, row: R, at_pos: u64) {
        let wanted = row.at_pos(0);
        self.retract_where(row.at(), |row| row.at_pos(0) == wanted, at_pos);
    }

    /// The same of the newest row at this time that is meant, if there is one.
    pub(super) fn retract_where(&mut self, at: Timestamp, meant: impl Fn(&R) -> bool, at_pos: u64) -> Option<R> {
        let was = self.days.get_mut(&day_of(at))?.make_mut().take(at, meant)?;
        self.retracted.push((was, at_pos));
        self.len -= 1;
        Some(was)
    }

    /// Rows of `[from, to)` as they stood at a position.
    pub fn between(&self, from: Timestamp, to: Timestamp, as_of: u64) -> impl Iterator<Item = R> {
        // An empty range, where there is no day to look at.
        let last = day_of(Timestamp::from_millis(to.as_millis().saturating_sub(1)));
        let days = (from < to).then(|| self.days.range(day_of(from)..=last)).into_iter().flatten();
        self.stood(days, as_of).filter(move |row| (from..to).contains(&row.at()))
    }

    /// All that stood at a position, whenever they happened.
    pub fn all(&self, as_of: u64) -> impl Iterator<Item = R> {
        self.stood(self.days.iter(), as_of)
    }

    /// Rows of these days that stood at a position, and all that have fallen since.
    fn stood<'a>(
        &'a self,
        days: impl Iterator<Item = (&'a i32, &'a Shared<Day<R>>)>,
        as_of: u64,
    ) -> impl Iterator<Item = R> {
        let standing = days.flat_map(|(_, day)| day.iter());
        let since = self.retracted.partition_point(|(_, until)| *until <= as_of);
        let fallen = self.retracted[since..].iter().map(|(row, _)| *row);
        standing.chain(fallen).filter(move |row| row.pos() <= as_of)
    }

    /// No row, standing or not, is of an earlier moment.
    pub fn earliest(&self) -> Option<Timestamp> {
        let first = self.days.first_key_value().map(|(day, _)| Timestamp::from_millis(start_of(*day)));
        first.into_iter().chain(self.retracted.iter().map(|(row, _)| row.at())).min()
    }

    /// Rows that stand.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes they take.
    pub(super) fn size(&self) -> usize {
        let of_days = self.days.values().map(|day| day.size());
        of_days.sum::<usize>() + self.retracted.capacity() * size_of::<(R, u64)>()
    }
}
