//! A customer wrote: find or begin the contact and the conversation, move status, window and clocks, store the
//! message, ask for its file. Called once per webhook item; a message that is already known changes nothing.

use serde_json::Value;

use super::annotate::revoke_early;
use super::assign::{Assignment, assign};
use super::schedule;
use super::{Cause, Conversation, Origin, Status, WINDOW};
use crate::bot::choose;
use crate::campaign::follow;
use crate::contact::consent::{MARKETING, change_of, is_opt_in, is_opt_out, opt_in_again};
use crate::contact::identify::identify;
use crate::contact::rekey::shared_own_number;
use crate::content::{Content, MessageKind};
use crate::csat::answer;
use crate::event::contact::{ConsentSource, ContactWindowChanged, WindowCause};
use crate::event::conversation::*;
use crate::event::media::{MediaFetchRequested, RemoteFile};
use crate::event::message::*;
use crate::event::{LookupKey, StreamId};
use crate::identity::IdentityKind;
use crate::ids::*;
use crate::inbound::{CustomerMessage, Identity, Sender};
use crate::message::MessageAuthor;
use crate::settings::phrase_key;
use crate::step::{MessageRef, Step, message_key, provider_message_key};
use crate::time::{Millis, Timestamp};

/// A message that took longer than this to arrive is marked late.
pub const LATE_AFTER: Millis = Millis::minutes(5);

/// Stores a customer's message. `None`: already known, or from nobody.
pub fn receive(step: &mut Step<'_>, channel_id: ChannelId, message: CustomerMessage) -> Option<MessageRef> {
    let brand = step.world.channels.get(&channel_id)?.config.brand_id;
    let provider_key = provider_message_key(step.blind, channel_id, &message.provider_id);
    let known = match step.find(provider_key) {
        Some(value) => Some(imported_before(step, MessageRef::from_bytes(&value)?)?),
        None => None,
    };
    let author_id = identify(step, brand, &message.from)?;
    let contact_id = match &message.group_id {
        Some(group) => identify(step, brand, &group_sender(group))?,
        None => author_id,
    };
    let at = message.at.clamped_to(step.now);
    let blocked = step.world.is_blocked(author_id);
    let courtesy = message.content.is_courtesy(&step.world.settings.courtesy_phrases);
    let arrival = Arrival { blocked, courtesy: courtesy && known.is_none(), origin: Origin::Inbound, named: None };
    let quoted = message.context.as_ref().and_then(|context| context.quoted_provider_id.as_deref());
    let reply_to_id = quoted
        .and_then(|id| step.find_message(provider_message_key(step.blind, channel_id, id)))
        .map(|quoted| quoted.message_id);
    let now = step.now;
    let rates = !blocked && known.is_none() && message.group_id.is_none();
    let said = rates
        .then(|| answer::recognize(step, channel_id, contact_id, at.min(now), &message.content, reply_to_id))
        .flatten();
    let thread = match (known, &said) {
        (Some(known), _) => begin_again(step, known.conversation_id, at, blocked),
        (None, Some(said)) => {
            Placed { conversation_id: said.conversation_id, courtesy_after_resolve: said.is_comment() }
        }
        (None, None) => place(step, channel_id, contact_id, at, arrival),
    };

    let blind = step.blind;
    let counts = !blocked && !thread.courtesy_after_resolve && said.is_none();
    let conversation = step.conversation(thread.conversation_id)?;
    // In the middle of a conversation nothing is a courtesy.
    let begins = said.is_none() && (thread.courtesy_after_resolve || conversation.is_fresh());
    let text = message.content.preview().filter(|_| begins && message.content.kind == MessageKind::Text);
    let phrase_key = text.and_then(|text| phrase_key(blind, text));
    // Nobody has waited since the future.
    let clocks = if counts { conversation.clocks.customer_wrote(at.min(now)) } else { conversation.clocks };
    let message_id: MessageId = known.map_or_else(|| step.mint.fresh(), |known| known.message_id);
    let place = MessageRef { conversation_id: thread.conversation_id, message_id };
    let media_id = message.content.provider_media_id().map(|_| step.mint.fresh());
    let early = step.world.early(provider_key).to_vec();
    // Read from the content before it moves into the event.
    let file = media_id.map(|media_id| (media_id, remote_file(&message.content)));
    let shared = if message.group_id.is_none() { shared_numbers(&message) } else { Vec::new() };
    // What somebody in a group says is not the group's answer.
    let hears = (!blocked && message.group_id.is_none() && known.is_none()).then(|| message.content.clone());
    let (alone, settings) = (message.group_id.is_none(), &step.world.settings);
    let (opts_out, said_at) = (alone && is_opt_out(&message.content, settings), message.at);
    let opts_in = alone && !opts_out && is_opt_in(&message.content, settings);
    let event = MessageReceived {
        conversation_id: place.conversation_id,
        message_id,
        kind: message.content.kind.clone(),
        author_id: message.group_id.is_some().then_some(author_id),
        provider_key,
        clamped: at != message.at,
        late: step.now - at > LATE_AFTER,
        courtesy_after_resolve: thread.courtesy_after_resolve,
        phrase_key,
        survey_id: said.as_ref().map(|said| said.survey_id),
        blocked,
        media_id,
        reply_to_id,
        // A window is between a customer and a number; what somebody says in a group opens none.
        window_until: message.group_id.is_none().then(|| window_after(message.at, step.now)),
        referred: message.referral.is_some(),
        early: early.iter().map(|early| early.pos).collect(),
        clocks,
        private: Some(ReceivedPrivate {
            provider_id: message.provider_id,
            content: message.content,
            context: message.context,
            referral: message.referral,
            errors: message.errors,
            raw: message.raw,
        }),
    };
    let keys = if known.is_some() { Vec::new() } else { message_keys(step, place, provider_key) };
    step.emit_at(StreamId::Conversation(place.conversation_id), event, at, keys);
    match said {
        Some(said) => answer::take(step, said, message_id),
        None if !blocked => {
            schedule::customer_wrote(step, channel_id, contact_id);
            if let Some(content) = hears.filter(|_| !thread.courtesy_after_resolve) {
                choose::customer_wrote(step, place.conversation_id, message_id, at, &content);
            }
        }
        None => {}
    }
    if let Some((media_id, Some(file))) = file {
        request(step, place, media_id, channel_id, contact_id, file);
    }
    revoke_early(step, place, provider_key, &early);
    if !shared.is_empty() {
        shared_own_number(step, brand, contact_id, &shared);
    }
    if opts_out {
        answer::wants_no_more(step, channel_id, contact_id, said_at);
        change_of(step, contact_id, MARKETING, false, said_at, ConsentSource::Keyword);
        follow::opted_out(step, contact_id, said_at);
    }
    if opts_in {
        opt_in_again(step, contact_id, said_at);
    }
    Some(place)
}

