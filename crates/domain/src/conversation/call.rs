//! Calls and group changes, as far as an inbox needs them: a line in the conversation, and the service window, which a
//! customer's call opens.

use super::annotate::fresh;
use super::receive_message::{group_sender, open, window_after};
use super::{Origin, Status};
use crate::contact::identify::identify;
use crate::event::StreamId;
use crate::event::contact::{ContactWindowChanged, WindowCause};
use crate::event::conversation::*;
use crate::ids::*;
use crate::inbound::Call;
use crate::step::Step;
use crate::time::Timestamp;

/// A call's step. A customer's call is an attempt to reach us: it opens a conversation where there is none.
pub fn observe(step: &mut Step<'_>, channel_id: ChannelId, call: &Call) {
    let Some(key) = fresh(step, "call", channel_id, &format!("{}:{}", call.provider_id, call.event)) else { return };
    let Some(brand) = step.world.channels.get(&channel_id).map(|channel| channel.config.brand_id) else { return };
    let Some(contact_id) = identify(step, brand, &call.with) else { return };
    let at = call.at.clamped_to(step.now);
    let customers = call.from_customer == Some(true);
    let conversation_id = match step.world.thread(channel_id, contact_id) {
        Some(thread) => thread.conversation_id,
        None => {
            let origin = if customers { Origin::Inbound } else { Origin::PhoneApp };
            let status = if step.world.is_blocked(contact_id) { Status::Resolved } else { Status::Open };
            open(step, channel_id, contact_id, at, origin, status, None)
        }
    };
    let event = ConversationCallObserved {
        conversation_id,
        event: call.event.clone(),
        from_customer: call.from_customer,
        private: Some(CallDetail { provider_id: call.provider_id.clone(), body: call.body.clone() }),
    };
    step.emit_at(StreamId::Conversation(conversation_id), event, at, vec![key]);
    let window_until = window_after(call.at, step.now);
    if customers && call.event == "connect" && step.world.window(channel_id, contact_id).until < Some(window_until) {
        let event = ContactWindowChanged { contact_id, channel_id, window_until, cause: WindowCause::Call };
        step.emit(StreamId::Contact(contact_id), event);
    }
}

/// A group was created, or its people changed.
pub fn observe_group(
    step: &mut Step<'_>,
    channel_id: ChannelId,
    group_id: &str,
    kind: &str,
    at: Timestamp,
    body: &serde_json::Value,
) {
    let item = format!("{group_id}:{kind}:{}", at.as_millis());
    let Some(key) = fresh(step, "group", channel_id, &item) else { return };
    let Some(brand) = step.world.channels.get(&channel_id).map(|channel| channel.config.brand_id) else { return };
    let Some(contact_id) = identify(step, brand, &group_sender(group_id)) else { return };
    let at = at.clamped_to(step.now);
    // Nobody in a new group waits for an answer yet.
    let conversation_id = match step.world.thread(channel_id, contact_id) {
        Some(thread) => thread.conversation_id,
        None => open(step, channel_id, contact_id, at, Origin::Inbound, Status::Resolved, None),
    };
    let event = ConversationGroupObserved {
        conversation_id,
        event: kind.to_owned(),
        private: Some(GroupDetail { body: body.clone() }),
    };
    step.emit_at(StreamId::Conversation(conversation_id), event, at, vec![key]);
}
