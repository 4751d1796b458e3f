//! Ends snoozes, and absences that were given an end, and writes what becomes of promises, when their time has come; what came
//! while nothing ran included.

use domain::availability::until_passed;
use domain::conversation::change_status::snooze_due;
use domain::ids::{ConversationId, UserId};
use domain::sla::settle::fire;
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
            promises: views.sla.due(now, BATCH_MAX),
            outdated: views.sla.outdated(BATCH_MAX),
        })
    }
}

/// What is over, each with its end.
#[derive(Clone, PartialEq)]
struct Due {
    snoozes: Vec<(Timestamp, ConversationId)>,
    absences: Vec<(Timestamp, UserId)>,
    queues: Vec<(Timestamp, ConversationId, queue::Due)>,
    /// Conversations in which a deadline, or something before or after it, has come.
    promises: Vec<(Timestamp, ConversationId)>,
    /// Conversations with a promise that a changed policy was applied to.
    outdated: Vec<ConversationId>,
}

impl Due {
    fn is_empty(&self) -> bool {
        let Self { snoozes, absences, queues, promises, outdated } = self;
        let times = snoozes.is_empty() && absences.is_empty() && queues.is_empty();
        times && promises.is_empty() && outdated.is_empty()
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
            for id in due.promises.into_iter().map(|(_, id)| id).chain(due.outdated) {
                fire(step, id);
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
    use domain::condition::Condition;
    use domain::conversation::change_status::change;
    use domain::conversation::{Priority, Status};
    use domain::event::Actor;
    use domain::sla::{Escalation, EscalationAction, Metric, SlaPolicy, Target, manage};

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

    /// Everybody is answered within five minutes, and half of it is a step.
    async fn promised() -> Bench {
        let bench = Bench::new().await;
        let by = bench.principal();
        let target = Target {
            metric: Metric::FirstResponse,
            target_s: 300,
            target_s_by_priority: Default::default(),
            hours_id: None,
            pause_on: Default::default(),
            at_risk_percent: 80,
        };
        let action = EscalationAction::RaisePriority { priority: Priority::High };
        let policy = SlaPolicy {
            name: "Standard".to_owned(),
            brand_id: None,
            enabled: true,
            matches: Condition::default(),
            targets: vec![target],
            escalations: vec![Escalation { metric: Metric::FirstResponse, at_percent: 50, action }],
        };
        bench.desk.run(Actor::System, move |step| manage::create(step, &by, &policy)).await.unwrap();
        bench
    }

    /// The timer, until nothing is due.
    async fn settle(bench: &Bench) {
        let mut worker = TimerWorker::new(bench.desk.clone());
        for _ in 0..100 {
            if worker.step().await.at.is_none_or(|at| at > bench.desk.now()) {
                return;
            }
        }
        panic!("the timer does not come to rest");
    }

    /// What became of every promise, in each conversation's order, without when it was noticed.
    fn facts(bench: &Bench) -> Vec<String> {
        let mut known = Vec::new();
        let mut facts = Vec::new();
        for event in bench.events() {
            let mut json: serde_json::Value = serde_json::from_slice(&event.facts_json()).unwrap();
            let Some(id) = json["conversation_id"].as_str().map(str::to_owned) else { continue };
            if !event.kind().starts_with("sla.") && !event.kind().contains("priority") {
                continue;
            }
            let place = known.iter().position(|other| *other == id).unwrap_or_else(|| {
                known.push(id);
                known.len() - 1
            });
            for field in ["conversation_id", "message_id", "policy_id", "detected_at"] {
                json.as_object_mut().unwrap().remove(field);
            }
            facts.push(format!("{place:03} {} {json}", event.kind()));
        }
        // Each conversation's own order is kept.
        facts.sort_by_key(|fact| fact[..3].to_owned());
        facts
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundred_deadlines_in_a_downtime_are_the_same_facts_as_of_a_desk_that_never_stopped() {
        let (mut awake, mut down) = (promised().await, promised().await);
        for twin in [&awake, &down] {
            for customer in 0..100 {
                twin.says(&format!("3460000{customer:04}"), "hi").await;
                twin.clock.advance(Millis::seconds(1));
            }
        }
        down = down.restarted();
        awake.clock.advance(Millis(1));
        for _ in 0..40 {
            awake.clock.advance(Millis::seconds(10));
            down.clock.advance(Millis::seconds(10));
            settle(&awake).await;
        }
        awake = awake.restarted();
        down.clock.advance(Millis(1));
        settle(&down).await;
        for twin in [&awake, &down] {
            twin.clock.advance(Millis::minutes(5));
            let late = twin.says("34600000007", "anybody there?").await;
            twin.answers(late, "sorry").await;
            settle(twin).await;
        }
        let facts = facts(&awake);
        assert_eq!(facts.iter().filter(|fact| fact.contains("sla.breached")).count(), 100);
        assert_eq!(facts, self::facts(&down));
    }
}
