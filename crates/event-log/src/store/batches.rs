//! The `batches` tree: one row per journal record, with all of the record that is not in `records`. It tells
//! how far the store is, and with its help a damaged journal record is put together again, byte for byte.

use super::rows::{self, Fields};
use super::{Batch, StoreFault, records};
use crate::encoding::BatchView;
use crate::journal::Head;
use crate::record::Hash;

/// Row: `count u32 | next_key u64 | keys_total u64 | hash 32 | key_bytes_len u32 | parts u16 | lz4 of the key bytes`.
const FIELDS: usize = 58;

pub(super) fn put(
    tree: &sled::Tree,
    batch: &Batch<'_>,
    view: &BatchView<'_>,
    keys_total: u64,
) -> Result<(), StoreFault> {
    let packed = lz4_flex::block::compress(view.key_bytes);
    let first = packed.len().min(rows::CONTENT_MAX - FIELDS);
    let rest = packed[first..].chunks(rows::CONTENT_MAX);
    let mut content = Vec::with_capacity(FIELDS + first);
    content.extend_from_slice(&batch.count.to_le_bytes());
    content.extend_from_slice(&view.next_key.to_le_bytes());
    content.extend_from_slice(&keys_total.to_le_bytes());
    content.extend_from_slice(&batch.hash);
    content.extend_from_slice(&(view.key_bytes.len() as u32).to_le_bytes());
    let parts = u16::try_from(rest.len()).expect("a batch is limited to 48 MiB, some 3,000 parts");
    content.extend_from_slice(&parts.to_le_bytes());
    content.extend_from_slice(&packed[..first]);
    // Parts first: a row with part 0 says that the whole batch is there.
    for (part, bytes) in (1..).zip(rest) {
        let key = rows::part_key(batch.first_pos, part);
        tree.insert(key, rows::seal(&key, bytes))?;
    }
    let key = rows::part_key(batch.first_pos, 0);
    tree.insert(key, rows::seal(&key, &content))?;
    Ok(())
}

struct Row {
    count: u32,
    next_key: u64,
    keys_total: u64,
    hash: Hash,
    key_bytes_len: usize,
    parts: u16,
    packed: Vec<u8>,
}

fn row(content: &[u8]) -> Result<Row, StoreFault> {
    let mut fields = Fields(content);
    Ok(Row {
        count: fields.u32()?,
        next_key: fields.u64()?,
        keys_total: fields.u64()?,
        hash: fields.take()?,
        key_bytes_len: fields.u32()? as usize,
        parts: fields.u16()?,
        packed: fields.0.to_vec(),
    })
}

pub(super) fn last(tree: &sled::Tree) -> Result<Option<(Head, u64)>, StoreFault> {
    for item in tree.iter().rev() {
        let (key, value) = item?;
        let (first_pos, part) = rows::part_key_parse(&key)?;
        let content = rows::open(&key, &value)?;
        if part == 0 {
            let row = row(content)?;
            return Ok(Some((
                Head {
                    pos: first_pos + u64::from(row.count) - 1,
                    hash: row.hash,
                },
                row.keys_total,
            )));
        }
    }
    Ok(None)
}

/// Every batch from `oldest` to `head` has its row.
pub(super) fn check(tree: &sled::Tree, oldest: u64, head: Head) -> Result<(), StoreFault> {
    let mut next = oldest;
    for item in tree.iter() {
        let (key, value) = item?;
        let (first_pos, part) = rows::part_key_parse(&key)?;
        let content = rows::open(&key, &value)?;
        if part == 0 && first_pos >= oldest {
            if first_pos != next {
                return Err(StoreFault(format!("the batch at {next} is missing")));
            }
            next += u64::from(row(content)?.count);
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

pub(super) fn rebuild(
    tree: &sled::Tree,
    events: &sled::Tree,
    first_pos: u64,
) -> Result<Option<Rebuilt>, StoreFault> {
    let key = rows::part_key(first_pos, 0);
    let Some(value) = tree.get(key)? else {
        return Ok(None);
    };
    let mut row = row(rows::open(&key, &value)?)?;
    for part in 1..=row.parts {
        let key = rows::part_key(first_pos, part);
        let value = tree
            .get(key)?
            .ok_or_else(|| StoreFault(format!("part {part} of batch {first_pos} is missing")))?;
        row.packed.extend_from_slice(rows::open(&key, &value)?);
    }
    let mut payload = Vec::new();
    crate::encoding::start(&mut payload, row.next_key);
    let end = first_pos + u64::from(row.count);
    let mut next = first_pos;
    while next < end {
        let chunk = records::chunk_at(events, next)?;
        if chunk.first_pos != next || next + u64::from(chunk.events) > end {
            return Err(StoreFault(format!(
                "the records of batch {first_pos} do not fit it"
            )));
        }
        payload.extend_from_slice(&chunk.raw);
        next += u64::from(chunk.events);
    }
    payload.extend_from_slice(&rows::decompress(&row.packed, row.key_bytes_len)?);
    Ok(Some(Rebuilt {
        count: row.count,
        hash: row.hash,
        payload,
    }))
}
