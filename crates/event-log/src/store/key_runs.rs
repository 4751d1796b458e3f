//! The `key_runs` tree: look-up keys in sorted runs. A row for each key would be a search and a page rewritten for each, in
//! another corner of the tree every time, because keys are hashes; that was a fifth of what a webhook cost. Here a window's keys
//! are one run, written in order in rows of some 4 KiB, and runs of like size are merged into one, so that a key is written
//! about once per factor of eight. What is asked for is mostly new, and so in none of them: each run has a filter in memory
//! ([`super::key_filter`]), without which looking into all of them was a quarter of what a webhook cost.
//!
//! ```text
//! row    = first pos u64 | last pos u64 | first key 16   →   entries of ( key 16 | pos u64 | length u16 | value )
//! list   = "runs"                                        →   live runs of ( first pos u64 | last pos u64 | keys u64 )
//! filter = first pos u64 | last pos u64 | part u16       →   a part of the run's filter, in a tree of its own
//! ```
//! The list is written after a run's rows and before those it replaces are removed: rows of a run that is not in it are
//! what a crash left behind, and mean nothing.

use std::ops::RangeInclusive;
use std::sync::Arc;

use parking_lot::RwLock;

use super::key_filter::KeyFilter;
use super::rows::{self, Fields};
use super::{Pace, StoreFault};
use crate::event::KeyEntry;

/// A look-up key with its place.
pub(super) type Entry<'a> = ([u8; 16], u64, &'a [u8]);

const LIST: &[u8] = b"runs";
/// A row is ended by the entry that takes it past this.
const ROW_BYTES: usize = 4 << 10;
/// Runs below this are one with the next.
const SMALL: u64 = 1024;
/// Runs of like size that become one.
const FANOUT: usize = 8;
/// Runs beyond this many times eight fold of small are left alone: merging them would keep the store waiting.
const TIER_MAX: u32 = 3;

/// Positions and number of the keys in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u64,
    last: u64,
    keys: u64,
}

impl Run {
    /// What its rows begin with, in either tree.
    fn bounds(&self) -> [u8; 16] {
        let mut bounds = [0; 16];
        bounds[..8].copy_from_slice(&self.first.to_be_bytes());
        bounds[8..].copy_from_slice(&self.last.to_be_bytes());
        bounds
    }

    fn row_key(&self, key: &[u8; 16]) -> [u8; 32] {
        let mut row = [0; 32];
        row[..16].copy_from_slice(&self.bounds());
        row[16..].copy_from_slice(key);
        row
    }

    fn filter_key(&self, part: u16) -> [u8; 18] {
        let mut row = [0; 18];
        row[..16].copy_from_slice(&self.bounds());
        row[16..].copy_from_slice(&part.to_be_bytes());
        row
    }

    fn keys(&self) -> RangeInclusive<[u8; 32]> {
        self.row_key(&[0; 16])..=self.row_key(&[u8::MAX; 16])
    }

    fn rows(&self, tree: &sled::Tree) -> sled::Iter {
        tree.scan_prefix(self.bounds())
    }

    fn remove_rows(&self, tree: &sled::Tree) -> Result<(), StoreFault> {
        for row in self.rows(tree) {
            tree.remove(row?.0)?;
        }
        Ok(())
    }

    fn tier(keys: u64) -> u32 {
        (keys / SMALL).max(1).ilog(FANOUT as u64)
    }
}

/// A run that is in the list.
#[derive(Clone, Debug)]
struct Live {
    run: Run,
    filter: Arc<KeyFilter>,
}

/// The trees and what is live in them; clones share both.
#[derive(Clone)]
pub(super) struct KeyRuns {
    tree: sled::Tree,
    filters: sled::Tree,
    /// Oldest first.
    live: Arc<RwLock<Arc<Vec<Live>>>>,
}

impl KeyRuns {
    pub(super) fn open(tree: sled::Tree, filters: sled::Tree) -> Result<KeyRuns, StoreFault> {
        let runs = KeyRuns { tree, filters, live: Arc::default() };
        let mut live = Vec::new();
        if let Some(row) = runs.tree.get(LIST)? {
            let mut fields = Fields(rows::open(LIST, &row)?);
            while !fields.0.is_empty() {
                let run = Run { first: fields.u64()?, last: fields.u64()?, keys: fields.u64()? };
                live.push(Live { run, filter: Arc::new(runs.filter(&run)?) });
            }
        }
        *runs.live.write() = Arc::new(live);
        runs.clear_leftovers(&runs.tree)?;
        runs.clear_leftovers(&runs.filters)?;
        Ok(runs)
    }

