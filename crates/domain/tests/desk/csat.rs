//! Satisfaction surveys: whom the desk asks and when, whom it does not ask and why, and what counts as an answer.

use std::collections::BTreeSet;

use domain::contact::{block, consent};
use domain::content::{Content, MessageKind};
use domain::conversation::change_status::{self, Resolve};
use domain::conversation::{Status, inactivity, label};
use domain::csat::answer::{PageAnswer, answer_by_link};
use domain::csat::{Answer, Asked, Form, Survey, SurveyTemplate, ask, change, question};
use domain::event::contact::ConsentSource;
use domain::event::csat::{CsatSurveyChanged, SkipReason, Via};
use domain::event::{Event, StreamId};
use domain::ids::{ConversationId, CsatId};
use domain::inbound::{CustomerMessage, InboundFact, TemplateChange};
use domain::queue::QueueSettings;
use domain::queue::settings::AutoResolve;
use domain::rejection::Rejection;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Desk, message, minute};
use crate::lifecycle::common_queue;

/// A desk that asks as `survey` says, with an answered conversation: written to at minute 0, answered at 1.
fn asking(survey: Survey) -> (Desk, ConversationId) {
    let mut desk = Desk::new();
    configure(&mut desk, survey);
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.replies(1, desk.ana, id);
    (desk, id)
}

fn on() -> Survey {
    Survey { enabled: true, ..Survey::default() }
}

fn configure(desk: &mut Desk, survey: Survey) {
    let (brand, admin) = (desk.brand, desk.principal(desk.ana));
    desk.run(|step| change::change(step, &admin, brand, survey)).unwrap();
}

fn due(desk: &mut Desk, at: i64, id: ConversationId) -> Vec<&'static str> {
    desk.now = desk.now.max(minute(at));
    desk.kinds_of(|desk| {
        desk.run(|step| {
            ask::due(step, id);
            Ok(())
        })
        .unwrap();
    })
}

fn survey(desk: &Desk, id: ConversationId) -> Asked {
    desk.state(id).surveys.last().expect("asked").clone()
}

fn score(desk: &Desk, id: ConversationId) -> Option<u8> {
    survey(desk, id).answer.map(|answer| answer.score)
}

fn skipped(desk: &Desk) -> Option<SkipReason> {
    desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::CsatSkipped(event) => Some(event.reason),
        _ => None,
    })
}

/// What the newest message of ours says.
fn sent(desk: &Desk) -> Content {
    let content = desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::MessageQueued(event) => Some(event.private.clone().unwrap().content),
        _ => None,
    });
    content.expect("something was sent")
}

/// The customer presses a row or button.
fn presses(desk: &mut Desk, at: i64, who: &str, wamid: &str, kind: &str, id: &str) -> Vec<&'static str> {
    let (kind, body) = match kind {
        "button" => (MessageKind::Button, json!({"payload": id, "text": "Good"})),
        reply => (MessageKind::Interactive, json!({"type": reply, reply: {"id": id, "title": "Good"}})),
    };
    let pressed = CustomerMessage { content: Content { kind, body }, ..message(who, wamid, minute(at), "") };
    desk.now = desk.now.max(minute(at));
    desk.kinds_of(|desk| {
        desk.takes(InboundFact::Message(pressed));
    })
}

fn rates(desk: &mut Desk, at: i64, wamid: &str, survey: CsatId, score: u16) -> Vec<&'static str> {
    presses(desk, at, "491", wamid, "list_reply", &format!("csat:{survey}:{score}"))
}

fn says(desk: &mut Desk, at: i64, who: &str, wamid: &str, text: &str) -> Vec<&'static str> {
    desk.kinds_of(|desk| desk.says(at, who, wamid, text))
}

const ANSWERED: [&str; 2] = ["message.received", "csat.answered"];
const REOPENED: [&str; 2] = ["conversation.reopened", "message.received"];

#[test]
fn a_desk_that_switched_nothing_on_asks_nobody_and_says_nothing_of_it() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    assert_eq!(desk.kinds_of(|desk| desk.moves(1, id, Status::Resolved)), ["conversation.resolved"]);
    // Nor is what was resolved before asked about when it is switched on.
    configure(&mut desk, on());
    assert!(due(&mut desk, 2, id).is_empty());
}

