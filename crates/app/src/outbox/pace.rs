//! How fast the outbox may go: a budget per number, a budget per number and contact, and the pauses that refusals and
//! unreachable providers impose. Pure: the time comes in.
//!
//! A number that cannot be reached is probed with one message at a time instead of all of them; a number that was told to
//! slow down waits, longer each time.

use std::collections::BTreeMap;

use domain::ids::{ChannelId, ContactId};
use domain::time::{Millis, Timestamp};
use projections::outbox::Class;

/// Calls under way per number at most.
pub(super) const PER_NUMBER_MAX: usize = 40;
/// Messages to one contact in a row, and how long one of them takes to be earned again.
const PAIR_BURST: i64 = 45;
const PAIR_INTERVAL: Millis = Millis::seconds(6);
/// Pair budgets remembered at most before full ones are forgotten.
const PAIRS_MAX: usize = 20_000;
/// A number may be this part of a second ahead of its budget.
const NUMBER_BURST_PART: u32 = 8;
/// First and longest pause of a number.
const PAUSE_MIN: Millis = Millis::seconds(1);
const PAUSE_MAX: Millis = Millis::minutes(5);
/// Failed connections in a row after which a number is only probed.
const PROBE_AFTER: u32 = 3;

/// A budget that refills evenly. The state is the time at which it will be full again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    /// Microseconds since the epoch.
    full_at: i64,
}

impl Bucket {
    const FULL: Self = Self { full_at: i64::MIN };

    /// When the next one may be taken; in the past or now: at once.
    fn ready_at(self, interval_us: i64, burst: i64) -> Timestamp {
        let us = self.full_at.saturating_sub(interval_us.saturating_mul(burst - 1));
        // Rounded up: a millisecond too early would be refused again.
        Timestamp::from_millis(us.saturating_add(999).div_euclid(1_000))
    }

    fn take(&mut self, now: Timestamp, interval_us: i64) {
        self.full_at = self.full_at.max(now.as_millis().saturating_mul(1_000)).saturating_add(interval_us);
    }
}

/// What a finished call says about its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberNews {
    /// It answered.
    Answered,
    /// It could not be reached, nothing was sent.
    Unreachable,
    /// It asked us to slow down, perhaps saying for how long.
    Throttled(Option<Millis>),
}

#[derive(Debug)]
struct Number {
    bucket: Bucket,
    paused_until: Timestamp,
    unreachable: u32,
    throttled: u32,
}

impl Default for Number {
    fn default() -> Self {
        Self { bucket: Bucket::FULL, paused_until: Timestamp::from_millis(i64::MIN), unreachable: 0, throttled: 0 }
    }
}

/// All budgets and pauses.
#[derive(Debug, Default)]
pub(super) struct Pace {
    numbers: BTreeMap<ChannelId, Number>,
    pairs: BTreeMap<(ChannelId, ContactId), Bucket>,
}

impl Pace {
    /// Until when the number waits, if it does.
    pub(super) fn paused_until(&self, channel: ChannelId, now: Timestamp) -> Option<Timestamp> {
        self.numbers.get(&channel).map(|number| number.paused_until).filter(|until| *until > now)
    }

    /// Calls the number may have under way.
    pub(super) fn at_once_max(&self, channel: ChannelId) -> usize {
        let number = self.numbers.get(&channel);
        if number.is_some_and(|number| number.unreachable >= PROBE_AFTER || number.throttled > 0) {
            1
        } else {
            PER_NUMBER_MAX
        }
    }

    /// When the pair may go.
    pub(super) fn pair_ready_at(&self, pair: (ChannelId, ContactId)) -> Timestamp {
        let bucket = self.pairs.get(&pair).copied().unwrap_or(Bucket::FULL);
        bucket.ready_at(PAIR_INTERVAL.0 * 1_000, PAIR_BURST)
    }

    /// When the number may go. What is sent to many takes nothing in advance: that is left for replies.
    pub(super) fn number_ready_at(&self, channel: ChannelId, mps: u32, class: Class) -> Timestamp {
        let bucket = self.numbers.get(&channel).map_or(Bucket::FULL, |number| number.bucket);
        let burst = match class {
            Class::Reply => i64::from((mps / NUMBER_BURST_PART).max(1)),
            Class::Campaign => 1,
        };
        bucket.ready_at(interval_us(mps), burst)
    }

    /// One message goes.
    pub(super) fn spend(&mut self, pair: (ChannelId, ContactId), mps: u32, now: Timestamp) {
        self.numbers.entry(pair.0).or_default().bucket.take(now, interval_us(mps));
        if self.pairs.len() >= PAIRS_MAX {
            let now_us = now.as_millis().saturating_mul(1_000);
            self.pairs.retain(|_, bucket| bucket.full_at > now_us);
        }
        self.pairs.entry(pair).or_insert(Bucket::FULL).take(now, PAIR_INTERVAL.0 * 1_000);
    }

