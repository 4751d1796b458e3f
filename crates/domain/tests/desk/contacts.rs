//! Who a customer is: identities, number changes, merges, erasure, consent, and what is kept where nobody can be named.

use domain::contact::{erase, merge, rekey};
use domain::content::{Content, MessageKind};
use domain::event::Event;
use domain::event::workspace::QuarantineReason;
use domain::identity::IdentityKind;
use domain::inbound::*;
use domain::ingest::ingest;
use domain::rejection::Rejection;
use domain::time::Timestamp;
use serde_json::json;

use crate::desk::{Desk, NUMBER, bsuid, message, minute, report, sender, wa_id};

fn from(identities: Vec<Identity>, wamid: &str) -> InboundFact {
    let from = Sender { identities, ..Sender::default() };
    InboundFact::Message(CustomerMessage { from, ..message("x", wamid, minute(0), "hello") })
}

fn changed(of: &str, to: &str, at: Timestamp) -> InboundFact {
    InboundFact::IdentityChanged {
        from: vec![wa_id(of)],
        to: vec![wa_id(to)],
        provider_id: Some(format!("{of}{to}")),
        at,
    }
}

#[test]
fn the_forms_of_one_line_are_one_contact() {
    for (one, other) in
        [("5531987650143", "553187650143"), ("5215512345678", "525512345678"), ("5491123456789", "541123456789")]
    {
        let mut desk = Desk::new();
        desk.says(0, one, "m1", "oi");
        desk.says(1, other, "m2", "oi");
        assert_eq!(desk.contact(one), desk.contact(other));
        assert_eq!(desk.count("contact.created"), 1);
    }
}

#[test]
fn a_customer_without_a_number_is_known_by_their_user_id_and_keeps_being_so_with_one() {
    let mut desk = Desk::new();
    desk.takes(from(vec![bsuid("DE.1")], "m1"));
    desk.takes(from(vec![bsuid("DE.1"), wa_id("491")], "m2"));
    assert_eq!(desk.contact_of(&bsuid("DE.1")), desk.contact_of(&wa_id("491")));
    assert_eq!(desk.count("contact.created"), 1);
}

#[test]
fn a_number_that_is_another_contacts_suggests_a_merge_once_and_moves_nothing() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    desk.takes(from(vec![bsuid("DE.1")], "m2"));
    desk.takes(from(vec![bsuid("DE.1"), wa_id("491")], "m3"));
    desk.takes(from(vec![bsuid("DE.1"), wa_id("491")], "m4"));
    assert_eq!(desk.count("contact.merge_suggested"), 1);
    assert_ne!(desk.contact_of(&bsuid("DE.1")), desk.contact_of(&wa_id("491")));
}

#[test]
fn a_changed_number_keeps_the_contact_and_the_old_one_is_free_for_somebody_else() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let contact = desk.contact("491");
    desk.takes(changed("491", "492", minute(1)));
    assert_eq!((desk.contact("492"), desk.contact_of(&wa_id("491"))), (contact, None));
    desk.says(2, "491", "m2", "I am new here");
    assert_ne!(desk.contact("491"), contact);
    // The provider repeats the change weeks later: the new owner keeps the number.
    assert!(desk.kinds_of(|desk| assert!(desk.takes(changed("491", "492", minute(1))))).is_empty());
}

#[test]
fn a_change_to_a_number_that_is_known_merges_and_undoing_it_parts_them_again() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    desk.says(0, "492", "m2", "hello");
    let (old, new) = (desk.contact("491"), desk.contact("492"));
    desk.takes(changed("491", "492", minute(1)));
    assert_eq!(desk.world.standing_for(old), new);
    let merge_id = *desk.world.merges.keys().next().unwrap();
    desk.run(|step| merge::undo(step, merge_id)).unwrap();
    assert_eq!(desk.world.standing_for(old), old);
    assert_eq!(desk.run(|step| merge::undo(step, merge_id)), Err(Rejection::NotFound));
}

#[test]
fn a_number_the_customer_shares_is_theirs_unless_somebody_has_it() {
    for taken in [false, true] {
        let mut desk = Desk::new();
        if taken {
            desk.says(0, "492", "m0", "mine");
        }
        desk.takes(from(vec![bsuid("DE.1")], "m1"));
        let contact = desk.contact_of(&bsuid("DE.1")).unwrap();
        let numbers = [Identity { kind: IdentityKind::Phone, value: "492".to_owned() }];
        let brand = desk.brand;
        desk.run(|step| {
            rekey::shared_own_number(step, brand, contact, &numbers);
            Ok(())
        })
        .unwrap();
        assert_eq!(desk.contact("492") == contact, !taken);
        assert_eq!(desk.count("contact.merge_suggested"), usize::from(taken));
    }
}

