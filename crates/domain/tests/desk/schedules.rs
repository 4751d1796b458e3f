//! Messages for later.

use domain::content::Content;
use domain::conversation::schedule::{self, Change, Plan, Rewrite, Written};
use domain::conversation::{Status, reply};
use domain::event::Event;
use domain::event::message::Sender;
use domain::ids::{ConversationId, MessageId};
use domain::message::DeliveryStatus;
use domain::rejection::Rejection;
use domain::time::Millis;

use crate::desk::{Desk, minute, text_reply};

fn plan(at: i64, cancel_if_customer_writes: bool) -> Plan {
    Plan { at: minute(at), cancel_if_customer_writes }
}

fn begun() -> (Desk, ConversationId) {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    (desk, id)
}

fn later(desk: &mut Desk, id: ConversationId, plan: Plan) -> MessageId {
    let wanted = text_reply(id, Sender::User(desk.ana));
    desk.run(|step| schedule::schedule(step, &wanted, plan)).unwrap()
}

/// As the timer worker reads it.
fn written(desk: &Desk, id: MessageId) -> Written {
    let pos = desk.world.schedules.get(id).map_or(0, |waiting| waiting.written_pos);
    let private = desk.log.events.iter().find(|event| event.pos == pos).and_then(|event| match &event.event {
        Event::MessageScheduled(event) => event.private.clone(),
        Event::MessageScheduleChanged(event) => event.private.clone(),
        _ => None,
    });
    Written { pos, content: private.map(|private| private.content), context_provider_id: None }
}

fn comes_due(desk: &mut Desk, at: i64, id: MessageId) -> Vec<&'static str> {
    desk.now = desk.now.max(minute(at));
    let written = written(desk, id);
    desk.kinds_of(|desk| desk.run(|step| schedule::due(step, id, written)).unwrap())
}

fn status(desk: &Desk, conversation: ConversationId, id: MessageId) -> DeliveryStatus {
    desk.state(conversation).messages[&id].status()
}

