//! One segment: a file named by its first position, with a header that repeats what the name says and binds
//! it into the chain.
//!
//! ```text
//! "FDESKLOG" | format u32 | 0 u32 | log_id 16 | first_pos u64 | prev_hash 32 | zeros | crc32c u32     (128 bytes)
//! ```

use std::io;
use std::path::{Path, PathBuf};

use crate::record::Hash;

const MAGIC: &[u8; 8] = b"FDESKLOG";
/// The format this version writes; it reads all up to it.
pub(crate) const FORMAT: u32 = 1;
/// Bytes before the first record.
pub(crate) const HEADER: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) log_id: [u8; 16],
    pub(crate) first_pos: u64,
    pub(crate) prev: Hash,
}

/// Why a header does not count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    Newer(u32),
    Damaged(&'static str),
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        out[16..32].copy_from_slice(&self.log_id);
        out[32..40].copy_from_slice(&self.first_pos.to_le_bytes());
        out[40..72].copy_from_slice(&self.prev);
        let crc = crc32c::crc32c(&out[..HEADER - 4]);
        out[HEADER - 4..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<SegmentHeader, BadHeader> {
        let bytes = bytes.get(..HEADER).ok_or(BadHeader::Damaged("file shorter than a segment header"))?;
        let crc = u32::from_le_bytes(bytes[HEADER - 4..].try_into().expect("four bytes"));
        if crc32c::crc32c(&bytes[..HEADER - 4]) != crc {
            return Err(BadHeader::Damaged("segment header checksum does not match"));
        }
        if &bytes[..8] != MAGIC {
            return Err(BadHeader::Damaged("not a journal segment"));
        }
        let format = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
        if format > FORMAT {
            return Err(BadHeader::Newer(format));
        }
        Ok(SegmentHeader {
            log_id: bytes[16..32].try_into().expect("16 bytes"),
            first_pos: u64::from_le_bytes(bytes[32..40].try_into().expect("eight bytes")),
            prev: bytes[40..72].try_into().expect("32 bytes"),
        })
    }
}

/// `journal/00000000000000000001.seg`.
pub(crate) fn path(journal: &Path, first_pos: u64) -> PathBuf {
    journal.join(format!("{first_pos:020}.seg"))
}

/// The segments of a journal directory by first position; a directory that is not there has none.
pub(crate) fn list(journal: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(journal) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "seg")
            && let Some(first_pos) = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok())
        {
            found.push((first_pos, path));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_and_every_flipped_bit_is_noticed() {
        let header = SegmentHeader { log_id: [3; 16], first_pos: 9, prev: [4; 32] };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::parse(&bytes), Ok(header));
        for bit in 0..HEADER * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(SegmentHeader::parse(&changed).is_err());
        }
    }
}
