//! The two inputs no computation can make: the time and randomness. Everything else takes them from here.

use std::cell::RefCell;

use domain::time::Timestamp;

mod steady;
pub(crate) mod watch;

pub use steady::{Reading, Sources, SteadyClock, SystemSources};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
    /// The last times it was set to something that is not believed at once, oldest first.
    fn doubts(&self) -> Vec<Doubt> {
        Vec::new()
    }
}

/// A wall clock that said something else than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// Counts up from 1, one for each time it was set.
    pub n: u64,
    pub wall: Timestamp,
    pub expected: Timestamp,
    /// It still does.
    pub lasts: bool,
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp::from_millis(since_epoch.map_or(0, |elapsed| elapsed.as_millis() as i64))
    }
}

/// Gives random bits.
pub trait Entropy: Send + Sync + 'static {
    fn next(&self) -> u128;
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

/// Numbers asked of the system at a time.
const READY: usize = 64;

impl Entropy for OsEntropy {
    /// Each thread has some ready, because a system call for each was a hundredth of a webhook. What is given out is gone.
    fn next(&self) -> u128 {
        thread_local! {
            static BYTES: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
        }
        BYTES.with_borrow_mut(|ready| {
            if ready.is_empty() {
                ready.resize(READY, [0; 16]);
                getrandom::fill(ready.as_flattened_mut()).expect("the operating system has randomness");
            }
            let last = ready.last_mut().map(std::mem::take);
            ready.pop();
            u128::from_le_bytes(last.expect("it was just filled"))
        })
    }
}
