//! Everything that happens by itself: the outbox, files to fetch, snoozes and absences that end, people who come and go,
//! erasures to finish, jobs on many conversations, campaigns, contacts that come from files, reports as files, the search
//! index, snapshots, templates and health to look at. Each worker does what is due and says when it next wants to run; the runner here wakes it then, or
//! when the desk has applied something, and starts it anew should it panic.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::event::Event;
use domain::event::sla::is_of_promise;
use domain::time::{Millis, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::Desk;
use crate::attendance::AttendanceWorker;
use crate::bulk::BulkWorker;
use crate::campaigns::CampaignWorker;
use crate::clock::watch::ClockWorker;
use crate::contact_imports::ImportWorker;
use crate::erasure::ErasureWorker;
use crate::health::HealthWorker;
use crate::live::SignalWorker;
use crate::lookups::LookupWorker;
use crate::media::{FetchWorker, SweepWorker};
use crate::outbox::OutboxWorker;
use crate::provider::Provider;
use crate::reports::ReportWorker;
use crate::search::worker::SearchWorker;
use crate::snapshots::look_through::LookThroughWorker;
use crate::snapshots::worker::SnapshotWorker;
use crate::templates::TemplateWorker;
use crate::timers::TimerWorker;

/// How long stopping waits for what is under way.
pub const DRAIN_MAX: Duration = Duration::from_secs(10);
/// No worker sleeps longer, so that a clock that was set is noticed.
const SLEEP_MAX: Millis = Millis::seconds(60);
/// No worker is woken by the clock more often, whatever it asks for.
const SLEEP_MIN: Millis = Millis(5);
/// The first wait before a worker that panicked is started again; it doubles up to the maximum.
const RESTART_WAIT: Duration = Duration::from_secs(1);
const RESTART_WAIT_MAX: Duration = Duration::from_secs(60);

/// What the workers need.
#[derive(Clone)]
pub struct WorkerConfig {
    pub provider: Arc<dyn Provider>,
}

/// When a worker wants to run next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Next {
    /// At that time at the latest.
    pub(crate) at: Option<Timestamp>,
    /// Whenever the desk applied something that [`gives_work`].
    pub(crate) on_change: bool,
}

impl Next {
    pub(crate) fn on_change() -> Self {
        Self { at: None, on_change: true }
    }
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at: Some(at), on_change: false }
    }
    pub(crate) fn or_at(self, at: Option<Timestamp>) -> Self {
        let at = match (self.at, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { at, ..self }
    }
}

/// One kind of work.
pub(crate) trait Worker: Send + 'static {
    const NAME: &'static str;
    /// Does, or starts, what is due now.
    fn step(&mut self) -> impl Future<Output = Next> + Send;
    /// Ends what was started; nothing new is begun. Called once, with [`DRAIN_MAX`] to do it.
    fn drain(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
    /// The time for [`Self::drain`] is over.
    fn abandon(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Whether an event can give a worker something to do. What customers write, which is nearly everything that comes in, cannot:
/// a file that is to be fetched with it is an event of its own. Woken by every group, the workers took a twentieth of the CPU
/// of a busy desk to find that nothing was due.
///
/// A new deadline wakes whoever waits for one when it comes before all others, see the loop; it need not be said here.
pub(crate) fn gives_work(event: &Event) -> bool {
    !matches!(
        event,
        Event::MessageReceived(_)
            | Event::ConversationOpened(_)
            | Event::ConversationTriaged(_)
            | Event::ConversationRouted(_)
            | Event::ContactCreated(_)
            | Event::ContactIdentityLinked(_)
            | Event::ContactProfileObserved(_)
    ) && !is_of_promise(event)
}

/// Wakes one worker from outside its own loop.
#[derive(Clone, Default)]
pub(crate) struct Wake(Arc<Notify>);

impl Wake {
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// The running workers.
pub struct Workers {
    stop: watch::Sender<bool>,
    wakes: Vec<Wake>,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts them all on the current tokio runtime.
    pub fn start(desk: &Desk, config: WorkerConfig) -> Self {
        let mut workers = Self { stop: watch::Sender::new(false), wakes: Vec::new(), tasks: Vec::new() };
        let provider = config.provider;
        // A second start on one desk keeps the first's: there is one provider per process.
        let provider = desk.shared.provider.get_or_init(|| provider).clone();
        workers.run(desk, |wake| {
            let (desk, provider) = (desk.clone(), provider.clone());
            let flights = crate::outbox::Flights::new(wake);
            move || OutboxWorker::new(desk.clone(), provider.clone(), flights.clone())
        });
        workers.run(desk, |wake| {
            let (desk, provider) = (desk.clone(), provider.clone());
            move || FetchWorker::new(desk.clone(), provider.clone(), wake.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || SweepWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || TimerWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || ClockWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || LookupWorker::new(desk.clone())
        });
        workers.run(desk, |wake| {
            let desk = desk.clone();
            desk.presence().wakes(wake);
            move || AttendanceWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || SignalWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || ErasureWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || BulkWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || CampaignWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || ImportWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || ReportWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || SearchWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || LookThroughWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let desk = desk.clone();
            move || SnapshotWorker::new(desk.clone())
        });
        workers.run(desk, |_| {
            let (desk, provider) = (desk.clone(), provider.clone());
            move || TemplateWorker::new(desk.clone(), provider.clone())
        });
        workers.run(desk, |_| {
            let (desk, provider) = (desk.clone(), provider.clone());
            move || HealthWorker::new(desk.clone(), provider.clone())
        });
        workers
    }

    fn run<W: Worker, M: FnMut() -> W + Send + 'static>(&mut self, desk: &Desk, make: impl FnOnce(Wake) -> M) {
        let wake = Wake::default();
        let make = make(wake.clone());
        self.wakes.push(wake.clone());
        self.tasks.push(tokio::spawn(supervise(make, desk.clone(), self.stop.subscribe(), wake)));
    }

    /// Lets every worker look again now. For who moves a clock that is not the machine's.
    pub fn wake(&self) {
        self.wakes.iter().for_each(Wake::wake);
    }

    /// Claims nothing new, ends what is under way within [`DRAIN_MAX`], and writes down what became of the rest.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if task.await.is_err() {
                tracing::error!("a supervisor ended with a panic");
            }
        }
    }
}

