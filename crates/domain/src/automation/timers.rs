//! When the times of rules come: for each running conversation what timers count from, and for each rule with one when it is to be
//! asked. Folded by decisions and by the read model that knows when to ask.
//!
//! A rule that is made or changed does not reach back: what would have been due before is left out. Of resolved conversations
//! only those are known that a rule waits for, so a rule that counts from resolutions is for those that come after it.

use std::collections::{BTreeMap, BTreeSet};

use super::rule::{AutomationRule, Mode};
use super::trigger::{Since, Trigger};
use crate::content::MessageKind;
use crate::conversation::{Clocks, Status};
use crate::event::automation::OfTimer;
use crate::event::message::Sender;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::{Millis, Timestamp};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Timers {
    running: BTreeMap<ConversationId, Bases>,
    rules: BTreeMap<AutomationRuleId, Timer>,
    due: BTreeSet<(Timestamp, ConversationId, AutomationRuleId)>,
}

/// What a rule waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waits {
    pub timer: OfTimer,
    /// When it is asked.
    pub at: Timestamp,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
struct Bases {
    brand_id: BrandId,
    /// `None`: it is resolved.
    opened: Option<Timestamp>,
    waiting: Option<Timestamp>,
    agent_reply: Option<Timestamp>,
    resolved: Option<Timestamp>,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
struct Timer {
    since: Since,
    after_ms: Millis,
    brand_id: Option<BrandId>,
}

impl Bases {
    fn of(&self, since: Since) -> Option<Timestamp> {
        match since {
            Since::Waiting => self.waiting,
            Since::Opened => self.opened,
            Since::AgentReply => self.agent_reply,
            Since::Resolved => self.resolved,
        }
    }

    fn opened(brand_id: BrandId, at: Timestamp, waiting: Option<Timestamp>) -> Self {
        Self { brand_id, opened: Some(at), waiting, agent_reply: None, resolved: None }
    }

