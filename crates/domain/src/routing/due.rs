//! Times that come: whoever was given a conversation did not write, nobody took it, or it is to be looked at again. Each is
//! decided on the state of then; what was moved or ended meanwhile says so by itself.

use std::collections::BTreeSet;

use super::work::work;
use crate::conversation::assign::{Assignment, assign};
use crate::event::StreamId;
use crate::event::routing::*;
use crate::ids::*;
use crate::queue::Due;
use crate::step::Step;
use crate::time::Timestamp;

/// Something is due that had its time at `at`.
pub fn due(step: &mut Step<'_>, id: ConversationId, due: Due, at: Timestamp) {
    match due {
        Due::Lease => lease(step, id, at),
        Due::Spill => spill(step, id, at),
        Due::Retry => retry(step, id, at),
    }
}

fn lease(step: &mut Step<'_>, id: ConversationId, at: Timestamp) {
    let Some(entry) = step.world.queues.board().entry(id) else { return };
    let Some((user, _)) = entry.lease.filter(|(_, until)| *until == at) else { return };
    let event = ConversationLeaseExpired { conversation_id: id, user_id: user, queue_id: entry.queue_id(), at };
    step.emit(StreamId::Conversation(id), event);
    let reason = Some("no reply in time".to_owned());
    let release = Assignment { reason, expected: Some(Some(user)), ..Assignment::default() };
    let _ = assign(step, id, &release);
}

fn spill(step: &mut Step<'_>, id: ConversationId, at: Timestamp) {
    let Some(entry) = step.world.queues.board().entry(id).filter(|entry| entry.waits_for_somebody()) else { return };
    let from = entry.queue_id();
    let entered_at = entry.entered_at;
    let Some(spill) = step.world.queues.settings(from).spill.filter(|spill| entered_at + spill.after_ms == at) else {
        return;
    };
    // A queue that is gone, or of another brand, takes nothing: the conversation stays, and is said to by the settings.
    let team = spill.to.team_id();
    let brand = entry.brand_id;
    let takes = team.is_none_or(|team| {
        let team = step.world.roster.team(team);
        team.is_some_and(|team| team.brand_id.is_none_or(|of| of == brand))
    });
    if !takes {
        return;
    }
    let event = ConversationSpilled { conversation_id: id, from, to: spill.to, entered_at, at };
    step.emit(StreamId::Conversation(id), event);
    let reason = Some("nobody took it in time".to_owned());
    let moved = Assignment { team_id: Some(team), reason, ..Assignment::default() };
    let _ = assign(step, id, &moved);
}

fn retry(step: &mut Step<'_>, id: ConversationId, at: Timestamp) {
    let entry = step.world.queues.board().entry(id).filter(|entry| entry.retry_at == Some(at));
    let Some(queue) = entry.map(|entry| entry.queue_id()) else { return };
    work(step, queue, Trigger::Timer, &BTreeSet::from([id]));
}
