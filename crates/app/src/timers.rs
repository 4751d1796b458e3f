//! What happens at its time by itself: snoozes and absences that end, promises that are kept too late, places in queues,
//! conversations in which nothing was written, messages for later, reports that come again and again. What fell due while nothing ran comes first.

use domain::availability::until_passed;
use domain::bot::choose;
use domain::conversation::change_status::snooze_due;
use domain::conversation::inactivity;
use domain::conversation::schedule::{self, Schedule, Written};
use domain::csat::ask;
use domain::event::Event;
use domain::ids::{AutomationRuleId, ConversationId, MessageId, QuestionId, ScheduledReportId, UserId};
use domain::report::schedule as scheduled_report;
use domain::sla::settle::fire;
use domain::time::{Millis, Timestamp};
use domain::{automation, queue, routing};

use crate::Desk;
use crate::attendance::is_gone;
use crate::workers::{Next, Worker};

/// Of each, decided by one command.
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
        let frozen = self.desk.outbox_is_frozen();
        self.desk.view(|views| Due {
            snoozes: views.timers.due(now, BATCH_MAX),
            absences: views.availability.due(now, BATCH_MAX),
            promises: views.sla.due(now, BATCH_MAX),
            outdated: views.sla.outdated(BATCH_MAX),
            queues: views.queues.board().due(now, BATCH_MAX),
            silent: views.inactivity.due(now, BATCH_MAX),
            rules: if frozen { Vec::new() } else { views.automation_timers.due(now, BATCH_MAX) },
            surveys: if frozen { Vec::new() } else { views.csat_book.due(now, BATCH_MAX) },
            questions: if frozen { Vec::new() } else { views.bot.due(now, BATCH_MAX) },
            reports: views.scheduled_reports.due(now, BATCH_MAX),
            // Whoever a restored copy was copied from may have sent them since: they wait until a person says that this one sends.
            messages: if frozen {
                Vec::new()
            } else {
                views.schedules.due(now, BATCH_MAX).into_iter().cloned().collect()
            },
        })
    }

    fn next_due(&self) -> Next {
        let frozen = self.desk.outbox_is_frozen();
        self.desk.view(|views| {
            let next = Next::on_change().or_at(views.next_due());
            let of_rules = views.automation_timers.next_due();
            let sent = [views.schedules.next_due(), views.csat_book.next_due(), views.bot.next_due(), of_rules];
            let sent = sent.into_iter().flatten().min();
            next.or_at(sent.filter(|_| !frozen))
        })
    }

    /// Questions whose time is over. `false`: nothing could be decided now.
    async fn end_questions(&self, due: Vec<(Timestamp, ConversationId, QuestionId)>) -> bool {
        let ended = self.desk.work(move |step| {
            due.into_iter().for_each(|(_, id, question)| choose::due(step, id, question));
            Ok(())
        });
        ended.await.inspect_err(|failure| tracing::warn!(%failure, "questions end later")).is_ok()
    }

    /// What a message for later says: contents lie in the log alone. `None`: the log cannot be read now, which says nothing
    /// about the message.
    fn read(&self, waiting: &Schedule) -> Option<Written> {
        let private = |pos| {
            let recorded = self.desk.event_open(pos).ok()?;
            Some(match recorded.map(|recorded| recorded.event) {
                Some(Event::MessageScheduled(event)) => event.private,
                Some(Event::MessageScheduleChanged(event)) => event.private,
                _ => None,
            })
        };
        Some(Written {
            pos: waiting.written_pos,
            content: private(waiting.written_pos)?.map(|private| private.content),
            context_provider_id: private(waiting.first_pos)?.and_then(|private| private.context_provider_id),
        })
    }
}

/// What is over, each with its end.
#[derive(Clone, PartialEq)]
struct Due {
    snoozes: Vec<(Timestamp, ConversationId)>,
    absences: Vec<(Timestamp, UserId)>,
    /// Conversations in which a deadline, or something before or after it, has come.
    promises: Vec<(Timestamp, ConversationId)>,
    /// Conversations with a promise that a changed policy was applied to.
    outdated: Vec<ConversationId>,
    queues: Vec<(Timestamp, ConversationId, queue::Due)>,
    silent: Vec<(Timestamp, ConversationId)>,
    /// Rules that are to be asked so long after something.
    rules: Vec<(Timestamp, ConversationId, AutomationRuleId)>,
    /// Conversations whose customer is now asked how satisfied they are.
    surveys: Vec<(Timestamp, ConversationId)>,
    messages: Vec<Schedule>,
    /// What customers were asked and nobody answered.
    questions: Vec<(Timestamp, ConversationId, QuestionId)>,
    reports: Vec<(Timestamp, ScheduledReportId)>,
}

