//! The service window: per number and contact, from the provider's time, closed a minute early.

use domain::inbound::{InboundFact, StatusObservation};
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};

use crate::desk::{Desk, OTHER_NUMBER, failure, message, minute, refused, report};

const DAY: i64 = 24 * 60;

#[test]
fn a_reply_is_refused_from_a_minute_before_the_window_closes() {
    let mut desk = Desk::new();
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    desk.now = minute(DAY) - Millis::seconds(61);
    desk.try_reply(0, desk.ana, id).unwrap();
    desk.now = minute(DAY) - Millis::seconds(60);
    let closed_at = Some(minute(DAY));
    assert_eq!(desk.try_reply(0, desk.ana, id), Err(Rejection::WindowClosed { closed_at }));
}

#[test]
fn another_number_has_another_window() {
    let mut desk = Desk::new();
    let other = desk.connect(OTHER_NUMBER).unwrap();
    desk.says(0, "491", "c0", "hello");
    assert_eq!(desk.world.window(other, desk.contact("491")).until, None);
    assert_eq!(desk.window_until("491"), Some(minute(DAY)));
}

#[test]
fn no_providers_clock_opens_a_window_into_the_future() {
    for strange in [i64::MIN, -1, 0, 4_070_908_800, 1_795_392_000_000, i64::MAX] {
        let mut desk = Desk::new();
        let written = Timestamp::from_seconds(strange);
        desk.takes(InboundFact::Message(message("491", "c", written, "hello")));
        assert!(desk.window_until("491").is_none_or(|until| until <= minute(DAY)), "{strange}");
    }
}

#[test]
fn a_message_three_days_late_opens_no_window() {
    let mut desk = Desk::new();
    desk.now = minute(3 * DAY);
    desk.takes(InboundFact::Message(message("491", "c", minute(0), "hello")));
    let id = desk.conversation_of("491");
    assert!(matches!(desk.try_reply(0, desk.ana, id), Err(Rejection::WindowClosed { .. })));
}

#[test]
fn the_providers_word_that_the_window_is_closed_counts_at_once_or_in_a_report() {
    for in_report in [false, true] {
        let mut desk = Desk::new();
        desk.says(0, "491", "c0", "hello");
        let id = desk.conversation_of("491");
        let reply = desk.replies(1, desk.ana, id);
        if in_report {
            desk.sends(reply, "out");
            desk.takes(InboundFact::Status(closed("out", 1)));
        } else {
            let attempt = desk.starts(reply).unwrap();
            desk.finishes(reply, attempt, refused(131_047));
        }
        assert!(matches!(desk.try_reply(2, desk.ana, id), Err(Rejection::WindowClosed { .. })), "{in_report}");
    }
}

#[test]
fn a_refusal_from_before_the_customer_wrote_again_closes_nothing() {
    let mut desk = Desk::new();
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    let reply = desk.replies(1, desk.ana, id);
    desk.sends(reply, "out");
    desk.says(10, "491", "c10", "still here");
    desk.takes(InboundFact::Status(closed("out", 5)));
    desk.replies(11, desk.ana, id);
}

fn closed(wamid: &str, at: i64) -> StatusObservation {
    StatusObservation { error: Some(failure(131_047)), ..report(wamid, "failed", minute(at)) }
}

#[test]
fn a_reply_to_a_customer_from_an_advertisement_opens_the_free_entry_point() {
    let mut desk = Desk::new();
    let mut said = message("491", "c0", minute(0), "saw your ad");
    said.referral = Some(serde_json::json!({ "source_type": "ad" }));
    desk.takes(InboundFact::Message(said));
    let reply = desk.replies(10, desk.ana, desk.conversation_of("491"));
    desk.sends(reply, "out");
    let window = desk.world.window(desk.channel, desk.contact("491"));
    assert_eq!(window.free_entry_until, Some(minute(10) + Millis::hours(72)));
    assert_eq!(window.until, Some(minute(DAY)));
}
