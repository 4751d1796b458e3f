//! What follows by itself from what a command did, in the same command: so that nothing lies between a customer's message
//! and the clocks it starts, and a crash cannot part them.
//!
//! Called once, at the end of a command ([`Step::finish`]), for the streams that its events touched. What is decided here looks at the state
//! as it is, not at what happened: asked twice, it does nothing the second time.

use std::collections::BTreeSet;

use crate::event::{Actor, StreamId};
use crate::ids::ConversationId;
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

/// The conversations that the command's events belong to, each once.
fn touched(step: &Step<'_>) -> BTreeSet<ConversationId> {
    let of_conversation = |stream| match stream {
        StreamId::Conversation(id) => Some(id),
        _ => None,
    };
    step.streams().filter_map(of_conversation).collect()
}

fn of_conversation(_step: &mut Step<'_>, _id: ConversationId) {}
