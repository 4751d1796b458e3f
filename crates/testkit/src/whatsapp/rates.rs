//! The two budgets of sending: messages per second of a number, and messages to one customer.

/// A bucket that refills steadily. Counted in microseconds of saved-up waiting, in whole numbers: a sixth of a message
/// per second has no exact floating-point value, and rounding would refuse the message that is just due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    saved_us: i64,
    saved_us_max: i64,
    cost_us: i64,
    at_ms: i64,
}

impl Bucket {
    fn full(capacity: u32, cost_us: i64, now_ms: i64) -> Self {
        let saved_us_max = i64::from(capacity) * cost_us;
        Self { saved_us: saved_us_max, saved_us_max, cost_us, at_ms: now_ms }
    }

    /// A number's: `mps` messages a second.
    pub(super) fn number(mps: u32, now_ms: i64) -> Self {
        let mps = mps.max(1);
        Self::full(mps, 1_000_000 / i64::from(mps), now_ms)
    }

    /// A pair's: 45 at once, one more every six seconds.
    pub(super) fn pair(now_ms: i64) -> Self {
        Self::full(45, 6_000_000, now_ms)
    }

    pub(super) fn take(&mut self, now_ms: i64) -> bool {
        let passed_us = (now_ms - self.at_ms).max(0).saturating_mul(1_000);
        self.saved_us = self.saved_us.saturating_add(passed_us).min(self.saved_us_max);
        self.at_ms = self.at_ms.max(now_ms);
        let enough = self.saved_us >= self.cost_us;
        if enough {
            self.saved_us -= self.cost_us;
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
