//! Response clocks: the vectors every figure of the product goes back to. Minutes; C customer, A agent.

use domain::content::Content;
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::reply::reply;
use domain::conversation::{Status, add_note};
use domain::event::Event;
use domain::event::message::Sender as Author;
use domain::inbound::{EchoMessage, HistoryMessage, InboundFact};

use crate::desk::{Desk, message, minute, note, sender, text_reply};

fn begun() -> (Desk, domain::ids::ConversationId) {
    let mut desk = Desk::new();
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    (desk, id)
}

fn echo(wamid: &str, at: i64) -> InboundFact {
    InboundFact::Echo(EchoMessage {
        to: sender("491"),
        provider_id: wamid.to_owned(),
        at: minute(at),
        content: Content::text("from the phone"),
    })
}

#[test]
fn the_first_reply_measures_the_response_and_ends_the_wait() {
    let (mut desk, id) = begun();
    desk.replies(5, desk.ana, id);
    assert_eq!((desk.frt(id), desk.waits_since(id)), (Some(5), None));
}

#[test]
fn further_customer_messages_never_move_the_wait() {
    let (mut desk, id) = begun();
    desk.says(3, "491", "c3", "hello?");
    desk.says(9, "491", "c9", "anybody?");
    assert_eq!(desk.waits_since(id), Some(0));
    desk.replies(10, desk.ana, id);
    assert_eq!(desk.frt(id), Some(10));
}

#[test]
fn a_note_answers_nobody() {
    let (mut desk, id) = begun();
    let ana = desk.ana;
    desk.now = minute(2);
    desk.run(|step| add_note::add(step, id, ana, &note("looks familiar"))).unwrap();
    assert_eq!(desk.waits_since(id), Some(0));
    desk.replies(10, ana, id);
    assert_eq!(desk.frt(id), Some(10));
}

#[test]
fn an_automatic_answer_clears_only_the_wait_for_any_answer() {
    let (mut desk, id) = begun();
    desk.run(|step| reply(step, &text_reply(id, Author::System))).unwrap();
    assert_eq!((desk.waits_since(id), desk.clocks(id).waiting_any_since), (Some(0), None));
    desk.replies(10, desk.ana, id);
    assert_eq!(desk.frt(id), Some(10));
}

#[test]
fn each_episode_has_its_own_response_time() {
    let (mut desk, id) = begun();
    desk.run(|step| reply(step, &text_reply(id, Author::System))).unwrap();
    desk.moves(1, id, Status::Resolved);
    assert_eq!(desk.frt(id), None);
    desk.says(60, "491", "c60", "not solved");
    desk.replies(62, desk.ana, id);
    assert_eq!((desk.state(id).episode, desk.frt(id)), (2, Some(2)));
}

#[test]
fn a_snooze_does_not_stop_the_response_clock() {
    let (mut desk, id) = begun();
    desk.snoozes(1, id, 50);
    desk.replies(51, desk.ana, id);
    assert_eq!(desk.frt(id), Some(51));
}

#[test]
fn a_reply_that_fails_gives_the_wait_back_and_the_next_one_counts() {
    let (mut desk, id) = begun();
    let first = desk.replies(4, desk.ana, id);
    desk.sends(first, "out1");
    desk.reports(5, "out1", "failed");
    assert_eq!((desk.frt(id), desk.waits_since(id)), (None, Some(0)));
    desk.replies(9, desk.ana, id);
    assert_eq!((desk.frt(id), desk.waits_since(id)), (Some(9), None));
}

#[test]
fn a_failed_reply_that_arrives_after_all_takes_the_wait_again() {
    let (mut desk, id) = begun();
    let first = desk.replies(4, desk.ana, id);
    desk.sends(first, "out1");
    desk.reports(5, "out1", "failed");
    desk.reports(6, "out1", "delivered");
    assert_eq!((desk.frt(id), desk.waits_since(id)), (Some(4), None));
}

#[test]
fn a_message_sent_again_is_a_reply_of_that_time() {
    let (mut desk, id) = begun();
    let first = desk.replies(4, desk.ana, id);
    desk.sends(first, "out1");
    desk.reports(5, "out1", "failed");
    desk.now = minute(20);
    desk.run(|step| domain::conversation::reply::resend(step, first)).unwrap();
    assert_eq!((desk.frt(id), desk.waits_since(id)), (Some(20), None));
}

