//! The loop: take what waits, decide each, append all with one sync, apply, answer. One thread, so decisions see a world
//! that nobody else changes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use domain::conversation::Status;
use domain::event::{Actor, Event};
use domain::step::Step;
use domain::time::Timestamp;
use domain::world::World;
use event_log::{AppendError, Group, KeyId, Writer};

use super::archive::LogArchive;
use super::group::group;
use super::job::{Apart, Job, Refused, panic_text};
use super::{Asked, BATCH_MAX, CONVERSATIONS_MAX, Failure, LogState, OpenFailure, Shared, startup};
use crate::live::Happened;
use crate::snapshots::make::StateCopy;
use crate::workers::gives_work;

/// Events of one append at most, beyond which the next command waits for the next.
const BATCH_EVENTS_MAX: usize = 8_192;
/// How long the loop sleeps without work before it has the head signed.
const IDLE: std::time::Duration = std::time::Duration::from_secs(5);

pub(super) struct DeskLoop {
    writer: Writer,
    world: World,
    shared: Arc<Shared>,
    jobs: Receiver<Box<dyn Job>>,
    /// Log time never runs backwards, whatever the clock does.
    last: Timestamp,
}

/// A command that was decided and waits for the sync.
struct Decided {
    job: Box<dyn Job>,
    /// `None`: it made nothing.
    group: Option<(Group, Vec<Arc<Happened>>)>,
}

impl DeskLoop {
    pub(super) fn new(writer: Writer, world: World, shared: Arc<Shared>, jobs: Receiver<Box<dyn Job>>) -> Self {
        // A machine that woke up in the past goes on where its log ended.
        let last = shared.clock.now().max(world.head_at);
        Self { writer, world, shared, jobs, last }
    }

