//! Staff (or an automatic answer) writes to the customer. The message is a fact once it is queued; sending it is the outbox's
//! business.

use super::{Clocks, Conversation, Status, WINDOW_MARGIN};
use crate::bot::hold::taken_over;
use crate::contact::consent::MARKETING;
use crate::content::{Content, MessageKind};
use crate::event::message::*;
use crate::event::{LookupKey, StreamId};
use crate::ids::*;
use crate::message::{Dispatch, MessageAuthor};
use crate::outbound_content;
use crate::rejection::Rejection;
use crate::step::{MessageRef, Step, message_key};
use crate::time::Timestamp;

/// What to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub conversation_id: ConversationId,
    pub sender: Sender,
    pub content: Content,
    pub reply_to_id: Option<MessageId>,
    /// The quoted message's (or a reaction's target's) provider id, which only the caller can read.
    pub context_provider_id: Option<String>,
    pub client_ref: Option<String>,
    /// The uploaded file that the content names.
    pub media_id: Option<MediaId>,
    /// The newest position the writer had seen: a colleague's answer after it refuses this one.
    pub after_pos: Option<u64>,
}

impl Reply {
    /// A message that nobody wrote as an answer to what they saw.
    pub(crate) fn by_itself(conversation_id: ConversationId, sender: Sender, content: Content) -> Self {
        Self {
            conversation_id,
            sender,
            content,
            reply_to_id: None,
            context_provider_id: None,
            client_ref: None,
            media_id: None,
            after_pos: None,
        }
    }
}

/// Queues a message.
pub fn reply(step: &mut Step<'_>, reply: &Reply) -> Result<MessageId, Rejection> {
    check(step, reply)?;
    let message_id: MessageId = step.mint.fresh();
    let place = MessageRef { conversation_id: reply.conversation_id, message_id };
    let key = LookupKey { key: message_key(step.blind, message_id), value: place.to_bytes() };
    queue(step, reply, message_id, vec![key]);
    Ok(message_id)
}

/// Everything that can stand in the way of a reply now.
pub(crate) fn check(step: &mut Step<'_>, reply: &Reply) -> Result<(), Rejection> {
    let (view, conversation) = step.view(reply.conversation_id).ok_or(Rejection::NotFound)?;
    check_limits(&reply.content)?;
    may_be_sent(view, conversation, reply.content.kind == MessageKind::Template)?;
    check_references(view, conversation, reply)?;
    if let Some(seen) = reply.after_pos {
        let newer = newer_replies(conversation, seen, &reply.sender);
        if !newer.is_empty() {
            return Err(Rejection::StaleReply { newer });
        }
    }
    Ok(())
}

/// Everything that stands in the way of a reply now, not only what is found first: for whoever still writes it.
pub fn obstacles(step: &mut Step<'_>, reply: &Reply) -> Vec<Rejection> {
    let Some((view, conversation)) = step.view(reply.conversation_id) else { return vec![Rejection::NotFound] };
    let found = [
        check_limits(&reply.content),
        may_be_sent(view, conversation, reply.content.kind == MessageKind::Template),
        check_references(view, conversation, reply),
    ];
    found.into_iter().filter_map(Result::err).collect()
}

/// Whether the provider would take the content, whenever it is sent.
pub(crate) fn check_limits(content: &Content) -> Result<(), Rejection> {
    let errors = outbound_content::check(content);
    if errors.is_empty() { Ok(()) } else { Err(Rejection::Content(errors)) }
}

/// Whether there is what a message names: its template, and what it quotes.
pub(super) fn check_references(step: &Step<'_>, conversation: &Conversation, reply: &Reply) -> Result<(), Rejection> {
    if reply.content.kind == MessageKind::Template {
        check_template(step, conversation, &reply.content)?;
    }
    match reply.reply_to_id {
        Some(quoted) if !conversation.messages.contains_key(&quoted) => {
            Err(Rejection::UnknownReference { field: "reply_to_id" })
        }
        Some(_) | None => Ok(()),
    }
}

