//! How many of a campaign's messages may be queued at a moment: so many a minute, spread evenly, and a little in advance. Pure:
//! the time comes in. A restart begins anew; what it gives away is less than a second's worth.

use domain::campaign::CHUNK_MAX;
use domain::time::Timestamp;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// When the next one may go, in microseconds since the epoch.
    ready_us: i64,
}

impl Rate {
    pub(super) const fn new() -> Self {
        Self { ready_us: i64::MIN }
    }

    /// How many may go now.
    pub(super) fn room(&mut self, per_minute: u32, now: Timestamp) -> usize {
        let (interval, now_us) = (interval_us(per_minute), now.as_millis().saturating_mul(1_000));
        let saved_max = i64::from(per_minute / 60).clamp(1, CHUNK_MAX as i64);
        self.ready_us = self.ready_us.max(now_us - (saved_max - 1) * interval);
        if self.ready_us > now_us { 0 } else { ((now_us - self.ready_us) / interval + 1) as usize }
    }

    /// So many go.
    pub(super) fn spend(&mut self, per_minute: u32, count: usize) {
        self.ready_us = self.ready_us.saturating_add(interval_us(per_minute).saturating_mul(count as i64));
    }

    /// When the next one may.
    pub(super) fn ready_at(self) -> Timestamp {
        Timestamp::from_millis(self.ready_us.saturating_add(999).div_euclid(1_000))
    }
}

fn interval_us(per_minute: u32) -> i64 {
    60_000_000 / i64::from(per_minute.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Millis;

    #[test]
    fn a_minute_has_as_many_as_it_is_to_have() {
        for per_minute in [1, 30, 600, 6_000] {
            let (mut rate, from) = (Rate::new(), Timestamp::from_seconds(1_795_251_600));
            let (mut now, mut sent) = (from, 0);
            while now < from + Millis::minutes(2) {
                let room = rate.room(per_minute, now);
                rate.spend(per_minute, room);
                sent += room;
                now = rate.ready_at().max(now + Millis(1));
            }
            let wanted = per_minute as usize * 2;
            assert!((wanted..=wanted + CHUNK_MAX).contains(&sent), "{per_minute} a minute: {sent} in two");
        }
    }
}
