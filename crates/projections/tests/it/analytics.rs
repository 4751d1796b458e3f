//! Numbers against what they are made of: whatever happened, every number is what its rows add up to, every row is what its
//! events say, groups add up to the whole, and what stood at a position still does.

use std::collections::BTreeSet;

use domain::business_hours::{Spec, Weekday, WeeklySegment};
use domain::event::business_hours::BusinessHoursCreated;
use domain::event::{Actor, StreamId};
use domain::ids::HoursId;
use domain::time::{Millis, Timestamp};
use domain::zone::Zone;
use projections::Views;
use projections::analytics::collect::{Axis, Cells};
use projections::analytics::drilldown::{Drilldown, evidence};
use projections::analytics::sample::of_promise;
use projections::analytics::{
    Basis, Buckets, Cell, Collector, Episodes, Filter, GroupBy, GroupKey, Interval, Kind, Metric, Outcome, Question,
    Sample, Tally, Value,
};
use projections::facts::No;
use proptest::prelude::*;

use crate::desk::{closed, minute};
use crate::properties::{World, acts};

const GROUPS: [GroupBy; 6] =
    [GroupBy::Nothing, GroupBy::Channel, GroupBy::Brand, GroupBy::Team, GroupBy::Agent, GroupBy::Tag];

fn question(views: &Views, now: i64, group_by: GroupBy) -> Question {
    Question {
        metrics: Metric::ALL.to_vec(),
        from: minute(0),
        to: minute(now + 60),
        basis: basis(views, now),
        episodes: Episodes::All,
        filters: Vec::new(),
        group_by,
    }
}

/// A contact has forty minutes to come back: long enough to, and short enough to be over.
fn basis(views: &Views, now: i64) -> Basis {
    let pos = views.position();
    let mut definition = views.facts.definitions.at(pos).clone();
    definition.fcr_window = Millis::minutes(40);
    Basis { pos, at: minute(now), definition }
}

/// A world with business hours.
fn world() -> World {
    let mut world = World::new();
    let day = |day| WeeklySegment { day, start_s: 9 * 3_600 + 600, end_s: 10 * 3_600 };
    let spec = Spec { time_zone: "UTC".to_owned(), weekly: vec![day(Weekday::Monday)], overrides: Vec::new() };
    world.desk.run(0, Actor::System, |step| {
        let hours_id: HoursId = step.mint.fresh();
        let created = BusinessHoursCreated { hours_id, brand_id: None, name: "Hours".to_owned(), spec };
        step.emit(StreamId::BusinessHours(hours_id), created);
        let mut settings = step.world.settings.clone();
        settings.metrics.hours_id = Some(hours_id);
        domain::settings::change(step, settings).expect("a calendar there is");
    });
    world
}

fn collected(views: &Views, question: &Question, axis: Axis) -> Cells {
    let mut collector = Collector::new(question.clone(), axis);
    let (mut even, mut odd) = (collector.clone(), collector.clone());
    for (n, slice) in collector.slices(views).into_iter().enumerate() {
        if n % 2 == 0 { even.feed(views, slice) } else { odd.feed(views, slice) }
    }
    even.join(&odd);
    collector.feed_all(views);
    let cells = |collector: Collector| collector.finish(Some(Millis::minutes(5))).expect("few cells");
    let cells_of_all = cells(collector);
    assert_eq!(cells(even), cells_of_all, "two that read every second slice, joined");
    cells_of_all
}

fn whole(question: &Question) -> Axis {
    Axis::Buckets(Buckets::whole(question.from, question.to))
}

fn rows(views: &Views, question: &Question, metric: Metric) -> Vec<Sample> {
    let question = Question { metrics: vec![metric], ..question.clone() };
    Drilldown::new(question).expect("a metric").all(views)
}

/// What rows add up to.
fn sum(metric: Metric, rows: &[Sample]) -> Cell {
    let mut tally = Tally::default();
    for row in rows {
        tally.add(metric.kind(), row.value, row.slot.0);
    }
    tally.finish(metric, Some(Millis::minutes(5)))
}

/// The same question about one group alone.
fn only(question: &Question, group: GroupKey) -> Question {
    let mut filter = Filter::default();
    let one = |no: No| Some(BTreeSet::from([no]));
    match group {
        GroupKey::Everything => {}
        GroupKey::Channel(no) => filter.channels = one(no),
        GroupKey::Brand(no) => filter.brands = one(no),
        GroupKey::Team(no) => filter.teams = one(no),
        GroupKey::Agent(no) => filter.agents = one(no),
        GroupKey::Tag(tag) => filter.tags = Some(BTreeSet::from([tag])),
    }
    Question { filters: vec![filter], group_by: GroupBy::Nothing, ..question.clone() }
}

