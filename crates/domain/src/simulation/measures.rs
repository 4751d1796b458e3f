//! The figures of a range, read from events and from the world they lead to. What really happened and what was played are read by
//! the same code, so that a difference between two columns is never one of counting.

use std::collections::{BTreeMap, BTreeSet};

use super::spread::Spread;
use crate::conversation::{Clocks, Status};
use crate::event::message::Sender;
use crate::event::sla::is_of_promise;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::queue::QueueId;
use crate::sla::{CancelReason, Metric};
use crate::time::{Millis, Timestamp};
use crate::world::World;

mod promises;
mod seats;

pub use promises::Kept;
use promises::Promises;
use seats::Occupied;
pub use seats::Person;

/// Whose conversations count: those of some brands, or all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope(pub Option<BTreeSet<BrandId>>);

impl Scope {
    pub fn has(&self, brand: BrandId) -> bool {
        self.0.as_ref().is_none_or(|brands| brands.contains(&brand))
    }
    /// Whether a conversation counts.
    pub fn sees(&self, world: &World, id: ConversationId) -> bool {
        self.0.is_none() || brand_of(world, id).is_some_and(|brand| self.has(brand))
    }
}

/// The brand of a conversation, also of one that is over.
pub(super) fn brand_of(world: &World, id: ConversationId) -> Option<BrandId> {
    let (channel, _) = world.thread_of(id)?;
    world.channels.get(&channel).map(|channel| channel.config.brand_id)
}

/// What a range comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measures {
    /// Episodes that began.
    pub episodes: u64,
    pub resolved: u64,
    /// From the customer's first message of an episode to the first human reply to it (`frt_total`), of those that were given
    /// in the range.
    pub first_response: Spread,
    /// From when a conversation came into a queue, or back into it, to somebody having it.
    pub queue_wait: Spread,
    /// From the beginning of an episode to its end (`res_total`).
    pub resolution: Spread,
    pub kept: [Kept; 3],
    pub people: BTreeMap<UserId, Person>,
    /// The longest a queue was, where and when.
    pub longest_queue: Option<(QueueId, u32, Timestamp)>,
    /// Open conversations that nobody has at the end, and conversations whose customer waits.
    pub unassigned_at_end: u64,
    pub waiting_at_end: u64,
    /// Times a conversation came to another person than had it before in the same episode.
    pub reassigned: u64,
    /// Times a lease ran out.
    pub leases_expired: u64,
    pub spilled: u64,
}

impl Measures {
    pub fn kept(&self, metric: Metric) -> Kept {
        self.kept[metric.place()]
    }
}

/// Reads along. See [`Gauge::observe`].
#[derive(Debug)]
pub struct Gauge {
    scope: Scope,
    from: Timestamp,
    measures: Measures,
    /// By conversation and the beginning of its wait: a reply that failed is taken back.
    first_responses: BTreeMap<(ConversationId, Timestamp), Millis>,
    queue_waits: Vec<Millis>,
    resolutions: Vec<Millis>,
    /// Those that wait for somebody, since when.
    entered: BTreeMap<ConversationId, Timestamp>,
    /// Whoever had it last in its episode.
    owners: BTreeMap<ConversationId, UserId>,
    promises: Promises,
    occupied: Occupied,
}

impl Gauge {
    /// Before the range begins.
    pub fn new(scope: Scope, world: &World, from: Timestamp) -> Self {
        let mut gauge = Self {
            occupied: Occupied::new(world, &scope, from),
            scope,
            from,
            measures: Measures::default(),
            first_responses: BTreeMap::new(),
            queue_waits: Vec::new(),
            resolutions: Vec::new(),
            entered: BTreeMap::new(),
            owners: BTreeMap::new(),
            promises: Promises::default(),
        };
        for entry in world.queues.board().entries().filter(|entry| gauge.scope.has(entry.brand_id)) {
            if entry.waits_for_somebody() {
                gauge.entered.insert(entry.id, entry.entered_at);
            }
            gauge.owners.extend(entry.assignee_id.map(|user| (entry.id, user)));
        }
        gauge
    }

