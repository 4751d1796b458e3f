//! The key file: one slot of 128 bytes per key, each key wrapped by one derived from the master key. Slots
//! are filled and synced in batches before any is given out, so taking a key costs no sync; erasing one
//! overwrites its slot in place. Not in sled, where a removed value stays readable for thousands of writes.
//!
//! ```text
//! file = header | slot 0 | slot 1 | …
//! slot = state u8 | 0 × 7 | index u64 | nonce 24 | wrapped key 48 | zeros | crc32c u32     (128 bytes)
//! ```
//! The header is a slot of its own kind that wraps a constant: it tells a wrong master key from damage.
//! Which slots are in use the journal knows, not this file.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use zeroize::Zeroizing;

use crate::config::MasterKey;
use crate::disk;
use crate::error::{OpenError, SealError};
use crate::event::KeyId;
use crate::seal::{self, Key};

/// Divides a sector, so an erased slot is never half erased.
pub(crate) const SLOT: usize = 128;
/// Keys made ready at a time.
const BATCH: u64 = 256;
/// Unwrapped keys kept in memory.
const CACHED_MAX: usize = 4096;

const CHECK: u8 = 0x43;
const READY: u8 = 1;
const ERASED: u8 = 2;
/// What the header wraps.
const CHECK_VALUE: [u8; 32] = *b"frontdesk event-log key file 1\0\0";

/// Gives out, opens and erases keys.
pub(crate) struct Keystore {
    path: PathBuf,
    file: File,
    wrapping: Key,
    inner: Mutex<Inner>,
}

struct Inner {
    /// Slots in the file.
    slots: u64,
    /// First slot that has not been given out.
    next: u64,
    cache: FxHashMap<u64, Key>,
}

