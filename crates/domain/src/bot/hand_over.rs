//! To people: into the queue that was named, or where the rules of routing say, which are asked once more with what the customer
//! chose and wrote. The conversation stays one, so whoever gets it has all of it before them.

use crate::automation::act::move_to;
use crate::conversation::Status;
use crate::event::StreamId;
use crate::event::bot::{CloseReason, QuestionClosed};
use crate::event::conversation::*;
use crate::ids::*;
use crate::queue::QueueId;
use crate::rejection::Rejection;
use crate::step::Step;

/// How.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HandOver {
    pub cause: HandOffCause,
    /// Whose it is from now on; `None`: the rules of routing say.
    pub queue_id: Option<QueueId>,
    pub reason: Option<String>,
}

impl HandOver {
    pub fn because(cause: HandOffCause) -> Self {
        Self { cause, ..Self::default() }
    }
}

/// Hands it over. What people have already changes at most its queue.
pub fn hand_over(step: &mut Step<'_>, id: ConversationId, how: HandOver) -> Result<(), Rejection> {
    let HandOver { cause, queue_id, reason } = how;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if conversation.status == Status::Resolved {
        return Err(Rejection::InvalidTransition { from: Status::Resolved.as_str(), to: "handed_off" });
    }
    let (episode, status, bot) = (conversation.episode, conversation.status, conversation.bot.clone());
    let peoples = !bot.is_held() && conversation.clocks.handoff.is_some();
    if let Some(open) = bot.question.as_ref().filter(|_| !peoples) {
        let (question_id, reason) = (open.question_id, CloseReason::HandedOver);
        step.emit(StreamId::Conversation(id), QuestionClosed { conversation_id: id, question_id, episode, reason });
    }
    // A queue that is gone by now takes nothing: then the rules say.
    let queue_id = queue_id.filter(|queue| move_to(step, id, *queue, Some("handed over".to_owned())).is_ok());
    if peoples {
        return Ok(());
    }
    // Whoever asked for people does not wait for a snooze to end.
    if cause != HandOffCause::Request && matches!(status, Status::Pending | Status::Snoozed) {
        let (conversation_id, from, to) = (id, status, Status::Open);
        let (until, cause) = (None, Cause::Request);
        let event = ConversationStatusChanged { conversation_id, from, to, until, cause, reason: None };
        step.emit(StreamId::Conversation(id), event);
    }
    let now = step.now;
    let Some(conversation) = step.conversation(id) else { return Ok(()) };
    let event = ConversationHandedOff {
        conversation_id: id,
        episode,
        clocks: conversation.clocks.handed_off(now),
        cause,
        queue_id,
        chosen: bot.chosen,
        private: reason.map(|reason| HandOffReason { reason }),
    };
    step.emit(StreamId::Conversation(id), event);
    Ok(())
}
