//! The range as it was, with every decision of the desk made again and held against the log's: same conversation, same person,
//! same reasons, same order. When the worker of timers looked, and at what, is taken from the log; what came of it is not.

use crate::conversation::change_status::snooze_due;
use crate::conversation::inactivity;
use crate::event::routing::Trigger;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::ConversationId;
use crate::queue::Due;
use crate::routing::due::due;
use crate::sla::settle::fire;
use crate::step::{Archive, Blind, Step};
use crate::world::World;

use super::command::{Command, is_decided, is_step_after};
use super::measures::Scope;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identity {
    /// Decisions of the desk that came out as in the log.
    pub reproduced: u64,
    /// Decisions that could not be made again, because the words they were made from are erased: taken as they were.
    pub taken_over: u64,
    /// Where a decision first came out differently. Nothing after it was compared.
    pub deviation: Option<Deviation>,
}

/// One that came out differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// Where the log has something else, or would have something more.
    pub pos: u64,
    pub conversation_id: Option<ConversationId>,
    /// The kind of event the log has there; absent: nothing more in this command.
    pub logged: Option<&'static str>,
    pub decided: Option<&'static str>,
    /// Both, as the log would hold them.
    pub details: Box<(Option<Recorded>, Option<Recorded>)>,
}

impl Identity {
    /// Whether everything came out as it was.
    pub fn is_exact(&self) -> bool {
        self.deviation.is_none()
    }
}

/// Plays commands from the world they began in.
pub struct Replay<'a> {
    world: World,
    archive: &'a dyn Archive,
    blind: &'a dyn Blind,
    scope: Scope,
    found: Identity,
}

impl<'a> Replay<'a> {
    /// `scope`: whose decisions are counted; all are made again.
    pub fn new(world: World, archive: &'a dyn Archive, blind: &'a dyn Blind, scope: Scope) -> Self {
        Self { world, archive, blind, scope, found: Identity::default() }
    }

    /// What was found so far.
    pub fn finish(self) -> Identity {
        self.found
    }

    /// Decides a command's consequences again. Does nothing after a deviation: the worlds are two from there on.
    pub fn command(&mut self, command: &Command) {
        if self.found.deviation.is_some() {
            return;
        }
        if is_unreadable(command) {
            command.events.iter().for_each(|recorded| self.world.follow(recorded));
            self.found.taken_over += self.decisions(command);
            return;
        }
        let first = self.world.head + 1;
        let mut step = Step::new(
            &mut self.world,
            self.archive,
            self.blind,
            command.at(),
            command.events[0].actor,
            u128::from(first),
        )
        .with_automation_from_log();
        ask(&mut step, command);
        let now = step.now;
        let made = step.finish();
        self.world.fresh_keys.clear();
        let made = made.into_iter().zip(first..).map(|((pending, version), pos)| Recorded {
            pos,
            stream: pending.stream,
            version,
            event: pending.event,
            occurred_at: pending.occurred_at,
            recorded_at: now,
            actor: pending.actor,
        });
        self.found.deviation = compare(&command.events, made.collect());
        if self.found.deviation.is_none() {
            self.found.reproduced += self.decisions(command);
        }
    }

    fn decisions(&self, command: &Command) -> u64 {
        let counts = |recorded: &&Recorded| match recorded.stream {
            StreamId::Conversation(id) => is_decided(recorded) && self.scope.sees(&self.world, id),
            _ => false,
        };
        command.events.iter().filter(counts).count() as u64
    }
}

/// Whether rules were asked about words that nobody can read any more.
fn is_unreadable(command: &Command) -> bool {
    let asked = command.events.iter().any(|recorded| matches!(recorded.event, Event::ConversationTriaged(_)));
    let lost =
        |recorded: &Recorded| matches!(&recorded.event, Event::MessageReceived(event) if event.private.is_none());
    asked && command.events.iter().any(lost)
}

/// Lets happen what happened, up to where the desk decides by itself.
fn ask(step: &mut Step<'_>, command: &Command) {
    let events = &command.events;
    let of_time = command.is_of_time();
    let last_fact = events.iter().rposition(|recorded| !is_decided(recorded)).or((!of_time).then_some(0));
    // What automation did is taken as it was, and what had followed before it with it.
    let last_run = events.iter().rposition(|recorded| matches!(recorded.event, Event::AutomationRuleRan(_)));
    while let Some(logged) = events.get(step.made()) {
        let place = step.made();
        // What a command itself did, as giving back what somebody who is gone held, lies before its last fact.
        if !is_decided(logged) || !of_time && last_fact.is_some_and(|last| place <= last) {
            step.replay(logged);
        } else if of_time {
            came(step, logged, events.get(place + 1));
            if step.made() == place && last_run.is_some_and(|last| place < last) {
                step.replay(logged);
            }
        }
        if step.made() == place {
            return;
        }
    }
}

/// The time of something has come, which in the log led to `logged` next, and then to `after`.
fn came(step: &mut Step<'_>, logged: &Recorded, after: Option<&Recorded>) {
    let StreamId::Conversation(id) = logged.stream else { return };
    let of_step = |after: &Recorded| is_step_after(logged, after);
    match &logged.event {
        // What a step of an escalation does stands before the step itself.
        Event::ConversationAssigned(_) | Event::ConversationPriorityChanged(_) if after.is_some_and(of_step) => {
            fire(step, id);
        }
        Event::ConversationLeaseExpired(event) => due(step, id, Due::Lease, event.at),
        Event::ConversationSpilled(event) => due(step, id, Due::Spill, event.at),
        Event::ConversationRouted(event) if event.trigger == Trigger::Timer => {
            let board = step.world.queues.board();
            let of_queue = |id| board.entry(id).is_some_and(|entry| entry.queue_id() == event.queue_id);
            let come = board.due(step.now, usize::MAX);
            let looked = come.into_iter().find(|(_, id, what)| *what == Due::Retry && of_queue(*id));
            if let Some((at, id, what)) = looked {
                due(step, id, what, at);
            }
        }
        Event::ConversationStatusChanged(_) => {
            // What was moved meanwhile says so by itself.
            let _ = snooze_due(step, id);
        }
        Event::ConversationResolved(_) => {
            let _ = inactivity::due(step, id);
        }
        event if crate::event::sla::is_of_promise(event) => fire(step, id),
        _ => {}
    }
}

fn compare(logged: &[Recorded], decided: Vec<Recorded>) -> Option<Deviation> {
    let mut decided = decided.into_iter();
    for place in 0.. {
        let (one, other) = (logged.get(place), decided.next());
        if one.is_none() && other.is_none() {
            return None;
        }
        if one != other.as_ref() {
            let either = one.or(other.as_ref());
            let conversation_id = either.and_then(|recorded| match recorded.stream {
                StreamId::Conversation(id) => Some(id),
                _ => None,
            });
            return Some(Deviation {
                pos: either.map_or(0, |recorded| recorded.pos),
                conversation_id,
                logged: one.map(|recorded| recorded.event.kind()),
                decided: other.as_ref().map(|recorded| recorded.event.kind()),
                details: Box::new((one.cloned(), other)),
            });
        }
    }
    None
}
