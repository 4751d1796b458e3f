//! Which look-up keys are certainly not there. Nearly every key that is asked for is new (a message nobody delivered before),
//! and a look into the store for each was a large part of what an append cost.
//!
//! A Bloom filter in layers that grow with the log. Keys are keyed hashes already, so their own bits say where to look. It has
//! seen every key once the whole log was replayed, which the desk does when it starts; until then, and where early segments are
//! gone, it rules nothing out.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

/// Two bytes a key: one absent key in a thousand or two is looked for in vain.
const BITS_PER_KEY: usize = 16;
const PROBES: u64 = 8;
/// Keys of the first layer; each further one takes four times as many.
const FIRST_KEYS: usize = 1 << 15;

#[derive(Default)]
pub(crate) struct KeyFilter {
    layers: RwLock<Vec<Layer>>,
    complete: AtomicBool,
}

struct Layer {
    words: Vec<u64>,
    left: usize,
}

impl KeyFilter {
    pub(crate) fn insert(&self, keys: impl Iterator<Item = [u8; 16]>) {
        let mut layers = self.layers.write();
        for key in keys {
            if layers.last().is_none_or(|layer| layer.left == 0) {
                let room = FIRST_KEYS << (2 * layers.len());
                layers.push(Layer { words: vec![0; room * BITS_PER_KEY / 64], left: room });
            }
            if let Some(layer) = layers.last_mut() {
                layer.left -= 1;
                for (word, bit) in layer.places(&key) {
                    layer.words[word] |= bit;
                }
            }
        }
    }

    /// Every key of the log has been inserted.
    pub(crate) fn complete(&self) {
        self.complete.store(true, Ordering::Release);
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// The key is not there. `false`: it may be.
    pub(crate) fn rules_out(&self, key: &[u8; 16]) -> bool {
        self.is_complete()
            && !self.layers.read().iter().any(|layer| layer.places(key).all(|(word, bit)| layer.words[word] & bit != 0))
    }
}

impl Layer {
    /// Where a key's bits are. The number of words is a power of two.
    fn places(&self, key: &[u8; 16]) -> impl Iterator<Item = (usize, u64)> + use<> {
        let bits = u128::from_le_bytes(*key);
        // Odd, so that the steps visit different places.
        let (start, step) = (bits as u64, (bits >> 64) as u64 | 1);
        let mask = self.words.len() as u64 - 1;
        (0..PROBES).map(move |probe| {
            let place = start.wrapping_add(probe.wrapping_mul(step));
            ((place >> 6 & mask) as usize, 1 << (place & 63))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> [u8; 16] {
        blake3::hash(&n.to_le_bytes()).as_bytes()[..16].try_into().unwrap()
    }

    #[test]
    fn no_key_that_is_there_is_ruled_out_and_nearly_every_other_is() {
        let filter = KeyFilter::default();
        assert!(!filter.rules_out(&key(0)), "not before it has seen everything");
        filter.complete();
        let many = 200_000;
        filter.insert((0..many).map(key));
        assert!(filter.layers.read().len() > 1);
        assert!((0..many).all(|n| !filter.rules_out(&key(n))));
        let in_vain = (many..2 * many).filter(|n| !filter.rules_out(&key(*n))).count();
        assert!(in_vain < 400, "{in_vain} of {many}");
    }
}