/// The message, if the history import brought it before its live copy, which counts more: it is stored as received, in
/// the place it has.
fn imported_before(step: &mut Step<'_>, known: MessageRef) -> Option<MessageRef> {
    let (step, conversation) = step.view(known.conversation_id)?;
    let newest = step.world.thread(conversation.channel_id, conversation.contact_id)?.conversation_id;
    let message = conversation.messages.get(&known.message_id)?;
    let stands = message.imported && message.author == MessageAuthor::Customer && !message.revoked;
    (stands && newest == known.conversation_id).then_some(known)
}

/// The conversation that a message already lies in has somebody waiting in it.
fn begin_again(step: &mut Step<'_>, conversation_id: ConversationId, at: Timestamp, blocked: bool) -> Placed {
    let resolved = step.conversation(conversation_id).is_some_and(|it| it.status == Status::Resolved);
    match (blocked, resolved) {
        (true, _) => {}
        (false, true) => reopen(step, conversation_id, at, Cause::CustomerMessage),
        (false, false) => wake(step, conversation_id),
    }
    Placed { conversation_id, courtesy_after_resolve: false }
}

/// The customer opened the chat without writing: the window opens, nothing is shown.
pub fn chat_opened(step: &mut Step<'_>, channel_id: ChannelId, from: &Sender, at: Timestamp) {
    let Some(brand) = step.world.channels.get(&channel_id).map(|channel| channel.config.brand_id) else { return };
    if let Some(contact_id) = identify(step, brand, from) {
        let window_until = window_after(at, step.now);
        if step.world.window(channel_id, contact_id).until < Some(window_until) {
            let event = ContactWindowChanged { contact_id, channel_id, window_until, cause: WindowCause::ChatOpened };
            step.emit(StreamId::Contact(contact_id), event);
        }
    }
}

