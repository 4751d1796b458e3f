//! The form of every value: a CRC32C of key and content, then the content. And the keys that are numbers.

use std::ops::RangeBounds;

use sled::IVec;

use super::{Pace, StoreFault, VALUE_BYTES_MAX};

/// With this, what a walk leaves in memory is some 50 MiB beyond the cache.
const ASKED_AGAIN: usize = 2;
/// Room for content in one value.
pub(super) const CONTENT_MAX: usize = VALUE_BYTES_MAX - 64;

/// Writes a content under its key.
pub(super) fn insert(tree: &sled::Tree, key: &[u8], content: &[u8], pace: Pace) -> Result<(), StoreFault> {
    tree.insert(key, seal(key, content))?;
    if pace == Pace::GivesWay {
        std::thread::yield_now();
    }
    Ok(())
}

/// Rows one after another, for whoever looks at all of them once. sled counts what was read against its cache's size only once 64
/// accesses have come together in one of 256 shards: walking on from page to page, that is after 16,000 pages, most of a gigabyte. So each
/// row is asked for again, which finds its page in memory and counts.
pub(super) fn walk<K: AsRef<[u8]>>(
    tree: &sled::Tree,
    range: impl RangeBounds<K>,
) -> impl Iterator<Item = sled::Result<(IVec, IVec)>> {
    tree.range(range).map(|item| {
        let (key, row) = item?;
        for _ in 0..ASKED_AGAIN {
            tree.get(&key)?;
        }
        Ok((key, row))
    })
}

pub(super) fn seal(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(4 + content.len());
    row.extend_from_slice(&crc(key, content).to_le_bytes());
    row.extend_from_slice(content);
    row
}

/// The content, if it is what was written under this key.
pub(super) fn open<'a>(key: &[u8], row: &'a [u8]) -> Result<&'a [u8], StoreFault> {
    let (sum, content) = row.split_at_checked(4).ok_or_else(|| StoreFault("a value is too short".to_owned()))?;
    if sum != crc(key, content).to_le_bytes() {
        return Err(StoreFault("a value's checksum does not match".to_owned()));
    }
    Ok(content)
}

fn crc(key: &[u8], content: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), content)
}

pub(super) fn part_key(first_pos: u64, part: u16) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(&first_pos.to_be_bytes());
    key[8..].copy_from_slice(&part.to_be_bytes());
    key
}

pub(super) fn part_key_parse(key: &[u8]) -> Result<(u64, u16), StoreFault> {
    if key.len() != 10 {
        return Err(StoreFault("a key has the wrong length".to_owned()));
    }
    let first_pos = u64::from_be_bytes(key[..8].try_into().expect("eight bytes"));
    Ok((first_pos, u16::from_be_bytes(key[8..].try_into().expect("two bytes"))))
}

/// Fixed-width numbers at the front of a content.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreFault> {
        let (head, rest) =
            self.0.split_first_chunk::<N>().ok_or_else(|| StoreFault("a value ends too early".to_owned()))?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn u16(&mut self) -> Result<u16, StoreFault> {
        Ok(u16::from_le_bytes(self.take()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, StoreFault> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, StoreFault> {
        Ok(u64::from_le_bytes(self.take()?))
    }
}

/// lz4 with the raw length bounded by what the journal accepts.
pub(super) fn decompress(bytes: &[u8], raw_len: usize) -> Result<Vec<u8>, StoreFault> {
    if raw_len > crate::event::BATCH_BYTES_MAX {
        return Err(StoreFault("impossible length".to_owned()));
    }
    let raw = lz4_flex::block::decompress(bytes, raw_len).map_err(|e| StoreFault(e.to_string()))?;
    if raw.len() != raw_len {
        return Err(StoreFault("a value decompresses to the wrong length".to_owned()));
    }
    Ok(raw)
}
