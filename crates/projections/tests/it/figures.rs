//! What is measured, beyond the vectors of the definitions ([`crate::vectors`]).

use domain::business_hours::{Calendar, Spec, Weekday, WeeklySegment};
use domain::conversation::Status;
use domain::event::message::AfterRefusal;
use domain::ids::*;
use domain::time::Millis;

use crate::desk::{Desk, minute};
use crate::reference::{ConversationFigures, EpisodeFigures};

/// First response in minutes, or `None`.
pub(crate) fn frt(episode: &EpisodeFigures) -> Option<i64> {
    episode.first_response.as_ref().map(|response| response.after.0 / 60_000)
}

pub(crate) fn answered(desk: &Desk, id: ConversationId) -> Option<i64> {
    frt(desk.figures(id).current())
}

/// Lists show the same clocks as the figures.
pub(crate) fn agrees(desk: &Desk, figures: &ConversationFigures) {
    let row = desk.views.inbox.get(figures.conversation_id).unwrap();
    assert_eq!(row.waiting_since(), figures.waiting_since);
    assert_eq!(row.first_response_at(), figures.current().first_response.map(|response| response.at));
    assert_eq!(row.resolved_at(), figures.current().resolution.as_ref().map(|resolution| resolution.at));
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

/// Monday to Friday, 09:00 to 17:00.
pub(crate) fn office() -> Calendar {
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let day = |day| WeeklySegment { day, start_s: 9 * 3_600, end_s: 17 * 3_600 };
    Calendar::of(&Spec { time_zone: "UTC".to_owned(), weekly: days.map(day).into(), overrides: Vec::new() })
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
