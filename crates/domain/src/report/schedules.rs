//! The reports that come again and again, each with when it is due next. Folded by decisions and by read models alike.

use std::collections::BTreeMap;

use super::schedule::ScheduledReport;
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

/// One, with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: ScheduledReportId,
    /// Version at which it was last changed by somebody: what `If-Match` names. Its runs do not move it.
    pub version: u64,
    pub created_by: UserId,
    pub report: ScheduledReport,
    /// `None`: it is switched off.
    pub next_due: Option<Timestamp>,
    pub last_run_at: Option<Timestamp>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Schedules {
    entries: BTreeMap<ScheduledReportId, Entry>,
}

impl Schedules {
    pub fn get(&self, id: ScheduledReportId) -> Option<&Entry> {
        self.entries.get(&id)
    }
    /// In the order they were made.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.values()
    }
    /// Those that are due.
    pub fn due(&self, now: Timestamp, max: usize) -> Vec<(Timestamp, ScheduledReportId)> {
        let due = self.entries.values().filter_map(|entry| Some((entry.next_due?, entry.id)));
        due.filter(|(at, _)| *at <= now).take(max).collect()
    }
    /// When the next is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.entries.values().filter_map(|entry| entry.next_due).min()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::ScheduledReportCreated(event) => {
                let entry = Entry {
                    id: event.report_id,
                    version: recorded.version,
                    created_by: event.created_by,
                    next_due: event.report.next_after(at),
                    report: event.report.clone(),
                    last_run_at: None,
                };
                self.entries.insert(event.report_id, entry);
            }
            Event::ScheduledReportChanged(event) => {
                if let Some(entry) = self.entries.get_mut(&event.report_id) {
                    entry.version = recorded.version;
                    entry.next_due = event.report.next_after(at);
                    entry.report = event.report.clone();
                }
            }
            Event::ScheduledReportRemoved(event) => {
                self.entries.remove(&event.report_id);
            }
            Event::ScheduledReportRan(event) => {
                if let Some(entry) = self.entries.get_mut(&event.report_id) {
                    entry.next_due = entry.report.next_after(event.due_at);
                    entry.last_run_at = Some(at);
                }
            }
            _ => {}
        }
    }
}
