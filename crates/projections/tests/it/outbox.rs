//! What waits to be sent, and in which order.

use domain::content::Content;
use domain::conversation::dispatch::{self, Outcome};
use domain::conversation::reply;
use domain::event::Actor;
use domain::event::message::{AfterRefusal, Sender};
use domain::ids::*;
use domain::time::Timestamp;
use projections::outbox::{Class, OutboxState};

use crate::desk::{Desk, minute};

fn due(desk: &Desk, now: Timestamp) -> Vec<MessageId> {
    desk.views.outbox.due(now, 10).into_iter().map(|entry| entry.message_id).collect()
}

#[test]
fn a_lane_sends_one_at_a_time_in_the_order_it_was_written() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let (other, _) = desk.says(0, "d", "hello");
    let first = desk.writes(1, desk.ana, id, "one");
    let second = desk.writes(2, desk.ben, id, "two");
    let elsewhere = desk.writes(3, desk.ana, other, "hi");
    assert_eq!(due(&desk, minute(3)), [first, elsewhere]);
    let attempt = desk.started(3, first);
    assert_eq!(due(&desk, minute(3)), [elsewhere], "the lane waits for the call under way");
    assert_eq!(desk.views.outbox.started().map(|entry| entry.message_id).collect::<Vec<_>>(), [first]);
    let outcome = Outcome::Accepted { provider_id: "wamid.1".to_owned(), held: false, recipient: Vec::new() };
    desk.run(3, Actor::System, |step| dispatch::finish(step, first, attempt, outcome)).unwrap();
    assert_eq!(due(&desk, minute(3)), [second, elsewhere]);
    assert_eq!(desk.views.outbox.get(first), None);
}

#[test]
fn a_retry_waits_for_its_time_and_keeps_its_place() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let first = desk.writes(1, desk.ana, id, "one");
    desk.writes(2, desk.ana, id, "two");
    let attempt = desk.started(2, first);
    desk.refused(2, first, attempt, AfterRefusal::Retry, Some(10));
    assert_eq!(due(&desk, minute(9)), []);
    assert_eq!(desk.views.outbox.next_due(), Some(minute(10)));
    assert_eq!(due(&desk, minute(10)), [first]);
    assert_eq!(desk.views.outbox.next_due_after(minute(9)), Some(minute(10)));
    assert_eq!(desk.views.outbox.next_due_after(minute(10)), None);
    let entry = desk.views.outbox.get(first).unwrap();
    assert_eq!((entry.attempt, entry.state), (1, OutboxState::Queued));
}

#[test]
fn held_messages_are_not_due_until_somebody_asks_for_them() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let message = desk.writes(1, desk.ana, id, "one");
    let attempt = desk.started(1, message);
    desk.refused(1, message, attempt, AfterRefusal::Hold, None);
    assert_eq!(due(&desk, minute(100)), []);
    assert_eq!(desk.views.outbox.next_due(), None);
    let held = desk.views.outbox.held_on(desk.channel, Class::Reply, 10);
    assert_eq!(held.iter().map(|entry| entry.message_id).collect::<Vec<_>>(), [message]);
    desk.sent(2, message);
    assert!(desk.views.outbox.is_empty());
    assert!(desk.views.outbox.channels().is_empty());
}

#[test]
fn a_final_refusal_frees_the_lane() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let first = desk.writes(1, desk.ana, id, "one");
    let second = desk.writes(2, desk.ana, id, "two");
    let attempt = desk.started(2, first);
    desk.refused(2, first, attempt, AfterRefusal::Fail, None);
    assert_eq!(due(&desk, minute(2)), [second]);
}

#[test]
fn an_uncertain_message_leaves_its_lane_and_waits_for_a_person() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let first = desk.writes(1, desk.ana, id, "one");
    let second = desk.writes(2, desk.ana, id, "two");
    let attempt = desk.started(2, first);
    desk.run(2, Actor::System, |step| dispatch::finish(step, first, attempt, Outcome::Uncertain { reason: "timeout" }))
        .unwrap();
    assert_eq!(due(&desk, minute(2)), [second]);
    assert_eq!(desk.views.outbox.uncertain().map(|entry| entry.message_id).collect::<Vec<_>>(), [first]);
    desk.run(3, Actor::System, |step| reply::resend(step, first)).unwrap();
    assert_eq!(desk.views.outbox.uncertain().count(), 0);
    desk.sent(4, second);
    assert_eq!(due(&desk, minute(4)), [first], "sent again after what was written since");
    let entry = desk.views.outbox.get(first).unwrap();
    assert_eq!((entry.attempt, entry.written.is_some()), (1, true));
}

#[test]
fn a_failed_message_sent_again_waits_anew() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let message = desk.writes(1, desk.ana, id, "one");
    let wamid = desk.sent(1, message);
    desk.report(2, &wamid, "failed", 2);
    assert!(desk.views.outbox.is_empty());
    desk.run(3, Actor::System, |step| reply::resend(step, message)).unwrap();
    assert_eq!(due(&desk, minute(3)), [message]);
    assert_eq!(desk.views.outbox.get(message).unwrap().written, None, "its first event has to be looked up");
}

#[test]
fn what_is_sent_to_many_waits_apart_and_holds_up_no_reply() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let campaign = Sender::Campaign(CampaignId::from_u128(1));
    let to_many = desk.queue(1, campaign, id, Content::text("spring is here"), None).unwrap();
    let reply = desk.writes(2, desk.ana, id, "one");
    let due = |desk: &Desk, class| {
        let due = desk.views.outbox.due_on(desk.channel, class, minute(3), 5);
        due.into_iter().map(|entry| entry.message_id).collect::<Vec<_>>()
    };
    assert_eq!((due(&desk, Class::Reply), due(&desk, Class::Campaign)), (vec![reply], vec![to_many]));
    let attempt = desk.started(3, to_many);
    desk.refused(3, to_many, attempt, AfterRefusal::Retry, Some(60));
    assert_eq!((due(&desk, Class::Reply), due(&desk, Class::Campaign)), (vec![reply], vec![]));
    desk.sent(4, reply);
    // Once somebody wants it sent again it is theirs.
    let attempt = desk.started(60, to_many);
    desk.refused(60, to_many, attempt, AfterRefusal::Fail, None);
    desk.run(61, Actor::System, |step| reply::resend(step, to_many)).unwrap();
    assert_eq!(desk.views.outbox.get(to_many).unwrap().class, Class::Reply);
}

#[test]
fn numbers_do_not_wait_for_each_other() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let first = desk.writes(1, desk.ana, id, "one");
    let shop = desk.channel;
    desk.channel = desk.connect("Second shop", "106");
    let (other, _) = desk.says(0, "c", "hello");
    let second = desk.writes(1, desk.ana, other, "one");
    let on = |channel| {
        desk.views.outbox.due_on(channel, Class::Reply, minute(1), 5).into_iter().map(|entry| entry.message_id)
    };
    assert_eq!(on(shop).collect::<Vec<_>>(), [first]);
    assert_eq!(on(desk.channel).collect::<Vec<_>>(), [second]);
    assert_eq!(desk.views.outbox.len(), 2);
}
