//! The jobs that wait, are worked on, or ended lately. Folded by decisions and by read models alike. What became of single
//! items stays in the log: here is how many of each, and which are still to do.

use std::collections::{BTreeMap, BTreeSet};

use super::{Operation, Outcome, UndoOutcome};
use crate::event::{Actor, Event, Recorded};
use crate::ids::{BulkJobId, ConversationId};
use crate::time::Timestamp;

/// Jobs kept after they have ended: the newest. Older ones are read from the log, and can no longer be taken back.
pub const FINISHED_MAX: usize = 200;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Queued,
    Running,
    Done,
    Undoing,
    Undone,
}

impl State {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
}

/// How many items ended how.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub done: u32,
    pub unchanged: u32,
    pub refused: u32,
    pub not_found: u32,
}

impl Tally {
    /// Items decided so far.
    pub const fn total(self) -> u32 {
        self.done + self.unchanged + self.refused + self.not_found
    }
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done { .. } => self.done += 1,
            Outcome::Unchanged { .. } => self.unchanged += 1,
            Outcome::Refused { .. } => self.refused += 1,
            Outcome::NotFound => self.not_found += 1,
        }
    }
}

/// How many of the items that were done were taken back.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UndoTally {
    pub undone: u32,
    pub changed_since: u32,
    pub refused: u32,
    pub not_found: u32,
}

impl UndoTally {
    /// Items decided so far.
    pub const fn total(self) -> u32 {
        self.undone + self.changed_since + self.refused + self.not_found
    }
    fn add(&mut self, outcome: &UndoOutcome) {
        match outcome {
            UndoOutcome::Undone { .. } => self.undone += 1,
            UndoOutcome::ChangedSince { .. } => self.changed_since += 1,
            UndoOutcome::Refused { .. } => self.refused += 1,
            UndoOutcome::NotFound => self.not_found += 1,
        }
    }
}

/// A job that is, or was, taken back.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
pub struct Undo {
    pub by: Actor,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub tally: UndoTally,
}

/// A job.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Job {
    pub id: BulkJobId,
    /// Position of the event that asked for it.
    pub pos: u64,
    pub by: Actor,
    pub operation: Operation,
    pub total: u32,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub tally: Tally,
    pub undo: Option<Undo>,
    /// What is still to do; empty once it has ended.
    ids: Vec<ConversationId>,
}

impl Job {
    /// Folds a whole stream; `None` where it does not begin with the request.
    pub fn from_stream<'a>(mut events: impl Iterator<Item = &'a Recorded>) -> Option<Self> {
        let mut job = Self::requested(events.next()?)?;
        events.for_each(|event| job.apply(event));
        Some(job)
    }

    fn requested(recorded: &Recorded) -> Option<Self> {
        let Event::BulkJobRequested(event) = &recorded.event else { return None };
        Some(Self {
            id: event.job_id,
            pos: recorded.pos,
            by: recorded.actor,
            operation: event.operation.clone(),
            total: event.conversation_ids.len() as u32,
            requested_at: recorded.occurred_at,
            finished_at: None,
            tally: Tally::default(),
            undo: None,
            ids: event.conversation_ids.clone(),
        })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::BulkJobItemsDone(event) => event.items.iter().for_each(|item| self.tally.add(&item.outcome)),
            Event::BulkJobFinished(_) => {
                self.finished_at = Some(at);
                self.ids = Vec::new();
            }
            Event::BulkJobUndoRequested(_) => {
                let (by, tally) = (recorded.actor, UndoTally::default());
                self.undo = Some(Undo { by, requested_at: at, finished_at: None, tally });
            }
            Event::BulkJobItemsUndone(event) => {
                if let Some(undo) = &mut self.undo {
                    event.items.iter().for_each(|item| undo.tally.add(&item.outcome));
                }
            }
            Event::BulkJobUndone(_) => {
                if let Some(undo) = &mut self.undo {
                    undo.finished_at = Some(at);
                }
            }
            _ => {}
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        match (self.undo, self.finished_at) {
            (Some(Undo { finished_at: Some(_), .. }), _) => State::Undone,
            (Some(_), _) => State::Undoing,
            (None, Some(_)) => State::Done,
            (None, None) if self.tally.total() == 0 => State::Queued,
            (None, None) => State::Running,
        }
    }

    /// The next conversations to work on, at most `max`.
    pub fn next(&self, max: usize) -> &[ConversationId] {
        let left = self.ids.get(self.tally.total() as usize..).unwrap_or_default();
        &left[..left.len().min(max)]
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Jobs {
    jobs: BTreeMap<BulkJobId, Job>,
    /// Those that wait or are worked on, by the position of what asked for it.
    open: BTreeSet<(u64, BulkJobId)>,
}

impl Jobs {
    pub fn get(&self, id: BulkJobId) -> Option<&Job> {
        self.jobs.get(&id)
    }
    /// Newest first, those before `before`.
    pub fn newest(&self, before: Option<BulkJobId>) -> impl Iterator<Item = &Job> {
        let end = before.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.jobs.range((std::ops::Bound::Unbounded, end)).rev().map(|(_, job)| job)
    }
    /// How many wait or are worked on.
    pub fn open(&self) -> usize {
        self.open.len()
    }
    /// The one to work on: that which has waited longest.
    pub fn due(&self) -> Option<&Job> {
        self.open.first().and_then(|(_, id)| self.jobs.get(id))
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::BulkJobRequested(event) => {
                self.jobs.extend(Job::requested(recorded).map(|job| (event.job_id, job)));
                self.open.insert((recorded.pos, event.job_id));
            }
            Event::BulkJobItemsDone(event) => self.change(event.job_id, recorded),
            Event::BulkJobItemsUndone(event) => self.change(event.job_id, recorded),
            Event::BulkJobUndoRequested(event) => {
                self.change(event.job_id, recorded);
                self.open.insert((recorded.pos, event.job_id));
            }
            Event::BulkJobFinished(event) => self.ended(event.job_id, recorded),
            Event::BulkJobUndone(event) => self.ended(event.job_id, recorded),
            _ => {}
        }
    }

    fn change(&mut self, id: BulkJobId, recorded: &Recorded) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.apply(recorded);
        }
    }

    fn ended(&mut self, id: BulkJobId, recorded: &Recorded) {
        self.change(id, recorded);
        self.open.retain(|(_, open)| *open != id);
        if self.jobs.len() - self.open.len() > FINISHED_MAX {
            let is_open = |id: &BulkJobId| self.open.iter().any(|(_, open)| open == id);
            if let Some(oldest) = self.jobs.keys().find(|id| !is_open(id)).copied() {
                self.jobs.remove(&oldest);
            }
        }
    }
}
