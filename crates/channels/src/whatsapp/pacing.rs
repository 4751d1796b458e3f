//! How fast messages may leave: a bucket for each number, one for each recipient, and pauses after refusals. All pure: the
//! time and the random numbers come in. Used by the outbox, which keeps the buckets in memory; after a restart they begin
//! full, and the provider's refusals correct that.

use domain::time::{Millis, Timestamp};

/// Messages per second of a number.
pub const STANDARD_MPS: u32 = 80;
/// Of a number that is also used in the phone app.
pub const COEXISTENCE_MPS: u32 = 20;
/// Of a number whose throughput has been raised.
pub const UPGRADED_MPS: u32 = 1_000;

/// One recipient gets one message in this time, on average.
pub const PAIR_SPACING: Millis = Millis::seconds(6);
/// A burst to one recipient: at most this many within [`PAIR_SPACING`], paid for by silence afterwards.
pub const PAIR_BURST: u32 = 45;

/// Longest pause after refusals for one recipient.
pub const PAIR_BACK_OFF_MAX: Millis = Millis::hours(1);
/// First pause of the general back-off.
pub const BACK_OFF_FIRST: Millis = Millis::seconds(1);
/// Longest pause of the general back-off.
pub const BACK_OFF_MAX: Millis = Millis::minutes(5);

/// Microseconds, so that a thousand messages per second divide evenly.
const MICROS: i64 = 1_000;

/// A number's bucket. One second's worth may leave at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberBucket {
    mps: u32,
    /// When the bucket would be full, in microseconds since the epoch.
    full_at: i64,
}

impl NumberBucket {
    /// A full bucket. A rate of zero counts as one.
    pub fn new(mps: u32) -> Self {
        Self { mps: mps.max(1), full_at: i64::MIN }
    }

    /// Changes the rate and keeps what has been used.
    pub fn set_rate(&mut self, mps: u32) {
        self.mps = mps.max(1);
    }

    /// Takes a message's place.
    ///
    /// # Errors
    /// How long to wait for one.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Millis> {
        let now = now.as_millis().saturating_mul(MICROS);
        let second = 1_000 * MICROS;
        let each = second / i64::from(self.mps);
        // A clock that was set back must not close the bucket for long: never more than full of debt.
        self.full_at = self.full_at.clamp(now, now.saturating_add(second));
        let after = self.full_at + each;
        if after - now > second {
            return Err(Millis((after - now - second + MICROS - 1) / MICROS));
        }
        self.full_at = after;
        Ok(())
    }
}

/// A recipient's bucket: a burst may borrow from the future, and what was borrowed must pass in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PairBucket {
    burst_from: Timestamp,
    count: u32,
    free_at: Timestamp,
}

impl PairBucket {
    /// Takes a message's place.
    ///
    /// # Errors
    /// How long to wait for one.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Millis> {
        // A clock that was set back would otherwise keep the recipient waiting for as long.
        if now >= self.free_at || now < self.burst_from {
            *self = Self { burst_from: now, count: 1, free_at: now + PAIR_SPACING };
            return Ok(());
        }
        if now - self.burst_from < PAIR_SPACING && self.count < PAIR_BURST {
            self.count += 1;
            self.free_at = self.free_at + PAIR_SPACING;
            return Ok(());
        }
        Err(self.free_at - now)
    }

    /// Whether forgetting this bucket changes nothing.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        now >= self.free_at
    }
}

/// The pause after the n-th refusal (from 0) for going too fast to one recipient: 4^n seconds.
pub fn pair_back_off(refusals: u32) -> Millis {
    let seconds = 4i64.saturating_pow(refusals);
    Millis(seconds.saturating_mul(1_000)).min(PAIR_BACK_OFF_MAX)
}

/// The pause after the n-th failure (from 0): doubling from [`BACK_OFF_FIRST`] to [`BACK_OFF_MAX`], of which a random half
/// is left out, so that messages that failed together do not come back together. `random` is uniform over `u32`.
pub fn back_off(failures: u32, random: u32) -> Millis {
    let whole = BACK_OFF_FIRST.0.saturating_mul(2i64.saturating_pow(failures)).min(BACK_OFF_MAX.0);
    let half = whole / 2;
    // The share of the half that is kept; a u32 times at most 150 000 fits.
    Millis(half + ((half * i64::from(random)) >> 32))
}

#[cfg(test)]
mod tests;
