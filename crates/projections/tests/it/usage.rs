//! Counters by month, and where the audit entries are.

use domain::audit::AuditKind;
use domain::charge::Charge;
use domain::event::message::MessageStatusObserved;
use domain::event::user::{AccessDenied, LoginFailed};
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::audit::AuditFilter;

use crate::desk::Desk;

/// Applies an event of a moment at the head of the views.
fn apply(views: &mut Views, stream: StreamId, at: Timestamp, actor: Actor, event: impl Into<Event>) {
    let (pos, event) = (views.position() + 1, event.into());
    views.apply(&Recorded { pos, stream, version: pos, event, occurred_at: at, recorded_at: at, actor });
}

fn metered(conversation_id: ConversationId, n: u128, category: &str, billable: bool) -> MessageStatusObserved {
    MessageStatusObserved {
        conversation_id,
        message_id: MessageId::from_u128(n),
        status: "delivered".to_owned(),
        at: Timestamp::from_millis(0),
        participant: None,
        code: None,
        pricing: None,
        market: None,
        charge: Some(Charge { category: category.to_owned(), billable, market: Some("49".to_owned()) }),
        clocks: None,
        private: None,
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

#[test]
fn counters_follow_months_and_not_messages() {
    let mut desk = Desk::new();
    let (conversation, _) = desk.says(0, "customer", "hello");
    let (views, stream) = (&mut desk.views, StreamId::Conversation(conversation));
    for n in 0..1_000 {
        let category = ["marketing", "utility"][n as usize % 2];
        apply(views, stream, at("2027-01-31T23:59:59Z"), Actor::Provider, metered(conversation, n, category, true));
        apply(views, stream, at("2027-02-01T00:00:00Z"), Actor::Provider, metered(conversation, n, "service", false));
    }
    // Words without end are counted together past a limit.
    for n in 0..200 {
        let odd = metered(conversation, n, &format!("odd-{n}"), true);
        apply(views, stream, at("2027-03-01T00:00:00Z"), Actor::Provider, odd);
    }
    let month = |text: &str| text.parse().unwrap();
    let of = |from: &str, to: &str| -> Vec<String> {
        let meters = views.usage.meters(month(from), month(to));
        meters.map(|(meter, count)| format!("{} {} {count}", meter.month, meter.category)).collect()
    };
    assert_eq!(of("2027-01", "2027-02"), ["2027-01 marketing 500", "2027-01 utility 500", "2027-02 service 1000"]);
    let odd = views.usage.meters(month("2027-03"), month("2027-03"));
    assert_eq!(odd.map(|(_, count)| count).sum::<u64>(), 200);
    assert!(of("2027-03", "2027-03").len() <= 65);
    let traffic: Vec<_> = views.usage.traffic(month("1970-01"), month("9999-12")).collect();
    assert_eq!((traffic.len(), traffic[0].2.messages_in, traffic[0].2.conversations_opened), (1, 1, 1));
}

#[test]
fn people_count_once_in_each_month_in_which_they_did_anything() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let denied = |user_id| AccessDenied {
        user_id,
        action: "channels.manage".to_owned(),
        resource: None,
        operation: None,
        code: None,
        unwritten: 0,
    };
    for (when, user) in [
        ("2027-01-05T10:00:00Z", ana),
        ("2027-01-05T11:00:00Z", ana),
        ("2027-01-06T10:00:00Z", ben),
        ("2027-02-01T10:00:00Z", ben),
    ] {
        apply(&mut desk.views, StreamId::User(user), at(when), Actor::User(user), denied(user));
    }
    let presence = desk.views.usage.presence("2027-01".parse().unwrap(), "2027-02".parse().unwrap());
    let people: Vec<_> = presence.map(|(month, presence)| format!("{month} {}", presence.active_users)).collect();
    assert_eq!(people, ["2027-01 2", "2027-02 1"]);
}

#[test]
fn audit_entries_are_found_by_kind_actor_and_position_newest_first() {
    let mut desk = Desk::new();
    desk.says(0, "customer", "not an audit entry");
    let (ana, ben) = (desk.ana, desk.ben);
    let start = desk.views.position();
    let later = at("2027-01-01T00:00:00Z");
    for n in 0..6 {
        let (user, at) = (if n % 2 == 0 { ana } else { ben }, later + Millis::minutes(n));
        let event = LoginFailed { user_id: user, private: None };
        apply(&mut desk.views, StreamId::User(user), at, Actor::User(user), event);
    }
    let find =
        |filter: AuditFilter| -> Vec<u64> { desk.views.audit.newest(&filter).map(|(pos, _)| pos - start).collect() };
    let from = AuditFilter { from: start, ..AuditFilter::default() };
    assert_eq!(find(from.clone()), [6, 5, 4, 3, 2, 1]);
    assert_eq!(find(AuditFilter { actor: Some(ben), ..from.clone() }), [6, 4, 2]);
    assert_eq!(find(AuditFilter { before: Some(start + 4), from: start + 2, ..from.clone() }), [3, 2]);
    assert!(find(AuditFilter { kinds: vec![AuditKind::SignedIn], ..from.clone() }).is_empty());
    assert_eq!(find(AuditFilter { kinds: vec![AuditKind::SignInFailed], actor: Some(ana), ..from.clone() }), [5, 3, 1]);
    assert!(find(AuditFilter { actor: Some(UserId::from_u128(9)), ..from }).is_empty());
}
