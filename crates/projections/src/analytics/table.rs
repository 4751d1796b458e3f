//! Tallies by group and by place on an axis. Millions of samples are put here for one answer, so a group is found by its
//! number and a place by where it lies, not by looking for them; and what everything comes to is added up from the groups
//! at the end wherever each sample lies in exactly one.

use std::collections::BTreeMap;

use super::cell::Tally;
use super::group::{GroupBy, GroupKey};
use super::metric::Kind;
use super::sample::Sample;
use crate::facts::Facts;

/// No group, or no tallies.
const NONE: u32 = u32::MAX;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Table {
    columns: usize,
    places: usize,
    group_by: GroupBy,
    /// Those there are, in the order they appeared. The whole is the first.
    groups: Vec<GroupKey>,
    /// Where a group is, by its number.
    by_number: Vec<u32>,
    /// Where the tallies of a group at a place begin: `places` for each group.
    rows: Vec<u32>,
    /// `columns` for each row.
    tallies: Vec<Tally>,
    /// Groups there may be, with the whole; of more it is only known that there are.
    groups_max: usize,
    rows_max: usize,
    overflowed: bool,
}

/// There are more groups or rows than there may be.
#[derive(Debug)]
pub(super) struct Overflow;

impl Table {
    pub(super) fn new(group_by: GroupBy, columns: usize, places: usize, groups_max: usize, rows_max: usize) -> Self {
        Self {
            columns,
            places,
            group_by,
            groups: vec![GroupKey::Everything],
            by_number: Vec::new(),
            rows: vec![NONE; places],
            tallies: Vec::new(),
            groups_max,
            rows_max,
            overflowed: false,
        }
    }

    /// Adds a sample. `tags`: those of its conversation.
    #[inline]
    pub(super) fn add(
        &mut self,
        facts: &Facts,
        place: u32,
        (column, kind): (usize, Kind),
        sample: &Sample,
        tags: &[u32],
    ) {
        let group_by = self.group_by;
        if !group_by.adds_up() {
            self.add_to(0, place, column, kind, sample);
        }
        group_by.of(facts, sample, tags, |key| {
            if let Some(group) = self.group(key) {
                self.add_to(group, place, column, kind, sample);
            }
        });
    }

    #[inline]
    fn add_to(&mut self, group: usize, place: u32, column: usize, kind: Kind, sample: &Sample) {
        if let Some(row) = self.row(group, place as usize) {
            self.tallies[row + column].add(kind, sample.value, sample.slot.0);
        }
    }

    #[inline]
    fn group(&mut self, key: GroupKey) -> Option<usize> {
        let number = key.number();
        match self.by_number.get(number) {
            Some(&group) if group != NONE => Some(group as usize),
            _ => self.new_group(key, number),
        }
    }

    #[cold]
    fn new_group(&mut self, key: GroupKey, number: usize) -> Option<usize> {
        if self.groups.len() >= self.groups_max {
            self.overflowed = true;
            return None;
        }
        if self.by_number.len() <= number {
            self.by_number.resize(number + 1, NONE);
        }
        let group = self.groups.len();
        self.by_number[number] = group as u32;
        self.groups.push(key);
        self.rows.resize(self.groups.len() * self.places, NONE);
        Some(group)
    }

    #[inline]
    fn row(&mut self, group: usize, place: usize) -> Option<usize> {
        match self.rows[group * self.places + place] {
            NONE => self.new_row(group, place),
            row => Some(row as usize),
        }
    }

    #[cold]
    fn new_row(&mut self, group: usize, place: usize) -> Option<usize> {
        let row = self.tallies.len();
        if row / self.columns >= self.rows_max {
            self.overflowed = true;
            return None;
        }
        self.rows[group * self.places + place] = row as u32;
        self.tallies.resize(row + self.columns, Tally::default());
        Some(row)
    }

    /// What another one holds of the same question as well.
    pub(super) fn take_in(&mut self, other: &Self) {
        self.overflowed |= other.overflowed;
        for (theirs, key) in other.groups.iter().enumerate() {
            let of_place = &other.rows[theirs * other.places..][..other.places];
            if of_place.iter().all(|row| *row == NONE) {
                continue;
            }
            let group = if *key == GroupKey::Everything { Some(0) } else { self.group(*key) };
            let Some(group) = group else { return };
            for (place, row) in of_place.iter().enumerate().filter(|(_, row)| **row != NONE) {
                let Some(mine) = self.row(group, place) else { return };
                let tallies = &other.tallies[*row as usize..][..other.columns];
                self.tallies[mine..].iter_mut().zip(tallies).for_each(|(mine, more)| mine.take_in(more));
            }
        }
    }

    /// Adds the groups up to the whole.
    fn add_up(&mut self) {
        for place in 0..self.places {
            let of_groups = self.rows[self.places..].iter().skip(place).step_by(self.places);
            let parts: Vec<usize> = of_groups.filter(|row| **row != NONE).map(|row| *row as usize).collect();
            if parts.is_empty() {
                continue;
            }
            let Some(whole) = self.row(0, place) else { return };
            for column in 0..self.columns {
                let sum = Tally::sum(parts.iter().map(|row| &self.tallies[row + column]));
                self.tallies[whole + column] = sum;
            }
        }
    }

    /// A level at the end of a bucket is what all buckets up to it came to.
    fn accumulate(&mut self, columns: &[usize]) {
        if columns.is_empty() {
            return;
        }
        for group in 0..self.groups.len() {
            if (0..self.places).all(|place| self.rows[group * self.places + place] == NONE) {
                continue;
            }
            for column in columns {
                let mut level = 0;
                for place in 0..self.places {
                    let Some(row) = self.row(group, place) else { return };
                    level += self.tallies[row + column].level();
                    self.tallies[row + column].set_level(level);
                }
            }
        }
    }

    /// The tallies of each group and place where something was added. Errors: there is more than there may be.
    pub(super) fn finish(mut self, levels: &[usize]) -> Result<BTreeMap<(GroupKey, u32), Vec<Tally>>, Overflow> {
        if self.group_by.adds_up() {
            self.add_up();
        }
        self.accumulate(levels);
        if self.overflowed {
            return Err(Overflow);
        }
        let mut found = BTreeMap::new();
        for (group, key) in self.groups.iter().enumerate() {
            for place in 0..self.places {
                let row = self.rows[group * self.places + place];
                if row != NONE {
                    let row = row as usize;
                    let tallies = self.tallies[row..row + self.columns].iter_mut().map(std::mem::take);
                    found.insert((*key, place as u32), tallies.collect());
                }
            }
        }
        Ok(found)
    }
}
