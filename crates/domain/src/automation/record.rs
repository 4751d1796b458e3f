//! What automation did in a conversation, as far as its limits look at it. Part of the conversation's state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::rule::{HeldBy, Limits, Once};
use crate::event::automation::{AutomationRuleRan, OfPromise};
use crate::event::{Actor, Event, Recorded};
use crate::ids::*;
use crate::time::{Millis, Timestamp};

/// Messages that automation sends in one conversation within [`PER`] at most, whatever its rules say.
pub const MESSAGES_MAX: usize = 5;
/// The time that limits by the hour look back.
pub const PER: Millis = Millis::hours(1);
/// The largest limit by the hour.
pub const RUNS_PER_HOUR_MAX: u32 = 60;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Its newest messages, oldest first.
    sent: VecDeque<Sent>,
    /// Runs of each rule; those in shadow mode on their own.
    runs: BTreeMap<(AutomationRuleId, bool), Runs>,
}

/// A message of automation.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
struct Sent {
    at: Timestamp,
    pos: u64,
    /// The rule whose run wrote it; `None`: a question that went on.
    run_of: Option<AutomationRuleId>,
}

/// Runs of one rule in one conversation.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Runs {
    /// The episode of the newest.
    episode: u32,
    /// The newest, oldest first: at most [`RUNS_PER_HOUR_MAX`].
    at: VecDeque<Timestamp>,
    /// Promises it was asked about, and whether they were broken then.
    promises: BTreeSet<(OfPromise, bool)>,
}

impl Record {
    /// Whether automation may write once more.
    pub fn may_send(&self, now: Timestamp) -> bool {
        self.sent.iter().filter(|sent| now - sent.at < PER).count() < MESSAGES_MAX
    }

    /// When runs of a rule wrote the messages that still count.
    pub(super) fn sent_by(&self, rule: AutomationRuleId) -> Vec<Timestamp> {
        self.sent.iter().filter(|sent| sent.run_of == Some(rule)).map(|sent| sent.at).collect()
    }

    /// As if runs of a rule had written at these times, and at no others.
    pub(crate) fn as_if_sent(&mut self, rule: AutomationRuleId, times: &[Timestamp]) {
        let mut sent: Vec<Sent> = self.sent.iter().filter(|sent| sent.run_of != Some(rule)).copied().collect();
        sent.extend(times.iter().map(|at| Sent { at: *at, pos: 0, run_of: Some(rule) }));
        sent.sort_by_key(|sent| sent.at);
        let newest = sent.len().saturating_sub(MESSAGES_MAX);
        self.sent = sent.drain(newest..).collect();
    }

    /// What a rule did here; `shadow`: would have done.
    pub fn runs(&self, rule: AutomationRuleId, shadow: bool) -> Option<&Runs> {
        self.runs.get(&(rule, shadow))
    }

    /// Applies an event of the conversation.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match (&recorded.event, recorded.actor) {
            (Event::MessageQueued(_), Actor::Rule(_)) => {
                self.sent.push_back(Sent { at: recorded.recorded_at, pos: recorded.pos, run_of: None });
                if self.sent.len() > MESSAGES_MAX {
                    self.sent.pop_front();
                }
            }
            (Event::AutomationRuleRan(event), _) if event.stopped.is_none() => {
                let began = recorded.pos.saturating_sub(u64::from(event.caused));
                let of_run = self.sent.iter_mut().filter(|sent| !event.shadow && sent.pos >= began);
                of_run.for_each(|sent| sent.run_of = Some(event.rule_id));
                self.runs.entry((event.rule_id, event.shadow)).or_default().add(event, recorded.recorded_at);
            }
            _ => {}
        }
    }
}

impl Runs {
    /// One more.
    pub(crate) fn add(&mut self, event: &AutomationRuleRan, at: Timestamp) {
        self.episode = event.episode;
        self.at.push_back(at);
        if self.at.len() > RUNS_PER_HOUR_MAX as usize {
            self.at.pop_front();
        }
        if let Some(promise) = event.promise {
            self.promises.insert((promise, event.trigger == super::trigger::TriggerKind::SlaBreached));
        }
    }

    /// The limit that forbids another run now.
    pub(crate) fn held_by(
        &self,
        limits: &Limits,
        episode: u32,
        promise: Option<(OfPromise, bool)>,
        now: Timestamp,
    ) -> Option<HeldBy> {
        let recent = || self.at.iter().filter(|at| now - **at < PER).count();
        let newest = self.at.back().copied();
        let tests = [
            (limits.once == Some(Once::Conversation) && newest.is_some(), HeldBy::OncePerConversation),
            (limits.once == Some(Once::Episode) && self.episode == episode, HeldBy::OncePerEpisode),
            (promise.is_some_and(|promise| self.promises.contains(&promise)), HeldBy::OncePerPromise),
            (limits.per_hour_max.is_some_and(|most| recent() >= most as usize), HeldBy::PerHour),
            (limits.cooldown_ms.zip(newest).is_some_and(|(rest, at)| now - at < rest), HeldBy::Cooldown),
        ];
        tests.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why)
    }
}
