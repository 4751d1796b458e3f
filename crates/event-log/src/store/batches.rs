//! The `batches` tree: one row per window of journal records, with all of the records that is not in `records`.
//! It tells how far the store is, and with its help a damaged journal record is put together again, byte for byte.

use super::rows::{self, Fields};
use super::{Batch, Pace, StoreFault, records};
use crate::encoding::BatchView;
use crate::journal::Head;
use crate::record::Hash;

/// Row: `parts u16 | keys_total u64 | batches u16 | batches × ENTRY | lz4 of all key bytes`.
const FIELDS: usize = 12;
/// Entry: `count u32 | next_key u64 | hash 32 | key_bytes_len u32`.
const ENTRY: usize = 48;
/// Rows looked at, backwards, for the one that holds a position.
const ROWS_BACK: usize = 8;

pub(super) fn put(
    tree: &sled::Tree,
    batches: &[Batch<'_>],
    views: &[BatchView<'_>],
    keys_total: u64,
    pace: Pace,
) -> Result<(), StoreFault> {
    let Some(first) = batches.first() else {
        return Ok(());
    };
    let key_bytes = views.iter().map(|view| view.key_bytes).collect::<Vec<_>>().concat();
    let packed = lz4_flex::block::compress(&key_bytes);
    let head = packed.len().min(rows::CONTENT_MAX - FIELDS - ENTRY * batches.len());
    let rest = packed[head..].chunks(rows::CONTENT_MAX);
    let mut content = Vec::with_capacity(FIELDS + ENTRY * batches.len() + head);
    let parts = u16::try_from(rest.len()).expect("a window holds some 50 MiB at most, some 4,000 parts");
    content.extend_from_slice(&parts.to_le_bytes());
    content.extend_from_slice(&keys_total.to_le_bytes());
    content.extend_from_slice(&(batches.len() as u16).to_le_bytes());
    for (batch, view) in batches.iter().zip(views) {
        content.extend_from_slice(&batch.count.to_le_bytes());
        content.extend_from_slice(&view.next_key.to_le_bytes());
        content.extend_from_slice(&batch.hash);
        content.extend_from_slice(&(view.key_bytes.len() as u32).to_le_bytes());
    }
    content.extend_from_slice(&packed[..head]);
    // Parts first: a row with part 0 says that the whole window is there.
    for (part, bytes) in (1..).zip(rest) {
        let key = rows::part_key(first.first_pos, part);
        rows::insert(tree, &key, bytes, pace)?;
    }
    let key = rows::part_key(first.first_pos, 0);
    rows::insert(tree, &key, &content, pace)?;
    Ok(())
}

struct Row {
    parts: u16,
    keys_total: u64,
    entries: Vec<Entry>,
    packed: Vec<u8>,
}

struct Entry {
    count: u32,
    next_key: u64,
    hash: Hash,
    key_bytes_len: usize,
}

impl Row {
    fn parse(content: &[u8]) -> Result<Row, StoreFault> {
        let mut fields = Fields(content);
        let (parts, keys_total, batches) = (fields.u16()?, fields.u64()?, fields.u16()?);
        let mut entries = Vec::with_capacity(usize::from(batches));
        for _ in 0..batches {
            entries.push(Entry {
                count: fields.u32()?,
                next_key: fields.u64()?,
                hash: fields.take()?,
                key_bytes_len: fields.u32()? as usize,
            });
        }
        Ok(Row { parts, keys_total, entries, packed: fields.0.to_vec() })
    }

    fn events(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.count)).sum()
    }
}

pub(super) fn last(tree: &sled::Tree) -> Result<Option<(Head, u64)>, StoreFault> {
    for item in tree.iter().rev() {
        let (key, value) = item?;
        let (first_pos, part) = rows::part_key_parse(&key)?;
        let content = rows::open(&key, &value)?;
        if part == 0 {
            let row = Row::parse(content)?;
            let hash = row.entries.last().map_or(crate::record::GENESIS, |entry| entry.hash);
            return Ok(Some((Head { pos: first_pos + row.events() - 1, hash }, row.keys_total)));
        }
    }
    Ok(None)
}

/// Every batch from `oldest` to `head` has its entry.
pub(super) fn check(tree: &sled::Tree, oldest: u64, head: Head) -> Result<(), StoreFault> {
    let mut next = oldest;
    for item in rows::walk::<&[u8]>(tree, ..) {
        let (key, value) = item?;
        let (first_pos, part) = rows::part_key_parse(&key)?;
        let content = rows::open(&key, &value)?;
        if part == 0 && first_pos >= oldest {
            if first_pos != next {
                return Err(StoreFault(format!("the batch at {next} is missing")));
            }
            next += Row::parse(content)?.events();
        }
    }
    if next != head.pos + 1 {
        return Err(StoreFault(format!("the batch at {next} is missing")));
    }
    Ok(())
}

/// A journal record's content, put together from the store.
pub(crate) struct Rebuilt {
    pub(crate) count: u32,
    pub(crate) hash: Hash,
    pub(crate) payload: Vec<u8>,
}

pub(super) fn rebuild(tree: &sled::Tree, events: &sled::Tree, first_pos: u64) -> Result<Option<Rebuilt>, StoreFault> {
    let mut found = None;
    for item in tree.range(..=rows::part_key(first_pos, 0)).rev().take(ROWS_BACK) {
        let (key, value) = item?;
        let (row_pos, part) = rows::part_key_parse(&key)?;
        if part == 0 {
            found = Some((row_pos, Row::parse(rows::open(&key, &value)?)?));
            break;
        }
    }
    let Some((row_pos, mut row)) = found else {
        return Ok(None);
    };
    let (mut pos, mut key_bytes_len) = (row_pos, 0);
    let mut wanted = None;
    for entry in &row.entries {
        if pos == first_pos {
            wanted = Some((entry.count, entry.next_key, entry.hash, key_bytes_len, entry.key_bytes_len));
        }
        key_bytes_len += entry.key_bytes_len;
        pos += u64::from(entry.count);
    }
    let Some((count, next_key, hash, from, len)) = wanted else {
        return Ok(None);
    };
    for part in 1..=row.parts {
        let key = rows::part_key(row_pos, part);
        let value = tree.get(key)?.ok_or_else(|| StoreFault(format!("part {part} of batch {row_pos} is missing")))?;
        row.packed.extend_from_slice(rows::open(&key, &value)?);
    }
    let key_bytes = rows::decompress(&row.packed, key_bytes_len)?;
    let mut payload = Vec::new();
    crate::encoding::start(&mut payload, next_key);
    records::copy_raw(events, first_pos, first_pos + u64::from(count), &mut payload)?;
    payload.extend_from_slice(&key_bytes[from..from + len]);
    Ok(Some(Rebuilt { count, hash, payload }))
}