#[test]
fn whoever_is_resolved_is_asked_with_a_row_for_each_score_and_no_clock_moves() {
    let (mut desk, id) = asking(on());
    let before = desk.clocks(id);
    let kinds = desk.kinds_of(|desk| desk.moves(2, id, Status::Resolved));
    assert_eq!(kinds, ["conversation.resolved", "message.queued", "csat.sent"]);
    let after = desk.clocks(id);
    assert_eq!((after.first_response, after.waiting_since), (before.first_response, None));
    let asked = survey(&desk, id);
    assert_eq!((asked.episode, asked.expires_at), (1, minute(2) + Millis::days(7)));
    let content = sent(&desk);
    let rows = content.body.pointer("/action/sections/0/rows").and_then(Value::as_array).unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    let wanted: Vec<_> = (1..=5).rev().map(|score| format!("csat:{}:{score}", asked.survey_id)).collect();
    assert_eq!(ids, wanted);
    desk.restart();
    assert_eq!(survey(&desk, id), asked);
}

#[test]
fn the_last_of_two_answers_within_a_day_counts() {
    let (mut desk, id) = asking(on());
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id).survey_id;
    assert_eq!(rates(&mut desk, 3, "m2", asked, 5), ANSWERED);
    assert_eq!(score(&desk, id), Some(5));
    assert_eq!(rates(&mut desk, 3 + 23 * 60, "m3", asked, 2), ANSWERED);
    assert_eq!(survey(&desk, id).answer, Some(Answer { score: 2, at: minute(3 + 23 * 60), count: 2 }));
    let state = desk.state(id);
    assert_eq!((state.status, state.episode, state.clocks.waiting_since), (Status::Resolved, 1, None));
    // Twice the same webhook is once.
    assert!(rates(&mut desk, 3 + 23 * 60, "m3", asked, 2).is_empty());
    // A day after the last one it is a message like any other.
    assert_eq!(rates(&mut desk, 5 + 47 * 60, "m4", asked, 4), REOPENED);
    assert_eq!(score(&desk, id), Some(2));
}

#[test]
fn an_answer_may_be_typed_while_nothing_else_happened() {
    for (text, wanted) in [("5", 5), ("4/5", 4), ("⭐⭐", 2), ("Very good", 5), ("bad", 2)] {
        let (mut desk, id) = asking(on());
        desk.moves(2, id, Status::Resolved);
        assert_eq!(says(&mut desk, 3, "491", "m2", text), ANSWERED, "{text}");
        assert_eq!((score(&desk, id), desk.state(id).status), (Some(wanted), Status::Resolved), "{text}");
        let via = desk.log.events.iter().find_map(|event| match &event.event {
            Event::CsatAnswered(event) => Some((event.via, event.replaces)),
            _ => None,
        });
        assert_eq!(via, Some((Via::Typed, false)));
    }
    // "Okay" is the name of a score, and more often a courtesy.
    let (mut desk, id) = asking(on());
    desk.moves(2, id, Status::Resolved);
    assert_eq!(says(&mut desk, 3, "491", "m2", "Okay"), ["message.received"]);
    assert_eq!((score(&desk, id), desk.state(id).courtesies.len()), (None, 1));
    // What a blocked contact presses is stored, and that is all.
    let (asked, contact) = (survey(&desk, id).survey_id, desk.contact("491"));
    desk.run(|step| block::set(step, contact, true, None)).unwrap();
    assert_eq!(rates(&mut desk, 4, "m3", asked, 1), ["message.received"]);
    assert_eq!((score(&desk, id), desk.state(id).status), (None, Status::Resolved));
    // In a later episode a number means something else, unless it quotes the question or is pressed.
    let (mut desk, id) = asking(on());
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id);
    desk.sends(asked.message_id, "wamid.survey");
    assert_eq!(says(&mut desk, 3, "491", "m2", "one more thing"), REOPENED);
    assert_eq!(says(&mut desk, 4, "491", "m3", "5"), ["message.received"]);
    assert_eq!((score(&desk, id), desk.waits_since(id)), (None, Some(3)));
    let mut quoting = message("491", "m4", minute(5), "4");
    quoting.context = Some(domain::inbound::MessageContext {
        quoted_provider_id: Some("wamid.survey".to_owned()),
        ..Default::default()
    });
    desk.now = minute(5);
    let kinds = desk.kinds_of(|desk| {
        desk.takes(InboundFact::Message(quoting));
    });
    assert_eq!((kinds.as_slice(), score(&desk, id)), (ANSWERED.as_slice(), Some(4)));
    assert_eq!(rates(&mut desk, 6, "m5", asked.survey_id, 1), ANSWERED);
    // Neither answers anybody nor waits for an answer.
    assert_eq!((score(&desk, id), desk.waits_since(id), desk.state(id).status), (Some(1), Some(3), Status::Open));
}

