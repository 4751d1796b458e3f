//! How caches beside the log are sealed, chunk by chunk: under a key that comes from the log's own, each file with a nonce
//! prefix of its own, each chunk under its number.

use std::io;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use event_log::Reader;

/// Bytes of a file's nonce prefix.
pub(crate) const PREFIX: usize = 16;

/// The cipher of a cache. Another log, as a restore makes one, has other keys.
pub(crate) fn cipher(reader: &Reader, cache: &str) -> XChaCha20Poly1305 {
    let part = |number: u8| reader.blind_parts(&format!("{cache} {number}"), &[reader.log_id()]);
    let mut key = [0; 32];
    key[..16].copy_from_slice(&part(1));
    key[16..].copy_from_slice(&part(2));
    XChaCha20Poly1305::new(&key.into())
}

/// For a new file.
pub(crate) fn prefix() -> io::Result<[u8; PREFIX]> {
    let mut prefix = [0; PREFIX];
    getrandom::fill(&mut prefix).map_err(io::Error::other)?;
    Ok(prefix)
}

/// Of a chunk.
pub(crate) fn nonce(prefix: &[u8; PREFIX], number: u64) -> XNonce {
    let mut nonce = [0; PREFIX + 8];
    nonce[..PREFIX].copy_from_slice(prefix);
    nonce[PREFIX..].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}