impl Due {
    fn is_empty(&self) -> bool {
        let Self {
            snoozes,
            absences,
            promises,
            outdated,
            queues,
            silent,
            surveys,
            messages,
            questions,
            reports,
            rules,
        } = self;
        let of_people = snoozes.is_empty() && absences.is_empty() && messages.is_empty() && surveys.is_empty();
        let of_work = promises.is_empty() && outdated.is_empty() && queues.is_empty() && silent.is_empty();
        of_people && of_work && reports.is_empty() && questions.is_empty() && rules.is_empty()
    }
}

impl Worker for TimerWorker {
    const NAME: &'static str = "timers";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        let due = self.due(now);
        if due.is_empty() {
            return self.next_due();
        }
        // In a command of its own: what follows from it by itself must not be taken for the time of something else.
        if !due.questions.is_empty() && !self.end_questions(due.questions.clone()).await {
            return Next::at(now + AGAIN_AFTER);
        }
        let (before, presence) = (due.clone(), self.desk.presence().clone());
        let written: Vec<(MessageId, Written)> =
            due.messages.iter().filter_map(|waiting| Some((waiting.message_id, self.read(waiting)?))).collect();
        let ended = self.desk.work(move |step| {
            // What was moved or ended meanwhile says so by itself; what is gone must not hold up the others.
            for (_, id) in due.snoozes {
                if let Err(rejection) = snooze_due(step, id) {
                    tracing::error!(conversation = %id, %rejection, "a snooze cannot end");
                }
            }
            for (_, id) in due.absences {
                let gone = is_gone(&presence, id, step.now);
                until_passed(step, id, gone);
            }
            for id in due.promises.into_iter().map(|(_, id)| id).chain(due.outdated) {
                fire(step, id);
            }
            for (at, id, what) in due.queues {
                routing::due::due(step, id, what, at);
            }
            // Before the silent: what a colleague wrote for now breaks the silence.
            for (id, written) in written {
                if let Err(rejection) = schedule::due(step, id, written) {
                    tracing::error!(message = %id, %rejection, "a message for later cannot be queued");
                }
            }
            for (_, id) in due.silent {
                if let Err(rejection) = inactivity::due(step, id) {
                    tracing::error!(conversation = %id, %rejection, "a silent conversation cannot be resolved");
                }
            }
            for (_, id) in due.surveys {
                ask::due(step, id);
            }
            // Last, in the state that all the others leave.
            for (at, id, rule) in due.rules {
                automation::run::due(step, id, rule, at);
            }
            for (_, id) in due.reports {
                scheduled_report::run(step, id);
            }
            Ok(())
        });
        if let Err(failure) = ended.await {
            tracing::warn!(%failure, "what is due is done later");
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
    use domain::automation::action::{AutomationAction, Choice, Question};
    use domain::content::Content;
    use domain::conversation::Status;
    use domain::conversation::change_status::change;
    use domain::conversation::reply::Reply;
    use domain::csat::Survey;
    use domain::event::csat::SkipReason;
    use domain::event::message::Sender;
    use domain::event::queue::QueueChanged;
    use domain::event::{Actor, StreamId};
    use domain::queue::settings::AutoResolve;
    use domain::queue::{QueueId, QueueSettings};

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

    /// The brand's common queue resolves after two hours, and tells the customer half an hour before.
    async fn resolves_by_itself(bench: &Bench) {
        let brand = bench.desk.view(|views| views.directory.channels.get(bench.channel).unwrap().brand_id);
        let queue_id = QueueId::Common(brand);
        let rule = AutoResolve {
            after_ms: Millis::hours(2),
            warn_before_ms: Some(Millis::minutes(30)),
            warning: Some("Still there?".to_owned()),
            disposition: None,
        };
        let settings = QueueSettings { auto_resolve: Some(rule), ..QueueSettings::default() };
        let event = QueueChanged { queue_id, settings };
        let change = move |step: &mut domain::step::Step<'_>| {
            step.emit(StreamId::Queue(queue_id), event);
            Ok(())
        };
        bench.desk.run(Actor::User(bench.agent), change).await.unwrap();
    }

    fn status(bench: &Bench, id: ConversationId) -> Status {
        bench.desk.view(|views| views.inbox.get(id).unwrap().status())
    }

