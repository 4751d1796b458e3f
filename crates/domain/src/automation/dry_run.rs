//! What a rule would have done in a range of the log. The log is played as it was, what automation did included; at each event that
//! fires the rule it is asked by the very functions that ask it in the desk, in the state of that moment, and what its actions would
//! have come to is tried on the conversation alone. So a rule that was enabled throughout, as it is asked about, gives exactly its
//! runs that the log has.
//!
//! Not played: what follows from what it would have done, other rules included.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::act::{Origin, Outcome, RuleVersion, perform};
use super::record::{MESSAGES_MAX, Runs};
use super::rule::{AutomationRule, Entry, Mode};
use super::run::{DEPTH_MAX, Match, Occasion, Round, asked, at_its_time, occasion, ran};
use super::timers::{Timers, Waits};
use crate::event::automation::{AutomationRuleRan, OfTimer};
use crate::event::conversation::HandOffCause;
use crate::event::sla::is_of_promise;
use crate::event::{Actor, Event, Recorded, StreamId};
use crate::ids::*;
use crate::simulation::command::Command;
use crate::step::{Archive, Blind, Step};
use crate::time::Timestamp;
use crate::world::World;

/// Runs that are kept at most.
pub const FIRINGS_MAX: usize = 10_000;

/// A run causes fewer events than this.
const LOOK_AHEAD: usize = 512;

/// A run that would have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    pub at: Timestamp,
    /// As it would stand in the log, without what it would have caused.
    pub ran: AutomationRuleRan,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The oldest first; at most [`FIRINGS_MAX`].
    pub firings: Vec<Firing>,
    /// How many there would have been.
    pub count: u64,
    /// How often it was asked.
    pub asked: u64,
}

/// See the module.
pub struct DryRun<'a> {
    world: World,
    archive: &'a dyn Archive,
    blind: &'a dyn Blind,
    entry: Entry,
    runs: BTreeMap<ConversationId, Runs>,
    /// When it would have written, the newest times: automation may write only so often, and what it wrote in the log it would
    /// not have written besides.
    sent: BTreeMap<ConversationId, Vec<Timestamp>>,
    timers: Timers,
    found: Found,
}

/// A rule that is asked in one step.
struct Asking<'a> {
    entry: &'a Entry,
    runs: &'a mut BTreeMap<ConversationId, Runs>,
    sent: &'a mut BTreeMap<ConversationId, Vec<Timestamp>>,
    found: &'a mut Found,
}

impl<'a> DryRun<'a> {
    /// Begins in the world as it was. `id`: the rule's own, where there is one, and its version.
    pub fn new(
        world: World,
        archive: &'a dyn Archive,
        blind: &'a dyn Blind,
        id: (AutomationRuleId, u64),
        rule: AutomationRule,
        from: Timestamp,
    ) -> Self {
        let shadow = rule.mode == Mode::Shadow;
        // Whatever it is set to: it is asked as if it were enabled.
        let rule = AutomationRule { mode: if shadow { Mode::Shadow } else { Mode::Enabled }, ..rule };
        let timers = world.automation_timers.of_rule(id.0, &rule, from);
        let entry = Entry { id: id.0, version: id.1, rule: Arc::new(rule), changed_by: None };
        Self {
            world,
            archive,
            blind,
            entry,
            runs: BTreeMap::new(),
            sent: BTreeMap::new(),
            timers,
            found: Found::default(),
        }
    }

    pub fn finish(self) -> Found {
        self.found
    }

