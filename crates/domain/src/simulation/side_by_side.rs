//! A range three times over: as it was, as it was but with people as they were learned to work, and as the scenario says. The first
//! two show how far the model itself is off; the last two differ by the scenario alone, for they have the same luck.

use super::chance::Chance;
use super::command::Command;
use super::fates::{Fate, Fates};
use super::identity::{Identity, Replay};
use super::learn::{Learned, Learner};
use super::measures::{Gauge, Measures, Scope};
use super::run::{Means, Played, Run};
use super::scenario::Scenario;
use crate::event::Event;
use crate::ids::*;
use crate::step::{Archive, Blind};
use crate::time::Timestamp;
use crate::world::World;

/// A range of the log.
pub struct Range<'a> {
    /// The world before it.
    pub world: World,
    pub commands: &'a [Command],
    /// What the log had before it.
    pub archive: &'a dyn Archive,
    pub blind: &'a dyn Blind,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct SideBySide {
    pub from: Timestamp,
    pub until: Timestamp,
    pub identity: Identity,
    pub learned: Learned,
    pub actual: Measures,
    pub replayed: Measures,
    pub scenario: Measures,
    /// Episodes that began, of those that count.
    pub episodes: usize,
    /// Those that the scenario gave to somebody else, or led to another queue, than the replay: in the order of the log.
    pub differing: Vec<Differing>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Differing {
    pub actual: Option<Fate>,
    pub replayed: Fate,
    pub scenario: Fate,
}

/// Plays. `None`: there is nothing in the range, or `goes_on` said no in between.
pub fn side_by_side(
    range: Range<'_>,
    scenario: &Scenario,
    scope: &Scope,
    chance: Chance,
    goes_on: &dyn Fn() -> bool,
) -> Option<SideBySide> {
    let Range { world, commands, archive, blind } = range;
    let (from, until) = (commands.first()?.at(), commands.last()?.at());
    let mut identity = Replay::new(world.clone(), archive, blind, scope.clone());
    let mut past = Past::new(world.clone(), scope.clone(), from);
    for command in commands {
        if !goes_on() {
            return None;
        }
        identity.command(command);
        past.command(command);
    }
    let identity = identity.finish();
    let (actual, actual_fates, learned) = past.finish(until);
    let as_it_was = Scenario { scope: scenario.scope.clone(), ..Scenario::default() };
    let play = |world: World, scenario: &Scenario| -> Option<Played> {
        let means = Means { archive, blind, learned: &learned, chance, scenario };
        let mut run = Run::new(world, means, scope.clone(), from);
        for command in commands {
            if !goes_on() {
                return None;
            }
            run.command(command);
        }
        Some(run.finish(until))
    };
    let replayed = play(world.clone(), &as_it_was)?;
    let played = if scenario.is_identity() { replayed.clone() } else { play(world, scenario)? };
    let counts = |fate: &Fate| scope.has(fate.brand_id);
    let episodes = replayed.fates.iter().filter(|(_, fate)| counts(fate)).count();
    let differing = differing(&actual_fates, &replayed.fates, &played.fates, &counts);
    Some(SideBySide {
        from,
        until,
        identity,
        actual,
        replayed: replayed.measures,
        scenario: played.measures,
        learned,
        episodes,
        differing,
    })
}

fn differing(actual: &Fates, replayed: &Fates, scenario: &Fates, counts: &dyn Fn(&Fate) -> bool) -> Vec<Differing> {
    let both = replayed.iter().filter_map(|(message, one)| Some((message, one, scenario.get(*message)?)));
    let others = both.filter(|(_, one, other)| counts(one) && !one.is_as(other));
    let with_actual = |(message, one, other): (&MessageId, &Fate, &Fate)| Differing {
        actual: actual.get(*message).copied(),
        replayed: *one,
        scenario: *other,
    };
    let mut differing: Vec<_> = others.map(with_actual).collect();
    differing.sort_unstable_by_key(|each| each.replayed.pos);
    differing
}

/// The range as it was.
struct Past {
    world: World,
    gauge: Gauge,
    learner: Learner,
    fates: Fates,
}

impl Past {
    fn new(world: World, scope: Scope, from: Timestamp) -> Self {
        let (gauge, learner) = (Gauge::new(scope, &world, from), Learner::new(&world));
        Self { world, gauge, learner, fates: Fates::default() }
    }

    fn command(&mut self, command: &Command) {
        command.events.iter().for_each(|recorded| self.world.follow(recorded));
        self.learner.observe(&self.world, command);
        for recorded in &command.events {
            if let Event::MessageReceived(event) = &recorded.event
                && self.learner.began(event.conversation_id, event.message_id)
            {
                let real = (event.conversation_id, recorded.pos);
                self.fates.begun(&self.world, event.conversation_id, event.message_id, real);
            }
        }
        self.gauge.observe(&self.world, &command.events);
        self.fates.observe(&self.world, &command.events);
    }

    fn finish(self, until: Timestamp) -> (Measures, Fates, Learned) {
        (self.gauge.finish(&self.world, until), self.fates, self.learner.finish(&self.world))
    }
}
