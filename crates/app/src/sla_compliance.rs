//! How promises were kept, as far as somebody's brands reach: counted from the rows that numbers are made of.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::access::{Action, Principal};
use domain::calendar::Date;
use domain::ids::BrandId;
use domain::sla::HeldBy;
use projections::analytics::compliance::{self, Cell, Outcomes};

use crate::Desk;
use crate::queries::Answer;

/// What ended in a period, and what still runs.
#[derive(Debug)]
pub struct Kept {
    pub ended: Vec<(Cell, Outcomes)>,
    /// Where each promise lies that runs, and whether its deadline has passed. Empty unless the period reaches to `today`.
    pub running: Vec<(Cell, bool)>,
    pub as_of: u64,
}

impl Desk {
    /// Promises that ended from one day to another, both included, and those that run.
    pub fn sla_compliance(&self, principal: &Principal, from: Date, to: Date, today: Date) -> Answer<Kept> {
        self.allow(principal, Action::SlaRead)?;
        let in_reach = |brand: BrandId| principal.rights().in_brand(brand);
        let (as_of, running) = self.view(|views| {
            let running =
                views.sla.running().filter(|_| to >= today).filter_map(|(id, policy_id, metric, breached)| {
                    let row = views.inbox.get(id).filter(|row| in_reach(row.brand_id()))?;
                    let (assignee_id, team_id, priority) = (row.assignee_id(), row.team_id(), row.priority());
                    let held_by = HeldBy { assignee_id, team_id, priority };
                    let (brand_id, policy_id) = (Some(row.brand_id()), Some(policy_id));
                    Some((Cell { day: today, brand_id, policy_id, metric, held_by }, breached))
                });
            (views.position(), running.collect())
        });
        let mut ended = BTreeMap::new();
        // A day at a time: what happens meanwhile is not known at that position.
        for n in 0..=to.days_since(from) {
            let day = Date::from(from.naive() + TimeDelta::days(n));
            self.view(|views| compliance::ended(&views.facts, day, as_of, &mut ended));
        }
        ended.retain(|cell, _| cell.brand_id.is_some_and(in_reach));
        Ok(Kept { ended: ended.into_iter().collect(), running, as_of })
    }
}
