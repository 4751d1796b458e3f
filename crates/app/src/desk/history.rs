//! A desk whose past is made by a program: the same decisions over the same world into the same log, at times that are given
//! instead of told by a clock. For `frontdesk generate`, which needs a year in minutes.
//!
//! Deliberately absent: views, workers, and anybody who waits for an answer; so thousands of decisions share one sync. A
//! log that was made here is opened by [`super::Desk`] like any other.

use std::sync::Arc;

use domain::event::workspace::WorkspaceOpened;
use domain::event::{Actor, StreamId};
use domain::ids::ConversationId;
use domain::rejection::Rejection;
use domain::settings::{Settings, courtesy_keys};
use domain::sla::settle::fire;
use domain::step::{Blind, Step};
use domain::time::Timestamp;
use domain::world::World;
use event_log::{Group, KeyId, LogConfig, Reader, Writer};

use super::archive::LogArchive;
use super::group::group;
use super::{Blinder, OpenFailure, startup};
use crate::clock::Entropy;
use crate::codec::upcasts;

/// Events of one append.
const APPEND_EVENTS: usize = 8_192;
/// Look-up keys that stay in memory after their events were stored, at most: most are asked for again within minutes.
const KEYS_KEPT: usize = 400_000;
/// Conversations that nobody needs any more are dropped in such numbers: each drop needs what was decided to be stored.
const FORGET_AT: usize = 512;

/// See the module.
pub struct History {
    writer: Writer,
    reader: Reader,
    blinder: Blinder,
    entropy: Arc<dyn Entropy>,
    world: World,
    /// Decided and not yet stored.
    groups: Vec<Group>,
    waiting: usize,
    forgotten: Vec<ConversationId>,
    /// Log time never runs backwards.
    last: Timestamp,
}

impl History {
    /// Begins a log that does not exist yet.
    pub fn begin(log: LogConfig, entropy: Arc<dyn Entropy>, at: Timestamp) -> Result<Self, OpenFailure> {
        let dir = log.dir.clone();
        let (writer, reader, _) = event_log::open(log, upcasts(), at.as_millis())?;
        if reader.head() > 0 {
            let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "there is a log already");
            return Err(OpenFailure::Io { path: dir, source });
        }
        // Read although it is empty: from then on the log knows which keys are not in it.
        let world = startup::world_again(&reader, None)?;
        let blinder = Blinder(reader.clone());
        let (groups, forgotten) = (Vec::new(), Vec::new());
        let mut history = Self { writer, reader, blinder, entropy, world, groups, waiting: 0, forgotten, last: at };
        history.decide(at, Actor::System, |step| {
            let settings = Settings::default();
            let courtesy_keys = courtesy_keys(step.blind, &settings);
            step.emit(StreamId::Workspace, WorkspaceOpened { settings, courtesy_keys });
        })?;
        Ok(history)
    }

    /// Everything that was decided so far.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The keyed hash of a text.
    pub fn blind(&self) -> &dyn Blind {
        &self.blinder
    }

    /// Decides something that can not be refused.
    pub fn decide<T>(
        &mut self,
        at: Timestamp,
        actor: Actor,
        decide: impl FnOnce(&mut Step<'_>) -> T,
    ) -> Result<T, OpenFailure> {
        self.last = self.last.max(at);
        let archive = LogArchive { reader: &self.reader, users: None };
        let entropy = self.entropy.next();
        let mut step = Step::new(&mut self.world, &archive, &self.blinder, self.last, actor, entropy);
        let answer = decide(&mut step);
        let events = step.finish();
        if !events.is_empty() {
            self.waiting += events.len();
            let (group, _) = group(&mut self.world, events, None, self.last, None);
            self.groups.push(group);
        }
        if self.waiting >= APPEND_EVENTS {
            self.store()?;
        }
        Ok(answer)
    }

    /// Decides something that the desk may refuse: then nothing happened.
    pub fn try_decide<T>(
        &mut self,
        at: Timestamp,
        actor: Actor,
        decide: impl FnOnce(&mut Step<'_>) -> Result<T, Rejection>,
    ) -> Result<Result<T, Rejection>, OpenFailure> {
        self.decide(at, actor, |step| {
            let outcome = decide(step);
            assert!(outcome.is_ok() || step.is_empty(), "a rejected command leaves no event");
            outcome
        })
    }

    /// What falls due by itself until a time happens, each at its moment: promises, leases, places in queues. Snoozes are
    /// the caller's, who knows of them.
    pub fn pass(&mut self, until: Timestamp) -> Result<(), OpenFailure> {
        loop {
            let promise = self.world.sla.due(until, 1).pop();
            let place = self.world.queues.board().due(until, 1).pop();
            match (promise, place) {
                (Some((at, id)), place) if place.is_none_or(|(other, ..)| at <= other) => {
                    self.decide(at, Actor::System, |step| fire(step, id))?;
                    if self.world.sla.due(until, 1).pop() == Some((at, id)) {
                        return Ok(());
                    }
                }
                (_, Some((at, id, what))) => {
                    self.decide(at, Actor::System, |step| domain::routing::due::due(step, id, what, at))?;
                    if self.world.queues.board().due(until, 1).pop() == Some((at, id, what)) {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// A conversation in which nothing more happens leaves memory; it is loaded again when something does.
    pub fn forget(&mut self, id: ConversationId) -> Result<(), OpenFailure> {
        self.forgotten.push(id);
        if self.forgotten.len() >= FORGET_AT {
            self.store()?;
        }
        Ok(())
    }

    /// Events so far.
    pub fn head(&self) -> u64 {
        self.world.head
    }

    /// Stores the rest and closes the log cleanly.
    pub fn close(mut self) -> Result<(), OpenFailure> {
        self.store()?;
        let failed = |error: event_log::CheckpointError| failure(&error);
        self.writer.close(self.last.as_millis()).map_err(failed)
    }

    fn store(&mut self) -> Result<(), OpenFailure> {
        let groups = std::mem::take(&mut self.groups);
        self.waiting = 0;
        if !groups.is_empty() {
            self.writer.ready_keys(KeyId(u64::from(self.world.next_seal))).map_err(|error| failure(&error))?;
            let stored = self.writer.append(groups).map_err(|error| failure(&error))?;
            if let Some(refused) = stored.into_iter().find_map(Result::err) {
                return Err(failure(&refused));
            }
            if self.world.fresh_keys.len() > KEYS_KEPT {
                self.world.fresh_keys.clear();
            }
        }
        for id in self.forgotten.drain(..) {
            self.world.conversations.remove(&id);
        }
        Ok(())
    }
}

fn failure(error: &dyn std::fmt::Display) -> OpenFailure {
    OpenFailure::Io { path: "log".into(), source: std::io::Error::other(error.to_string()) }
}
