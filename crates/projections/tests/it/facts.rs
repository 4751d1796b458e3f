//! Rows of reports against histories: each follows from its conversation's stream, and stands as it stood at any position.

use domain::content::Content;
use domain::conversation::change_status::{Resolve, resolve};
use domain::conversation::{Status, label};
use domain::event::conversation::Cause;
use domain::event::message::Sender;
use domain::event::{Actor, StreamId};
use domain::ids::*;
use domain::time::Timestamp;
use projections::Views;
use projections::facts::waterfall::{Share, stretches, totals};
use projections::facts::{Days, Ending, Facts, Measured, Row, RowSet};
use proptest::prelude::*;

use crate::desk::{Desk, closed, minute};
use crate::figures::office;
use crate::properties::{Act, World, acts};
use crate::reference::ConversationFigures;

/// All rows, in an order that does not tell how they came to be.
fn table(facts: &Facts, as_of: u64) -> Vec<String> {
    fn lines<R: Row>(rows: impl Iterator<Item = R>) -> impl Iterator<Item = String> {
        rows.map(|row| format!("{row:?}"))
    }
    let mut all: Vec<String> = lines(facts.opened.all(as_of))
        .chain(lines(facts.first_responses.all(as_of)))
        .chain(lines(facts.written.all(as_of)))
        .chain(lines(facts.resolved.all(as_of)))
        .chain(lines(facts.surveyed.all(as_of)))
        .chain(lines(facts.acts.all(as_of)))
        .chain(lines(facts.promised.all(as_of)))
        .chain(lines(facts.kept.all(as_of)))
        .collect();
    all.sort();
    all
}

/// The rows that follow from all conversations.
fn derived(facts: &Facts, as_of: u64) -> Vec<String> {
    let mut all = Vec::new();
    for slot in facts.slots() {
        let RowSet { first, written, resolved, surveyed } = facts.measured(slot, as_of).rows(slot);
        all.extend(first.iter().map(|row| format!("{row:?}")));
        all.extend(written.iter().map(|row| format!("{row:?}")));
        all.extend(resolved.iter().map(|row| format!("{row:?}")));
        all.extend(surveyed.iter().map(|row| format!("{row:?}")));
    }
    all.sort();
    all
}

/// The same from the tables, without the position at which each came to be.
fn counted(facts: &Facts, as_of: u64) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    all.extend(facts.first_responses.all(as_of).map(|row| format!("{:?}", row.at_pos(0))));
    all.extend(facts.written.all(as_of).map(|row| format!("{:?}", row.at_pos(0))));
    all.extend(facts.resolved.all(as_of).map(|row| format!("{:?}", row.at_pos(0))));
    all.extend(facts.surveyed.all(as_of).map(|row| format!("{:?}", row.at_pos(0))));
    all.sort();
    all
}

