//! Numbers that look random and are the same every time (SplitMix64), and the shapes that waiting has.

use domain::time::Millis;

#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0, included, to 1, excluded.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0, included, to `n`, excluded.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n.max(1) as u128) >> 64) as usize
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    pub(super) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// Evenly between two lengths.
    pub(super) fn between(&mut self, from: Millis, to: Millis) -> Millis {
        Millis(from.0 + (self.share() * (to.0 - from.0) as f64) as i64)
    }

    /// Around a median with a long tail, as people's answers are: half within, one in twenty after five times as long.
    pub(super) fn about(&mut self, median: Millis) -> Millis {
        // The sum of twelve even shares is normal enough.
        let normal: f64 = (0..12).map(|_| self.share()).sum::<f64>() - 6.0;
        Millis((median.0 as f64 * normal.exp()) as i64)
    }

    /// A whole number of at least one with such a mean.
    pub(super) fn count(&mut self, mean: f64) -> u32 {
        let more = (mean - 1.0).max(0.0);
        let stop = 1.0 / (more + 1.0);
        let mut count = 1;
        while count < 200 && !self.chance(stop) {
            count += 1;
        }
        count
    }
}
