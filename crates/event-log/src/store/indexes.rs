//! The `streams` tree.

use std::collections::BTreeMap;

use super::rows;
use super::{Pace, StoreFault};
use crate::encoding::EventView;

fn stream_key(stream: &str, version: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(stream.len() + 9);
    key.extend_from_slice(stream.as_bytes());
    // No stream name holds a NUL, so no stream's rows lie between those of another.
    key.push(0);
    key.extend_from_slice(&version.to_be_bytes());
    key
}

fn version_of(key: &[u8]) -> Result<u64, StoreFault> {
    let tail = key.last_chunk::<8>().ok_or_else(|| StoreFault("a stream key is too short".to_owned()))?;
    Ok(u64::from_be_bytes(*tail))
}

/// Positions in one row: 8 KiB.
const POSITIONS_MAX: usize = 1024;

/// Positions in a row that is still added to: a conversation, more or less. One that is worked on for days comes in many windows, and a row
/// for each of them would be most of the tree.
const POSITIONS_ADDED_TO: usize = 64;

/// Rows looked at, backwards, for the one that reaches furthest: a crash in the middle of an application may have
/// left a later row that reaches less far.
const ROWS_BACK: usize = 4;

/// Rows have the version of their first event in the key, the positions of it and those that follow it in the value. What
/// comes in a window is added to the stream's last row where that is short, else it is a row of its own.
pub(super) fn put_streams<'a>(
    tree: &sled::Tree,
    first_pos: u64,
    events: impl Iterator<Item = &'a EventView<'a>>,
    pace: Pace,
) -> Result<(), StoreFault> {
    let mut streams: BTreeMap<&str, (u64, Vec<u8>)> = BTreeMap::new();
    for (pos, event) in (first_pos..).zip(events) {
        let (version, positions) = streams.entry(event.stream).or_insert_with(|| (event.version, Vec::new()));
        let expected = *version + (positions.len() / 8) as u64;
        if event.version != expected || positions.len() / 8 >= POSITIONS_MAX {
            put_stream(tree, event.stream, *version, positions, pace)?;
            *version = event.version;
            positions.clear();
        }
        positions.extend_from_slice(&pos.to_le_bytes());
    }
    for (stream, (version, positions)) in &streams {
        put_stream(tree, stream, *version, positions, pace)?;
    }
    Ok(())
}

fn put_stream(tree: &sled::Tree, stream: &str, version: u64, new: &[u8], pace: Pace) -> Result<(), StoreFault> {
    let key = stream_key(stream, version);
    // A stream's first event has nothing before it.
    if version > 1
        && let Some(last) = tree.range(stream_key(stream, 0)..=key.clone()).next_back()
    {
        let (last_key, row) = last?;
        // One that is damaged is found by whoever reads it.
        if let Some(both) =
            rows::open(&last_key, &row).ok().and_then(|old| added(old, version_of(&last_key).ok()?, version, new))
        {
            return rows::insert(tree, &last_key, &both, pace);
        }
    }
    rows::insert(tree, &key, new, pace)
}

/// The positions of a row that begins with version `first` and those from `version` on, if they follow on it and both are few. After a
/// crash the row may have some of them already.
fn added(old: &[u8], first: u64, version: u64, new: &[u8]) -> Option<Vec<u8>> {
    let before = usize::try_from(version - first).ok()?.checked_mul(size_of::<u64>())?;
    let both = [old.get(..before)?, new, old.get(before + new.len()..).unwrap_or_default()].concat();
    (both.len() <= POSITIONS_ADDED_TO * size_of::<u64>()).then_some(both)
}

/// The positions in a stream's row.
fn positions(content: &[u8]) -> Result<impl DoubleEndedIterator<Item = u64> + ExactSizeIterator, StoreFault> {
    let (numbers, rest) = content.as_chunks::<8>();
    if numbers.is_empty() || !rest.is_empty() {
        return Err(StoreFault("a stream's row has an impossible length".to_owned()));
    }
    Ok(numbers.iter().map(|number| u64::from_le_bytes(*number)))
}

pub(super) fn stream_version(tree: &sled::Tree, stream: &str) -> Result<u64, StoreFault> {
    let range = stream_key(stream, 0)..=stream_key(stream, u64::MAX);
    let mut newest = 0;
    for item in tree.range(range).rev().take(ROWS_BACK) {
        let (key, row) = item?;
        let count = positions(rows::open(&key, &row)?)?.len() as u64;
        newest = newest.max(version_of(&key)? + count - 1);
    }
    Ok(newest)
}

/// Versions and positions from `from` on, ascending, or from `from` down.
pub(super) fn stream_positions(
    tree: &sled::Tree,
    stream: &str,
    from: u64,
    newest_first: bool,
    limit: usize,
) -> Result<Vec<(u64, u64)>, StoreFault> {
    let missing = || StoreFault(format!("a version of {stream} is missing"));
    let mut found: Vec<(u64, u64)> = Vec::new();
    if newest_first {
        let mut next = stream_version(tree, stream)?.min(from);
        while next > 0 && found.len() < limit {
            // Versions have no gaps; a missing row must not look like a short history.
            let (first, numbers) = row_with(tree, stream, next)?.ok_or_else(missing)?;
            let below = (first..=next).zip(numbers);
            found.extend(below.collect::<Vec<_>>().into_iter().rev().take(limit - found.len()));
            next = first.saturating_sub(1);
        }
        return Ok(found);
    }
    let from = from.max(1);
    let start = row_with(tree, stream, from)?.map_or(from, |(first, _)| first);
    let mut next = from;
    for item in tree.range(stream_key(stream, start)..=stream_key(stream, u64::MAX)) {
        let (key, row) = item?;
        let first = version_of(&key)?;
        let numbers = positions(rows::open(&key, &row)?)?;
        if first > next {
            return Err(missing());
        }
        for (version, pos) in (first..).zip(numbers) {
            if version == next {
                if found.len() >= limit {
                    return Ok(found);
                }
                found.push((version, pos));
                next += 1;
            }
        }
    }
    Ok(found)
}

