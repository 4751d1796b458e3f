//! Every limit of a live connection.

use std::time::Duration;

use domain::time::Millis;

/// Bytes of a frame from the client.
pub(crate) const FRAME_BYTES_MAX: usize = 16 * 1024;
/// Frames from one client in [`FRAMES_WINDOW`].
pub(crate) const FRAMES_MAX: u32 = 50;
pub(crate) const FRAMES_WINDOW: Duration = Duration::from_secs(10);
/// Frames that make no sense, after which a client is sent away.
pub(crate) const STRIKES_MAX: u32 = 3;
/// How long a client may take to say who it is.
pub(crate) const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// Connections of one network that have not said who they are.
pub(crate) const STRANGERS_MAX: usize = 20;
/// Connections of one person, and of one key.
pub(crate) const OF_USER_MAX: usize = 10;
pub(crate) const OF_KEY_MAX: usize = 50;
/// Items of a batch, and bytes of it. One item more than fits goes into the next. As little as is still cheap to send: a
/// reader that stopped reading holds one of them.
pub(crate) const ITEMS_MAX: usize = 200;
pub(crate) const BATCH_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one item's data, past which it only says where to read.
pub(crate) const ITEM_BYTES_MAX: usize = 64 * 1024;
/// Positions a client may have missed and still resume; as far as the trail of audiences reaches.
pub(crate) const REPLAY_MAX: u64 = projections::live::REACH;
/// Positions a client that reads too slowly may lag.
pub(crate) const LAG_MAX: u64 = 5_000;
/// How long writing to it may block, and how long with that lag.
pub(crate) const BLOCKED_MAX: Duration = Duration::from_secs(15);
pub(crate) const LAGGING_MAX: Duration = Duration::from_secs(1);
/// The longest silence, and when something is said to keep to it.
pub(crate) const HEARTBEAT_MS: u32 = 20_000;
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(18);
/// What is due by itself waits for the next beat, which is less than what is left of the silence.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// Positions passed in silence, after which the client is told where it stands.
pub(crate) const SILENT_MAX: u64 = 1_000;
/// How often the other end is asked whether it is there, and how long it may not answer. Seldom: a heartbeat that nobody
/// acknowledges ends the connection long before, see `server`.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(60);
pub(crate) const DEAD_AFTER: Duration = Duration::from_secs(150);
/// How long before a token's end the client is told.
pub(crate) const EXPIRY_NOTICE: Millis = Millis::seconds(60);
/// The age at which a connection is renewed.
pub(crate) const AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Conversations open at once.
pub(crate) const OPEN_MAX: usize = 20;
/// Rows of a snapshot in one frame.
pub(crate) const ROWS_PER_FRAME: usize = 100;
/// How often the counts are told at most.
pub(crate) const COUNTS_EVERY: Duration = Duration::from_secs(1);
/// How often the queues are told at most, and how often they are looked at while nothing happens: what came in an hour ago
/// is forgotten by itself.
pub(crate) const QUEUES_EVERY: Duration = Duration::from_secs(1);
pub(crate) const QUEUES_ANEW: Duration = Duration::from_secs(30);
/// How often campaigns are told at most.
pub(crate) const CAMPAIGNS_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked at who is connected.
pub(crate) const PRESENCE_EVERY: Duration = Duration::from_secs(1);
/// Frames of signals a second.
pub(crate) const SIGNALS_PER_SECOND: u32 = 20;
/// When the server stops, clients come back spread over this time.
pub(crate) const DRAIN_SPREAD_MS: u32 = 5_000;
/// A ticket's life, and tickets that are out at once.
pub(crate) const TICKET_LIFE: Millis = Millis::seconds(30);
pub(crate) const TICKETS_MAX: usize = 100_000;
