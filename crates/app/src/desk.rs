//! The desk loop and its front. A command is a closure over [`Step`]: it is run by the one thread that decides, its
//! events are synced together with those of everybody who waited meanwhile, applied to the views, and only then is it
//! answered. What the caller is told is therefore durable and readable.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use domain::event::Actor;
use domain::identity::BlindKey;
use domain::ids::RequestId;
use domain::rejection::Rejection;
use domain::step::{Blind, Step};
use event_log::{LogConfig, OpenError, Reader};
use parking_lot::{Mutex, RwLock};
use projections::Views;
use tokio::sync::oneshot;

use crate::accounts::UserBook;
use crate::channel_book::ChannelBook;
use crate::clock::watch::Noted;
use crate::clock::{Clock, Entropy};
use crate::codec::Unreadable;

pub(crate) mod archive;
#[cfg(test)]
mod claims;
mod group;
mod history;
mod job;
mod run_loop;
mod startup;

pub use history::History;
use job::{Job, TypedJob};

/// Commands waiting for the loop at most; past it callers are told to come back.
pub const QUEUE_MAX: usize = 4_096;
/// Of those, how many may come from outside. The rest is kept for our own workers, whose outcomes must be written down.
pub const QUEUE_EXTERNAL_MAX: usize = 3_072;
/// Commands decided and synced together at most.
pub const BATCH_MAX: usize = 512;
/// Conversations kept in memory at most, between commands.
pub const CONVERSATIONS_MAX: usize = 50_000;

/// What a desk needs to open.
pub struct DeskConfig {
    pub log: LogConfig,
    /// Where files lie.
    pub media_dir: PathBuf,
    /// Where the search index lies: a cache, made anew from the log where it is missing.
    pub search_dir: PathBuf,
    /// Where snapshots of the state lie: a cache, without which a start reads the whole log.
    pub snapshot_dir: PathBuf,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// The desk did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    #[error(transparent)]
    Log(#[from] OpenError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: std::io::Error },
}

/// Why a command has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Too many commands wait.
    #[error("the desk is busy")]
    Overloaded,
    /// The log takes nothing at the moment (`reason`), or not any more until a restart.
    #[error("the log cannot be written: {reason}")]
    LogUnavailable { reason: String },
    #[error("the desk is shutting down")]
    Draining,
    /// The key was used with another body.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// A bug of ours.
    #[error("internal error")]
    Internal,
}

/// A command's result, durable up to `pos`.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<T> {
    pub value: T,
    /// The log's head when it was answered: everything the command did is at or before it.
    pub pos: u64,
}

/// A caller's promise that two requests with one key are one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// Blinds principal, route and key.
    pub key: BlindKey,
    /// Blinds the body.
    pub fingerprint: BlindKey,
}

/// What an idempotent command gives: its own result, or what an earlier one with the same key left.
#[derive(Debug, Clone, PartialEq)]
pub enum Once<T> {
    First(T),
    /// The text the first one left (an id), and the position of its effect.
    Replay {
        resource: String,
        pos: u64,
    },
}

/// The front of the desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) shared: Arc<Shared>,
    /// The past it answers from; `None`: the present.
    pub(crate) then: Option<Arc<crate::history::Then>>,
}

pub(crate) struct Shared {
    pub(crate) reader: Reader,
    pub(crate) views: RwLock<Views>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_noted: Mutex<Noted>,
    /// The newest time in the log when it was opened.
    pub(crate) head_at_start: domain::time::Timestamp,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) users: RwLock<UserBook>,
    pub(crate) channels: RwLock<ChannelBook>,
    pub(crate) blinder: Blinder,
    pub(crate) media_dir: PathBuf,
    /// What of our files the provider has.
    pub(crate) uploads: Arc<crate::outbox::Uploads>,
    /// Read receipts and typing under way.
    pub(crate) receipts: crate::receipts::Receipts,
    /// The provider the workers were started with: for what people ask of it through the desk.
    pub(crate) provider: std::sync::OnceLock<Arc<dyn crate::provider::Provider>>,
    /// What was opened of late.
    pub(crate) kept: crate::kept::KeptOpen,
    /// The newest events, for those who follow.
    pub(crate) opened: crate::live::Opened,
    /// What colleagues do at this moment.
    pub(crate) signals: crate::live::signals::Signals,
    /// Who is connected.
    pub(crate) presence: crate::presence::Presence,
    /// Rights of keys that are connected.
    pub(crate) alike: Mutex<domain::access::Alike>,
    /// When keys were last used, beyond what is written down.
    pub(crate) key_uses: crate::security::KeyUses,
    /// The desk as it was.
    pub(crate) history: crate::history::machine::Machine,
    /// The position of the snapshot that the start began with; 0 where it began with the log.
    pub(crate) begun_after: u64,
    /// Whether a range of the log is being played.
    pub(crate) simulating: AtomicBool,
    pub(crate) search: crate::search::Searching,
    pub(crate) selecting: crate::campaigns::Selecting,
    pub(crate) snapshots: crate::snapshots::Shelf,
    pub(crate) past: crate::snapshots::past::Past,
    /// Second threads for long reports, one for every second processor.
    pub(crate) report_helpers: tokio::sync::Semaphore,
    queue: crossbeam_channel::Sender<Box<dyn Job>>,
    external: AtomicUsize,
    state: AtomicU8,
    draining: AtomicBool,
    /// The loop has taken commands that it has not answered yet.
    busy: AtomicBool,
    /// Commands and syncs so far, for metrics.
    pub(crate) commands: AtomicU64,
    pub(crate) syncs: AtomicU64,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    /// The newest position the views have.
    pub(crate) applied: tokio::sync::watch::Sender<u64>,
    /// The same, moved only by events that can give a worker something to do.
    pub(crate) work_applied: tokio::sync::watch::Sender<u64>,
}

