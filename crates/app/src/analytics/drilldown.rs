//! The rows behind a number, a page at a time. Rows lie in the order of time, so a page is read from the day on which the one
//! before ended; only where a row stands for several (a conversation that somebody handled), or for what runs, all is read each
//! time. Those whose conversation the asker does not see are only counted.

use domain::access::Principal;
use domain::ids::*;
use projections::Views;
use projections::analytics::drilldown::{Drilldown, evidence};
use projections::analytics::{Basis, Sample};
use serde::{Deserialize, Serialize};

use super::{NumbersQuery, Unanswered};
use crate::{Desk, Failure};

/// Rows that a page may look at.
const LOOKED_MAX: usize = 5_000;

/// A row behind a number.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillRow {
    pub sample: Sample,
    pub conversation_id: ConversationId,
    pub number: u64,
    pub agent_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    /// Of the events behind it.
    pub positions: Vec<u64>,
}

/// Where a page ended: the question it was of, and how far it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub as_of: u64,
    pub at: i64,
    pub from: i64,
    pub to: i64,
    pub definition: u32,
    slice: usize,
    row: usize,
}

/// A page.
#[derive(Debug, Default)]
pub struct DrillPage {
    pub rows: Vec<DrillRow>,
    /// Rows passed over that count and whose conversation the asker does not see.
    pub withheld: u32,
    pub next: Option<Place>,
}

/// A page being filled.
struct Filling<'a> {
    principal: &'a Principal,
    basis: Basis,
    limit: usize,
    looked: usize,
    page: DrillPage,
}

impl Filling<'_> {
    /// Takes rows of a slice from one on. Gives the first that has no place any more.
    fn take(&mut self, views: &Views, rows: &[Sample], from: usize) -> Option<usize> {
        for (n, sample) in rows.iter().enumerate().skip(from) {
            if self.page.rows.len() == self.limit || self.looked == LOOKED_MAX {
                return Some(n);
            }
            self.looked += 1;
            match self.shown(views, sample) {
                Some(row) => self.page.rows.push(row),
                None => self.page.withheld += 1,
            }
        }
        None
    }

    fn shown(&self, views: &Views, sample: &Sample) -> Option<DrillRow> {
        let facts = &views.facts;
        let conversation = facts.conversation(sample.slot);
        let row = views.inbox.get(conversation.id())?;
        views.inbox.sees(self.principal, &row).then(|| DrillRow {
            sample: *sample,
            conversation_id: conversation.id(),
            number: conversation.number(),
            agent_id: facts.people.id(sample.agent),
            team_id: facts.teams.id(sample.team),
            positions: evidence(views, sample, &self.basis),
        })
    }
}

impl Desk {
    /// See the module. `after`: where the page before ended.
    pub fn drilldown(
        &self,
        principal: &Principal,
        query: &NumbersQuery,
        after: Option<Place>,
        limit: usize,
    ) -> Result<DrillPage, Unanswered> {
        let (drilldown, slices, basis) = self.asked(principal, query, |question, views| {
            let basis = question.basis.clone();
            let drilldown = Drilldown::new(question);
            let slices = drilldown.as_ref().map(|drilldown| drilldown.slices(views));
            (drilldown, slices.unwrap_or_default(), basis)
        })?;
        let mut drilldown = drilldown.ok_or(Failure::Internal)?;
        let (begin, row) = after.map_or((0, 0), |place| (place.slice, place.row));
        let place = |slice, row| Place {
            as_of: query.moment.pos,
            at: query.moment.at.as_millis(),
            from: query.from.as_millis(),
            to: query.to.as_millis(),
            definition: query.definition,
            slice,
            row,
        };
        let mut filling = Filling { principal, basis, limit, looked: 0, page: DrillPage::default() };
        // What stands is listed after all that ended, and follows from all of it.
        let (has_rest, last) = (drilldown.has_rest(), slices.len());
        for (slice, read) in slices.into_iter().enumerate().skip(if has_rest { 0 } else { begin }) {
            let full = self.view(|views| {
                let rows = drilldown.rows(views, read);
                let from = if slice == begin { row } else { 0 };
                if slice < begin { None } else { filling.take(views, &rows, from) }
            });
            if let Some(row) = full {
                filling.page.next = Some(place(slice, row));
                return Ok(filling.page);
            }
        }
        if has_rest {
            let rows = drilldown.rest();
            let full = self.view(|views| filling.take(views, &rows, if begin == last { row } else { 0 }));
            filling.page.next = full.map(|row| place(last, row));
        }
        Ok(filling.page)
    }
}
