//! Plays a range: what came from outside at its time, what the desk decides by itself by its own functions, its deadlines at the
//! moment they come, and people who work as was learned of them.
//!
//! Taken from the log as it was: what customers write and when, and what each of their messages came to (answered or not, put aside,
//! resolved: [`super::learn`]); who is at their desk when; what bots and the phone app write; what people change in settings, tags
//! and priorities, and what they move to another team; contacts that are blocked or merged.
//!
//! Modelled: who answers what and when. Whoever is at their desk does one thing at a time; for each they take an effort drawn from
//! what was observed ([`super::service`]). They answer what is theirs in the queue's order, and where people take for themselves
//! take the first they may have room for. After an answer they do with the conversation what was done with it in reality.
//!
//! Not modelled: customers, who write the same at the same time however long they wait; what an answer says and whether it can be
//! delivered (a closed window, a failed send); notes and mentions; conversations that people gave each other within a team, or gave
//! back; people who work while they are not at their desk; and that people may work faster where more is waiting.

use std::collections::{BTreeMap, BTreeSet};

use super::chance::Chance;
use super::command::Command;
use super::fates::Fates;
use super::learn::{Learned, Mark};
use super::measures::{Gauge, Measures, Scope};
use super::scenario::{Scenario, Shift, turn};
use crate::event::{Actor, Event, Recorded, StreamId};
use crate::ids::*;
use crate::step::{Archive, Blind, Step};
use crate::time::Timestamp;
use crate::world::World;

mod facts;
mod people;
mod times;

use people::Doing;
use times::Times;

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Played {
    pub measures: Measures,
    pub fates: Fates,
}

/// What a run is made with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    pub archive: &'a dyn Archive,
    pub blind: &'a dyn Blind,
    pub learned: &'a Learned,
    pub chance: Chance,
    pub scenario: &'a Scenario,
}

/// See the module.
pub struct Run<'a> {
    means: Means<'a>,
    world: World,
    now: Timestamp,
    commands: u128,
    book: Book,
    times: Times,
    hands: BTreeMap<UserId, Doing>,
    /// Conversations of a queue that somebody is about to take.
    reserved: BTreeSet<ConversationId>,
    /// Hours that are not those of the log.
    hours: BTreeMap<UserId, Vec<Shift>>,
    gauge: Gauge,
    fates: Fates,
}

/// Which conversation of the log is which here, and where each stands.
#[derive(Debug, Default)]
struct Book {
    alias: BTreeMap<ConversationId, ConversationId>,
    marks: BTreeMap<ConversationId, Mark>,
    /// Open ones that somebody has.
    owned: BTreeMap<UserId, BTreeSet<ConversationId>>,
    owner: BTreeMap<ConversationId, UserId>,
    /// Episodes that began in this command.
    begun: Vec<(ConversationId, MessageId, (ConversationId, u64))>,
    /// Those whose next step is decided by an answer that was played.
    settled: BTreeMap<ConversationId, Mark>,
}

impl Book {
    /// The conversation here that stands for one of the log.
    fn here(&self, real: ConversationId) -> ConversationId {
        self.alias.get(&real).copied().unwrap_or(real)
    }
    fn mark(&self, id: ConversationId) -> Mark {
        self.marks.get(&id).copied().unwrap_or((id, None))
    }
}

impl<'a> Run<'a> {
    /// Begins in the world as it was, at the time of the range's first command.
    pub fn new(world: World, means: Means<'a>, scope: Scope, from: Timestamp) -> Self {
        let hours = means.scenario.hours();
        let mut run = Self {
            gauge: Gauge::new(scope, &world, from),
            means,
            now: from,
            commands: 0,
            book: Book::default(),
            times: Times::default(),
            hands: BTreeMap::new(),
            reserved: BTreeSet::new(),
            hours,
            fates: Fates::default(),
            world,
        };
        run.begin();
        run
    }