    fn texts(bench: &Bench) -> Vec<String> {
        let text = |event| match event {
            Event::MessageQueued(event) => Some(event.private?.content.preview()?.to_owned()),
            _ => None,
        };
        bench.events().into_iter().filter_map(text).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn new_settings_reach_what_is_open_and_a_customer_who_writes_puts_the_end_off() {
        let bench = Bench::new().await;
        let id = bench.says("34600000001", "hi").await;
        bench.answers(id, "Hello.").await;
        let answered = bench.desk.now();
        let mut worker = TimerWorker::new(bench.desk.clone());
        assert_eq!(worker.step().await.at, None);
        resolves_by_itself(&bench).await;
        assert_eq!(worker.step().await.at, Some(answered + Millis::minutes(90)));
        bench.clock.advance(Millis::minutes(90));
        worker.step().await;
        assert_eq!(texts(&bench), ["Hello.", "Still there?"]);
        assert_eq!(worker.step().await.at, Some(answered + Millis::hours(2)));
        bench.says("34600000001", "yes").await;
        assert_eq!(worker.step().await.at, None);
        bench.answers(id, "Good.").await;
        drop(worker);
        let bench = bench.restarted();
        bench.clock.advance(Millis::hours(3));
        let mut worker = TimerWorker::new(bench.desk.clone());
        worker.step().await;
        assert_eq!(status(&bench, id), Status::Resolved);
        assert_eq!(texts(&bench), ["Hello.", "Still there?", "Good."]);
        assert_eq!(worker.step().await.at, None);
    }

    /// The agent writes for an hour later.
    async fn writes_for_later(bench: &Bench, conversation_id: ConversationId) -> MessageId {
        let plan = schedule::Plan { at: bench.desk.now() + Millis::hours(1), cancel_if_customer_writes: false };
        let wanted = Reply {
            conversation_id,
            sender: Sender::User(bench.agent),
            content: Content::text("As promised."),
            reply_to_id: None,
            context_provider_id: None,
            client_ref: None,
            media_id: None,
            after_pos: None,
        };
        let later = move |step: &mut domain::step::Step<'_>| schedule::schedule(step, &wanted, plan);
        bench.desk.run(Actor::User(bench.agent), later).await.unwrap().value
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_message_for_later_is_queued_at_its_time_also_after_a_restart() {
        let bench = Bench::new().await;
        let id = bench.says("34600000001", "hi").await;
        let due_at = bench.desk.now() + Millis::hours(1);
        let message = writes_for_later(&bench, id).await;
        assert_eq!(TimerWorker::new(bench.desk.clone()).step().await.at, Some(due_at));
        assert_eq!(bench.status(message), "scheduled");
        let bench = bench.restarted();
        bench.clock.advance(Millis::hours(2));
        let mut worker = TimerWorker::new(bench.desk.clone());
        worker.step().await;
        assert_eq!((bench.status(message).as_str(), texts(&bench)), ("queued", vec!["As promised.".to_owned()]));
        assert_eq!(worker.step().await.at, None);
        let waiting = bench.desk.view(|views| views.outbox.get(message).is_some());
        assert!(waiting);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn in_a_restored_copy_messages_for_later_wait_until_somebody_says_that_it_sends() {
        let bench = Bench::new().await;
        let id = bench.says("34600000001", "hi").await;
        let message = writes_for_later(&bench, id).await;
        let (copy, _dir) = bench.restored_copy();
        bench.clock.advance(Millis::hours(2));
        let mut worker = TimerWorker::new(copy.clone());
        assert_eq!(worker.step().await.at, None);
        let waits = |copy: &Desk| copy.view(|views| views.schedules.get(message).is_some());
        assert!(waits(&copy));
        copy.release_outbox(Actor::System).await.unwrap();
        worker.step().await;
        assert!(!waits(&copy));
        copy.close();
    }

    /// The brand asks ten minutes after a resolution.
    async fn asks_later(bench: &Bench) {
        let brand = bench.desk.view(|views| views.directory.channels.get(bench.channel).unwrap().brand_id);
        let survey = Survey { enabled: true, delay_ms: Millis::minutes(10), ..Survey::default() };
        let admin = bench.principal();
        let change = move |step: &mut domain::step::Step<'_>| domain::csat::change::change(step, &admin, brand, survey);
        bench.desk.run(Actor::User(bench.agent), change).await.unwrap();
    }

    async fn resolves(bench: &Bench, id: ConversationId) {
        let resolve = move |step: &mut domain::step::Step<'_>| change(step, id, Status::Resolved, None, None);
        bench.desk.run(Actor::User(bench.agent), resolve).await.unwrap();
    }

    fn surveys(bench: &Bench) -> Vec<Event> {
        bench.events().into_iter().filter(|event| matches!(event, Event::CsatSent(_) | Event::CsatSkipped(_))).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_customer_is_asked_at_the_time_of_asking_once_also_after_a_restart() {
        let bench = Bench::new().await;
        asks_later(&bench).await;
        let id = bench.says("34600000001", "hi").await;
        bench.answers(id, "Hello.").await;
        resolves(&bench, id).await;
        let due_at = bench.desk.now() + Millis::minutes(10);
        assert_eq!(TimerWorker::new(bench.desk.clone()).step().await.at, Some(due_at));
        let bench = bench.restarted();
        bench.clock.advance(Millis::minutes(11));
        let mut worker = TimerWorker::new(bench.desk.clone());
        worker.step().await;
        let asked = surveys(&bench);
        assert!(matches!(&asked[..], [Event::CsatSent(sent)] if sent.resolver_id == Some(bench.agent)), "{asked:?}");
        assert_eq!(worker.step().await.at, None);
        drop(worker);
        let bench = bench.restarted();
        TimerWorker::new(bench.desk.clone()).step().await;
        assert_eq!(surveys(&bench).len(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_question_whose_time_came_in_a_long_downtime_finds_the_window_closed() {
        let bench = Bench::new().await;
        asks_later(&bench).await;
        let id = bench.says("34600000001", "hi").await;
        bench.answers(id, "Hello.").await;
        resolves(&bench, id).await;
        let bench = bench.restarted();
        bench.clock.advance(Millis::days(2));
        let mut worker = TimerWorker::new(bench.desk.clone());
        worker.step().await;
        let left_out = surveys(&bench);
        let reason = SkipReason::WindowClosed;
        assert!(matches!(&left_out[..], [Event::CsatSkipped(skipped)] if skipped.reason == reason), "{left_out:?}");
        assert_eq!(worker.step().await.at, None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn in_a_restored_copy_nobody_is_asked_until_somebody_says_that_it_sends() {
        let bench = Bench::new().await;
        asks_later(&bench).await;
        let id = bench.says("34600000001", "hi").await;
        bench.answers(id, "Hello.").await;
        resolves(&bench, id).await;
        let (copy, _dir) = bench.restored_copy();
        bench.clock.advance(Millis::minutes(11));
        let mut worker = TimerWorker::new(copy.clone());
        assert_eq!(worker.step().await.at, None);
        let waits = |copy: &Desk| copy.view(|views| views.csat_book.waiting(id).is_some());
        assert!(waits(&copy));
        copy.release_outbox(Actor::System).await.unwrap();
        worker.step().await;
        assert!(!waits(&copy));
        copy.close();
    }

    /// A rule that asks who writes first, and says goodbye to who does not answer.
    async fn asks(bench: &Bench) {
        let bye = AutomationAction::SendMessage { content: Content::text("Bye.") };
        let choice = |title: &str| Choice { title: title.to_owned(), also: Vec::new(), then: Vec::new() };
        let question = Question {
            text: "What is it about?".to_owned(),
            list_button: None,
            choices: vec![choice("Billing"), choice("Delivery")],
            wait_ms: Millis::minutes(10),
            repeats_max: 1,
            on_timeout: vec![bye],
            on_no_match: Vec::new(),
        };
        bench.rule(AutomationAction::Ask(question)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_question_that_nobody_answers_ends_at_its_time_once_also_after_a_restart() {
        let bench = Bench::new().await;
        asks(&bench).await;
        let id = bench.says("34600000001", "hi").await;
        let due_at = bench.desk.now() + Millis::minutes(10);
        assert!(bench.desk.view(|views| views.inbox.get(id).unwrap().has_bot()));
        assert_eq!(TimerWorker::new(bench.desk.clone()).step().await.at, Some(due_at));
        let bench = bench.restarted();
        bench.clock.advance(Millis::minutes(11));
        let mut worker = TimerWorker::new(bench.desk.clone());
        worker.step().await;
        assert_eq!(texts(&bench), ["What is it about?", "Bye."]);
        let ended = |event: Event| match event {
            Event::QuestionExpired(event) => Some(event.at),
            _ => None,
        };
        assert_eq!(bench.events().into_iter().filter_map(ended).collect::<Vec<_>>(), [due_at]);
        worker.step().await;
        assert_eq!(texts(&bench).len(), 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn in_a_restored_copy_no_question_ends_until_somebody_says_that_it_sends() {
        let bench = Bench::new().await;
        asks(&bench).await;
        let id = bench.says("34600000001", "hi").await;
        let (copy, _dir) = bench.restored_copy();
        bench.clock.advance(Millis::minutes(11));
        let mut worker = TimerWorker::new(copy.clone());
        worker.step().await;
        let open = |copy: &Desk| copy.view(|views| views.bot.open(id).is_some());
        assert!(open(&copy));
        copy.release_outbox(Actor::System).await.unwrap();
        worker.step().await;
        assert!(!open(&copy));
        copy.close();
    }
}
