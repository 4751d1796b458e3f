//! Turns coming and going into availability: whoever has had no live connection for two minutes is away, and what they were
//! before once they are back.
//!
//! Whom it concerns is in the log, not in this process: an availability is *live* once a connection was open under it
//! (somebody's first one writes that down, `connected`), and only a live one lapses. So people who never open a live
//! connection stay what they said, and whoever had one before a restart has two minutes from its end to be back, as nobody
//! was there to see them leave. Written is at most one such change per person and
//! [half a minute](domain::availability::SETTLES_AFTER). The decisions are [`domain::availability`]'s; here is only when.

use domain::availability;
use domain::ids::UserId;
use domain::time::{Millis, Timestamp};

use crate::Desk;
use crate::presence::Presence;
use crate::workers::{Next, Worker};

/// How long nothing of somebody's may be connected before they are gone. A page that is loaded again, a lift, a tunnel: all
/// are shorter.
const GONE_AFTER: Millis = Millis::seconds(120);
/// People written about in one command.
const BATCH_MAX: usize = 256;
/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

/// See the module.
pub(crate) struct AttendanceWorker {
    desk: Desk,
}

/// Since when somebody with no connection is gone, or will be. `None`: they are here.
fn gone_at(presence: &Presence, user: UserId) -> Option<Timestamp> {
    presence.absent_since(user).map(|since| since + GONE_AFTER)
}

/// Whether nothing of theirs has been connected for so long that they are not there.
pub(crate) fn is_gone(presence: &Presence, user: UserId, now: Timestamp) -> bool {
    gone_at(presence, user).is_some_and(|at| at <= now)
}

impl AttendanceWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// Those whose availability changes by their connections, with the time at which it does.
    fn changes(&self, now: Timestamp) -> Vec<(Timestamp, UserId)> {
        let presence = self.desk.presence();
        let here = presence.everybody();
        self.desk.view(|views| {
            let comes = here.iter().filter_map(|each| {
                views.roster.principal(each.user_id)?;
                let state = views.availability.of(each.user_id)?;
                state.on_connection(now)?;
                Some((state.settles_at().unwrap_or(now), each.user_id))
            });
            let goes = views.availability.lapsing().filter_map(|(user, state)| {
                let gone = gone_at(presence, user)?;
                Some((state.settles_at().map_or(gone, |settled| settled.max(gone)), user))
            });
            comes.chain(goes).collect()
        })
    }
}

/// Those whose time has come, the longest ago first.
fn due(mut changes: Vec<(Timestamp, UserId)>, now: Timestamp) -> Vec<UserId> {
    changes.retain(|(at, _)| *at <= now);
    changes.sort_unstable();
    changes.into_iter().take(BATCH_MAX).map(|(_, user)| user).collect()
}