async fn supervise<W: Worker>(mut make: impl FnMut() -> W, desk: Desk, mut stop: watch::Receiver<bool>, wake: Wake) {
    let mut wait = RESTART_WAIT;
    loop {
        let run = tokio::spawn(run(make(), desk.clone(), stop.clone(), wake.clone()));
        match run.await {
            Ok(()) => return,
            Err(error) if error.is_panic() => {
                tracing::error!(worker = W::NAME, "a worker panicked and is started again");
            }
            Err(_) => return,
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(RESTART_WAIT_MAX);
    }
}

async fn run<W: Worker>(mut worker: W, desk: Desk, mut stop: watch::Receiver<bool>, wake: Wake) {
    let mut applied = desk.shared.work_applied.subscribe();
    while !*stop.borrow() {
        applied.borrow_and_update();
        let next = tokio::select! {
            biased;
            next = worker.step() => next,
            // A step that waits for a provider must not hold up the end. What it leaves undone is done at the next start.
            () = overdue(stop.clone()) => break,
        };
        let sleep = next.at.map_or(SLEEP_MAX, |at| (at - desk.now()).clamp(SLEEP_MIN, SLEEP_MAX));
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Ok(()) = applied.changed(), if next.on_change => {}
            () = wake.0.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(sleep.0.max(0) as u64)) => {}
        }
    }
    if tokio::time::timeout(DRAIN_MAX, worker.drain()).await.is_err() {
        tracing::warn!(worker = W::NAME, "not everything under way has ended in time");
        worker.abandon().await;
    }
}

/// [`DRAIN_MAX`] after the word to stop.
async fn overdue(mut stop: watch::Receiver<bool>) {
    // A runner that is gone stops its workers too.
    let _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(DRAIN_MAX).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, soon, until};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Panics in its first life, works in its second.
    struct Clumsy {
        life: u32,
        steps: Arc<AtomicU32>,
    }

    impl Worker for Clumsy {
        const NAME: &'static str = "clumsy";
        async fn step(&mut self) -> Next {
            assert!(self.life > 0, "the first life ends badly");
            self.steps.fetch_add(1, Ordering::SeqCst);
            Next::on_change()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_worker_that_panics_is_started_again_and_wakes_when_there_may_be_work() {
        let bench = Bench::new().await;
        let steps = Arc::new(AtomicU32::new(0));
        let mut workers = Workers { stop: watch::Sender::new(false), wakes: Vec::new(), tasks: Vec::new() };
        let lives = Arc::new(AtomicU32::new(0));
        let counted = steps.clone();
        workers.run(&bench.desk, |_| {
            move || Clumsy { life: lives.fetch_add(1, Ordering::SeqCst), steps: counted.clone() }
        });
        until("the second life", || steps.load(Ordering::SeqCst) == 1).await;
        let conversation = bench.says("34600000001", "hi").await;
        bench.answers(conversation, "hello").await;
        until("it saw the change", || steps.load(Ordering::SeqCst) >= 2).await;
        let before = steps.load(Ordering::SeqCst);
        workers.wake();
        until("it was woken", || steps.load(Ordering::SeqCst) > before).await;
        soon(workers.stop()).await;
    }
}