#[test]
fn what_is_not_theirs_or_not_one_of_five_or_too_late_is_an_ordinary_message() {
    let (mut desk, id) = asking(on());
    desk.says(0, "492", "n1", "hello");
    let other = desk.conversation_of("492");
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id).survey_id;
    let choice = |score: &str| format!("csat:{asked}:{score}");
    // Somebody else's survey.
    assert_eq!(presses(&mut desk, 3, "492", "n2", "list_reply", &choice("1")), ["message.received"]);
    assert_eq!((desk.waits_since(other), score(&desk, id)), (Some(0), None));
    for (minute, wamid, pressed) in [
        (4, "m2", choice("99")),
        (6, "m3", choice("0")),
        (8, "m4", format!("csat:{}:5", CsatId::from_u128(1))),
        (10, "m5", "refund".to_owned()),
    ] {
        assert_eq!(presses(&mut desk, minute, "491", wamid, "list_reply", &pressed), REOPENED, "{pressed}");
        desk.replies(minute + 1, desk.ana, id);
        desk.run(|step| change_status::resolve(step, id, Resolve { without_survey: true, ..Resolve::default() }))
            .unwrap();
    }
    assert_eq!(score(&desk, id), None);
    let month = 30 * 24 * 60;
    let kinds = presses(&mut desk, month, "491", "m6", "list_reply", &choice("5"));
    assert_eq!(kinds, ["conversation.opened", "message.received"]);
    assert_eq!(score(&desk, id), None);
}

#[test]
fn a_survey_is_answered_where_it_was_asked_also_when_a_newer_conversation_runs() {
    let (mut desk, id) = asking(on());
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id).survey_id;
    let days = 4 * 24 * 60;
    assert_eq!(says(&mut desk, days, "491", "m2", "new matter"), ["conversation.opened", "message.received"]);
    assert_eq!(rates(&mut desk, days + 1, "m3", asked, 4), ANSWERED);
    assert_eq!((score(&desk, id), desk.state(id).status), (Some(4), Status::Resolved));
    assert_eq!(desk.waits_since(desk.conversation_of("491")), Some(days));
}

#[test]
fn buttons_are_three_and_their_scores_five_three_and_one() {
    let (mut desk, id) = asking(Survey { form: Form::Buttons, ..on() });
    desk.moves(2, id, Status::Resolved);
    let content = sent(&desk);
    let buttons = content.body.pointer("/action/buttons").and_then(Value::as_array).unwrap();
    let scores: Vec<_> =
        buttons.iter().map(|button| button["reply"]["id"].as_str().unwrap().rsplit(':').next().unwrap()).collect();
    assert_eq!(scores, ["5", "3", "1"]);
    let pressed = buttons[1]["reply"]["id"].as_str().unwrap();
    assert_eq!(presses(&mut desk, 3, "491", "m2", "button_reply", pressed), ANSWERED);
    assert_eq!(score(&desk, id), Some(3));
}

