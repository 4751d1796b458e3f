//! The sends under way and the pace of their numbers. Lives as long as the process: a worker that is started again finds
//! its sends still counted. How many there may be bounds everything the outbox holds in memory, outcomes that the log
//! does not take at the moment included.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{ChannelId, MessageId};
use domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::pace::{NumberNews, Pace};
use crate::workers::Wake;

/// Sends under way at most, over all numbers.
pub(super) const AT_ONCE_MAX: usize = 256;

/// Shared by the worker and its sends.
#[derive(Clone)]
pub(crate) struct Flights(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    wake: Wake,
    landed: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) pace: Pace,
    /// The log took nothing: nobody may start before then.
    pub(super) log_pause: Option<Timestamp>,
    under_way: BTreeMap<MessageId, (ChannelId, Option<AbortHandle>)>,
    per_number: BTreeMap<ChannelId, usize>,
}

impl State {
    pub(super) fn has(&self, message: MessageId) -> bool {
        self.under_way.contains_key(&message)
    }
    pub(super) fn on(&self, channel: ChannelId) -> usize {
        self.per_number.get(&channel).copied().unwrap_or(0)
    }
    pub(super) fn room(&self) -> usize {
        AT_ONCE_MAX.saturating_sub(self.under_way.len())
    }
    pub(super) fn take_off(&mut self, message: MessageId, channel: ChannelId) {
        self.under_way.insert(message, (channel, None));
        *self.per_number.entry(channel).or_default() += 1;
    }
    fn land(&mut self, message: MessageId) {
        let Some((channel, _)) = self.under_way.remove(&message) else { return };
        if let Some(count) = self.per_number.get_mut(&channel) {
            *count -= 1;
            if *count == 0 {
                self.per_number.remove(&channel);
            }
        }
    }
}

/// One send's place, given back when it is dropped, however the send ends.
pub(super) struct Flight {
    flights: Flights,
    message: MessageId,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.state.lock().land(self.message);
        self.flights.0.landed.notify_waiters();
        self.flights.0.wake.wake();
    }
}

impl Flights {
    pub(crate) fn new(wake: Wake) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), wake, landed: Notify::new() }))
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.state.lock())
    }

    /// The place of a send that [`State::take_off`] has counted.
    pub(super) fn flight(&self, message: MessageId) -> Flight {
        Flight { flights: self.clone(), message }
    }

    /// Remembers how to end a send, unless it has ended already.
    pub(super) fn can_abort(&self, message: MessageId, handle: AbortHandle) {
        if let Some((_, abort)) = self.0.state.lock().under_way.get_mut(&message) {
            *abort = Some(handle);
        }
    }

    pub(super) fn learn(&self, channel: ChannelId, news: NumberNews, now: Timestamp) {
        self.0.state.lock().pace.learn(channel, news, now);
    }

    /// Waits until no send is under way.
    pub(super) async fn all_landed(&self) {
        loop {
            let landed = self.0.landed.notified();
            tokio::pin!(landed);
            landed.as_mut().enable();
            if self.0.state.lock().under_way.is_empty() {
                return;
            }
            landed.await;
        }
    }

    /// Ends every send where it stands.
    pub(super) fn abort_all(&self) {
        for (_, handle) in self.0.state.lock().under_way.values() {
            if let Some(handle) = handle {
                handle.abort();
            }
        }
    }
}