    /// The filter of a run, which is made anew where it is not as it was written.
    fn filter(&self, run: &Run) -> Result<KeyFilter, StoreFault> {
        let part = |row: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, row) = row?;
            Ok(rows::open(&key, &row)?.to_vec())
        };
        if let Ok(filter) = KeyFilter::of_parts(run.rows(&self.filters).map(part)) {
            return Ok(filter);
        }
        let mut filter = KeyFilter::for_keys(run.keys);
        self.each_key(run, |key, _| {
            filter.add(key);
            Ok(())
        })?;
        self.write_filter(run, &filter, Pace::Hurries)?;
        Ok(filter)
    }

    fn write_filter(&self, run: &Run, filter: &KeyFilter, pace: Pace) -> Result<(), StoreFault> {
        // Those of another one of these bounds.
        run.remove_rows(&self.filters)?;
        for (number, part) in (0..).zip(filter.parts()) {
            rows::insert(&self.filters, &run.filter_key(number), &part, pace)?;
        }
        Ok(())
    }

    /// Adds the keys of the events from `first` to `last`. Doing it again, also with other bounds, changes nothing.
    pub(super) fn put(
        &self,
        (first, last): (u64, u64),
        mut keys: Vec<Entry<'_>>,
        pace: Pace,
    ) -> Result<(), StoreFault> {
        keys.sort_unstable_by_key(|(key, ..)| *key);
        let before = Arc::clone(&self.live.read());
        // What reaches beyond was left by an application that a crash cut short, and is applied again now: of a run that
        // begins before, the keys before stay.
        let whole = before.iter().take_while(|live| live.run.last < first).count();
        let kept = before.iter().take_while(|live| live.run.first < first).count();
        if keys.is_empty() && whole == before.len() {
            return Ok(());
        }
        let new = keys.len() as u64 + before[whole..kept].iter().map(|live| live.run.keys).sum::<u64>();
        let from = merge_from(&before[..whole], new);
        let merged: Vec<Run> = before[from..kept].iter().map(|live| live.run).collect();
        let mut live = before[..from].to_vec();
        let mut run = Run { first: merged.first().map_or(first, |run| run.first), last, keys: 0 };
        let (keys, filter) = self.write(&run, &merged, first, keys, pace)?;
        run.keys = keys;
        if keys > 0 {
            self.write_filter(&run, &filter, pace)?;
            live.push(Live { run, filter: Arc::new(filter) });
        }
        self.publish(live)?;
        for Live { run: old, .. } in before[from..].iter() {
            if old.bounds() != run.bounds() {
                self.remove(old)?;
            }
        }
        Ok(())
    }

    pub(super) fn find(&self, key: &[u8; 16]) -> Result<Option<KeyEntry>, StoreFault> {
        loop {
            let live = Arc::clone(&self.live.read());
            // What is asked for is mostly new.
            for Live { run, .. } in live.iter().rev().filter(|live| live.filter.may_have(key)) {
                let upto = self.tree.range(run.row_key(&[0; 16])..=run.row_key(key)).next_back();
                let Some((row_key, row)) = upto.transpose()? else { continue };
                for entry in Entries(rows::open(&row_key, &row)?) {
                    let (found, pos, value) = entry?;
                    if found == *key {
                        return Ok(Some(KeyEntry { pos, value: value.to_vec() }));
                    }
                }
            }
            // A run may have been merged away while it was looked into.
            if Arc::ptr_eq(&live, &self.live.read()) {
                return Ok(None);
            }
        }
    }

    /// There are exactly `expected` keys up to `upto`, each run in order.
    pub(super) fn check(&self, upto: u64, expected: u64) -> Result<(), StoreFault> {
        let mut found = 0;
        for Live { run, filter } in self.live.read().iter() {
            let (mut keys, mut before) = (0, [0; 16]);
            self.each_key(run, |key, pos| {
                if *key < before {
                    return Err(StoreFault("a run of keys is out of order".to_owned()));
                }
                if !filter.may_have(key) {
                    return Err(StoreFault("a run's filter does not know one of its keys".to_owned()));
                }
                before = *key;
                keys += 1;
                found += u64::from(pos <= upto);
                Ok(())
            })?;
            if keys != run.keys {
                return Err(StoreFault(format!("a run has {keys} of {} keys", run.keys)));
            }
        }
        if found != expected {
            return Err(StoreFault(format!("{found} keys where {expected} were written")));
        }
        Ok(())
    }

    /// Goes through a run: each key with its position.
    fn each_key(
        &self,
        run: &Run,
        mut each: impl FnMut(&[u8; 16], u64) -> Result<(), StoreFault>,
    ) -> Result<(), StoreFault> {
        for row in rows::walk(&self.tree, run.keys()) {
            let (row_key, row) = row?;
            for entry in Entries(rows::open(&row_key, &row)?) {
                let (key, pos, _) = entry?;
                each(&key, pos)?;
            }
        }
        Ok(())
    }

    /// Writes the rows of a run: of the merged ones the keys of positions below `before`, and the new keys, in one order.
    /// Returns how many, and their filter.
    fn write(
        &self,
        run: &Run,
        merged: &[Run],
        before: u64,
        keys: Vec<Entry<'_>>,
        pace: Pace,
    ) -> Result<(u64, KeyFilter), StoreFault> {
        let mut inputs = Vec::with_capacity(merged.len());
        for old in merged {
            inputs.extend(Input::begin(old.rows(&self.tree))?);
        }
        let keys_max = keys.len() as u64 + merged.iter().map(|old| old.keys).sum::<u64>();
        let filter = KeyFilter::for_keys(keys_max);
        let mut out = RowWriter { tree: &self.tree, pace, run, first_key: None, content: Vec::new(), keys: 0, filter };
        let mut fresh = keys.into_iter().peekable();
        while let Some(at) = (0..inputs.len()).min_by_key(|at| inputs[*at].key) {
            let next = inputs[at].key;
            while let Some((key, pos, value)) = fresh.next_if(|(key, ..)| *key <= next) {
                out.add(&key, pos, value)?;
            }
            let (key, pos, value) = inputs[at].entry()?;
            if pos < before {
                out.add(&key, pos, value)?;
            }
            if !inputs[at].step()? {
                inputs.swap_remove(at);
            }
        }
        for (key, pos, value) in fresh {
            out.add(&key, pos, value)?;
        }
        out.flush()?;
        Ok((out.keys, out.filter))
    }

    fn publish(&self, live: Vec<Live>) -> Result<(), StoreFault> {
        let numbers = live.iter().flat_map(|Live { run, .. }| [run.first, run.last, run.keys]);
        let content: Vec<u8> = numbers.flat_map(u64::to_le_bytes).collect();
        rows::insert(&self.tree, LIST, &content, Pace::Hurries)?;
        *self.live.write() = Arc::new(live);
        Ok(())
    }

    fn remove(&self, run: &Run) -> Result<(), StoreFault> {
        run.remove_rows(&self.tree)?;
        run.remove_rows(&self.filters)
    }

    /// Rows of runs that are not live.
    fn clear_leftovers(&self, tree: &sled::Tree) -> Result<(), StoreFault> {
        let live = Arc::clone(&self.live.read());
        let mut next = tree.first()?;
        while let Some((key, _)) = next {
            let mut after = key.to_vec();
            if let Some(([first, last], _)) = key.as_chunks::<8>().0.split_first_chunk::<2>() {
                let run = Run { first: u64::from_be_bytes(*first), last: u64::from_be_bytes(*last), keys: 0 };
                if !live.iter().any(|live| live.run.bounds() == run.bounds()) {
                    self.remove(&run)?;
                }
                after = run.row_key(&[u8::MAX; 16]).to_vec();
            }
            next = tree.get_gt(after)?;
        }
        Ok(())
    }
}

