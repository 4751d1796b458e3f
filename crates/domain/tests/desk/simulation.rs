//! Playing the past again: with nothing changed, every decision of the desk comes out as it was.

use domain::access::Role;
use domain::availability::Availability;
use domain::conversation::assign::claim;
use domain::conversation::{Conversation, Priority, Status, change_status};
use domain::event::routing::Outcome;
use domain::event::{Actor, Event, StreamId};
use domain::identity::BlindKey;
use domain::ids::*;
use domain::queue::QueueId;
use domain::queue::settings::{QueueSettings, Strategy};
use domain::routing::rule::{Destination, RoutingRule};
use domain::routing_profile::Profile;
use domain::simulation::chance::Chance;
use domain::simulation::command::{Command, commands};
use domain::simulation::identity::{Identity, Replay};
use domain::simulation::measures::{Measures, Person, Scope};
use domain::simulation::scenario::{Added, Scenario};
use domain::simulation::side_by_side::{Range, SideBySide, side_by_side};
use domain::sla::{Escalation, EscalationAction, Metric};
use domain::step::{Archive, Step};
use domain::time::Millis;
use domain::world::World;
use serde_json::json;

use crate::desk::{Desk, Log, minute};
use crate::sla::{policy, target};

/// The log as it was before a position.
pub(crate) struct Before<'a> {
    pub(crate) log: &'a Log,
    pub(crate) pos: u64,
}

impl Archive for Before<'_> {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        let stream = StreamId::Conversation(id);
        let before = self.log.events.iter().take_while(|event| event.pos < self.pos);
        Conversation::from_stream(before.filter(|event| event.stream == stream))
    }
    fn find(&self, _: BlindKey) -> Option<Vec<u8>> {
        None
    }
}

/// The world before a position, which begins a command, and the commands from there on.
pub(crate) fn split(desk: &Desk, from: u64) -> (World, Vec<Command>, u64) {
    let begins = |pos: &u64| desk.log.causes[*pos as usize - 1].is_none();
    let from = (from.max(1)..=desk.log.events.len() as u64).find(begins).unwrap_or(u64::MAX);
    let mut world = World::new();
    let (before, after): (Vec<_>, Vec<_>) =
        desk.log.events.iter().cloned().zip(desk.log.causes.iter().copied()).partition(|(event, _)| event.pos < from);
    before.iter().for_each(|(event, _)| world.follow(event));
    (world, commands(after), from)
}

/// Makes every decision from a position on again.
pub(crate) fn identity_from(desk: &Desk, from: u64) -> Identity {
    let (world, commands, from) = split(desk, from);
    let archive = Before { log: &desk.log, pos: from };
    let mut replay = Replay::new(world, &archive, &desk.blinder, Scope::default());
    commands.iter().for_each(|command| replay.command(command));
    replay.finish()
}

/// Plays the log from a position on.
pub(crate) fn played_from(desk: &Desk, from: u64, scenario: &Scenario, seed: u64) -> Option<SideBySide> {
    let (world, commands, from) = split(desk, from);
    let archive = Before { log: &desk.log, pos: from };
    let range = Range { world, commands: &commands, archive: &archive, blind: &desk.blinder };
    side_by_side(range, scenario, &Scope::default(), Chance(seed), &|| true)
}

/// A team of two that is given its work, on a day with a customer every few minutes. Who is given one answers after a while, and
/// resolves it soon after that.
struct Day {
    desk: Desk,
    team: TeamId,
    agents: [UserId; 2],
    /// Where the day begins.
    from: u64,
}

impl Day {
    fn new() -> Self {
        let mut desk = Desk::new();
        let agents = ["cho", "dan"].map(|name| desk.hire(name, Role::Agent));
        let team = desk.team("First line", &agents);
        let channel = desk.channel;
        desk.run(|step| domain::channel::change(step, channel, Default::default(), Some(Some(team)), None)).unwrap();
        let settings = QueueSettings {
            strategies: vec![Strategy::LeastLoaded],
            lease_ms: Some(Millis::minutes(45)),
            ..QueueSettings::default()
        };
        desk.works(QueueId::Team(team), settings).unwrap();
        desk.promises(&policy("quick", vec![target(Metric::FirstResponse, 20, &[])]));
        agents.into_iter().for_each(|agent| desk.can(agent, &[], Some(3)));
        agents.into_iter().for_each(|agent| desk.is(agent, Availability::Available));
        let from = desk.log.events.len() as u64 + 1;
        let mut day = Self { desk, team, agents, from };
        day.passes();
        day
    }

