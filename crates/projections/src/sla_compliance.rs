//! What became of promises: counters by the day (UTC) on which each ended, its policy and metric, and whose conversation it
//! was then. An outcome that is taken back (a reply that failed) says so in its event and is counted no more. Counters only,
//! so memory follows days and people, not conversations; promises that run are in [`domain::sla::Book`].

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::conversation::Priority;
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::sla::{CancelReason, HeldBy, Metric, Retracted, Verdict};
use domain::time::Timestamp;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// On which they ended.
    pub day: Date,
    pub brand_id: BrandId,
    pub policy_id: SlaPolicyId,
    pub metric: Metric,
    pub held_by: HeldBy,
}

/// How promises ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Fulfilled in time.
    pub met: u64,
    /// Fulfilled after the deadline.
    pub late: u64,
    /// Cancelled after the deadline.
    pub breached: u64,
    /// Cancelled before the deadline.
    pub cancelled: u64,
}

impl Outcomes {
    fn of(&mut self, verdict: Verdict) -> Option<&mut u64> {
        match verdict {
            Verdict::Met => Some(&mut self.met),
            Verdict::Late => Some(&mut self.late),
            Verdict::Breached => Some(&mut self.breached),
            Verdict::Cancelled => Some(&mut self.cancelled),
            Verdict::Open => None,
        }
    }
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::ops::AddAssign for Outcomes {
    fn add_assign(&mut self, more: Self) {
        self.met += more.met;
        self.late += more.late;
        self.breached += more.breached;
        self.cancelled += more.cancelled;
    }
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct SlaCompliance {
    cells: BTreeMap<Cell, Outcomes>,
}

impl SlaCompliance {
    /// What ended on these days.
    pub fn ended(&self, from: Date, to: Date) -> impl Iterator<Item = (&Cell, Outcomes)> {
        // The least that a cell of the day can be.
        let first = Cell {
            day: from,
            brand_id: BrandId::from_u128(0),
            policy_id: SlaPolicyId::from_u128(0),
            metric: Metric::FirstResponse,
            held_by: HeldBy { assignee_id: None, team_id: None, priority: Priority::None },
        };
        let after = self.cells.range(first..);
        after.take_while(move |(cell, _)| cell.day <= to).map(|(cell, outcomes)| (cell, *outcomes))
    }

    /// Applies an event of a conversation of this brand.
    pub(crate) fn apply(&mut self, recorded: &Recorded, brand: Option<BrandId>) {
        let Some(brand) = brand else { return };
        match &recorded.event {
            Event::SlaActivated(event) => self.retract(brand, event.policy_id, event.metric, event.retracts),
            Event::SlaFulfilled(event) => {
                let verdict = if event.margin_s >= 0 { Verdict::Met } else { Verdict::Late };
                let cell = cell(brand, event.policy_id, event.metric, event.at, event.held_by);
                self.count(cell, verdict);
            }
            Event::SlaCancelled(event) => {
                self.retract(brand, event.policy_id, event.metric, event.retracts);
                // It is part of another promise, and counted there.
                if event.reason == CancelReason::WaitResumed {
                    return;
                }
                let verdict = if event.breached { Verdict::Breached } else { Verdict::Cancelled };
                self.count(cell(brand, event.policy_id, event.metric, event.at, event.held_by), verdict);
            }
            _ => {}
        }
    }

    fn count(&mut self, cell: Cell, verdict: Verdict) {
        if let Some(count) = self.cells.entry(cell).or_default().of(verdict) {
            *count += 1;
        }
    }

    fn retract(&mut self, brand: BrandId, policy: SlaPolicyId, metric: Metric, retracted: Option<Retracted>) {
        let Some(Retracted { at, verdict, held_by }) = retracted else { return };
        let cell = cell(brand, policy, metric, at, held_by);
        let Some(outcomes) = self.cells.get_mut(&cell) else { return };
        if let Some(count) = outcomes.of(verdict) {
            *count = count.saturating_sub(1);
        }
        if outcomes.is_empty() {
            self.cells.remove(&cell);
        }
    }
}

fn cell(brand_id: BrandId, policy_id: SlaPolicyId, metric: Metric, at: Timestamp, held_by: HeldBy) -> Cell {
    Cell { day: Date::of(at), brand_id, policy_id, metric, held_by }
}