/// From which run on the new keys are merged with what is there: with a small run before them, and with seven of their size,
/// and what that makes with seven of its size.
fn merge_from(runs: &[Live], new: u64) -> usize {
    let (mut from, mut keys) = (runs.len(), new);
    loop {
        let tier = Run::tier(keys);
        let like = runs[..from].iter().rev().take_while(|live| Run::tier(live.run.keys) <= tier).count();
        let small = from.checked_sub(1).filter(|last| runs[*last].run.keys + keys < SMALL);
        let next = match small {
            Some(last) => last,
            None if like + 1 >= FANOUT && tier < TIER_MAX => from - like,
            None => return from,
        };
        keys += runs[next..from].iter().map(|live| live.run.keys).sum::<u64>();
        from = next;
    }
}

/// The entries of a row.
struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, StoreFault>;
    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| {
            let mut fields = Fields(self.0);
            let (key, pos, len) = (fields.take()?, fields.u64()?, usize::from(fields.u16()?));
            let cut = || StoreFault("a key's value ends too early".to_owned());
            let (value, rest) = fields.0.split_at_checked(len).ok_or_else(cut)?;
            self.0 = rest;
            Ok((key, pos, value))
        })
    }
}

/// A run being read from front to back.
struct Input {
    rows: sled::Iter,
    row: Vec<u8>,
    /// Where in the row the entry begins.
    at: usize,
    key: [u8; 16],
}