    /// Customers come faster than two people can answer.
    fn passes(&mut self) {
        let mut said = 0;
        for minute in 0..480 {
            self.desk.timer(minute);
            for (at, id, what) in self.desk.world.queues.board().due(self.desk.now, 100) {
                let due = |step: &mut Step<'_>| {
                    domain::routing::due::due(step, id, what, at);
                    Ok(())
                };
                self.desk.run(due).unwrap();
            }
            if minute % 4 == 0 && minute < 400 {
                said += 1;
                self.desk.says(minute, &format!("49{said:03}"), &format!("m{said}"), "hello");
            }
            for (number, agent) in self.agents.into_iter().enumerate() {
                if minute % 11 == 3 * number as i64 {
                    self.works(minute, agent);
                }
            }
        }
    }

    /// Answers whoever of theirs waits longest, and resolves what was answered before.
    fn works(&mut self, minute: i64, agent: UserId) {
        let mut theirs: Vec<_> = self
            .desk
            .world
            .queues
            .board()
            .entries()
            .filter(|entry| entry.assignee_id == Some(agent))
            .cloned()
            .collect();
        theirs.sort_by_key(|entry| entry.key());
        for entry in &theirs {
            if entry.waiting_since.is_none() {
                let over = |step: &mut Step<'_>| {
                    step.actor = Actor::User(agent);
                    change_status::change(step, entry.id, Status::Resolved, None, None)
                };
                self.desk.run(over).unwrap();
            }
        }
        if let Some(entry) = theirs.iter().find(|entry| entry.waiting_since.is_some()) {
            self.desk.replies(minute, agent, entry.id);
        }
    }

    fn with(&self, scenario: &Scenario) -> SideBySide {
        played_from(&self.desk, self.from, scenario, 7).expect("a day passed")
    }

    fn added(&self, number: u128) -> Added {
        Added {
            user_id: UserId::from_u128(number),
            teams: [self.team].into(),
            brands: None,
            profile: Profile { max_open: Some(3), ..Profile::default() },
            shifts: vec![(minute(0), minute(480))],
        }
    }
}

#[test]
fn with_nothing_changed_every_decision_of_a_day_comes_out_as_it_was() {
    let day = Day::new();
    let found = day.with(&Scenario::default());
    assert_eq!(found.identity.deviation, None);
    assert!(found.identity.reproduced > 400, "{:?}", found.identity);
    assert_eq!(found.replayed, found.scenario);
    assert!(found.differing.is_empty());
}

#[test]
fn a_decision_that_would_not_be_made_so_is_told_with_its_place() {
    let mut day = Day::new();
    let other = day.agents[1];
    let given = day.desk.log.events.iter().position(|recorded| {
        matches!(&recorded.event, Event::ConversationRouted(event)
            if matches!(event.outcome, Outcome::Assigned { user_id, .. } if user_id != other))
    });
    let given = given.unwrap();
    let was = day.desk.log.events[given].clone();
    let Event::ConversationRouted(event) = &mut day.desk.log.events[given].event else { unreachable!() };
    event.outcome = Outcome::Assigned { user_id: other, strategy: Strategy::LeastLoaded, lease_until: None };
    let deviation = identity_from(&day.desk, day.from).deviation.unwrap();
    day.desk.log.events[given] = was;
    assert_eq!(deviation.pos, given as u64 + 1);
    assert_eq!((deviation.logged, deviation.decided), (Some("conversation.routed"), Some("conversation.routed")));
}

