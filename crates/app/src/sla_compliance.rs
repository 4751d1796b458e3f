//! How promises were kept, as far as somebody's brands reach.

use domain::access::{Action, Principal};
use domain::calendar::Date;
use domain::ids::BrandId;
use domain::sla::HeldBy;
use projections::sla_compliance::{Cell, Outcomes};

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
        Ok(self.view(|views| {
            let ended = views.sla_compliance.ended(from, to).filter(|(cell, _)| in_reach(cell.brand_id));
            let ended = ended.map(|(cell, outcomes)| (*cell, outcomes)).collect();
            let running =
                views.sla.running().filter(|_| to >= today).filter_map(|(id, policy_id, metric, breached)| {
                    let row = views.inbox.get(id).filter(|row| in_reach(row.brand_id()))?;
                    let (assignee_id, team_id, priority) = (row.assignee_id(), row.team_id(), row.priority());
                    let held_by = HeldBy { assignee_id, team_id, priority };
                    Some((Cell { day: today, brand_id: row.brand_id(), policy_id, metric, held_by }, breached))
                });
            Kept { ended, running: running.collect(), as_of: views.position() }
        }))
    }
}
