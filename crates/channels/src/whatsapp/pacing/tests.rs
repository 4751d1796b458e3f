//! Tests of `pacing`.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + millis)
}

/// Tries at these times: `.` for a place, else the wait in milliseconds.
fn trace(mut take: impl FnMut(Timestamp) -> Result<(), Millis>, times: impl IntoIterator<Item = i64>) -> String {
    let one = |time| take(at(time)).map_or_else(|wait| wait.0.to_string(), |()| ".".to_owned());
    times.into_iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_number_sends_a_second_at_once_and_then_at_its_rate() {
    let mut bucket = NumberBucket::new(4);
    let times = [0, 0, 0, 0, 0, 100, 249, 250, 250, 500, 5_000, 5_000, 5_000, 5_000, 5_000];
    assert_eq!(trace(|now| bucket.take(now), times), ". . . . 250 150 1 . 250 . . . . . 250");
}

#[test]
fn every_rate_is_kept_over_time() {
    for mps in [COEXISTENCE_MPS, STANDARD_MPS, UPGRADED_MPS] {
        let mut bucket = NumberBucket::new(mps);
        let sent = (0..10_000).map(|tenth| (0..mps).filter(|_| bucket.take(at(tenth)).is_ok()).count()).sum::<usize>();
        let expected = mps as usize * 11;
        assert!(sent <= expected && sent + 1 >= expected - 1, "{mps}: {sent} of {expected}");
    }
}

#[test]
fn a_raised_rate_counts_at_once_and_zero_is_one() {
    let mut bucket = NumberBucket::new(0);
    assert_eq!(trace(|now| bucket.take(now), [0, 0]), ". 1000");
    bucket.set_rate(1_000);
    assert_eq!(trace(|now| bucket.take(now), [1, 1]), ". 1");
}

#[test]
fn a_clock_set_back_does_not_close_a_bucket() {
    let mut bucket = NumberBucket::new(1);
    assert_eq!(trace(|now| bucket.take(now), [86_400_000, 0, 1_000]), ". 1000 .");
    let mut pair = PairBucket::default();
    assert_eq!(trace(|now| pair.take(now), [86_400_000, 0, 1_000_000]), ". . .");
}

#[test]
fn a_recipient_gets_one_message_in_six_seconds() {
    let mut pair = PairBucket::default();
    assert_eq!(trace(|now| pair.take(now), (0..5).map(|n| n * 6_000)), ". . . . .");
    assert!(!pair.is_idle(at(29_999)) && pair.is_idle(at(30_000)));
}

#[test]
fn a_burst_borrows_from_the_future() {
    let mut pair = PairBucket::default();
    let burst = trace(|now| pair.take(now), (0..20).map(|n| n * 10));
    assert_eq!(burst, [". "; 20].concat().trim_end());
    assert_eq!(trace(|now| pair.take(now), [6_000, 60_000, 119_999, 120_000]), "114000 60000 1 .");

    let mut pair = PairBucket::default();
    let longest = trace(|now| pair.take(now), (0..46).map(|_| 0));
    assert_eq!(longest, [&". ".repeat(45), "270000"].concat());
}

#[test]
fn pauses_grow_and_end() {
    let pauses: Vec<i64> = (0..8).map(|n| pair_back_off(n).0 / 1_000).collect();
    assert_eq!(pauses, [1, 4, 16, 64, 256, 1024, 3600, 3600]);
    assert_eq!(pair_back_off(u32::MAX), PAIR_BACK_OFF_MAX);
    let pauses = |random| (0..11).map(|n| back_off(n, random).0).collect::<Vec<_>>();
    let shortest = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 150_000, 150_000];
    assert_eq!(pauses(0), shortest);
    for (longest, shortest) in pauses(u32::MAX).into_iter().zip(shortest) {
        assert!(longest >= 2 * shortest - 1 && longest < 2 * shortest, "{longest} and {shortest}");
    }
    assert_eq!(back_off(u32::MAX, 1 << 31), Millis(225_000));
}
