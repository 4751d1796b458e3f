//! Where the index's files lie: sealed chunk by chunk under a key that comes from the log's own, so that words of customers are
//! on no disk in the clear. A cache: nothing is synced, and a file that a power cut or anybody else changed does not open.
//!
//! ```text
//! file  = nonce prefix 16 | chunk …
//! chunk = ciphertext of up to 8 KiB | tag 16       nonce = prefix | chunk number u64
//! ```

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};
use event_log::Reader;
use parking_lot::Mutex;
use projections::search::shelf::{Growing, Opened, Shelf};

use crate::sealed::{self, PREFIX, nonce};

const CHUNK: usize = 8 << 10;
const TAG: usize = 16;
/// Files that are read in whole again and again: dictionaries, at every commit anew.
const KEPT: &str = ".term";
/// Bytes of opened chunks that are kept, of all files.
const CHUNKS_KEPT_BYTES: usize = 32 << 20;
/// What a small file is called until it is whole.
const UNFINISHED: &str = ".new";

/// See the module.
#[derive(Clone)]
pub(super) struct Vault {
    dir: PathBuf,
    cipher: XChaCha20Poly1305,
    /// Files that are being read, until they are removed.
    opened: Arc<Mutex<HashMap<String, Arc<Sealed>>>>,
    chunks: Arc<Chunks>,
    /// Whether something could not be written. What was written before is as good as it was.
    unwritable: Arc<AtomicBool>,
}

struct Sealing {
    file: File,
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    name: String,
    chunk: Vec<u8>,
    number: u64,
    unwritable: Arc<AtomicBool>,
}

struct Sealed {
    file: File,
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    name: String,
    length: usize,
    /// What was read of a file whose parts are kept.
    kept: Mutex<HashMap<Range<usize>, Arc<[u8]>>>,
    chunks: Arc<Chunks>,
    /// Whether the file was removed: nothing of it is kept any more.
    gone: AtomicBool,
}

impl Vault {
    pub(super) fn open(dir: PathBuf, keys: &Reader) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        let cipher = sealed::cipher(keys, "frontdesk search index");
        Ok(Self { dir, cipher, opened: Arc::default(), chunks: Arc::default(), unwritable: Arc::default() })
    }

    /// Whether something could not be written, as on a full disk.
    pub(super) fn is_unwritable(&self) -> bool {
        self.unwritable.load(Ordering::Relaxed)
    }

    fn sealing(&self, name: &str, file: &str) -> io::Result<Sealing> {
        let prefix = sealed::prefix()?;
        let begun = File::create(self.dir.join(file)).and_then(|mut file| file.write_all(&prefix).map(|()| file));
        let unwritable = self.unwritable.clone();
        let file = begun.inspect_err(|_| unwritable.store(true, Ordering::Relaxed))?;
        let (cipher, name) = (self.cipher.clone(), name.to_owned());
        Ok(Sealing { file, cipher, prefix, name, chunk: Vec::with_capacity(CHUNK), number: 0, unwritable })
    }
}

impl Shelf for Vault {
    fn begin(&self, name: &str) -> io::Result<Box<dyn Growing>> {
        Ok(Box::new(self.sealing(name, name)?))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = format!("{name}{UNFINISHED}");
        let mut sealing = self.sealing(name, &unfinished)?;
        sealing.append(bytes)?;
        sealing.finish()?;
        fs::rename(self.dir.join(unfinished), self.dir.join(name))?;
        self.opened.lock().remove(name);
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn Opened>> {
        if let Some(known) = self.opened.lock().get(name) {
            return Ok(known.clone());
        }
        let file = File::open(self.dir.join(name))?;
        let mut prefix = [0; PREFIX];
        file.read_exact_at(&mut prefix, 0).map_err(|_| damaged())?;
        let sealed = (file.metadata()?.len() as usize).saturating_sub(PREFIX);
        let (whole, rest) = (sealed / (CHUNK + TAG), sealed % (CHUNK + TAG));
        let length = whole * CHUNK + rest.saturating_sub(TAG);
        let (cipher, name) = (self.cipher.clone(), name.to_owned());
        let (kept, chunks, gone) = (Mutex::default(), self.chunks.clone(), AtomicBool::new(false));
        let sealed = Arc::new(Sealed { file, cipher, prefix, name: name.clone(), length, kept, chunks, gone });
        self.opened.lock().insert(name, sealed.clone());
        Ok(sealed)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        if let Some(sealed) = self.opened.lock().remove(name) {
            // Nothing of an erased contact stays in memory longer than on disk.
            sealed.gone.store(true, Ordering::Relaxed);
            self.chunks.forget(&sealed.prefix);
        }
        fs::remove_file(self.dir.join(name))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        fs::exists(self.dir.join(name))
    }

    fn clear(&self) -> io::Result<()> {
        self.opened.lock().clear();
        self.chunks.clear();
        for entry in fs::read_dir(&self.dir)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }
}

impl Sealing {
    fn write_chunk(&mut self) -> io::Result<()> {
        let payload = Payload { msg: &self.chunk, aad: self.name.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce(&self.prefix, self.number), payload).map_err(|_| damaged())?;
        self.file.write_all(&sealed).inspect_err(|_| self.unwritable.store(true, Ordering::Relaxed))?;
        self.number += 1;
        self.chunk.clear();
        Ok(())
    }
}

impl Growing for Sealing {
    fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == CHUNK {
                self.write_chunk()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if !self.chunk.is_empty() {
            self.write_chunk()?;
        }
        self.file.flush()
    }
}

impl Opened for Sealed {
    fn length(&self) -> usize {
        self.length
    }

