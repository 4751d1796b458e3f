//! When people write and when people work: an hour's share of a week, and shifts.

use domain::time::{Millis, Timestamp};

/// Of each hour of a weekday, by how much customers write: two peaks, and nights that are not empty.
const WEEKDAY: [f64; 24] = [
    0.10, 0.06, 0.05, 0.04, 0.05, 0.10, 0.25, 0.50, 0.90, 1.25, 1.45, 1.40, 1.15, 1.10, 1.30, 1.35, 1.25, 1.10, 0.95,
    0.85, 0.75, 0.55, 0.35, 0.20,
];
/// Of each day, from Monday.
const DAYS: [f64; 7] = [1.25, 1.10, 1.05, 1.00, 0.95, 0.60, 0.45];

/// Days since Monday, and the hour.
fn place(at: Timestamp) -> (usize, usize) {
    let hours = at.as_millis().div_euclid(Millis::hours(1).0);
    // 1 January 1970 was a Thursday.
    let day = (hours.div_euclid(24) + 3).rem_euclid(7);
    (day as usize, hours.rem_euclid(24) as usize)
}

/// The share of a week's conversations that begin in the hour of a time.
pub(super) fn share(at: Timestamp) -> f64 {
    let (day, hour) = place(at);
    DAYS[day] * WEEKDAY[hour] / (DAYS.iter().sum::<f64>() * WEEKDAY.iter().sum::<f64>())
}

/// When a person begins to work, by their number: early, at the usual time, late, and a few by night.
pub(super) fn begins(agent: usize) -> i64 {
    [7, 8, 9, 9, 10, 12, 13, 8, 9, 19][agent % 10]
}

/// Whether a person works on the day of a time: five of seven, fewer of them at weekends.
pub(super) fn works(agent: usize, at: Timestamp) -> bool {
    let (day, _) = place(at);
    match agent % 5 {
        0 => !matches!(day, 1 | 2),
        1 => !matches!(day, 0 | 3),
        _ => day < 5,
    }
}

/// The midnight before.
pub(super) fn midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis() - at.as_millis().rem_euclid(Millis::days(1).0))
}
