//! Who sent what when, and who has it: shared by the webhooks' side and the readers' side of a benchmark. Messages are
//! numbered, and their text says the number.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

use super::histogram::Histogram;

/// Messages whose times are kept; a number comes round again long after nobody waits for it.
const KEPT: u64 = 1 << 18;

/// See the module.
pub(super) struct Tally {
    begun: Instant,
    next: AtomicU64,
    sent: Vec<AtomicU64>,
    answered: Vec<AtomicU64>,
    /// How many readers are to have each message.
    everybody: AtomicU32,
    /// Deliveries that are still to come, and below how many the next message goes out; who waits for that is told.
    owed: AtomicI64,
    owed_max: AtomicI64,
    fewer_owed: Notify,
    /// When the watched readers had a message: number and time.
    watched: std::sync::Mutex<Vec<(u64, u64)>>,
    /// From sending to each delivery.
    pub(super) to_frame: Histogram,
    /// From sending to the 200.
    pub(super) to_answer: Histogram,
    pub(super) deliveries: AtomicU64,
    pub(super) answers: AtomicU64,
    pub(super) refusals: AtomicU64,
    /// Batches that did not begin where their reader stood.
    pub(super) breaks: AtomicU64,
    /// Connections that ended.
    pub(super) ended: AtomicU64,
}

impl Tally {
    pub(super) fn new() -> Self {
        let times = || (0..KEPT).map(|_| AtomicU64::new(0)).collect();
        Self {
            begun: Instant::now(),
            next: AtomicU64::new(1),
            sent: times(),
            answered: times(),
            everybody: AtomicU32::new(0),
            owed: AtomicI64::new(0),
            owed_max: AtomicI64::new(0),
            fewer_owed: Notify::new(),
            watched: std::sync::Mutex::default(),
            to_frame: Histogram::new(),
            to_answer: Histogram::new(),
            deliveries: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            breaks: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }
    }

    /// Nanoseconds since it began.
    pub(super) fn now(&self) -> u64 {
        self.begun.elapsed().as_nanos() as u64
    }

    /// The number of the next message.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn sends(&self, number: u64, at: u64) {
        self.answered[slot(number)].store(0, Ordering::Relaxed);
        self.sent[slot(number)].store(at, Ordering::Release);
    }

    pub(super) fn answered(&self, number: u64) {
        let now = self.now();
        self.answered[slot(number)].store(now, Ordering::Release);
        self.to_answer.add(now - self.sent[slot(number)].load(Ordering::Acquire));
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it has its 200.
    pub(super) fn was_answered(&self, number: u64) -> bool {
        self.answered[slot(number)].load(Ordering::Acquire) > 0
    }

    /// A reader has it. What it has is counted with [`Tally::count`].
    pub(super) fn delivered(&self, number: u64, now: u64, watched: bool) {
        let sent = self.sent[slot(number)].load(Ordering::Acquire);
        self.to_frame.add(now.saturating_sub(sent));
        if watched && let Ok(mut seen) = self.watched.lock() {
            seen.push((number, now));
        }
    }

    /// So many deliveries more: once for all that a reader found, or the readers spend their time on this number.
    pub(super) fn count(&self, deliveries: u64) {
        if deliveries == 0 {
            return;
        }
        self.deliveries.fetch_add(deliveries, Ordering::Relaxed);
        let before = self.owed.fetch_sub(deliveries as i64, Ordering::AcqRel);
        let (after, most) = (before - deliveries as i64, self.owed_max.load(Ordering::Relaxed));
        if (after < most && before >= most) || after <= 0 {
            self.fewer_owed.notify_waiters();
        }
    }

    /// So many readers are everybody.
    pub(super) fn expect(&self, readers: usize) {
        self.everybody.store(readers as u32, Ordering::Relaxed);
    }

    /// Nothing is owed, and never more than so many messages make.
    pub(super) fn owe_at_most(&self, messages: usize) {
        let most = messages as i64 * i64::from(self.everybody.load(Ordering::Relaxed));
        self.owed_max.store(most, Ordering::Relaxed);
        self.owed.store(0, Ordering::Release);
    }

    /// Waits until one more may be owed, and owes it.
    pub(super) async fn owe_one_more(&self) {
        let everybody = i64::from(self.everybody.load(Ordering::Relaxed));
        let most = self.owed_max.load(Ordering::Relaxed);
        self.when_owed(|owed| (owed < most).then_some(owed + everybody)).await;
    }

    /// Waits until everybody has everything.
    pub(super) async fn nothing_owed(&self) {
        self.when_owed(|owed| (owed <= 0).then_some(owed)).await;
    }

    async fn when_owed(&self, change: impl Fn(i64) -> Option<i64>) {
        loop {
            // Asked for before looking, so that nothing is missed in between.
            let told = self.fewer_owed.notified();
            if self.owed.fetch_update(Ordering::AcqRel, Ordering::Acquire, &change).is_ok() {
                return;
            }
            told.await;
        }
    }

    /// How long after the 200 watched readers had the frame, in milliseconds; before it is less than none.
    pub(super) fn after_the_answer(&self) -> Vec<f64> {
        let seen = self.watched.lock().map(|mut seen| std::mem::take(&mut *seen)).unwrap_or_default();
        let after = |(number, at): (u64, u64)| {
            let answered = self.answered[slot(number)].load(Ordering::Acquire);
            (answered > 0).then(|| (at as f64 - answered as f64) / 1e6)
        };
        seen.into_iter().filter_map(after).collect()
    }
}

fn slot(number: u64) -> usize {
    (number % KEPT) as usize
}
