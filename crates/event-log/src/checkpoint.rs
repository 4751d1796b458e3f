//! The signed head checkpoint: a note outside the data directory that says how far the log was and what its
//! chain hash was there. A data directory that went back in time, was cut, or was rewritten does not match.
//!
//! ```text
//! frontdesk event log
//! <log_id>
//! <pos>
//! <chain hash, hex>
//! <time, ms>
//!
//! — <Ed25519 signature of the lines above, base64>
//! ```
//! The signing key is derived from the master key; the public key lies beside the note so that `verify`
//! needs no secret. It does not protect against somebody who holds the master key, or who can replace note
//! and public key both: keep a copy of the note elsewhere for that.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use parking_lot::{Condvar, Mutex};

use crate::config::MasterKey;
use crate::disk;
use crate::error::OpenError;
use crate::record::Hash;

const TITLE: &str = "frontdesk event log";

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub log_id: String,
    pub pos: u64,
    /// BLAKE3 chain hash of the record that ends with `pos`.
    pub chain_hash: [u8; 32],
    pub at_ms: i64,
}

impl Checkpoint {
    fn text(&self) -> String {
        format!("{TITLE}\n{}\n{}\n{}\n{}\n", self.log_id, self.pos, hex::encode(self.chain_hash), self.at_ms)
    }

    /// Reads a note and proves its signature.
    pub fn parse(note: &str, key: &VerifyingKey) -> Result<Checkpoint, &'static str> {
        let (text, signature) = note.split_once("\n— ").ok_or("not a signed note")?;
        let signature = STANDARD.decode(signature.trim()).map_err(|_| "the signature is not base64")?;
        let signature = Signature::from_slice(&signature).map_err(|_| "the signature has the wrong length")?;
        key.verify_strict(text.as_bytes(), &signature).map_err(|_| "the signature does not match")?;
        let mut lines = text.lines();
        if lines.next() != Some(TITLE) {
            return Err("not a checkpoint of an event log");
        }
        let log_id = lines.next().ok_or("no log id")?.to_owned();
        let pos = lines.next().and_then(|line| line.parse().ok()).ok_or("no position")?;
        let mut chain_hash: Hash = [0; 32];
        hex::decode_to_slice(lines.next().ok_or("no hash")?, &mut chain_hash).map_err(|_| "no hash")?;
        let at_ms = lines.next().and_then(|line| line.parse().ok()).ok_or("no time")?;
        Ok(Checkpoint { log_id, pos, chain_hash, at_ms })
    }
}

/// Where the note lies in a checkpoint directory.
pub(crate) fn note_path(dir: &Path) -> PathBuf {
    dir.join("head.checkpoint")
}

/// Where the public key lies.
pub(crate) fn public_key_path(dir: &Path) -> PathBuf {
    dir.join("checkpoint.pub")
}

/// The public key that lies beside the note, for whoever has no master key.
pub(crate) fn public_key(dir: &Path) -> Result<Option<VerifyingKey>, OpenError> {
    let file = public_key_path(dir);
    let Some(bytes) = disk::read_optional(&file).map_err(|source| OpenError::Io { path: file.clone(), source })? else {
        return Ok(None);
    };
    let mut key = [0; 32];
    hex::decode_to_slice(bytes.trim_ascii(), &mut key)
        .ok()
        .and_then(|()| VerifyingKey::from_bytes(&key).ok())
        .map(Some)
        .ok_or_else(|| OpenError::BadCheckpoint { file, what: "not a public key".to_owned() })
}

/// Reads the note of `dir`, if there is one.
pub(crate) fn load(dir: &Path, key: &VerifyingKey) -> Result<Option<Checkpoint>, OpenError> {
    let file = note_path(dir);
    let Some(bytes) = disk::read_optional(&file).map_err(|source| OpenError::Io { path: file.clone(), source })? else {
        return Ok(None);
    };
    let bad = |what: &str| OpenError::BadCheckpoint { file: file.clone(), what: what.to_owned() };
    let note = std::str::from_utf8(&bytes).map_err(|_| bad("not text"))?;
    Checkpoint::parse(note, key).map(Some).map_err(bad)
}

