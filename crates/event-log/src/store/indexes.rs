//! The `streams` and `keys` trees.

use super::StoreFault;
use super::rows::{self, Fields};
use crate::encoding::{BatchKey, EventView};
use crate::event::KeyEntry;

fn stream_key(stream: &str, version: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(stream.len() + 9);
    key.extend_from_slice(stream.as_bytes());
    // No stream name holds a NUL, so no stream's rows lie between those of another.
    key.push(0);
    key.extend_from_slice(&version.to_be_bytes());
    key
}

fn version_of(key: &[u8]) -> Result<u64, StoreFault> {
    let tail = key
        .last_chunk::<8>()
        .ok_or_else(|| StoreFault("a stream key is too short".to_owned()))?;
    Ok(u64::from_be_bytes(*tail))
}

pub(super) fn put_streams(
    tree: &sled::Tree,
    first_pos: u64,
    events: &[EventView<'_>],
) -> Result<(), StoreFault> {
    let mut batch = sled::Batch::default();
    for (pos, event) in (first_pos..).zip(events) {
        let key = stream_key(event.stream, event.version);
        let row = rows::seal(&key, &pos.to_le_bytes());
        batch.insert(key, row);
    }
    Ok(tree.apply_batch(batch)?)
}

pub(super) fn put_keys(
    tree: &sled::Tree,
    first_pos: u64,
    keys: &[BatchKey<'_>],
) -> Result<(), StoreFault> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut batch = sled::Batch::default();
    for key in keys {
        let mut content = (first_pos + key.event).to_le_bytes().to_vec();
        content.extend_from_slice(key.value);
        batch.insert(&key.key[..], rows::seal(&key.key, &content));
    }
    Ok(tree.apply_batch(batch)?)
}

pub(super) fn find(tree: &sled::Tree, key: &[u8; 16]) -> Result<Option<KeyEntry>, StoreFault> {
    let Some(row) = tree.get(key)? else {
        return Ok(None);
    };
    let mut fields = Fields(rows::open(key, &row)?);
    Ok(Some(KeyEntry {
        pos: fields.u64()?,
        value: fields.0.to_vec(),
    }))
}

pub(super) fn stream_version(tree: &sled::Tree, stream: &str) -> Result<u64, StoreFault> {
    let range = stream_key(stream, 0)..=stream_key(stream, u64::MAX);
    match tree.range(range).next_back() {
        None => Ok(0),
        Some(item) => {
            let (key, row) = item?;
            rows::open(&key, &row)?;
            version_of(&key)
        }
    }
}

pub(super) fn stream_positions(
    tree: &sled::Tree,
    stream: &str,
    from: u64,
    newest_first: bool,
    limit: usize,
) -> Result<Vec<u64>, StoreFault> {
    let position = |expected: &mut Option<u64>, item: sled::Result<(sled::IVec, sled::IVec)>| {
        let (key, row) = item?;
        let version = version_of(&key)?;
        // Versions have no gaps; a missing row must not look like a short history.
        if expected.is_some_and(|expected| expected != version) {
            return Err(StoreFault(format!("a version of {stream} is missing")));
        }
        *expected = if newest_first {
            version.checked_sub(1)
        } else {
            Some(version + 1)
        };
        Fields(rows::open(&key, &row)?).u64()
    };
    if newest_first {
        let rows = tree.range(stream_key(stream, 0)..=stream_key(stream, from));
        rows.rev()
            .take(limit)
            .scan(None, |expected, item| Some(position(expected, item)))
            .collect()
    } else {
        let rows = tree.range(stream_key(stream, from)..=stream_key(stream, u64::MAX));
        rows.take(limit)
            .scan(Some(from.max(1)), |expected, item| {
                Some(position(expected, item))
            })
            .collect()
    }
}

/// There is exactly one row per position from `oldest` to `upto`.
pub(super) fn check_streams(tree: &sled::Tree, oldest: u64, upto: u64) -> Result<(), StoreFault> {
    let mut rows_found = 0;
    for item in tree.iter() {
        let (key, row) = item?;
        let pos = Fields(rows::open(&key, &row)?).u64()?;
        rows_found += u64::from(pos >= oldest && pos <= upto);
    }
    if rows_found != upto + 1 - oldest {
        return Err(StoreFault(format!(
            "the stream index has {rows_found} rows for {} events",
            upto + 1 - oldest
        )));
    }
    Ok(())
}

/// There are exactly `expected` keys up to `upto`.
pub(super) fn check_keys(tree: &sled::Tree, upto: u64, expected: u64) -> Result<(), StoreFault> {
    let mut rows_found = 0;
    for item in tree.iter() {
        let (key, row) = item?;
        rows_found += u64::from(Fields(rows::open(&key, &row)?).u64()? <= upto);
    }
    if rows_found != expected {
        return Err(StoreFault(format!(
            "{rows_found} keys where {expected} were written"
        )));
    }
    Ok(())
}