    /// Plays a command of the log.
    pub fn command(&mut self, command: &Command) {
        let events = &command.events;
        self.times_before(command);
        let place = self.world.automation.place(self.entry.id);
        let passes = passes(events);
        let actor = events[0].actor;
        let entropy = u128::from(events[0].pos) << 20;
        let mut step = Step::new(&mut self.world, self.archive, self.blind, command.at(), actor, entropy)
            .with_automation_from_log();
        let mut asking =
            Asking { entry: &self.entry, runs: &mut self.runs, sent: &mut self.sent, found: &mut self.found };
        let mut made = 0;
        let mut play = |step: &mut Step<'_>, timers: &mut Timers, asking: &mut Asking<'_>, to: usize| {
            while made < to {
                // Its own time came here, and led to a run or to nothing.
                if let Some((id, timer)) = own_time(events, made, asking.entry.id)
                    && timers.waits(id, asking.entry.id).is_some_and(|waits| waits.timer == timer)
                {
                    timers.asked(id, asking.entry.id, Some(timer));
                    asking.ask(step, &at_its_time(id, timer), Round::default());
                }
                let recorded = &events[made];
                asking.remember(step, recorded);
                step.replay(recorded);
                if let StreamId::Conversation(id) = recorded.stream {
                    timers.of_conversation(id, recorded);
                }
                made += 1;
            }
        };
        for pass in &passes {
            let depth = pass.depth;
            play(&mut step, &mut self.timers, &mut asking, pass.begins);
            let mut runs = pass.runs.iter().peekable();
            for recorded in &events[pass.triggers.clone()] {
                let StreamId::Conversation(id) = recorded.stream else { continue };
                let by_rule = depth > 0 || matches!(recorded.actor, Actor::Rule(_));
                let alone = std::iter::once(asking.entry);
                let fired = occasion(alone, id, recorded.pos, &recorded.event, recorded.actor, by_rule);
                let Some(fired) = fired.filter(|_| depth < DEPTH_MAX) else { continue };
                // What rules before it did about this event, and all did about those before it, is in the state it is asked in.
                let rules = &step.world.automation;
                let before = |run: &Run| (run.trigger_pos, rules.place(run.rule_id)) < (recorded.pos, place);
                let mut to = None;
                while let Some(run) = runs.next_if(|run| before(run)) {
                    to = Some(run.ends);
                }
                if let Some(to) = to {
                    play(&mut step, &mut self.timers, &mut asking, to);
                }
                asking.ask(&mut step, &fired, Round { settled: pass.settled, depth });
            }
        }
        play(&mut step, &mut self.timers, &mut asking, events.len());
        drop(step);
        self.world.queues.take_moved();
    }

    /// Times that came before a command, unless they came with it in the log.
    fn times_before(&mut self, command: &Command) {
        let id = self.entry.id;
        let own: Vec<_> = (0..command.events.len()).filter_map(|index| own_time(&command.events, index, id)).collect();
        for (at, conversation_id, _) in self.timers.due(command.at(), usize::MAX) {
            let Some(Waits { timer, .. }) = self.timers.waits(conversation_id, id) else { continue };
            if own.contains(&(conversation_id, timer)) {
                continue;
            }
            self.timers.asked(conversation_id, id, Some(timer));
            let entropy = u128::from(self.world.head) << 20;
            let mut step = Step::new(&mut self.world, self.archive, self.blind, at, Actor::System, entropy)
                .with_automation_from_log();
            let mut asking =
                Asking { entry: &self.entry, runs: &mut self.runs, sent: &mut self.sent, found: &mut self.found };
            asking.ask(&mut step, &at_its_time(conversation_id, timer), Round::default());
        }
    }
}

impl Asking<'_> {
    /// How often it had run before the range, as the conversation knows it before anything of the range changes that.
    fn remember(&mut self, step: &mut Step<'_>, recorded: &Recorded) {
        let StreamId::Conversation(id) = recorded.stream else { return };
        if !self.runs.contains_key(&id)
            && let Some(conversation) = step.conversation(id)
        {
            let shadow = self.entry.rule.mode == Mode::Shadow;
            self.runs.insert(id, conversation.automation.runs(self.entry.id, shadow).cloned().unwrap_or_default());
            self.sent.insert(id, conversation.automation.sent_by(self.entry.id));
        }
    }

    fn ask(&mut self, step: &mut Step<'_>, occasion: &Occasion, round: Round) {
        self.found.asked += 1;
        let id = occasion.conversation_id;
        let Ok(matched) = asked(step, &self.entry.rule, occasion, self.runs.get(&id)) else { return };
        let applies = Match { entry: self.entry.clone(), matched };
        let origin = Origin::Rule(RuleVersion { rule_id: self.entry.id, version: self.entry.version });
        let Some(mut ran) = ran(step, occasion, &applies, round) else { return };
        let AutomationRule { actions, mode, .. } = &*self.entry.rule;
        let sent = self.sent.entry(id).or_default();
        ran.outcomes = step.rehearse(id, |step| {
            if *mode != Mode::Shadow {
                step.as_if_sent(id, self.entry.id, sent);
            }
            perform(step, id, actions, origin)
        });
        if *mode != Mode::Shadow {
            let messages = ran.outcomes.iter().map(messages).sum();
            sent.extend(std::iter::repeat_n(step.now, messages));
            sent.drain(..sent.len().saturating_sub(MESSAGES_MAX));
        }
        ran.outcomes.iter_mut().for_each(unsent);
        self.runs.entry(id).or_default().add(&ran, step.now);
        self.found.count += 1;
        if self.found.firings.len() < FIRINGS_MAX {
            self.found.firings.push(Firing { at: step.now, ran });
        }
    }
}

