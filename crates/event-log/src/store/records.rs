//! The `records` tree: events of consecutive batches, compressed together in chunks of about
//! 14 KiB. An event that is
//! larger has rows of its own, its compressed bytes cut into parts.

use super::rows::{self, Fields};
use super::{Pace, StoreFault};
use crate::encoding::{EventView, Events};
use crate::event::StoredEvent;

/// Raw bytes gathered into one row; even if they do not compress, the row stays within its limit.
const CHUNK_BYTES: usize = 14 << 10;

/// Row: `events u32 | raw_len u32 | parts u16 | lz4`. Part 0 carries the fields, later parts only bytes.
const FIELDS: usize = 10;

pub(super) fn put<'a>(
    tree: &sled::Tree,
    first_pos: u64,
    events: impl Iterator<Item = &'a EventView<'a>>,
    pace: Pace,
) -> Result<(), StoreFault> {
    let mut raw = Vec::with_capacity(CHUNK_BYTES);
    let mut chunk_pos = first_pos;
    let mut in_chunk = 0u32;
    for (pos, event) in (first_pos..).zip(events) {
        if in_chunk > 0 && raw.len() + event.bytes.len() > CHUNK_BYTES {
            put_chunk(tree, chunk_pos, in_chunk, &raw, pace)?;
            raw.clear();
            in_chunk = 0;
        }
        if in_chunk == 0 {
            chunk_pos = pos;
        }
        raw.extend_from_slice(event.bytes);
        in_chunk += 1;
    }
    if in_chunk > 0 {
        put_chunk(tree, chunk_pos, in_chunk, &raw, pace)?;
    }
    Ok(())
}

fn put_chunk(tree: &sled::Tree, first_pos: u64, events: u32, raw: &[u8], pace: Pace) -> Result<(), StoreFault> {
    let packed = lz4_flex::block::compress(raw);
    let first = packed.len().min(rows::CONTENT_MAX - FIELDS);
    let rest = packed[first..].chunks(rows::CONTENT_MAX);
    let mut content = Vec::with_capacity(FIELDS + first);
    content.extend_from_slice(&events.to_le_bytes());
    content.extend_from_slice(&(raw.len() as u32).to_le_bytes());
    let parts = u16::try_from(rest.len()).expect("an event is limited to 8 MiB, some 520 parts");
    content.extend_from_slice(&parts.to_le_bytes());
    content.extend_from_slice(&packed[..first]);
    let key = rows::part_key(first_pos, 0);
    rows::insert(tree, &key, &content, pace)?;
    for (part, bytes) in (1..).zip(rest) {
        let key = rows::part_key(first_pos, part);
        rows::insert(tree, &key, bytes, pace)?;
    }
    Ok(())
}

/// Some events laid end to end.
pub(crate) struct Chunk {
    pub(super) first_pos: u64,
    pub(super) events: u32,
    pub(super) raw: Vec<u8>,
}

impl Chunk {
    fn holds(&self, pos: u64) -> bool {
        (self.first_pos..self.first_pos + u64::from(self.events)).contains(&pos)
    }
}

/// Rows looked at, backwards, for the one that holds a position. Usually the first does; a crash in the middle
/// of an application, or a repair, leaves rows that cover less than those before them.
const ROWS_BACK: usize = 32;

/// The chunk that holds `pos`, or the fault that there is none.
pub(super) fn chunk_at(tree: &sled::Tree, pos: u64) -> Result<Chunk, StoreFault> {
    for item in tree.range(..=rows::part_key(pos, 0)).rev().take(ROWS_BACK) {
        let (key, row) = item?;
        let (first_pos, part) = rows::part_key_parse(&key)?;
        if part > 0 {
            continue;
        }
        let content = rows::open(&key, &row)?;
        if pos < first_pos + u64::from(Fields(content).u32()?) {
            return open_chunk(tree, first_pos, content);
        }
    }
    Err(StoreFault(format!("position {pos} is missing")))
}

/// Appends the bytes of the events from `pos` to before `end`, as they are in the journal.
pub(super) fn copy_raw(tree: &sled::Tree, pos: u64, end: u64, out: &mut Vec<u8>) -> Result<(), StoreFault> {
    let malformed = |bad: crate::encoding::Malformed| StoreFault(bad.0.to_owned());
    let mut next = pos;
    while next < end {
        let chunk = chunk_at(tree, next)?;
        let mut events = Events::new(&chunk.raw, chunk.first_pos, chunk.events);
        events.skip_to(next).map_err(malformed)?;
        let from = chunk.raw.len() - events.rest().len();
        let upto = end.min(chunk.first_pos + u64::from(chunk.events));
        events.skip_to(upto).map_err(malformed)?;
        out.extend_from_slice(&chunk.raw[from..chunk.raw.len() - events.rest().len()]);
        next = upto;
    }
    Ok(())
}

fn open_chunk(tree: &sled::Tree, first_pos: u64, content: &[u8]) -> Result<Chunk, StoreFault> {
    let mut fields = Fields(content);
    let (events, raw_len, parts) = (fields.u32()?, fields.u32()? as usize, fields.u16()?);
    let raw = if parts == 0 {
        rows::decompress(fields.0, raw_len)?
    } else {
        let mut packed = fields.0.to_vec();
        for part in 1..=parts {
            let key = rows::part_key(first_pos, part);
            let row = tree.get(key)?.ok_or_else(|| StoreFault(format!("part {part} of {first_pos} is missing")))?;
            packed.extend_from_slice(rows::open(&key, &row)?);
        }
        rows::decompress(&packed, raw_len)?
    };
    Ok(Chunk { first_pos, events, raw })
}

