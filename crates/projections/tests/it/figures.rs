//! The numbers of the product's definitions, one vector a test. Minutes; C customer, A and A2 agents, B bot, R resolve.

use domain::business_hours::{Calendar, Spec, Weekday, WeeklySegment};
use domain::content::Content;
use domain::conversation::Status;
use domain::event::message::{AfterRefusal, Sender};
use domain::ids::*;
use domain::time::Millis;
use projections::response_times::{ConversationFigures, EpisodeFigures};

use crate::desk::{Desk, minute, shown};

/// First response in minutes, or `None`.
fn frt(episode: &EpisodeFigures) -> Option<i64> {
    episode.first_response.as_ref().map(|response| response.after.0 / 60_000)
}

fn answered(desk: &Desk, id: ConversationId) -> Option<i64> {
    frt(desk.figures(id).current())
}

/// Lists show the same clocks as the figures.
fn agrees(desk: &Desk, figures: &ConversationFigures) {
    let row = desk.views.inbox.get(figures.conversation_id).unwrap();
    assert_eq!(row.waiting_since(), figures.waiting_since);
    assert_eq!(row.first_response_at(), figures.current().first_response.map(|response| response.at));
    assert_eq!(row.resolved_at(), figures.current().resolution.as_ref().map(|resolution| resolution.at));
}

#[test]
fn vector_1_the_first_reply_is_the_first_response_and_ends_the_wait() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
    desk.writes(5, desk.ana, id, "hi");
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(5));
    assert_eq!(figures.waiting_since, None);
    agrees(&desk, &figures);
}

#[test]
fn vector_2_further_customer_messages_do_not_move_the_wait() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.says(3, "c", "are you there?");
    desk.says(9, "c", "please");
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
    desk.writes(10, desk.ana, id, "hi");
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(10));
    assert_eq!((figures.current().customer_messages, figures.current().human_messages), (3, 1));
}

#[test]
fn vector_3_a_note_answers_nobody() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let ana = desk.ana;
    desk.run(2, domain::event::Actor::User(ana), |step| {
        domain::conversation::add_note::add(step, id, ana, &crate::desk::note("look at the order"))
    })
    .unwrap();
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
    desk.writes(10, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(10));
}

#[test]
fn vector_4_a_bot_is_not_a_human_reply() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.queue(0, Sender::System, id, Content::text("we will be right back"), None).unwrap();
    let waiting = desk.figures(id);
    assert_eq!((waiting.waiting_since, waiting.waiting_any_since), (Some(minute(0)), None));
    desk.writes(10, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(10));
}

#[test]
fn vector_5_each_episode_has_its_own_first_response() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.queue(0, Sender::System, id, Content::text("read our help page"), None).unwrap();
    desk.resolves(0, desk.ben, id);
    desk.says(60, "c", "it does not help");
    desk.writes(62, desk.ana, id, "let me see");
    let figures = desk.figures(id);
    assert_eq!(figures.episodes.iter().map(frt).collect::<Vec<_>>(), [None, Some(2)]);
    assert!(figures.episodes[0].resolution.as_ref().unwrap().unanswered);
    agrees(&desk, &figures);
}

#[test]
fn vector_6_a_snooze_does_not_stop_the_clock() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.status(1, desk.ana, id, Status::Snoozed, Some(50));
    desk.run(50, domain::event::Actor::System, |step| domain::conversation::change_status::snooze_due(step, id))
        .unwrap();
    desk.writes(51, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(51));
}

#[test]
fn vector_7_resolved_without_a_reply_is_unanswered() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.resolves(2, desk.ana, id);
    let figures = desk.figures(id);
    let resolution = figures.current().resolution.clone().unwrap();
    assert_eq!(frt(figures.current()), None);
    assert!(resolution.unanswered);
    assert_eq!(resolution.resolved_by, domain::event::Actor::User(desk.ana));
    assert_eq!(figures.waiting_since, None);
}

#[test]
fn vector_8_a_reply_that_failed_was_none() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let lost = desk.writes(4, desk.ana, id, "hi");
    let wamid = desk.sent(4, lost);
    assert_eq!(answered(&desk, id), Some(4));
    desk.report(5, &wamid, "failed", 5);
    let figures = desk.figures(id);
    assert_eq!((frt(figures.current()), figures.waiting_since), (None, Some(minute(0))));
    let second = desk.writes(9, desk.ana, id, "hi again");
    let wamid = desk.sent(9, second);
    desk.report(9, &wamid, "delivered", 9);
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(9));
    assert_eq!(figures.current().replies.len(), 1);
    assert_eq!(figures.current().human_messages, 1);
    agrees(&desk, &figures);
}

#[test]
fn a_reply_the_provider_refuses_for_good_was_none_either() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let refused = desk.writes(4, desk.ana, id, "hi");
    let attempt = desk.started(4, refused);
    desk.refused(4, refused, attempt, AfterRefusal::Fail, None);
    let figures = desk.figures(id);
    assert_eq!((frt(figures.current()), figures.waiting_since), (None, Some(minute(0))));
    agrees(&desk, &figures);
}

#[test]
fn a_reply_sent_again_answers_when_it_was_sent_again() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let reply = desk.writes(4, desk.ana, id, "hi");
    let wamid = desk.sent(4, reply);
    desk.report(5, &wamid, "failed", 5);
    desk.run(20, domain::event::Actor::System, |step| domain::conversation::reply::resend(step, reply)).unwrap();
    desk.sent(20, reply);
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(20));
    assert_eq!(figures.current().replies.iter().map(|reply| reply.after).collect::<Vec<_>>(), [Millis::minutes(20)]);
    agrees(&desk, &figures);
}