/// How many messages it would have come to.
fn messages(outcome: &Outcome) -> usize {
    usize::from(outcome.message_id.is_some()) + outcome.then.iter().map(messages).sum::<usize>()
}

/// A message that was not sent has no id.
fn unsent(outcome: &mut Outcome) {
    outcome.message_id = None;
    outcome.then.iter_mut().for_each(unsent);
}

/// The time of the rule that came in the run, or in its place, that begins at an event.
fn own_time(events: &[Recorded], begins: usize, id: AutomationRuleId) -> Option<(ConversationId, OfTimer)> {
    events.iter().enumerate().skip(begins).take(LOOK_AHEAD).find_map(|(index, recorded)| match &recorded.event {
        Event::AutomationRuleRan(event) if event.rule_id == id && index == begins + event.caused as usize => {
            event.timer.map(|timer| (event.conversation_id, timer))
        }
        Event::AutomationTimerPassed(event) if event.rule_id == id && index == begins => {
            Some((event.conversation_id, event.timer))
        }
        _ => None,
    })
}

/// A round in which rules were asked.
struct Pass {
    settled: bool,
    depth: u32,
    /// What they were asked about.
    triggers: Range<usize>,
    /// Where the first of them began to do something, or what came after it began.
    begins: usize,
    runs: Vec<Run>,
}

/// What one of them did.
struct Run {
    settled: bool,
    depth: u32,
    begins: usize,
    ends: usize,
    trigger_pos: u64,
    rule_id: AutomationRuleId,
}

/// The rounds of a command, as [`crate::react`] makes them: first about what was done, before anything is promised or given out, then
/// about what followed. A round in which no rule applied has left nothing; it was where what comes after it begins.
fn passes(events: &[Recorded]) -> Vec<Pass> {
    let run = |(index, recorded): (usize, &Recorded)| match &recorded.event {
        Event::AutomationRuleRan(event) => Some(Run {
            settled: event.settled,
            depth: event.depth,
            begins: index - (event.caused as usize).min(index),
            ends: index + 1,
            trigger_pos: event.trigger_pos?,
            rule_id: event.rule_id,
        }),
        _ => None,
    };
    let mut runs: Vec<Run> = events.iter().enumerate().filter_map(run).collect();
    let end = events.iter().position(is_left_alone).unwrap_or(events.len());
    let (mut found, mut from, mut done) = (Vec::new(), 0, 0);
    for settled in [false, true] {
        for depth in 0..=DEPTH_MAX {
            let (of_pass, others): (Vec<_>, Vec<_>) =
                runs.into_iter().partition(|run| (run.settled, run.depth) == (settled, depth));
            runs = others;
            let later = || runs.iter().map(|run| run.begins).min().unwrap_or(end);
            let begins = match of_pass.first() {
                Some(run) => run.begins,
                None if settled => end,
                None => given_out(events, done).min(later()),
            };
            let begins = begins.max(from);
            let last = of_pass.is_empty();
            done = of_pass.last().map_or(done, |run| run.ends);
            found.push(Pass { settled, depth, triggers: from..begins, begins, runs: of_pass });
            from = begins;
            if last {
                break;
            }
        }
    }
    found
}

/// Where promises, and giving out, follow by themselves from what a command did.
fn given_out(events: &[Recorded], after: usize) -> usize {
    #[derive(PartialEq)]
    enum Part {
        Promised,
        Given,
        Other,
    }
    let left = matches!(events[0].event, Event::AgentAvailabilityChanged(_));
    let part = |recorded: &Recorded| match &recorded.event {
        event if is_of_promise(event) => Part::Promised,
        Event::ConversationRouted(_) => Part::Given,
        Event::ConversationAssigned(_) if left && recorded.actor == Actor::System => Part::Given,
        _ => Part::Other,
    };
    // What its time has come for is what the command did.
    let own = part(&events[0]);
    let follows = |recorded: &&Recorded| part(recorded) != Part::Other && part(recorded) != own;
    events.iter().skip(after).position(|recorded| follows(&recorded)).map_or(events.len(), |at| after + at)
}

/// Whether people are called because no rule had anything to say: no rule is asked after that.
fn is_left_alone(recorded: &Recorded) -> bool {
    matches!(&recorded.event, Event::ConversationHandedOff(event) if event.cause == HandOffCause::NothingToSay)
}
