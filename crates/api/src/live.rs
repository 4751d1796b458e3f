//! The live stream: one cursor over the log for each client, whatever carries it. [`connection`] is the protocol, knowing
//! no transport; [`socket`] carries it over a WebSocket, [`sse`] as server-sent events. What somebody sees is decided by
//! the desk (`app::live`); here it becomes frames. What the connections of one worker share is the [`switchboard`]'s.
//!
//! Nothing is queued for anybody: a connection that is ready to be told something asks what comes after its position. A
//! slow reader lags and is sent away at last, and can come back to where it stood.

mod asked;
pub(crate) mod connection;
pub(crate) mod connections;
mod encode;
pub(crate) mod limits;
pub(crate) mod line;
mod pages;
pub(crate) mod poll;
pub(crate) mod resume;
pub(crate) mod signalling;
mod snapshot;
pub(crate) mod socket;
pub(crate) mod sse;
pub(crate) mod switchboard;
pub(crate) mod tickets;
mod verdict;
mod wire;

use connections::Connections;
use encode::Cache;
use tickets::Tickets;

/// What all connections share.
#[derive(Debug, Default)]
pub struct Live {
    pub(crate) tickets: Tickets,
    pub(crate) connections: Connections,
    pub(crate) cache: Cache,
}
