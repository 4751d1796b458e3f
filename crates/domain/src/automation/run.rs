//! Asks the rules about what a command did, at its end, and about times that have come; does what those that apply say, and writes
//! each run down. A rule is asked about an event in the conversation's state of that moment: after what followed from the command by
//! itself, and after what rules before it did. What a command itself did is asked about before anything is promised about it or given
//! out: what a rule marks is promised accordingly, and what a bot takes is given to nobody.
//!
//! Rules are asked in rounds: first about the command's own events, then about those that the rules of the round before made, which only
//! reaches rules that follow automation, and at most [`DEPTH_MAX`] deep.

use std::collections::BTreeMap;

use super::act::{Origin, RuleVersion, perform};
use super::facts::{Ground, OnEvent};
use super::record::Runs;
use super::rule::{AutomationRule, Entry, HeldBy, Mode};
use super::trigger::is_occasion;
use crate::condition::Facts;
use crate::conversation::Conversation;
use crate::event::automation::*;
use crate::event::{Actor, Event, StreamId};
use crate::ids::*;
use crate::step::Step;
use crate::time::Timestamp;

/// How many rules may follow from one another.
pub const DEPTH_MAX: u32 = 3;
/// Runs in one conversation in one command at most.
pub const RUNS_MAX: usize = 50;

/// What may fire rules.
pub(super) struct Occasion {
    pub(super) conversation_id: ConversationId,
    pub(super) pos: Option<u64>,
    pub(super) timer: Option<OfTimer>,
    /// The promise it is about, and whether it is broken.
    pub(super) promise: Option<(OfPromise, bool)>,
    pub(super) on: OnEvent,
    /// Places of the rules it fires, in their order.
    pub(super) rules: Vec<usize>,
}

/// When in its command a rule is asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Round {
    pub(super) settled: bool,
    pub(super) depth: u32,
}

/// A rule that applies.
pub(super) struct Match {
    pub(super) entry: Entry,
    pub(super) matched: Vec<String>,
}

/// Asks about what the command did from the `asked`th event on. `follow`: what follows by itself from what was done.
/// `settled`: it is about what followed from the command.
pub(crate) fn run(step: &mut Step<'_>, asked: &mut usize, settled: bool, mut follow: impl FnMut(&mut Step<'_>)) {
    if step.world.automation.iter().len() == 0 || step.takes_automation_from_log() {
        return;
    }
    let mut runs = BTreeMap::new();
    for depth in 0..=DEPTH_MAX {
        let occasions = occasions(step, *asked, depth);
        *asked = step.made();
        for occasion in occasions {
            ask(step, &occasion, Round { settled, depth }, &mut runs);
        }
        if step.made() == *asked {
            return;
        }
        follow(step);
    }
}

/// The events made from the `from`th on that fire a rule.
fn occasions(step: &Step<'_>, from: usize, depth: u32) -> Vec<Occasion> {
    let first = step.last_pos() + 1 - step.made() as u64;
    let made = step.made_by().enumerate().skip(from);
    made.filter_map(|(index, (stream, event, actor))| {
        let StreamId::Conversation(id) = stream else { return None };
        let by_rule = depth > 0 || matches!(actor, Actor::Rule(_));
        occasion(step.world.automation.iter(), id, first + index as u64, event, actor, by_rule)
    })
    .collect()
}

/// An event as an occasion for rules; `None`: it fires none.
pub(super) fn occasion<'r>(
    rules: impl Iterator<Item = &'r Entry>,
    conversation_id: ConversationId,
    pos: u64,
    event: &Event,
    actor: Actor,
    by_rule: bool,
) -> Option<Occasion> {
    if !is_occasion(event) {
        return None;
    }
    let fired = |rule: &AutomationRule| {
        rule.mode != Mode::Disabled && (!by_rule || rule.follows_automation) && rule.trigger.fires(event)
    };
    let rules: Vec<usize> = rules.enumerate().filter(|(_, entry)| fired(&entry.rule)).map(|(place, _)| place).collect();
    if rules.is_empty() {
        return None;
    }
    let promise = match event {
        Event::SlaAtRisk(event) => Some((OfPromise { metric: event.metric, n: event.n }, false)),
        Event::SlaBreached(event) => Some((OfPromise { metric: event.metric, n: event.n }, true)),
        _ => None,
    };
    let on = OnEvent::of(event, actor);
    Some(Occasion { conversation_id, pos: Some(pos), timer: None, promise, on, rules })
}

fn ask(step: &mut Step<'_>, occasion: &Occasion, round: Round, runs: &mut BTreeMap<ConversationId, usize>) {
    let mut from = 0;
    while let Some((place, applies)) = next(step, occasion, from) {
        from = place + 1;
        let count = runs.entry(occasion.conversation_id).or_default();
        *count += 1;
        let stopped = if round.depth >= DEPTH_MAX {
            Some(Stopped::CausationDepth)
        } else {
            (*count > RUNS_MAX).then_some(Stopped::RunsPerCommand)
        };
        // That a conversation has too many is said once.
        if stopped == Some(Stopped::RunsPerCommand) && *count > RUNS_MAX + 1 {
            return;
        }
        carry_out(step, occasion, &applies, round, stopped);
    }
}

