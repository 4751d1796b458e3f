//! What holds after any history. The desk itself checks after each command that versions and positions have no gaps, keys
//! are used once, and a rejected command leaves nothing.

use domain::conversation::{Status, add_note, change_status, delete_note, edit_note, pin_note, react_to_note};
use domain::inbound::{InboundFact, Sender};
use proptest::prelude::*;

use crate::desk::{Desk, message, minute, note, sender};

/// Values that must never be readable in the facts of an event.
const PERSONAL: [&str; 6] = ["4917700", "Mallory", "secretbody", "secretnote", "rudeword", "ana@desk"];

fn act(desk: &mut Desk, n: usize, what: u8, who: u8) {
    let who = format!("4917700{}", who % 3);
    desk.now = minute(n as i64 * 37);
    let written = desk.now;
    let known = desk.contact_of(&crate::desk::wa_id(&who));
    let Some((contact, thread)) = known.and_then(|id| Some((id, desk.world.thread(desk.channel, id)?))) else {
        let from = Sender { profile_name: Some("Mallory".to_owned()), ..sender(&who) };
        let said = domain::inbound::CustomerMessage { from, ..message(&who, &format!("m{n}"), written, "secretbody") };
        desk.takes(InboundFact::Message(said));
        return;
    };
    let (id, ana) = (thread.conversation_id, desk.ana);
    // Refusals are part of a history: the desk checks that they leave nothing.
    match what % 12 {
        0 | 1 => desk.says(n as i64 * 37, &who, &format!("m{n}"), "secretbody"),
        2 => {
            if let Ok(sent) = desk.try_reply(0, ana, id)
                && desk.starts(sent).is_some()
            {
                desk.finishes(sent, 1, crate::desk::accepted(&format!("o{n}")));
            }
        }
        3 => desk.reports(n as i64 * 37, &format!("o{}", n.saturating_sub(1)), "failed"),
        4 => drop(desk.run(|step| change_status::change(step, id, Status::Resolved, None, None))),
        5 => drop(desk.run(|step| change_status::change(step, id, Status::Pending, None, None))),
        8..=11 => {
            let newest = desk.state(id).notes.last_key_value().map(|(note, _)| *note);
            let Some(written) = newest else { return };
            drop(desk.run(|step| match what % 12 {
                8 => edit_note::edit(step, written, ana, "secretnote too", None),
                9 => delete_note::delete(step, written, ana, None),
                10 => react_to_note::react(step, written, ana, "👍", n.is_multiple_of(2)),
                _ => pin_note::pin(step, written, n.is_multiple_of(2)),
            }));
        }
        6 => drop(desk.run(|step| add_note::add(step, id, ana, &note("secretnote")))),
        _ => drop(desk.run(|step| {
            let blocked = step.world.is_blocked(contact);
            domain::contact::block::set(step, contact, !blocked, Some("rudeword".to_owned()))
        })),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_replay_decides_as_the_live_desk_and_facts_hold_nothing_personal(
        history in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..40),
        cut in 0usize..40,
    ) {
        let (mut live, mut restarted) = (Desk::new(), Desk::new());
        for (n, (what, who)) in history.iter().enumerate() {
            if n == cut % history.len() {
                restarted.restart();
            }
            act(&mut live, n, *what, *who);
            act(&mut restarted, n, *what, *who);
        }
        prop_assert_eq!(&live.log.events, &restarted.log.events);
        for event in &live.log.events {
            let facts = String::from_utf8(event.event.facts_json()).unwrap();
            prop_assert!(PERSONAL.iter().all(|value| !facts.contains(value)), "{}", facts);
        }
    }
}