impl Input {
    /// `None`: it is empty.
    fn begin(rows: sled::Iter) -> Result<Option<Input>, StoreFault> {
        let mut input = Input { rows, row: Vec::new(), at: 0, key: [0; 16] };
        Ok(input.load()?.then_some(input))
    }

    fn entry(&self) -> Result<Entry<'_>, StoreFault> {
        let mut entries = Entries(&self.row[self.at..]);
        entries.next().unwrap_or_else(|| Err(StoreFault("a run of keys has an empty row".to_owned())))
    }

    /// On to the next entry, if there is one.
    fn step(&mut self) -> Result<bool, StoreFault> {
        self.at += 26 + self.entry()?.2.len();
        self.load()
    }

    fn load(&mut self) -> Result<bool, StoreFault> {
        while self.at >= self.row.len() {
            let Some(row) = self.rows.next() else { return Ok(false) };
            let (row_key, row) = row?;
            self.row = rows::open(&row_key, &row)?.to_vec();
            self.at = 0;
        }
        self.key = self.entry()?.0;
        Ok(true)
    }
}

/// Puts entries into rows.
struct RowWriter<'a> {
    tree: &'a sled::Tree,
    pace: Pace,
    run: &'a Run,
    first_key: Option<[u8; 16]>,
    content: Vec<u8>,
    keys: u64,
    filter: KeyFilter,
}