/// The event at `pos`. `open` is the chunk that was opened last: what lies in it too is not opened again.
pub(super) fn event(tree: &sled::Tree, pos: u64, open: &mut Option<Chunk>) -> Result<StoredEvent, StoreFault> {
    let chunk = match open.take().filter(|chunk| chunk.holds(pos)) {
        Some(chunk) => chunk,
        None => chunk_at(tree, pos)?,
    };
    let mut events = Events::new(&chunk.raw, chunk.first_pos, chunk.events);
    events.skip_to(pos).map_err(|bad| StoreFault(bad.0.to_owned()))?;
    let event = events.next().ok_or_else(|| StoreFault(format!("position {pos} is missing")))?;
    let event = event.map_err(|bad| StoreFault(bad.0.to_owned()))?;
    *open = Some(chunk);
    Ok(event)
}

pub(super) fn read(
    tree: &sled::Tree,
    after: u64,
    upto: u64,
    limit: usize,
    bytes_max: usize,
) -> Result<Vec<StoredEvent>, StoreFault> {
    let mut found = Vec::new();
    let mut bytes = 0;
    let mut next = after + 1;
    while next <= upto && found.len() < limit && bytes < bytes_max {
        let chunk = chunk_at(tree, next)?;
        let mut events = Events::new(&chunk.raw, chunk.first_pos, chunk.events);
        events.skip_to(next).map_err(|bad| StoreFault(bad.0.to_owned()))?;
        for event in events {
            if next > upto || found.len() >= limit || bytes >= bytes_max {
                break;
            }
            let event = event.map_err(|bad| StoreFault(bad.0.to_owned()))?;
            bytes += event.bytes();
            found.push(event);
            next += 1;
        }
    }
    Ok(found)
}

/// Every chunk from `oldest` to `upto` is there, whole, and as it was written. Its checksum says so; what it says is not looked
/// at.
pub(super) fn check(tree: &sled::Tree, oldest: u64, upto: u64) -> Result<(), StoreFault> {
    let mut next = oldest;
    let mut last = Parts::default();
    for item in rows::walk(tree, rows::part_key(oldest, 0)..) {
        let (key, row) = item?;
        let (first_pos, part) = rows::part_key_parse(&key)?;
        let content = rows::open(&key, &row)?;
        if part > 0 {
            last.met(first_pos, part);
            continue;
        }
        last.are_all_there()?;
        if first_pos > upto {
            break;
        }
        if first_pos > next {
            return Err(StoreFault(format!("position {next} is missing")));
        }
        let mut fields = Fields(content);
        let (events, _, wanted) = (fields.u32()?, fields.u32()?, fields.u16()?);
        next = next.max(first_pos + u64::from(events));
        last = Parts { first_pos, wanted, found: 0 };
    }
    last.are_all_there()?;
    if next <= upto {
        return Err(StoreFault(format!("position {next} is missing")));
    }
    Ok(())
}

/// The parts of a chunk, as they are met.
#[derive(Default)]
struct Parts {
    first_pos: u64,
    wanted: u16,
    /// From the first on, without a gap. A chunk that was written anew may have left some more.
    found: u16,
}

impl Parts {
    fn met(&mut self, first_pos: u64, part: u16) {
        if first_pos == self.first_pos && part == self.found + 1 {
            self.found = part;
        }
    }

    fn are_all_there(&self) -> Result<(), StoreFault> {
        if self.found < self.wanted {
            return Err(StoreFault(format!("part {} of {} is missing", self.found + 1, self.first_pos)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> sled::Tree {
        let db = sled::Config::new().temporary(true).open().unwrap();
        db.open_tree("records").unwrap()
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut hash = blake3::Hasher::new().finalize_xof();
        let mut bytes = vec![0; length];
        hash.fill(&mut bytes);
        bytes
    }

    fn what(result: Result<(), StoreFault>) -> String {
        result.err().map_or_else(String::new, |fault| fault.0)
    }

    #[test]
    fn a_chunk_without_one_of_its_parts_is_missed() {
        let tree = tree();
        put_chunk(&tree, 1, 1, &noise(70 << 10), Pace::Hurries).unwrap();
        put_chunk(&tree, 2, 3, b"small", Pace::Hurries).unwrap();
        assert_eq!(what(check(&tree, 1, 4)), "");
        assert_eq!(what(check(&tree, 1, 5)), "position 5 is missing");
        tree.remove(rows::part_key(1, 2)).unwrap();
        assert_eq!(what(check(&tree, 1, 4)), "part 2 of 1 is missing");
        put_chunk(&tree, 1, 1, b"written anew and shorter", Pace::Hurries).unwrap();
        assert_eq!(what(check(&tree, 1, 4)), "", "what is left of the longer one does no harm");
        tree.remove(rows::part_key(1, 0)).unwrap();
        assert_eq!(what(check(&tree, 1, 4)), "position 1 is missing");
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let tree = tree();
        put_chunk(&tree, 1, 1, b"something", Pace::Hurries).unwrap();
        let key = rows::part_key(1, 0);
        let mut row = tree.get(key).unwrap().unwrap().to_vec();
        row[9] ^= 1;
        tree.insert(key, row).unwrap();
        assert_eq!(what(check(&tree, 1, 1)), "a value's checksum does not match");
    }
}