fn reason(desk: &Desk) -> String {
    match &desk.log.events.last().unwrap().event {
        Event::MessageScheduleFailed(event) => event.reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_for_later_answers_nobody_until_its_time() {
    let (mut desk, id) = begun();
    let message = later(&mut desk, id, plan(30, false));
    assert_eq!((status(&desk, id, message), desk.waits_since(id)), (DeliveryStatus::Scheduled, Some(0)));
    assert_eq!(desk.starts(message), None);
    assert!(comes_due(&mut desk, 29, message).is_empty());
    desk.restart();
    assert_eq!(comes_due(&mut desk, 30, message), ["message.queued"]);
    assert_eq!(
        (status(&desk, id, message), desk.waits_since(id), desk.frt(id)),
        (DeliveryStatus::Queued, None, Some(30))
    );
    assert!(comes_due(&mut desk, 31, message).is_empty());
    desk.sends(message, "w1");
}

#[test]
fn it_needs_no_open_window_when_it_is_written_and_one_when_it_is_sent() {
    let (mut desk, id) = begun();
    let day = 24 * 60;
    let wanted = text_reply(id, Sender::User(desk.ana));
    let message = later(&mut desk, id, plan(2 * day, false));
    assert_eq!(comes_due(&mut desk, 2 * day, message), ["message.schedule_failed"]);
    assert_eq!((reason(&desk).as_str(), status(&desk, id, message)), ("service_window_closed", DeliveryStatus::Failed));
    // It was never sent, so there is nothing to send again.
    assert_eq!(desk.run(|step| reply::resend(step, message)), Err(Rejection::NotResendable));
    for at in [desk.now, desk.now - Millis(1), desk.now + Millis::days(367)] {
        let plan = Plan { at, cancel_if_customer_writes: false };
        let refused = desk.run(|step| schedule::schedule(step, &wanted, plan));
        assert!(matches!(refused, Err(Rejection::Invalid { field: "scheduled_at", .. })));
    }
}

#[test]
fn whatever_the_customer_writes_takes_back_what_was_only_meant_for_silence() {
    let (mut desk, id) = begun();
    let (nudge, news) = (later(&mut desk, id, plan(300, true)), later(&mut desk, id, plan(300, false)));
    let kinds = desk.kinds_of(|desk| desk.says(10, "491", "m2", "here I am"));
    assert_eq!(kinds, ["message.received", "message.schedule_cancelled"]);
    assert_eq!(status(&desk, id, nudge), DeliveryStatus::Cancelled);
    assert_eq!(status(&desk, id, news), DeliveryStatus::Scheduled);
    // Also from a conversation that begins after the one it waits in.
    let late = later(&mut desk, id, plan(60 * 24 * 30, true));
    desk.moves(20, id, Status::Resolved);
    desk.says(60 * 24 * 10, "491", "m3", "hello again");
    assert_ne!(desk.conversation_of("491"), id);
    assert_eq!(status(&desk, id, late), DeliveryStatus::Cancelled);
}

#[test]
fn it_is_changed_and_taken_back_while_it_waits_and_not_after() {
    let (mut desk, id) = begun();
    let message = later(&mut desk, id, plan(30, true));
    let rewrite = Rewrite { sender: Sender::User(desk.ben), content: Content::text("Better."), media_id: None };
    let before = written(&desk, message);
    let change = Change { at: Some(minute(40)), content: Some(rewrite), ..Change::default() };
    desk.run(|step| schedule::change(step, message, change)).unwrap();
    // Who comes with what was read before the change does nothing.
    desk.now = minute(41);
    assert!(desk.kinds_of(|desk| desk.run(|step| schedule::due(step, message, before)).unwrap()).is_empty());
    let other = later(&mut desk, id, plan(50, false));
    desk.run(|step| schedule::cancel(step, other)).unwrap();
    assert!(desk.kinds_of(|desk| desk.run(|step| schedule::cancel(step, other)).unwrap()).is_empty());
    assert_eq!(comes_due(&mut desk, 41, message), ["message.queued"]);
    let queued = desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::MessageQueued(event) => Some(event.clone()),
        _ => None,
    });
    let queued = queued.unwrap();
    assert_eq!(queued.private.unwrap().content, Content::text("Better."));
    // Whoever wrote what is sent is the one who answered.
    assert_eq!(queued.sender, Sender::User(desk.ben));
    let late = desk.run(|step| schedule::cancel(step, message));
    assert_eq!(late, Err(Rejection::InvalidTransition { from: "queued", to: "cancelled" }));
    let late = desk.run(|step| schedule::change(step, other, Change { at: Some(minute(90)), ..Change::default() }));
    assert_eq!(late, Err(Rejection::InvalidTransition { from: "cancelled", to: "changed" }));
}

#[test]
fn what_somebody_wrote_who_may_no_longer_send_is_not_sent() {
    let (mut desk, id) = begun();
    let wanted = text_reply(id, Sender::User(desk.ben));
    let message = desk.run(|step| schedule::schedule(step, &wanted, plan(30, false))).unwrap();
    let (by, ben) = (desk.principal(desk.ana), desk.ben);
    let handed = domain::account::HandOver::Unassigned;
    desk.run(|step| domain::account::deactivate(step, &by, ben, handed, &[])).unwrap();
    assert_eq!(comes_due(&mut desk, 30, message), ["message.schedule_failed"]);
    assert_eq!(reason(&desk), "sender_not_allowed");
}

#[test]
fn resolving_leaves_it_waiting_and_erasure_does_not() {
    let (mut desk, id) = begun();
    let message = later(&mut desk, id, plan(30, false));
    desk.moves(10, id, Status::Resolved);
    assert_eq!(status(&desk, id, message), DeliveryStatus::Scheduled);
    let contact = desk.contact("491");
    desk.run(|step| domain::contact::erase::start(step, contact, Default::default(), None)).unwrap();
    // Its time has not come, and never will.
    let gone = Written { content: None, ..written(&desk, message) };
    let kinds = desk.kinds_of(|desk| desk.run(|step| schedule::due(step, message, gone)).unwrap());
    assert_eq!((kinds, reason(&desk)), (vec!["message.schedule_failed"], "contact_erased".to_owned()));
}