impl Keystore {
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join("keys").join("slots")
    }

    /// Opens the key file of `dir`; `create` when the log is new.
    pub(crate) fn open(dir: &Path, master: &MasterKey, create: bool) -> Result<Keystore, OpenError> {
        let path = Keystore::path(dir);
        let io = |source| OpenError::Io { path: path.clone(), source };
        let wrapping = Key::new(master.derive("frontdesk 2026 event-log key wrapping"));
        if !path.exists() {
            if !create {
                return Err(OpenError::KeysMissing(path));
            }
            let parent = dir.join("keys");
            std::fs::create_dir_all(&parent).map_err(io)?;
            let header = wrap(&wrapping, CHECK, u64::MAX, &Key::new(CHECK_VALUE))
                .map_err(|e| OpenError::Store(e.to_string()))?;
            disk::write_atomically(&path, &header).map_err(io)?;
            disk::sync_dir(dir).map_err(io)?;
        }
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(io)?;
        let len = file.metadata().map_err(io)?.len();
        let mut header = [0; SLOT];
        let damaged = |what: &str| OpenError::Damaged { file: path.clone(), offset: 0, what: what.to_owned() };
        file.read_exact_at(&mut header, 0).map_err(|_| damaged("no header"))?;
        match unwrap(&wrapping, CHECK, u64::MAX, &header) {
            Ok(value) if *value == CHECK_VALUE => {}
            Ok(_) | Err(SlotFault::Sealed) => return Err(OpenError::WrongMasterKey),
            Err(SlotFault::Damaged | SlotFault::Erased) => {
                return Err(damaged("header checksum does not match"));
            }
        }
        let slots = len / SLOT as u64 - 1;
        let inner = Mutex::new(Inner { slots, next: 1, cache: FxHashMap::default() });
        Ok(Keystore { path, file, wrapping, inner })
    }

    /// Tells which slots the log uses: all below `next`. Slots at the end that a crash left unfinished and
    /// nobody uses are dropped; a file with fewer slots than the log uses is refused.
    pub(crate) fn used_below(&self, next: u64) -> Result<(), OpenError> {
        let mut inner = self.inner.lock();
        let next = next.max(1);
        if inner.slots < next && (next > 1 || inner.slots > 0) {
            return Err(OpenError::Damaged {
                file: self.path.clone(),
                offset: (inner.slots + 1) * SLOT as u64,
                what: format!("holds {} keys, the log uses {next}; restore the key file from a backup", inner.slots),
            });
        }
        while inner.slots > next {
            match self.unwrap_slot(inner.slots - 1) {
                Ok(_) | Err(SealError::Erased(_)) => break,
                Err(_) => inner.slots -= 1,
            }
        }
        inner.next = inner.next.max(next);
        if inner.slots == 0 {
            self.fill(&mut inner).map_err(|e| OpenError::Store(e.to_string()))?;
        }
        Ok(())
    }

    /// First slot that has not been given out; goes into every journal record.
    pub(crate) fn next(&self) -> u64 {
        self.inner.lock().next
    }

    /// The next unused key.
    pub(crate) fn assign(&self) -> Result<KeyId, SealError> {
        let mut inner = self.inner.lock();
        if inner.next >= inner.slots {
            self.fill(&mut inner)?;
        }
        let id = inner.next;
        inner.next += 1;
        Ok(KeyId(id))
    }

    /// The key itself.
    pub(crate) fn key(&self, id: KeyId) -> Result<Key, SealError> {
        let mut inner = self.inner.lock();
        if id.0 >= inner.next || id.0 >= inner.slots {
            return Err(SealError::UnknownKey(id));
        }
        if let Some(key) = inner.cache.get(&id.0) {
            return Ok(key.clone());
        }
        let key = self.unwrap_slot(id.0)?;
        if inner.cache.len() >= CACHED_MAX {
            inner.cache.clear();
        }
        inner.cache.insert(id.0, key.clone());
        Ok(key)
    }

    /// Destroys a key, for good once this returns. Erasing twice is fine.
    pub(crate) fn erase(&self, id: KeyId) -> Result<(), SealError> {
        if id == KeyId::WORKSPACE {
            return Err(SealError::WorkspaceKey);
        }
        let mut inner = self.inner.lock();
        if id.0 >= inner.next || id.0 >= inner.slots {
            return Err(SealError::UnknownKey(id));
        }
        inner.cache.remove(&id.0);
        self.file
            .write_all_at(&erased(id.0), offset(id.0))
            .and_then(|()| self.file.sync_data())
            .map_err(|e| SealError::Io(e.to_string()))
    }

    /// Makes all slots from the first unused one to `next` used and erased, with one sync.
    pub(crate) fn lose_below(&self, next: u64) -> Result<(), SealError> {
        let mut inner = self.inner.lock();
        let io = |e: std::io::Error| SealError::Io(e.to_string());
        let mut from = inner.next;
        while from < next {
            let upto = next.min(from + 8192);
            let bytes: Vec<u8> = (from..upto).flat_map(erased).collect();
            self.file.write_all_at(&bytes, offset(from)).map_err(io)?;
            from = upto;
        }
        self.file.sync_all().map_err(io)?;
        inner.slots = inner.slots.max(next);
        inner.next = inner.next.max(next);
        inner.cache.clear();
        Ok(())
    }

    fn fill(&self, inner: &mut Inner) -> Result<(), SealError> {
        let mut bytes = Vec::with_capacity(BATCH as usize * SLOT);
        for index in inner.slots..inner.slots + BATCH {
            let mut key = Key::new([0; 32]);
            seal::random(&mut *key)?;
            bytes.extend_from_slice(&wrap(&self.wrapping, READY, index, &key)?);
        }
        self.file
            .write_all_at(&bytes, offset(inner.slots))
            .and_then(|()| self.file.sync_all())
            .map_err(|e| SealError::Io(e.to_string()))?;
        inner.slots += BATCH;
        Ok(())
    }

    fn unwrap_slot(&self, index: u64) -> Result<Key, SealError> {
        let id = KeyId(index);
        let mut slot = [0; SLOT];
        self.file.read_exact_at(&mut slot, offset(index)).map_err(|e| SealError::Io(e.to_string()))?;
        unwrap(&self.wrapping, READY, index, &slot).map_err(|fault| match fault {
            SlotFault::Erased => SealError::Erased(id),
            SlotFault::Damaged | SlotFault::Sealed => SealError::KeyDamaged(id),
        })
    }
}

enum SlotFault {
    Erased,
    /// The checksum does not match.
    Damaged,
    /// The checksum matches and the wrapped key does not open.
    Sealed,
}

fn offset(index: u64) -> u64 {
    (index + 1) * SLOT as u64
}

fn sum(slot: &mut [u8; SLOT]) {
    let crc = crc32c::crc32c(&slot[..SLOT - 4]);
    slot[SLOT - 4..].copy_from_slice(&crc.to_le_bytes());
}

fn erased(index: u64) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[0] = ERASED;
    slot[8..16].copy_from_slice(&index.to_le_bytes());
    sum(&mut slot);
    slot
}

fn wrap(wrapping: &Key, state: u8, index: u64, key: &Key) -> Result<[u8; SLOT], SealError> {
    let mut slot = [0; SLOT];
    slot[0] = state;
    slot[8..16].copy_from_slice(&index.to_le_bytes());
    let mut nonce = [0; 24];
    seal::random(&mut nonce)?;
    slot[16..40].copy_from_slice(&nonce);
    let cipher = XChaCha20Poly1305::new((&**wrapping).into());
    let aad = &slot[..16].to_vec();
    let wrapped = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: &key[..], aad })
        .map_err(|_| SealError::Io("wrapping a key".to_owned()))?;
    slot[40..88].copy_from_slice(&wrapped);
    sum(&mut slot);
    Ok(slot)
}

