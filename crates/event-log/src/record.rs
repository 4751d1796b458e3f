//! The frame around one batch in the journal: length, checksum, chain.
//!
//! ```text
//! magic 4 | len u32 | crc32c u32 | count u32 | first_pos u64 | prev_hash 32 | payload len | hash 32 | zeros to 8
//! ```
//! The checksum covers everything but itself and the padding; the hash is BLAKE3 over length, count,
//! position, previous hash and payload, so each record seals all before it. Records start at multiples of
//! eight, which lets a search for whole records after damage skip seven places of eight. The magic starts
//! with 0xFF: that byte is not in UTF-8, so no text that somebody sends us can pose as a record.

/// First bytes of every record.
pub(crate) const MAGIC: [u8; 4] = [0xFF, b'f', b'd', 0xFE];
/// Bytes before the payload.
pub(crate) const HEADER: usize = 56;
/// Bytes of the chain hash.
pub(crate) const HASH: usize = 32;

pub(crate) type Hash = [u8; HASH];

/// The chain before the first record.
pub(crate) const GENESIS: Hash = [0; HASH];

/// A whole record that passed its checksum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) first_pos: u64,
    pub(crate) count: u32,
    pub(crate) prev: Hash,
    pub(crate) payload: &'a [u8],
    pub(crate) hash: Hash,
    /// The frame's bytes, padding included.
    pub(crate) bytes: &'a [u8],
}

impl Record<'_> {
    /// Position of the last event in the record.
    pub(crate) fn last_pos(&self) -> u64 {
        self.first_pos + u64::from(self.count) - 1
    }

    /// Does the stored hash follow from the content? (The checksum finds accidents, this finds intent.)
    pub(crate) fn hash_is_right(&self) -> bool {
        chain(&self.bytes[..HEADER + self.payload.len()]) == self.hash
    }
}

/// What a place in a segment holds.
#[derive(Debug)]
pub(crate) enum Parsed<'a> {
    Whole(Record<'a>),
    /// Starts like a record that needs this many bytes, and the input is shorter.
    Partial(usize),
    /// Eight or more zeros: never written.
    Blank,
    Bad(&'static str),
}

/// Bytes of a record with a payload of `len`, padding included.
pub(crate) fn framed_len(len: usize) -> usize {
    (HEADER + len + HASH).next_multiple_of(8)
}

/// Clears `buf` and leaves room for the header; the payload is appended after it.
pub(crate) fn begin(buf: &mut Vec<u8>) {
    buf.clear();
    buf.resize(HEADER, 0);
}

/// Fills in the header and adds hash and padding. `buf` is [`begin`] plus payload.
pub(crate) fn finish(buf: &mut Vec<u8>, first_pos: u64, count: u32, prev: &Hash) -> Hash {
    let len = buf.len() - HEADER;
    buf[0..4].copy_from_slice(&MAGIC);
    buf[4..8].copy_from_slice(&u32::try_from(len).expect("a batch is limited to 48 MiB").to_le_bytes());
    buf[12..16].copy_from_slice(&count.to_le_bytes());
    buf[16..24].copy_from_slice(&first_pos.to_le_bytes());
    buf[24..56].copy_from_slice(prev);
    let hash = chain(buf);
    buf.extend_from_slice(&hash);
    let crc = checksum(buf);
    buf[8..12].copy_from_slice(&crc.to_le_bytes());
    buf.resize(framed_len(len), 0);
    hash
}

/// Looks at what starts at the beginning of `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> Parsed<'_> {
    if bytes.len() < HEADER {
        return if bytes.iter().all(|b| *b == 0) { Parsed::Blank } else { Parsed::Partial(HEADER) };
    }
    if bytes[..4] != MAGIC {
        return if bytes[..8] == [0; 8] { Parsed::Blank } else { Parsed::Bad("not the start of a record") };
    }
    let len = le32(bytes, 4) as usize;
    let count = le32(bytes, 12);
    let first_pos = u64::from_le_bytes(bytes[16..24].try_into().expect("eight bytes"));
    if len > crate::event::BATCH_BYTES_MAX + (1 << 20) || count == 0 || first_pos == 0 {
        return Parsed::Bad("impossible record header");
    }
    let framed = framed_len(len);
    if bytes.len() < framed {
        return Parsed::Partial(framed);
    }
    let end = HEADER + len + HASH;
    if checksum(&bytes[..end]) != le32(bytes, 8) {
        return Parsed::Bad("checksum does not match");
    }
    Parsed::Whole(Record {
        first_pos,
        count,
        prev: bytes[24..56].try_into().expect("32 bytes"),
        payload: &bytes[HEADER..HEADER + len],
        hash: bytes[HEADER + len..end].try_into().expect("32 bytes"),
        bytes: &bytes[..framed],
    })
}

/// The first whole record at or after `from` (a multiple of eight), with its offset.
pub(crate) fn search(bytes: &[u8], from: usize) -> Option<(usize, Record<'_>)> {
    (from.next_multiple_of(8)..bytes.len().saturating_sub(HEADER)).step_by(8).find_map(|at| {
        if bytes[at..at + 4] != MAGIC {
            return None;
        }
        match parse(&bytes[at..]) {
            Parsed::Whole(record) => Some((at, record)),
            Parsed::Partial(_) | Parsed::Blank | Parsed::Bad(_) => None,
        }
    })
}

fn chain(header_and_payload: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header_and_payload[4..8]);
    hasher.update(&header_and_payload[12..]);
    *hasher.finalize().as_bytes()
}

fn checksum(frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&frame[..8]), &frame[12..])
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(payload: &[u8]) -> Vec<u8> {
        let mut buf = Vec::new();
        begin(&mut buf);
        buf.extend_from_slice(payload);
        finish(&mut buf, 5, 2, &[7; 32]);
        buf
    }

    #[test]
    fn a_record_parses_back_and_its_hash_follows() {
        let buf = record(b"hello");
        let Parsed::Whole(found) = parse(&buf) else { panic!("whole") };
        assert_eq!((found.first_pos, found.count, found.payload), (5, 2, &b"hello"[..]));
        assert!(found.hash_is_right());
        assert_eq!(found.bytes.len() % 8, 0);
    }

    #[test]
    fn every_flipped_bit_before_the_padding_is_noticed() {
        let buf = record(b"hello");
        for at in 0..HEADER + 5 + HASH {
            for bit in 0..8 {
                let mut changed = buf.clone();
                changed[at] ^= 1 << bit;
                assert!(!matches!(parse(&changed), Parsed::Whole(_)), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn a_later_record_is_found_after_garbage() {
        let mut bytes = vec![0xAB; 64];
        bytes.extend(record(b"later"));
        assert_eq!(search(&bytes, 8).map(|(at, found)| (at, found.first_pos)), Some((64, 5)));
    }
}
