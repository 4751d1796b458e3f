//! Media at rest: files sealed as a stream of 64 KiB chunks, so that a large one is never in memory, and
//! names for files that say nothing about their content to who has no key.
//!
//! ```text
//! file  = "FDMEDIA1" | key id u64 | nonce prefix 19 | chunk …
//! chunk = ciphertext of up to 64 KiB | tag 16       nonce = prefix | chunk number u32 | last? u8
//! ```
//! The STREAM construction: a chunk opens only at its place, and a file cut after any chunk lacks its last.

use std::io::{self, Read, Seek, SeekFrom, Write};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::SealError;
use crate::event::KeyId;
use crate::seal::{self, Key};

const MAGIC: &[u8; 8] = b"FDMEDIA1";
const PREFIX: usize = 19;
const CHUNK: usize = 64 << 10;
const TAG: usize = 16;

/// Seals and opens files under one key. From [`Reader::media_sealer`](crate::Reader::media_sealer).
pub struct MediaSealer {
    key: Key,
    id: KeyId,
}

/// Why a file was not sealed or opened. What was already written to the output must be thrown away.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl MediaSealer {
    pub(crate) fn new(key: Key, id: KeyId) -> MediaSealer {
        MediaSealer { key, id }
    }

    /// Reads `input` to its end and writes it sealed. Returns the number of plain bytes.
    pub fn seal(&self, input: &mut dyn Read, output: &mut dyn Write) -> Result<u64, MediaError> {
        let mut prefix = [0; PREFIX];
        seal::random(&mut prefix)?;
        output.write_all(MAGIC)?;
        output.write_all(&self.id.0.to_le_bytes())?;
        output.write_all(&prefix)?;
        let cipher = self.cipher();
        let mut total = 0;
        let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK));
        let mut next = Zeroizing::new(Vec::with_capacity(CHUNK));
        fill(input, &mut chunk, CHUNK)?;
        for number in 0u32.. {
            // One chunk ahead: only who knows that nothing follows can mark a chunk as the last.
            fill(input, &mut next, CHUNK)?;
            let last = next.is_empty();
            total += chunk.len() as u64;
            let sealed = cipher
                .encrypt(&nonce(&prefix, number, last), Payload { msg: &chunk, aad: &self.aad() })
                .map_err(|_| SealError::Tampered)?;
            output.write_all(&sealed)?;
            if last {
                return Ok(total);
            }
            std::mem::swap(&mut chunk, &mut next);
        }
        Err(SealError::Io("a file of more than 2^32 chunks".to_owned()).into())
    }

    /// Opens a sealed file. Chunks are written as they are proven; only `Ok` says that the file was whole.
    pub fn open(&self, input: &mut dyn Read, output: &mut dyn Write) -> Result<u64, MediaError> {
        let mut head = [0; 8 + 8 + PREFIX];
        input.read_exact(&mut head).map_err(|_| SealError::Tampered)?;
        if &head[..8] != MAGIC || head[8..16] != self.id.0.to_le_bytes() {
            return Err(SealError::Tampered.into());
        }
        let prefix: [u8; PREFIX] = head[16..].try_into().expect("19 bytes");
        let cipher = self.cipher();
        let (mut chunk, mut next) = (Vec::new(), Vec::new());
        let mut total = 0;
        fill(input, &mut chunk, CHUNK + TAG)?;
        for number in 0u32.. {
            fill(input, &mut next, CHUNK + TAG)?;
            let last = next.is_empty();
            let plain = cipher
                .decrypt(&nonce(&prefix, number, last), Payload { msg: &chunk, aad: &self.aad() })
                .map(Zeroizing::new)
                .map_err(|_| SealError::Tampered)?;
            output.write_all(&plain)?;
            total += plain.len() as u64;
            if last {
                return Ok(total);
            }
            std::mem::swap(&mut chunk, &mut next);
        }
        Err(SealError::Tampered.into())
    }

    /// Opens `length` bytes from `start` on, or as many as there are, decrypting only the chunks that hold them. What is
    /// written is proven; that the file is whole is proven only where its last chunk is among them.
    pub fn open_range(
        &self,
        input: &mut (impl Read + Seek),
        start: u64,
        length: u64,
        output: &mut dyn Write,
    ) -> Result<u64, MediaError> {
        let mut head = [0; 8 + 8 + PREFIX];
        input.read_exact(&mut head).map_err(|_| SealError::Tampered)?;
        if &head[..8] != MAGIC || head[8..16] != self.id.0.to_le_bytes() {
            return Err(SealError::Tampered.into());
        }
        let prefix: [u8; PREFIX] = head[16..].try_into().expect("19 bytes");
        let body = input.seek(SeekFrom::End(0))?.saturating_sub(head.len() as u64);
        let chunks = body.div_ceil((CHUNK + TAG) as u64);
        let first = start / CHUNK as u64;
        let end = start.saturating_add(length);
        let cipher = self.cipher();
        let (mut chunk, mut total) = (Vec::new(), 0);
        input.seek(SeekFrom::Start(head.len() as u64 + first.min(chunks) * (CHUNK + TAG) as u64))?;
        for number in first..chunks {
            let from = number * CHUNK as u64;
            if from >= end {
                break;
            }
            fill(input, &mut chunk, CHUNK + TAG)?;
            let place = u32::try_from(number).map_err(|_| SealError::Tampered)?;
            let plain = cipher
                .decrypt(&nonce(&prefix, place, number + 1 == chunks), Payload { msg: &chunk, aad: &self.aad() })
                .map(Zeroizing::new)
                .map_err(|_| SealError::Tampered)?;
            let inside = |at: u64| at.saturating_sub(from).min(plain.len() as u64) as usize;
            let wanted = &plain[inside(start)..inside(end)];
            if !wanted.is_empty() {
                output.write_all(wanted)?;
                total += wanted.len() as u64;
            }
        }
        Ok(total)
    }

    /// Starts the name of a file's content: equal for equal content under the same key, and nothing to anybody
    /// else. Feed it the plain bytes in any pieces.
    pub fn content_id(&self) -> ContentId {
        ContentId(blake3::Hasher::new_keyed(&blake3::derive_key("frontdesk 2026 media content id", &*self.key)))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }

    fn aad(&self) -> [u8; 13] {
        let mut aad = *b"media\0\0\0\0\0\0\0\0";
        aad[5..].copy_from_slice(&self.id.0.to_le_bytes());
        aad
    }
}