    fn resolved(self, at: Timestamp) -> Self {
        Self { opened: None, waiting: None, agent_reply: None, resolved: Some(at), ..self }
    }
}

impl Timers {
    /// At most `limit` whose time has come, the longest due first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId, AutomationRuleId)> {
        self.due.iter().take_while(|(at, _, _)| *at <= now).take(limit).copied().collect()
    }
    /// When the next one's time comes.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _, _)| *at)
    }
    /// What a rule waits for in a conversation.
    pub fn waits(&self, id: ConversationId, rule: AutomationRuleId) -> Option<Waits> {
        let timer = self.rules.get(&rule)?;
        let from = self.running.get(&id)?.of(timer.since)?;
        let at = from + timer.after_ms;
        let timer = OfTimer { since: timer.since, from };
        self.due.contains(&(at, id, rule)).then_some(Waits { timer, at })
    }

    /// The same conversations, with one rule alone: as it waits here, or from now on.
    pub(super) fn of_rule(&self, id: AutomationRuleId, rule: &AutomationRule, now: Timestamp) -> Self {
        let mut alone = Self { running: self.running.clone(), ..Self::default() };
        alone.change(id, Some(rule), now);
        if self.rules.get(&id) == alone.rules.get(&id) {
            alone.due = self.due.iter().filter(|(_, _, other)| *other == id).copied().collect();
        }
        alone
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match (&recorded.event, recorded.stream) {
            (Event::AutomationRuleCreated(event), _) => {
                self.change(event.rule_id, Some(&event.rule), recorded.recorded_at)
            }
            (Event::AutomationRuleChanged(event), _) => {
                self.change(event.rule_id, Some(&event.rule), recorded.recorded_at)
            }
            (Event::AutomationRuleRemoved(event), _) => self.change(event.rule_id, None, recorded.recorded_at),
            (Event::AutomationRuleRan(event), _) => self.asked(event.conversation_id, event.rule_id, event.timer),
            (Event::AutomationTimerPassed(event), _) => {
                self.asked(event.conversation_id, event.rule_id, Some(event.timer));
            }
            (_, StreamId::Conversation(id)) => self.of_conversation(id, recorded),
            _ => {}
        }
    }

    fn change(&mut self, id: AutomationRuleId, rule: Option<&AutomationRule>, now: Timestamp) {
        let had = self.rules.remove(&id).is_some();
        if had {
            self.due.retain(|(_, _, rule)| *rule != id);
        }
        if let Some(timer) = rule.and_then(Timer::of) {
            self.rules.insert(id, timer);
            for (conversation, bases) in &self.running {
                let at = timer.at(bases).filter(|at| *at > now);
                self.due.extend(at.map(|at| (at, *conversation, id)));
            }
        }
        if had {
            let resolved = self.running.iter().filter(|(_, bases)| bases.opened.is_none());
            let resolved: Vec<_> = resolved.map(|(id, _)| *id).collect();
            resolved.into_iter().for_each(|id| self.forget(id));
        }
    }

    pub(super) fn asked(&mut self, id: ConversationId, rule: AutomationRuleId, timer: Option<OfTimer>) {
        if let (Some(timer), Some(known)) = (timer, self.rules.get(&rule)) {
            self.due.remove(&(timer.from + known.after_ms, id, rule));
            self.forget(id);
        }
    }

    /// A resolved conversation that no rule waits for any more.
    fn forget(&mut self, id: ConversationId) {
        let Some(bases) = self.running.get(&id).filter(|bases| bases.opened.is_none()) else { return };
        let waits = |(rule, timer): (&AutomationRuleId, &Timer)| {
            timer.at(bases).is_some_and(|at| self.due.contains(&(at, id, *rule)))
        };
        if !self.rules.iter().any(waits) {
            self.running.remove(&id);
        }
    }

    pub(super) fn of_conversation(&mut self, id: ConversationId, recorded: &Recorded) {
        let at = recorded.occurred_at;
        let before = self.running.get(&id).copied();
        let after = match (&recorded.event, before) {
            (Event::ConversationOpened(event), _) => {
                (event.status != Status::Resolved).then(|| Bases::opened(event.brand_id, at, None))
            }
            (Event::ConversationReopened(event), _) => {
                Some(Bases::opened(event.brand_id, at, event.clocks.waiting_since))
            }
            // Kept for as long as a rule waits for it.
            (Event::ConversationResolved(_), bases) => {
                let resolved = bases.map(|bases| bases.resolved(at));
                resolved.filter(|bases| self.rules.values().any(|timer| timer.at(bases).is_some()))
            }
            (_, Some(Bases { opened: None, .. })) => return,
            (event, Some(bases)) => Some(bases.after(event, at)),
            (_, None) => return,
        };
        if before == after {
            return;
        }
        for (rule, timer) in &self.rules {
            let (was, is) = (before.and_then(|bases| timer.at(&bases)), after.and_then(|bases| timer.at(&bases)));
            if was != is {
                was.map(|was| self.due.remove(&(was, id, *rule)));
                self.due.extend(is.map(|is| (is, id, *rule)));
            }
        }
        match after {
            Some(bases) => self.running.insert(id, bases),
            None => self.running.remove(&id),
        };
    }
}

impl Timer {
    /// That of a rule, if it has one and is asked at all.
    fn of(rule: &AutomationRule) -> Option<Self> {
        match rule.trigger {
            Trigger::Timer { since, after_ms } if rule.mode != Mode::Disabled => {
                Some(Self { since, after_ms, brand_id: rule.brand_id })
            }
            _ => None,
        }
    }

    /// When it comes.
    fn at(&self, bases: &Bases) -> Option<Timestamp> {
        let of_brand = self.brand_id.is_none_or(|brand| brand == bases.brand_id);
        of_brand.then(|| bases.of(self.since)).flatten().map(|from| from + self.after_ms)
    }
}

impl Bases {
    fn after(self, event: &Event, at: Timestamp) -> Self {
        let waits = |clocks: &Clocks| clocks.waiting_since;
        match event {
            Event::MessageReceived(event) if event.asks() => {
                Self { waiting: waits(&event.clocks), agent_reply: None, ..self }
            }
            Event::MessageEchoed(event) => Self { waiting: waits(&event.clocks), agent_reply: Some(at), ..self },
            Event::MessageQueued(event) => {
                let person = matches!(event.sender, Sender::User(_)) && event.kind != MessageKind::Reaction;
                Self { waiting: waits(&event.clocks), agent_reply: person.then_some(at).or(self.agent_reply), ..self }
            }
            Event::MessageResendRequested(event) => Self { waiting: waits(&event.clocks), ..self },
            Event::MessageRefused(event) => Self { waiting: event.clocks.as_ref().map_or(self.waiting, waits), ..self },
            Event::MessageStatusObserved(event) => {
                Self { waiting: event.clocks.as_ref().map_or(self.waiting, waits), ..self }
            }
            _ => self,
        }
    }
}
