//! What follows by itself from what a command did, in the same command: so that nothing lies between a customer's message
//! and the clocks it starts, and a crash cannot part them.
//!
//! Called once, at the end of a command ([`Step::finish`]), for the streams that its events touched. What is decided here looks at the state
//! as it is, not at what happened: asked twice, it does nothing the second time.

use std::collections::{BTreeMap, BTreeSet};

use crate::automation;
use crate::bot::hold::left_alone;
use crate::csat::ask;
use crate::event::routing::Trigger;
use crate::event::{Actor, Event, StreamId};
use crate::ids::ConversationId;
use crate::queue::{Moved, QueueId};
use crate::routing::{release, triage, work};
use crate::sla::settle::settle;
use crate::step::Step;

/// How often what follows can have something follow in one command. Nothing needs more than four; the limit is for our own
/// mistakes.
const ROUNDS_MAX: usize = 12;

/// See the module.
pub(crate) fn react(step: &mut Step<'_>) {
    if step.is_empty() {
        return;
    }
    let asker = std::mem::replace(&mut step.actor, Actor::System);
    let (mut seen, mut asked) = (0, 0);
    // Rules are asked before anybody is given anything: what a bot takes, it takes from nobody.
    placed(step, &mut seen);
    automation::run::run(step, &mut asked, false, |step| placed(step, &mut seen));
    seen = 0;
    // Then about what became of it, and what they do has its own consequences.
    follow(step, &mut seen);
    automation::run::run(step, &mut asked, true, |step| follow(step, &mut seen));
    // When no rule has anything to say any more, people have.
    if !step.takes_automation_from_log() {
        touched(step, 0).into_iter().for_each(|id| left_alone(step, id));
        follow(step, &mut seen);
    }
    step.world.queues.take_moved();
    step.actor = asker;
}

/// Where conversations belong after the events from the `seen`th on, before anything is promised or given out.
fn placed(step: &mut Step<'_>, seen: &mut usize) {
    for _ in 0..ROUNDS_MAX {
        let touched = touched(step, *seen);
        if touched.is_empty() {
            break;
        }
        let reopened = step.made_events().skip(*seen).filter_map(|(stream, event)| match (stream, event) {
            (StreamId::Conversation(id), Event::ConversationReopened(_)) => Some(id),
            _ => None,
        });
        let reopened: Vec<_> = reopened.collect();
        *seen = step.made();
        for id in touched {
            triage::triage(step, id);
            ask::due(step, id);
        }
        // Who had it before and takes no more has it no more, whoever is next.
        reopened.into_iter().for_each(|id| release::reopened(step, id));
    }
}

/// All that follows from the events from the `seen`th on, until nothing more does.
fn follow(step: &mut Step<'_>, seen: &mut usize) {
    for _ in 0..ROUNDS_MAX {
        let touched = touched(step, *seen);
        let moved = step.world.queues.take_moved();
        if touched.is_empty() && moved == Moved::default() {
            break;
        }
        *seen = step.made();
        for id in touched {
            of_conversation(step, id);
        }
        of_queues(step, moved);
    }
}

/// The conversations that the command's events from the `seen`th on belong to or change the ground of, each once.
fn touched(step: &Step<'_>, seen: usize) -> BTreeSet<ConversationId> {
    let mut touched = BTreeSet::new();
    for (stream, event) in step.made_events().skip(seen) {
        match (stream, event) {
            (StreamId::Conversation(id), _) => {
                touched.insert(id);
            }
            // Nobody owes a blocked contact anything any more.
            (_, Event::ContactBlocked(event)) => {
                let of = |contact| step.world.threads_of(contact).into_iter().map(|thread| thread.conversation_id);
                touched.extend(of(event.contact_id));
                touched.extend(step.world.stands_for(event.contact_id).into_iter().flat_map(of));
            }
            _ => {}
        }
    }
    touched
}

fn of_conversation(step: &mut Step<'_>, id: ConversationId) {
    triage::triage(step, id);
    settle(step, id);
    ask::due(step, id);
}

/// Gives back what people who stopped taking work held, then works the queues in which something can be given out now.
fn of_queues(step: &mut Step<'_>, moved: Moved) {
    let Moved { entered, gained, left, changed, everything } = moved;
    left.into_iter().for_each(|user| release::left(step, user));
    for id in &entered {
        release::reopened(step, *id);
    }
    let mut queues: BTreeMap<QueueId, Trigger> = BTreeMap::new();
    let board = step.world.queues.board();
    let waiting = |queue: &QueueId| board.line(*queue).is_some_and(|line| line.waiting().len() > 0);
    if everything {
        queues.extend(board.lines().map(|(queue, _)| (queue, Trigger::Changed)));
    }
    if !gained.is_empty() {
        let teams = gained.iter().flat_map(|user| step.world.roster.teams_of(*user)).map(|team| QueueId::Team(team.id));
        let common = board.lines().map(|(queue, _)| queue).filter(|queue| queue.team_id().is_none());
        queues.extend(teams.chain(common).map(|queue| (queue, Trigger::RoomGained)));
    }
    queues.extend(changed.into_iter().map(|queue| (queue, Trigger::Changed)));
    let homes = entered.iter().filter_map(|id| board.entry(*id)).map(|entry| entry.queue_id());
    queues.extend(homes.map(|queue| (queue, Trigger::Entered)));
    queues.retain(|queue, _| waiting(queue));
    for (queue, trigger) in queues {
        work::work(step, queue, trigger, &entered);
    }
}