/// Signs and writes notes on a thread of its own: three syncs that no append should wait for. Only the newest
/// waiting note is written.
pub(crate) struct Notary {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

struct Desk {
    dir: PathBuf,
    key: SigningKey,
    inbox: Mutex<Inbox>,
    changed: Condvar,
}

#[derive(Default)]
struct Inbox {
    waiting: Option<Checkpoint>,
    busy: bool,
    closed: bool,
    error: Option<String>,
}

impl Notary {
    /// The key that signs this log's checkpoints.
    pub(crate) fn key(master: &MasterKey) -> SigningKey {
        SigningKey::from_bytes(&master.derive("frontdesk 2026 event-log checkpoint signing"))
    }

    pub(crate) fn start(dir: &Path, key: SigningKey) -> std::io::Result<Notary> {
        std::fs::create_dir_all(dir)?;
        let public = format!("{}\n", hex::encode(key.verifying_key().to_bytes()));
        if disk::read_optional(&public_key_path(dir))?.as_deref() != Some(public.as_bytes()) {
            disk::write_atomically(&public_key_path(dir), public.as_bytes())?;
        }
        let desk = Arc::new(Desk { dir: dir.to_owned(), key, inbox: Mutex::default(), changed: Condvar::new() });
        let thread = std::thread::Builder::new().name("log-notary".to_owned()).spawn({
            let desk = Arc::clone(&desk);
            move || desk.work()
        })?;
        Ok(Notary { desk, thread: Some(thread) })
    }

    /// Has this written soon, instead of any that still waits.
    pub(crate) fn write(&self, checkpoint: Checkpoint) {
        self.desk.inbox.lock().waiting = Some(checkpoint);
        self.desk.changed.notify_all();
    }

    /// Waits until nothing waits; the error of the last write, if it failed.
    pub(crate) fn settle(&self) -> Result<(), String> {
        let mut inbox = self.desk.inbox.lock();
        while inbox.waiting.is_some() || inbox.busy {
            self.desk.changed.wait(&mut inbox);
        }
        inbox.error.clone().map_or(Ok(()), Err)
    }
}

impl Drop for Notary {
    fn drop(&mut self) {
        self.desk.inbox.lock().closed = true;
        self.desk.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn work(&self) {
        loop {
            let checkpoint = {
                let mut inbox = self.inbox.lock();
                loop {
                    if let Some(checkpoint) = inbox.waiting.take() {
                        inbox.busy = true;
                        break checkpoint;
                    }
                    if inbox.closed {
                        return;
                    }
                    self.changed.wait(&mut inbox);
                }
            };
            let result = self.sign(&checkpoint);
            if let Err(e) = &result {
                tracing::error!(error = %e, dir = %self.dir.display(), "could not write the head checkpoint");
            }
            let mut inbox = self.inbox.lock();
            inbox.busy = false;
            inbox.error = result.err().map(|e| e.to_string());
            self.changed.notify_all();
        }
    }

    fn sign(&self, checkpoint: &Checkpoint) -> std::io::Result<()> {
        let text = checkpoint.text();
        let signature = self.key.sign(text.as_bytes());
        let note = format!("{text}\n— {}\n", STANDARD.encode(signature.to_bytes()));
        disk::write_atomically(&note_path(&self.dir), note.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_every_changed_byte_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let key = Notary::key(&MasterKey::from_bytes([1; 32]));
        let public = key.verifying_key();
        let checkpoint = Checkpoint { log_id: "ab".to_owned(), pos: 7, chain_hash: [3; 32], at_ms: -1 };
        let notary = Notary::start(dir.path(), key).unwrap();
        notary.write(checkpoint.clone());
        notary.settle().unwrap();
        assert_eq!(load(dir.path(), &public).unwrap(), Some(checkpoint));
        assert_eq!(public_key(dir.path()).unwrap(), Some(public));
        let note = std::fs::read(note_path(dir.path())).unwrap();
        for at in 0..note.len() - 1 {
            let mut changed = note.clone();
            changed[at] ^= 1;
            let accepted = std::str::from_utf8(&changed).is_ok_and(|note| Checkpoint::parse(note, &public).is_ok());
            assert!(!accepted, "byte {at}");
        }
    }
}