/// Whether the log can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogState {
    Writable,
    /// Comes back by itself when there is space.
    DiskFull,
    /// Needs a restart.
    Poisoned,
}

impl LogState {
    fn from_u8(value: u8) -> Self {
        match value {
            0 => Self::Writable,
            1 => Self::DiskFull,
            _ => Self::Poisoned,
        }
    }
}

/// The log's keyed hash as the domain wants it.
#[derive(Clone)]
pub(crate) struct Blinder(Reader);

impl Blind for Blinder {
    fn blind(&self, text: &str) -> BlindKey {
        self.blind_parts(&[text])
    }
    fn blind_parts(&self, parts: &[&str]) -> BlindKey {
        BlindKey(self.0.blind_parts("frontdesk", parts))
    }
}

/// Who asks for a command, and the request it came with.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub actor: Actor,
    /// Stands in the events, so that a client finds its own among them.
    pub request: Option<RequestId>,
}

impl From<Actor> for Asked {
    fn from(actor: Actor) -> Self {
        Self { actor, request: None }
    }
}

/// Who hands in a command: requests from outside are turned away first when the desk is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Outside,
    Worker,
}

impl Desk {
    /// Opens the log, rebuilds the views and starts the loop.
    pub fn open(config: DeskConfig) -> Result<(Self, event_log::OpenReport), OpenFailure> {
        startup::open(config)
    }

    /// Runs a command for a caller from outside.
    pub async fn run<T, F>(&self, asked: impl Into<Asked>, decide: F) -> Result<Done<T>, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Step<'_>) -> Result<T, Rejection> + Send + 'static,
    {
        let (value, pos) = self.submit(Origin::Outside, asked.into(), None, |_| String::new(), decide).await?;
        match value {
            Once::First(value) => Ok(Done { value, pos }),
            Once::Replay { .. } => Err(Failure::Internal),
        }
    }

    /// Runs a command of one of our own workers: it waits for its turn instead of being turned away.
    pub async fn work<T, F>(&self, decide: F) -> Result<Done<T>, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Step<'_>) -> Result<T, Rejection> + Send + 'static,
    {
        let (value, pos) = self.submit(Origin::Worker, Actor::System.into(), None, |_| String::new(), decide).await?;
        match value {
            Once::First(value) => Ok(Done { value, pos }),
            Once::Replay { .. } => Err(Failure::Internal),
        }
    }

    /// Runs a command at most once per key. `resource` names what it made (at most 200 bytes).
    pub async fn run_once<T, F, R>(
        &self,
        asked: impl Into<Asked>,
        once: Option<Idempotency>,
        resource: R,
        decide: F,
    ) -> Result<Done<Once<T>>, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Step<'_>) -> Result<T, Rejection> + Send + 'static,
        R: FnOnce(&T) -> String + Send + 'static,
    {
        let (value, pos) = self.submit(Origin::Outside, asked.into(), once, resource, decide).await?;
        Ok(Done { value, pos })
    }

