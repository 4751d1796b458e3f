//! What a queue resolves by itself, and of whom the customer is told before.

use domain::access::Walls;
use domain::conversation::{Status, inactivity};
use domain::event::Event;
use domain::event::conversation::Cause;
use domain::event::queue::QueueChanged;
use domain::event::{Recorded, StreamId};
use domain::ids::ConversationId;
use domain::queue::settings::AutoResolve;
use domain::queue::{QueueId, QueueSettings};
use domain::team::{NewTeam, create};
use domain::time::Millis;

use crate::desk::{Desk, minute};
use crate::lifecycle::common_queue;

/// After an hour, told ten minutes before.
fn hourly() -> QueueSettings {
    let rule = AutoResolve {
        after_ms: Millis::hours(1),
        warn_before_ms: Some(Millis::minutes(10)),
        warning: Some("Still there?".to_owned()),
        disposition: Some("quiet".to_owned()),
    };
    QueueSettings { auto_resolve: Some(rule), ..QueueSettings::default() }
}

/// An answered conversation of a queue that resolves by itself; answered at minute 1.
fn answered() -> (Desk, ConversationId) {
    let mut desk = Desk::new();
    common_queue(&mut desk, hourly());
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.replies(1, desk.ana, id);
    (desk, id)
}

fn ask(desk: &mut Desk, at: i64, id: ConversationId) -> Vec<&'static str> {
    desk.now = desk.now.max(minute(at));
    desk.kinds_of(|desk| desk.run(|step| inactivity::due(step, id)).unwrap())
}

const WARNED: [&str; 2] = ["message.queued", "conversation.inactivity_warned"];

fn last(desk: &Desk) -> &Recorded {
    desk.log.events.last().unwrap()
}

#[test]
fn what_lies_still_is_told_once_and_resolved_by_the_house() {
    let (mut desk, id) = answered();
    assert!(ask(&mut desk, 50, id).is_empty());
    assert_eq!(ask(&mut desk, 51, id), WARNED);
    // The warning neither answers anybody nor begins the time anew.
    assert!(ask(&mut desk, 55, id).is_empty());
    desk.restart();
    assert_eq!(ask(&mut desk, 61, id), ["conversation.resolved"]);
    let Event::ConversationResolved(resolved) = &last(&desk).event else { panic!("resolved") };
    assert_eq!((resolved.cause, resolved.disposition.as_deref()), (Cause::Inactivity, Some("quiet")));
    assert!(ask(&mut desk, 70, id).is_empty());
}

#[test]
fn a_customer_who_writes_or_a_colleague_begins_the_time_anew() {
    let (mut desk, id) = answered();
    assert_eq!(ask(&mut desk, 51, id), WARNED);
    desk.says(55, "491", "m2", "yes!");
    // Nobody is resolved while they wait.
    assert!(ask(&mut desk, 200, id).is_empty());
    desk.replies(201, desk.ana, id);
    assert_eq!(ask(&mut desk, 251, id), WARNED);
    desk.replies(255, desk.ana, id);
    assert!(ask(&mut desk, 261, id).is_empty());
    assert_eq!(ask(&mut desk, 305, id), WARNED);
    assert_eq!(ask(&mut desk, 315, id), ["conversation.resolved"]);
}

#[test]
fn outside_the_window_nobody_is_told_and_the_end_comes_all_the_same() {
    let (mut desk, id) = answered();
    let mut settings = hourly();
    settings.auto_resolve.as_mut().unwrap().after_ms = Millis::days(2);
    common_queue(&mut desk, settings);
    let two_days = 2 * 24 * 60;
    assert_eq!(ask(&mut desk, two_days - 5, id), ["conversation.inactivity_warned"]);
    assert!(ask(&mut desk, two_days - 3, id).is_empty());
    assert_eq!(ask(&mut desk, two_days + 1, id), ["conversation.resolved"]);
}

#[test]
fn what_fell_due_while_nothing_ran_is_resolved_without_a_word() {
    let (mut desk, id) = answered();
    desk.restart();
    assert_eq!(ask(&mut desk, 500, id), ["conversation.resolved"]);
}

#[test]
fn a_snooze_is_left_alone_and_its_end_begins_the_time_anew() {
    let (mut desk, id) = answered();
    desk.snoozes(2, id, 300);
    assert!(ask(&mut desk, 299, id).is_empty());
    desk.now = minute(300);
    desk.run(|step| domain::conversation::change_status::snooze_due(step, id)).unwrap();
    assert!(ask(&mut desk, 301, id).is_empty());
    assert_eq!(ask(&mut desk, 360, id), ["conversation.resolved"]);
    // So does reopening.
    desk.moves(400, id, Status::Open);
    assert!(ask(&mut desk, 401, id).is_empty());
}

#[test]
fn a_moved_conversation_follows_its_new_queue() {
    let (mut desk, id) = answered();
    let by = desk.principal(desk.ana);
    let new = NewTeam { name: "Billing".to_owned(), brand_id: None, walls: Walls::Open };
    let team = desk.run(|step| create(step, &by, &new)).unwrap();
    let wanted = domain::conversation::assign::Assignment { team_id: Some(Some(team)), ..Default::default() };
    desk.run(|step| domain::conversation::assign::assign(step, id, &wanted)).unwrap();
    assert!(ask(&mut desk, 500, id).is_empty());
    let queue_id = QueueId::Team(team);
    let settings = hourly();
    desk.run(|step| {
        step.emit(StreamId::Queue(queue_id), QueueChanged { queue_id, settings });
        Ok(())
    })
    .unwrap();
    assert_eq!(ask(&mut desk, 501, id), ["conversation.resolved"]);
}

#[test]
fn settings_that_contradict_themselves_resolve_nothing() {
    let (mut desk, id) = answered();
    let settings = QueueSettings { dispositions: vec!["solved".to_owned()], ..hourly() };
    common_queue(&mut desk, settings);
    assert!(ask(&mut desk, 500, id).is_empty());
    assert_eq!(desk.state(id).status, Status::Open);
}
