//! The desk: one loop that decides and appends, live views for reading, workers for everything that touches the world
//! outside, and queries with access applied. Knows no HTTP.
//!
//! [`Desk`] is the whole of it for callers: `run` for changes, `queries` for reading.

pub mod accounts;
pub mod analytics;
mod attendance;
pub mod attention;
pub mod audit;
pub mod automation;
pub mod background;
pub mod billing;
pub mod bulk;
pub mod campaigns;
pub mod channel_book;
pub mod clock;
pub mod cloud_api;
pub mod coaching;
mod codec;
pub mod contact_imports;
pub mod csat;
pub mod csv;
pub mod desk;
pub mod entries;
mod erasure;
pub mod event_feed;
pub mod explain;
pub mod gate;
mod health;
pub mod history;
mod kept;
pub mod knowledge;
pub mod live;
mod lookups;
pub mod media;
pub mod monitor;
pub mod notes;
mod outbox;
pub mod presence;
pub mod presets;
pub mod provider;
pub mod queries;
pub mod reach;
mod read_on;
mod receipts;
pub mod replies;
pub mod reports;
pub mod routing;
pub mod routing_simulation;
mod sealed;
pub mod search;
pub mod security;
pub mod segments;
pub mod simulations;
pub mod sla_compliance;
pub mod sla_preview;
pub mod snapshots;
mod templates;
#[cfg(test)]
mod testing;
mod timers;
pub mod webhooks;
pub mod workers;

/// What of the log shows through: stored events as they are.
pub mod log {
    pub use event_log::{ReadError, SealError, StoredEvent};

    pub use crate::codec::upcasts;
}

pub use clock::{Clock, Entropy, OsEntropy, SteadyClock, SystemClock};
pub use desk::{Asked, Desk, DeskConfig, Done, Failure, History, Idempotency, LogState, Once, OpenFailure};
pub use workers::{WorkerConfig, Workers};
