//! A bot hands a conversation over to people: what it took until then is not theirs to answer for.
//!
//! There is no bot inside frontdesk: whoever may write in the conversation may say it, a program with its key as well as a
//! person who takes over. When it stands and what it measures is decided by the clocks ([`super::Clocks::handed_off`]).

use super::Status;
use crate::event::StreamId;
use crate::event::conversation::{ConversationHandedOff, HandOffReason};
use crate::ids::ConversationId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Hands it over. Said again in the same episode it changes nothing.
pub fn hand_off(step: &mut Step<'_>, id: ConversationId, reason: Option<String>) -> Result<(), Rejection> {
    let now = step.now;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if conversation.status == Status::Resolved {
        return Err(Rejection::InvalidTransition { from: Status::Resolved.as_str(), to: "handed_off" });
    }
    if conversation.clocks.handoff.is_some() {
        return Ok(());
    }
    let event = ConversationHandedOff {
        conversation_id: id,
        episode: conversation.episode,
        clocks: conversation.clocks.handed_off(now),
        private: reason.map(|reason| HandOffReason { reason }),
    };
    step.emit(StreamId::Conversation(id), event);
    Ok(())
}