#[test]
fn where_staff_wrote_first_the_clock_starts_with_the_customer() {
    let mut desk = Desk::new();
    desk.takes(echo("e0", 0));
    let id = desk.conversation_of("491");
    desk.says(30, "491", "c30", "yes?");
    desk.replies(33, desk.ana, id);
    assert_eq!(desk.frt(id), Some(3));
}

#[test]
fn the_responder_is_who_replied_not_who_was_assigned() {
    let (mut desk, id) = begun();
    let (ana, ben) = (desk.ana, desk.ben);
    for owner in [ana, ben] {
        desk.now = minute(5);
        let wanted = Assignment { assignee_id: Some(owner), ..Assignment::default() };
        desk.run(|step| assign(step, id, &wanted)).unwrap();
    }
    desk.replies(8, ben, id);
    let first = desk.clocks(id).first_response.unwrap();
    assert_eq!((desk.frt(id), first.responder_id), (Some(8), Some(ben)));
}

#[test]
fn a_reply_typed_in_the_phone_app_counts_with_an_unknown_responder() {
    let (mut desk, id) = begun();
    desk.now = minute(3);
    desk.takes(echo("e3", 3));
    let first = desk.clocks(id).first_response.unwrap();
    assert_eq!((desk.frt(id), first.responder_id, desk.waits_since(id)), (Some(3), None, None));
}

#[test]
fn what_was_typed_before_the_customer_wrote_answers_nothing() {
    let mut desk = Desk::new();
    desk.says(5, "491", "c5", "hello");
    let id = desk.conversation_of("491");
    desk.takes(echo("e3", 3));
    assert_eq!((desk.frt(id), desk.waits_since(id)), (None, Some(5)));
}

#[test]
fn a_late_message_is_clocked_by_the_providers_time_and_marked() {
    let mut desk = Desk::new();
    desk.now = minute(400);
    let at = desk.now - domain::time::Millis::seconds(400);
    desk.takes(InboundFact::Message(message("491", "c", at, "late")));
    let id = desk.conversation_of("491");
    assert_eq!(desk.clocks(id).waiting_since, Some(at));
    assert!(desk.log.events.iter().any(|event| matches!(&event.event, Event::MessageReceived(it) if it.late)));
}

#[test]
fn nobody_has_waited_since_the_future() {
    let mut desk = Desk::new();
    desk.now = minute(0);
    desk.takes(InboundFact::Message(message("491", "c", minute(3_000), "from tomorrow")));
    let id = desk.conversation_of("491");
    assert_eq!(desk.waits_since(id), Some(0));
    desk.replies(0, desk.ana, id);
    assert_eq!((desk.frt(id), desk.waits_since(id)), (Some(0), None));
}

#[test]
fn one_message_delivered_three_times_is_one_message() {
    let (mut desk, _) = begun();
    let kinds = desk.kinds_of(|desk| {
        desk.says(0, "491", "c0", "hello");
        desk.now = minute(30 * 24 * 60);
        desk.says(0, "491", "c0", "hello");
    });
    assert!(kinds.is_empty());
}

fn history(wamid: &str, at: i64) -> InboundFact {
    InboundFact::History(HistoryMessage {
        with: sender("491"),
        inbound: true,
        provider_id: wamid.to_owned(),
        at: minute(at),
        content: Content::text("hello"),
        status: None,
    })
}

#[test]
fn imported_history_moves_no_clock_opens_no_window_and_owes_no_answer() {
    let mut desk = Desk::new();
    desk.now = minute(10);
    desk.takes(history("h1", 0));
    let id = desk.conversation_of("491");
    assert_eq!((desk.state(id).status, desk.waits_since(id)), (Status::Resolved, None));
    assert_eq!(desk.window_until("491"), None);
}

#[test]
fn the_live_copy_of_an_imported_message_wins_in_both_orders() {
    let live = InboundFact::Message(message("491", "x", minute(0), "hello"));
    for items in [[history("x", 0), live.clone()], [live, history("x", 0)]] {
        let mut desk = Desk::new();
        desk.now = minute(1);
        for item in items {
            desk.takes(item);
        }
        let id = desk.conversation_of("491");
        let state = desk.state(id);
        assert_eq!((state.status, state.messages.len(), desk.waits_since(id)), (Status::Open, 1, Some(0)));
        assert!(desk.window_until("491").is_some());
    }
}