fn unwrap(wrapping: &Key, state: u8, index: u64, slot: &[u8; SLOT]) -> Result<Key, SlotFault> {
    if slot[SLOT - 4..] != crc32c::crc32c(&slot[..SLOT - 4]).to_le_bytes() {
        return Err(SlotFault::Damaged);
    }
    if slot[8..16] != index.to_le_bytes() {
        return Err(SlotFault::Damaged);
    }
    if slot[0] == ERASED {
        return Err(SlotFault::Erased);
    }
    if slot[0] != state {
        return Err(SlotFault::Damaged);
    }
    let nonce: [u8; 24] = slot[16..40].try_into().expect("24 bytes");
    let cipher = XChaCha20Poly1305::new((&**wrapping).into());
    let key = cipher
        .decrypt(&XNonce::from(nonce), Payload { msg: &slot[40..88], aad: &slot[..16] })
        .map(Zeroizing::new)
        .map_err(|_| SlotFault::Sealed)?;
    let key: [u8; 32] = key[..].try_into().map_err(|_| SlotFault::Sealed)?;
    Ok(Key::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keystore(dir: &Path) -> Keystore {
        let keys = Keystore::open(dir, &MasterKey::from_bytes([1; 32]), true).unwrap();
        keys.used_below(1).unwrap();
        keys
    }

    #[test]
    fn a_key_stays_the_same_over_a_reopen_until_it_is_erased() {
        let dir = tempfile::tempdir().unwrap();
        let keys = keystore(dir.path());
        let id = keys.assign().unwrap();
        assert_eq!(id, KeyId(1));
        let key = keys.key(id).unwrap();
        drop(keys);
        let keys = keystore(dir.path());
        assert_eq!(keys.key(id), Err(SealError::UnknownKey(id)), "nobody said that it is used");
        keys.used_below(2).unwrap();
        assert_eq!(keys.key(id).unwrap(), key);
        keys.erase(id).unwrap();
        assert_eq!(keys.key(id), Err(SealError::Erased(id)));
        drop(keys);
        let keys = keystore(dir.path());
        keys.used_below(2).unwrap();
        assert_eq!(keys.key(id), Err(SealError::Erased(id)));
        assert_eq!(keys.erase(KeyId::WORKSPACE), Err(SealError::WorkspaceKey));
    }

    #[test]
    fn another_master_key_is_told_from_damage_and_a_missing_file() {
        let dir = tempfile::tempdir().unwrap();
        drop(keystore(dir.path()));
        let other = MasterKey::from_bytes([2; 32]);
        assert!(matches!(Keystore::open(dir.path(), &other, false), Err(OpenError::WrongMasterKey)));
        let path = Keystore::path(dir.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let master = MasterKey::from_bytes([1; 32]);
        assert!(matches!(Keystore::open(dir.path(), &master, false), Err(OpenError::Damaged { .. })));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Keystore::open(dir.path(), &master, false), Err(OpenError::KeysMissing(_))));
    }

    #[test]
    fn a_changed_slot_is_damage_and_never_another_key() {
        let dir = tempfile::tempdir().unwrap();
        drop(keystore(dir.path()));
        let path = Keystore::path(dir.path());
        let clean = std::fs::read(&path).unwrap();
        for bit in 0..SLOT * 8 {
            let mut bytes = clean.clone();
            bytes[SLOT * 3 + bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &bytes).unwrap();
            let keys = keystore(dir.path());
            keys.used_below(5).unwrap();
            assert_eq!(keys.key(KeyId(2)), Err(SealError::KeyDamaged(KeyId(2))), "bit {bit}");
        }
    }

    #[test]
    fn more_keys_than_a_batch_and_a_file_that_lost_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let keys = keystore(dir.path());
        for n in 1..=BATCH * 2 {
            assert_eq!(keys.assign().unwrap(), KeyId(n));
        }
        drop(keys);
        let path = Keystore::path(dir.path());
        let len = std::fs::metadata(&path).unwrap().len();
        File::options().write(true).open(&path).unwrap().set_len(len - 200 * SLOT as u64 - 7).unwrap();
        let keys = Keystore::open(dir.path(), &MasterKey::from_bytes([1; 32]), false).unwrap();
        assert!(matches!(keys.used_below(BATCH * 3), Err(OpenError::Damaged { .. })));
        keys.used_below(BATCH * 2).unwrap();
    }
}