/// A window runs from the provider's time, but nobody opens one in the future.
pub(crate) fn window_after(at: Timestamp, now: Timestamp) -> Timestamp {
    at.min(now) + WINDOW
}

/// What is coming in, as far as it decides where it goes.
pub(crate) struct Arrival {
    pub(crate) blocked: bool,
    pub(crate) courtesy: bool,
    pub(crate) origin: Origin,
    /// What a conversation that it begins is called; `None`: by a fresh id.
    pub(crate) named: Option<ConversationId>,
}

/// Where it goes.
pub(crate) struct Placed {
    pub(crate) conversation_id: ConversationId,
    pub(crate) courtesy_after_resolve: bool,
}

/// The conversation a customer's message belongs to: the running one (woken if it slept), the resolved one reopened
/// within the reopen window, or a new one linked to it.
pub(crate) fn place(
    step: &mut Step<'_>,
    channel_id: ChannelId,
    contact_id: ContactId,
    at: Timestamp,
    arrival: Arrival,
) -> Placed {
    let stays = |conversation_id| Placed { conversation_id, courtesy_after_resolve: false };
    let Some(thread) = step.world.thread(channel_id, contact_id) else {
        // A blocked contact's first words need a place, but nobody is to see an open conversation.
        let status = if arrival.blocked { Status::Resolved } else { Status::Open };
        let named = arrival.named.unwrap_or_else(|| step.mint.fresh());
        return stays(open_as(step, named, channel_id, contact_id, at, arrival.origin, status, None));
    };
    let conversation_id = thread.conversation_id;
    if arrival.blocked {
        return stays(conversation_id);
    }
    let Some(resolved_at) = thread.resolved_at else {
        wake(step, conversation_id);
        return stays(conversation_id);
    };
    if arrival.courtesy {
        return Placed { conversation_id, courtesy_after_resolve: true };
    }
    let never_began =
        |step: &mut Step<'_>| step.conversation(conversation_id).is_some_and(Conversation::is_before_the_first);
    if at - resolved_at <= step.world.settings.reopen_window_ms || never_began(step) {
        reopen(step, conversation_id, at, Cause::CustomerMessage);
        return stays(conversation_id);
    }
    let named = arrival.named.unwrap_or_else(|| step.mint.fresh());
    let (origin, previous) = (arrival.origin, Some(conversation_id));
    stays(open_as(step, named, channel_id, contact_id, at, origin, Status::Open, previous))
}

/// Begins a conversation with the next short number.
pub(crate) fn open(
    step: &mut Step<'_>,
    channel_id: ChannelId,
    contact_id: ContactId,
    at: Timestamp,
    origin: Origin,
    status: Status,
    previous: Option<ConversationId>,
) -> ConversationId {
    let conversation_id: ConversationId = step.mint.fresh();
    open_as(step, conversation_id, channel_id, contact_id, at, origin, status, previous)
}

#[expect(clippy::too_many_arguments, reason = "what an opening event says, in its order")]
fn open_as(
    step: &mut Step<'_>,
    conversation_id: ConversationId,
    channel_id: ChannelId,
    contact_id: ContactId,
    at: Timestamp,
    origin: Origin,
    status: Status,
    previous: Option<ConversationId>,
) -> ConversationId {
    let brand_id = step.world.contacts.get(&contact_id).map(|contact| contact.brand_id);
    let team = step.world.channels.get(&channel_id).and_then(|channel| channel.team_id);
    let event = ConversationOpened {
        conversation_id,
        number: step.world.next_number,
        channel_id,
        brand_id: brand_id.expect("the contact was identified before"),
        contact_id,
        origin,
        status,
        team_id: team.filter(|team| step.world.roster.team(*team).is_some()),
        previous,
    };
    step.emit_at(StreamId::Conversation(conversation_id), event, at, Vec::new());
    conversation_id
}

