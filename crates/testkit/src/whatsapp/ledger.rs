//! What happened: every call and every webhook attempt, in order, bounded. Tests assert on it; waiting on it does not poll.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

/// Entries of each kind kept.
const KEPT: usize = 50_000;

/// A call to the Graph API.
#[derive(Debug, Clone, Serialize)]
pub struct ApiCall {
    pub at_ms: i64,
    pub method: String,
    pub path: String,
    pub body: Value,
    /// The status answered; 0 where the connection was cut instead.
    pub status: u16,
}

/// A try to deliver a webhook.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    pub at_ms: i64,
    pub callback: String,
    #[serde(skip)]
    pub body: Vec<u8>,
    /// What the receiver answered; 0 for no answer.
    pub status: u16,
    pub latency_ms: u64,
}

/// A message that reached a customer's phone.
#[derive(Debug, Clone, Serialize)]
pub struct Delivered {
    pub at_ms: i64,
    pub to: String,
    pub phone_number_id: String,
    pub message_id: String,
    pub content: Value,
}

#[derive(Default)]
struct Entries {
    calls: VecDeque<ApiCall>,
    attempts: VecDeque<Attempt>,
    delivered: VecDeque<Delivered>,
}

/// See the module.
#[derive(Clone, Default)]
pub struct Ledger {
    entries: Arc<Mutex<Entries>>,
    changed: Arc<Notify>,
}

impl Ledger {
    pub(super) fn call(&self, call: ApiCall) {
        push(&mut self.entries.lock().calls, call);
        self.changed.notify_waiters();
    }
    pub(super) fn attempt(&self, attempt: Attempt) {
        push(&mut self.entries.lock().attempts, attempt);
        self.changed.notify_waiters();
    }
    pub(super) fn delivered(&self, delivered: Delivered) {
        push(&mut self.entries.lock().delivered, delivered);
        self.changed.notify_waiters();
    }

    /// Every call.
    pub fn calls(&self) -> Vec<ApiCall> {
        self.entries.lock().calls.iter().cloned().collect()
    }
    /// Calls that send something to a customer (read receipts and typing are not).
    pub fn sends(&self) -> Vec<ApiCall> {
        let is_send = |call: &&ApiCall| {
            call.method == "POST" && call.path.ends_with("/messages") && call.body.get("status").is_none()
        };
        self.entries.lock().calls.iter().filter(is_send).cloned().collect()
    }
    /// Every webhook attempt.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.entries.lock().attempts.iter().cloned().collect()
    }
    /// What reached a customer, by the digits or id they are sent to.
    pub fn delivered_to(&self, recipient: &str) -> Vec<Delivered> {
        self.entries.lock().delivered.iter().filter(|delivered| delivered.to == recipient).cloned().collect()
    }

    /// The newest of what reached a customer.
    pub fn newest_to(&self, recipient: &str) -> Option<Delivered> {
        self.entries.lock().delivered.iter().rev().find(|delivered| delivered.to == recipient).cloned()
    }

    /// Waits until something holds of the ledger; `false` when the time is up.
    pub async fn wait_until(&self, limit: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if holds(self) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(limit, wait).await.is_ok() || holds(self)
    }
}

fn push<T>(queue: &mut VecDeque<T>, entry: T) {
    if queue.len() == KEPT {
        queue.pop_front();
    }
    queue.push_back(entry);
}