    /// The first events of a new log, before anybody can ask for anything.
    pub(super) fn write_first(&mut self, actor: Actor, make: impl FnOnce(&mut Step<'_>)) -> Result<(), OpenFailure> {
        let now = self.now();
        let shared = self.shared.clone();
        let archive = LogArchive { reader: &shared.reader, users: Some(&shared.users) };
        let mut step = Step::new(&mut self.world, &archive, &shared.blinder, now, actor, shared.entropy.next());
        make(&mut step);
        let events = step.finish();
        let (group, told) = group(&mut self.world, events, None, now, None);
        match self.writer.append(vec![group]) {
            Ok(_) => {
                self.apply(&told);
                Ok(())
            }
            Err(error) => Err(OpenFailure::Io {
                path: self.shared.media_dir.clone(),
                source: std::io::Error::other(error.to_string()),
            }),
        }
    }

    pub(super) fn run(mut self) {
        let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH_MAX);
        loop {
            match self.jobs.recv_timeout(IDLE) {
                Ok(job) => batch.push(job),
                Err(RecvTimeoutError::Timeout) => {
                    let now = self.now().as_millis();
                    self.writer.sign_head(now);
                    // Who asks how the log is need not write to it to be told that there is space again.
                    if self.still_refused().is_none() {
                        self.set_state(LogState::Writable);
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while batch.len() < BATCH_MAX
                && let Ok(job) = self.jobs.try_recv()
            {
                batch.push(job);
            }
            let stop = batch.iter().any(|job| job.is_stop());
            self.shared.busy.store(true, Ordering::Relaxed);
            self.work(&mut batch);
            self.shared.busy.store(false, Ordering::Relaxed);
            if stop {
                break;
            }
        }
        let now = self.now().as_millis();
        if let Err(error) = self.writer.close(now) {
            tracing::error!(%error, "the log did not close cleanly");
        }
    }

    fn work(&mut self, batch: &mut Vec<Box<dyn Job>>) {
        let mut decided: Vec<Decided> = Vec::with_capacity(batch.len());
        let mut events = 0;
        let refused = self.still_refused();
        for mut job in batch.drain(..) {
            if let (Some(failure), None | Some(Apart::Copy(_))) = (&refused, job.apart()) {
                job.answer(Err(failure.clone()));
                continue;
            }
            if let Some(apart) = job.apart() {
                // Nothing that is already decided may still need the keys, or be in the copy.
                self.commit(std::mem::take(&mut decided));
                events = 0;
                let outcome = match apart {
                    Apart::Erase(keys) => self.erase(keys),
                    Apart::Copy(place) => self.copy().map(|(pos, copy)| {
                        *place = Some(copy);
                        pos
                    }),
                };
                job.answer(outcome);
                continue;
            }
            match self.decide(job) {
                Some(done) => {
                    events += done.group.as_ref().map_or(0, |(_, told)| told.len());
                    decided.push(done);
                }
                None => {
                    // The world may be half changed: write down what was decided before, then read it all back.
                    self.commit(std::mem::take(&mut decided));
                    self.rebuild();
                    events = 0;
                }
            }
            if events >= BATCH_EVENTS_MAX {
                self.commit(std::mem::take(&mut decided));
                events = 0;
            }
        }
        self.commit(decided);
        self.forget_idle();
    }

    fn erase(&mut self, keys: &[KeyId]) -> Result<u64, Failure> {
        for key in keys {
            self.writer.erase_key(*key).map_err(|error| {
                tracing::error!(%error, "a key cannot be destroyed");
                Failure::LogUnavailable { reason: "the key file cannot be written".to_owned() }
            })?;
            self.shared.kept.forget();
            self.shared.opened.forget();
        }
        Ok(self.writer.head())
    }

    /// The state as the log has it, and of which position.
    fn copy(&mut self) -> Result<(u64, StateCopy), Failure> {
        let views = self.shared.views.read().clone();
        let world = self.world.at_rest();
        let pos = views.position();
        if world.head != pos {
            tracing::error!(world = world.head, views = pos, "the world and the views are not at one position");
            return Err(Failure::Internal);
        }
        Ok((pos, StateCopy { world, views }))
    }

    /// `None`: the decision panicked; the caller has been told.
    fn decide(&mut self, mut job: Box<dyn Job>) -> Option<Decided> {
        let now = self.now();
        let shared = self.shared.clone();
        let archive = LogArchive { reader: &shared.reader, users: Some(&shared.users) };
        let Asked { actor, request } = job.asked();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let entropy = shared.entropy.next();
            let mut step = Step::new(&mut self.world, &archive, &shared.blinder, now, actor, entropy);
            match job.decide(&mut step) {
                Ok(key) => (step.finish(), key),
                Err(Refused) => {
                    assert!(step.is_empty(), "a rejected command leaves no event");
                    (step.finish(), None)
                }
            }
        }));
        match outcome {
            Ok((events, key)) if !events.is_empty() => {
                let group = group(&mut self.world, events, key, now, request);
                Some(Decided { job, group: Some(group) })
            }
            Ok(_) => Some(Decided { job, group: None }),
            Err(panic) => {
                tracing::error!(panic = panic_text(&*panic), "a decision panicked; the world is read back");
                job.answer(Err(Failure::Internal));
                None
            }
        }
    }

    fn commit(&mut self, decided: Vec<Decided>) {
        let mut waiting = Vec::with_capacity(decided.len());
        let (mut groups, mut told) = (Vec::new(), Vec::new());
        for Decided { job, group } in decided {
            if let Some((group, events)) = group {
                groups.push(group);
                told.extend(events);
            }
            waiting.push(job);
        }
        let outcome = if groups.is_empty() { Ok(()) } else { self.append(groups) };
        match outcome {
            Ok(()) => {
                self.apply(&told);
                self.world.fresh_keys.clear();
                let head = self.writer.head();
                self.shared.commands.fetch_add(waiting.len() as u64, Ordering::Relaxed);
                waiting.into_iter().for_each(|job| job.answer(Ok(head)));
            }
            Err(failure) => {
                // The world ran ahead of the log: back to what the log says before anybody decides again.
                self.rebuild();
                waiting.into_iter().for_each(|job| job.answer(Err(failure.clone())));
            }
        }
    }

