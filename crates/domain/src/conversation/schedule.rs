//! A message for later: written now, changed or taken back until its time, then queued under the same id in the same
//! conversation, with every check of a reply made anew. Until then it starts no clock and answers nobody.
//!
//! What waits is folded by [`Schedules`], for decisions and for the timer worker alike. Contents stay in the log: whoever
//! asks for the end of a wait has read them there.

use super::reply::{Reply, check, check_limits, check_references, queue, refusal_word};
use crate::access::{Action, Decision, authorize_at};
use crate::content::{Content, MessageKind};
use crate::event::message::*;
use crate::event::{LookupKey, StreamId};
use crate::ids::*;
use crate::message::Dispatch;
use crate::rejection::Rejection;
use crate::step::{MessageRef, Step, message_key};
use crate::time::{Millis, Timestamp};

mod waiting;

pub use waiting::{Schedule, Schedules};

/// How far ahead a message can be scheduled.
pub const AHEAD_MAX: Millis = Millis::days(366);
/// Messages that wait for one customer on a number at most.
pub const WAITING_MAX: usize = 100;

/// When, and under which condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub at: Timestamp,
    pub cancel_if_customer_writes: bool,
}

/// Another content.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewrite {
    pub sender: Sender,
    pub content: Content,
    pub media_id: Option<MediaId>,
}

/// What changes; `None` stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    pub at: Option<Timestamp>,
    pub cancel_if_customer_writes: Option<bool>,
    pub content: Option<Rewrite>,
}

/// Writes a message for later.
pub fn schedule(step: &mut Step<'_>, reply: &Reply, plan: Plan) -> Result<MessageId, Rejection> {
    in_time(step, plan.at)?;
    writable(step, reply)?;
    let (channel_id, contact_id) = step.world.thread_of(reply.conversation_id).ok_or(Rejection::NotFound)?;
    if step.world.schedules.of_customer(channel_id, contact_id).count() >= WAITING_MAX {
        let detail = format!("at most {WAITING_MAX} messages wait for one customer");
        return Err(Rejection::Invalid { field: "scheduled_at", detail });
    }
    let message_id: MessageId = step.mint.fresh();
    let place = MessageRef { conversation_id: reply.conversation_id, message_id };
    let event = MessageScheduled {
        conversation_id: reply.conversation_id,
        message_id,
        channel_id,
        contact_id,
        sender: reply.sender,
        kind: reply.content.kind.clone(),
        reply_to_id: reply.reply_to_id,
        client_ref: reply.client_ref.clone(),
        media_id: reply.media_id,
        template: reply.content.kind == MessageKind::Template,
        scheduled_at: plan.at,
        cancel_if_customer_writes: plan.cancel_if_customer_writes,
        private: Some(QueuedPrivate {
            content: reply.content.clone(),
            context_provider_id: reply.context_provider_id.clone(),
        }),
    };
    let key = LookupKey { key: message_key(step.blind, message_id), value: place.to_bytes() };
    step.emit_at(StreamId::Conversation(reply.conversation_id), event, step.now, vec![key]);
    Ok(message_id)
}

/// Changes one that waits.
pub fn change(step: &mut Step<'_>, id: MessageId, wanted: Change) -> Result<(), Rejection> {
    let waiting = waiting(step, id, "changed")?;
    if let Some(at) = wanted.at {
        in_time(step, at)?;
    }
    if let Some(rewrite) = &wanted.content {
        writable(step, &waiting.reply(rewrite.sender, rewrite.content.clone(), rewrite.media_id, None))?;
    }
    let scheduled_at = wanted.at.unwrap_or(waiting.due_at);
    let cancel_if_customer_writes = wanted.cancel_if_customer_writes.unwrap_or(waiting.cancel_if_customer_writes);
    let same = scheduled_at == waiting.due_at && cancel_if_customer_writes == waiting.cancel_if_customer_writes;
    let (kind, template) = (waiting.kind.clone(), waiting.kind == MessageKind::Template);
    let event = match wanted.content {
        None if same => return Ok(()),
        None => MessageScheduleChanged {
            conversation_id: waiting.conversation_id,
            message_id: id,
            sender: waiting.sender,
            kind,
            media_id: waiting.media_id,
            template,
            scheduled_at,
            cancel_if_customer_writes,
            rewritten: false,
            private: None,
        },
        Some(Rewrite { sender, content, media_id }) => MessageScheduleChanged {
            conversation_id: waiting.conversation_id,
            message_id: id,
            sender,
            kind: content.kind.clone(),
            media_id,
            template: content.kind == MessageKind::Template,
            scheduled_at,
            cancel_if_customer_writes,
            rewritten: true,
            // What it quotes stays what it quoted, and is in the first event.
            private: Some(QueuedPrivate { content, context_provider_id: None }),
        },
    };
    step.emit(StreamId::Conversation(waiting.conversation_id), event);
    Ok(())
}

