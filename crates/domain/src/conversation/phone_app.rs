//! Coexistence: what staff type in the phone app, and what was written before we were connected.

use super::annotate::revoke_early;
use super::receive_message::{message_keys, open, request_file};
use super::{Origin, Status};
use crate::bot::hold::taken_over;
use crate::contact::identify::identify;
use crate::event::StreamId;
use crate::event::message::*;
use crate::ids::*;
use crate::inbound::{EchoMessage, HistoryMessage};
use crate::step::{MessageRef, Step, provider_message_key};

/// Staff wrote in the phone app: an outbound message that is already sent. It answers a waiting customer (responder
/// unknown), opens no window, and is known already if it is one of ours.
pub fn record_echo(step: &mut Step<'_>, channel_id: ChannelId, echo: &EchoMessage) -> Option<MessageRef> {
    let brand = step.world.channels.get(&channel_id)?.config.brand_id;
    let provider_key = provider_message_key(step.blind, channel_id, &echo.provider_id);
    if step.find(provider_key).is_some() {
        return None;
    }
    let contact_id = identify(step, brand, &echo.to)?;
    let at = echo.at.clamped_to(step.now);
    let conversation_id = match step.world.thread(channel_id, contact_id) {
        Some(thread) => thread.conversation_id,
        None => open(step, channel_id, contact_id, at, Origin::PhoneApp, Status::Open, None),
    };
    let message_id: MessageId = step.mint.fresh();
    let place = MessageRef { conversation_id, message_id };
    let media_id = echo.content.provider_media_id().map(|_| step.mint.fresh());
    taken_over(step, conversation_id);
    let conversation = step.conversation(conversation_id)?;
    let clocks = match conversation.status {
        // What is written between episodes answers nobody.
        Status::Resolved => conversation.clocks,
        Status::Open | Status::Pending | Status::Snoozed => {
            let now = step.now;
            step.conversation(conversation_id)?.clocks_after_echo(message_id, at.min(now))
        }
    };
    let early = step.world.early(provider_key).to_vec();
    let parked = step.world.parked(provider_key).to_vec();
    let event = MessageEchoed {
        conversation_id,
        message_id,
        kind: echo.content.kind.clone(),
        provider_key,
        media_id,
        early: early.iter().map(|early| early.pos).collect(),
        clocks,
        private: Some(plain(&echo.provider_id, &echo.content)),
    };
    step.emit_at(StreamId::Conversation(conversation_id), event, at, message_keys(step, place, provider_key));
    if let Some(media_id) = media_id {
        request_file(step, place, media_id, channel_id, contact_id, &echo.content);
    }
    revoke_early(step, place, provider_key, &early);
    super::observe_status::adopt_parked(step, parked, place);
    Some(place)
}

/// A message from before: stored silently. One that came live already stays as it came.
pub fn import(step: &mut Step<'_>, channel_id: ChannelId, message: &HistoryMessage) -> Option<MessageRef> {
    let brand = step.world.channels.get(&channel_id)?.config.brand_id;
    let provider_key = provider_message_key(step.blind, channel_id, &message.provider_id);
    if step.find(provider_key).is_some() {
        return None;
    }
    let contact_id = identify(step, brand, &message.with)?;
    // Imported messages keep their own time, however long ago: they move no clock.
    let at = message.at.min(step.now);
    let conversation_id = match step.world.thread(channel_id, contact_id) {
        Some(thread) => thread.conversation_id,
        None => open(step, channel_id, contact_id, at, Origin::History, Status::Resolved, None),
    };
    let message_id: MessageId = step.mint.fresh();
    let place = MessageRef { conversation_id, message_id };
    let early = step.world.early(provider_key).to_vec();
    let event = MessageImported {
        conversation_id,
        message_id,
        inbound: message.inbound,
        kind: message.content.kind.clone(),
        provider_key,
        status: message.status.clone(),
        early: early.iter().map(|early| early.pos).collect(),
        private: Some(plain(&message.provider_id, &message.content)),
    };
    step.emit_at(StreamId::Conversation(conversation_id), event, at, message_keys(step, place, provider_key));
    revoke_early(step, place, provider_key, &early);
    Some(place)
}

fn plain(provider_id: &str, content: &crate::content::Content) -> ReceivedPrivate {
    ReceivedPrivate {
        provider_id: provider_id.to_owned(),
        content: content.clone(),
        context: None,
        referral: None,
        errors: None,
        raw: None,
    }
}
