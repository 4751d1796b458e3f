//! How much one caller may ask for: a bucket of tokens for each account and class of operations (for each network where
//! nobody is signed in), refilled evenly. The provider's callbacks and the probes draw on none. Time is an input; memory is
//! bounded: past the bound full buckets are forgotten, which forgets nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;

use actix_web::http::header::HeaderName;
use domain::ids::{KeyId, UserId};
use domain::time::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::endpoint::RateClass;
use crate::problem::{Kind, Problem};

/// Buckets remembered at most.
const BUCKETS_MAX: usize = 50_000;
/// Seconds of the window that the limits speak of.
const WINDOW_S: u64 = 60;

/// Requests per minute and caller. Generous: they stop a client that runs wild, not one that works hard.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    pub read_per_minute: u32,
    pub write_per_minute: u32,
    pub send_per_minute: u32,
    /// Signing in and refreshing, per network.
    pub auth_per_minute: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { read_per_minute: 240_000, write_per_minute: 120_000, send_per_minute: 60_000, auth_per_minute: 1_200 }
    }
}

impl Rates {
    fn of(&self, class: RateClass) -> Option<u32> {
        match class {
            RateClass::Read => Some(self.read_per_minute),
            RateClass::Write => Some(self.write_per_minute),
            RateClass::Send => Some(self.send_per_minute),
            RateClass::Auth => Some(self.auth_per_minute),
            RateClass::Free => None,
        }
    }
}

/// Who draws on a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payer {
    User(UserId),
    Key(KeyId),
    Network(IpAddr),
}

/// All buckets.
#[derive(Debug)]
pub struct RateLimiter {
    rates: Rates,
    buckets: Mutex<BTreeMap<(Payer, &'static str), Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a request left.
    millis_left: u64,
    at: Timestamp,
}

/// What is left of a budget after a request; two response headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    class: &'static str,
    limit: u32,
    left: u32,
    /// Seconds until it is full again.
    full_in_s: u64,
}

impl Budget {
    /// `RateLimit-Policy` and `RateLimit`, as structured fields.
    pub(crate) fn headers(&self) -> [(HeaderName, String); 2] {
        [
            (HeaderName::from_static("ratelimit-policy"), format!("\"{}\";q={};w={WINDOW_S}", self.class, self.limit)),
            (HeaderName::from_static("ratelimit"), format!("\"{}\";r={};t={}", self.class, self.left, self.full_in_s)),
        ]
    }
}

impl RateLimiter {
    /// All buckets full.
    pub fn new(rates: Rates) -> Self {
        Self { rates, buckets: Mutex::default() }
    }

    /// Takes one request from a budget; `None` for classes without one. Errors: `rate-limited` with the wait.
    pub fn take(&self, payer: Payer, class: RateClass, now: Timestamp) -> Result<Option<Budget>, Problem> {
        let Some(limit) = self.rates.of(class) else { return Ok(None) };
        let limit = limit.max(1);
        let full = u64::from(limit) * 1_000;
        let mut buckets = self.buckets.lock();
        if buckets.len() >= BUCKETS_MAX {
            let rates = self.rates;
            buckets.retain(|(_, class), bucket| {
                let limit = class_of(class).and_then(|class| rates.of(class)).unwrap_or(1).max(1);
                bucket.refilled(limit, now) < u64::from(limit) * 1_000
            });
            if buckets.len() >= BUCKETS_MAX {
                buckets.pop_first();
            }
        }
        let bucket = buckets.entry((payer, class.name())).or_insert(Bucket { millis_left: full, at: now });
        let left = bucket.refilled(limit, now);
        *bucket = Bucket { millis_left: left.saturating_sub(1_000).min(left), at: now.max(bucket.at) };
        if left < 1_000 {
            bucket.millis_left = left;
            let wait_s = ((1_000 - left) * WINDOW_S).div_ceil(full);
            return Err(Problem::new(Kind::RateLimited).retry_after_s(wait_s).with("policy", class.name()));
        }
        let left = left - 1_000;
        Ok(Some(Budget {
            class: class.name(),
            limit,
            left: u32::try_from(left / 1_000).unwrap_or(u32::MAX),
            full_in_s: ((full - left) * WINDOW_S).div_ceil(full),
        }))
    }
}

impl Bucket {
    fn refilled(&self, limit: u32, now: Timestamp) -> u64 {
        let passed = u64::try_from((now - self.at).0).unwrap_or(0);
        // `limit` requests a minute are `limit / 60` thousandths of a request each millisecond.
        let gained = passed.saturating_mul(u64::from(limit)) / WINDOW_S;
        self.millis_left.saturating_add(gained).min(u64::from(limit) * 1_000)
    }
}

fn class_of(name: &str) -> Option<RateClass> {
    [RateClass::Read, RateClass::Write, RateClass::Send, RateClass::Auth].into_iter().find(|class| class.name() == name)
}

#[cfg(test)]
mod tests {
    use domain::time::Millis;

    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_795_251_600);
    const PAYER: Payer = Payer::User(UserId::from_u128(1));

    fn limiter() -> RateLimiter {
        RateLimiter::new(Rates { write_per_minute: 3, ..Rates::default() })
    }

    #[test]
    fn a_budget_runs_out_and_refills_evenly() {
        let limiter = limiter();
        let take = |at: Timestamp| limiter.take(PAYER, RateClass::Write, at);
        for left in [2, 1, 0] {
            assert_eq!(take(START).unwrap().unwrap().left, left);
        }
        assert_eq!(take(START).unwrap_err().kind(), Kind::RateLimited);
        assert!(take(START + Millis::seconds(19)).is_err());
        assert!(take(START + Millis::seconds(20)).is_ok());
        assert!(take(START + Millis::seconds(21)).is_err());
        assert_eq!(take(START + Millis::minutes(10)).unwrap().unwrap().left, 2);
    }

    #[test]
    fn budgets_are_apart_by_caller_and_class() {
        let limiter = limiter();
        let other = Payer::Network(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..3 {
            limiter.take(PAYER, RateClass::Write, START).unwrap();
        }
        assert!(limiter.take(PAYER, RateClass::Write, START).is_err());
        assert!(limiter.take(other, RateClass::Write, START).is_ok());
        assert!(limiter.take(PAYER, RateClass::Read, START).is_ok());
        assert_eq!(limiter.take(PAYER, RateClass::Free, START).unwrap(), None);
    }

    #[test]
    fn the_headers_name_policy_and_rest() {
        let limiter = limiter();
        let budget = limiter.take(PAYER, RateClass::Write, START).unwrap().unwrap();
        let [policy, left] = budget.headers();
        assert_eq!(policy.1, "\"write\";q=3;w=60");
        assert_eq!(left.1, "\"write\";r=2;t=20");
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = limiter();
        for number in 0..BUCKETS_MAX as u32 + 10 {
            let payer = Payer::Network(IpAddr::from(number.to_be_bytes()));
            limiter.take(payer, RateClass::Auth, START).unwrap();
        }
        assert!(limiter.buckets.lock().len() <= BUCKETS_MAX);
    }
}