#[test]
fn outside_the_window_an_approved_template_asks_and_its_quick_replies_answer() {
    let asks = SurveyTemplate { name: "how_was_it".to_owned(), language: "en".to_owned(), scores: vec![5, 1] };
    let (mut desk, id) = asking(Survey { template: Some(asks), ..on() });
    approve(&mut desk, "PENDING");
    let late = 30 * 60;
    desk.moves(late, id, Status::Resolved);
    assert_eq!(skipped(&desk), Some(SkipReason::WindowClosed));
    desk.moves(late + 1, id, Status::Open);
    approve(&mut desk, "APPROVED");
    let kinds = desk.kinds_of(|desk| desk.moves(late + 2, id, Status::Resolved));
    assert_eq!(kinds, ["conversation.resolved", "message.queued", "csat.sent"]);
    let payload = sent(&desk).body.pointer("/components/1/parameters/0/payload").unwrap().as_str().unwrap().to_owned();
    assert_eq!(presses(&mut desk, late + 3, "491", "m2", "button", &payload), ANSWERED);
    assert_eq!(score(&desk, id), Some(1));
}

fn approve(desk: &mut Desk, status: &str) {
    let change = TemplateChange {
        name: "how_was_it".to_owned(),
        language: "en".to_owned(),
        status: Some(status.to_owned()),
        category: Some("UTILITY".to_owned()),
        components: Some(json!([
            {"type": "BODY", "text": "How was it?"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Good"}, {"type": "QUICK_REPLY", "text": "Bad"},
            ]},
        ])),
        ..TemplateChange::default()
    };
    desk.takes(InboundFact::Template(change));
}

#[test]
fn each_reason_not_to_ask_is_written_down() {
    let quiet = AutoResolve { after_ms: Millis::minutes(5), warn_before_ms: None, warning: None, disposition: None };
    type Before = Box<dyn Fn(&mut Desk, ConversationId)>;
    let resolves = |how: Resolve| -> Before {
        Box::new(move |desk, id| desk.run(|step| change_status::resolve(step, id, how.clone())).unwrap())
    };
    let cases: Vec<(SkipReason, Before)> = vec![
        (SkipReason::Spam, resolves(Resolve { disposition: Some("Spam".to_owned()), ..Resolve::default() })),
        (SkipReason::AskedNotTo, resolves(Resolve { without_survey: true, ..Resolve::default() })),
        (
            SkipReason::Spam,
            Box::new(|desk, id| {
                desk.run(|step| label::tag(step, id, "spam")).unwrap();
                desk.moves(2, id, Status::Resolved);
            }),
        ),
        (
            SkipReason::Blocked,
            Box::new(|desk, id| {
                let contact = desk.contact("491");
                desk.run(|step| block::set(step, contact, true, None)).unwrap();
                desk.moves(2, id, Status::Resolved);
            }),
        ),
        (SkipReason::WindowClosed, Box::new(|desk, id| desk.moves(30 * 60, id, Status::Resolved))),
        (
            SkipReason::OptedOut,
            Box::new(|desk, id| {
                let (contact, now) = (desk.contact("491"), desk.now);
                desk.run(|step| {
                    consent::change_of(step, contact, domain::csat::CONSENT, false, now, ConsentSource::Agent);
                    Ok(())
                })
                .unwrap();
                desk.moves(2, id, Status::Resolved);
            }),
        ),
        (
            SkipReason::Cooldown,
            Box::new(|desk, id| {
                desk.moves(2, id, Status::Resolved);
                desk.says(3, "491", "m2", "one more thing");
                desk.replies(4, desk.ana, id);
                desk.moves(5, id, Status::Resolved);
            }),
        ),
        (
            SkipReason::Unreachable,
            Box::new(|desk, id| {
                let contact = desk.contact("491");
                desk.run(|step| domain::contact::erase::start(step, contact, Default::default(), None)).unwrap();
                desk.moves(2, id, Status::Resolved);
            }),
        ),
    ];
    for (reason, run) in cases {
        let (mut desk, id) = asking(on());
        run(&mut desk, id);
        assert_eq!(skipped(&desk), Some(reason));
        let sent = usize::from(reason == SkipReason::Cooldown);
        assert_eq!((desk.count("csat.sent"), desk.count("csat.skipped")), (sent, 1), "{reason:?}");
    }
    // By itself, before anybody had answered: the one case in which a staff resolution would have asked. What the customer
    // is not waiting for any more is what lies still.
    let mut desk = Desk::new();
    configure(&mut desk, on());
    common_queue(&mut desk, QueueSettings { auto_resolve: Some(quiet), ..QueueSettings::default() });
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    // No desk resolves by itself what somebody waits in, so there is nothing to decide again.
    desk.forged = true;
    let by_itself = Resolve { cause: domain::event::conversation::Cause::Inactivity, ..Resolve::default() };
    desk.run(|step| change_status::resolve(step, id, by_itself)).unwrap();
    assert_eq!(skipped(&desk), Some(SkipReason::AutoResolvedUnanswered));
    // Answered and then silent, they are asked.
    desk.says(10, "491", "m2", "still me");
    desk.replies(11, desk.ana, id);
    desk.now = minute(20);
    let kinds = desk.kinds_of(|desk| desk.run(|step| inactivity::due(step, id)).unwrap());
    assert_eq!(kinds, ["conversation.resolved", "message.queued", "csat.sent"]);
}