impl Worker for AttendanceWorker {
    const NAME: &'static str = "attendance";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        let idle_at = self.desk.presence().settle_idle(now);
        let changes = self.changes(now);
        let next = changes.iter().map(|(at, _)| *at).min();
        let due = due(changes, now);
        if due.is_empty() {
            return Next::default().or_at(idle_at).or_at(next);
        }
        let (wanted, presence) = (due.clone(), self.desk.presence().clone());
        let written = self.desk.work(move |step| {
            for user in wanted {
                // Who came back or left while the command waited is judged by how it is now.
                if presence.is_connected(user) {
                    availability::connected(step, user);
                } else if is_gone(&presence, user, step.now) {
                    availability::disconnected(step, user);
                }
            }
            Ok(())
        });
        if let Err(failure) = written.await {
            tracing::warn!(%failure, "who came and went is written down later");
            return Next::at(now + AGAIN_AFTER);
        }
        let stuck = self::due(self.changes(now), now) == due;
        Next::at(if stuck { now + AGAIN_AFTER } else { now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, soon, until};
    use crate::timers::TimerWorker;
    use crate::workers::{WorkerConfig, Workers};
    use domain::availability::{Availability, Cause, SETTLES_AFTER, Wish};
    use domain::event::{Actor, Event};
    use domain::ids::SessionId;

    impl Bench {
        /// Lets the worker do what is due; gives when it next wants to run.
        async fn attends(&self) -> Option<Timestamp> {
            let mut worker = AttendanceWorker::new(self.desk.clone());
            loop {
                let next = worker.step().await.at;
                if next.is_none_or(|at| at > self.desk.now()) {
                    return next;
                }
            }
        }
        fn connects(&self) -> crate::presence::Connected {
            self.desk.presence().connect(self.agent, SessionId::from_u128(1))
        }
        async fn chooses(&self, availability: Availability, until: Option<Timestamp>) {
            let (by, id) = (self.principal(), self.agent);
            let connected = self.desk.presence().is_connected(id);
            let wish = Wish { availability, until, note: None };
            let set = move |step: &mut domain::step::Step<'_>| availability::set(step, &by, id, wish, connected);
            self.desk.run(Actor::User(id), set).await.unwrap();
        }
        fn stands(&self) -> (Availability, Option<Cause>) {
            self.desk.view(|views| {
                let state = views.availability.of(self.agent).unwrap();
                (state.availability, state.cause)
            })
        }
        fn changes(&self) -> usize {
            self.events().iter().filter(|event| matches!(event, Event::AgentAvailabilityChanged(_))).count()
        }
    }

    const AVAILABLE: (Availability, Option<Cause>) = (Availability::Available, Some(Cause::Connected));
    const GONE: (Availability, Option<Cause>) = (Availability::Away, Some(Cause::Disconnected));
    const BACK: (Availability, Option<Cause>) = (Availability::Available, Some(Cause::Returned));

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_is_gone_for_two_minutes_is_away_and_available_when_they_are_back() {
        let bench = Bench::new().await;
        let connection = bench.connects();
        bench.attends().await;
        assert_eq!(bench.stands(), AVAILABLE);
        bench.clock.advance(Millis::hours(1));
        drop(connection);
        let gone_at = bench.desk.now() + GONE_AFTER;
        assert_eq!(bench.attends().await, Some(gone_at));
        bench.clock.advance(Millis(GONE_AFTER.0 - 1));
        bench.attends().await;
        assert_eq!(bench.stands(), AVAILABLE);
        bench.clock.advance(Millis(1));
        assert_eq!(bench.attends().await, None);
        assert_eq!(bench.stands(), GONE);
        bench.clock.advance(Millis::hours(1));
        let _connection = bench.connects();
        bench.attends().await;
        assert_eq!((bench.stands(), bench.changes()), (BACK, 3));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_running_worker_is_woken_by_whoever_comes() {
        let bench = Bench::new().await;
        let workers = Workers::start(&bench.desk, WorkerConfig { provider: bench.provider.clone() });
        let _connection = bench.connects();
        until("they are available", || bench.stands() == AVAILABLE).await;
        soon(workers.stop()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_page_loaded_again_and_a_second_window_write_nothing() {
        let bench = Bench::new().await;
        let mut connection = bench.connects();
        bench.attends().await;
        for _ in 0..5 {
            drop(connection);
            bench.clock.advance(Millis(GONE_AFTER.0 - 1));
            bench.attends().await;
            connection = bench.connects();
            bench.attends().await;
        }
        let window = bench.connects();
        drop(connection);
        bench.clock.advance(Millis::hours(1));
        bench.attends().await;
        assert_eq!((bench.stands(), bench.changes()), (AVAILABLE, 1));
        drop(window);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_connection_that_comes_and_goes_is_written_about_once_in_half_a_minute() {
        let bench = Bench::new().await;
        drop(bench.connects());
        let connection = bench.connects();
        bench.attends().await;
        drop(connection);
        bench.clock.advance(GONE_AFTER);
        bench.attends().await;
        bench.clock.advance(Millis(1));
        // Back at once: written when the last change has settled, if they are still here then.
        let connection = bench.connects();
        let settled = bench.desk.now() + SETTLES_AFTER - Millis(1);
        assert_eq!(bench.attends().await, Some(settled));
        assert_eq!(bench.stands(), GONE);
        drop(connection);
        bench.clock.advance(SETTLES_AFTER);
        bench.attends().await;
        assert_eq!((bench.stands(), bench.changes()), (GONE, 2));
        let _connection = bench.connects();
        bench.attends().await;
        assert_eq!((bench.stands(), bench.changes()), (BACK, 3));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn after_a_restart_everybody_has_two_minutes_to_come_back() {
        let bench = Bench::new().await;
        let connection = bench.connects();
        bench.attends().await;
        let bench = bench.restarted();
        drop(connection);
        bench.clock.advance(Millis(GONE_AFTER.0 - 1));
        bench.attends().await;
        assert_eq!(bench.stands(), AVAILABLE);
        bench.clock.advance(Millis(1));
        bench.attends().await;
        assert_eq!(bench.stands(), GONE);
        // The next process knows why they are away, and gives it back.
        let bench = bench.restarted();
        bench.clock.advance(Millis::hours(1));
        let _connection = bench.connects();
        bench.attends().await;
        assert_eq!((bench.stands(), bench.changes()), (BACK, 3));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_never_opens_a_live_connection_stays_what_they_said() {
        let bench = Bench::new().await;
        bench.chooses(Availability::Busy, None).await;
        let bench = bench.restarted();
        bench.clock.advance(Millis::days(1));
        bench.attends().await;
        assert_eq!((bench.stands(), bench.changes()), ((Availability::Busy, Some(Cause::Chosen)), 1));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_end_that_passes_while_nothing_ran_makes_available_whom_it_finds_and_away_whom_it_does_not() {
        for (returns, expected) in [(true, (Availability::Available, Some(Cause::UntilPassed))), (false, GONE)] {
            let bench = Bench::new().await;
            let connection = bench.connects();
            let until = bench.desk.now() + Millis::hours(1);
            bench.chooses(Availability::Busy, Some(until)).await;
            assert_eq!(TimerWorker::new(bench.desk.clone()).step().await.at, Some(until));
            let bench = bench.restarted();
            drop(connection);
            bench.clock.advance(Millis::hours(2));
            let _connection = returns.then(|| bench.connects());
            TimerWorker::new(bench.desk.clone()).step().await;
            TimerWorker::new(bench.desk.clone()).step().await;
            bench.attends().await;
            assert_eq!((bench.stands(), bench.changes()), (expected, 2));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_closed_account_with_a_connection_still_open_makes_no_work() {
        let bench = Bench::new().await;
        let user_id = bench.agent;
        let _connection = bench.connects();
        bench.attends().await;
        let close = move |step: &mut domain::step::Step<'_>| {
            step.emit(domain::event::StreamId::User(user_id), domain::event::user::UserDeactivated { user_id });
            Ok(())
        };
        bench.desk.run(Actor::System, close).await.unwrap();
        let head = bench.desk.reader().head();
        bench.clock.advance(Millis::hours(1));
        assert_eq!(bench.attends().await, None);
        assert_eq!((bench.stands(), bench.desk.reader().head()), ((Availability::Offline, None), head));
    }
}
