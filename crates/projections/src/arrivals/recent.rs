//! How often something happened in the last hour, minute by minute.

use domain::time::Timestamp;

/// Minutes remembered.
const MINUTES: usize = 60;
const MINUTE_MS: i64 = 60_000;

/// The last hour, up to the newest minute in which something happened.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub(super) struct Recent {
    counts: [u32; MINUTES],
    newest: i64,
}

impl Default for Recent {
    fn default() -> Self {
        Self { counts: [0; MINUTES], newest: i64::MIN }
    }
}

impl Recent {
    pub(super) fn add(&mut self, at: Timestamp) {
        let minute = minute(at);
        let passed = minute.saturating_sub(self.newest);
        if passed >= MINUTES as i64 {
            self.counts = [0; MINUTES];
        } else {
            (self.newest + 1..=minute).for_each(|passed| self.counts[slot(passed)] = 0);
        }
        self.newest = self.newest.max(minute);
        if self.newest - minute < MINUTES as i64 {
            self.counts[slot(minute)] += 1;
        }
    }

    /// It was not so after all.
    pub(super) fn take_back(&mut self, at: Timestamp) {
        let minute = minute(at);
        if (0..MINUTES as i64).contains(&self.newest.saturating_sub(minute)) {
            let count = &mut self.counts[slot(minute)];
            *count = count.saturating_sub(1);
        }
    }

    /// In the `minutes` up to `now`, the running one among them.
    pub(super) fn within(&self, minutes: i64, now: Timestamp) -> u32 {
        let last = minute(now);
        let first = (last - minutes + 1).max(self.newest.saturating_sub(MINUTES as i64 - 1));
        (first..=last.min(self.newest)).map(|minute| self.counts[slot(minute)]).sum()
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(MINUTE_MS)
}

fn slot(minute: i64) -> usize {
    minute.rem_euclid(MINUTES as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * MINUTE_MS)
    }

    #[test]
    fn an_hour_slides_and_what_is_older_is_forgotten() {
        let mut recent = Recent::default();
        assert_eq!(recent.within(60, at(1_000)), 0);
        [1_000, 1_000, 1_004, 1_030].iter().for_each(|minute| recent.add(at(*minute)));
        assert_eq!(
            [1_030, 1_034, 1_059, 1_060, 1_063, 1_090].map(|now| recent.within(60, at(now))),
            [4, 4, 4, 2, 2, 0]
        );
        assert_eq!([1_030, 1_034, 1_035].map(|now| recent.within(5, at(now))), [1, 1, 0]);
        recent.take_back(at(1_030));
        recent.add(at(1_065));
        assert_eq!(recent.within(60, at(1_065)), 1);
        recent.add(at(9_000));
        assert_eq!(recent.within(60, at(9_000)), 1);
    }
}