    async fn submit<T, F, R>(
        &self,
        origin: Origin,
        asked: Asked,
        once: Option<Idempotency>,
        resource: R,
        decide: F,
    ) -> Result<(Once<T>, u64), Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Step<'_>) -> Result<T, Rejection> + Send + 'static,
        R: FnOnce(&T) -> String + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let slot = self.admit(origin)?;
        let job = TypedJob::new(asked, once, decide, resource, answer, slot);
        if self.shared.queue.try_send(Box::new(job)).is_err() {
            return Err(Failure::Overloaded);
        }
        answered.await.unwrap_or(Err(Failure::Draining))
    }

    /// Destroys keys, between two commands. What they sealed can never be read again.
    pub(crate) async fn erase_keys(&self, keys: Vec<event_log::KeyId>) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        self.admit(Origin::Worker)?;
        if self.shared.queue.try_send(Box::new(job::EraseKeys::new(keys, answer))).is_err() {
            return Err(Failure::Overloaded);
        }
        answered.await.unwrap_or(Err(Failure::Draining))
    }

    /// A copy of the world and the views, both of the last position that is durable. Waits for the loop.
    pub(crate) fn copy_state(&self) -> Result<crate::snapshots::make::StateCopy, Failure> {
        let (answer, answered) = crossbeam_channel::bounded(1);
        self.admit(Origin::Worker)?;
        if self.shared.queue.try_send(Box::new(job::CopyState::new(answer))).is_err() {
            return Err(Failure::Overloaded);
        }
        answered.recv().unwrap_or(Err(Failure::Draining))
    }

    fn admit(&self, origin: Origin) -> Result<job::Slot, Failure> {
        if self.shared.draining.load(Ordering::Acquire) && origin == Origin::Outside {
            return Err(Failure::Draining);
        }
        match self.log_state() {
            LogState::Poisoned => {
                return Err(Failure::LogUnavailable { reason: "a sync failed; restart to recover".to_owned() });
            }
            LogState::Writable | LogState::DiskFull => {}
        }
        match origin {
            Origin::Worker => Ok(job::Slot::unlimited()),
            Origin::Outside => job::Slot::take(&self.shared, QUEUE_EXTERNAL_MAX).ok_or(Failure::Overloaded),
        }
    }

    /// Whether the log can be written.
    pub fn log_state(&self) -> LogState {
        LogState::from_u8(self.shared.state.load(Ordering::Acquire))
    }

    /// Whether the desk is shutting down.
    pub fn is_draining(&self) -> bool {
        self.shared.draining.load(Ordering::Acquire)
    }

    /// Whether commands wait, or are being decided and written.
    pub fn is_busy(&self) -> bool {
        self.shared.busy.load(Ordering::Relaxed) || !self.shared.queue.is_empty()
    }

    /// The log, for reading.
    pub fn reader(&self) -> &Reader {
        &self.shared.reader
    }

    /// The time; in the past, that of then.
    pub fn now(&self) -> domain::time::Timestamp {
        if let Some(moment) = self.past() {
            return moment.at;
        }
        self.shared.clock.now()
    }

    /// Random bits.
    pub fn entropy(&self) -> u128 {
        self.shared.entropy.next()
    }

    /// A keyed hash of a text.
    pub fn blind(&self, text: &str) -> BlindKey {
        self.shared.blinder.blind(text)
    }

    /// Looks at the live views, or at those of then. Keep it short: the loop waits for readers.
    pub fn view<T>(&self, look: impl FnOnce(&Views) -> T) -> T {
        if let Some(then) = &self.then {
            return look(&then.replica.views);
        }
        look(&self.shared.views.read())
    }

    /// The newest position that views and log have, without waiting for either.
    pub fn position(&self) -> u64 {
        if let Some(moment) = self.past() {
            return moment.pos;
        }
        *self.shared.applied.borrow()
    }

    /// The newest position that views and log have; changes are told without polling.
    pub fn applied(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.applied.subscribe()
    }

    /// What colleagues do at this moment.
    pub fn signals(&self) -> &crate::live::signals::Signals {
        &self.shared.signals
    }

    /// Who has a live connection open.
    pub fn presence(&self) -> &crate::presence::Presence {
        &self.shared.presence
    }

    /// Commands and syncs so far.
    pub fn work_counts(&self) -> (u64, u64) {
        (self.shared.commands.load(Ordering::Relaxed), self.shared.syncs.load(Ordering::Relaxed))
    }

    /// Where files lie.
    pub fn media_dir(&self) -> &std::path::Path {
        &self.shared.media_dir
    }

    /// Refuses new commands from outside; workers can still write down what they were doing. Whoever follows what is
    /// applied is woken to notice.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Release);
        self.shared.applied.send_modify(|_| ());
    }

    /// Ends the loop after what is queued, syncs and checkpoints. Blocks.
    pub fn close(&self) {
        self.drain();
        let thread = self.shared.thread.lock().take();
        if let Some(thread) = thread {
            self.shared.search.close();
            // The job tells the loop to stop once everything before it is done.
            let _ = self.shared.queue.send(Box::new(job::Stop));
            if thread.join().is_err() {
                tracing::error!("the desk loop ended with a panic");
            }
        }
    }
}
