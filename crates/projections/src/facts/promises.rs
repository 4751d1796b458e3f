//! What became of promises, as rows: one for each that began, one for each that ended. What has begun and not ended runs, at
//! whatever position that is asked. An end says with whom its promise began, so that both are counted in the same place.

use std::collections::BTreeMap;

use domain::event::sla::{SlaCancelled, SlaFulfilled};
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::sla::{CancelReason, HeldBy, Metric, Retracted, Verdict};
use domain::time::Timestamp;

use super::rows::*;
use super::{Conversation, Facts};

/// Those that run, with the row of their beginning: memory follows open work.
pub(super) type Running = BTreeMap<(Slot, Metric, u32), Promised>;

/// Where a promise ended, and how.
struct Ended {
    policy_id: SlaPolicyId,
    at: Timestamp,
    verdict: Verdict,
    held_by: HeldBy,
}

impl Facts {
    /// Applies what was promised in a conversation, and what came of it.
    pub(super) fn promised_in(&mut self, slot: Slot, recorded: &Recorded) {
        let pos = recorded.pos;
        match &recorded.event {
            Event::SlaActivated(event) => {
                let key = (slot, event.metric, event.n);
                match event.retracts {
                    Some(was) => self.runs_again(key, was, pos),
                    None => self.begins(key, event.started_at, pos),
                }
            }
            Event::SlaRetargeted(event) => {
                let key = (slot, event.metric, event.n);
                self.moves(key, event.started_at, pos, |began| began != event.started_at);
            }
            Event::SlaFulfilled(event) => {
                let verdict = if event.margin_s >= 0 { Verdict::Met } else { Verdict::Late };
                let &SlaFulfilled { policy_id, at, held_by, .. } = event;
                self.ends((slot, event.metric, event.n), Ended { policy_id, at, verdict, held_by }, pos);
            }
            Event::SlaCancelled(event) => {
                let key = (slot, event.metric, event.n);
                if let Some(was) = event.retracts {
                    self.runs_again(key, was, pos);
                }
                if event.reason == CancelReason::WaitResumed {
                    // It is part of another promise, and counted there.
                    if let Some(began) = self.running.remove(&key) {
                        self.promised.retract(began, pos);
                    }
                    return;
                }
                let verdict = if event.breached { Verdict::Breached } else { Verdict::Cancelled };
                let &SlaCancelled { policy_id, at, held_by, .. } = event;
                self.ends(key, Ended { policy_id, at, verdict, held_by }, pos);
            }
            _ => {}
        }
    }

    fn begins(&mut self, key: (Slot, Metric, u32), at: Timestamp, pos: u64) {
        if self.running.contains_key(&key) {
            return;
        }
        let (slot, metric, n) = key;
        let Conversation { owner: agent, team, .. } = self.conversation(slot);
        let began = Promised { at, pos, slot, metric, n, agent, team };
        self.promised.add(began);
        self.running.insert(key, began);
    }

    /// An end that was counted is none: the promise runs, as it was begun.
    fn runs_again(&mut self, key: (Slot, Metric, u32), was: Retracted, pos: u64) {
        let (slot, metric, n) = key;
        let same = |row: &Kept| (row.slot, row.metric, row.n, row.at) == (slot, metric, n, was.at);
        let Some(was) = self.kept.retract_where(was.at, same, pos) else { return };
        let began =
            Promised { at: was.at - was.lasted, pos, slot, metric, n, agent: was.began_agent, team: was.began_team };
        self.running.insert(key, began);
    }

    fn ends(&mut self, key: (Slot, Metric, u32), ended: Ended, pos: u64) {
        let Ended { policy_id, at, verdict, held_by } = ended;
        self.begins(key, at, pos);
        // Nothing ends before it begins: a reply may turn out to be older than what it answers.
        self.moves(key, at, pos, |began| at < began);
        let Some(began) = self.running.remove(&key) else { return };
        let (slot, metric, n) = key;
        self.kept.add(Kept {
            at,
            pos,
            slot,
            policy: self.policies.number(policy_id),
            metric,
            n,
            verdict,
            assignee: self.people.of(held_by.assignee_id),
            team: self.teams.of(held_by.team_id),
            priority: held_by.priority,
            lasted: at - began.at,
            began_agent: began.agent,
            began_team: began.team,
        });
    }

    /// It turns out to have begun at another time.
    fn moves(&mut self, key: (Slot, Metric, u32), at: Timestamp, pos: u64, whether: impl FnOnce(Timestamp) -> bool) {
        let Some(began) = self.running.get(&key).copied().filter(|began| whether(began.at)) else { return };
        self.promised.retract(began, pos);
        let moved = Promised { at, pos, ..began };
        self.promised.add(moved);
        self.running.insert(key, moved);
    }
}
