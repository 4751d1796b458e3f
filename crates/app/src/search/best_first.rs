//! The best of many, in order, without putting all of them in order: a page is filled by the first few of a hundred thousand.

/// How many come first; then four times as many, and so on.
const FIRST: usize = 1_024;

/// See the module. What is equal in its key comes together.
pub(super) struct BestFirst<K> {
    rest: Vec<(K, u32)>,
    next: usize,
}

impl<K: Ord + Copy> BestFirst<K> {
    /// Of keys, each with the number of what it is of.
    pub(super) fn of(all: Vec<(K, u32)>) -> Self {
        Self { rest: all, next: FIRST }
    }
}

impl<K: Ord + Copy> Iterator for BestFirst<K> {
    type Item = Vec<(K, u32)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut best = if self.rest.len() <= self.next {
            std::mem::take(&mut self.rest)
        } else {
            let cut = self.rest.len() - self.next;
            let (_, least, _) = self.rest.select_nth_unstable(cut);
            let least = least.0;
            let mut best = self.rest.split_off(cut);
            best.extend(self.rest.extract_if(.., |each| each.0 == least));
            self.next *= 4;
            best
        };
        best.sort_unstable_by(|one, other| other.cmp(one));
        Some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_in_order_and_equals_together() {
        // Every key five times, in an order that has nothing to do with theirs.
        let all: Vec<(u32, u32)> = (0..20_000).map(|n: u32| (n.wrapping_mul(7_919) % 4_000, n)).collect();
        let mut wanted = all.clone();
        wanted.sort_unstable_by(|one, other| other.cmp(one));
        let parts: Vec<_> = BestFirst::of(all).collect();
        assert!(parts.len() > 2 && parts[0].len() < 1_100);
        for pair in parts.windows(2) {
            assert!(pair[0].last().map(|last| last.0) > pair[1].first().map(|first| first.0));
        }
        assert_eq!(parts.concat(), wanted);
        assert_eq!(BestFirst::<u8>::of(Vec::new()).next(), None);
    }
}
