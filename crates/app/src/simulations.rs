//! What would have been: a stretch of the log is read into a world of its own and played there, see [`domain::simulation`]. Beside
//! the desk, which goes on: nothing is written, and its loop is asked once, whether the scenario could be set up.
use domain::access::{Action, Principal};
use domain::event::{Event, Recorded};
use domain::rejection::Rejection;
use domain::simulation::chance::Chance;
use domain::simulation::command::{Command, commands};
use domain::simulation::draft::Draft;
use domain::simulation::measures::Scope;
use domain::simulation::scenario::Scenario;
use domain::simulation::side_by_side::{Range, SideBySide, side_by_side};
use domain::world::World;

use crate::background::Waits;
use crate::codec::{decode, decode_open};
use crate::desk::archive::ArchiveBefore;
use crate::queries::{Answer, unreadable};
use crate::routing_simulation::Running;
use crate::{Desk, Failure};

#[cfg(test)]
mod tests;

/// Positions of a range at most.
pub const RANGE_MAX: u64 = 100_000;
/// Events read at a time.
const PAGE: usize = 2_000;

/// What is asked.
#[derive(Clone, Default)]
pub struct Asked {
    pub from_pos: u64,
    pub to_pos: u64,
    pub seed: u64,
    pub draft: Draft,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// The range that was played: it begins with a command.
    pub from_pos: u64,
    pub to_pos: u64,
    /// The newest position when it was asked for.
    pub as_of: u64,
    pub found: SideBySide,
    /// Whose conversations are in it.
    pub scope: Scope,
}

impl Desk {
    /// Plays a range, on a thread that may block. One at a time; ends early when the caller goes away or the desk closes.
    pub async fn simulate(&self, principal: &Principal, asked: Asked) -> Answer<Simulation> {
        self.allow(principal, Action::SimulationRun)?;
        let as_of = self.position();
        let (from, to) = (asked.from_pos, asked.to_pos.min(as_of));
        if from > to || to - from >= RANGE_MAX {
            let detail = format!("1 to {RANGE_MAX} positions that exist, from the lower to the higher");
            return Err(Rejection::Invalid { field: "range", detail }.into());
        }
        let (by, draft) = (principal.clone(), asked.draft.clone());
        let check = move |step: &mut domain::step::Step<'_>| {
            let by = step.world.roster.current(&by).ok_or(Rejection::SessionEnded)?;
            draft.check(step, &by)
        };
        self.run(principal.actor(), check).await?;
        let running = Running::begin(self).ok_or(Failure::Overloaded)?;
        let waits = Waits::default();
        let left = waits.left();
        let (desk, by) = (self.clone(), principal.clone());
        let play = move || {
            let _running = running;
            let asked = Asked { to_pos: to, ..asked };
            desk.play(&by, asked, as_of, &|| !left() && !desk.is_draining())
        };
        tokio::task::spawn_blocking(play).await.unwrap_or(Err(Failure::Internal))
    }

    fn play(&self, by: &Principal, asked: Asked, as_of: u64, goes_on: &dyn Fn() -> bool) -> Answer<Simulation> {
        let (world, commands) = self.read_range(asked.from_pos, asked.to_pos, goes_on)?;
        let scenario: Scenario = asked.draft.settled(&world, by)?;
        let scope = scenario.scope.clone();
        let from_pos = world.head + 1;
        let archive = ArchiveBefore { reader: self.reader(), pos: from_pos };
        let blind = &self.shared.blinder;
        let range = Range { world, commands: &commands, archive: &archive, blind };
        let found = side_by_side(range, &scenario, &scope, Chance(asked.seed), goes_on);
        match found {
            Some(found) => Ok(Simulation { from_pos, to_pos: asked.to_pos, as_of, found, scope }),
            None if goes_on() => {
                let detail = "holds no whole command: take more positions".to_owned();
                Err(Rejection::Invalid { field: "range", detail }.into())
            }
            None => Err(Failure::Draining),
        }
    }

    /// The world before a range, and the range's commands. One that begins within a command begins after it.
    pub(crate) fn read_range(&self, from: u64, to: u64, goes_on: &dyn Fn() -> bool) -> Answer<(World, Vec<Command>)> {
        let mut world = World::new();
        let mut inside: Vec<(Recorded, Option<u64>)> = Vec::new();
        let mut after = 0;
        while after < to {
            if !goes_on() {
                return Err(Failure::Draining);
            }
            let events = self.reader().read(after, PAGE).map_err(|error| unreadable(error.into()))?;
            let Some(last) = events.last().map(|stored| stored.pos) else { break };
            for stored in events.iter().take_while(|stored| stored.pos <= to) {
                let recorded = decode(stored).map_err(unreadable)?;
                let begun_before = stored.causation_pos.is_some_and(|cause| cause < from);
                if stored.pos < from || begun_before {
                    follow(&mut world, &recorded);
                } else {
                    // Rules ask about the customer's words.
                    let said = matches!(recorded.event, Event::MessageReceived(_));
                    let opened = said.then(|| decode_open(self.reader(), stored)).transpose().map_err(unreadable)?;
                    inside.push((opened.map_or(recorded, slimmed), stored.causation_pos));
                }
            }
            after = last;
        }
        Ok((world, commands(inside)))
    }
}

/// What is resolved leaves memory, as it does in the desk.
fn follow(world: &mut World, recorded: &Recorded) {
    world.follow(recorded);
    if let Event::ConversationResolved(event) = &recorded.event {
        world.conversations.remove(&event.conversation_id);
    }
}

/// Without what no rule asks about: a range is held in memory.
fn slimmed(mut recorded: Recorded) -> Recorded {
    if let Event::MessageReceived(event) = &mut recorded.event
        && let Some(private) = &mut event.private
    {
        (private.raw, private.errors, private.context) = (None, None, None);
    }
    recorded
}