#[test]
fn the_model_of_people_comes_near_what_they_did() {
    let found = Day::new().with(&Scenario::default());
    let (actual, replayed) = (&found.actual, &found.replayed);
    assert_eq!(actual.episodes, replayed.episodes);
    let near = |one: Option<Millis>, other: Option<Millis>| {
        let (one, other) = (one.unwrap().0 as f64, other.unwrap().0 as f64);
        assert!((0.6..1.6).contains(&(other / one)), "{one} against {other}");
    };
    near(actual.first_response.mean, replayed.first_response.mean);
    near(actual.first_response.p90, replayed.first_response.p90);
    let resolved = |measures: &Measures| measures.resolved as f64;
    assert!((resolved(replayed) / resolved(actual) - 1.0).abs() < 0.25, "{actual:#?} against {replayed:#?}");
}

#[test]
fn the_same_seed_plays_the_same_day_and_another_another() {
    let day = Day::new();
    let fewer = Scenario { removed: [day.agents[1]].into(), ..Scenario::default() };
    let play = |seed| played_from(&day.desk, day.from, &fewer, seed).unwrap().scenario;
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
}

#[test]
fn more_people_answer_sooner_and_fewer_later() {
    let day = Day::new();
    let more = Scenario { added: vec![day.added(1), day.added(2)], ..Scenario::default() };
    let fewer = Scenario { removed: [day.agents[1]].into(), ..Scenario::default() };
    let (more, fewer) = (day.with(&more), day.with(&fewer));
    let mean = |measures: &Measures| measures.first_response.mean.unwrap();
    assert!(mean(&more.scenario) < mean(&more.replayed), "{:#?}", more.scenario);
    assert!(more.scenario.people[&UserId::from_u128(1)].assigned > 0);
    assert!(more.scenario.unassigned_at_end <= more.replayed.unassigned_at_end);
    let person = fewer.scenario.people.get(&day.agents[1]).copied().unwrap_or_default();
    assert_eq!((person.assigned, person.answers), (0, 0));
    assert!(fewer.scenario.kept(Metric::FirstResponse).breached > fewer.replayed.kept(Metric::FirstResponse).breached);
    assert!(!fewer.differing.is_empty());
    // Nobody holds more than they may.
    let shares = [&more.scenario, &fewer.scenario].into_iter().flat_map(|measures| measures.people.values());
    assert!(shares.filter_map(Person::utilisation).all(|share| share <= 1.0));
}

#[test]
fn other_rules_promises_and_queues_lead_elsewhere() {
    let mut day = Day::new();
    let second = [day.desk.hire("eva", Role::Agent)];
    let team = day.desk.team("Second line", &second);
    day.desk.is(second[0], Availability::Available);
    let to = Destination { queue_id: Some(QueueId::Team(team)), ..Destination::default() };
    let rule = RoutingRule {
        name: "all to the second line".to_owned(),
        brand_id: None,
        enabled: true,
        when: serde_json::from_value(json!({"field": "text", "op": "contains", "value": "hello"})).unwrap(),
        then: to,
    };
    let from = day.desk.log.events.len() as u64 + 1;
    day.desk.now = minute(600);
    for said in 0..20 {
        day.desk.says(600 + said, &format!("50{said:03}"), &format!("n{said}"), "hello");
    }
    let generous = policy("generous", vec![target(Metric::FirstResponse, 20_000, &[])]);
    let takes = QueueSettings { strategies: vec![Strategy::RoundRobin], ..QueueSettings::default() };
    let scenario = Scenario {
        rules: Some(vec![rule]),
        policies: Some(vec![generous]),
        queues: [(QueueId::Team(team), takes)].into(),
        ..Scenario::default()
    };
    let found = played_from(&day.desk, from, &scenario, 3).unwrap();
    assert_eq!(found.identity.deviation, None);
    assert_eq!(found.differing.len(), 20);
    assert!(found.differing.iter().all(|each| each.scenario.queue_id == QueueId::Team(team)));
    assert!(found.differing.iter().all(|each| each.scenario.user_id == Some(second[0])));
    assert_eq!(found.scenario.kept(Metric::FirstResponse).breached, 0);
}