/// What the slow fold over the stream measures, and what the moments do.
pub(crate) fn agree(figures: &ConversationFigures, measured: &Measured) -> Result<(), TestCaseError> {
    prop_assert_eq!(figures.waiting_since, measured.waiting_since);
    prop_assert_eq!(figures.waiting_any_since, measured.waiting_any_since);
    prop_assert_eq!(figures.episodes.len(), measured.episodes.len());
    for (slow, quick) in figures.episodes.iter().zip(&measured.episodes) {
        prop_assert_eq!((slow.episode, slow.opened_at), (quick.episode, quick.opened_at));
        prop_assert_eq!(slow.customer_since, quick.customer_since);
        let first = slow.first_response.map(|first| (first.at, first.after, slow.frt_agent));
        prop_assert_eq!(first, quick.first.map(|first| (first.at, first.total, Some(first.of_people))));
        prop_assert_eq!(slow.handed_off_at, quick.handed_off.map(|(at, _)| at));
        prop_assert_eq!((slow.customer_messages, slow.human_messages), (quick.customer_messages, quick.human_messages));
        let ended = slow.resolution.as_ref().map(|it| (it.at, it.total, it.active, it.unanswered));
        let quick_ended =
            quick.resolution.map(|it| (it.at, it.resolution.total, it.resolution.active, quick.unanswered));
        prop_assert_eq!(ended, quick_ended);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_conversation_measures_what_its_whole_stream_does(acts in acts(140)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let facts = &world.desk.views.facts;
        for id in world.conversations() {
            let figures = world.desk.figures(id);
            let measured = facts.measured(facts.slot(id).unwrap(), u64::MAX);
            agree(&figures, &measured)?;
        }
    }

    #[test]
    fn what_is_counted_follows_from_the_moments_at_every_position(acts in acts(90), part in 0.0f64..1.0) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let (facts, events) = (&world.desk.views.facts, &world.desk.log.events);
        prop_assert_eq!(counted(facts, u64::MAX), derived(facts, u64::MAX));
        let as_of = (events.len() as f64 * part) as u64;
        prop_assert_eq!(counted(facts, as_of), derived(facts, as_of));
        let mut then = Views::default();
        events.iter().take(as_of as usize).for_each(|recorded| then.apply(&closed(recorded)));
        prop_assert_eq!(table(facts, as_of), table(&then.facts, u64::MAX));
        for slot in then.facts.slots() {
            let definition = facts.definitions.at(as_of);
            let back = facts.came_back(slot, as_of, definition);
            prop_assert_eq!(back, then.facts.came_back(slot, u64::MAX, then.facts.definitions.newest()));
            prop_assert_eq!(back, facts.search_back(slot, as_of, definition.courtesies()));
            prop_assert_eq!(facts.tags_of(slot, as_of), then.facts.tags_of(slot, u64::MAX));
        }
        for row in then.facts.resolved.all(u64::MAX) {
            prop_assert_eq!(facts.is_newest_resolution(&row, as_of), then.facts.is_newest_resolution(&row, u64::MAX));
        }
    }

    #[test]
    fn a_range_holds_what_lies_in_it(acts in acts(90), from in 0i64..60, length in 0i64..60) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        fn of<R: projections::facts::Row>(days: &Days<R>, from: Timestamp, to: Timestamp) -> (usize, usize) {
            let inside = days.all(u64::MAX).filter(|row| (from..to).contains(&row.at())).count();
            (days.between(from, to, u64::MAX).count(), inside)
        }
        let (from, to) = (minute(from), minute(from + length));
        let facts = &world.desk.views.facts;
        for (got, wanted) in [of(&facts.written, from, to), of(&facts.resolved, from, to), of(&facts.acts, from, to)] {
            prop_assert_eq!(got, wanted);
        }
    }

    #[test]
    fn positions_in_the_evidence_are_those_of_the_events_it_speaks_of(acts in acts(120)) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let facts = &world.desk.views.facts;
        for id in world.conversations() {
            let measured = facts.measured(facts.slot(id).unwrap(), u64::MAX);
            let kind = |pos: u64| {
                let recorded = world.desk.log.at(pos).unwrap();
                assert_eq!(recorded.stream, StreamId::Conversation(id));
                recorded.event.kind()
            };
            for wrote in &measured.written {
                prop_assert!(matches!(kind(wrote.pos), "message.queued" | "message.echoed"));
                if let Some((since, pos)) = wrote.answers {
                    prop_assert_eq!(kind(pos), "message.received");
                    let asked = world.desk.log.at(pos).unwrap();
                    prop_assert_eq!(asked.occurred_at.min(asked.recorded_at), since);
                }
            }
            for episode in &measured.episodes {
                prop_assert!(matches!(kind(episode.opened_pos), "conversation.opened" | "conversation.reopened"));
                if let Some(ended) = &episode.resolution {
                    prop_assert_eq!(kind(ended.pos), "conversation.resolved");
                }
                if let Some(pos) = episode.customer_pos {
                    prop_assert_eq!(kind(pos), "message.received");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_episodes_time_is_split_without_a_gap_and_without_an_overlap(acts in acts(140), hours in any::<bool>()) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let facts = &world.desk.views.facts;
        let office = hours.then(office);
        let now = minute(10_000);
        for slot in facts.slots() {
            let measured = facts.measured(slot, u64::MAX);
            for episode in &measured.episodes {
                let moments = facts.track(slot).iter();
                let stretches = stretches(moments, &measured, episode, now, office.as_ref());
                let joints = stretches.iter().zip(stretches.iter().skip(1));
                prop_assert!(joints.clone().all(|(one, next)| one.to == next.from && one.share != next.share));
                prop_assert!(stretches.iter().all(|stretch| stretch.from < stretch.to));
                let sum: i64 = totals(&stretches).values().map(|total| total.0).sum();
                if let Some(ended) = episode.resolution {
                    prop_assert_eq!(sum, ended.resolution.total.0.max(0));
                    prop_assert_eq!(stretches.last().map_or(ended.at, |last| last.to), ended.at);
                }
                // Whoever waits at the end waits for somebody.
                if episode.resolution.is_none() && episode.episode as usize == measured.episodes.len() {
                    let waits = measured.waiting_since.is_some();
                    let last = stretches.last().map(|last| last.share);
                    prop_assert!(!matches!(last, Some(Share::Queued | Share::Unanswered(_) | Share::OutsideHours)) || waits);
                }
            }
        }
    }
}

#[test]
fn the_waterfall_says_whom_each_stretch_waited_for() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let (ana, ben) = (desk.ana, desk.ben);
    desk.assigns(5, id, Some(ana));
    desk.assigns(20, id, Some(ben));
    desk.writes(30, ben, id, "hi");
    desk.says(50, "c", "and this?");
    desk.status(55, ben, id, Status::Snoozed, Some(115));
    desk.says(60, "c", "hello?");
    desk.writes(70, ben, id, "done");
    desk.resolves(80, ben, id);
    let facts = &desk.views.facts;
    let slot = facts.slot(id).unwrap();
    let measured = facts.measured(slot, u64::MAX);
    let moments = facts.track(slot).iter();
    let stretches = stretches(moments, &measured, &measured.episodes[0], minute(999), None);
    let minutes = |at: Timestamp| (at - minute(0)).0 / 60_000;
    let shown: Vec<_> = stretches.iter().map(|it| (it.share, minutes(it.from), minutes(it.to))).collect();
    let no = |user| facts.people.find(user).unwrap();
    let expected = [
        (Share::Queued, 0, 5),
        (Share::Unanswered(no(ana)), 5, 20),
        (Share::Unanswered(no(ben)), 20, 30),
        (Share::OnCustomer, 30, 50),
        (Share::Unanswered(no(ben)), 50, 55),
        (Share::Snoozed, 55, 60),
        (Share::Unanswered(no(ben)), 60, 70),
        (Share::OnCustomer, 70, 80),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn the_waterfall_knows_bots_and_hours() {
    let mut desk = Desk::new();
    // Monday, 16:50: the office closes at 17:00 and opens at 09:00.
    let (close, open) = (8 * 60, 24 * 60);
    let (id, _) = desk.says(close - 10, "c", "hello");
    desk.queue(close - 10, Sender::System, id, Content::text("which order?"), None).unwrap();
    desk.hands_off(close - 5, id);
    desk.writes(open + 15, desk.ana, id, "hi");
    desk.resolves(open + 20, desk.ana, id);
    let facts = &desk.views.facts;
    let slot = facts.slot(id).unwrap();
    let measured = facts.measured(slot, u64::MAX);
    let (moments, office) = (facts.track(slot).iter(), office());
    let stretches = stretches(moments, &measured, &measured.episodes[0], minute(9_999), Some(&office));
    let minutes = |at: Timestamp| (at - minute(0)).0 / 60_000;
    let shown: Vec<_> = stretches.iter().map(|it| (it.share, minutes(it.from), minutes(it.to))).collect();
    let expected = [
        (Share::Bot, close - 10, close - 5),
        (Share::Queued, close - 5, close),
        (Share::OutsideHours, close, open),
        (Share::Queued, open, open + 15),
        (Share::OnCustomer, open + 15, open + 20),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn spam_and_what_ended_by_itself_are_in_no_headline() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let ends = |desk: &mut Desk, who: &str, end: &dyn Fn(&mut Desk, ConversationId)| {
        let (id, _) = desk.says(0, who, "hello");
        end(desk, id);
        let facts = &desk.views.facts;
        let slot = facts.slot(id).unwrap();
        facts.resolved.all(u64::MAX).find(|row| row.slot == slot).unwrap().ending
    };
    let called = |disposition: &str| {
        let how = Resolve { disposition: Some(disposition.to_owned()), ..Resolve::default() };
        move |desk: &mut Desk, id| desk.run(5, Actor::User(ana), |step| resolve(step, id, how.clone())).unwrap()
    };
    assert_eq!(ends(&mut desk, "a", &called("solved")), Ending::Ordinary);
    assert_eq!(ends(&mut desk, "b", &called("Spam")), Ending::Blocked);
    let tagged = |desk: &mut Desk, id| {
        desk.run(5, Actor::User(ana), |step| label::tag(step, id, "spam")).unwrap();
        desk.resolves(5, ana, id);
    };
    assert_eq!(ends(&mut desk, "c", &tagged), Ending::Blocked);
    let silent = |desk: &mut Desk, id| {
        let how = Resolve { cause: Cause::Inactivity, ..Resolve::default() };
        desk.run(5, Actor::System, |step| resolve(step, id, how)).unwrap();
    };
    assert_eq!(ends(&mut desk, "d", &silent), Ending::Automatic);
}

/// A question, its resolution, a "thanks" and its undoing have one time: the question stays in the episode that was resolved.
#[test]
fn a_courtesy_that_counts_after_all_takes_nothing_else_along() {
    let mut world = World::new();
    for (what, customer) in [(0, 0), (38, 5), (8, 1), (31, 6), (33, 1)] {
        world.act(&Act::now(what, customer));
    }
    let facts = &world.desk.views.facts;
    let all = world.conversations();
    let measured = all.iter().map(|id| (*id, facts.measured(facts.slot(*id).unwrap(), u64::MAX)));
    let (id, measured) = measured.into_iter().find(|(_, measured)| measured.episodes.len() == 2).expect("it reopened");
    assert_eq!([0, 1].map(|at| measured.episodes[at].customer_messages), [1, 1]);
    assert_eq!([0, 1].map(|at| measured.episodes[at].unanswered), [true, true]);
    world.desk.figures(id);
}
