//! Jobs through the loop and the log, with crashes in between.

use domain::access::Principal;
use domain::bulk::{Operation, Outcome, Request, State, UndoOutcome, request, undo};
use domain::conversation::{Status, change_status};
use domain::event::{Actor, Event};
use domain::ids::*;
use domain::time::Millis;

use super::BulkWorker;
use crate::testing::{Bench, soon, until};
use crate::workers::{Worker, WorkerConfig, Workers};

async fn conversations(bench: &Bench, count: usize) -> Vec<ConversationId> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(bench.says(&format!("346{n:08}"), "hi").await);
    }
    ids
}

impl Bench {
    async fn asks(&self, ids: &[ConversationId], operation: Operation) -> BulkJobId {
        let wanted =
            Request { conversation_ids: ids.to_vec(), operation, reason: Some("the parcel was found".to_owned()) };
        self.desk.run(Actor::User(self.agent), move |step| request(step, wanted)).await.unwrap().value
    }

    async fn takes_back(&self, id: BulkJobId) {
        let by = Principal::plain(self.agent, domain::access::Role::SuperAdmin);
        self.desk.run(Actor::User(self.agent), move |step| undo::request(step, &by, id)).await.unwrap();
    }

    fn job_stands(&self, id: BulkJobId) -> State {
        self.desk.bulk_job(&self.principal(), id).unwrap().job.state()
    }

    fn statuses(&self, ids: &[ConversationId]) -> Vec<Status> {
        self.desk.view(|views| ids.iter().map(|id| views.inbox.get(*id).unwrap().status()).collect())
    }

    fn resolutions(&self) -> usize {
        self.events().iter().filter(|event| matches!(event, Event::ConversationResolved(_))).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_goes_on_where_a_crash_interrupted_it_and_so_does_its_undoing() {
    let bench = Bench::new().await;
    let ids = conversations(&bench, 120).await;
    let job = bench.asks(&ids, Operation::Resolve { disposition: None }).await;
    let mut worker = BulkWorker::new(bench.desk.clone());
    worker.step().await;
    assert_eq!((bench.job_stands(job), bench.resolutions()), (State::Running, 50));
    drop(worker);
    let bench = bench.restarted();
    let before = bench.desk.view(|views| views.digest());
    let mut worker = BulkWorker::new(bench.desk.clone());
    while worker.step().await.at.is_some() {}
    assert_ne!(bench.desk.view(|views| views.digest()), before);
    assert_eq!((bench.job_stands(job), bench.resolutions()), (State::Done, 120));
    assert!(bench.statuses(&ids).iter().all(|status| *status == Status::Resolved));
    let items = bench.desk.bulk_items(&bench.principal(), job).unwrap();
    assert_eq!(items.iter().map(|item| item.conversation_id).collect::<Vec<_>>(), ids);
    assert!(items.iter().all(|item| matches!(item.outcome, Some(Outcome::Done { .. })) && item.undo.is_none()));
    // The reason came along, for the one conversation and for the job.
    let reason = bench.events().into_iter().find_map(|event| match event {
        Event::ConversationResolved(event) => event.reason,
        _ => None,
    });
    assert_eq!(reason.as_deref(), Some("the parcel was found"));
    assert_eq!(bench.desk.bulk_job(&bench.principal(), job).unwrap().reason, reason);
    // One of them is open again; the rest is taken back, with a crash in between.
    let last = ids[119];
    let reopen = move |step: &mut domain::step::Step<'_>| change_status::change(step, last, Status::Open, None, None);
    bench.desk.run(Actor::User(bench.agent), reopen).await.unwrap();
    bench.takes_back(job).await;
    drop(worker);
    let mut worker = BulkWorker::new(bench.desk.clone());
    worker.step().await;
    assert_eq!(bench.job_stands(job), State::Undoing);
    drop(worker);
    let bench = bench.restarted();
    let mut worker = BulkWorker::new(bench.desk.clone());
    while worker.step().await.at.is_some() {}
    assert_eq!(bench.job_stands(job), State::Undone);
    assert!(bench.statuses(&ids).iter().all(|status| *status == Status::Open));
    let undo = bench.desk.view(|views| views.jobs.get(job).unwrap().undo.unwrap().tally);
    assert_eq!((undo.undone, undo.changed_since), (119, 1));
    let items = bench.desk.bulk_items(&bench.principal(), job).unwrap();
    assert!(matches!(items[119].undo, Some(UndoOutcome::ChangedSince { .. })));
    // Read back, everything is as it was.
    let live = bench.desk.view(|views| views.digest());
    drop(worker);
    let bench = bench.restarted();
    assert_eq!(bench.desk.view(|views| views.digest()), live);
    assert!(BulkWorker::new(bench.desk.clone()).step().await.at.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_worker_is_woken_by_a_job() {
    let bench = Bench::new().await;
    let ids = conversations(&bench, 3).await;
    let workers = Workers::start(&bench.desk, WorkerConfig { provider: bench.provider.clone() });
    let later = bench.desk.now() + Millis::hours(1);
    let job = bench.asks(&ids, Operation::Snooze { until: later }).await;
    until("it is done", || bench.job_stands(job) == State::Done).await;
    assert!(bench.statuses(&ids).iter().all(|status| *status == Status::Snoozed));
    soon(workers.stop()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_ended_long_ago_is_read_from_the_log() {
    let bench = Bench::new().await;
    let absent = [ConversationId::from_u128(7)];
    let first = bench.asks(&absent, Operation::Resolve { disposition: None }).await;
    let kept = bench.desk.bulk_job(&bench.principal(), first).unwrap();
    let mut worker = BulkWorker::new(bench.desk.clone());
    while worker.step().await.at.is_some() {}
    for _ in 0..domain::bulk::FINISHED_MAX {
        bench.asks(&absent, Operation::Resolve { disposition: None }).await;
        while worker.step().await.at.is_some() {}
    }
    assert!(bench.desk.view(|views| views.jobs.get(first).is_none()));
    let read = bench.desk.bulk_job(&bench.principal(), first).unwrap();
    assert_eq!((read.reason, read.job.state(), read.job.tally.not_found), (kept.reason, State::Done, 1));
    let items = bench.desk.bulk_items(&bench.principal(), first).unwrap();
    assert_eq!(items[0].outcome, Some(Outcome::NotFound));
    let stranger = Principal::plain(UserId::from_u128(9), domain::access::Role::Agent);
    assert!(bench.desk.bulk_job(&stranger, first).is_err());
}