#[test]
fn hours_are_kept_and_capacity_is_held() {
    let day = Day::new();
    let [one, other] = day.agents;
    let scenario = Scenario {
        shifts: [(other, vec![(minute(100), minute(200))])].into(),
        max_open: [(one, 1)].into(),
        ..Scenario::default()
    };
    let found = day.with(&scenario);
    assert_eq!(found.scenario.people[&other].at_desk_ms, Millis::minutes(100).0);
    let [person, before] = [&found.scenario, &found.replayed].map(|measures| measures.people[&one]);
    assert!(person.room_ms < before.room_ms && person.utilisation().unwrap() <= 1.0, "{person:?}");
}

#[test]
fn where_people_take_for_themselves_they_take_as_they_did() {
    let mut desk = Desk::new();
    let agents = ["cho", "dan"].map(|name| desk.hire(name, Role::Agent));
    agents.into_iter().for_each(|agent| desk.is(agent, Availability::Available));
    let from = desk.log.events.len() as u64 + 1;
    for number in 0..40 {
        let said = number * 10;
        let who = format!("49{number:03}");
        desk.says(said, &who, &format!("m{number}"), "hello");
        let (id, agent) = (desk.conversation_of(&who), agents[number as usize % 2]);
        desk.now = minute(said + 3);
        let take = |step: &mut Step<'_>| {
            step.actor = Actor::User(agent);
            claim(step, id, agent)
        };
        desk.run(take).unwrap();
        desk.replies(said + 5, agent, id);
        desk.now = minute(said + 6);
        let over = |step: &mut Step<'_>| {
            step.actor = Actor::User(agent);
            change_status::change(step, id, Status::Resolved, None, None)
        };
        desk.run(over).unwrap();
    }
    let found = played_from(&desk, from, &Scenario::default(), 1).unwrap();
    assert!(found.identity.is_exact());
    for measures in [&found.actual, &found.replayed] {
        assert_eq!(measures.first_response.median, Some(Millis::minutes(5)));
        assert_eq!(measures.queue_wait.median, Some(Millis::minutes(3)));
        assert_eq!((measures.episodes, measures.resolved), (40, 40));
    }
    // Alone, one has as much to do as both had.
    let alone = Scenario { removed: [agents[1]].into(), ..Scenario::default() };
    let found = played_from(&desk, from, &alone, 1).unwrap().scenario;
    assert_eq!(found.people[&agents[0]].assigned, 40);
}

#[test]
fn steps_of_an_escalation_and_snoozes_come_out_as_they_were() {
    let mut desk = Desk::new();
    let agent = desk.hire("cho", Role::Agent);
    let second = desk.team("Second line", &[agent]);
    let mut promised = policy("quick", vec![target(Metric::FirstResponse, 20, &[])]);
    let step = |at_percent, action| Escalation { metric: Metric::FirstResponse, at_percent, action };
    promised.escalations = vec![
        step(50, EscalationAction::RaisePriority { priority: Priority::Urgent }),
        step(90, EscalationAction::MoveTeam { team_id: second }),
        step(100, EscalationAction::Reassign { user_id: Some(agent) }),
    ];
    desk.promises(&promised);
    let from = desk.log.events.len() as u64 + 1;
    for number in 0..3 {
        desk.says(number, &format!("49{number}"), &format!("m{number}"), "hello");
    }
    let slept = desk.conversation_of("491");
    desk.snoozes(4, slept, 9);
    for minute in 5..40 {
        desk.timer(minute);
        desk.now = crate::desk::minute(minute);
        desk.run(|step| change_status::snooze_due(step, slept)).unwrap();
    }
    let escalated = desk.count("sla.escalated");
    assert_eq!(escalated, 9);
    let found = identity_from(&desk, from);
    assert_eq!(found.deviation, None);
    let played = played_from(&desk, from, &Scenario::default(), 1).unwrap();
    assert_eq!(played.replayed.kept(Metric::FirstResponse).breached, 3);
    assert_eq!(played.actual.kept(Metric::FirstResponse), played.replayed.kept(Metric::FirstResponse));
}