#[test]
fn a_contact_is_not_asked_again_for_a_day_whichever_conversation_it_was() {
    let (mut desk, id) = asking(on());
    desk.moves(2, id, Status::Resolved);
    let next = 24 * 60;
    desk.says(next, "491", "m2", "again");
    desk.replies(next + 1, desk.ana, id);
    desk.moves(next + 3, id, Status::Resolved);
    assert_eq!((desk.count("csat.sent"), desk.state(id).surveys.len()), (2, 2));
}

#[test]
fn a_delayed_question_comes_at_its_time_unless_the_customer_was_faster_or_it_was_switched_off() {
    let later = Survey { delay_ms: Millis::minutes(10), ..on() };
    let (mut desk, id) = asking(later.clone());
    assert_eq!(desk.kinds_of(|desk| desk.moves(2, id, Status::Resolved)), ["conversation.resolved"]);
    assert!(due(&mut desk, 11, id).is_empty());
    desk.restart();
    assert_eq!(desk.world.csat.next_due(), Some(minute(12)));
    assert_eq!(due(&mut desk, 12, id), ["message.queued", "csat.sent"]);
    assert!(due(&mut desk, 13, id).is_empty());

    let (mut desk, id) = asking(later.clone());
    desk.moves(2, id, Status::Resolved);
    desk.says(3, "491", "m2", "one more thing");
    assert!(due(&mut desk, 12, id).is_empty());

    let (mut desk, id) = asking(later.clone());
    desk.moves(2, id, Status::Resolved);
    configure(&mut desk, Survey { enabled: false, ..later });
    assert!(due(&mut desk, 12, id).is_empty());
    assert_eq!(desk.world.csat.next_due(), None);
}

#[test]
fn thanks_are_said_once_and_where_they_ask_why_the_next_words_are_the_comment() {
    let thanks = Some("Thank you. What could be better?".to_owned());
    let (mut desk, id) = asking(Survey { thanks: thanks.clone(), asks_comment: true, ..on() });
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id).survey_id;
    assert_eq!(rates(&mut desk, 3, "m2", asked, 2), ["message.received", "csat.answered", "message.queued"]);
    assert_eq!(sent(&desk).preview(), thanks.as_deref());
    assert_eq!(rates(&mut desk, 4, "m3", asked, 1), ANSWERED);
    // A courtesy is no comment.
    assert_eq!(says(&mut desk, 5, "491", "m4", "ok"), ["message.received"]);
    assert_eq!(says(&mut desk, 6, "491", "m5", "It took three days."), ["message.received", "csat.commented"]);
    assert_eq!(desk.state(id).status, Status::Resolved);
    // The second is somebody who writes.
    assert_eq!(says(&mut desk, 7, "491", "m6", "And it is broken again!"), REOPENED);

    // A comment that was more than that can be made to count, as a courtesy can.
    let (mut desk, id) = asking(Survey { thanks, asks_comment: true, ..on() });
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id).survey_id;
    rates(&mut desk, 3, "m2", asked, 2);
    says(&mut desk, 4, "491", "m3", "Where is my money?");
    desk.run(|step| change_status::undo_courtesy(step, id)).unwrap();
    assert_eq!((desk.state(id).status, desk.waits_since(id)), (Status::Open, Some(4)));

    // Later than ten minutes, or where nobody asked why, words are words.
    let (mut desk, id) = asking(Survey { thanks: Some("Thank you.".to_owned()), ..on() });
    desk.moves(2, id, Status::Resolved);
    let asked = survey(&desk, id).survey_id;
    rates(&mut desk, 3, "m2", asked, 2);
    assert_eq!(says(&mut desk, 4, "491", "m3", "It took three days."), REOPENED);
}