/// See [`MediaSealer::content_id`].
pub struct ContentId(blake3::Hasher);

impl ContentId {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// 64 hexadecimal digits.
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

fn nonce(prefix: &[u8; PREFIX], number: u32, last: bool) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..PREFIX].copy_from_slice(prefix);
    nonce[PREFIX..23].copy_from_slice(&number.to_be_bytes());
    nonce[23] = u8::from(last);
    XNonce::from(nonce)
}

fn fill(input: &mut dyn Read, chunk: &mut Vec<u8>, size: usize) -> io::Result<()> {
    chunk.clear();
    input.take(size as u64).read_to_end(chunk)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> MediaSealer {
        MediaSealer::new(Key::new([byte; 32]), KeyId(u64::from(byte)))
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        assert_eq!(sealer(1).seal(&mut &*plain, &mut out).unwrap(), plain.len() as u64);
        out
    }

    #[test]
    fn files_of_every_size_come_back() {
        for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK * 3] {
            let plain: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let mut out = Vec::new();
            sealer(1).open(&mut &*sealed(&plain), &mut out).unwrap();
            assert_eq!(out, plain);
        }
    }

    #[test]
    fn a_range_is_what_the_whole_file_has_there() {
        let plain: Vec<u8> = (0..CHUNK * 2 + 10).map(|n| (n % 251) as u8).collect();
        let file = sealed(&plain);
        let edges = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK * 2, plain.len() - 1, plain.len(), plain.len() + 5];
        for start in edges {
            for length in [0, 1, CHUNK, CHUNK + 1, plain.len(), usize::MAX] {
                let mut out = Vec::new();
                let mut input = io::Cursor::new(&file);
                let count = sealer(1).open_range(&mut input, start as u64, length as u64, &mut out).unwrap();
                let from = start.min(plain.len());
                let expected = &plain[from..start.saturating_add(length).min(plain.len()).max(from)];
                assert_eq!((count as usize, &out[..]), (expected.len(), expected), "{start} + {length}");
            }
        }
        let cut = &file[..file.len() - 5];
        let mut input = io::Cursor::new(cut);
        assert!(sealer(1).open_range(&mut input, CHUNK as u64 * 2, 1, &mut io::sink()).is_err());
    }

    #[test]
    fn a_cut_reordered_changed_or_foreign_file_does_not_open() {
        let whole = sealed(&vec![7; CHUNK * 2 + 10]);
        let open = |bytes: &[u8]| sealer(1).open(&mut &*bytes, &mut io::sink());
        let head = 8 + 8 + PREFIX;
        let step = CHUNK + TAG;
        for cut in [0, 5, head, head + step, head + step * 2, whole.len() - 1] {
            assert!(open(&whole[..cut]).is_err(), "cut at {cut}");
        }
        let mut swapped = whole[..head].to_vec();
        swapped.extend(&whole[head + step..head + 2 * step]);
        swapped.extend(&whole[head..head + step]);
        swapped.extend(&whole[head + 2 * step..]);
        assert!(open(&swapped).is_err());
        for at in (0..whole.len()).step_by(997) {
            let mut changed = whole.clone();
            changed[at] ^= 4;
            assert!(open(&changed).is_err(), "byte {at}");
        }
        assert!(sealer(2).open(&mut &*whole, &mut io::sink()).is_err());
    }

    #[test]
    fn a_content_id_depends_on_content_and_key_alone() {
        let id = |key: u8, pieces: &[&[u8]]| {
            let mut id = sealer(key).content_id();
            pieces.iter().for_each(|piece| id.update(piece));
            id.finish()
        };
        assert_eq!(id(1, &[b"ab", b"c"]), id(1, &[b"abc"]));
        assert_ne!(id(1, &[b"abc"]), id(2, &[b"abc"]));
    }
}