    fn append(&mut self, groups: Vec<Group>) -> Result<(), Failure> {
        if let Err(error) = self.writer.ready_keys(KeyId(u64::from(self.world.next_seal))) {
            tracing::error!(%error, "no data keys can be made");
            return Err(Failure::LogUnavailable { reason: "the key file cannot be written".to_owned() });
        }
        self.shared.syncs.fetch_add(1, Ordering::Relaxed);
        match self.writer.append(groups) {
            Ok(results) => {
                self.set_state(LogState::Writable);
                match results.into_iter().find_map(Result::err) {
                    None => Ok(()),
                    Some(refused) => {
                        tracing::error!(%refused, "the log refused what the world allowed");
                        Err(Failure::Internal)
                    }
                }
            }
            Err(error) => Err(self.refusal(error)),
        }
    }

    /// While the log takes nothing, nobody decides: taking a decision back means reading the log.
    fn still_refused(&mut self) -> Option<Failure> {
        if self.state() == LogState::Writable {
            return None;
        }
        match self.writer.ready() {
            Ok(()) => None,
            Err(error) => Some(self.refusal(error)),
        }
    }

    fn refusal(&self, error: AppendError) -> Failure {
        match error {
            AppendError::DiskFull => {
                self.set_state(LogState::DiskFull);
                Failure::LogUnavailable { reason: "the disk is full".to_owned() }
            }
            AppendError::TooLarge { .. } => Failure::LogUnavailable { reason: error.to_string() },
            AppendError::Poisoned(_) => {
                if self.state() != LogState::Poisoned {
                    tracing::error!(%error, "the log is closed for writing");
                }
                self.set_state(LogState::Poisoned);
                Failure::LogUnavailable { reason: "a sync failed; restart to recover".to_owned() }
            }
        }
    }

    fn apply(&mut self, told: &[Arc<Happened>]) {
        let Some(newest) = told.last() else { return };
        self.shared.opened.tell(told);
        // A deadline that comes before all others wakes who sleeps until the next one.
        let sooner = {
            let mut views = self.shared.views.write();
            let before = views.next_due();
            told.iter().for_each(|happened| views.apply(&happened.recorded));
            views.next_due().is_some_and(|at| before.is_none_or(|before| at < before))
        };
        for Happened { recorded, .. } in told.iter().map(|happened| &**happened) {
            match &recorded.event {
                Event::UserCreated(_) | Event::UserChanged(_) | Event::UserPasswordChanged(_) => {
                    self.shared.users.write().apply(recorded);
                }
                Event::ChannelConnected(_) | Event::ChannelChanged(_) | Event::ChannelSecretRotated(_) => {
                    self.shared.channels.write().apply(recorded);
                }
                _ => {}
            }
        }
        let head = newest.recorded.pos;
        self.shared.applied.send_replace(head);
        if sooner || told.iter().any(|happened| gives_work(&happened.recorded.event)) {
            self.shared.work_applied.send_replace(head);
        }
    }

    /// Resolved conversations leave memory, and open ones when there are too many; they are loaded again when needed.
    fn forget_idle(&mut self) {
        let conversations = &mut self.world.conversations;
        if conversations.len() > CONVERSATIONS_MAX {
            conversations.clear();
        } else if conversations.len() > CONVERSATIONS_MAX / 2 {
            conversations.retain(|_, conversation| conversation.status != Status::Resolved);
        }
    }

    fn rebuild(&mut self) {
        match startup::world_again(&self.shared.reader, Some(&self.shared.snapshots)) {
            Ok(world) => self.world = world,
            Err(error) => {
                tracing::error!(%error, "the log cannot be read back");
                self.set_state(LogState::Poisoned);
            }
        }
    }

    fn now(&mut self) -> Timestamp {
        self.last = self.last.max(self.shared.clock.now());
        self.last
    }

    fn state(&self) -> LogState {
        LogState::from_u8(self.shared.state.load(Ordering::Acquire))
    }

    fn set_state(&self, state: LogState) {
        let value = match state {
            LogState::Writable => 0,
            LogState::DiskFull => 1,
            LogState::Poisoned => 2,
        };
        self.shared.state.store(value, Ordering::Release);
    }
}