#[test]
fn erasing_a_contact_erases_whom_it_stands_for_and_their_numbers_begin_anew() {
    let mut desk = Desk::new();
    for who in ["491", "492", "493"] {
        desk.says(0, who, &format!("m{who}"), "hello");
    }
    let [a, b, c] = ["491", "492", "493"].map(|who| desk.contact(who));
    let id = desk.conversation_of("491");
    let out = desk.replies(1, desk.ana, id);
    desk.sends(out, "out");
    desk.run(|step| merge::merge(step, b, c)).unwrap();
    desk.run(|step| merge::merge(step, a, b)).unwrap();
    desk.run(|step| erase::start(step, a, erase::Traces::default(), None)).unwrap();
    assert_eq!(desk.run(|step| erase::start(step, a, erase::Traces::default(), None)), Err(Rejection::ContactErased));
    assert_eq!(desk.try_reply(2, desk.ana, id), Err(Rejection::ContactErased));
    // A late report keeps its facts; nothing personal is written under a key that is gone.
    desk.takes(InboundFact::Status(report("out", "failed", minute(2))));
    let last = desk.log.events.last().unwrap();
    assert_eq!((last.event.kind(), last.event.private_json()), ("message.status_observed", None));
    for (who, old) in [("491", a), ("492", b), ("493", c)] {
        assert_eq!(desk.contact_of(&wa_id(who)), None);
        desk.says(3, who, &format!("again{who}"), "it is me");
        assert_ne!(desk.contact(who), old);
    }
}

#[test]
fn the_newest_word_about_consent_counts_whatever_order_it_comes_in() {
    let consent = |granted, at| InboundFact::Consent {
        of: vec![wa_id("491")],
        category: "marketing_messages".to_owned(),
        granted,
        at: minute(at),
    };
    for order in [[(false, 1), (true, 2)], [(true, 2), (false, 1)]] {
        let mut desk = Desk::new();
        desk.now = minute(5);
        for (granted, at) in order {
            desk.takes(consent(granted, at));
        }
        assert!(!desk.world.has_declined(desk.contact("491"), "marketing_messages"));
    }
}

#[test]
fn whoever_taps_or_writes_stop_wants_no_marketing_and_one_who_says_it_in_a_sentence_may() {
    let tap = |text: &str| json!({"payload": "P-1", "text": text});
    let answer = |title: &str| json!({"type": "button_reply", "button_reply": {"id": "b1", "title": title}});
    for (kind, body, declines) in [
        (MessageKind::Button, tap("Stop promotions"), true),
        (MessageKind::Button, json!({"payload": "STOP", "text": "No more, please"}), true),
        (MessageKind::Button, tap("Track my parcel"), false),
        (MessageKind::Interactive, answer("Unsubscribe"), true),
        (MessageKind::Text, json!({"body": " STOP. "}), true),
        (MessageKind::Text, json!({"body": "please stop the delivery"}), false),
    ] {
        let mut desk = Desk::new();
        let said = CustomerMessage { content: Content { kind, body }, ..message("491", "m", minute(0), "") };
        desk.takes(InboundFact::Message(said));
        let contact = desk.contact("491");
        assert_eq!(desk.world.has_declined(contact, "marketing_messages"), declines);
        // A newer word of theirs counts.
        desk.now = minute(2);
        let of = vec![wa_id("491")];
        let category = "marketing_messages".to_owned();
        desk.takes(InboundFact::Consent { of, category, granted: true, at: minute(1) });
        assert!(!desk.world.has_declined(contact, "marketing_messages"));
    }
}

#[test]
fn what_cannot_be_placed_is_kept_with_its_reason_and_touches_nobody() {
    let said = || InboundFact::Message(message("491", "m", minute(0), "hello"));
    let missing = InboundFact::HistoryMedia { provider_id: "none".to_owned(), content: Content::text("x") };
    let unknown = InboundFact::Unknown { field: "new_field".to_owned(), body: serde_json::Value::Null };
    for (number, fact, signed, reason) in [
        (NUMBER, said(), false, QuarantineReason::WrongApp),
        ("999", said(), true, QuarantineReason::UnknownNumber),
        (NUMBER, unknown, true, QuarantineReason::UnknownField),
        (NUMBER, missing, true, QuarantineReason::UnknownMessage),
    ] {
        let mut desk = Desk::new();
        let item = || InboundItem { route: Route::Number(number.to_owned()), fact: fact.clone(), raw: "{}".to_owned() };
        for _ in 0..2 {
            assert!(!desk.run(|step| Ok(ingest(step, item(), &|_| signed))).unwrap());
        }
        let kept = desk.log.events.iter().filter_map(|event| match &event.event {
            Event::QuarantineItemAdded(added) => Some(added.reason),
            _ => None,
        });
        assert_eq!(kept.collect::<Vec<_>>(), [reason], "the same bytes are kept once");
        assert!(desk.world.contacts.values().next().is_none());
    }
}

#[test]
fn a_message_taken_back_before_it_arrives_ends_like_one_taken_back_after() {
    let said = InboundFact::Message(message("491", "m", minute(0), "hello"));
    let revoke = InboundFact::Revoke(Revoke {
        provider_id: "r".to_owned(),
        target_provider_id: "m".to_owned(),
        at: minute(1),
        by: Author::Customer(sender("491")),
    });
    for order in [[said.clone(), revoke.clone()], [revoke, said]] {
        let mut desk = Desk::new();
        desk.now = minute(2);
        for fact in order {
            desk.takes(fact);
        }
        let state = desk.state(desk.conversation_of("491"));
        assert!(state.messages.values().all(|message| message.revoked));
    }
}
