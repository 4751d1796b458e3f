//! The book of promises that run: what is due next, in the order of time, and where each conversation stands. Folded from
//! events alone, by decisions and by read models alike, so that a replay sets every timer again. Kept small: there is an entry
//! for each open conversation that is promised something, and none for what is over.

use std::collections::{BTreeMap, BTreeSet};

use super::instance::bits;
use super::{Clock, Metric};
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::Timestamp;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Book {
    held: BTreeMap<ConversationId, Vec<Live>>,
    /// The next thing to happen in each conversation.
    deadlines: BTreeSet<(Timestamp, ConversationId)>,
    /// Those with a promise that a changed policy was applied to.
    outdated: BTreeSet<ConversationId>,
}

/// How a promise, or the worst of a conversation's, stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Paused,
    Ok,
    AtRisk,
    Breached,
}
crate::packed_enum!(State: Paused, Ok, AtRisk, Breached);

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Of the promise that is due first.
    pub policy_id: SlaPolicyId,
    /// The worst; paused only where nothing runs.
    pub state: State,
    /// The earliest deadline, passed ones included; `None` while everything is paused.
    pub due_at: Option<Timestamp>,
    /// In the order of [`Metric::ALL`].
    pub metrics: [Option<(Option<Timestamp>, State)>; 3],
}

/// As much of it as a queue must know.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The earliest deadline, passed ones included.
    pub due_at: Option<Timestamp>,
    /// The worst; `None`: nothing is promised.
    pub state: Option<State>,
}

/// A promise that runs.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Live {
    policy_id: SlaPolicyId,
    policy_version: u32,
    n: u32,
    due_at: Timestamp,
    at_risk_at: Timestamp,
    steps: Option<Box<Steps>>,
    metric: Metric,
    paused: bool,
    at_risk: bool,
    breached: bool,
    outdated: bool,
}

/// The moments of its escalation, and which have come.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Steps {
    at: Vec<Timestamp>,
    done: u32,
}

impl Live {
    fn set(&mut self, clock: &Clock) {
        match clock {
            Clock::Paused { .. } => self.paused = true,
            Clock::Running { due_at, at_risk_at, steps_at } => {
                (self.paused, self.due_at, self.at_risk_at) = (false, *due_at, *at_risk_at);
                let done = self.steps.as_ref().map_or(0, |steps| steps.done);
                let some = !steps_at.is_empty();
                self.steps = some.then(|| Box::new(Steps { at: steps_at.clone(), done }));
            }
        }
    }

    fn next(&self) -> Option<Timestamp> {
        if self.paused {
            return None;
        }
        let risk = (!self.at_risk).then_some(self.at_risk_at);
        let due = (!self.breached).then_some(self.due_at);
        let steps = self.steps.iter().flat_map(|steps| {
            let open = steps.at.iter().zip(0u32..).filter(|(_, place)| steps.done & (1 << place.min(&31)) == 0);
            open.map(|(at, _)| *at)
        });
        risk.into_iter().chain(due).chain(steps).min()
    }

    fn state(&self) -> State {
        match (self.breached, self.paused, self.at_risk) {
            (true, ..) => State::Breached,
            (false, true, _) => State::Paused,
            (false, false, true) => State::AtRisk,
            (false, false, false) => State::Ok,
        }
    }

    /// A deadline that has passed stands, whatever its clock does.
    fn due_at(&self) -> Option<Timestamp> {
        (!self.paused || self.breached).then_some(self.due_at)
    }
}