    /// Takes a command's events, in the world they led to.
    pub fn observe(&mut self, world: &World, events: &[Recorded]) {
        let Some(now) = events.first().map(|recorded| recorded.recorded_at) else { return };
        let mut touched = BTreeSet::new();
        for recorded in events {
            if let StreamId::Conversation(id) = recorded.stream
                && self.scope.sees(world, id)
            {
                touched.insert(id);
                self.of_conversation(id, recorded);
            }
        }
        for id in &touched {
            let entry = world.queues.board().entry(*id);
            match entry.filter(|entry| entry.waits_for_somebody()) {
                Some(entry) => {
                    self.entered.insert(*id, entry.entered_at);
                    self.look_at(world, entry.queue_id(), now);
                }
                None => {
                    self.entered.remove(id);
                }
            }
        }
        self.occupied.observe(world, &self.scope, events, now);
    }

    fn look_at(&mut self, world: &World, queue: QueueId, now: Timestamp) {
        let inside = world.queues.board().tallies(queue).filter(|(brand, _)| self.scope.has(*brand));
        let length = inside.map(|(_, tally)| tally.unassigned).sum();
        if self.measures.longest_queue.is_none_or(|(_, longest, _)| length > longest) {
            self.measures.longest_queue = Some((queue, length, now));
        }
    }

    fn person(&mut self, user: UserId) -> &mut Person {
        self.measures.people.entry(user).or_default()
    }

    fn of_conversation(&mut self, id: ConversationId, recorded: &Recorded) {
        match &recorded.event {
            Event::ConversationOpened(event) => {
                self.measures.episodes += u64::from(event.status != Status::Resolved);
            }
            Event::ConversationReopened(event) => {
                self.measures.episodes += 1;
                self.owners.remove(&id);
                self.owners.extend(event.assignee_id.map(|user| (id, user)));
            }
            Event::ConversationResolved(event) => {
                self.measures.resolved += 1;
                self.resolutions.push(event.res_total_ms);
                if let Some(user) = event.assignee_id {
                    self.person(user).resolved += 1;
                }
            }
            Event::ConversationAssigned(event) => {
                if let Some(user) = event.assignee_id.filter(|user| event.previous_assignee_id != Some(*user)) {
                    self.person(user).assigned += 1;
                    let before = self.owners.insert(id, user);
                    self.measures.reassigned += u64::from(before.is_some_and(|before| before != user));
                    if event.previous_assignee_id.is_none() {
                        let since = self.entered.remove(&id).unwrap_or(recorded.recorded_at);
                        self.queue_waits.push(recorded.recorded_at - since);
                    }
                }
            }
            Event::ConversationLeaseExpired(_) => self.measures.leases_expired += 1,
            Event::ConversationSpilled(_) => self.measures.spilled += 1,
            Event::MessageQueued(event) => {
                if let Sender::User(user) = event.sender {
                    self.person(user).answers += 1;
                }
                self.clocks(id, &event.clocks);
            }
            Event::MessageEchoed(event) => self.clocks(id, &event.clocks),
            Event::MessageResendRequested(event) => self.clocks(id, &event.clocks),
            Event::MessageRefused(event) => event.clocks.iter().for_each(|clocks| self.clocks(id, clocks)),
            Event::MessageStatusObserved(event) => event.clocks.iter().for_each(|clocks| self.clocks(id, clocks)),
            event if is_of_promise(event) => self.promises.apply(id, event),
            _ => {}
        }
    }

    fn clocks(&mut self, id: ConversationId, clocks: &Clocks) {
        let Some(t0) = clocks.t0 else { return };
        match clocks.first_response.filter(|first| first.at >= self.from) {
            Some(first) => self.first_responses.insert((id, t0), first.frt_total_ms),
            None => self.first_responses.remove(&(id, t0)),
        };
    }

    /// The figures, at the range's end.
    pub fn finish(mut self, world: &World, now: Timestamp) -> Measures {
        let counted = world.queues.board().entries().filter(|entry| self.scope.has(entry.brand_id));
        let (mut unassigned, mut waiting) = (0, 0);
        for entry in counted {
            unassigned += u64::from(entry.waits_for_somebody());
            waiting += u64::from(entry.waiting_since.is_some());
        }
        self.occupied.finish(now, &mut self.measures.people);
        Measures {
            first_response: Spread::of(self.first_responses.into_values().collect()),
            queue_wait: Spread::of(self.queue_waits),
            resolution: Spread::of(self.resolutions),
            kept: self.promises.kept(),
            unassigned_at_end: unassigned,
            waiting_at_end: waiting,
            ..self.measures
        }
    }
}

/// Whether a promise became part of another and is judged there.
const fn is_merged(reason: CancelReason) -> bool {
    matches!(reason, CancelReason::WaitResumed)
}
