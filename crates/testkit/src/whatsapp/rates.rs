//! The two budgets of sending: messages per second of a number, and messages to one customer.

/// A bucket that refills steadily. May go into debt by `take_into_debt`, as bursts to one customer do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    level: f64,
    capacity: f64,
    per_second: f64,
    at_ms: i64,
}

impl Bucket {
    pub(super) fn full(capacity: f64, per_second: f64, now_ms: i64) -> Self {
        Self { level: capacity, capacity, per_second, at_ms: now_ms }
    }

    /// A number's: `mps` messages a second.
    pub(super) fn number(mps: u32, now_ms: i64) -> Self {
        Self::full(f64::from(mps), f64::from(mps), now_ms)
    }

    /// A pair's: 45 at once, one more every six seconds.
    pub(super) fn pair(now_ms: i64) -> Self {
        Self::full(45.0, 1.0 / 6.0, now_ms)
    }

    pub(super) fn take(&mut self, now_ms: i64) -> bool {
        let passed = (now_ms - self.at_ms).max(0) as f64 / 1_000.0;
        self.level = (self.level + passed * self.per_second).min(self.capacity);
        self.at_ms = now_ms;
        let enough = self.level >= 1.0;
        if enough {
            self.level -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_takes_a_burst_of_45_and_then_one_every_six_seconds() {
        let mut pair = Bucket::pair(0);
        assert!((0..45).all(|_| pair.take(0)));
        assert!(!pair.take(5_000));
        assert!(pair.take(6_000));
        assert!(!pair.take(6_001));
    }
}
