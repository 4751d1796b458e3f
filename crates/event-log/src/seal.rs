//! Sealing: XChaCha20-Poly1305 with a random nonce, after lz4 where that helps. The additional data says
//! where the sealed bytes belong, so that they open nowhere else. Randomness comes from the system here and
//! in the key store only: no decision depends on it, and a nonce that can be foreseen would be a hole.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::SealError;
use crate::event::KeyId;

/// 256 secret bytes' worth of key, wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

const NONCE: usize = 24;
/// First plaintext byte: the rest is as given, or a length u32 and lz4.
const RAW: u8 = 0;
const LZ4: u8 = 1;
/// Below this lz4 never wins.
const COMPRESS_FROM: usize = 64;
/// No sealed text is larger when opened; media goes through [`MediaSealer`](crate::MediaSealer).
const OPENED_BYTES_MAX: usize = 64 << 20;

/// `nonce 24 | ciphertext | tag 16`.
pub(crate) fn seal(key: &Key, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE];
    random(&mut nonce)?;
    let message = pack(plaintext);
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: &message, aad })
        .map_err(|_| SealError::Io("text too large to seal".to_owned()))?;
    let mut out = Vec::with_capacity(NONCE + sealed.len());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
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

fn pack(plaintext: &[u8]) -> Zeroizing<Vec<u8>> {
    if plaintext.len() >= COMPRESS_FROM {
        let packed = Zeroizing::new(lz4_flex::block::compress(plaintext));
        if packed.len() + 4 < plaintext.len() {
            let mut message = Vec::with_capacity(5 + packed.len());
            message.push(LZ4);
            message.extend_from_slice(&(plaintext.len() as u32).to_le_bytes());
            message.extend_from_slice(&packed);
            return Zeroizing::new(message);
        }
    }
    let mut message = Vec::with_capacity(1 + plaintext.len());
    message.push(RAW);
    message.extend_from_slice(plaintext);
    Zeroizing::new(message)
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
