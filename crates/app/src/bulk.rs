//! Jobs on many conversations: what is asked about them, and the worker that works them off, a chunk to a command.

use std::collections::HashMap;

use domain::access::Principal;
use domain::bulk::{self, CHUNK_MAX, Item, Job, Outcome, State, UndoOutcome, perform, undo};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Millis;

use crate::queries::Answer;
use crate::workers::{Next, Worker};
use crate::{Desk, Failure};

#[cfg(test)]
mod tests;

/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

/// A job with what only the log knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkJob {
    pub job: Job,
    pub reason: Option<String>,
}

/// One conversation of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkItem {
    pub conversation_id: ConversationId,
    /// `None`: not decided yet.
    pub outcome: Option<Outcome>,
    /// Whether it was taken back.
    pub undo: Option<UndoOutcome>,
}

impl Desk {
    /// A job that the asker may see, also one that ended long ago.
    pub fn bulk_job(&self, principal: &Principal, id: BulkJobId) -> Answer<BulkJob> {
        let known = self.view(|views| views.jobs.get(id).cloned());
        let job = match known {
            Some(job) => job,
            None => Job::from_stream(self.stream_facts(StreamId::BulkJob(id))?.iter()).ok_or(Rejection::NotFound)?,
        };
        if !bulk::sees(principal, job.by) {
            return Err(Rejection::NotFound.into());
        }
        self.with_reason(job)
    }

    /// Jobs that the asker may see, the newest first: those under way and those that ended lately.
    pub fn bulk_jobs(
        &self,
        principal: &Principal,
        before: Option<BulkJobId>,
        limit: usize,
    ) -> Answer<(Vec<BulkJob>, u64)> {
        let (jobs, position) = self.view(|views| {
            let seen = views.jobs.newest(before).filter(|job| bulk::sees(principal, job.by));
            (seen.take(limit).cloned().collect::<Vec<_>>(), views.position())
        });
        let jobs = jobs.into_iter().map(|job| self.with_reason(job)).collect::<Answer<_>>()?;
        Ok((jobs, position))
    }

    /// Every conversation of a job that the asker may see, in the order they were named.
    pub fn bulk_items(&self, principal: &Principal, id: BulkJobId) -> Answer<Vec<BulkItem>> {
        self.bulk_job(principal, id)?;
        Ok(items(&self.stream_facts(StreamId::BulkJob(id))?))
    }

    fn with_reason(&self, job: Job) -> Answer<BulkJob> {
        let asked = self.event_open(job.pos)?.map(|recorded| recorded.event);
        let reason = match asked {
            Some(Event::BulkJobRequested(event)) => event.private.map(|private| private.reason),
            _ => None,
        };
        Ok(BulkJob { job, reason })
    }

    /// Does the next chunk of the job that has waited longest. Gives whether there was one.
    pub async fn work_on_bulk_jobs(&self) -> Result<bool, Failure> {
        let Some(job) = self.view(|views| views.jobs.due().cloned()) else { return Ok(false) };
        let id = job.id;
        match job.state() {
            State::Undoing => {
                let done = done(&self.stream_facts(StreamId::BulkJob(id))?);
                self.work(move |step| {
                    undo::perform(step, id, &done, CHUNK_MAX);
                    Ok(())
                })
                .await?;
            }
            State::Queued | State::Running | State::Done | State::Undone => {
                let reason = self.with_reason(job)?.reason;
                self.work(move |step| {
                    perform::perform(step, id, reason.as_deref(), CHUNK_MAX);
                    Ok(())
                })
                .await?;
            }
        }
        Ok(true)
    }
}

/// The items of a job's stream.
fn items(stream: &[Recorded]) -> Vec<BulkItem> {
    let mut outcomes: HashMap<ConversationId, Outcome> = HashMap::new();
    let mut undone: HashMap<ConversationId, UndoOutcome> = HashMap::new();
    let mut named: &[ConversationId] = &[];
    for recorded in stream {
        match &recorded.event {
            Event::BulkJobRequested(event) => named = &event.conversation_ids,
            Event::BulkJobItemsDone(event) => {
                outcomes.extend(event.items.iter().map(|item| (item.conversation_id, item.outcome.clone())));
            }
            Event::BulkJobItemsUndone(event) => {
                undone.extend(event.items.iter().map(|item| (item.conversation_id, item.outcome.clone())));
            }
            _ => {}
        }
    }
    let item =
        |id: &ConversationId| BulkItem { conversation_id: *id, outcome: outcomes.remove(id), undo: undone.remove(id) };
    named.iter().map(item).collect()
}

/// Those of them that changed something, in their order.
fn done(stream: &[Recorded]) -> Vec<Item> {
    let items = stream.iter().filter_map(|recorded| match &recorded.event {
        Event::BulkJobItemsDone(event) => Some(&event.items),
        _ => None,
    });
    items.flatten().filter(|item| matches!(item.outcome, Outcome::Done { .. })).cloned().collect()
}

/// Works jobs off, those that were interrupted included.
pub(crate) struct BulkWorker {
    desk: Desk,
}

impl BulkWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

impl Worker for BulkWorker {
    const NAME: &'static str = "bulk jobs";

    async fn step(&mut self) -> Next {
        match self.desk.work_on_bulk_jobs().await {
            // One chunk at a time, so that everybody else's commands come in between.
            Ok(true) => Next::at(self.desk.now()),
            Ok(false) => Next::on_change(),
            Err(failure) => {
                tracing::warn!(%failure, "a bulk job goes on later");
                Next::at(self.desk.now() + AGAIN_AFTER)
            }
        }
    }
}