/// Makes a checked reply a fact.
pub(crate) fn queue(step: &mut Step<'_>, reply: &Reply, message_id: MessageId, keys: Vec<LookupKey>) {
    let now = step.now;
    // Before the clocks are looked at: what a person took begins here.
    if matches!(reply.sender, Sender::User(_)) && reply.content.kind != MessageKind::Reaction {
        taken_over(step, reply.conversation_id);
    }
    let Some(conversation) = step.conversation(reply.conversation_id) else { return };
    let template = reply.content.kind == MessageKind::Template;
    let reaction = (reply.content.kind == MessageKind::Reaction).then(|| shown_reaction(conversation, reply, now));
    let (clocks, resolved) = (conversation.clocks, conversation.status == Status::Resolved);
    // What is written between episodes answers nobody.
    let clocks = if resolved { clocks } else { clocks_after(clocks, message_id, reply, now) };
    let event = MessageQueued {
        conversation_id: reply.conversation_id,
        message_id,
        sender: reply.sender,
        kind: reply.content.kind.clone(),
        reply_to_id: reply.reply_to_id,
        client_ref: reply.client_ref.clone(),
        media_id: reply.media_id,
        template,
        clocks,
        private: Some(QueuedPrivate {
            content: reply.content.clone(),
            context_provider_id: reply.context_provider_id.clone(),
        }),
    };
    step.emit_at(StreamId::Conversation(reply.conversation_id), event, now, keys);
    if let Some(shown) = reaction.flatten() {
        step.emit(StreamId::Conversation(reply.conversation_id), shown);
    }
}

/// Our word for what stood in the way of a message that nobody is there to hear about.
pub(crate) fn refusal_word(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::WindowClosed { .. } => "service_window_closed",
        Rejection::NumberBarred { .. } => "number_barred",
        Rejection::ContactErased => "contact_erased",
        Rejection::ContactBlocked => "contact_blocked",
        Rejection::ChannelDisabled => "channel_disabled",
        Rejection::OptedOut => "contact_opted_out",
        Rejection::Template(_) | Rejection::TemplateParameters(_) => "template_not_sendable",
        _ => "not_allowed",
    }
}

/// A person wants a failed or uncertain message sent again: the same message, a new attempt.
pub fn resend(step: &mut Step<'_>, message_id: MessageId) -> Result<(), Rejection> {
    let place = step.message(message_id).ok_or(Rejection::NotFound)?;
    let (view, conversation) = step.view(place.conversation_id).ok_or(Rejection::NotFound)?;
    let message = conversation.messages.get(&message_id).ok_or(Rejection::NotFound)?;
    use crate::message::DeliveryStatus::{Failed, Uncertain};
    let status = message.status();
    let never_queued = message.dispatch == Dispatch::Dropped;
    if !message.is_ours() || never_queued || !matches!(status, Failed | Uncertain) {
        return Err(Rejection::NotResendable);
    }
    may_be_sent(view, conversation, message.template)?;
    let mut again = message.clone();
    again.resend(view.now, conversation.version + 1);
    let clocks = conversation.clocks_with(message_id, &again);
    let event = MessageResendRequested {
        conversation_id: place.conversation_id,
        message_id,
        possible_duplicate: status == Uncertain,
        clocks,
    };
    step.emit(StreamId::Conversation(place.conversation_id), event);
    Ok(())
}

