//! Sending, step by step, each step a fact: started before the call, then accepted, refused or uncertain. There is no
//! idempotency key at the provider, so what may have been sent is never sent again by itself.

use super::observe_status::{OPTED_OUT, RE_ENGAGEMENT, close_window};
use super::reply::{may_be_sent, refusal_word};
use super::{Clocks, FREE_ENTRY};
use crate::campaign::control;
use crate::campaign::send::{Stop, stopped};
use crate::contact::consent::{MARKETING, change_of};
use crate::contact::identify::link;
use crate::event::contact::{Attested, ConsentSource};
use crate::event::message::*;
use crate::event::{LookupKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::inbound::{Identity, ProviderError};
use crate::message::{Dispatch, MessageAuthor};
use crate::rejection::Rejection;
use crate::step::{MessageRef, Step, provider_message_key};
use crate::time::Timestamp;

/// Its turn has come: check again whether it may be sent, and say that the call begins. Returns the attempt to make;
/// `None` where there is nothing to send (any more).
pub fn start(step: &mut Step<'_>, message_id: MessageId) -> Result<Option<u32>, Rejection> {
    let place = step.message(message_id).ok_or(Rejection::NotFound)?;
    let (view, conversation) = step.view(place.conversation_id).ok_or(Rejection::NotFound)?;
    let message = conversation.messages.get(&message_id).ok_or(Rejection::NotFound)?;
    let last = message.attempt;
    let due = match message.dispatch {
        Dispatch::Queued { not_before } => not_before.is_none_or(|at| at <= view.now),
        Dispatch::Held => true,
        Dispatch::None
        | Dispatch::Scheduled
        | Dispatch::Cancelled
        | Dispatch::Dropped
        | Dispatch::Started { .. }
        | Dispatch::Accepted { .. }
        | Dispatch::Refused
        | Dispatch::Uncertain => false,
    };
    if !due {
        return Ok(None);
    }
    let (author, contact_id, template) = (message.author, conversation.contact_id, message.template);
    if let MessageAuthor::Campaign(campaign) = author {
        match stopped(view, campaign, message_id, contact_id) {
            Some(Stop::Wait) => return Ok(None),
            Some(Stop::Never(reason)) => {
                refuse(step, place, last, Refusal::fail(reason));
                return Ok(None);
            }
            None => {}
        }
    }
    let (view, conversation) = step.view(place.conversation_id).ok_or(Rejection::NotFound)?;
    if let Err(rejection) = may_be_sent(view, conversation, template) {
        refuse(step, place, last, Refusal::fail(refusal_word(&rejection)));
        return Ok(None);
    }
    let attempt = last + 1;
    let event = MessageDispatchStarted { conversation_id: place.conversation_id, message_id, attempt };
    step.emit(StreamId::Conversation(place.conversation_id), event);
    Ok(Some(attempt))
}

/// Takes a message that waits out of the outbox. One whose call is under way stays.
pub(crate) fn withdraw(step: &mut Step<'_>, place: MessageRef, reason: &'static str) {
    let Some(conversation) = step.conversation(place.conversation_id) else { return };
    let Some(message) = conversation.messages.get(&place.message_id) else { return };
    if matches!(message.dispatch, Dispatch::Queued { .. } | Dispatch::Held) {
        let attempt = message.attempt;
        refuse(step, place, attempt, Refusal::fail(reason));
    }
}

/// How the call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Accepted {
        provider_id: String,
        held: bool,
        /// What the provider calls the recipient.
        recipient: Vec<Identity>,
    },
    Refused(Refusal),
    Uncertain {
        reason: &'static str,
    },
}

/// The provider said no.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub reason: &'static str,
    pub error: Option<ProviderError>,
    pub then: AfterRefusal,
    pub retry_at: Option<Timestamp>,
}

impl Refusal {
    fn fail(reason: &'static str) -> Self {
        Self { reason, error: None, then: AfterRefusal::Fail, retry_at: None }
    }
}

