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
    /// When its newest messages were written, oldest first.
    sent: VecDeque<Timestamp>,
    /// Runs of each rule; those in shadow mode on their own.
    runs: BTreeMap<(AutomationRuleId, bool), Runs>,
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
        self.sent.iter().filter(|at| now - **at < PER).count() < MESSAGES_MAX
    }

    /// What a rule did here; `shadow`: would have done.
    pub fn runs(&self, rule: AutomationRuleId, shadow: bool) -> Option<&Runs> {
        self.runs.get(&(rule, shadow))
    }

    /// Applies an event of the conversation.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match (&recorded.event, recorded.actor) {
            (Event::MessageQueued(_), Actor::Rule(_)) => {
                self.sent.push_back(recorded.recorded_at);
                if self.sent.len() > MESSAGES_MAX {
                    self.sent.pop_front();
                }
            }
            (Event::AutomationRuleRan(event), _) if event.stopped.is_none() => {
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
