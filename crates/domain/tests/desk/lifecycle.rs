//! Snoozes without an end, what a resolution comes to, and what is noted of contacts for rules to ask about.

use std::collections::BTreeMap;

use domain::contact::attributes::{self, AttributeValue};
use domain::conversation::change_status::{self, Resolve};
use domain::conversation::{Status, change_status::change};
use domain::event::queue::QueueChanged;
use domain::event::{Event, StreamId};
use domain::ids::ContactId;
use domain::queue::{QueueId, QueueSettings};
use domain::rejection::Rejection;
use serde_json::{Value, json};

use crate::desk::{Desk, minute};

/// Says how the brand's common queue is worked.
pub(crate) fn common_queue(desk: &mut Desk, settings: QueueSettings) {
    let queue_id = QueueId::Common(desk.brand);
    desk.run(|step| {
        step.emit(StreamId::Queue(queue_id), QueueChanged { queue_id, settings });
        Ok(())
    })
    .unwrap();
}

fn disposition_of(desk: &Desk) -> Option<String> {
    let last = desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::ConversationResolved(event) => Some(event.disposition.clone()),
        _ => None,
    });
    last.expect("resolved")
}

fn called(disposition: &str) -> Resolve {
    Resolve { disposition: Some(disposition.to_owned()), ..Resolve::default() }
}

#[test]
fn a_snooze_without_an_end_lasts_until_the_customer_writes() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.run(|step| change(step, id, Status::Snoozed, None, None)).unwrap();
    assert_eq!((desk.state(id).status, desk.state(id).snoozed_until), (Status::Snoozed, None));
    desk.now = minute(60 * 24 * 30);
    assert!(desk.kinds_of(|desk| desk.run(|step| change_status::snooze_due(step, id)).unwrap()).is_empty());
    let kinds = desk.kinds_of(|desk| desk.says(60 * 24 * 30, "491", "m2", "there it is"));
    assert_eq!(kinds, ["conversation.status_changed", "message.received"]);
    assert_eq!(desk.state(id).status, Status::Open);
}

#[test]
fn a_queue_says_what_a_resolution_can_be_called_and_that_it_must_be() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    let dispositions = vec!["solved".to_owned(), "spam".to_owned()];
    common_queue(&mut desk, QueueSettings { dispositions, disposition_required: true, ..QueueSettings::default() });
    let code = |refused: Result<(), Rejection>| match refused {
        Err(Rejection::Fields(errors)) => {
            assert_eq!(errors[0].pointer, "/disposition");
            errors[0].code
        }
        other => panic!("{other:?}"),
    };
    // Whichever way it is asked for.
    assert_eq!(code(desk.run(|step| change(step, id, Status::Resolved, None, None))), "required");
    assert_eq!(code(desk.run(|step| change_status::resolve(step, id, Resolve::default()))), "required");
    assert_eq!(code(desk.run(|step| change_status::resolve(step, id, called("sold")))), "not_allowed");
    assert_eq!(desk.state(id).status, Status::Open);
    desk.run(|step| change_status::resolve(step, id, called("solved"))).unwrap();
    assert_eq!(disposition_of(&desk).as_deref(), Some("solved"));
    // What is resolved stays as it is.
    let again = desk.kinds_of(|desk| desk.run(|step| change_status::resolve(step, id, called("spam"))).unwrap());
    assert!(again.is_empty());
}

#[test]
fn without_a_list_a_resolution_is_called_anything_or_nothing() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.run(|step| change_status::resolve(step, id, called("sent a voucher"))).unwrap();
    assert_eq!(disposition_of(&desk).as_deref(), Some("sent a voucher"));
    desk.says(1, "491", "m2", "hello?");
    desk.moves(2, id, Status::Resolved);
    assert_eq!(disposition_of(&desk), None);
}

fn wanted(attributes: Value) -> BTreeMap<String, Value> {
    attributes.as_object().unwrap().clone().into_iter().collect()
}

fn set(desk: &mut Desk, id: ContactId, attributes: Value) -> Result<(), Rejection> {
    desk.run(|step| attributes::change(step, id, wanted(attributes)))
}

#[test]
fn attributes_are_labels_that_are_set_and_taken_away_one_by_one() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.contact("491");
    set(&mut desk, id, json!({"plan": "gold", "orders": 7, "vip": true, "language": "pt-BR"})).unwrap();
    set(&mut desk, id, json!({"plan": "silver", "vip": null})).unwrap();
    let known = &desk.world.contacts.get(&id).unwrap().noted().attributes;
    assert_eq!(known.keys().map(String::as_str).collect::<Vec<_>>(), ["language", "orders", "plan"]);
    assert_eq!(known["plan"], AttributeValue::Text("silver".to_owned()));
    // What is so already changes nothing.
    let same = desk.kinds_of(|desk| set(desk, id, json!({"plan": "silver", "vip": null})).unwrap());
    assert!(same.is_empty());
    for (wrong, code) in [
        (json!({"Plan": "gold"}), "bad_key"),
        (json!({"plan": "write to me@home"}), "bad_format"),
        (json!({"plan": ["gold"]}), "wrong_type"),
        (json!({"language": "plain english"}), "bad_format"),
        (json!({"language": 7}), "wrong_type"),
        (Value::Object((0..51).map(|n| (format!("key_{n}"), json!(n))).collect()), "too_many"),
    ] {
        match set(&mut desk, id, wrong.clone()) {
            Err(Rejection::Fields(errors)) => assert_eq!(errors[0].code, code, "{wrong}"),
            other => panic!("{wrong}: {other:?}"),
        }
    }
    desk.restart();
    assert_eq!(desk.world.attribute(id, "orders"), Some(&AttributeValue::Number(7.into())));
}

#[test]
fn of_merged_contacts_the_one_who_stands_is_asked_first_and_erasure_forgets() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    desk.says(1, "492", "m2", "hello");
    let (winner, loser) = (desk.contact("491"), desk.contact("492"));
    set(&mut desk, winner, json!({"plan": "gold"})).unwrap();
    set(&mut desk, loser, json!({"plan": "silver", "region": "north"})).unwrap();
    desk.run(|step| domain::contact::merge::merge(step, winner, loser)).unwrap();
    let text = |desk: &Desk, key| desk.world.attribute(loser, key).and_then(|value| value.as_text().map(str::to_owned));
    assert_eq!((text(&desk, "plan").as_deref(), text(&desk, "region").as_deref()), (Some("gold"), Some("north")));
    desk.run(|step| domain::contact::erase::start(step, winner, Default::default(), None)).unwrap();
    assert_eq!((text(&desk, "plan"), text(&desk, "region")), (None, None));
    assert_eq!(set(&mut desk, winner, json!({"plan": "gold"})), Err(Rejection::ContactErased));
}
