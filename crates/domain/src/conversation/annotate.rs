//! Reactions, edits and revokes: they change a message that exists, or wait for one that does not yet. They never
//! open, reopen or wake a conversation and never count as unread.

use super::receive_message::{group_sender, request_file};
use crate::contact::identify::identify;
use crate::content::MessageKind;
use crate::event::media::MediaFailed;
use crate::event::message::*;
use crate::event::{LookupKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::inbound::{Author, Edit, Reaction, Revoke};
use crate::step::{MessageRef, Step, provider_item_key, provider_message_key};
use crate::world::Early;

/// A reaction came, changed or went.
pub fn react(step: &mut Step<'_>, channel_id: ChannelId, reaction: &Reaction) {
    let Some(key) = fresh(step, "react", channel_id, &reaction.provider_id) else { return };
    if about_the_erased(step, channel_id, &reaction.target_provider_id) {
        return;
    }
    let Some(brand) = step.world.channels.get(&channel_id).map(|channel| channel.config.brand_id) else { return };
    let Some(author) = identify(step, brand, &reaction.from) else { return };
    let contact = match &reaction.group_id {
        Some(group) => identify(step, brand, &group_sender(group)),
        None => Some(author),
    };
    let Some(contact_id) = contact else { return };
    let target = Target::find(step, channel_id, &reaction.target_provider_id, contact_id);
    let event = MessageReacted {
        conversation_id: target.conversation_id,
        message_id: target.message_id,
        target_key: target.key,
        by: Side::Customer,
        author_id: reaction.group_id.is_some().then_some(author),
        removed: reaction.emoji.is_none(),
        at: reaction.at,
        private: Some(ReactionPrivate { emoji: reaction.emoji.clone() }),
    };
    step.emit_at(target.stream, event, reaction.at.clamped_to(step.now), vec![key]);
}

/// The author changed the content.
pub fn edit(step: &mut Step<'_>, channel_id: ChannelId, edit: &Edit) {
    let Some(key) = fresh(step, "edit", channel_id, &edit.provider_id) else { return };
    if about_the_erased(step, channel_id, &edit.target_provider_id) {
        return;
    }
    let Some((contact_id, by)) = author(step, channel_id, &edit.by) else { return };
    let target = Target::find(step, channel_id, &edit.target_provider_id, contact_id);
    let event = MessageEdited {
        conversation_id: target.conversation_id,
        message_id: target.message_id,
        target_key: target.key,
        by,
        at: edit.at,
        completes: false,
        media_id: None,
        private: Some(EditPrivate { content: edit.content.clone() }),
    };
    step.emit_at(target.stream, event, edit.at.clamped_to(step.now), vec![key]);
}

/// The author took it back. A file that is still to be fetched is not fetched any more.
pub fn revoke(step: &mut Step<'_>, channel_id: ChannelId, revoke: &Revoke) {
    let Some(key) = fresh(step, "revoke", channel_id, &revoke.provider_id) else { return };
    if about_the_erased(step, channel_id, &revoke.target_provider_id) {
        return;
    }
    let Some((contact_id, by)) = author(step, channel_id, &revoke.by) else { return };
    let target = Target::find(step, channel_id, &revoke.target_provider_id, contact_id);
    let event = MessageRevoked {
        conversation_id: target.conversation_id,
        message_id: target.message_id,
        target_key: target.key,
        by,
        at: revoke.at,
    };
    step.emit_at(target.stream, event, revoke.at.clamped_to(step.now), vec![key]);
    if let Some(message_id) = target.message_id {
        stop_fetching(step, MessageRef { conversation_id: target.conversation_id, message_id });
    }
}

/// Its author took the message back before it reached us: it is kept as taken back, and its file is not fetched.
pub(crate) fn revoke_early(step: &mut Step<'_>, place: MessageRef, target_key: BlindKey, early: &[Early]) {
    let Some((by, at)) = early.iter().filter_map(|early| early.revoke).min_by_key(|(_, at)| *at) else { return };
    let MessageRef { conversation_id, message_id } = place;
    let event = MessageRevoked { conversation_id, message_id: Some(message_id), target_key, by, at };
    step.emit_at(StreamId::Conversation(conversation_id), event, at.clamped_to(step.now), Vec::new());
    stop_fetching(step, place);
}

/// A file that is still to come is wanted no more.
fn stop_fetching(step: &mut Step<'_>, place: MessageRef) {
    let MessageRef { conversation_id, message_id } = place;
    let media = step
        .conversation(conversation_id)
        .and_then(|conversation| conversation.messages.get(&message_id))
        .filter(|message| !message.media_settled)
        .and_then(|message| message.media_id);
    if let Some(media_id) = media {
        let event = MediaFailed { media_id, conversation_id, message_id, reason: "revoked".to_owned() };
        step.emit(StreamId::Conversation(conversation_id), event);
    }
}

/// A file of an imported message has become available: it fills the placeholder. `false`: we do not have the message
/// (yet).
pub fn complete_history(
    step: &mut Step<'_>,
    channel_id: ChannelId,
    provider_id: &str,
    content: &crate::content::Content,
) -> bool {
    let Some(key) = fresh(step, "histmedia", channel_id, provider_id) else { return true };
    let target_key = provider_message_key(step.blind, channel_id, provider_id);
    let Some(place) = step.find_message(target_key) else { return false };
    let Some((_, contact_id)) = step.world.thread_of(place.conversation_id) else { return false };
    // A message that came live, or whole, has its file already.
    let waits = step
        .conversation(place.conversation_id)
        .and_then(|conversation| conversation.messages.get(&place.message_id))
        .is_some_and(|message| message.imported && message.kind == MessageKind::MediaPlaceholder && !message.revoked);
    if !waits || step.world.contacts.get(&contact_id).is_none_or(|contact| contact.erased) {
        return true;
    }
    let media_id = content.provider_media_id().map(|_| step.mint.fresh());
    let event = MessageEdited {
        conversation_id: place.conversation_id,
        message_id: Some(place.message_id),
        target_key,
        by: Side::Customer,
        at: step.now,
        completes: true,
        media_id,
        private: Some(EditPrivate { content: content.clone() }),
    };
    step.emit_at(StreamId::Conversation(place.conversation_id), event, step.now, vec![key]);
    if let Some(media_id) = media_id {
        request_file(step, place, media_id, channel_id, contact_id, content);
    }
    true
}

/// Whether the item is about a message of an erased contact: there is nothing left to annotate, and nobody to begin anew
/// over an old message.
fn about_the_erased(step: &Step<'_>, channel_id: ChannelId, provider_id: &str) -> bool {
    step.find_message(provider_message_key(step.blind, channel_id, provider_id))
        .and_then(|place| step.world.thread_of(place.conversation_id))
        .and_then(|(_, contact)| step.world.contacts.get(&contact))
        .is_some_and(|contact| contact.erased)
}

/// The key of an item that was not taken in yet.
pub(crate) fn fresh(step: &Step<'_>, kind: &str, channel: ChannelId, id: &str) -> Option<LookupKey> {
    let key = provider_item_key(step.blind, kind, channel, id);
    step.find(key).is_none().then(|| LookupKey { key, value: Vec::new() })
}

fn author(step: &mut Step<'_>, channel_id: ChannelId, author: &Author) -> Option<(ContactId, Side)> {
    let brand = step.world.channels.get(&channel_id)?.config.brand_id;
    match author {
        Author::Customer(sender) => Some((identify(step, brand, sender)?, Side::Customer)),
        Author::PhoneApp { to } => Some((identify(step, brand, to)?, Side::Business)),
    }
}

/// What an annotation is about: a known message in its conversation, or an unknown one, remembered with the contact.
struct Target {
    stream: StreamId,
    conversation_id: ConversationId,
    message_id: Option<MessageId>,
    key: BlindKey,
}

impl Target {
    fn find(step: &Step<'_>, channel_id: ChannelId, provider_id: &str, contact_id: ContactId) -> Self {
        let key = provider_message_key(step.blind, channel_id, provider_id);
        match step.find_message(key) {
            Some(MessageRef { conversation_id, message_id }) => Self {
                stream: StreamId::Conversation(conversation_id),
                conversation_id,
                message_id: Some(message_id),
                key,
            },
            None => {
                let running = step.world.thread(channel_id, contact_id).map(|thread| thread.conversation_id);
                let conversation_id = running.unwrap_or(ConversationId::from_u128(0));
                Self { stream: StreamId::Contact(contact_id), conversation_id, message_id: None, key }
            }
        }
    }
}
