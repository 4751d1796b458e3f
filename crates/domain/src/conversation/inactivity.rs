//! Nothing was written for as long as the queue's settings say: the customer is told, then the conversation is resolved.
//! Asked for by the timer worker; everything is looked at again here, so one that was written to, moved or resolved
//! meanwhile says so by itself.

use super::change_status::{Resolve, resolve};
use super::reply::{Reply, reply};
use super::{Cause, Status};
use crate::content::Content;
use crate::event::StreamId;
use crate::event::conversation::ConversationInactivityWarned;
use crate::event::message::Sender;
use crate::ids::ConversationId;
use crate::queue::QueueId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Does what is due. A warning whose time passed together with the end's (nothing ran then, or the settings are new) is left
/// out: it would announce what is there.
pub fn due(step: &mut Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let now = step.now;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let running = matches!(conversation.status, Status::Open | Status::Pending);
    // What a bot answered was not answered by a person, and is over all the same.
    let waits = conversation.clocks.waiting_since.is_some() && !conversation.bot.rests();
    if !running || waits {
        return Ok(());
    }
    let idle = conversation.idle;
    let queue = QueueId::of(conversation.brand_id, conversation.team_id);
    let Some(rule) = step.world.queues.settings(queue).resolving_by_itself().cloned() else { return Ok(()) };
    if idle.ends_at(&rule) <= now {
        let how = Resolve { cause: Cause::Inactivity, disposition: rule.disposition, ..Resolve::default() };
        return resolve(step, id, how);
    }
    let (Some(at), Some(text)) = (idle.warns_at(&rule), rule.warning) else { return Ok(()) };
    if at <= now {
        let warning = Reply::by_itself(id, Sender::System, Content::text(text));
        // Where nothing can be sent (a closed window, a blocked contact) nobody is told, and the end comes all the same.
        let message_id = reply(step, &warning).ok();
        step.emit(StreamId::Conversation(id), ConversationInactivityWarned { conversation_id: id, message_id });
    }
    Ok(())
}
