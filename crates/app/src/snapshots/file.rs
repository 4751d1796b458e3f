//! One sealed file: what is written goes into chunks, each compressed and then sealed under its number, the last one as
//! the last. A file that ends early, goes on, or was changed anywhere does not open.
//!
//! ```text
//! file  = nonce prefix 16 | chunk …
//! chunk = length u32 | ciphertext of an LZ4 block of up to 256 KiB | tag 16      nonce = prefix | chunk number u64
//! ```

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};

use crate::sealed::{self, PREFIX, nonce};

const CHUNK: usize = 256 << 10;
/// No sealed chunk is longer, however badly it compresses.
const SEALED_MAX: usize = 2 * CHUNK;
const GOES_ON: &[u8] = b"goes on";
const LAST: &[u8] = b"last";

/// A file that is being written.
pub(super) struct Sealing<'s> {
    file: BufWriter<File>,
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    chunk: Vec<u8>,
    number: u64,
    /// Asked before every chunk.
    stop: &'s dyn Fn() -> bool,
}

/// A file that is being read.
pub(super) struct Opening {
    file: BufReader<File>,
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    chunk: Vec<u8>,
    at: usize,
    number: u64,
    /// Bytes of the file behind the chunk.
    left: u64,
}

impl<'s> Sealing<'s> {
    pub(super) fn create(path: &Path, cipher: XChaCha20Poly1305, stop: &'s dyn Fn() -> bool) -> io::Result<Self> {
        let prefix = sealed::prefix()?;
        let mut file = BufWriter::new(File::create(path)?);
        file.write_all(&prefix)?;
        Ok(Self { file, cipher, prefix, chunk: Vec::with_capacity(CHUNK), number: 0, stop })
    }

    fn write_chunk(&mut self, aad: &[u8]) -> io::Result<()> {
        if (self.stop)() {
            return Err(io::Error::other("it was given up"));
        }
        let packed = lz4_flex::compress_prepend_size(&self.chunk);
        let payload = Payload { msg: &packed, aad };
        let sealed = self.cipher.encrypt(&nonce(&self.prefix, self.number), payload).map_err(|_| damaged())?;
        self.file.write_all(&(sealed.len() as u32).to_le_bytes())?;
        self.file.write_all(&sealed)?;
        self.number += 1;
        self.chunk.clear();
        Ok(())
    }

    /// The end of it. Returns once the disk has it.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.write_chunk(LAST)?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK {
            self.write_chunk(GOES_ON)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Opening {
    pub(super) fn open(path: &Path, cipher: XChaCha20Poly1305) -> io::Result<Self> {
        let file = File::open(path)?;
        let left = file.metadata()?.len().checked_sub(PREFIX as u64).ok_or_else(damaged)?;
        let (mut file, mut prefix) = (BufReader::with_capacity(CHUNK, file), [0; PREFIX]);
        file.read_exact(&mut prefix)?;
        let mut opening = Self { file, cipher, prefix, chunk: Vec::new(), at: 0, number: 0, left };
        opening.read_chunk()?;
        Ok(opening)
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        self.left = self.left.checked_sub(4 + u64::from(length)).ok_or_else(damaged)?;
        if length as usize > SEALED_MAX {
            return Err(damaged());
        }
        let mut sealed = vec![0; length as usize];
        self.file.read_exact(&mut sealed)?;
        let aad = if self.left == 0 { LAST } else { GOES_ON };
        let payload = Payload { msg: &sealed, aad };
        let packed = self.cipher.decrypt(&nonce(&self.prefix, self.number), payload).map_err(|_| damaged())?;
        self.chunk = lz4_flex::decompress_size_prepended(&packed).map_err(|_| damaged())?;
        self.at = 0;
        self.number += 1;
        Ok(())
    }

    /// All of it was read, and nothing is behind it.
    pub(super) fn finish(self) -> io::Result<()> {
        if self.left == 0 && self.at == self.chunk.len() { Ok(()) } else { Err(damaged()) }
    }
}

impl Read for Opening {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() && self.left > 0 {
            self.read_chunk()?;
        }
        let rest = &self.chunk[self.at..];
        let given = rest.len().min(out.len());
        out[..given].copy_from_slice(&rest[..given]);
        self.at += given;
        Ok(given)
    }

    /// Nearly everything read is some bytes out of the middle of a chunk.
    #[inline]
    fn read_exact(&mut self, mut out: &mut [u8]) -> io::Result<()> {
        if let Some(found) = self.chunk.get(self.at..self.at + out.len()) {
            out.copy_from_slice(found);
            self.at += out.len();
            return Ok(());
        }
        while !out.is_empty() {
            match self.read(out)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                given => out = &mut out[given..],
            }
        }
        Ok(())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it does not open")
}
