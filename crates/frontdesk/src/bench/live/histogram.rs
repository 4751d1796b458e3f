//! Counts of durations, within three hundredths of each: a hundred thousand a second from many sockets are too many to keep.

use std::sync::atomic::{AtomicU64, Ordering};

/// Buckets of each doubling.
const PARTS: u32 = 32;
const BUCKETS: usize = 64 * PARTS as usize;

/// See the module.
pub(super) struct Histogram(Vec<AtomicU64>);

impl Histogram {
    pub(super) fn new() -> Self {
        Self((0..BUCKETS).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn add(&self, nanos: u64) {
        self.0[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
    }

    /// Takes what was counted since it was taken last.
    pub(super) fn take(&self) -> Counted {
        Counted(self.0.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect())
    }
}

/// What was counted in a while.
pub(super) struct Counted(Vec<u64>);

impl Counted {
    pub(super) fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The duration that this share is not longer than; 0 of none.
    pub(super) fn at(&self, share: f64) -> u64 {
        let wanted = (self.count() as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.0.iter().enumerate() {
            seen += count;
            if seen >= wanted && *count > 0 {
                return middle(bucket);
            }
        }
        0
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < u64::from(PARTS) {
        return nanos as usize;
    }
    let doubling = nanos.ilog2();
    let part = (nanos >> (doubling - PARTS.ilog2())) - u64::from(PARTS);
    (((doubling - PARTS.ilog2() + 1) * PARTS) as usize) + part as usize
}

fn middle(bucket: usize) -> u64 {
    let (bucket, parts) = (bucket as u64, u64::from(PARTS));
    if bucket < parts {
        return bucket;
    }
    let (doubling, part) = (bucket / parts - 1, bucket % parts);
    ((parts + part) << doubling) + ((1 << doubling) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_come_back_within_three_hundredths() {
        for nanos in [1, 31, 32, 63, 64, 999, 1_500_000, 123_456_789_012] {
            let histogram = Histogram::new();
            histogram.add(nanos);
            let counted = histogram.take();
            let off = counted.at(0.5).abs_diff(nanos) as f64 / nanos as f64;
            assert!(off <= 0.03 && counted.count() == 1, "{nanos}: {}", counted.at(0.5));
        }
        assert_eq!(Histogram::new().take().at(0.5), 0);
    }
}