/// Records the end of the call of `attempt`. A delivery report may have been faster; then there is nothing to add.
pub fn finish(step: &mut Step<'_>, message_id: MessageId, attempt: u32, outcome: Outcome) -> Result<(), Rejection> {
    let place = step.message(message_id).ok_or(Rejection::NotFound)?;
    let conversation = step.conversation(place.conversation_id).ok_or(Rejection::NotFound)?;
    let message = conversation.messages.get(&message_id).ok_or(Rejection::NotFound)?;
    let (channel_id, contact_id) = (conversation.channel_id, conversation.contact_id);
    let uncertain = message.dispatch == Dispatch::Uncertain;
    let running =
        matches!(message.dispatch, Dispatch::Started { .. } | Dispatch::Uncertain) && message.attempt == attempt;
    if !running {
        return Ok(());
    }
    match outcome {
        Outcome::Accepted { provider_id, held, recipient } => {
            let key = provider_message_key(step.blind, channel_id, &provider_id);
            accept(step, place, attempt, &provider_id, key, held, false);
            if let Some(brand) = step.world.contacts.get(&contact_id).filter(|it| !it.erased).map(|it| it.brand_id) {
                link(step, brand, contact_id, &recipient, Attested::Provider);
            }
        }
        Outcome::Refused(refusal) => {
            let code = refusal.error.as_ref().map(|error| error.code);
            refuse(step, place, attempt, refusal);
            match code {
                Some(RE_ENGAGEMENT) => close_window(step, channel_id, contact_id, step.now),
                Some(OPTED_OUT) => {
                    change_of(step, contact_id, MARKETING, false, step.now, ConsentSource::ProviderPreference);
                }
                _ => {}
            }
            if let Some(code) = code {
                control::refused(step, message_id, code);
            }
        }
        // Said once: a restart finds it again.
        Outcome::Uncertain { .. } if uncertain => {}
        Outcome::Uncertain { reason } => {
            let event = MessageUncertain {
                conversation_id: place.conversation_id,
                message_id,
                attempt,
                reason: reason.to_owned(),
            };
            step.emit(StreamId::Conversation(place.conversation_id), event);
        }
    }
    Ok(())
}

/// The message has a name at the provider now; reports that came before it are taken in.
pub(crate) fn accept(
    step: &mut Step<'_>,
    place: MessageRef,
    attempt: u32,
    provider_id: &str,
    key: BlindKey,
    held: bool,
    by_report: bool,
) {
    let Some((channel_id, contact_id)) = step.world.thread_of(place.conversation_id) else { return };
    let window = step.world.window(channel_id, contact_id);
    let free_entry_until = window.referred_until.filter(|until| step.now <= *until).map(|_| step.now + FREE_ENTRY);
    let parked = step.world.parked(key).to_vec();
    let event = MessageAccepted {
        conversation_id: place.conversation_id,
        message_id: place.message_id,
        attempt,
        provider_key: key,
        held,
        by_report,
        free_entry_until,
        private: Some(AcceptedPrivate { provider_id: provider_id.to_owned() }),
    };
    // A provider that hands out one id twice must not stop the desk.
    let keys = if step.find(key).is_none() { vec![LookupKey { key, value: place.to_bytes() }] } else { Vec::new() };
    step.emit_at(StreamId::Conversation(place.conversation_id), event, step.now, keys);
    super::observe_status::adopt_parked(step, parked, place);
}

fn refuse(step: &mut Step<'_>, place: MessageRef, attempt: u32, refusal: Refusal) {
    let clocks = (refusal.then == AfterRefusal::Fail).then(|| clocks_after_failure(step, place)).flatten();
    let event = MessageRefused {
        conversation_id: place.conversation_id,
        message_id: place.message_id,
        attempt,
        code: refusal.error.as_ref().map(|error| error.code),
        reason: refusal.reason.to_owned(),
        then: refusal.then,
        retry_at: refusal.retry_at,
        clocks,
        private: refusal.error.map(|error| RefusalPrivate { error }),
    };
    step.emit(StreamId::Conversation(place.conversation_id), event);
}

fn clocks_after_failure(step: &mut Step<'_>, place: MessageRef) -> Option<Clocks> {
    let conversation = step.conversation(place.conversation_id)?;
    let mut failed = conversation.messages.get(&place.message_id)?.clone();
    failed.dispatch = Dispatch::Refused;
    let clocks = conversation.clocks_with(place.message_id, &failed);
    (clocks != conversation.clocks).then_some(clocks)
}
