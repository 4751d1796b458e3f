//! Sending and delivery reports: every order gives one state, nothing is sent twice by itself.

use std::collections::BTreeMap;

use domain::conversation::dispatch::Outcome;
use domain::conversation::observe_status::callback_data;
use domain::conversation::reply::{reply, resend};
use domain::event::message::Sender as Author;
use domain::ids::MessageId;
use domain::inbound::InboundFact;
use domain::message::DeliveryStatus;
use domain::rejection::Rejection;
use proptest::prelude::*;

use crate::desk::{Desk, accepted, minute, refused, report, text_reply};

fn with_reply() -> (Desk, MessageId) {
    let mut desk = Desk::new();
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    let message = desk.replies(1, desk.ana, id);
    (desk, message)
}

#[test]
fn a_report_before_the_send_response_is_attached_once_the_message_has_a_name() {
    let (mut desk, message) = with_reply();
    let attempt = desk.starts(message).unwrap();
    desk.reports(2, "out", "delivered");
    assert_eq!(desk.status_of(message), DeliveryStatus::Sending);
    desk.finishes(message, attempt, accepted("out"));
    assert_eq!(desk.status_of(message), DeliveryStatus::Delivered);
}

#[test]
fn our_reference_in_a_report_names_a_message_whose_answer_was_lost() {
    let (mut desk, message) = with_reply();
    let attempt = desk.starts(message).unwrap();
    desk.finishes(message, attempt, Outcome::Uncertain { reason: "timeout" });
    let mut sent = report("out", "sent", minute(2));
    sent.callback_data = Some(callback_data(message, attempt));
    desk.takes(InboundFact::Status(sent));
    assert_eq!(desk.status_of(message), DeliveryStatus::Sent);
    desk.reports(3, "out", "read");
    assert_eq!(desk.status_of(message), DeliveryStatus::Read);
}

#[test]
fn an_attempt_cut_by_a_restart_is_uncertain_and_never_repeated_by_itself() {
    let (mut desk, message) = with_reply();
    let attempt = desk.starts(message).unwrap();
    desk.restart();
    let restarted = || Outcome::Uncertain { reason: "restarted" };
    desk.finishes(message, attempt, restarted());
    desk.finishes(message, attempt, restarted());
    assert_eq!(desk.count("message.uncertain"), 1);
    assert_eq!(desk.starts(message), None);
    desk.run(|step| resend(step, message)).unwrap();
    assert_eq!(desk.starts(message), Some(attempt + 1));
}

#[test]
fn reports_of_a_failed_attempt_do_not_fail_the_message_sent_again() {
    let (mut desk, message) = with_reply();
    desk.sends(message, "out1");
    desk.reports(2, "out1", "failed");
    desk.run(|step| resend(step, message)).unwrap();
    desk.reports(3, "out1", "failed");
    assert_eq!(desk.status_of(message), DeliveryStatus::Queued);
    desk.sends(message, "out2");
    desk.reports(4, "out1", "failed");
    assert_eq!(desk.status_of(message), DeliveryStatus::Accepted);
}

#[test]
fn only_failed_and_uncertain_messages_are_sent_again() {
    let (mut desk, message) = with_reply();
    assert_eq!(desk.run(|step| resend(step, message)), Err(Rejection::NotResendable));
    desk.sends(message, "out");
    assert_eq!(desk.run(|step| resend(step, message)), Err(Rejection::NotResendable));
}

#[test]
fn a_refusal_is_final_and_gives_the_wait_back() {
    let (mut desk, message) = with_reply();
    let attempt = desk.starts(message).unwrap();
    desk.finishes(message, attempt, refused(131_026));
    assert_eq!(desk.status_of(message), DeliveryStatus::Failed);
    assert_eq!(desk.waits_since(desk.conversation_of("491")), Some(0));
}

#[test]
fn a_colleagues_answer_after_what_one_saw_makes_a_reply_stale_and_ones_own_does_not() {
    let (mut desk, message) = with_reply();
    let id = desk.conversation_of("491");
    let mut late = text_reply(id, Author::User(desk.ben));
    late.after_pos = Some(desk.world.head - 1);
    assert_eq!(desk.run(|step| reply(step, &late)), Err(Rejection::StaleReply { newer: vec![message] }));
    let own = domain::conversation::reply::Reply { sender: Author::User(desk.ana), ..late };
    desk.run(|step| reply(step, &own)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn reports_in_any_order_twice_and_with_other_times_give_one_state(
        order in Just(vec![("sent", 2), ("delivered", 3), ("read", 5), ("failed", 4), ("delivered", 6), ("sent", 9)])
            .prop_shuffle(),
        repeated in proptest::collection::vec(0usize..6, 0..6),
    ) {
        let (mut desk, message) = with_reply();
        desk.sends(message, "out");
        let again: Vec<_> = repeated.iter().map(|index| order[*index]).collect();
        desk.now = minute(20);
        for (status, at) in order.into_iter().chain(again) {
            desk.reports(at, "out", status);
        }
        let state = desk.state(desk.conversation_of("491"));
        let message = &state.messages[&message];
        prop_assert_eq!(message.status(), DeliveryStatus::Read);
        let times: BTreeMap<_, _> = message.observations.iter().map(|((word, _), at)| (word.as_str(), *at)).collect();
        let expected = [("sent", 2), ("delivered", 3), ("read", 5), ("failed", 4)];
        prop_assert_eq!(times, expected.into_iter().map(|(word, at)| (word, minute(at))).collect());
        prop_assert_eq!(state.clocks.waiting_since, None);
    }
}