/// The next rule that applies, among those fired from the `from`th on.
fn next(step: &mut Step<'_>, occasion: &Occasion, from: usize) -> Option<(usize, Match)> {
    if from >= occasion.rules.len() {
        return None;
    }
    let id = occasion.conversation_id;
    let ground = Ground::of(step, id, step.world.automation.asks_last_owner())?;
    let (view, conversation) = step.view(id)?;
    let facts = ground.facts(view, conversation, &occasion.on);
    let rules = &view.world.automation;
    occasion.rules.iter().enumerate().skip(from).find_map(|(index, place)| {
        let entry = rules.at(*place)?;
        let runs = conversation.automation.runs(entry.id, entry.rule.mode == Mode::Shadow);
        let matched = judged(&entry.rule, &facts, conversation, runs, occasion.promise, view.now).ok()?;
        Some((index, Match { entry: entry.clone(), matched }))
    })
}

/// Where a condition failed, or what held the rule back.
pub(super) type Refused = (Option<String>, Option<HeldBy>);

/// Whether a rule that was fired applies: the tests that made it fit.
fn judged(
    rule: &AutomationRule,
    facts: &dyn Facts,
    conversation: &Conversation,
    runs: Option<&Runs>,
    promise: Option<(OfPromise, bool)>,
    now: Timestamp,
) -> Result<Vec<String>, Refused> {
    if rule.brand_id.is_some_and(|brand| brand != conversation.brand_id) {
        return Err((Some("/brand_id".to_owned()), None));
    }
    let when = &rule.when;
    let matched = when.fitted_by(facts).ok_or_else(|| (when.refused_by(facts), None))?;
    let held = runs.and_then(|runs| runs.held_by(&rule.limits, conversation.episode, promise, now));
    held.map_or(Ok(matched), |held| Err((None, Some(held))))
}

/// The same for one rule, with the runs it is said to have had.
pub(super) fn asked(
    step: &mut Step<'_>,
    rule: &AutomationRule,
    occasion: &Occasion,
    runs: Option<&Runs>,
) -> Result<Vec<String>, Refused> {
    let id = occasion.conversation_id;
    let ground = Ground::of(step, id, super::rule::asks_last_owner(&rule.when)).ok_or((None, None))?;
    let (view, conversation) = step.view(id).ok_or((None, None))?;
    let facts = ground.facts(view, conversation, &occasion.on);
    judged(rule, &facts, conversation, runs, occasion.promise, view.now)
}

/// Does what a rule says, or tries what would come of it, and writes it down.
fn carry_out(step: &mut Step<'_>, occasion: &Occasion, applies: &Match, round: Round, stopped: Option<Stopped>) {
    let Match { entry, .. } = applies;
    let id = occasion.conversation_id;
    let origin = Origin::Rule(RuleVersion { rule_id: entry.id, version: entry.version });
    let before = step.made();
    let shadow = entry.rule.mode == Mode::Shadow;
    let outcomes = match stopped {
        Some(_) => Vec::new(),
        None if shadow => step.rehearse(id, |step| perform(step, id, &entry.rule.actions, origin)),
        None => perform(step, id, &entry.rule.actions, origin),
    };
    let caused = u32::try_from(step.made() - before).unwrap_or(u32::MAX);
    let Some(ran) = ran(step, occasion, applies, round) else { return };
    let event = AutomationRuleRan { outcomes, caused, shadow, stopped, ..ran };
    let asker = std::mem::replace(&mut step.actor, Actor::Rule(entry.id));
    step.emit(StreamId::Conversation(id), event);
    step.actor = asker;
}

/// A run of which nothing has come yet.
pub(super) fn ran(
    step: &mut Step<'_>,
    occasion: &Occasion,
    applies: &Match,
    round: Round,
) -> Option<AutomationRuleRan> {
    let Match { entry, matched } = applies;
    Some(AutomationRuleRan {
        conversation_id: occasion.conversation_id,
        episode: step.conversation(occasion.conversation_id)?.episode,
        rule_id: entry.id,
        version: entry.version,
        trigger: entry.rule.trigger.kind(),
        trigger_pos: occasion.pos,
        promise: occasion.promise.map(|(promise, _)| promise),
        timer: occasion.timer,
        settled: round.settled,
        depth: round.depth,
        matched: matched.clone(),
        outcomes: Vec::new(),
        caused: 0,
        shadow: false,
        stopped: None,
    })
}

/// The time of a rule has come in a conversation: it is asked once. What was answered or changed meanwhile says so by itself.
pub fn due(step: &mut Step<'_>, id: ConversationId, rule_id: AutomationRuleId, at: Timestamp) {
    let waits = step.world.automation_timers.waits(id, rule_id).filter(|waits| waits.at == at);
    let (Some(waits), Some(entry)) = (waits, step.world.automation.get(rule_id).cloned()) else { return };
    let occasion = at_its_time(id, waits.timer);
    let shadow = entry.rule.mode == Mode::Shadow;
    let runs = step.conversation(id).and_then(|conversation| conversation.automation.runs(rule_id, shadow)).cloned();
    match asked(step, &entry.rule, &occasion, runs.as_ref()) {
        Ok(matched) => carry_out(step, &occasion, &Match { entry, matched }, Round::default(), None),
        Err((failed_at, held_by)) => {
            let (version, timer) = (entry.version, waits.timer);
            let event = AutomationTimerPassed { conversation_id: id, rule_id, version, timer, failed_at, held_by };
            step.emit(StreamId::Conversation(id), event);
        }
    }
}

/// The occasion that a time is.
pub(super) fn at_its_time(conversation_id: ConversationId, timer: OfTimer) -> Occasion {
    let on = OnEvent::default();
    Occasion { conversation_id, pos: None, timer: Some(timer), promise: None, on, rules: Vec::new() }
}
