//! The brake on guessing passwords: per account (five free failures, then waits that double up to a quarter
//! of an hour) and per network (an IPv4 address or an IPv6 /64). Time is an input. Memory is bounded: past
//! the bound the entries that matter least are forgotten first.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;

use crate::problem::{Kind, Problem};

/// Failures of one account before waits begin.
const FREE_FAILURES: u32 = 5;
/// The longest wait of one account.
const WAIT_MAX: Millis = Millis::minutes(15);
/// Failures of one account in a row after which only an administrator's new password helps (NIST: at most 100).
const FAILURES_MAX: u32 = 100;
/// After this long without a failure an account starts afresh, unless it has reached [`FAILURES_MAX`].
const FORGET_AFTER: Millis = Millis::hours(24);
/// Failures of one network per minute.
const NETWORK_FAILURES_PER_MINUTE: u32 = 20;
/// Accounts, and networks, remembered at most.
const ENTRIES_MAX: usize = 50_000;

/// Counts failures and says who has to wait.
#[derive(Debug, Default)]
pub struct LoginThrottle {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<[u8; 32], Account>,
    networks: BTreeMap<IpAddr, Network>,
}

#[derive(Debug, Clone, Copy)]
struct Account {
    failures: u32,
    last: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Network {
    minute: i64,
    failures: u32,
}

impl LoginThrottle {
    /// Whether this account may be tried from this address now. Errors: `login-throttled` with the wait.
    ///
    /// A permitted try counts as a failure until [`Self::succeeded`] takes it back: parallel guesses would
    /// otherwise all be let through before the first of them has failed.
    pub fn admit(&self, email: &str, from: IpAddr, now: Timestamp) -> Result<(), Problem> {
        let (account, network) = (account_key(email), network_of(from));
        let mut state = self.state.lock();
        state.forget_some(now);
        let minute = now.as_millis().div_euclid(60_000);
        let known = state.accounts.get(&account).copied().filter(|each| !each.is_over(now));
        if let Some(wait) = known.and_then(|each| each.wait_left(now)) {
            return Err(throttled(wait));
        }
        let used = state.networks.get(&network).filter(|each| each.minute == minute).map_or(0, |each| each.failures);
        if used >= NETWORK_FAILURES_PER_MINUTE {
            return Err(throttled(Timestamp::from_millis((minute + 1) * 60_000) - now));
        }
        let failures = known.map_or(0, |each| each.failures) + 1;
        state.accounts.insert(account, Account { failures, last: now });
        state.networks.insert(network, Network { minute, failures: used + 1 });
        Ok(())
    }

    /// Somebody who manages accounts gave it a new password: it may be tried again.
    pub fn reset(&self, email: &str) {
        self.state.lock().accounts.remove(&account_key(email));
    }

    /// The password was right: the account is free again and the network has one failure less.
    pub fn succeeded(&self, email: &str, from: IpAddr) {
        let mut state = self.state.lock();
        state.accounts.remove(&account_key(email));
        if let Some(network) = state.networks.get_mut(&network_of(from)) {
            network.failures = network.failures.saturating_sub(1);
        }
    }
}

impl Account {
    fn wait_left(self, now: Timestamp) -> Option<Millis> {
        if self.failures < FREE_FAILURES {
            return None;
        }
        if self.failures >= FAILURES_MAX {
            return Some(WAIT_MAX);
        }
        let doublings = (self.failures - FREE_FAILURES).min(10);
        let wait = Millis::seconds(1 << doublings).min(WAIT_MAX);
        let left = (self.last + wait) - now;
        (left > Millis(0)).then_some(left)
    }

    fn is_over(self, now: Timestamp) -> bool {
        self.failures < FAILURES_MAX && now - self.last > FORGET_AFTER
    }
}

impl State {
    fn forget_some(&mut self, now: Timestamp) {
        let minute = now.as_millis().div_euclid(60_000);
        if self.networks.len() >= ENTRIES_MAX {
            self.networks.retain(|_, each| each.minute == minute);
        }
        if self.networks.len() >= ENTRIES_MAX {
            self.networks.pop_first();
        }
        if self.accounts.len() >= ENTRIES_MAX {
            self.accounts.retain(|_, each| each.failures >= FREE_FAILURES && !each.is_over(now));
        }
        if self.accounts.len() >= ENTRIES_MAX {
            self.accounts.pop_first();
        }
    }
}

fn throttled(wait: Millis) -> Problem {
    let seconds = wait.0.max(0) as u64;
    Problem::new(Kind::LoginThrottled).retry_after_s(seconds.div_ceil(1_000))
}

/// Accounts are remembered by the hash of their address: the map holds nobody's e-mail.
fn account_key(email: &str) -> [u8; 32] {
    *blake3::hash(email.trim().to_lowercase().as_bytes()).as_bytes()
}

/// Whoever has one IPv6 address usually has its whole /64.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_795_251_600);

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn five_failures_are_free_then_waits_double() {
        let throttle = LoginThrottle::default();
        for last in 0..5 {
            throttle.admit("ana@example.com", address(last), START).unwrap();
        }
        let refused = throttle.admit("ANA@example.com", address(9), START).unwrap_err();
        assert_eq!(refused.kind(), Kind::LoginThrottled);
        throttle.admit("ana@example.com", address(9), START + Millis::seconds(1)).unwrap();
        assert!(throttle.admit("ana@example.com", address(9), START + Millis::seconds(2)).is_err());
        throttle.admit("ana@example.com", address(9), START + Millis::seconds(3)).unwrap();
        throttle.admit("ben@example.com", address(9), START).unwrap();
    }

    #[test]
    fn success_frees_the_account() {
        let throttle = LoginThrottle::default();
        for _ in 0..5 {
            throttle.admit("ana@example.com", address(1), START).unwrap();
        }
        throttle.succeeded("ana@example.com", address(1));
        throttle.admit("ana@example.com", address(1), START).unwrap();
    }

    #[test]
    fn a_network_has_twenty_tries_a_minute_whatever_the_account() {
        let throttle = LoginThrottle::default();
        let inside = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, host]);
        for host in 0..20 {
            throttle.admit(&format!("user{host}@example.com"), inside(host), START).unwrap();
        }
        assert!(throttle.admit("other@example.com", inside(99), START).is_err());
        throttle.admit("other@example.com", inside(99), START + Millis::minutes(1)).unwrap();
        throttle.admit("another@example.com", address(1), START).unwrap();
    }

    #[test]
    fn a_hundred_failures_stop_until_somebody_resets() {
        let throttle = LoginThrottle::default();
        let mut now = START;
        for _ in 0..FAILURES_MAX {
            throttle.admit("ana@example.com", address(1), now).unwrap();
            now = now + Millis::minutes(16);
        }
        assert!(throttle.admit("ana@example.com", address(1), now + Millis::days(30)).is_err());
        throttle.reset("ana@example.com");
        throttle.admit("ana@example.com", address(1), now + Millis::days(30)).unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = LoginThrottle::default();
        for number in 0..ENTRIES_MAX as u32 + 100 {
            throttle.admit(&format!("{number}@example.com"), IpAddr::from(number.to_be_bytes()), START).unwrap();
        }
        let state = throttle.state.lock();
        assert!(state.accounts.len() <= ENTRIES_MAX && state.networks.len() <= ENTRIES_MAX);
    }
}
