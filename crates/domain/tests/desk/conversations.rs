//! The life of a conversation: opened, woken, reopened, resolved, owned.

use domain::conversation::assign::{Assignment, assign, claim};
use domain::conversation::{Status, change_status};
use domain::event::Event;
use domain::event::conversation::ConversationResolved;
use domain::inbound::{Call, InboundFact};
use domain::rejection::Rejection;
use domain::time::Millis;

use crate::desk::{Desk, at, message, minute, sender};

const HOURS_72: i64 = 72 * 60;

fn resolved(desk: &Desk) -> ConversationResolved {
    let last = desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::ConversationResolved(event) => Some(event.clone()),
        _ => None,
    });
    last.expect("resolved")
}

#[test]
fn a_customer_who_writes_within_the_reopen_window_reopens_the_conversation() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.moves(10, id, Status::Resolved);
    desk.says(10 + HOURS_72, "491", "m2", "still broken");
    assert_eq!(desk.conversation_of("491"), id);
    let state = desk.state(id);
    assert_eq!((state.status, state.episode), (Status::Open, 2));
}

#[test]
fn a_customer_who_writes_later_starts_a_new_conversation_linked_to_the_old() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let old = desk.conversation_of("491");
    desk.moves(10, old, Status::Resolved);
    desk.says(11 + HOURS_72, "491", "m2", "another thing");
    let new = desk.conversation_of("491");
    assert_ne!(new, old);
    let linked = desk.log.events.iter().any(
        |event| matches!(&event.event, Event::ConversationOpened(it) if it.conversation_id == new && it.previous == Some(old)),
    );
    assert!(linked);
    // And the old one is not reopened beside it.
    let again = desk.run(|step| change_status::change(step, old, Status::Open, None, None));
    assert_eq!(again, Err(Rejection::Duplicate("a newer conversation with this customer")));
}

#[test]
fn a_snoozed_or_pending_conversation_opens_when_the_customer_writes() {
    for (index, status) in [Status::Pending, Status::Snoozed].into_iter().enumerate() {
        let mut desk = Desk::new();
        desk.says(0, "491", "m1", "hello");
        let id = desk.conversation_of("491");
        match status {
            Status::Snoozed => desk.snoozes(1, id, 500),
            _ => desk.moves(1, id, status),
        }
        desk.says(5, "491", &format!("next{index}"), "thanks");
        assert_eq!(desk.state(id).status, Status::Open);
    }
}

#[test]
fn a_snooze_ends_at_its_time_and_not_before() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.snoozes(1, id, 50);
    desk.now = minute(49);
    desk.run(|step| change_status::snooze_due(step, id)).unwrap();
    assert_eq!(desk.state(id).status, Status::Snoozed);
    desk.now = minute(50);
    desk.run(|step| change_status::snooze_due(step, id)).unwrap();
    assert_eq!(desk.state(id).status, Status::Open);
}

#[test]
fn a_snooze_ends_in_the_future_and_nothing_else_has_an_end() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.now = at("09:00");
    for (to, until) in [(Status::Snoozed, Some(at("08:59"))), (Status::Open, Some(at("10:00")))] {
        let refused = desk.run(|step| change_status::change(step, id, to, until, None));
        assert!(matches!(refused, Err(Rejection::Invalid { field: "until", .. })), "{to:?} {until:?}");
    }
}

#[test]
fn thanks_after_resolve_leave_the_conversation_resolved_and_one_call_undoes_that() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.replies(5, desk.ana, id);
    desk.moves(10, id, Status::Resolved);
    desk.says(11, "491", "m2", "Thanks!");
    assert_eq!(desk.state(id).status, Status::Resolved);
    assert_eq!(desk.waits_since(id), None);
    desk.now = minute(20);
    desk.run(|step| change_status::undo_courtesy(step, id)).unwrap();
    assert_eq!((desk.state(id).status, desk.waits_since(id)), (Status::Open, Some(11)));
    // The wait is that of the message, also when the answer to it fails.
    let answer = desk.replies(30, desk.ana, id);
    desk.sends(answer, "out1");
    desk.reports(31, "out1", "failed");
    assert_eq!((desk.frt(id), desk.waits_since(id)), (None, Some(11)));
    assert!(desk.run(|step| change_status::undo_courtesy(step, id)).is_err());
}

#[test]
fn what_a_blocked_contact_writes_is_stored_and_disturbs_nobody() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let (id, contact) = (desk.conversation_of("491"), desk.contact("491"));
    desk.moves(1, id, Status::Resolved);
    desk.run(|step| domain::contact::block::set(step, contact, true, Some("rude".to_owned()))).unwrap();
    let kinds = desk.kinds_of(|desk| desk.says(2, "491", "m2", "hey!"));
    assert_eq!(kinds, ["message.received"]);
    assert_eq!((desk.state(id).status, desk.waits_since(id)), (Status::Resolved, None));
    assert_eq!(desk.try_reply(3, desk.ana, id), Err(Rejection::ContactBlocked));
}