    /// Learns from a finished call. Calls of one storm count once: while the number waits, its refusals say nothing new.
    pub(super) fn learn(&mut self, channel: ChannelId, news: NumberNews, now: Timestamp) {
        let number = self.numbers.entry(channel).or_default();
        match news {
            NumberNews::Answered => {
                number.unreachable = 0;
                number.throttled = 0;
            }
            _ if number.paused_until > now => {}
            NumberNews::Unreachable => {
                number.unreachable = number.unreachable.saturating_add(1);
                if number.unreachable >= PROBE_AFTER {
                    number.paused_until = now + doubled(number.unreachable - PROBE_AFTER);
                }
            }
            NumberNews::Throttled(asked) => {
                number.paused_until = now + asked.unwrap_or_else(|| doubled(number.throttled)).min(PAUSE_MAX);
                number.throttled = number.throttled.saturating_add(1);
            }
        }
    }
}

/// 1 s, 2 s, 4 s, … up to the maximum.
fn doubled(times: u32) -> Millis {
    Millis(PAUSE_MIN.0.saturating_mul(1 << times.min(20))).min(PAUSE_MAX)
}

fn interval_us(mps: u32) -> i64 {
    1_000_000 / i64::from(mps.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_795_251_600);

    fn pair(contact: u128) -> (ChannelId, ContactId) {
        (ChannelId::from_u128(1), ContactId::from_u128(contact))
    }

    #[test]
    fn a_number_sends_no_more_than_its_budget_in_any_second() {
        for mps in [20, 80, 1_000] {
            let (mut pace, mut now, mut sent) = (Pace::default(), AT, 0);
            while now < AT + Millis::seconds(10) {
                now = now.max(pace.number_ready_at(pair(0).0, mps, Class::Reply));
                pace.spend(pair(u128::from(sent)), mps, now);
                sent += 1;
            }
            let burst = (mps / NUMBER_BURST_PART).max(1);
            assert!((mps * 10..=mps * 10 + burst + 1).contains(&sent), "{mps} a second: {sent} in ten");
        }
    }

    #[test]
    fn what_is_sent_to_many_leaves_replies_a_burst() {
        let mut pace = Pace::default();
        pace.spend(pair(1), 80, AT);
        let ready = |pace: &Pace, class| pace.number_ready_at(pair(1).0, 80, class);
        assert!(ready(&pace, Class::Campaign) > AT);
        for contact in 2..11 {
            assert!(ready(&pace, Class::Reply) <= AT, "reply {contact}");
            pace.spend(pair(contact), 80, AT);
        }
        assert!(ready(&pace, Class::Reply) > AT);
    }

    #[test]
    fn a_contact_gets_45_at_once_and_then_one_in_six_seconds() {
        let mut pace = Pace::default();
        for _ in 0..45 {
            assert!(pace.pair_ready_at(pair(1)) <= AT);
            pace.spend(pair(1), 1_000, AT);
        }
        assert_eq!(pace.pair_ready_at(pair(1)), AT + Millis::seconds(6));
        assert!(pace.pair_ready_at(pair(2)) <= AT, "others are not affected");
    }

    #[test]
    fn throttling_waits_longer_each_time_and_a_storm_counts_once() {
        let (mut pace, channel) = (Pace::default(), pair(0).0);
        let mut now = AT;
        for expected in [1, 2, 4, 8, 16] {
            for _ in 0..40 {
                pace.learn(channel, NumberNews::Throttled(None), now);
            }
            assert_eq!(pace.paused_until(channel, now), Some(now + Millis::seconds(expected)));
            now = now + Millis::seconds(expected);
            assert_eq!(pace.at_once_max(channel), 1);
        }
        pace.learn(channel, NumberNews::Answered, now);
        assert_eq!((pace.paused_until(channel, now), pace.at_once_max(channel)), (None, PER_NUMBER_MAX));
        pace.learn(channel, NumberNews::Throttled(Some(Millis::days(1))), now);
        assert_eq!(pace.paused_until(channel, now), Some(now + PAUSE_MAX));
    }

    #[test]
    fn an_unreachable_provider_is_probed_with_one_message() {
        let (mut pace, channel) = (Pace::default(), pair(0).0);
        pace.learn(channel, NumberNews::Unreachable, AT);
        pace.learn(channel, NumberNews::Unreachable, AT);
        assert_eq!(pace.at_once_max(channel), PER_NUMBER_MAX);
        pace.learn(channel, NumberNews::Unreachable, AT);
        assert_eq!((pace.at_once_max(channel), pace.paused_until(channel, AT)), (1, Some(AT + Millis::seconds(1))));
    }

    #[test]
    fn full_budgets_are_forgotten() {
        let mut pace = Pace::default();
        for contact in 0..PAIRS_MAX as u128 {
            pace.spend(pair(contact), 1_000, AT);
        }
        pace.spend(pair(u128::MAX), 1_000, AT + Millis::minutes(1));
        assert_eq!(pace.pairs.len(), 1);
    }
}
