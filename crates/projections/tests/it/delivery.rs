//! How sending went, as it is read: reports in any order, attempts, failures, groups.

use domain::content::Content;
use domain::event::Actor;
use domain::event::message::AfterRefusal;
use domain::inbound::CustomerMessage;
use domain::message::DeliveryStatus;
use expect_test::expect;
use projections::timeline::TimelineMessage;

use crate::desk::{Desk, message, minute, shown};

pub(crate) fn history(message: &TimelineMessage) -> String {
    let step = |change: &projections::timeline::StatusChange| {
        let inferred = if change.inferred { "*" } else { "" };
        format!("{}{inferred} {}", change.status, shown(Some(change.at)))
    };
    message.status_history.iter().map(step).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_was_read_had_been_delivered() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let reply = desk.writes(1, desk.ana, id, "hi");
    let wamid = desk.sent(1, reply);
    desk.report(5, &wamid, "read", 4);
    expect!["queued 1, sending 1, accepted 1, sent* 4, delivered* 4, read 4"]
        .assert_eq(&history(desk.timeline(id).message(reply).unwrap()));
}

#[test]
fn every_attempt_is_kept_and_the_error_of_the_last_failure() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let reply = desk.writes(1, desk.ana, id, "hi");
    let first = desk.started(1, reply);
    desk.refused(2, reply, first, AfterRefusal::Retry, Some(4));
    let second = desk.started(4, reply);
    desk.refused(5, reply, second, AfterRefusal::Fail, None);
    let timeline = desk.timeline(id);
    let message = timeline.message(reply).unwrap();
    assert_eq!(message.attempts.len(), 2);
    assert_eq!(message.status, DeliveryStatus::Failed);
    let error = message.error.clone().unwrap();
    assert_eq!((error.code, error.reason.as_str()), (Some(131_026), "provider_refused"));
    assert_eq!(error.title.as_deref(), Some("Undeliverable"));
    expect!["queued 1, sending 1, queued 2, sending 4, failed 5"].assert_eq(&history(message));

    desk.run(6, Actor::System, |step| domain::conversation::reply::resend(step, reply)).unwrap();
    let wamid = desk.sent(7, reply);
    desk.report(8, &wamid, "delivered", 8);
    let timeline = desk.timeline(id);
    let message = timeline.message(reply).unwrap();
    assert_eq!((message.status, &message.error), (DeliveryStatus::Delivered, &None));
    assert_eq!(message.attempts.len(), 3);
}

#[test]
fn a_reported_failure_is_told_with_its_code() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let reply = desk.writes(1, desk.ana, id, "hi");
    let wamid = desk.sent(1, reply);
    desk.report(2, &wamid, "failed", 2);
    let timeline = desk.timeline(id);
    let error = timeline.message(reply).unwrap().error.clone().unwrap();
    assert_eq!((error.code, error.reason.as_str()), (Some(131_026), "not_delivered"));
    assert_eq!(error.title.as_deref(), Some("Message undeliverable"));
}

#[test]
fn a_groups_reports_are_told_apart_by_participant() {
    let mut desk = Desk::new();
    let grouped = |who: &str, n: i64| CustomerMessage {
        group_id: Some("group-7".to_owned()),
        ..message(who, &format!("wamid.group.{n}"), minute(n), Content::text("hello all"))
    };
    let (id, first) = desk.customer_message(0, grouped("c", 0)).unwrap();
    let (same, second) = desk.customer_message(1, grouped("d", 1)).unwrap();
    assert_eq!(same, id, "a group is one conversation");
    let timeline = desk.timeline(id);
    let author = |id| timeline.message(id).unwrap().author;
    assert_ne!(author(first), author(second));
    assert!(desk.views.directory.contacts.get(desk.contact_of(id)).unwrap().is_group());

    let channel = desk.channel;
    let shown_to = desk.echoes_to_group(2, "group-7", "welcome");
    for (participant, status, when) in [("c", "read", 4), ("d", "delivered", 3)] {
        let report = domain::inbound::StatusObservation {
            provider_id: desk.wamid(shown_to),
            status: status.to_owned(),
            at: minute(when),
            participant: Some(participant.to_owned()),
            callback_data: None,
            recipient: Vec::new(),
            error: None,
            pricing: None,
            conversation: None,
        };
        desk.run(5, Actor::Provider, |step| domain::conversation::observe_status::observe(step, channel, &report));
    }
    let timeline = desk.timeline(id);
    let message = timeline.message(shown_to).unwrap();
    assert_eq!(history(message), "accepted 2, delivered 3, read 4", "nothing is inferred from one participant");
    assert!(message.status_history.iter().skip(1).all(|change| change.of_participant));
}