/// Everything about the contact and the number that can stand in the way, checked when a message is written and again
/// when it is its turn to be sent.
pub(crate) fn may_be_sent(step: &Step<'_>, conversation: &Conversation, template: bool) -> Result<(), Rejection> {
    let contact = step.world.contacts.get(&conversation.contact_id).ok_or(Rejection::NotFound)?;
    let channel = step.world.channels.get(&conversation.channel_id).ok_or(Rejection::NotFound)?;
    if contact.erased {
        return Err(Rejection::ContactErased);
    }
    if step.world.is_blocked(contact.id) {
        return Err(Rejection::ContactBlocked);
    }
    if !channel.enabled {
        return Err(Rejection::ChannelDisabled);
    }
    // Groups have no window of their own: whether they may be written to is the provider's to say.
    if contact.is_group() {
        return Ok(());
    }
    let until = step.world.window(conversation.channel_id, conversation.contact_id).until;
    let open = until.is_some_and(|until| step.now + WINDOW_MARGIN < until);
    if template {
        if !open && !channel.health.may_initiate(step.now) {
            let until = match channel.health.business_initiated {
                crate::inbound::Barred::Until(until) => Some(until),
                crate::inbound::Barred::Lifted | crate::inbound::Barred::Indefinitely => None,
            };
            return Err(Rejection::NumberBarred { until });
        }
        return Ok(());
    }
    if open { Ok(()) } else { Err(Rejection::WindowClosed { closed_at: until }) }
}

fn check_template(step: &Step<'_>, conversation: &Conversation, content: &Content) -> Result<(), Rejection> {
    let text = |pointer: &str| content.body.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
    let (name, language) = (text("/name"), text("/language/code"));
    let waba = step.world.channels.get(&conversation.channel_id).map(|channel| channel.config.waba_id.as_str());
    let waba = waba.ok_or(Rejection::NotFound)?;
    let known = step.world.templates.values().find(|template| template.is(waba, name, language));
    let Some(template) = known else {
        return Err(Rejection::Template(format!("there is no template {name} in {language}")));
    };
    if !template.is_sendable() {
        let status = template.status.as_deref().unwrap_or("unknown").to_lowercase();
        return Err(Rejection::Template(format!("{name} in {language} is {status}")));
    }
    if template.category.as_deref() == Some("MARKETING") && step.world.has_declined(conversation.contact_id, MARKETING)
    {
        return Err(Rejection::OptedOut);
    }
    let errors = template.check(content);
    if errors.is_empty() { Ok(()) } else { Err(Rejection::TemplateParameters(errors)) }
}

/// What colleagues sent after `seen`. One's own messages never make one's reply stale.
fn newer_replies(conversation: &Conversation, seen: u64, sender: &Sender) -> Vec<MessageId> {
    conversation
        .messages
        .iter()
        .filter(|(_, message)| message.pos > seen && message.counts)
        .filter(|(_, message)| match message.author {
            MessageAuthor::User(author) => *sender != Sender::User(author),
            MessageAuthor::PhoneApp => true,
            MessageAuthor::Customer | MessageAuthor::System | MessageAuthor::Campaign(_) => false,
        })
        .map(|(id, _)| *id)
        .collect()
}

fn clocks_after(clocks: Clocks, id: MessageId, reply: &Reply, now: Timestamp) -> Clocks {
    match reply.sender {
        _ if reply.content.kind == MessageKind::Reaction => clocks,
        Sender::User(user) => clocks.human_replied(id, now, Some(user)),
        Sender::System => clocks.machine_replied(),
        Sender::Campaign(_) => clocks,
    }
}

/// Our own reaction shows at once on the message it is about.
fn shown_reaction(conversation: &Conversation, reply: &Reply, now: Timestamp) -> Option<MessageReacted> {
    let target = reply.reply_to_id?;
    let key = conversation.messages.get(&target)?.provider_key?;
    let emoji = reply.content.body.get("emoji").and_then(serde_json::Value::as_str).filter(|emoji| !emoji.is_empty());
    Some(MessageReacted {
        conversation_id: conversation.id,
        message_id: Some(target),
        target_key: key,
        by: Side::Business,
        author_id: None,
        removed: emoji.is_none(),
        at: now,
        private: Some(ReactionPrivate { emoji: emoji.map(str::to_owned) }),
    })
}
