//! Rows by the day (UTC) of the instant they are bucketed by, packed. A row that turns out to be wrong is taken out and kept
//! aside with the position at which that happened: what stood at an earlier position still does.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::time::Timestamp;

use super::pack::Pack;

const DAY_MS: i64 = 86_400_000;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
pub struct Days<R: Pack> {
    /// Shared with copies until one of them changes the day.
    days: BTreeMap<i32, Arc<Day<R::Packed>>>,
    /// With the position from which on it stood no more, rising.
    retracted: Vec<(R, u64)>,
    len: usize,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
struct Day<P> {
    /// No row of the day came to be before this position.
    base: u64,
    rows: Vec<P>,
}

impl<R: Pack> Default for Days<R> {
    fn default() -> Self {
        Self { days: BTreeMap::new(), retracted: Vec::new(), len: 0 }
    }
}

fn day_of(at: Timestamp) -> i32 {
    at.as_millis().div_euclid(DAY_MS) as i32
}

fn start_of(day: i32) -> i64 {
    i64::from(day) * DAY_MS
}

impl<R: Pack> Days<R> {
    pub(super) fn add(&mut self, row: R) {
        let day = day_of(row.at());
        if !self.days.contains_key(&day) {
            self.trim(day);
            self.days.insert(day, Arc::new(Day { base: row.pos(), rows: Vec::new() }));
        }
        let of_day = Arc::make_mut(self.days.get_mut(&day).expect("it was just made"));
        of_day.rows.push(row.pack(start_of(day), of_day.base));
        self.len += 1;
    }

    /// Another day begins: of the one before, few rows are still to come, and what it had to grow in is given back.
    fn trim(&mut self, before: i32) {
        if let Some((_, last)) = self.days.range_mut(..before).next_back()
            && last.rows.capacity() > last.rows.len() + last.rows.len() / 16
        {
            // One that a copy shares was made exact when it was copied, or is before long.
            if let Some(last) = Arc::get_mut(last) {
                last.rows.shrink_to_fit();
            }
        }
    }

    /// Takes out a row that stood until now. Its own position does not matter.
    pub(super) fn retract(&mut self, row: R, at_pos: u64) {
        let day = day_of(row.at());
        let Some(of_day) = self.days.get(&day) else { return };
        let (start, base) = (start_of(day), of_day.base);
        // As it was packed: what is too large for its place is not what it was.
        let wanted = R::unpack(&row.at_pos(base).pack(start, base), start, base).at_pos(0);
        self.retract_where(row.at(), |row| row.at_pos(0) == wanted, at_pos);
    }

    /// The same of the newest row at this time that is meant, if there is one.
    pub(super) fn retract_where(&mut self, at: Timestamp, meant: impl Fn(&R) -> bool, at_pos: u64) -> Option<R> {
        let day = day_of(at);
        let of_day = self.days.get_mut(&day)?;
        let (start, base) = (start_of(day), of_day.base);
        // What is taken back is seldom old.
        let place = of_day.rows.iter().rposition(|packed| meant(&R::unpack(packed, start, base)))?;
        let was = R::unpack(&Arc::make_mut(of_day).rows.swap_remove(place), start, base);
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
        days: impl Iterator<Item = (&'a i32, &'a Arc<Day<R::Packed>>)>,
        as_of: u64,
    ) -> impl Iterator<Item = R> {
        let standing = days.flat_map(|(day, of_day)| {
            let (start, base) = (start_of(*day), of_day.base);
            of_day.rows.iter().map(move |packed| R::unpack(packed, start, base))
        });
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

    /// Bytes that a later copy does not share.
    pub(super) fn apart(&self, later: &Self) -> usize {
        let own =
            self.days.iter().filter(|(day, rows)| later.days.get(day).is_none_or(|other| !Arc::ptr_eq(rows, other)));
        own.map(|(_, day)| day.rows.capacity() * size_of::<R::Packed>()).sum()
    }

    /// Bytes they take.
    pub(super) fn size(&self) -> usize {
        let of_days = self.days.values().map(|day| day.rows.capacity() * size_of::<R::Packed>());
        of_days.sum::<usize>() + self.retracted.capacity() * size_of::<(R, u64)>()
    }
}