#[test]
fn whoever_answers_a_question_with_stop_is_not_asked_again() {
    let (mut desk, id) = asking(on());
    desk.moves(2, id, Status::Resolved);
    desk.says(3, "491", "m2", "STOP");
    let contact = desk.contact("491");
    assert!(desk.world.has_declined(contact, domain::csat::CONSENT));
}

#[test]
fn the_page_behind_a_link_answers_for_whoever_has_its_secret_and_only_in_time() {
    let survey_ = Survey { form: Form::Link, public_url: Some("https://example.com/rate/".to_owned()), ..on() };
    let (mut desk, id) = asking(survey_);
    desk.moves(2, id, Status::Resolved);
    let token = domain::csat::survey_key(&desk.blinder, survey(&desk, id).survey_id);
    let text = sent(&desk).preview().unwrap().to_owned();
    assert!(text.ends_with(&format!("https://example.com/rate/{}", question::token_text(token))), "{text}");
    let answers = |desk: &mut Desk, score, comment: Option<&str>| {
        let answer = PageAnswer { score, comment: comment.map(str::to_owned) };
        desk.run(|step| answer_by_link(step, token, answer))
    };
    assert!(matches!(answers(&mut desk, 9, None), Err(Rejection::Invalid { field: "score", .. })));
    assert_eq!(desk.kinds_of(|desk| answers(desk, 4, Some(" Nice. ")).unwrap()), ["csat.answered"]);
    assert!(desk.kinds_of(|desk| answers(desk, 4, None).unwrap()).is_empty());
    answers(&mut desk, 3, None).unwrap();
    assert_eq!(score(&desk, id), Some(3));
    desk.now = minute(3) + Millis::hours(25);
    assert_eq!(answers(&mut desk, 5, None), Err(Rejection::Gone("the survey")));
    // A message's key is no survey's.
    let strange = domain::step::message_key(&desk.blinder, survey(&desk, id).message_id);
    let answer = PageAnswer { score: 5, comment: None };
    assert_eq!(desk.run(|step| answer_by_link(step, strange, answer)), Err(Rejection::NotFound));
}

#[test]
fn a_survey_that_could_not_be_sent_is_refused_as_a_whole() {
    let mut desk = Desk::new();
    let (brand, admin) = (desk.brand, desk.principal(desk.ana));
    let wrong = Survey {
        form: Form::Link,
        question: " ".to_owned(),
        labels: vec!["Bad".to_owned(), "Bad".to_owned()],
        asks_comment: true,
        delay_ms: Millis::days(8),
        channel_ids: BTreeSet::from([domain::ids::ChannelId::from_u128(1)]),
        template: Some(SurveyTemplate { name: "A B".to_owned(), language: "e".to_owned(), scores: vec![9] }),
        ..on()
    };
    let Err(Rejection::Fields(errors)) = desk.run(|step| change::change(step, &admin, brand, wrong)) else {
        panic!("refused")
    };
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    let wanted = [
        "/question",
        "/labels/1",
        "/labels",
        "/asks_comment",
        "/delay_seconds",
        "/channel_ids/0",
        "/public_url",
        "/template/name",
        "/template/language",
        "/template/scores/0",
    ];
    assert_eq!(pointers, wanted);
    // The same again is nothing.
    configure(&mut desk, on());
    assert!(desk.kinds_of(|desk| configure(desk, on())).is_empty());
    assert!(desk.log.events.iter().any(|event| event.stream == StreamId::CsatSurvey(brand)
        && matches!(event.event, Event::CsatSurveyChanged(CsatSurveyChanged { .. }))));
}
