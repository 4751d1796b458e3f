//! Chance that is the same each time: a number is drawn from the seed and from what it is for, not from how many were drawn before.
//! So two runs have the same luck wherever they ask the same question, and what differs between them is the scenario's doing.

/// A seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance(pub u64);

impl Chance {
    /// At least 0, below 1.
    pub fn draw(self, about: u128, what: u64) -> f64 {
        let mixed = mix(self.0 ^ mix(about as u64 ^ mix((about >> 64) as u64 ^ mix(what))));
        // 53 bits: as many as a float's mantissa has.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// SplitMix64's finaliser.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_number_for_the_same_question_and_others_for_others() {
        let chance = Chance(7);
        assert_eq!(chance.draw(1, 2), chance.draw(1, 2));
        assert_ne!(chance.draw(1, 2), chance.draw(2, 2));
        assert_ne!(chance.draw(1, 2), chance.draw(1, 3));
        assert_ne!(chance.draw(1, 2), Chance(8).draw(1, 2));
        let mean = (0..10_000).map(|about| chance.draw(about, 0)).sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }
}
