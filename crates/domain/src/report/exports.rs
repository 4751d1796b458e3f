//! Exports that wait, are there, or ended lately. Folded by decisions and by read models alike.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::{Scope, Spec};
use crate::event::media::StoredFile;
use crate::event::report::ExportFailure;
use crate::event::{Actor, Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

/// Of those that failed or whose file is gone, how many are still told of: the newest.
pub const ENDED_KEPT: usize = 200;

/// What became of it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub enum Outcome {
    Waiting,
    Made {
        file: StoredFile,
        rows: u64,
        scope: Scope,
        expires_at: Timestamp,
    },
    Failed(ExportFailure),
    /// The file was there and is gone.
    Expired {
        rows: u64,
        bytes: u64,
    },
}

/// One export.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Export {
    pub id: ReportExportId,
    /// Position of the event that asked for it.
    pub pos: u64,
    pub by: Actor,
    pub for_user_id: UserId,
    pub spec: Spec,
    pub scheduled_report_id: Option<ScheduledReportId>,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub outcome: Outcome,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Exports {
    exports: BTreeMap<ReportExportId, Export>,
    /// By the position of what asked for them.
    waiting: BTreeSet<(u64, ReportExportId)>,
    /// Files, by when their time is over.
    files: BTreeSet<(Timestamp, ReportExportId)>,
}

impl Exports {
    pub fn get(&self, id: ReportExportId) -> Option<&Export> {
        self.exports.get(&id)
    }
    /// Newest first, those before `before`.
    pub fn newest(&self, before: Option<ReportExportId>) -> impl Iterator<Item = &Export> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        self.exports.range((Bound::Unbounded, end)).rev().map(|(_, export)| export)
    }
    /// How many wait or are made.
    pub fn open(&self) -> usize {
        self.waiting.len()
    }
    /// How many files there are.
    pub fn files(&self) -> usize {
        self.files.len()
    }
    /// The one to make: that which has waited longest.
    pub fn next(&self) -> Option<&Export> {
        self.waiting.first().and_then(|(_, id)| self.exports.get(id))
    }
    /// Files whose time is over.
    pub fn over(&self, now: Timestamp, max: usize) -> Vec<&Export> {
        let over = self.files.iter().take_while(|(expires_at, _)| *expires_at <= now).take(max);
        over.filter_map(|(_, id)| self.exports.get(id)).collect()
    }
    /// When a file's time is over next.
    pub fn next_over(&self) -> Option<Timestamp> {
        self.files.first().map(|(expires_at, _)| *expires_at)
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ReportExportRequested(event) => {
                let export = Export {
                    id: event.export_id,
                    pos: recorded.pos,
                    by: recorded.actor,
                    for_user_id: event.for_user_id,
                    spec: event.spec.clone(),
                    scheduled_report_id: event.scheduled_report_id,
                    requested_at: recorded.occurred_at,
                    finished_at: None,
                    outcome: Outcome::Waiting,
                };
                self.exports.insert(event.export_id, export);
                self.waiting.insert((recorded.pos, event.export_id));
            }
            Event::ReportExportCompleted(event) => {
                self.files.insert((event.expires_at, event.export_id));
                let outcome = Outcome::Made {
                    file: event.file.clone(),
                    rows: event.rows,
                    scope: event.scope.clone(),
                    expires_at: event.expires_at,
                };
                self.ended(event.export_id, outcome, recorded.occurred_at);
            }
            Event::ReportExportFailed(event) => {
                self.ended(event.export_id, Outcome::Failed(event.reason), recorded.occurred_at);
                self.forget();
            }
            Event::ReportExportExpired(event) => {
                if let Some(export) = self.exports.get_mut(&event.export_id)
                    && let Outcome::Made { file, rows, expires_at, .. } = &export.outcome
                {
                    self.files.remove(&(*expires_at, event.export_id));
                    export.outcome = Outcome::Expired { rows: *rows, bytes: file.size };
                }
                self.forget();
            }
            _ => {}
        }
    }

    fn ended(&mut self, id: ReportExportId, outcome: Outcome, at: Timestamp) {
        if let Some(export) = self.exports.get_mut(&id) {
            self.waiting.remove(&(export.pos, id));
            (export.outcome, export.finished_at) = (outcome, Some(at));
        }
    }

    fn forget(&mut self) {
        while self.exports.len() - self.waiting.len() - self.files.len() > ENDED_KEPT {
            let is_over = |export: &&Export| matches!(export.outcome, Outcome::Failed(_) | Outcome::Expired { .. });
            let Some(oldest) = self.exports.values().find(is_over).map(|export| export.id) else { return };
            self.exports.remove(&oldest);
        }
    }
}