#[test]
fn a_blocked_contacts_first_words_and_calls_open_nothing() {
    let mut desk = Desk::new();
    let number = desk.connect(crate::desk::OTHER_NUMBER).unwrap();
    desk.says(0, "491", "m1", "hello");
    let contact = desk.contact("491");
    desk.run(|step| domain::contact::block::set(step, contact, true, None)).unwrap();
    let call = Call {
        provider_id: "call".to_owned(),
        with: sender("491"),
        event: "connect".to_owned(),
        from_customer: Some(true),
        at: minute(1),
        body: serde_json::Value::Null,
    };
    desk.takes_on(crate::desk::OTHER_NUMBER, InboundFact::Call(call));
    let thread = desk.world.thread(number, contact).unwrap();
    assert_eq!(desk.state(thread.conversation_id).status, Status::Resolved);
}

#[test]
fn a_group_has_its_own_conversation_can_be_answered_and_opens_no_window_of_its_author() {
    let mut desk = Desk::new();
    let mut said = message("491", "m1", minute(0), "hello group");
    said.group_id = Some("g1".to_owned());
    desk.takes(InboundFact::Message(said));
    let author = desk.contact("491");
    assert_eq!(desk.world.thread(desk.channel, author), None);
    assert_eq!(desk.window_until("491"), None);
    let group = desk.world.conversations.values().next().unwrap().clone();
    assert_ne!(group.contact_id, author);
    desk.replies(1, desk.ana, group.id);
}

#[test]
fn of_two_who_claim_exactly_one_wins() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let (id, ana, ben) = (desk.conversation_of("491"), desk.ana, desk.ben);
    assert_eq!(desk.run(|step| claim(step, id, ana)), Ok(()));
    assert_eq!(desk.run(|step| claim(step, id, ben)), Err(Rejection::AlreadyAssigned { assignee_id: Some(ana) }));
    // Claiming what one has is no conflict and no event.
    assert!(desk.kinds_of(|desk| desk.run(|step| claim(step, id, ana)).unwrap()).is_empty());
    assert_eq!(desk.state(id).assignee_id, Some(ana));
}

#[test]
fn an_assignment_on_an_old_view_is_refused_with_the_present_owner() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let (id, ana, ben) = (desk.conversation_of("491"), desk.ana, desk.ben);
    let wanted = |expected| Assignment { assignee_id: Some(ben), expected: Some(expected), ..Assignment::default() };
    desk.run(|step| claim(step, id, ana)).unwrap();
    let late = desk.run(|step| assign(step, id, &wanted(None)));
    assert_eq!(late, Err(Rejection::AlreadyAssigned { assignee_id: Some(ana) }));
    desk.run(|step| assign(step, id, &wanted(Some(ana)))).unwrap();
    assert_eq!(desk.state(id).assignee_id, Some(ben));
}

#[test]
fn nothing_is_given_to_somebody_who_left_and_their_conversations_return_to_the_queue() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let (id, ben, by) = (desk.conversation_of("491"), desk.ben, desk.principal(desk.ana));
    desk.run(|step| claim(step, id, ben)).unwrap();
    desk.moves(1, id, Status::Resolved);
    desk.run(|step| domain::account::deactivate(step, &by, ben, domain::account::HandOver::Unassigned, &[])).unwrap();
    assert_eq!(desk.run(|step| claim(step, id, ben)), Ok(()));
    // A new episode does not begin with an owner who is gone.
    desk.says(5, "491", "m2", "again");
    assert_eq!(desk.state(id).assignee_id, None);
    assert_eq!(desk.run(|step| claim(step, id, ben)), Err(Rejection::AssigneeNotEligible));
}

#[test]
fn resolution_time_counts_from_the_first_message_and_active_time_leaves_pauses_out() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.snoozes(2, id, 500);
    desk.moves(32, id, Status::Open);
    desk.replies(40, desk.ana, id);
    desk.moves(45, id, Status::Pending);
    desk.moves(60, id, Status::Resolved);
    let figures = resolved(&desk);
    assert_eq!(figures.res_total_ms, Millis::minutes(60));
    assert_eq!(figures.res_active_ms, Millis::minutes(15));
    assert!(!figures.unanswered);
}

#[test]
fn resolved_without_a_persons_reply_is_unanswered_and_has_no_response_time() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.moves(2, id, Status::Resolved);
    assert!(resolved(&desk).unanswered);
    // What is written between episodes answers nobody.
    desk.replies(3, desk.ana, id);
    assert_eq!((desk.frt(id), desk.waits_since(id)), (None, None));
}
