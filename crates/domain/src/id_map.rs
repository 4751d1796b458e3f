//! A hash map for keys that are our own ids, or keyed hashes. They carry more than 60 random bits and are never chosen by a
//! client, so a multiply is hash enough and costs a third of the default one. Order of iteration means nothing: whoever shows
//! the content sorts it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by id.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Folds what it is given with a multiply and a rotation.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdHasher(u64);

/// 2^64 divided by the golden ratio: spreads neighbouring values.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl IdHasher {
    /// The hash of one id.
    pub fn of(id: u128) -> u64 {
        let mut hasher = Self::default();
        hasher.write_u128(id);
        hasher.finish()
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(SPREAD);
    }
}

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }
    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }
    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }
    fn write_u128(&mut self, value: u128) {
        self.mix((value >> 64) as u64);
        self.mix(value as u64);
    }
}