/// The row that holds a version, with its first version.
fn row_with(tree: &sled::Tree, stream: &str, version: u64) -> Result<Option<(u64, Vec<u64>)>, StoreFault> {
    for item in tree.range(stream_key(stream, 0)..=stream_key(stream, version)).rev().take(ROWS_BACK) {
        let (key, row) = item?;
        let first = version_of(&key)?;
        let numbers: Vec<u64> = positions(rows::open(&key, &row)?)?.collect();
        if version < first + numbers.len() as u64 {
            return Ok(Some((first, numbers)));
        }
    }
    Ok(None)
}

/// There is exactly one version per position from `oldest` to `upto`.
pub(super) fn check_streams(tree: &sled::Tree, oldest: u64, upto: u64) -> Result<(), StoreFault> {
    let mut found = 0;
    let mut stream: Vec<u8> = Vec::new();
    let mut next = 0;
    for item in rows::walk::<&[u8]>(tree, ..) {
        let (key, row) = item?;
        let name = &key[..key.len().saturating_sub(8)];
        if stream != name {
            stream = name.to_vec();
            next = 0;
        }
        let first = version_of(&key)?;
        for (version, pos) in (first..).zip(positions(rows::open(&key, &row)?)?) {
            if version >= next {
                next = version + 1;
                found += u64::from(pos >= oldest && pos <= upto);
            }
        }
    }
    if found != upto + 1 - oldest {
        return Err(StoreFault(format!("the stream index has {found} of {} events", upto + 1 - oldest)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> sled::Tree {
        sled::Config::new().temporary(true).open().unwrap().open_tree("streams").unwrap()
    }

    /// A window with some events of a stream, of which every third of the log is one.
    fn put(tree: &sled::Tree, stream: &str, versions: std::ops::RangeInclusive<u64>) {
        let positions: Vec<u8> = versions.clone().flat_map(|version| (version * 3).to_le_bytes()).collect();
        put_stream(tree, stream, *versions.start(), &positions, Pace::Hurries).unwrap();
    }

    #[track_caller]
    fn has(tree: &sled::Tree, stream: &str, upto: u64) {
        let expected: Vec<_> = (1..=upto).map(|version| (version, version * 3)).collect();
        assert_eq!(stream_positions(tree, stream, 0, false, usize::MAX).unwrap(), expected);
        let newest = stream_positions(tree, stream, u64::MAX, true, usize::MAX).unwrap();
        assert_eq!(newest, expected.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(stream_version(tree, stream).unwrap(), upto);
    }

    #[test]
    fn what_comes_bit_by_bit_lies_together() {
        let tree = tree();
        for version in 1..=200 {
            put(&tree, "b", version..=version);
            // Neighbours are not touched.
            if version % 10 == 0 {
                put(&tree, "a", version - 9..=version);
                put(&tree, "ba", version - 9..=version);
            }
            has(&tree, "b", version);
        }
        assert_eq!(tree.scan_prefix(b"b\0").count(), 200usize.div_ceil(POSITIONS_ADDED_TO));
        has(&tree, "a", 200);
        has(&tree, "ba", 200);
        // What is much at once is a row of its own.
        put(&tree, "b", 201..=1_000);
        put(&tree, "b", 1_001..=1_001);
        has(&tree, "b", 1_001);
        assert_eq!(tree.scan_prefix(b"b\0").count(), 6);
    }

    #[test]
    fn applying_again_in_other_windows_changes_nothing() {
        for (before, again) in [(5, 9), (9, 5), (70, 3), (3, 70), (100, 1)] {
            let tree = tree();
            (1..=90).step_by(before).for_each(|from| put(&tree, "s", from as u64..=(from + before - 1).min(90) as u64));
            has(&tree, "s", 90);
            // A crash took the notion of what was applied after the 20th.
            (21..=90).step_by(again).for_each(|from| put(&tree, "s", from as u64..=(from + again - 1).min(90) as u64));
            has(&tree, "s", 90);
        }
    }

    #[test]
    fn a_damaged_row_is_not_added_to() {
        let tree = tree();
        put(&tree, "s", 1..=3);
        let key = stream_key("s", 1);
        let mut row = tree.get(&key).unwrap().unwrap().to_vec();
        row[6] ^= 1;
        tree.insert(&key, row).unwrap();
        put(&tree, "s", 4..=5);
        assert_eq!(tree.len(), 2);
        assert!(stream_positions(&tree, "s", 1, false, 9).is_err());
        assert_eq!(stream_positions(&tree, "s", 4, false, 9).unwrap(), [(4, 12), (5, 15)]);
    }
}
