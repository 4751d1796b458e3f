//! The bot's part in lists and in numbers: who has a conversation, whom its time is counted for, and the definitions' vectors
//! with automation that asks.

use domain::automation::act::{Origin, RuleVersion, perform};
use domain::automation::action::{AutomationAction, Choice, Question, SettableStatus};
use domain::content::Content;
use domain::event::Actor;
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use projections::facts::waterfall::{Share, stretches};
use projections::inbox::query::View;

use crate::desk::{Desk, minute};
use crate::figures::{agrees, frt};

fn rule() -> AutomationRuleId {
    AutomationRuleId::from_u128(1)
}

/// A rule asks, at a minute: "Hours" is answered and resolved.
fn asks(desk: &mut Desk, at: i64, id: ConversationId) {
    let answer = AutomationAction::SendMessage { content: Content::text("Nine to five.") };
    let resolve = AutomationAction::SetStatus { status: SettableStatus::Resolved, disposition: None };
    let choice = |title: &str, then| Choice { title: title.to_owned(), also: Vec::new(), then };
    let question = Question {
        text: "What is it about?".to_owned(),
        list_button: None,
        choices: vec![choice("Hours", vec![answer, resolve]), choice("Billing", Vec::new())],
        wait_ms: Millis::hours(2),
        repeats_max: 1,
        on_timeout: Vec::new(),
        on_no_match: Vec::new(),
    };
    let origin = Origin::Rule(RuleVersion { rule_id: rule(), version: 1 });
    desk.run(at, Actor::System, |step| perform(step, id, &[AutomationAction::Ask(question)], origin));
}

/// Whom an episode's time waited for, in minutes.
fn shares(desk: &Desk, id: ConversationId, episode: usize, now: i64) -> Vec<(Share, i64, i64)> {
    let facts = &desk.views.facts;
    let slot = facts.slot(id).expect("opened");
    let measured = facts.measured(slot, u64::MAX);
    let moments = facts.track(slot).iter();
    let cut = stretches(moments, &measured, &measured.episodes[episode], minute(now), None);
    let of = |at: Timestamp| (at - minute(0)).0 / 60_000;
    cut.into_iter().map(|stretch| (stretch.share, of(stretch.from), of(stretch.to))).collect()
}

fn has_bot(desk: &Desk, id: ConversationId) -> bool {
    desk.views.inbox.get(id).unwrap().has_bot()
}

#[test]
fn vector_04_with_a_question_and_the_time_until_people_have_it_is_the_bots() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    asks(&mut desk, 0, id);
    assert!(has_bot(&desk, id));
    assert_eq!(shares(&desk, id, 0, 3), [(Share::Bot, 0, 3)]);
    desk.says(6, "c", "a human please");
    assert!(!has_bot(&desk, id));
    assert_eq!(desk.views.inbox.get(id).unwrap().handed_off_at(), Some(minute(6)));
    desk.writes(10, desk.ana, id, "hi");
    let figures = desk.figures(id);
    assert_eq!((frt(figures.current()), figures.current().frt_agent), (Some(10), Some(Millis::minutes(4))));
    agrees(&desk, &figures);
    let cut = [(Share::Bot, 0, 6), (Share::Queued, 6, 10), (Share::OnCustomer, 10, 12)];
    assert_eq!(shares(&desk, id, 0, 12), cut);
}

#[test]
fn vector_05_with_a_question_and_the_first_episode_is_a_deflection() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    asks(&mut desk, 0, id);
    desk.says(2, "c", "1");
    let figures = desk.figures(id);
    let ended = figures.episodes[0].resolution.as_ref().expect("resolved");
    assert!(ended.unanswered);
    assert_eq!(figures.episodes[0].human_messages, 0);
    assert_eq!(shares(&desk, id, 0, 9), [(Share::Bot, 0, 2)]);
    desk.says(60, "c", "and on Sunday?");
    assert!(!has_bot(&desk, id));
    desk.writes(62, desk.ana, id, "closed");
    let figures = desk.figures(id);
    assert_eq!(figures.episodes.iter().map(frt).collect::<Vec<_>>(), [None, Some(2)]);
    agrees(&desk, &figures);
}

#[test]
fn who_was_only_greeted_waits_in_the_queue() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let greeting = AutomationAction::SendMessage { content: Content::text("We are on it.") };
    let origin = Origin::Rule(RuleVersion { rule_id: rule(), version: 1 });
    desk.run(0, Actor::System, |step| perform(step, id, &[greeting], origin));
    assert_eq!(shares(&desk, id, 0, 5), [(Share::Queued, 0, 5)]);
    assert!(!has_bot(&desk, id));
}

#[test]
fn the_view_of_bots_lists_what_they_have() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let (other, _) = desk.says(0, "d", "hello");
    asks(&mut desk, 1, id);
    let listed = |desk: &Desk| crate::promises::listed(desk, View::Bot);
    assert_eq!(listed(&desk), [1]);
    desk.writes(2, desk.ana, id, "hi");
    assert_eq!(listed(&desk), [0; 0]);
    assert!(!has_bot(&desk, other));
}