/// Begins the next episode.
pub(crate) fn reopen(step: &mut Step<'_>, conversation_id: ConversationId, at: Timestamp, cause: Cause) {
    let Some(conversation) = step.conversation(conversation_id) else { return };
    let event = conversation.reopened(cause, super::Clocks::default());
    step.emit_at(StreamId::Conversation(conversation_id), event, at, Vec::new());
    release_from_the_gone(step, conversation_id);
}

/// A new episode does not begin with an owner who cannot take it.
pub(crate) fn release_from_the_gone(step: &mut Step<'_>, conversation_id: ConversationId) {
    let Some(owner) = step.conversation(conversation_id).and_then(|conversation| conversation.assignee_id) else {
        return;
    };
    if step.world.users.get(&owner).is_none_or(|user| !user.active) {
        let release = Assignment { reason: Some("account deactivated".to_owned()), ..Assignment::default() };
        // Giving back to the queue has no condition that could fail.
        let _ = assign(step, conversation_id, &release);
    }
}

fn wake(step: &mut Step<'_>, conversation_id: ConversationId) {
    let Some(from) = step.conversation(conversation_id).map(|conversation: &Conversation| conversation.status) else {
        return;
    };
    if matches!(from, Status::Pending | Status::Snoozed) {
        let event = ConversationStatusChanged {
            conversation_id,
            from,
            to: Status::Open,
            until: None,
            cause: Cause::CustomerMessage,
            reason: None,
        };
        step.emit(StreamId::Conversation(conversation_id), event);
    }
}

/// The look-up keys of a message: the provider's id and our own.
pub(crate) fn message_keys(
    step: &Step<'_>,
    place: MessageRef,
    provider_key: crate::identity::BlindKey,
) -> Vec<LookupKey> {
    let value = place.to_bytes();
    vec![
        LookupKey { key: provider_key, value: value.clone() },
        LookupKey { key: message_key(step.blind, place.message_id), value },
    ]
}

/// A group as if it were somebody.
pub(crate) fn group_sender(group: &str) -> Sender {
    let identity = Identity { kind: IdentityKind::Group, value: group.to_owned() };
    Sender { identities: vec![identity], ..Sender::default() }
}

/// Asks the media worker for the file that a message names.
pub(crate) fn request_file(
    step: &mut Step<'_>,
    place: MessageRef,
    media_id: MediaId,
    channel_id: ChannelId,
    contact_id: ContactId,
    content: &Content,
) {
    if let Some(file) = remote_file(content) {
        request(step, place, media_id, channel_id, contact_id, file);
    }
}

fn request(
    step: &mut Step<'_>,
    place: MessageRef,
    media_id: MediaId,
    channel_id: ChannelId,
    contact_id: ContactId,
    file: RemoteFile,
) {
    let event = MediaFetchRequested {
        media_id,
        conversation_id: place.conversation_id,
        message_id: place.message_id,
        channel_id,
        contact_id,
        private: Some(file),
    };
    step.emit(StreamId::Conversation(place.conversation_id), event);
}

fn remote_file(content: &Content) -> Option<RemoteFile> {
    let text = |field: &str| content.body.get(field).and_then(Value::as_str).map(str::to_owned);
    Some(RemoteFile {
        provider_media_id: text("id")?,
        mime: text("mime_type"),
        sha256: text("sha256"),
        filename: text("filename"),
    })
}

/// "Share my number", tapped on our request: the card is the customer's own.
fn shared_numbers(message: &CustomerMessage) -> Vec<Identity> {
    if message.content.kind != MessageKind::Contacts {
        return Vec::new();
    }
    let cards = message.content.body.as_array().map(Vec::as_slice).unwrap_or_default();
    cards
        .iter()
        .filter(|card| card.get("origin").and_then(Value::as_str) == Some("contact_request"))
        .filter_map(|card| card.get("phones").and_then(Value::as_array))
        .flatten()
        .flat_map(|phone| {
            let identity = |field: &str, kind| {
                let value = phone.get(field).and_then(Value::as_str)?;
                let digits: String = value.chars().filter(char::is_ascii_digit).collect();
                (!digits.is_empty()).then_some(Identity { kind, value: digits })
            };
            [identity("wa_id", IdentityKind::WaId), identity("phone", IdentityKind::Phone)]
        })
        .flatten()
        .collect()
}
