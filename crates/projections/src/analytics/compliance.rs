//! How promises were kept, by the day (UTC) on which each ended and whose conversation it was then: the same rows that the
//! service-level metrics are made of.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::ids::*;
use domain::sla::{HeldBy, Metric, Verdict};
use domain::time::{Millis, Timestamp};

use crate::facts::Facts;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// On which they ended.
    pub day: Date,
    pub brand_id: Option<BrandId>,
    pub policy_id: Option<SlaPolicyId>,
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
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Met => self.met += 1,
            Verdict::Late => self.late += 1,
            Verdict::Breached => self.breached += 1,
            Verdict::Cancelled => self.cancelled += 1,
            Verdict::Open => {}
        }
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

/// Adds what ended on a day, as known at a position.
pub fn ended(facts: &Facts, day: Date, as_of: u64, cells: &mut BTreeMap<Cell, Outcomes>) {
    let from = start_of(day);
    for row in facts.kept.between(from, from + Millis::days(1), as_of) {
        let held_by = HeldBy {
            assignee_id: facts.people.id(row.assignee),
            team_id: facts.teams.id(row.team),
            priority: row.priority,
        };
        let brand_id = facts.brands.id(facts.lies(row.slot).1);
        let policy_id = facts.policies.id(row.policy);
        let cell = Cell { day, brand_id, policy_id, metric: row.metric, held_by };
        cells.entry(cell).or_default().count(row.verdict);
    }
}

fn start_of(day: Date) -> Timestamp {
    Timestamp::from_millis(day.naive().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}
