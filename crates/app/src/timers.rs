//! Ends snoozes, and absences that were given an end, when their time has come; those that ended while nothing ran included.

use domain::availability::until_passed;
use domain::conversation::change_status::snooze_due;
use domain::ids::{ConversationId, UserId};
use domain::time::{Millis, Timestamp};
use domain::{queue, routing};

use crate::Desk;
use crate::attendance::is_gone;
use crate::workers::{Next, Worker};

/// Of each, ended by one command.
const BATCH_MAX: usize = 256;
/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

/// See the module.
pub(crate) struct TimerWorker {
    desk: Desk,
}

impl TimerWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    fn due(&self, now: Timestamp) -> Due {
        self.desk.view(|views| Due {
            snoozes: views.timers.due(now, BATCH_MAX),
            absences: views.availability.due(now, BATCH_MAX),
            queues: views.queues.board().due(now, BATCH_MAX),
        })
    }
}

/// What is over, each with its end.
#[derive(Clone, PartialEq)]
struct Due {
    snoozes: Vec<(Timestamp, ConversationId)>,
    absences: Vec<(Timestamp, UserId)>,
    queues: Vec<(Timestamp, ConversationId, queue::Due)>,
}

impl Due {
    fn is_empty(&self) -> bool {
        self.snoozes.is_empty() && self.absences.is_empty() && self.queues.is_empty()
    }
}

impl Worker for TimerWorker {
    const NAME: &'static str = "timers";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        let due = self.due(now);
        if due.is_empty() {
            return Next::on_change().or_at(self.desk.view(projections::Views::next_due));
        }
        let (before, presence) = (due.clone(), self.desk.presence().clone());
        let ended = self.desk.work(move |step| {
            for (_, id) in due.snoozes {
                // One that was moved or ended meanwhile says so by itself; one that is gone must not hold up the others.
                if let Err(rejection) = snooze_due(step, id) {
                    tracing::error!(conversation = %id, %rejection, "a snooze cannot end");
                }
            }
            for (_, id) in due.absences {
                let gone = is_gone(&presence, id, step.now);
                until_passed(step, id, gone);
            }
            for (at, id, what) in due.queues {
                routing::due::due(step, id, what, at);
            }
            Ok(())
        });
        if let Err(failure) = ended.await {
            tracing::warn!(%failure, "what is due happens later");
            return Next::at(now + AGAIN_AFTER);
        }
        let stuck = self.due(now) == before;
        Next::on_change().or_at(Some(if stuck { now + AGAIN_AFTER } else { now }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use domain::conversation::Status;
    use domain::conversation::change_status::change;
    use domain::event::Actor;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_snooze_ends_at_its_time_and_also_when_nothing_ran_then() {
        let bench = Bench::new().await;
        let conversation = bench.says("34600000001", "hi").await;
        let until = bench.desk.now() + Millis::hours(1);
        let snooze =
            move |step: &mut domain::step::Step<'_>| change(step, conversation, Status::Snoozed, Some(until), None);
        bench.desk.run(Actor::User(bench.agent), snooze).await.unwrap();
        let status = |bench: &Bench| bench.desk.view(|views| views.inbox.get(conversation).unwrap().status());
        assert_eq!(TimerWorker::new(bench.desk.clone()).step().await.at, Some(until));
        assert_eq!(status(&bench), Status::Snoozed);
        let bench = bench.restarted();
        bench.clock.advance(Millis::hours(2));
        TimerWorker::new(bench.desk.clone()).step().await;
        assert_eq!(status(&bench), Status::Open);
        assert_eq!(TimerWorker::new(bench.desk.clone()).step().await.at, None);
    }
}
