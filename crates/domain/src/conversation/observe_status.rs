//! A delivery report. Reports come in any order, more than once, before the answer to our own send, and for messages
//! of other apps; each says something new or nothing.

use super::{Clocks, Conversation, WINDOW};
use crate::contact::consent::{MARKETING, change_of};
use crate::event::StreamId;
use crate::event::contact::{ConsentSource, ContactWindowChanged, WindowCause};
use crate::event::message::*;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::inbound::{ProviderError, StatusObservation};
use crate::market;
use crate::message::{DELIVERED, Dispatch, MessageAuthor, MessageState, rank};
use crate::step::{MessageRef, Step, provider_message_key};
use crate::time::Timestamp;
use crate::world::PARKED_FOR;

/// The provider's word that the window is closed.
pub(crate) const RE_ENGAGEMENT: i64 = 131_047;
/// The provider's word that the customer stopped marketing messages.
pub(crate) const OPTED_OUT: i64 = 131_050;

/// Takes a report in.
pub fn observe(step: &mut Step<'_>, channel_id: ChannelId, report: &StatusObservation) {
    let provider_key = provider_message_key(step.blind, channel_id, &report.provider_id);
    let participant =
        report.participant.as_deref().map(|who| step.blind.blind(&format!("participant:{channel_id}:{who}")));
    let place = step.find_message(provider_key).or_else(|| bind(step, channel_id, report, provider_key));
    let observation = Observation {
        status: report.status.clone(),
        at: report.at,
        participant,
        code: report.error.as_ref().map(|error| error.code),
        pricing: report.pricing.clone(),
        market: report.pricing.as_ref().and_then(|_| market::of_recipient(&report.recipient)).map(str::to_owned),
    };
    match place {
        Some(place) => apply(step, place, provider_key, observation, report.error.clone()),
        None => park(step, channel_id, provider_key, observation),
    }
}

/// One report without anything personal.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    status: String,
    at: Timestamp,
    participant: Option<BlindKey>,
    code: Option<i64>,
    pricing: Option<serde_json::Value>,
    market: Option<String>,
}

/// Reports that waited for a message which has just become known.
pub(crate) fn adopt_parked(step: &mut Step<'_>, parked: Vec<MessageStatusParked>, place: MessageRef) {
    for report in parked {
        let MessageStatusParked { provider_key, status, at, participant, code, pricing, market, .. } = report;
        apply(step, place, provider_key, Observation { status, at, participant, code, pricing, market }, None);
    }
}

fn apply(
    step: &mut Step<'_>,
    place: MessageRef,
    provider_key: BlindKey,
    report: Observation,
    error: Option<ProviderError>,
) {
    let Some(conversation) = step.conversation(place.conversation_id) else { return };
    let Some(message) = conversation.messages.get(&place.message_id) else { return };
    if message.author == MessageAuthor::Customer {
        return;
    }
    // An attempt before the last: that it failed is known and why it was sent again; that it arrived is news.
    let earlier = message.provider_key.is_none_or(|key| key != provider_key);
    if earlier && rank(&report.status).is_none_or(|rank| rank < DELIVERED) {
        return;
    }
    let pricing = report.pricing.filter(|_| message.price.is_none());
    let market = report.market.filter(|_| pricing.is_some());
    let known = message.observations.get(&(report.status.clone(), report.participant));
    // The earliest time counts, so that the order of arrival does not.
    if known.is_some_and(|earliest| *earliest <= report.at) && pricing.is_none() {
        return;
    }
    let event = MessageStatusObserved {
        conversation_id: place.conversation_id,
        message_id: place.message_id,
        status: report.status,
        at: report.at,
        participant: report.participant,
        code: report.code,
        pricing,
        market,
        charge: None,
        clocks: None,
        private: error.map(|error| RefusalPrivate { error }),
    };
    let mut after = message.clone();
    after.observed(&event);
    let clocks = clocks_after(conversation, place.message_id, message, &after);
    // Once for a message, however often it was sent and reported: when it has arrived and its price is known.
    let charge = after.price.clone().filter(|_| after.has_arrived() && !message.charged);
    let failed = after.failed_before_delivery();
    let event = MessageStatusObserved { clocks, charge, ..event };
    let (at, code) = (event.at.clamped_to(step.now), event.code);
    step.emit_at(StreamId::Conversation(place.conversation_id), event, at, Vec::new());
    consequences(step, place, code, failed, at);
}

