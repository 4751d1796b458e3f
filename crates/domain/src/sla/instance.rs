//! One promise in one conversation, folded from its events, and those of a conversation's running or last episode.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{CancelReason, Clock, HeldBy, HoursUsed, Metric, Noticed, Pausing, Retracted};
use crate::event::sla::*;
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::time::{Millis, Timestamp};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Instance {
    pub metric: Metric,
    pub n: u32,
    pub episode: u32,
    /// The customer's message that waits; `None` for a resolution.
    pub message_id: Option<MessageId>,
    pub policy_id: SlaPolicyId,
    pub policy_version: u64,
    pub started_at: Timestamp,
    pub target_ms: Millis,
    pub hours: Option<HoursUsed>,
    pub pause_on: BTreeSet<Pausing>,
    pub clock: Clock,
    /// When it became at risk.
    pub at_risk: Option<Timestamp>,
    /// The deadline that passed.
    pub breached: Option<Timestamp>,
    /// Escalation steps carried out, by their place, a bit each.
    pub(super) steps_done: u32,
    pub end: Option<End>,
}

/// How it ended.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Fulfilled { at: Timestamp, message_id: Option<MessageId>, margin_s: i64, held_by: HeldBy },
    Cancelled { at: Timestamp, reason: CancelReason, held_by: HeldBy },
}

/// What it comes to in figures.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Runs, and the deadline has not passed.
    Open,
    /// Fulfilled in time. One that was breached counts as met where a reply from before the deadline came to light later.
    Met,
    /// Fulfilled after the deadline.
    Late,
    /// Runs, or was cancelled, after the deadline.
    Breached,
    /// Cancelled before the deadline.
    Cancelled,
}
crate::packed_enum!(Verdict: Open, Met, Late, Breached, Cancelled);

impl Instance {
    pub fn verdict(&self) -> Verdict {
        match (self.end, self.breached) {
            (Some(End::Fulfilled { margin_s, .. }), _) if margin_s >= 0 => Verdict::Met,
            (Some(End::Fulfilled { .. }), _) => Verdict::Late,
            // What became part of another promise is judged there.
            (Some(End::Cancelled { reason: CancelReason::WaitResumed, .. }), _) => Verdict::Cancelled,
            (Some(End::Cancelled { .. }) | None, Some(_)) => Verdict::Breached,
            (Some(End::Cancelled { .. }), None) => Verdict::Cancelled,
            (None, None) => Verdict::Open,
        }
    }

    /// What is counted of it, to take it back; `None` while it runs, and where it became part of another.
    pub(super) fn counted(&self) -> Option<Retracted> {
        match self.end? {
            End::Cancelled { reason: CancelReason::WaitResumed, .. } => None,
            End::Fulfilled { at, held_by, .. } | End::Cancelled { at, held_by, .. } => {
                Some(Retracted { at, verdict: self.verdict(), held_by })
            }
        }
    }

    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// What is not noticed again.
    pub(super) fn noticed(&self) -> Noticed {
        let steps_done = (0..32).filter(|step| self.step_done(*step)).collect();
        Noticed { at_risk: self.at_risk, breached: self.breached, steps_done }
    }

    /// Whether an escalation step was carried out.
    pub fn step_done(&self, step: u32) -> bool {
        self.steps_done & (1 << step.min(31)) != 0
    }

    fn activated(event: &SlaActivated) -> Self {
        Self {
            metric: event.metric,
            n: event.n,
            episode: event.episode,
            message_id: event.message_id,
            policy_id: event.policy_id,
            policy_version: event.policy_version,
            started_at: event.started_at,
            target_ms: event.target_ms,
            hours: event.hours,
            pause_on: event.pause_on.clone(),
            clock: event.clock.clone(),
            at_risk: event.noticed.at_risk,
            breached: event.noticed.breached,
            steps_done: bits(&event.noticed.steps_done),
            end: None,
        }
    }
}

/// A bit for each place.
pub(super) fn bits(places: &BTreeSet<u32>) -> u32 {
    places.iter().fold(0, |bits, place| bits | 1 << place.min(&31))
}

/// Those of a conversation's running or last episode.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Instances {
    held: Vec<Instance>,
    /// The highest number of a next response so far, earlier episodes included.
    next_responses: u32,
}

impl Instances {
    pub fn iter(&self) -> impl Iterator<Item = &Instance> {
        self.held.iter()
    }
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
    pub fn get(&self, metric: Metric, n: u32) -> Option<&Instance> {
        self.held.iter().find(|instance| (instance.metric, instance.n) == (metric, n))
    }
    pub(super) fn next_response_n(&self) -> u32 {
        self.next_responses + 1
    }

    /// A new episode begins: what ended is history.
    pub(crate) fn begin_episode(&mut self) {
        self.held.retain(Instance::is_open);
    }

    /// Applies an event of the conversation.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::SlaActivated(event) => self.activate(event),
            Event::SlaPaused(event) => self.change(event.metric, event.n, |instance| {
                instance.clock = Clock::Paused { since: event.at, left_ms: event.left_ms };
            }),
            Event::SlaResumed(event) => self.change(event.metric, event.n, |instance| {
                instance.clock = Clock::Running {
                    due_at: event.due_at,
                    at_risk_at: event.at_risk_at,
                    steps_at: event.steps_at.clone(),
                };
            }),
            Event::SlaAtRisk(event) => {
                self.change(event.metric, event.n, |instance| instance.at_risk = Some(event.at));
            }
            Event::SlaBreached(event) => {
                self.change(event.metric, event.n, |instance| instance.breached = Some(event.at));
            }
            Event::SlaFulfilled(event) => self.change(event.metric, event.n, |instance| {
                let SlaFulfilled { at, message_id, margin_s, held_by, .. } = *event;
                instance.end = Some(End::Fulfilled { at, message_id, margin_s, held_by });
            }),
            Event::SlaCancelled(event) => self.change(event.metric, event.n, |instance| {
                let SlaCancelled { at, reason, held_by, .. } = *event;
                instance.end = Some(End::Cancelled { at, reason, held_by });
            }),
            Event::SlaRetargeted(event) => self.change(event.metric, event.n, |instance| {
                instance.policy_version = event.policy_version;
                instance.started_at = event.started_at;
                instance.target_ms = event.target_ms;
                instance.hours = event.hours;
                instance.pause_on.clone_from(&event.pause_on);
                instance.steps_done = bits(&event.steps_done);
                instance.clock = event.clock.clone();
            }),
            Event::SlaEscalated(event) => {
                self.change(event.metric, event.n, |instance| instance.steps_done |= 1 << event.step.min(31));
            }
            _ => {}
        }
    }

    fn activate(&mut self, event: &SlaActivated) {
        if event.metric == Metric::NextResponse {
            self.next_responses = self.next_responses.max(event.n);
        }
        let fresh = Instance::activated(event);
        match self.held.iter_mut().find(|held| (held.metric, held.n) == (event.metric, event.n)) {
            Some(held) => *held = fresh,
            None => self.held.push(fresh),
        }
    }

    fn change(&mut self, metric: Metric, n: u32, change: impl FnOnce(&mut Instance)) {
        if let Some(instance) = self.held.iter_mut().find(|held| (held.metric, held.n) == (metric, n)) {
            change(instance);
        }
    }
}
