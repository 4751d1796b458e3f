//! The rows of an export, a page at a time: day by day, within a day in the order in which conversations were opened. What is
//! held is the day's conversations by number and one page of rows.

use std::collections::VecDeque;

use domain::access::Principal;
use domain::ids::ContactId;
use domain::report::{Kind, Spec};
use domain::time::{Millis, Timestamp};
use projections::facts::{Facts, Kept, Row as _, Slot};

use super::rows::{Asked, Names, Row, rows_of};
use super::{contacts, summary};
use crate::{Desk, Failure};

/// Conversations looked at under the lock at once.
const PAGE: usize = 100;
const DAY: i64 = Millis::days(1).0;

/// See the module.
pub(super) struct Pages {
    desk: Desk,
    spec: Spec,
    /// When its position was.
    as_of: Timestamp,
    reader: Principal,
    names: Names,
    /// Where the next day begins.
    next: Timestamp,
    /// The part of the day that is being read.
    day: (Timestamp, Timestamp),
    slots: VecDeque<(Slot, Vec<Kept>)>,
    /// Contacts that are still to be written; `None`: they were not looked for yet.
    contacts: Option<VecDeque<ContactId>>,
}

impl Pages {
    pub(super) fn new(desk: Desk, spec: Spec, as_of: Timestamp, reader: Principal) -> Self {
        let names = Names::of(&desk);
        let next = spec.from;
        Self { desk, spec, as_of, reader, names, next, day: (next, next), slots: VecDeque::new(), contacts: None }
    }

    /// The next rows; perhaps none. `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, Failure> {
        // Between two pages everybody else has their turn.
        tokio::task::yield_now().await;
        match self.spec.question.kind {
            Kind::Contacts => return self.next_contacts().await,
            Kind::Summary => return self.next_summary().await,
            Kind::Conversations
            | Kind::FirstResponses
            | Kind::Replies
            | Kind::Resolutions
            | Kind::Sla
            | Kind::Ratings => {}
        }
        if self.slots.is_empty() {
            if self.next >= self.spec.to {
                return Ok(None);
            }
            self.read_day();
            return Ok(Some(Vec::new()));
        }
        let count = self.slots.len().min(PAGE);
        let page: Vec<_> = self.slots.drain(..count).collect();
        let Self { desk, spec, as_of, reader, names, day, .. } = self;
        let asked = Asked { spec, as_of: *as_of, reader, names, from: day.0, to: day.1 };
        let rows =
            desk.view(|views| page.iter().flat_map(|(slot, kept)| rows_of(views, &asked, *slot, kept)).collect());
        Ok(Some(rows))
    }

    /// All numbers are one page.
    async fn next_summary(&mut self) -> Result<Option<Vec<Row>>, Failure> {
        if self.next >= self.spec.to {
            return Ok(None);
        }
        self.next = self.spec.to;
        let (desk, spec, as_of, reader) = (self.desk.clone(), self.spec.clone(), self.as_of, self.reader.clone());
        let rows = tokio::task::spawn_blocking(move || summary::rows(&desk, &spec, as_of, &reader)).await;
        rows.map_err(|_| Failure::Internal)?.map(Some)
    }

    /// The next contacts, those of before found when the first are asked for.
    async fn next_contacts(&mut self) -> Result<Option<Vec<Row>>, Failure> {
        let Some(rest) = &mut self.contacts else {
            let found = contacts::wanted(&self.desk, &self.spec, &self.reader).await?;
            self.contacts = Some(found.into());
            return Ok(Some(Vec::new()));
        };
        if rest.is_empty() {
            return Ok(None);
        }
        let count = rest.len().min(PAGE);
        let page: Vec<_> = rest.drain(..count).collect();
        let Self { desk, names, reader, spec, .. } = self;
        Ok(Some(page.into_iter().filter_map(|id| contacts::row(desk, names, reader, spec, id)).collect()))
    }

    /// Which conversations have rows in the next day.
    fn read_day(&mut self) {
        let end = Timestamp::from_millis((self.next.as_millis().div_euclid(DAY) + 1) * DAY).min(self.spec.to);
        self.day = (self.next, end);
        self.next = end;
        let (kind, as_of, day) = (self.spec.question.kind, self.spec.as_of_pos, self.day);
        let mut found = self.desk.view(|views| rows_in(&views.facts, kind, day, as_of));
        found.sort_by_key(|(slot, kept)| (*slot, kept.map(|kept| (kept.at, kept.pos))));
        for (slot, kept) in found {
            match self.slots.back_mut().filter(|(last, _)| *last == slot) {
                Some((_, rows)) => rows.extend(kept),
                None => self.slots.push_back((slot, kept.into_iter().collect())),
            }
        }
    }
}

fn rows_in(facts: &Facts, kind: Kind, (from, to): (Timestamp, Timestamp), as_of: u64) -> Vec<(Slot, Option<Kept>)> {
    let plain = |slot| (slot, None);
    match kind {
        Kind::Contacts | Kind::Summary => Vec::new(),
        Kind::Conversations => {
            let first = facts.opened.between(from, to, as_of).filter(|row| row.episode == 1);
            first.map(|row| plain(row.slot())).collect()
        }
        Kind::FirstResponses => facts.first_responses.between(from, to, as_of).map(|row| plain(row.slot())).collect(),
        Kind::Replies => facts.written.between(from, to, as_of).map(|row| plain(row.slot())).collect(),
        Kind::Resolutions => facts.resolved.between(from, to, as_of).map(|row| plain(row.slot())).collect(),
        Kind::Ratings => facts.surveyed.between(from, to, as_of).map(|row| plain(row.slot())).collect(),
        Kind::Sla => facts.kept.between(from, to, as_of).map(|row| (row.slot(), Some(row))).collect(),
    }
}