/// A reply that turns out to have failed never was one; one that arrived after all is one again.
fn clocks_after(
    conversation: &Conversation,
    id: MessageId,
    message: &MessageState,
    after: &MessageState,
) -> Option<Clocks> {
    if after.failed_before_delivery() == message.failed_before_delivery() {
        return None;
    }
    let clocks = conversation.clocks_with(id, after);
    (clocks != conversation.clocks).then_some(clocks)
}

/// What a failure says about more than its message. `failed`: it was not delivered to another device after all.
fn consequences(step: &mut Step<'_>, place: MessageRef, code: Option<i64>, failed: bool, at: Timestamp) {
    let Some((channel_id, contact_id)) = step.world.thread_of(place.conversation_id) else { return };
    match code {
        Some(RE_ENGAGEMENT) if failed => close_window(step, channel_id, contact_id, at),
        Some(OPTED_OUT) => change_of(step, contact_id, MARKETING, false, at, ConsentSource::ProviderPreference),
        _ => {}
    }
}

/// At `at` the provider refused a free-form message although our book says open: its book counts, unless the customer has
/// written since.
pub(crate) fn close_window(step: &mut Step<'_>, channel_id: ChannelId, contact_id: ContactId, at: Timestamp) {
    let until = step.world.window(channel_id, contact_id).until;
    if until.is_some_and(|until| until > step.now && until - WINDOW <= at) {
        let event = ContactWindowChanged {
            contact_id,
            channel_id,
            window_until: step.now,
            cause: WindowCause::ProviderRefused,
        };
        step.emit(StreamId::Contact(contact_id), event);
    }
}

/// Our reference in the report names the message although its answer was lost or is still under way.
fn bind(step: &mut Step<'_>, channel_id: ChannelId, report: &StatusObservation, key: BlindKey) -> Option<MessageRef> {
    let (message_id, attempt) = parse_callback(report.callback_data.as_deref()?)?;
    let place = step.message(message_id)?;
    let (channel, _) = step.world.thread_of(place.conversation_id)?;
    let message = step.conversation(place.conversation_id)?.messages.get(&message_id)?;
    let waits =
        matches!(message.dispatch, Dispatch::Started { .. } | Dispatch::Uncertain) && message.attempt == attempt;
    if channel != channel_id || !waits {
        return None;
    }
    super::dispatch::accept(step, place, attempt, &report.provider_id, key, false, true);
    Some(place)
}

/// What we attach to a send: our message id and the attempt, `msg_….2`.
pub fn callback_data(message_id: MessageId, attempt: u32) -> String {
    format!("{message_id}.{attempt}")
}

fn parse_callback(text: &str) -> Option<(MessageId, u32)> {
    let (message, attempt) = text.split_once('.')?;
    Some((message.parse().ok()?, attempt.parse().ok()?))
}

fn park(step: &mut Step<'_>, channel_id: ChannelId, provider_key: BlindKey, report: Observation) {
    if step.now - report.at > PARKED_FOR {
        return;
    }
    let known =
        step.world.parked(provider_key).iter().any(|known| {
            known.status == report.status && known.participant == report.participant && known.at <= report.at
        });
    if !known {
        let Observation { status, at, participant, code, pricing, market } = report;
        let event = MessageStatusParked { channel_id, provider_key, status, at, participant, code, pricing, market };
        step.emit(StreamId::Channel(channel_id), event);
    }
}