    fn begin(&mut self) {
        let known: Vec<_> = self.world.queues.board().entries().map(|entry| entry.id).collect();
        self.follow(&known.iter().copied().collect());
        let (scenario, now) = (self.means.scenario, self.now);
        let hours = self.hours.clone();
        self.decide(Actor::System, |step, book| {
            scenario.begin(step);
            for (user, shifts) in &hours {
                turn(step, *user, shifts.iter().any(|(from, to)| (*from..*to).contains(&now)));
            }
            for user in &scenario.removed {
                facts::give_back(step, book, *user, &|_| true);
            }
        });
        for (user, shifts) in hours {
            for (from, to) in shifts {
                self.times.shift(from, user);
                self.times.shift(to, user);
            }
        }
        let everybody: Vec<_> = self.world.users.keys().copied().collect();
        everybody.into_iter().for_each(|user| self.look_for_work(user));
    }

    /// A command of the log: first everything that comes before it, then what came from outside with it.
    pub fn command(&mut self, command: &Command) {
        self.advance(command.at());
        let (scenario, matters) = (self.means.scenario, &self.means.learned.matters);
        self.decide(command.events[0].actor, |step, book| facts::happen(step, book, command, scenario, matters));
    }

    /// Plays to the end.
    pub fn finish(mut self, until: Timestamp) -> Played {
        self.advance(until);
        Played { measures: self.gauge.finish(&self.world, self.now), fates: self.fates }
    }

    /// Decides something now, with what follows from it.
    fn decide(&mut self, actor: Actor, decide: impl FnOnce(&mut Step<'_>, &mut Book)) {
        self.commands += 1;
        let first = self.world.head + 1;
        let entropy = self.commands << 20;
        let mut step = Step::new(&mut self.world, self.means.archive, self.means.blind, self.now, actor, entropy)
            .with_automation_from_log();
        decide(&mut step, &mut self.book);
        let made = step.finish();
        self.world.fresh_keys.clear();
        let recorded = |((pending, version), pos): ((crate::event::Pending, u64), u64)| Recorded {
            pos,
            stream: pending.stream,
            version,
            event: pending.event,
            occurred_at: pending.occurred_at,
            recorded_at: self.now,
            actor: pending.actor,
        };
        let events: Vec<_> = made.into_iter().zip(first..).map(recorded).collect();
        self.after(&events);
    }

    fn after(&mut self, events: &[Recorded]) {
        for (id, message, real) in std::mem::take(&mut self.book.begun) {
            self.fates.begun(&self.world, id, message, real);
        }
        self.gauge.observe(&self.world, events);
        self.fates.observe(&self.world, events);
        let mut touched = BTreeSet::new();
        let mut people = BTreeSet::new();
        for recorded in events {
            match (&recorded.event, recorded.stream) {
                (Event::AgentAvailabilityChanged(event), _) => {
                    people.insert(event.user_id);
                }
                (Event::QueueChanged(event), _) => {
                    let inside = |entry: &&crate::queue::Entry| entry.queue_id() == event.queue_id;
                    touched.extend(self.world.queues.board().entries().filter(inside).map(|entry| entry.id));
                }
                (Event::SlaPolicyChanged(_), _) => self.times.look_again(),
                (_, StreamId::Conversation(id)) => {
                    touched.insert(id);
                }
                _ => {}
            }
        }
        people.extend(self.follow(&touched));
        people.into_iter().for_each(|user| self.look_for_work(user));
        touched.into_iter().for_each(|id| self.look_for_taker(id));
    }

    /// Looks where conversations stand now. Gives who may have something to do.
    fn follow(&mut self, touched: &BTreeSet<ConversationId>) -> BTreeSet<UserId> {
        let mut people = BTreeSet::new();
        for id in touched {
            if let Some(before) = self.book.owner.remove(id) {
                people.insert(before);
                if let Some(theirs) = self.book.owned.get_mut(&before) {
                    theirs.remove(id);
                }
            }
            let Some(entry) = self.world.queues.board().entry(*id) else { continue };
            self.times.follow(&self.world, entry);
            if let Some(user) = entry.assignee_id {
                self.book.owner.insert(*id, user);
                self.book.owned.entry(user).or_default().insert(*id);
                people.insert(user);
            }
        }
        people
    }
}
