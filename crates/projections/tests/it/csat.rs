//! What is kept of satisfaction surveys.

use domain::content::{Content, MessageKind};
use domain::csat::{Survey, change};
use domain::event::Actor;
use domain::event::csat::SkipReason;
use domain::ids::CsatId;
use projections::Views;
use projections::csat::{Latest, State};
use serde_json::json;

use crate::desk::{Desk, closed, message, minute};

/// The brand asks like this from now on.
pub(crate) fn asks(desk: &mut Desk, at: i64, survey: Survey) {
    let (ana, channel) = (desk.ana, desk.channel);
    let (brand, admin) = (desk.world.channels[&channel].config.brand_id, desk.principal(ana));
    desk.run(at, Actor::User(ana), |step| change::change(step, &admin, brand, survey)).expect("allowed");
}

/// The customer presses a row of a list.
pub(crate) fn presses(desk: &mut Desk, at: i64, who: &str, id: &str) {
    let body = json!({"type": "list_reply", "list_reply": {"id": id, "title": "Good"}});
    let wamid = format!("wamid.{who}.{}", desk.log.events.len());
    let content = Content { kind: MessageKind::Interactive, body };
    desk.customer_message(at, message(who, &wamid, minute(at), content));
}

fn on() -> Survey {
    Survey { enabled: true, ..Survey::default() }
}

#[test]
fn a_survey_is_kept_with_whose_it_is_and_the_answer_that_counts() {
    let mut desk = Desk::new();
    asks(&mut desk, 0, Survey { thanks: Some("Why?".to_owned()), asks_comment: true, ..on() });
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(1, desk.ana, id, "hi");
    desk.resolves(2, desk.ana, id);
    let survey = *desk.views.csat.of(id).next().unwrap();
    assert_eq!((survey.episode, survey.sent_at, survey.resolver_id), (1, minute(2), Some(desk.ana)));
    assert_eq!(survey.state(minute(3)), State::Sent);
    assert_eq!(survey.state(minute(8 * 24 * 60)), State::Expired);
    presses(&mut desk, 3, "c", &format!("csat:{}:4", survey.id));
    desk.says(4, "c", "It went well.");
    let survey = *desk.views.csat.of(id).next().unwrap();
    assert_eq!((survey.answer.unwrap().score, survey.state(minute(5))), (4, State::Answered));
    assert_eq!(survey.comment_pos, Some(desk.log.events.len() as u64));
    assert_eq!(desk.views.csat.latest(id), Some(Latest::Asked(survey.id)));
    let timeline = desk.timeline(id);
    let marked: Vec<Option<CsatId>> = timeline.messages().map(|message| message.survey_id).collect();
    // The customer's question, our answer, our survey; the rating, our thanks, the comment.
    assert_eq!(marked, [None, None, None, Some(survey.id), None, Some(survey.id)]);
    let mut rebuilt = Views::default();
    desk.log.events.iter().for_each(|recorded| rebuilt.apply(&closed(recorded)));
    assert_eq!(rebuilt.digest(), desk.views.digest());
}

#[test]
fn surveys_are_listed_from_the_newest_on_and_what_was_left_out_says_why() {
    let mut desk = Desk::new();
    asks(&mut desk, 0, on());
    for (n, who) in (0..).zip(["a", "b", "c"]) {
        let (id, _) = desk.says(n, who, "hello");
        desk.writes(n, desk.ana, id, "hi");
        desk.resolves(n, desk.ana, id);
    }
    let times: Vec<_> = desk.views.csat.before(None).map(|survey| survey.sent_at).collect();
    assert_eq!(times, [minute(2), minute(1), minute(0)]);
    let newest = desk.views.csat.before(None).next().unwrap().id;
    assert_eq!(desk.views.csat.before(Some(newest)).count(), 2);
    let (id, _) = desk.says(10, "a", "again");
    desk.resolves(11, desk.ana, id);
    let skipped = Latest::Skipped { episode: 2, reason: SkipReason::Cooldown };
    assert_eq!((desk.views.csat.latest(id), desk.views.csat.of(id).count()), (Some(skipped), 1));
}
