//! The log, cut into the commands that were decided: what follows from a command by itself is decided once, at its end, so a replay
//! must end where the desk did. Events of a command name its first one as their cause.

use crate::event::conversation::Cause;
use crate::event::{Actor, Event, Recorded};
use crate::sla::Metric;

/// The events of one command, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    pub events: Vec<Recorded>,
}

/// Cuts a stretch of the log. Each event with the position of its command's first one, absent of that one itself; events from
/// before commands were written down have none, and are put together by their time and kind.
pub fn commands(events: impl IntoIterator<Item = (Recorded, Option<u64>)>) -> Vec<Command> {
    let events: Vec<_> = events.into_iter().collect();
    let written_from = events.iter().find_map(|(_, cause)| *cause).unwrap_or(u64::MAX);
    let mut commands: Vec<Command> = Vec::new();
    for (recorded, cause) in events {
        let continues = commands.last().is_some_and(|command| match cause {
            Some(cause) => command.events[0].pos <= cause,
            None if recorded.pos >= written_from => false,
            None => seems_to_continue(command, &recorded),
        });
        match commands.last_mut().filter(|_| continues) {
            Some(command) => command.events.push(recorded),
            None => commands.push(Command { events: vec![recorded] }),
        }
    }
    commands
}

/// What was decided at one moment, and what followed from it.
fn seems_to_continue(command: &Command, next: &Recorded) -> bool {
    let last = &command.events[command.events.len() - 1];
    last.recorded_at == next.recorded_at && (is_decided(next) || !is_decided(last) && last.actor == next.actor)
}

/// Whether the desk decided it by itself: what a replay decides anew.
pub fn is_decided(recorded: &Recorded) -> bool {
    let by_itself = recorded.actor == Actor::System;
    match &recorded.event {
        Event::ConversationTriaged(_)
        | Event::ConversationRouted(_)
        | Event::ConversationLeaseExpired(_)
        | Event::ConversationSpilled(_) => true,
        event if crate::event::sla::is_of_promise(event) => true,
        Event::ConversationAssigned(_) | Event::ConversationPriorityChanged(_) => by_itself,
        Event::ConversationStatusChanged(event) => event.cause == Cause::SnoozeDue,
        Event::ConversationResolved(event) => event.cause == Cause::Inactivity,
        _ => false,
    }
}

impl Command {
    /// When it was decided.
    pub fn at(&self) -> crate::time::Timestamp {
        self.events[0].recorded_at
    }

    /// Whether a time that came began it, not somebody.
    pub(super) fn is_of_time(&self) -> bool {
        let first = &self.events[0];
        match &first.event {
            // Nothing follows from nothing: it was done, unless it is what a step of an escalation does.
            Event::ConversationAssigned(_) | Event::ConversationPriorityChanged(_) => {
                is_decided(first) && self.events.get(1).is_some_and(|next| is_step_after(first, next))
            }
            Event::AgentAvailabilityChanged(_)
            | Event::MessageQueued(_)
            | Event::MessageScheduleFailed(_)
            | Event::ConversationInactivityWarned(_) => first.actor == Actor::System,
            _ => is_decided(first),
        }
    }
}

/// Whether an event is the step of an escalation that did what the event before it says.
pub(super) fn is_step_after(done: &Recorded, next: &Recorded) -> bool {
    next.stream == done.stream && matches!(next.event, Event::SlaEscalated(_))
}

impl Metric {
    /// Its place in [`Metric::ALL`].
    pub(super) const fn place(self) -> usize {
        match self {
            Self::FirstResponse => 0,
            Self::NextResponse => 1,
            Self::Resolution => 2,
        }
    }
}
