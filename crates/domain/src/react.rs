//! What follows by itself from what a command did, in the same command: so that nothing lies between a customer's message
//! and the clocks it starts, and a crash cannot part them.
//!
//! Called once, at the end of a command ([`Step::finish`]), for the streams that its events touched. What is decided here looks at the state
//! as it is, not at what happened: asked twice, it does nothing the second time.

use std::collections::BTreeSet;

use crate::event::{Actor, Event, StreamId};
use crate::ids::ConversationId;
use crate::sla::settle::settle;
use crate::step::Step;

/// See the module.
pub(crate) fn react(step: &mut Step<'_>) {
    if step.is_empty() {
        return;
    }
    let touched = touched(step);
    let asker = std::mem::replace(&mut step.actor, Actor::System);
    for id in touched {
        of_conversation(step, id);
    }
    step.actor = asker;
}

/// The conversations that the command's events belong to or change the ground of, each once.
fn touched(step: &Step<'_>) -> BTreeSet<ConversationId> {
    let mut touched = BTreeSet::new();
    for (stream, event) in step.made_events() {
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
    settle(step, id);
}
