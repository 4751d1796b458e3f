//! How a connection ended, and what that asks of a client: the hundreds of a close code say it.

use std::fmt;
use std::time::Duration;

use crate::exit::Exit;

/// What our own side closes with when a batch does not begin where we stand. It must never happen.
pub(super) const BROKEN_CHAIN: u16 = 4900;
/// A connection that lasted this long was a good one: the next failure is a first one.
const GOOD_AFTER: Duration = Duration::from_secs(60);
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What ended a connection.
#[derive(Debug)]
pub(crate) enum Cause {
    /// A close code, with what the goodbye before it said.
    Closed { code: u16, reason: String, after: Option<Duration> },
    /// The door stayed shut: an HTTP status.
    Refused { status: u16, detail: String, after: Option<Duration> },
    /// The first frame was not taken.
    NotTaken(String),
    /// No word for too long, or the network.
    Lost(String),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) cause: Cause,
    /// Zero where the server did not take us in.
    pub(super) lasted: Duration,
}

/// What to do now.
#[derive(Debug)]
pub(super) enum Next {
    /// Come back and go on; `None`: after a pause of our own choice.
    Resume {
        after: Option<Duration>,
    },
    /// The same with a new token.
    Renew,
    Stop(Exit),
}

impl Ended {
    pub(super) fn lasted(&self) -> Duration {
        self.lasted
    }

    pub(super) fn next(&self) -> Next {
        match &self.cause {
            Cause::Lost(_) => Next::Resume { after: None },
            Cause::NotTaken(_) => Next::Stop(Exit::config(self)),
            Cause::Refused { status: 401, .. } => Next::Renew,
            Cause::Refused { status: 429 | 500..=599, after, .. } => Next::Resume { after: *after },
            Cause::Refused { status: 403, .. } => Next::Stop(Exit::denied(self)),
            Cause::Refused { .. } => Next::Stop(Exit::unavailable(self)),
            Cause::Closed { code: 4100..4200, .. } => Next::Renew,
            // The first frame made no sense to it, and all that varies in ours was asked for.
            Cause::Closed { code: 4200, .. } if self.lasted.is_zero() => {
                Next::Stop(Exit::config(format!("{self}: look at --types, --open and --resume")))
            }
            Cause::Closed { code: 4203, .. } => Next::Stop(Exit::denied(self)),
            Cause::Closed { code: 4204, .. } => Next::Stop(Exit::temporary(self)),
            Cause::Closed { code: 4200..4300, .. } => Next::Stop(Exit::software(self)),
            Cause::Closed { after, .. } => Next::Resume { after: after.filter(|after| !after.is_zero()) },
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Closed { code: BROKEN_CHAIN, reason, .. } => write!(out, "the stream has a gap: {reason}"),
            Cause::Closed { code, reason, .. } => write!(out, "the server closed the stream: {code} {reason}"),
            Cause::Refused { status, detail, .. } => write!(out, "the server refused the stream: {status} {detail}"),
            Cause::NotTaken(detail) => write!(out, "the server did not take what was asked for: {detail}"),
            Cause::Lost(error) => write!(out, "the connection is lost: {error}"),
        }
    }
}

/// How long to wait before trying again, longer each time, and never the same as everybody else.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// After a connection that lasted this long.
    pub(super) fn pause(&mut self, lasted: Duration) -> Duration {
        if lasted >= GOOD_AFTER {
            self.failures = 0;
        }
        let most = PAUSE_FIRST.saturating_mul(1 << self.failures.min(10)).min(PAUSE_MAX);
        self.failures += 1;
        most.mul_f64(chance())
    }
}

/// Between 0 and 1; the middle where the machine has no randomness to give.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(code: u16, after_ms: u64) -> Next {
        let after = Some(Duration::from_millis(after_ms));
        Ended { cause: Cause::Closed { code, reason: String::new(), after }, lasted: Duration::ZERO }.next()
    }

    #[test]
    fn the_hundreds_of_a_close_code_say_what_to_do() {
        assert!(matches!(next(4001, 1_830), Next::Resume { after: Some(after) } if after.as_millis() == 1_830));
        assert!(matches!(next(4003, 0), Next::Resume { after: None }));
        assert!(matches!(next(1006, 0), Next::Resume { after: None }));
        assert!(matches!(next(BROKEN_CHAIN, 0), Next::Resume { after: None }));
        assert!(matches!(next(4100, 0), Next::Renew));
        assert!(matches!(next(4101, 0), Next::Renew));
        assert!(matches!(next(4203, 0), Next::Stop(_)));
        assert!(matches!(next(4206, 0), Next::Stop(_)));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_begin_anew_after_a_good_connection() {
        let mut backoff = Backoff::default();
        assert!(backoff.pause(Duration::ZERO) <= PAUSE_FIRST);
        for _ in 0..40 {
            assert!(backoff.pause(Duration::ZERO) <= PAUSE_MAX);
        }
        assert!(backoff.pause(GOOD_AFTER) <= PAUSE_FIRST);
    }
}
