//! Open, pending, snoozed, resolved, as people ask for it and as time passes.

use super::receive_message::{release_from_the_gone, reopen};
use super::{Cause, Status};
use crate::csat::ask::leave_out;
use crate::event::StreamId;
use crate::event::conversation::*;
use crate::ids::*;
use crate::message::MessageAuthor;
use crate::queue::QueueId;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// The longest snooze.
pub const SNOOZE_MAX: Millis = Millis::days(366);

/// How an episode ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolve {
    pub reason: Option<String>,
    /// What it came to; the conversation's queue says which there are and whether one must be named.
    pub disposition: Option<String>,
    pub cause: Cause,
    /// The customer is not asked how satisfied they are, where they would be.
    pub without_survey: bool,
}

impl Default for Resolve {
    fn default() -> Self {
        Self { reason: None, disposition: None, cause: Cause::Request, without_survey: false }
    }
}

/// Moves a conversation. Only `Snoozed` has an `until`; without one it lasts until the customer writes. Asking for what
/// already is does nothing.
pub fn change(
    step: &mut Step<'_>,
    id: ConversationId,
    to: Status,
    until: Option<Timestamp>,
    reason: Option<String>,
) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let (from, snoozed_until) = (conversation.status, conversation.snoozed_until);
    if let Some(until) = until
        && (until <= step.now || until - step.now > SNOOZE_MAX)
    {
        let detail = "must lie in the future, at most 366 days ahead".to_owned();
        return Err(Rejection::Invalid { field: "until", detail });
    }
    if to != Status::Snoozed && until.is_some() {
        return Err(Rejection::Invalid { field: "until", detail: "is the end of a snooze alone".to_owned() });
    }
    match (from, to) {
        (Status::Snoozed, Status::Snoozed) if snoozed_until != until => {}
        (from, to) if from == to => return Ok(()),
        (Status::Resolved, Status::Pending | Status::Snoozed) => {
            return Err(Rejection::InvalidTransition { from: "resolved", to: to.as_str() });
        }
        (Status::Resolved, _) => {
            still_newest(step, id)?;
            reopen(step, id, step.now, Cause::Request);
            return Ok(());
        }
        (_, Status::Resolved) => return resolve(step, id, Resolve { reason, ..Resolve::default() }),
        _ => {}
    }
    let event = ConversationStatusChanged { conversation_id: id, from, to, until, cause: Cause::Request, reason };
    step.emit(StreamId::Conversation(id), event);
    Ok(())
}

/// A snooze is over. Does nothing if it was moved or ended meanwhile.
pub fn snooze_due(step: &mut Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if conversation.status == Status::Snoozed && conversation.snoozed_until.is_some_and(|until| until <= step.now) {
        let event = ConversationStatusChanged {
            conversation_id: id,
            from: Status::Snoozed,
            to: Status::Open,
            until: None,
            cause: Cause::SnoozeDue,
            reason: None,
        };
        step.emit(StreamId::Conversation(id), event);
    }
    Ok(())
}

/// A "thanks" was a question after all: the conversation reopens, and the wait runs from when it was written.
pub fn undo_courtesy(step: &mut Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let Some(message_id) = conversation.courtesies.first().copied() else {
        return Err(Rejection::InvalidTransition { from: conversation.status.as_str(), to: Status::Open.as_str() });
    };
    let written = conversation.messages.get(&message_id).map(|message| message.counts_from);
    still_newest(step, id)?;
    step.emit(StreamId::Conversation(id), CourtesyUndone { conversation_id: id, message_id });
    let at = written.unwrap_or(step.now);
    let clocks = super::Clocks::default().customer_wrote(at);
    if let Some(conversation) = step.conversation(id) {
        let event = conversation.reopened(Cause::CourtesyUndone, clocks);
        step.emit(StreamId::Conversation(id), event);
    }
    release_from_the_gone(step, id);
    Ok(())
}

/// A resolution was a mistake: the conversation reopens, and whoever waited then has waited since.
pub(crate) fn take_back_resolution(
    step: &mut Step<'_>,
    id: ConversationId,
    waiting_since: Option<Timestamp>,
) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let status = conversation.status;
    if status != Status::Resolved {
        return Err(Rejection::InvalidTransition { from: status.as_str(), to: Status::Open.as_str() });
    }
    still_newest(step, id)?;
    let clocks =
        waiting_since.map_or_else(super::Clocks::default, |since| super::Clocks::default().customer_wrote(since));
    if let Some(conversation) = step.conversation(id) {
        let event = conversation.reopened(Cause::Request, clocks);
        step.emit(StreamId::Conversation(id), event);
    }
    release_from_the_gone(step, id);
    Ok(())
}

/// A customer has one running conversation per channel: an earlier one is not reopened beside it.
fn still_newest(step: &Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let newest = step.world.thread_of(id).and_then(|(channel, contact)| step.world.thread(channel, contact));
    if newest.is_some_and(|newest| newest.conversation_id == id) {
        Ok(())
    } else {
        Err(Rejection::Duplicate("a newer conversation with this customer"))
    }
}

/// Ends the episode, whoever asks for it: what the queue wants said is wanted of people, bulk and timers alike. One that
/// is resolved stays as it is.
pub fn resolve(step: &mut Step<'_>, id: ConversationId, how: Resolve) -> Result<(), Rejection> {
    let now = step.now;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    if conversation.status == Status::Resolved {
        return Ok(());
    }
    let queue = QueueId::of(conversation.brand_id, conversation.team_id);
    let settings = step.world.queues.settings(queue);
    let disposition =
        settings.disposition(how.disposition.as_deref()).map_err(|error| Rejection::Fields(vec![error]))?;
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let opened =
        conversation.clocks.t0.map_or(conversation.episode_opened_at, |t0| t0.min(conversation.episode_opened_at));
    let answered = conversation.messages.values().any(|message| {
        let person = matches!(message.author, MessageAuthor::User(_) | MessageAuthor::PhoneApp);
        message.episode == conversation.episode && person && message.counts && !message.failed_before_delivery()
    });
    // A provider's clock may run ahead of ours.
    let res_total_ms = Millis((now - opened).0.max(0));
    let event = ConversationResolved {
        conversation_id: id,
        episode: conversation.episode,
        cause: how.cause,
        reason: how.reason,
        disposition,
        assignee_id: conversation.assignee_id,
        team_id: conversation.team_id,
        res_total_ms,
        res_active_ms: Millis((res_total_ms.0 - conversation.paused_until(now).0).max(0)),
        unanswered: conversation.clocks.t0.is_some() && !answered,
        clocks: conversation.clocks.resolved(),
    };
    step.emit(StreamId::Conversation(id), event);
    if how.without_survey {
        leave_out(step, id);
    }
    Ok(())
}

impl Status {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
        }
    }
}