impl Book {
    /// At most `limit` conversations in which something has come, the longest ago first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId)> {
        self.deadlines.iter().take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }
    /// When something comes next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }
    /// At most `limit` conversations with a promise that a changed policy was applied to.
    pub fn outdated(&self, limit: usize) -> Vec<ConversationId> {
        self.outdated.iter().take(limit).copied().collect()
    }
    /// As much of where a conversation stands as a queue must know.
    pub fn outlook(&self, id: ConversationId) -> Outlook {
        let Some(held) = self.held.get(&id) else { return Outlook::default() };
        Outlook { due_at: held.iter().filter_map(Live::due_at).min(), state: held.iter().map(Live::state).max() }
    }
    /// The same of the conversation whose stream this is; of other streams nothing is promised.
    pub fn outlook_in(&self, stream: StreamId) -> Outlook {
        match stream {
            StreamId::Conversation(id) => self.outlook(id),
            _ => Outlook::default(),
        }
    }
    /// Where a conversation stands; `None`: nothing is promised.
    pub fn state(&self, id: ConversationId) -> Option<Standing> {
        let held = self.held.get(&id)?;
        let first = held.iter().min_by_key(|live| (live.due_at().is_none(), live.due_at(), live.metric))?;
        let of = |metric| held.iter().find(|live| live.metric == metric).map(|live| (live.due_at(), live.state()));
        Some(Standing {
            policy_id: first.policy_id,
            state: held.iter().map(Live::state).max().unwrap_or(State::Ok),
            due_at: first.due_at(),
            metrics: Metric::ALL.map(of),
        })
    }
    /// Every promise that runs: its conversation, policy and metric, and whether its deadline has passed.
    pub fn running(&self) -> impl Iterator<Item = (ConversationId, SlaPolicyId, Metric, bool)> {
        let of = |(id, held): (&ConversationId, &Vec<Live>)| {
            let id = *id;
            held.iter().map(move |live| (id, live.policy_id, live.metric, live.breached)).collect::<Vec<_>>()
        };
        self.held.iter().flat_map(of)
    }
    /// Conversations that are promised something.
    pub fn len(&self) -> usize {
        self.held.len()
    }
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::SlaActivated(event) => {
                let mut live = Live {
                    policy_id: event.policy_id,
                    policy_version: event.policy_version as u32,
                    n: event.n,
                    due_at: event.started_at + event.target_ms,
                    at_risk_at: event.started_at + event.target_ms,
                    steps: None,
                    metric: event.metric,
                    paused: false,
                    at_risk: event.noticed.at_risk.is_some(),
                    breached: event.noticed.breached.is_some(),
                    outdated: false,
                };
                live.set(&event.clock);
                live.due_at = event.noticed.breached.unwrap_or(live.due_at);
                if let Some(steps) = &mut live.steps {
                    steps.done = bits(&event.noticed.steps_done);
                }
                self.change(event.conversation_id, |held| {
                    held.retain(|other| (other.metric, other.n) != (event.metric, event.n));
                    held.reserve_exact(1);
                    held.push(live);
                });
            }
            Event::SlaPaused(event) => {
                self.one(event.conversation_id, event.metric, event.n, |live| live.paused = true)
            }
            Event::SlaResumed(event) => self.one(event.conversation_id, event.metric, event.n, |live| {
                live.set(&Clock::Running {
                    due_at: event.due_at,
                    at_risk_at: event.at_risk_at,
                    steps_at: event.steps_at.clone(),
                });
            }),
            Event::SlaAtRisk(event) => {
                self.one(event.conversation_id, event.metric, event.n, |live| live.at_risk = true);
            }
            Event::SlaBreached(event) => self.one(event.conversation_id, event.metric, event.n, |live| {
                (live.breached, live.due_at, live.outdated) = (true, event.at, false);
            }),
            Event::SlaFulfilled(event) => self.end(event.conversation_id, event.metric, event.n),
            Event::SlaCancelled(event) => self.end(event.conversation_id, event.metric, event.n),
            Event::SlaRetargeted(event) => self.one(event.conversation_id, event.metric, event.n, |live| {
                live.policy_version = event.policy_version as u32;
                live.set(&event.clock);
                live.outdated = false;
                if let Some(steps) = &mut live.steps {
                    steps.done = bits(&event.steps_done);
                }
            }),
            Event::SlaEscalated(event) => self.one(event.conversation_id, event.metric, event.n, |live| {
                if let Some(steps) = &mut live.steps {
                    steps.done |= 1 << event.step.min(31);
                }
            }),
            Event::SlaPolicyChanged(event) if event.apply_to_open => {
                let meant = |live: &&mut Live| {
                    live.policy_id == event.policy_id
                        && u64::from(live.policy_version) < recorded.version
                        && !live.breached
                };
                for (id, held) in &mut self.held {
                    for live in held.iter_mut().filter(meant) {
                        live.outdated = true;
                        self.outdated.insert(*id);
                    }
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, id: ConversationId, metric: Metric, n: u32) {
        self.change(id, |held| held.retain(|live| (live.metric, live.n) != (metric, n)));
    }

    fn one(&mut self, id: ConversationId, metric: Metric, n: u32, change: impl FnOnce(&mut Live)) {
        self.change(id, |held| {
            if let Some(live) = held.iter_mut().find(|live| (live.metric, live.n) == (metric, n)) {
                change(live);
            }
        });
    }

    fn change(&mut self, id: ConversationId, change: impl FnOnce(&mut Vec<Live>)) {
        let held = self.held.entry(id).or_default();
        let before = held.iter().filter_map(Live::next).min();
        change(held);
        let after = held.iter().filter_map(Live::next).min();
        let outdated = held.iter().any(|live| live.outdated);
        if held.is_empty() {
            self.held.remove(&id);
        }
        if before != after {
            before.map(|at| self.deadlines.remove(&(at, id)));
            self.deadlines.extend(after.map(|at| (at, id)));
        }
        if !outdated {
            self.outdated.remove(&id);
        }
    }
}
