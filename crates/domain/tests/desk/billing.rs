//! What is bought and what is metered.

use domain::access::Role;
use domain::account;
use domain::billing::{ContractChange, change, replace_rates, seats_left, seats_used};
use domain::charge::Charge;
use domain::event::Event;
use domain::event::billing::Rate;
use domain::identity::IdentityKind;
use domain::inbound::{Identity, InboundFact, StatusObservation};
use domain::rejection::Rejection;
use serde_json::{Value, json};

use crate::desk::{Desk, minute, report};

fn seats(desk: &mut Desk, seats: Option<u32>) {
    let version = desk.world.contract.version;
    desk.run(|step| change(step, ContractChange { seats: Some(seats), ..Default::default() }, version)).unwrap();
}

#[test]
fn a_full_plan_takes_nobody_new_and_locks_nobody_out() {
    let mut desk = Desk::new();
    let (root, ben) = (desk.ana, desk.ben);
    assert_eq!(seats_left(&desk.world, desk.now), None, "no plan, no limit");
    seats(&mut desk, Some(2));
    assert_eq!(
        (seats_used(&desk.world.roster, &desk.world.security.invites, desk.now), seats_left(&desk.world, desk.now)),
        (2, Some(0))
    );
    let by = desk.principal(root);
    let hired = desk.try_hire("Cleo", Role::Agent);
    assert_eq!(hired, Err(Rejection::SeatsExhausted { seats: 2 }));
    // A closed account gives its seat back, and is opened again only where there is one.
    desk.run(|step| account::deactivate(step, &by, ben, account::HandOver::Unassigned, &[])).unwrap();
    desk.hire("Cleo", Role::Agent);
    let again = desk.run(|step| account::reactivate(step, &by, ben));
    assert_eq!(again, Err(Rejection::SeatsExhausted { seats: 2 }));
    // Fewer than are taken: allowed, and nobody comes in.
    seats(&mut desk, Some(1));
    assert_eq!(
        (seats_used(&desk.world.roster, &desk.world.security.invites, desk.now), seats_left(&desk.world, desk.now)),
        (2, Some(0))
    );
    seats(&mut desk, None);
    desk.run(|step| account::reactivate(step, &by, ben)).unwrap();
}

#[test]
fn a_contract_is_changed_from_the_version_that_was_read() {
    let mut desk = Desk::new();
    let plan = |name: &str| ContractChange { plan: Some(Some(name.to_owned())), ..Default::default() };
    desk.run(|step| change(step, plan("team"), 0)).unwrap();
    let version = desk.world.contract.version;
    assert_eq!(desk.run(|step| change(step, plan("other"), 0)), Err(Rejection::VersionMismatch { actual: version }));
    // The same once more is nothing new.
    desk.run(|step| change(step, plan("team"), version)).unwrap();
    assert_eq!(desk.count("billing.changed"), 1);
}

fn priced(wamid: &str, status: &str, pricing: Value) -> StatusObservation {
    let recipient = vec![Identity { kind: IdentityKind::WaId, value: "4915112345678".to_owned() }];
    StatusObservation { pricing: Some(pricing), recipient, ..report(wamid, status, minute(5)) }
}

fn charges(desk: &Desk) -> Vec<Charge> {
    let of = |event: &Event| match event {
        Event::MessageStatusObserved(event) => event.charge.clone(),
        _ => None,
    };
    desk.log.events.iter().filter_map(|recorded| of(&recorded.event)).collect()
}

#[test]
fn a_message_is_metered_once_when_it_has_arrived_whatever_the_order_of_its_reports() {
    let utility = || json!({"billable": true, "pricing_model": "PMP", "category": "utility", "type": "regular"});
    let orders: [&[&str]; 5] = [
        &["sent", "delivered", "read"],
        &["read", "delivered", "sent"],
        &["delivered", "delivered", "sent", "sent", "read", "read"],
        &["sent", "failed", "read"],
        &["sent", "read"],
    ];
    for order in orders {
        let mut desk = Desk::new();
        let ana = desk.ana;
        desk.says(0, "customer", "wamid.in", "hello");
        let id = desk.conversation_of("customer");
        let message = desk.replies(1, ana, id);
        desk.sends(message, "wamid.out");
        for status in order {
            let report = match *status {
                "read" => report("wamid.out", "read", minute(6)),
                other => priced("wamid.out", other, utility()),
            };
            desk.takes(InboundFact::Status(report));
        }
        let expected = Charge { category: "utility".to_owned(), billable: true, market: Some("49".to_owned()) };
        assert_eq!(charges(&desk), [expected], "{order:?}");
    }
}

#[test]
fn a_message_that_never_arrived_is_not_metered() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    desk.says(0, "customer", "wamid.in", "hello");
    let id = desk.conversation_of("customer");
    let message = desk.replies(1, ana, id);
    desk.sends(message, "wamid.out");
    desk.takes(InboundFact::Status(priced("wamid.out", "sent", json!({"category": "service"}))));
    desk.takes(InboundFact::Status(report("wamid.out", "failed", minute(6))));
    assert_eq!(charges(&desk), []);
}

#[test]
fn one_wrong_rate_refuses_them_all_and_each_is_named() {
    let rate = |market: &str, category: &str, day: &str| Rate {
        market: market.to_owned(),
        category: category.to_owned(),
        valid_from: day.parse().unwrap(),
        price_micros: 55_000,
    };
    let mut desk = Desk::new();
    let rates = vec![
        rate("49", "marketing", "2026-10-01"),
        rate("999", "marketing", "2026-10-01"),
        rate("49", "Utility", "2026-10-15"),
        rate("49", "marketing", "2026-10-01"),
        rate("*", "utility", "2026-10-01"),
    ];
    let Err(Rejection::Fields(wrong)) = desk.run(|step| replace_rates(step, "EUR", rates, None)) else {
        panic!("refused with its places")
    };
    let places: Vec<_> = wrong.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(places, ["/rates/1/market", "/rates/2/category", "/rates/2/valid_from", "/rates/3/market"]);
    assert_eq!(desk.count("rate_card.replaced"), 0);
    desk.run(|step| replace_rates(step, "EUR", vec![rate("*", "utility", "2026-10-01")], Some(0))).unwrap();
    let again = desk.run(|step| replace_rates(step, "EUR", vec![], Some(0)));
    assert!(matches!(again, Err(Rejection::VersionMismatch { .. })));
    assert!(matches!(desk.run(|step| replace_rates(step, "euro", vec![], None)), Err(Rejection::Invalid { .. })));
}
