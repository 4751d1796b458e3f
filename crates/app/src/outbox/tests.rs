//! The outbox against a scripted provider: one rule per test.

use std::sync::Arc;

use domain::conversation::dispatch;
use domain::conversation::observe_status::callback_data;
use domain::event::Event;
use domain::inbound::{InboundFact, StatusObservation};
use domain::time::Millis;

use super::*;
use crate::provider::{ErrorClass, Provider, Recipient, SendOutcome};
use crate::testing::{Bench, soon, until};
use crate::workers::Wake;

struct Outbox {
    worker: OutboxWorker,
    flights: Flights,
}

fn outbox(bench: &Bench) -> Outbox {
    let flights = Flights::new(Wake::default());
    let provider: Arc<dyn Provider> = bench.provider.clone();
    Outbox { worker: OutboxWorker::new(bench.desk.clone(), provider, flights.clone()), flights }
}

impl Outbox {
    /// One step, and everything it began is over.
    async fn turn(&mut self) -> Next {
        let next = self.worker.step().await;
        soon(self.flights.all_landed()).await;
        next
    }

    /// Steps until nothing more can go now.
    async fn settle(&mut self, bench: &Bench) -> Next {
        loop {
            let before = bench.provider.sent.lock().len();
            let next = self.turn().await;
            if bench.provider.sent.lock().len() == before {
                return next;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_reply_is_sent_once_to_the_address_the_provider_gave() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600111222", "hello").await;
    let message = bench.answers(conversation, "good morning").await;
    let mut outbox = outbox(&bench);
    outbox.settle(&bench).await;
    outbox.settle(&bench).await;
    let sent = bench.provider.sent.lock().clone();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, Recipient::Number("34600111222".to_owned()));
    assert_eq!(sent[0].callback_data, callback_data(message, 1));
    assert_eq!(bench.status(message), "accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_to_one_customer_go_in_order_one_at_a_time() {
    let bench = Bench::new().await;
    let one = bench.says("34600000001", "hi").await;
    let other = bench.says("34600000002", "hi").await;
    for n in 0..5 {
        bench.answers(one, &format!("a{n}")).await;
        bench.answers(other, &format!("b{n}")).await;
    }
    bench.provider.shut().await;
    let mut outbox = outbox(&bench);
    outbox.worker.step().await;
    until("one of each lane is under way", || bench.provider.sent.lock().len() == 2).await;
    outbox.worker.step().await;
    assert_eq!(outbox.flights.with(|state| state.on(bench.channel)), 2, "the others wait for their turn");
    bench.provider.gate.add_permits(1_000);
    soon(outbox.flights.all_landed()).await;
    outbox.settle(&bench).await;
    let texts = bench.provider.texts();
    let lane = |letter: char| texts.iter().filter(|text| text.starts_with(letter)).cloned().collect::<Vec<_>>();
    assert_eq!(lane('a'), ["a0", "a1", "a2", "a3", "a4"]);
    assert_eq!(lane('b'), ["b0", "b1", "b2", "b3", "b4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_class_of_refusal_ends_as_it_should() {
    let table = [
        (131_026, ErrorClass::Terminal, "failed provider_refused"),
        (131_009, ErrorClass::FixRequest, "failed provider_refused"),
        (131_047, ErrorClass::NeedsTemplate, "failed service_window_closed"),
        (131_049, ErrorClass::WaitLong, "failed kept_back"),
        (131_048, ErrorClass::PauseBusinessInitiated, "failed number_barred"),
        (131_000, ErrorClass::BackOff { attempts: 10 }, "queued"),
        (131_056, ErrorClass::PairBackOff, "queued"),
        (130_429, ErrorClass::NumberBackOff, "queued"),
        (190, ErrorClass::PauseChannel, "queued"),
    ];
    for (code, class, expected) in table {
        let bench = Bench::new().await;
        let conversation = bench.says("34600000001", "hi").await;
        let message = bench.answers(conversation, "answer").await;
        bench.provider.will_refuse(code, class);
        let mut outbox = outbox(&bench);
        outbox.turn().await;
        assert_eq!(bench.status(message), expected, "{code}");
        assert_eq!(bench.provider.sent.lock().len(), 1);
        if expected == "queued" {
            // A probe (or new credentials) lets a paused number send again.
            let channel = bench.channel;
            bench.desk.work(move |step| domain::channel::observe_sending(step, channel, true, None)).await.unwrap();
            bench.clock.advance(Millis::seconds(10));
            outbox.settle(&bench).await;
            assert_eq!(bench.status(message), "accepted", "{code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pair_that_must_wait_holds_nobody_else_up() {
    let bench = Bench::new().await;
    let slow = bench.says("34600000001", "hi").await;
    let quick = bench.says("34600000002", "hi").await;
    let first = bench.answers(slow, "s1").await;
    bench.provider.will_refuse(131_056, ErrorClass::PairBackOff);
    let mut outbox = outbox(&bench);
    let next = outbox.settle(&bench).await;
    assert_eq!(next.at, Some(bench.desk.now() + Millis::seconds(1)));
    bench.answers(slow, "s2").await;
    let other = bench.answers(quick, "q1").await;
    outbox.settle(&bench).await;
    assert_eq!((bench.status(first).as_str(), bench.status(other).as_str()), ("queued", "accepted"));
    bench.clock.advance(Millis::seconds(1));
    outbox.settle(&bench).await;
    assert_eq!(bench.provider.texts(), ["s1", "q1", "s1", "s2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_told_to_slow_down_waits_with_all_its_contacts() {
    let bench = Bench::new().await;
    let one = bench.says("34600000001", "hi").await;
    let other = bench.says("34600000002", "hi").await;
    bench.answers(one, "first").await;
    bench.provider.will_refuse(130_429, ErrorClass::NumberBackOff);
    let mut outbox = outbox(&bench);
    outbox.turn().await;
    let second = bench.answers(other, "second").await;
    let next = outbox.turn().await;
    assert_eq!(bench.provider.sent.lock().len(), 1);
    assert_eq!(next.at, Some(bench.desk.now() + Millis::seconds(1)));
    bench.clock.advance(Millis::seconds(1));
    outbox.settle(&bench).await;
    assert_eq!(bench.status(second), "accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_numbers_budget_is_kept_over_many_contacts() {
    let bench = Bench::new().await;
    let channel = bench.channel;
    let slow = domain::event::channel::ChannelHealthObserved { throughput_mps: Some(20), ..Default::default() };
    bench.desk.work(move |step| domain::channel::observe_health(step, channel, slow)).await.unwrap();
    for n in 0..50 {
        let conversation = bench.says(&format!("346000000{n:02}"), "hi").await;
        bench.answers(conversation, "answer").await;
    }
    let mut outbox = outbox(&bench);
    outbox.settle(&bench).await;
    assert_eq!(bench.provider.sent.lock().len(), 2, "an eighth of a second's budget may go at once");
    for second in 1..=2 {
        for _ in 0..20 {
            bench.clock.advance(Millis(50));
            outbox.settle(&bench).await;
        }
        assert_eq!(bench.provider.sent.lock().len(), 2 + 20 * second);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_window_closes_while_it_waits_is_not_sent() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "too late").await;
    bench.clock.advance(Millis::hours(24));
    outbox(&bench).settle(&bench).await;
    assert_eq!(bench.status(message), "failed service_window_closed");
    assert!(bench.provider.sent.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_end_is_never_sent_again_and_a_report_settles_it() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "did it arrive?").await;
    let next = bench.answers(conversation, "and this").await;
    bench.provider.will(SendOutcome::Uncertain { reason: "timeout" });
    let mut outbox = outbox(&bench);
    outbox.settle(&bench).await;
    bench.clock.advance(Millis::hours(1));
    outbox.settle(&bench).await;
    assert_eq!(bench.status(message), "uncertain timeout");
    assert_eq!(bench.status(next), "accepted", "its lane goes on");
    assert_eq!(bench.provider.texts(), ["did it arrive?", "and this"]);
    bench.take(report("wamid.lost", callback_data(message, 1), &bench)).await;
    assert_eq!(bench.status(message), "delivered");
}

fn report(provider_id: &str, callback: String, bench: &Bench) -> InboundFact {
    InboundFact::Status(StatusObservation {
        provider_id: provider_id.to_owned(),
        status: "delivered".to_owned(),
        at: bench.desk.now(),
        participant: None,
        callback_data: Some(callback),
        recipient: Vec::new(),
        error: None,
        pricing: None,
        conversation: None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_left_stays_queued_and_is_sent_when_the_provider_is_back() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "answer").await;
    for _ in 0..20 {
        bench.provider.will(SendOutcome::NotSent { reason: "connection refused" });
    }
    let mut outbox = outbox(&bench);
    while bench.provider.sent.lock().len() < 20 {
        outbox.turn().await;
        assert_eq!(bench.status(message), "queued");
        bench.clock.advance(Millis::minutes(5));
    }
    outbox.settle(&bench).await;
    assert_eq!(bench.status(message), "accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_at_the_provider_is_given_up_after_five_attempts() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "answer").await;
    let mut outbox = outbox(&bench);
    for _ in 0..7 {
        bench.provider.will_refuse(131_000, ErrorClass::BackOff { attempts: 10 });
        outbox.settle(&bench).await;
        bench.clock.advance(Millis::minutes(6));
    }
    assert_eq!(bench.provider.sent.lock().len(), 5);
    assert_eq!(bench.status(message), "failed provider_refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_number_keeps_its_messages_and_sends_them_after_new_credentials() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let first = bench.answers(conversation, "first").await;
    let second = bench.answers(conversation, "second").await;
    bench.provider.will_refuse(190, ErrorClass::PauseChannel);
    let mut outbox = outbox(&bench);
    outbox.settle(&bench).await;
    bench.clock.advance(Millis::hours(1));
    outbox.settle(&bench).await;
    assert_eq!(bench.provider.texts(), ["first"]);
    assert_eq!(bench.desk.view(|views| views.directory.channels.get(bench.channel).unwrap().health.code), Some(190));
    let (channel, fresh) = (bench.channel, bench.connector());
    bench
        .desk
        .work(move |step| {
            let credentials = domain::event::channel::Credentials {
                access_token: "new".to_owned(),
                app_secret: "secret".to_owned(),
                previous_app_secret: None,
                verify_token: "verify".to_owned(),
            };
            domain::channel::rotate(step, channel, credentials, None)
        })
        .await
        .unwrap();
    assert_ne!(secrecy::ExposeSecret::expose_secret(&fresh.access_token), "new");
    outbox.settle(&bench).await;
    assert_eq!(bench.provider.texts(), ["first", "first", "second"]);
    assert_eq!((bench.status(first).as_str(), bench.status(second).as_str()), ("accepted", "accepted"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_every_state_neither_loses_nor_repeats() {
    let bench = Bench::new().await;
    let mut conversations = Vec::new();
    for n in 0..5 {
        conversations.push(bench.says(&format!("3460000000{n}"), "hi").await);
    }
    // Started without an end, uncertain, held, to be tried again, accepted; and one that is only queued.
    let started = bench.answers(conversations[0], "started").await;
    bench.desk.work(move |step| dispatch::start(step, started)).await.unwrap();
    let mut messages = vec![started];
    let outcomes = [
        SendOutcome::Uncertain { reason: "timeout" },
        SendOutcome::Refused(crate::testing::refusal(131_000, ErrorClass::BackOff { attempts: 10 })),
        SendOutcome::Accepted { provider_id: "wamid.ok".to_owned(), recipient: Vec::new(), held: false },
        SendOutcome::Refused(crate::testing::refusal(190, ErrorClass::PauseChannel)),
    ];
    {
        let mut outbox = outbox(&bench);
        outbox.worker.recovered = true;
        for (conversation, outcome) in conversations[1..].iter().zip(outcomes) {
            messages.push(bench.answers(*conversation, "text").await);
            bench.provider.will(outcome);
            outbox.turn().await;
        }
    }
    messages.push(bench.answers(conversations[3], "queued").await);
    let status = |bench: &Bench| messages.iter().map(|id| bench.status(*id)).collect::<Vec<_>>();
    let expected = ["sending", "uncertain timeout", "queued", "accepted", "queued", "queued"];
    assert_eq!(status(&bench), expected);

    let bench = bench.restarted();
    assert_eq!(status(&bench), expected);
    let mut outbox = outbox(&bench);
    outbox.settle(&bench).await;
    assert_eq!(
        status(&bench),
        ["uncertain restarted", "uncertain timeout", "queued", "accepted", "queued", "queued"],
        "the number is paused"
    );
    bench.take(report("wamid.after", callback_data(started, 1), &bench)).await;
    let channel = bench.channel;
    bench.desk.work(move |step| domain::channel::observe_sending(step, channel, true, None)).await.unwrap();
    bench.clock.advance(Millis::minutes(6));
    outbox.settle(&bench).await;
    assert_eq!(status(&bench), ["delivered", "uncertain timeout", "accepted", "accepted", "accepted", "accepted"]);
    assert_eq!(bench.provider.sent.lock().len(), 4 + 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_that_panics_is_uncertain_and_frees_its_place() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "text").await;
    *bench.provider.panics.lock() = 1;
    let mut outbox = outbox(&bench);
    outbox.settle(&bench).await;
    assert_eq!(bench.status(message), "uncertain interrupted");
    assert_eq!(outbox.flights.with(|state| state.on(bench.channel)), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_leaves_the_unsent_queued_and_the_unfinished_uncertain() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let under_way = bench.answers(conversation, "under way").await;
    let waiting = bench.answers(conversation, "waiting").await;
    bench.provider.shut().await;
    let mut outbox = outbox(&bench);
    outbox.worker.step().await;
    until("the call has begun", || bench.provider.sent.lock().len() == 1).await;
    soon(outbox.worker.abandon()).await;
    assert_eq!(bench.status(under_way), "uncertain interrupted");
    assert_eq!(bench.status(waiting), "queued");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_workers_send_and_stop_by_themselves() {
    let bench = Bench::new().await;
    let workers = crate::Workers::start(&bench.desk, crate::WorkerConfig { provider: bench.provider.clone() });
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "text").await;
    until("it is sent", || bench.status(message) == "accepted").await;
    soon(workers.stop()).await;
    let late = bench.answers(conversation, "after closing time").await;
    assert_eq!(bench.status(late), "queued");
    assert_eq!(bench.provider.texts(), ["text"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_sends_nothing_until_somebody_releases_it() {
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let message = bench.answers(conversation, "waits").await;
    let (copy, _dir) = bench.restored_copy();
    assert!(copy.outbox_is_frozen() && !bench.desk.outbox_is_frozen());
    let flights = Flights::new(Wake::default());
    let provider: Arc<dyn Provider> = bench.provider.clone();
    let mut worker = OutboxWorker::new(copy.clone(), provider, flights.clone());
    worker.step().await;
    soon(flights.all_landed()).await;
    assert!(bench.provider.sent.lock().is_empty());
    copy.release_outbox(Actor::System).await.unwrap();
    worker.step().await;
    soon(flights.all_landed()).await;
    assert_eq!(bench.provider.texts(), ["waits"]);
    assert!(copy.view(|views| views.outbox.get(message).is_none()));
    copy.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_without_a_number_is_reached_by_their_user_id() {
    use domain::identity::IdentityKind;
    use domain::inbound::{CustomerMessage, Identity, Sender};
    let bench = Bench::new().await;
    let identity = Identity { kind: IdentityKind::Bsuid, value: "ES.778899".to_owned() };
    let from = Sender { identities: vec![identity], profile_name: None, username: Some("ana".to_owned()) };
    bench
        .take(InboundFact::Message(CustomerMessage {
            from,
            group_id: None,
            provider_id: bench.fresh("wamid.in"),
            at: bench.desk.now(),
            content: domain::content::Content::text("hi"),
            context: None,
            referral: None,
            errors: None,
            raw: None,
        }))
        .await;
    let conversation = bench.events().into_iter().find_map(|event| match event {
        Event::MessageReceived(event) => Some(event.conversation_id),
        _ => None,
    });
    bench.answers(conversation.unwrap(), "hello").await;
    outbox(&bench).settle(&bench).await;
    assert_eq!(bench.provider.sent.lock()[0].to, Recipient::User("ES.778899".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_uploaded_is_tried_again_and_uploaded_once() {
    use crate::provider::CallError;
    use domain::content::{Content, MessageKind};
    let bench = Bench::new().await;
    let conversation = bench.says("34600000001", "hi").await;
    let bytes = futures_util::stream::iter([Ok::<_, ()>(b"plain".to_vec())]);
    let file = bench.desk.store_upload(&bench.principal(), None, Some("text/plain"), bytes).await.unwrap();
    let content = Content { kind: MessageKind::Document, body: serde_json::json!({"id": file.media_id}) };
    let (content, copy) = bench.desk.attach(&bench.principal(), conversation, content).await.unwrap();
    let message = bench.replies(conversation, content, copy).await;
    bench.provider.upload_failures.lock().push_back(CallError::Unreachable { reason: "connection refused" });
    // The file is there by then, so the second try of the send must not upload it again.
    bench.provider.will_refuse(131_000, ErrorClass::BackOff { attempts: 3 });
    let mut outbox = outbox(&bench);
    for _ in 0..3 {
        outbox.turn().await;
        bench.clock.advance(Millis::minutes(5));
    }
    assert_eq!(bench.status(message), "accepted");
    assert_eq!(bench.provider.uploaded.lock().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_frozen_in_an_original_log() {
    let bench = Bench::new().await;
    assert!(!bench.desk.outbox_is_frozen());
    bench.desk.release_outbox(Actor::System).await.unwrap();
    assert!(!bench.events().iter().any(|event| matches!(event, Event::OutboxReleased(_))));
}