#[test]
fn vector_9_what_staff_writes_first_answers_nobody() {
    let mut desk = Desk::new();
    // The window is open from an earlier matter that is settled.
    let (id, _) = desk.says(-30, "c", "hello");
    desk.resolves(-20, desk.ana, id);
    desk.status(-1, desk.ana, id, Status::Open, None);
    desk.writes(0, desk.ana, id, "news about your order");
    desk.says(30, "c", "great, when?");
    desk.writes(33, desk.ana, id, "tomorrow");
    assert_eq!(answered(&desk, id), Some(3));
}

#[test]
fn vector_11_the_responder_is_who_replied() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.assigns(0, id, Some(desk.ana));
    desk.assigns(5, id, Some(desk.ben));
    desk.writes(8, desk.ben, id, "hi");
    let response = desk.figures(id).current().first_response.unwrap();
    assert_eq!((response.after, response.responder_id), (Millis::minutes(8), Some(desk.ben)));
}

#[test]
fn vector_12_a_reply_in_the_phone_app_counts_without_a_responder() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.echoes(3, "c", "hi from the counter");
    let response = desk.figures(id).current().first_response.unwrap();
    assert_eq!((response.after, response.responder_id), (Millis::minutes(3), None));
}

#[test]
fn vector_14_thanks_after_the_end_changes_nothing() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.resolves(10, desk.ana, id);
    let (same, _) = desk.says(11, "c", "Thanks!");
    assert_eq!(same, id);
    let figures = desk.figures(id);
    assert_eq!((figures.episodes.len(), figures.waiting_since), (1, None));
    assert_eq!(figures.current().customer_messages, 1);
    assert_eq!(desk.views.inbox.get(id).unwrap().status(), Status::Resolved);
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 0);
}

#[test]
fn vector_15_a_question_after_the_end_reopens_and_moves_the_full_resolution() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.resolves(10, desk.ana, id);
    let before = desk.figures(id);
    assert_eq!(
        (before.first_resolution, before.full_resolution),
        (Some(Millis::minutes(10)), Some(Millis::minutes(10)))
    );
    desk.says(100, "c", "it is broken again");
    assert_eq!(desk.views.inbox.get(id).unwrap().reopened_count(), 1);
    desk.writes(102, desk.ana, id, "again?");
    desk.resolves(110, desk.ana, id);
    let after = desk.figures(id);
    assert_eq!(after.episodes.len(), 2);
    assert_eq!(
        (after.first_resolution, after.full_resolution),
        (Some(Millis::minutes(10)), Some(Millis::minutes(110)))
    );
    assert_eq!(after.current().resolution.as_ref().unwrap().total, Millis::minutes(10));
}

#[test]
fn resolution_without_snoozed_and_pending_time() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.status(10, desk.ana, id, Status::Pending, None);
    desk.says(30, "c", "here is the number");
    desk.writes(31, desk.ana, id, "thank you");
    desk.resolves(40, desk.ana, id);
    let resolution = desk.figures(id).current().resolution.clone().unwrap();
    assert_eq!((resolution.total, resolution.active), (Millis::minutes(40), Millis::minutes(20)));
}

#[test]
fn vector_22_the_same_webhook_three_times_is_one_message() {
    let mut desk = Desk::new();
    let item = crate::desk::message("c", "wamid.once", minute(0), Content::text("hello"));
    let (id, _) = desk.customer_message(0, item.clone()).unwrap();
    assert_eq!(desk.customer_message(1, item.clone()), None);
    assert_eq!(desk.customer_message(2, item), None);
    assert_eq!(desk.timeline(id).messages().count(), 1);
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 1);
}

#[test]
fn vector_25_clocks_use_the_providers_time() {
    let mut desk = Desk::new();
    let (id, message) = desk.says_late(0, 7, "c", "hello");
    assert_eq!(shown(desk.figures(id).waiting_since), "0");
    assert!(desk.timeline(id).message(message).unwrap().late);
    desk.writes(10, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(10));
}

/// Monday to Friday, 09:00 to 17:00.
fn office() -> Calendar {
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let day = |day| WeeklySegment { day, start_s: 9 * 3_600, end_s: 17 * 3_600 };
    Calendar::of(&Spec { time_zone: "UTC".to_owned(), weekly: days.map(day).into(), overrides: Vec::new() })
}

#[test]
fn vector_13_business_time_stops_over_the_weekend() {
    let mut desk = Desk::new();
    // Minutes count from Monday, 09:00: Friday 16:30, and Monday 09:10 and 10:10.
    let (friday, monday) = (4 * 1_440 + 450, 7 * 1_440 + 10);
    let (id, _) = desk.says(friday, "c", "hello");
    // The window is closed by then, but for the phone app.
    desk.echoes(monday, "c", "hi");
    desk.resolves(monday + 60, desk.ana, id);
    let figures = desk.figures(id);
    let office = office();
    assert_eq!(figures.current().frt_business(Some(&office)), Some(Millis::minutes(40)));
    assert_eq!(figures.current().res_business(Some(&office)), Some(Millis::minutes(100)));
    assert_eq!(figures.current().replies[0].business(Some(&office)), Some(Millis::minutes(40)));
    // Without a calendar there is no business time, which is not none.
    assert_eq!((figures.current().frt_business(None), figures.current().res_business(None)), (None, None));
}

#[test]
fn what_was_never_answered_or_resolved_has_no_business_time() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let figures = desk.figures(id);
    let office = office();
    let current = figures.current();
    assert_eq!((current.frt_business(Some(&office)), current.res_business(Some(&office))), (None, None));
}