/// The value of a row, worked out anew from the moments of its conversation.
fn anew(views: &Views, row: &Sample, basis: &Basis) -> Option<Value> {
    let facts = &views.facts;
    let measured = facts.measured(row.slot, basis.pos);
    let episode = measured.episodes.iter().find(|episode| episode.episode == row.episode);
    let ended = episode.and_then(|episode| episode.resolution).filter(|ended| ended.at == row.at);
    let brand = facts.brands.id(facts.lies(row.slot).1)?;
    let calendar = basis.definition.calendar(&views.calendars, None, brand).expect("set above");
    let value = match row.metric {
        Metric::Frt => Value::Length(episode?.first?.of_people),
        Metric::FrtTotal => Value::Length(episode?.first?.total),
        Metric::FrtBusiness => Value::Length(calendar.between(episode?.customer_since?, episode?.first?.at)),
        Metric::ReplyTime => {
            let Value::Length(wait) = row.value else { return None };
            let answers = |at: Timestamp| {
                measured.written.iter().any(|wrote| {
                    wrote.at == at
                        && wrote.agent == row.agent
                        && wrote.answers.is_some_and(|(since, _)| at - since == wait)
                })
            };
            answers(row.at).then_some(row.value)?
        }
        Metric::Art | Metric::FirstResolution => Value::Length(ended?.resolution.total),
        Metric::ArtActive => Value::Length(ended?.resolution.active),
        Metric::ArtBusiness => Value::Length(calendar.between(row.at - ended?.resolution.total, row.at)),
        Metric::FullResolution => {
            let first = measured.episodes.first()?.resolution?;
            Value::Length(ended?.at - (first.at - first.resolution.total))
        }
        Metric::MessagesPerResolution => {
            ended?;
            Value::Amount(episode?.customer_messages + episode?.human_messages)
        }
        Metric::Deflection => {
            ended?;
            Value::Judged(if episode?.human_messages == 0 { Outcome::Hit } else { Outcome::Miss })
        }
        Metric::Fcr => {
            let until = ended?.at + basis.definition.fcr_window;
            let back = facts
                .search_back(row.slot, basis.pos, basis.definition.courtesies())
                .is_some_and(|back| back.at <= until);
            Value::Judged(match (until > basis.at, back) {
                (true, _) => Outcome::Immature,
                (false, true) => Outcome::Miss,
                (false, false) => Outcome::Hit,
            })
        }
        Metric::ReopenRate => {
            let until = ended?.at + basis.definition.fcr_window;
            let next = measured.episodes.iter().find(|next| next.episode == row.episode + 1);
            let opened = |next: &projections::facts::measure::Episode| next.opened_at <= until;
            Value::Judged(match (until > basis.at, next.is_some_and(opened)) {
                (true, _) => Outcome::Immature,
                (false, true) => Outcome::Hit,
                (false, false) => Outcome::Miss,
            })
        }
        Metric::Unanswered => {
            ended?;
            episode?.unanswered.then_some(Value::One)?
        }
        _ => row.value,
    };
    Some(value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_is_what_its_rows_add_up_to_in_every_group_and_bucket(acts in acts(150)) {
        let mut world = world();
        acts.iter().for_each(|act| world.act(act));
        let views = &world.desk.views;
        for group_by in GROUPS {
            let question = question(views, world.now, group_by);
            let cells = collected(views, &question, whole(&question));
            for (column, metric) in Metric::ALL.iter().copied().enumerate() {
                for ((group, _), cells) in &cells.cells {
                    let rows = rows(views, &only(&question, *group), metric);
                    prop_assert_eq!(cells[column], sum(metric, &rows), "{} of {:?}", metric.name(), group);
                }
            }
        }
        let question = question(views, world.now, GroupBy::Nothing);
        let buckets = Buckets::new(question.from, question.to, Interval::Hour, "Asia/Kolkata".parse().unwrap()).unwrap();
        let series = collected(views, &question, Axis::Buckets(buckets.clone()));
        for (place, (from, to)) in buckets.iter().enumerate() {
            let part = Question { from, to, ..question.clone() };
            for (column, metric) in Metric::ALL.iter().copied().enumerate() {
                let cell = series.get(GroupKey::Everything, place as u32).map(|cells| cells[column]);
                let expected = sum(metric, &rows(views, &part, metric));
                prop_assert_eq!(cell.unwrap_or(Cell::empty(metric)).count, expected.count, "{}", metric.name());
                if let (Some(cell), true) = (cell, expected.count > 0) {
                    prop_assert_eq!(cell, expected, "{} of bucket {}", metric.name(), place);
                }
            }
        }
    }

    #[test]
    fn every_row_is_what_its_events_say(acts in acts(150)) {
        let mut world = world();
        acts.iter().for_each(|act| world.act(act));
        let views = &world.desk.views;
        let question = question(views, world.now, GroupBy::Nothing);
        for metric in Metric::ALL.iter().copied() {
            for row in rows(views, &question, metric) {
                prop_assert_eq!(anew(views, &row, &question.basis), Some(row.value), "{:?}", row);
                let positions = evidence(views, &row, &question.basis);
                prop_assert!(!positions.is_empty(), "nothing is behind {:?}", row);
                for pos in positions {
                    let event = world.desk.log.at(pos).expect("a position of the log").event;
                    prop_assert!(metric.events().contains(&event.kind()) || metric == Metric::Touched, "{} behind {}", event.kind(), metric.name());
                }
            }
        }
    }

    #[test]
    fn groups_that_are_a_partition_add_up_to_the_whole(acts in acts(150)) {
        let mut world = world();
        acts.iter().for_each(|act| world.act(act));
        let views = &world.desk.views;
        for group_by in GROUPS.into_iter().filter(|by| by.is_partition() && *by != GroupBy::Nothing) {
            let question = question(views, world.now, group_by);
            let cells = collected(views, &question, whole(&question));
            let Some(total) = cells.get(GroupKey::Everything, 0) else { continue };
            for (column, metric) in Metric::ALL.iter().enumerate() {
                let sum: u64 = cells.groups().iter().map(|group| cells.get(*group, 0).expect("a cell")[column].count).sum();
                // A conversation may have been in several hands.
                if metric.kind() == Kind::Distinct {
                    prop_assert!(sum >= total[column].count);
                } else {
                    prop_assert_eq!(sum, total[column].count, "{} by {:?}", metric.name(), group_by);
                }
            }
        }
    }

    #[test]
    fn a_position_has_the_same_numbers_live_later_and_rebuilt(acts in acts(120), cut in 0.0f64..1.0) {
        let mut world = world();
        let early = (acts.len() as f64 * cut) as usize;
        acts[..early].iter().for_each(|act| world.act(act));
        let (pos, now) = (world.desk.views.position(), world.now);
        let question = question(&world.desk.views, now, GroupBy::Agent);
        let axis = || Axis::Week(Zone::UTC);
        let live = collected(&world.desk.views, &question, axis());
        acts[early..].iter().for_each(|act| world.act(act));
        let later = collected(&world.desk.views, &question, axis());
        let mut rebuilt = Views::default();
        world.desk.log.events.iter().take(pos as usize).for_each(|recorded| rebuilt.apply(&closed(recorded)));
        let anew = collected(&rebuilt, &question, axis());
        // What is nothing now may have been said to be nothing, or not to have been.
        let shown = |cells: &Cells| -> Vec<String> {
            let empty: Vec<_> = Metric::ALL.iter().map(|metric| Cell::empty(*metric)).collect();
            let told = cells.cells.iter().filter(|(_, cells)| **cells != empty);
            told.map(|(place, cells)| format!("{place:?} {cells:?}")).collect()
        };
        prop_assert_eq!(shown(&later), shown(&live));
        prop_assert_eq!(shown(&anew), shown(&live));
    }

    #[test]
    fn promises_that_are_open_at_a_position_are_those_that_ran_then(acts in acts(120), cut in 0.0f64..1.0) {
        let mut world = world();
        acts.iter().for_each(|act| world.act(act));
        let (views, events) = (&world.desk.views, &world.desk.log.events);
        let pos = (events.len() as f64 * cut) as u64;
        let mut then = Views::default();
        events.iter().take(pos as usize).for_each(|recorded| then.apply(&closed(recorded)));
        let mut question = question(views, world.now, GroupBy::Team);
        question.basis.pos = pos;
        let cells = collected(views, &question, whole(&question));
        for (column, metric) in Metric::ALL.iter().copied().enumerate() {
            if metric.kind() != Kind::Share || !metric.stands() {
                continue;
            }
            let ran = then.sla.running().filter(|(_, _, promised, _)| of_promise(*promised) == metric).count();
            let cell = cells.get(GroupKey::Everything, 0).map_or(Cell::empty(metric), |cells| cells[column]);
            prop_assert_eq!(cell.share.map(|share| share.open), Some(ran as u64), "{}", metric.name());
        }
    }
}

#[test]
fn events_that_numbers_name_exist() {
    let known: BTreeSet<_> = domain::event::Event::KINDS.iter().map(|(kind, _)| *kind).collect();
    for metric in Metric::ALL {
        assert!(!metric.events().is_empty());
        for kind in metric.events() {
            assert!(known.contains(kind), "{kind} of {}", metric.name());
        }
    }
}