impl RowWriter<'_> {
    fn add(&mut self, key: &[u8; 16], pos: u64, value: &[u8]) -> Result<(), StoreFault> {
        let len = u16::try_from(value.len()).expect("a key's value is limited to 256 bytes");
        self.keys += 1;
        self.filter.add(key);
        self.first_key.get_or_insert(*key);
        self.content.extend_from_slice(key);
        self.content.extend_from_slice(&pos.to_le_bytes());
        self.content.extend_from_slice(&len.to_le_bytes());
        self.content.extend_from_slice(value);
        if self.content.len() >= ROW_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreFault> {
        if let Some(first) = self.first_key.take() {
            let key = self.run.row_key(&first);
            rows::insert(self.tree, &key, &self.content, self.pace)?;
            self.content.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> sled::Db {
        sled::Config::new().temporary(true).open().unwrap()
    }

    /// As they are found there. The database stays open: closed, it may be locked for a moment longer.
    fn open(db: &sled::Db) -> KeyRuns {
        KeyRuns::open(db.open_tree("key_runs").unwrap(), db.open_tree("key_filters").unwrap()).unwrap()
    }

    fn key(n: u64) -> [u8; 16] {
        blake3::hash(&n.to_le_bytes()).as_bytes()[..16].try_into().unwrap()
    }

    /// One key for each position.
    fn put(runs: &KeyRuns, first: u64, last: u64) {
        let values: Vec<_> = (first..=last).map(|pos| pos.to_string()).collect();
        let entries = (first..=last).zip(&values).map(|(pos, value)| (key(pos), pos, value.as_bytes()));
        runs.put((first, last), entries.collect(), Pace::GivesWay).unwrap();
    }

    #[test]
    fn every_key_is_found_however_its_run_was_merged_and_no_other() {
        let db = db();
        let runs = open(&db);
        let mut last = 0;
        // Windows of one event, of many, and of more than a tier holds.
        for size in std::iter::repeat_n(1, 40).chain(std::iter::repeat_n(700, 60)).chain([9_000, 3, 2]) {
            put(&runs, last + 1, last + size);
            last += size;
            assert!(runs.live.read().len() < 3 * FANOUT);
        }
        runs.check(last, last).unwrap();
        drop(runs);
        let runs = open(&db);
        for pos in (1..=last).step_by(7) {
            let entry = KeyEntry { pos, value: pos.to_string().into_bytes() };
            assert_eq!(runs.find(&key(pos)).unwrap(), Some(entry));
            assert_eq!(runs.find(&key(last + pos)).unwrap(), None);
        }
        assert!(runs.check(last, last + 1).is_err());
        let live: Vec<Run> = runs.live.read().iter().map(|live| live.run).collect();
        let rows = |run: &Run| [run.rows(&runs.tree).count(), run.rows(&runs.filters).count()];
        let [keys, filters] = live.iter().map(rows).fold([0, 0], |sums, rows| [sums[0] + rows[0], sums[1] + rows[1]]);
        assert_eq!([runs.tree.len(), runs.filters.len()], [keys + 1, filters], "nothing of merged runs is left");
    }

    #[test]
    fn what_a_crash_cut_short_is_applied_again_with_other_bounds() {
        let db = db();
        let runs = open(&db);
        put(&runs, 1, 2_000);
        put(&runs, 2_001, 4_000);
        // Rows without a place in the list.
        let lost = Run { first: 4_001, last: 4_500, keys: 1 };
        runs.write(&lost, &[], 4_001, vec![(key(4_001), 4_001, b"")], Pace::Hurries).unwrap();
        drop(runs);
        let runs = open(&db);
        assert_eq!(lost.rows(&runs.tree).count(), 0);
        put(&runs, 2_001, 2_500);
        put(&runs, 2_501, 4_200);
        runs.check(4_200, 4_200).unwrap();
        // One that is one run with what was there before it.
        put(&runs, 4_201, 4_205);
        put(&runs, 4_206, 4_210);
        let newest = runs.live.read().last().unwrap().run;
        assert!(newest.first < 4_206 && newest.last == 4_210);
        put(&runs, 4_206, 4_207);
        put(&runs, 4_208, 4_210);
        runs.check(4_210, 4_210).unwrap();
    }

    #[test]
    fn a_filter_that_is_missing_or_damaged_is_made_anew() {
        let db = db();
        let runs = open(&db);
        put(&runs, 1, 40_000);
        let filters = runs.filters.clone();
        let parts: Vec<_> = filters.iter().map(|row| row.unwrap()).collect();
        assert!(parts.len() > 1);
        drop(runs);
        let all_are_found = |runs: &KeyRuns| {
            runs.check(40_000, 40_000).unwrap();
            assert!((1..=40_000).step_by(97).all(|pos| runs.find(&key(pos)).unwrap().is_some()));
            assert!(filters.iter().map(|row| row.unwrap()).eq(parts.iter().cloned()));
        };
        filters.remove(&parts[1].0).unwrap();
        all_are_found(&open(&db));
        let mut damaged = parts[0].1.to_vec();
        damaged[20] ^= 1;
        filters.insert(&parts[0].0, damaged).unwrap();
        all_are_found(&open(&db));
        filters.clear().unwrap();
        all_are_found(&open(&db));
    }

    #[test]
    fn a_reader_finds_keys_while_runs_are_merged() {
        let runs = open(&db());
        put(&runs, 1, 1_500);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (1..40).for_each(|n| put(&runs, 1_500 * n + 1, 1_500 * (n + 1))));
            while !writer.is_finished() {
                for pos in [1, 700, 1_500] {
                    assert_eq!(runs.find(&key(pos)).unwrap().map(|entry| entry.pos), Some(pos));
                }
            }
        });
    }
}