/// Takes one back that waits. Twice is once.
pub fn cancel(step: &mut Step<'_>, id: MessageId) -> Result<(), Rejection> {
    let place = step.message(id).ok_or(Rejection::NotFound)?;
    let conversation = step.conversation(place.conversation_id).ok_or(Rejection::NotFound)?;
    if conversation.messages.get(&id).is_some_and(|message| message.dispatch == Dispatch::Cancelled) {
        return Ok(());
    }
    let waiting = waiting(step, id, "cancelled")?;
    cancelled(step, &waiting, CancelCause::Request);
    Ok(())
}

/// The customer wrote on this number: what was only to be sent if they did not is taken back.
pub(crate) fn customer_wrote(step: &mut Step<'_>, channel_id: ChannelId, contact_id: ContactId) {
    let theirs = step.world.schedules.of_customer(channel_id, contact_id);
    let cancel: Vec<Schedule> = theirs.filter(|waiting| waiting.cancel_if_customer_writes).cloned().collect();
    for waiting in cancel {
        cancelled(step, &waiting, CancelCause::CustomerWrote);
    }
}

/// What the log holds of a message that waits, as the caller read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The event that holds the content; another one by now: the caller looks again.
    pub pos: u64,
    /// `None`: erased.
    pub content: Option<Content>,
    pub context_provider_id: Option<String>,
}

/// Its time has come: it is queued, or will never be. Does nothing where it was moved, changed or taken back meanwhile.
pub fn due(step: &mut Step<'_>, id: MessageId, written: Written) -> Result<(), Rejection> {
    let Some(waiting) = step.world.schedules.get(id).cloned() else { return Ok(()) };
    let gone = step.world.contacts.get(&waiting.contact_id).is_none_or(|contact| contact.erased);
    if waiting.written_pos != written.pos || (waiting.due_at > step.now && !gone) {
        return Ok(());
    }
    match sendable(step, &waiting, written) {
        Ok(reply) => queue(step, &reply, id, Vec::new()),
        Err(reason) => {
            let event = MessageScheduleFailed {
                conversation_id: waiting.conversation_id,
                message_id: id,
                sender: waiting.sender,
                reason: reason.to_owned(),
            };
            step.emit(StreamId::Conversation(waiting.conversation_id), event);
        }
    }
    Ok(())
}

fn sendable(step: &mut Step<'_>, waiting: &Schedule, written: Written) -> Result<Reply, &'static str> {
    if step.world.contacts.get(&waiting.contact_id).is_none_or(|contact| contact.erased) {
        return Err("contact_erased");
    }
    let content = written.content.ok_or("content_lost")?;
    let (view, conversation) = step.view(waiting.conversation_id).ok_or("not_allowed")?;
    if let Sender::User(author) = waiting.sender {
        let principal = view.world.roster.principal(author).ok_or("sender_not_allowed")?;
        if authorize_at(principal, Action::MessageSend, &conversation.placement(author)) != Decision::Allow {
            return Err("sender_not_allowed");
        }
    }
    let reply = waiting.reply(waiting.sender, content, waiting.media_id, written.context_provider_id);
    check(step, &reply).map_err(|rejection| refusal_word(&rejection))?;
    Ok(reply)
}

fn waiting(step: &mut Step<'_>, id: MessageId, to: &'static str) -> Result<Schedule, Rejection> {
    let place = step.message(id).ok_or(Rejection::NotFound)?;
    if let Some(waiting) = step.world.schedules.get(id) {
        return Ok(waiting.clone());
    }
    let conversation = step.conversation(place.conversation_id).ok_or(Rejection::NotFound)?;
    let message = conversation.messages.get(&id).ok_or(Rejection::NotFound)?;
    Err(Rejection::InvalidTransition { from: message.status().as_str(), to })
}

fn in_time(step: &Step<'_>, at: Timestamp) -> Result<(), Rejection> {
    if at <= step.now || at - step.now > AHEAD_MAX {
        let detail = "must lie in the future, at most 366 days ahead".to_owned();
        return Err(Rejection::Invalid { field: "scheduled_at", detail });
    }
    Ok(())
}

/// What a writer learns now, whatever the window is then.
fn writable(step: &mut Step<'_>, reply: &Reply) -> Result<(), Rejection> {
    check_limits(&reply.content)?;
    let (view, conversation) = step.view(reply.conversation_id).ok_or(Rejection::NotFound)?;
    let contact = view.world.contacts.get(&conversation.contact_id).ok_or(Rejection::NotFound)?;
    if contact.erased {
        return Err(Rejection::ContactErased);
    }
    if view.world.is_blocked(contact.id) {
        return Err(Rejection::ContactBlocked);
    }
    check_references(view, conversation, reply)
}

fn cancelled(step: &mut Step<'_>, waiting: &Schedule, cause: CancelCause) {
    let (conversation_id, message_id) = (waiting.conversation_id, waiting.message_id);
    let event = MessageScheduleCancelled { conversation_id, message_id, cause };
    step.emit(StreamId::Conversation(conversation_id), event);
}
