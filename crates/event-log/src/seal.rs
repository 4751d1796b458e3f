//! Sealing: XChaCha20-Poly1305 with a random nonce, after lz4 where that helps. The additional data says
//! where the sealed bytes belong, so that they open nowhere else. Randomness comes from the system here and
//! in the key store only: no decision depends on it, and a nonce that can be foreseen would be a hole.

use std::cell::RefCell;

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};
use zeroize::{Zeroize, Zeroizing};

use crate::error::SealError;
use crate::event::KeyId;

/// 256 secret bytes' worth of key, wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

const NONCE: usize = 24;
const TAG: usize = 16;
/// First plaintext byte: the rest is as given, or a length u32 and lz4.
const RAW: u8 = 0;
const LZ4: u8 = 1;
/// Below this lz4 wins next to nothing (of a text message of 400 bytes, three) and costs more than the sealing.
const COMPRESS_FROM: usize = 512;
/// No sealed text is larger when opened; media goes through [`MediaSealer`](crate::MediaSealer).
const OPENED_BYTES_MAX: usize = 64 << 20;

/// `nonce 24 | ciphertext | tag 16`.
pub(crate) fn seal(key: &Key, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce = nonce()?;
    let mut out = PRESS.with_borrow_mut(|press| press.message(&nonce, plaintext));
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let tag = cipher
        .encrypt_inout_detached(&XNonce::from(nonce), aad, out[NONCE..].as_mut().into())
        .map_err(|_| SealError::Io("text too large to seal".to_owned()))?;
    out.extend_from_slice(&tag);
    Ok(out)
}

pub(crate) fn open(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE>().ok_or(SealError::Tampered)?;
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let message = cipher
        .decrypt(&XNonce::from(*nonce), Payload { msg: text, aad })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Tampered)?;
    unpack(&message)
}

/// The additional data of an event's private part.
pub(crate) fn event_aad(stream: &str, version: u64, kind: &str, key: KeyId) -> Vec<u8> {
    let mut aad = Vec::with_capacity(stream.len() + kind.len() + 32);
    aad.extend_from_slice(b"event");
    for text in [stream, kind] {
        // Lengths in front: `ab` + `c` must not look like `a` + `bc`.
        aad.extend_from_slice(&(text.len() as u32).to_le_bytes());
        aad.extend_from_slice(text.as_bytes());
    }
    aad.extend_from_slice(&version.to_le_bytes());
    aad.extend_from_slice(&key.0.to_le_bytes());
    aad
}

/// Bytes from the system's generator.
pub(crate) fn random(out: &mut [u8]) -> Result<(), SealError> {
    getrandom::fill(out).map_err(|e| SealError::Io(format!("the system gives no random bytes: {e}")))
}

/// Nonces asked of the system at a time: a system call each cost as much as the sealing of a short text.
const NONCES: usize = 64;

fn nonce() -> Result<[u8; NONCE], SealError> {
    thread_local! {
        static READY: RefCell<Vec<[u8; NONCE]>> = const { RefCell::new(Vec::new()) };
    }
    READY.with_borrow_mut(|ready| {
        if ready.is_empty() {
            ready.resize(NONCES, [0; NONCE]);
            random(ready.as_flattened_mut()).inspect_err(|_| ready.clear())?;
        }
        Ok(ready.pop().expect("it was just filled"))
    })
}

thread_local! {
    static PRESS: RefCell<Press> = const { RefCell::new(Press { table: None, packed: Vec::new() }) };
}

/// Room for compressed texts kept by each thread.
const KEPT_BYTES: usize = 16 << 10;

/// What compressing needs: kept, because making it for each text took longer than using it.
struct Press {
    table: Option<CompressTable>,
    packed: Vec<u8>,
}

impl Press {
    /// The nonce and the message, not sealed yet, with room for the tag.
    fn message(&mut self, nonce: &[u8; NONCE], plaintext: &[u8]) -> Vec<u8> {
        let packed_len = if plaintext.len() >= COMPRESS_FROM { self.pack(plaintext) } else { usize::MAX };
        let smaller = packed_len.saturating_add(4) < plaintext.len();
        let body = if smaller { &self.packed[..packed_len] } else { plaintext };
        let mut out = Vec::with_capacity(NONCE + 5 + body.len() + TAG);
        out.extend_from_slice(nonce);
        if smaller {
            out.push(LZ4);
            out.extend_from_slice(&(plaintext.len() as u32).to_le_bytes());
        } else {
            out.push(RAW);
        }
        out.extend_from_slice(body);
        self.packed.as_mut_slice().zeroize();
        self.packed.clear();
        self.packed.shrink_to(KEPT_BYTES);
        out
    }

    /// Compresses into `packed` and gives the length; more than any text where it does not work.
    fn pack(&mut self, plaintext: &[u8]) -> usize {
        self.packed.resize(get_maximum_output_size(plaintext.len()), 0);
        let table = self.table.get_or_insert_with(CompressTable::small);
        compress_into_with_table(plaintext, &mut self.packed, table).unwrap_or(usize::MAX)
    }
}

fn unpack(message: &[u8]) -> Result<Vec<u8>, SealError> {
    match message.split_first() {
        Some((&RAW, text)) => Ok(text.to_vec()),
        Some((&LZ4, rest)) => {
            let (len, packed) = rest.split_first_chunk::<4>().ok_or(SealError::Tampered)?;
            let len = u32::from_le_bytes(*len) as usize;
            if len > OPENED_BYTES_MAX {
                return Err(SealError::Tampered);
            }
            lz4_flex::block::decompress(packed, len).map_err(|_| SealError::Tampered)
        }
        Some(_) | None => Err(SealError::Tampered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_with_its_key_and_context_only() {
        let (key, other) = (Key::new([1; 32]), Key::new([2; 32]));
        for text in [&b""[..], b"short", &[b'a'; 5000]] {
            let sealed = seal(&key, b"here", text).unwrap();
            assert_eq!(open(&key, b"here", &sealed).unwrap(), text);
            assert_eq!(open(&other, b"here", &sealed), Err(SealError::Tampered));
            assert_eq!(open(&key, b"there", &sealed), Err(SealError::Tampered));
        }
    }

    #[test]
    fn repetitive_text_is_compressed_and_every_changed_byte_is_noticed() {
        let key = Key::new([1; 32]);
        let sealed = seal(&key, b"", &[b'a'; 5000]).unwrap();
        assert!(sealed.len() < 200);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, b"", &changed), Err(SealError::Tampered));
            assert_eq!(open(&key, b"", &sealed[..at]), Err(SealError::Tampered));
        }
    }

    #[test]
    fn the_context_of_an_event_is_unambiguous() {
        let key = KeyId(1);
        assert_ne!(event_aad("ab", 1, "c", key), event_aad("a", 1, "bc", key));
        assert_ne!(event_aad("a", 1, "c", key), event_aad("a", 2, "c", key));
        assert_ne!(event_aad("a", 1, "c", key), event_aad("a", 1, "c", KeyId(2)));
    }
}