    fn read(&self, range: Range<usize>) -> io::Result<Arc<[u8]>> {
        if !self.name.ends_with(KEPT) {
            return self.unseal(range).map(Into::into);
        }
        if let Some(known) = self.kept.lock().get(&range) {
            return Ok(known.clone());
        }
        let read: Arc<[u8]> = self.unseal(range.clone())?.into();
        if read.len() >= CHUNK {
            self.kept.lock().insert(range, read.clone());
        }
        Ok(read)
    }
}

impl Sealed {
    fn unseal(&self, range: Range<usize>) -> io::Result<Vec<u8>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        if range.end > self.length {
            return Err(damaged());
        }
        let (first, last) = (range.start / CHUNK, (range.end - 1) / CHUNK);
        let mut plain = Vec::with_capacity(range.len());
        let mut number = first;
        while number <= last {
            let known = self.chunks.get(&self.prefix, number);
            let opened = match known {
                Some(opened) => opened,
                None => self.unseal_chunk(number)?,
            };
            let inside = |at: usize| at.saturating_sub(number * CHUNK).min(opened.len());
            plain.extend_from_slice(&opened[inside(range.start)..inside(range.end)]);
            number += 1;
        }
        Ok(plain)
    }

    fn unseal_chunk(&self, number: usize) -> io::Result<Arc<[u8]>> {
        let begin = PREFIX + number * (CHUNK + TAG);
        let mut sealed = vec![0; CHUNK.min(self.length - number * CHUNK) + TAG];
        self.file.read_exact_at(&mut sealed, begin as u64)?;
        let payload = Payload { msg: &sealed, aad: self.name.as_bytes() };
        let opened = self.cipher.decrypt(&nonce(&self.prefix, number as u64), payload).map_err(|_| damaged())?;
        let opened: Arc<[u8]> = opened.into();
        if !self.gone.load(Ordering::Relaxed) {
            self.chunks.keep(&self.prefix, number, &opened);
        }
        Ok(opened)
    }
}

/// Opened chunks, the youngest [`CHUNKS_KEPT_BYTES`] of them: a word that begins in many ways has many short lists, and each
/// would be opened for itself. A file's nonce prefix is its name here, so what was written anew is never taken for the old.
#[derive(Default)]
struct Chunks(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    young: HashMap<([u8; PREFIX], usize), Arc<[u8]>>,
    /// What was young before, forgotten when the young are old.
    old: HashMap<([u8; PREFIX], usize), Arc<[u8]>>,
}

impl Chunks {
    fn get(&self, file: &[u8; PREFIX], number: usize) -> Option<Arc<[u8]>> {
        let mut kept = self.0.lock();
        if let Some(chunk) = kept.young.get(&(*file, number)) {
            return Some(chunk.clone());
        }
        let chunk = kept.old.remove(&(*file, number))?;
        kept.young.insert((*file, number), chunk.clone());
        Some(chunk)
    }

    fn keep(&self, file: &[u8; PREFIX], number: usize, chunk: &Arc<[u8]>) {
        let mut kept = self.0.lock();
        if kept.young.len() >= CHUNKS_KEPT_BYTES / CHUNK / 2 {
            kept.old = std::mem::take(&mut kept.young);
        }
        kept.young.insert((*file, number), chunk.clone());
    }

    fn forget(&self, file: &[u8; PREFIX]) {
        let Kept { young, old } = &mut *self.0.lock();
        young.retain(|(of, _), _| of != file);
        old.retain(|(of, _), _| of != file);
    }

    fn clear(&self) {
        *self.0.lock() = Kept::default();
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a file of the search index does not open")
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.dir.display())
    }
}
impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({}, {} bytes)", self.name, self.length)
    }
}
