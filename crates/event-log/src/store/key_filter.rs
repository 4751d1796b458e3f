//! Which keys a run may have, in a byte and a third for each: a split block Bloom filter. A key, which is a keyed hash, sets one bit in each
//! of the eight words of one block, so it is asked for with one access to memory. Of keys that a run does not have, one in a hundred or
//! two seems to be there.

use super::StoreFault;
use super::rows::{CONTENT_MAX, Fields};

type Block = [u32; WORDS];

const WORDS: usize = 8;
const BLOCK_BYTES: usize = WORDS * size_of::<u32>();
const KEYS_PER_BLOCK: u64 = 24;
/// Blocks written in one row.
const PART: usize = (CONTENT_MAX - size_of::<u32>()) / BLOCK_BYTES;
/// Bits that say which one of a word.
const PLACE_BITS: usize = 5;

/// See the module.
#[derive(Debug)]
pub(super) struct KeyFilter(Vec<Block>);

impl KeyFilter {
    /// With room for so many keys.
    pub(super) fn for_keys(keys: u64) -> Self {
        Self(vec![[0; WORDS]; keys.div_ceil(KEYS_PER_BLOCK).max(1) as usize])
    }

    pub(super) fn add(&mut self, key: &[u8; 16]) {
        let at = self.block_of(key);
        self.0[at].iter_mut().zip(bits(key)).for_each(|(word, bit)| *word |= bit);
    }

    pub(super) fn may_have(&self, key: &[u8; 16]) -> bool {
        self.0[self.block_of(key)].iter().zip(bits(key)).all(|(word, bit)| word & bit != 0)
    }

    /// In the order of keys, which are spread evenly.
    fn block_of(&self, key: &[u8; 16]) -> usize {
        let first = u32::from_be_bytes(*key.first_chunk().expect("a key has 16 bytes"));
        ((u64::from(first) * self.0.len() as u64) >> u32::BITS) as usize
    }

    /// As it is written: how many blocks there are in all, and some of them.
    pub(super) fn parts(&self) -> impl Iterator<Item = Vec<u8>> {
        self.0.chunks(PART).map(|part| {
            let blocks = part.iter().flatten().flat_map(|word| word.to_le_bytes());
            (self.0.len() as u32).to_le_bytes().into_iter().chain(blocks).collect()
        })
    }

    /// What was written, in its order.
    pub(super) fn of_parts(parts: impl Iterator<Item = Result<Vec<u8>, StoreFault>>) -> Result<Self, StoreFault> {
        let (mut blocks, mut count) = (Vec::new(), 0);
        for part in parts {
            let part = part?;
            let mut fields = Fields(&part);
            count = fields.u32()? as usize;
            let (words, _) = fields.0.as_chunks();
            let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
            if blocks.is_empty() {
                blocks.reserve_exact(count);
            }
            blocks.extend(words.as_chunks::<WORDS>().0);
        }
        if blocks.is_empty() || blocks.len() != count {
            return Err(StoreFault(format!("a filter has {} of {count} blocks", blocks.len())));
        }
        Ok(Self(blocks))
    }
}

/// One for each word, by other bytes of the key than those that say the block.
fn bits(key: &[u8; 16]) -> [u32; WORDS] {
    let places = u64::from_le_bytes(*key.last_chunk().expect("a key has 16 bytes"));
    std::array::from_fn(|word| 1 << (places >> (word * PLACE_BITS) & ((1 << PLACE_BITS) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> [u8; 16] {
        blake3::hash(&n.to_le_bytes()).as_bytes()[..16].try_into().unwrap()
    }

    fn filter(keys: u64) -> KeyFilter {
        let mut filter = KeyFilter::for_keys(keys);
        (0..keys).for_each(|n| filter.add(&key(n)));
        filter
    }

    #[test]
    fn every_key_may_be_there_and_of_others_few() {
        for keys in [0, 1, 40, 30_000] {
            let filter = filter(keys);
            assert!((0..keys).all(|n| filter.may_have(&key(n))));
            let seem = (1_000_000..1_010_000).filter(|n| filter.may_have(&key(*n))).count();
            assert!(seem < 120, "{seem} of 10,000 beside {keys}");
        }
    }

    #[test]
    fn it_comes_back_as_it_was_written_and_not_without_a_part() {
        for keys in [0, 40, 30_000] {
            let filter = filter(keys);
            let parts: Vec<_> = filter.parts().collect();
            assert!(parts.iter().all(|part| part.len() <= CONTENT_MAX));
            assert_eq!(KeyFilter::of_parts(parts.iter().cloned().map(Ok)).unwrap().0, filter.0);
            for left_out in 0..parts.len() {
                let others = parts.iter().enumerate().filter(|(at, _)| *at != left_out);
                assert!(KeyFilter::of_parts(others.map(|(_, part)| Ok(part.clone()))).is_err());
            }
        }
    }
}
