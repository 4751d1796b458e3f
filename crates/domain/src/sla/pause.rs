//! Somebody stops the clocks of what is promised in a conversation, and has them go on: a supplier's answer is awaited, the
//! customer asked for time. Which promises stand still, and where their deadlines lie afterwards, is found out by
//! [`super::settle`], like of every other pause.

use crate::conversation::Status;
use crate::event::StreamId;
use crate::event::conversation::{PauseReason, PromisesPaused, PromisesResumed};
use crate::ids::ConversationId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a reason at most.
pub const REASON_MAX: usize = 500;

/// Stops them, with the reason.
pub fn pause(step: &mut Step<'_>, id: ConversationId, reason: &str) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(Rejection::Invalid { field: "reason", detail: format!("1 to {REASON_MAX} characters") });
    }
    if conversation.status == Status::Resolved {
        return Err(Rejection::InvalidTransition { from: Status::Resolved.as_str(), to: "paused" });
    }
    // The reason of the one that runs is kept.
    if conversation.promises_paused() {
        return Err(Rejection::InvalidTransition { from: "paused", to: "paused" });
    }
    let private = Some(PauseReason { reason: reason.to_owned() });
    step.emit(StreamId::Conversation(id), PromisesPaused { conversation_id: id, private });
    Ok(())
}

/// Has them go on. Where nobody stopped them nothing happens.
pub fn resume(step: &mut Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    if step.conversation(id).ok_or(Rejection::NotFound)?.promises_paused() {
        step.emit(StreamId::Conversation(id), PromisesResumed { conversation_id: id });
    }
    Ok(())
}
