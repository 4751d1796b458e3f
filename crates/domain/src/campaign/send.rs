//! The next recipients' turn: each is excluded with a reason, or their message is queued, in one command with the fact that it
//! is. A crash between two commands neither loses nor repeats one: whoever has a message is not selected any more, and a look-up
//! key of the message says so a second time.

use super::eligible::{address, template, wanted};
use super::{Campaign, Reason, State};
use crate::content::Content;
use crate::conversation::reply::{Reply, check_limits, queue as queue_reply};
use crate::conversation::{Conversation, Origin, Status, receive_message};
use crate::event::campaign::*;
use crate::event::message::Sender;
use crate::event::{LookupKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::{Blind, MessageRef, Step, message_key};

/// What one contact would be sent. `None`: a variable has no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    pub contact_id: ContactId,
    pub content: Option<Content>,
}

/// Says that a contact has a campaign's message.
fn once_key(blind: &dyn Blind, campaign: CampaignId, contact: ContactId) -> BlindKey {
    blind.blind_parts(&["campaign:", campaign.text().as_str(), ":", contact.text().as_str()])
}

/// Decides about recipients. Those whose turn was before are left as they are.
pub fn queue(step: &mut Step<'_>, id: CampaignId, filled: Vec<Filled>) {
    let Some(entry) = step.world.campaigns.get(id).filter(|entry| entry.state == State::Running) else { return };
    let campaign = entry.campaign.clone();
    if let Some(cause) = stands_still(step, &campaign) {
        return super::control::pause_for(step, id, cause);
    }
    let (mut excluded, mut queued) = (Vec::new(), Vec::new());
    for Filled { contact_id, content } in filled {
        let waits = step.world.campaigns.is_selected(id, contact_id);
        let twice = queued.iter().any(|each: &QueuedRecipient| each.contact_id == contact_id);
        if !waits || twice {
            continue;
        }
        match checked(step, id, &campaign, contact_id, content) {
            Ok((address_id, content)) => {
                queued.push(send(step, id, &campaign, contact_id, address_id, content));
            }
            Err(reason) => excluded.push(ExcludedRecipient { contact_id, reason }),
        }
    }
    if !excluded.is_empty() {
        let event = CampaignRecipientsExcluded { campaign_id: id, recipients: excluded };
        step.emit(StreamId::Campaign(id), event);
    }
    if !queued.is_empty() {
        step.emit(StreamId::Campaign(id), CampaignRecipientsQueued { campaign_id: id, recipients: queued });
    }
}

/// Sends what a campaign says to one contact, to see it. It counts as nobody's: not as a recipient's, and not as an answer.
pub fn test(step: &mut Step<'_>, id: CampaignId, filled: Filled) -> Result<MessageId, Rejection> {
    let campaign = step.world.campaigns.get(id).ok_or(Rejection::NotFound)?.campaign.clone();
    match stands_still(step, &campaign) {
        Some(PauseCause::ChannelDisabled) => return Err(Rejection::ChannelDisabled),
        Some(PauseCause::NumberBarred) => return Err(Rejection::NumberBarred { until: None }),
        Some(_) => return Err(Rejection::Template("it is not approved, or not there".to_owned())),
        None => {}
    }
    let contact_id = filled.contact_id;
    let address_id = address(step.world, &campaign, contact_id).map_err(rejection)?;
    let content = filled.content.ok_or_else(|| rejection(Reason::MissingVariable))?;
    check_limits(&content)?;
    let errors = template(step.world, &campaign).map(|template| template.check(&content)).unwrap_or_default();
    if !errors.is_empty() {
        return Err(Rejection::TemplateParameters(errors));
    }
    let (conversation_id, _) = conversation(step, &campaign, address_id);
    let message_id = write(step, id, conversation_id, content, Vec::new());
    let event = CampaignTestSent { campaign_id: id, contact_id, conversation_id, message_id };
    step.emit(StreamId::Campaign(id), event);
    Ok(message_id)
}

fn rejection(reason: Reason) -> Rejection {
    match reason {
        Reason::Erased => Rejection::ContactErased,
        Reason::Blocked => Rejection::ContactBlocked,
        Reason::OptedOut | Reason::NoConsent => Rejection::OptedOut,
        Reason::Unknown | Reason::AlreadyIn => Rejection::UnknownReference { field: "contact_id" },
        Reason::NoIdentity | Reason::MissingVariable | Reason::TemplateMismatch => {
            Rejection::Invalid { field: "contact_id", detail: reason.as_str().to_owned() }
        }
    }
}

/// Why a message of a campaign that waits in the outbox does not go now, or never will.
pub(crate) enum Stop {
    /// It waits on.
    Wait,
    Never(&'static str),
}

/// Asked once more before the call: it may have been paused, or somebody may have said no. What was sent to try it goes whatever
/// its campaign does.
pub(crate) fn stopped(step: &Step<'_>, id: CampaignId, message_id: MessageId, contact_id: ContactId) -> Option<Stop> {
    let entry = step.world.campaigns.get(id)?;
    let of_campaign = step.world.campaigns.of_message(message_id).is_some();
    match entry.state {
        State::Paused(_) if of_campaign => return Some(Stop::Wait),
        State::Cancelled if of_campaign => return Some(Stop::Never("campaign_cancelled")),
        _ => {}
    }
    wanted(step.world, &entry.campaign, contact_id).err().map(|_| Stop::Never("contact_opted_out"))
}

/// Why nobody at all can be written to.
fn stands_still(step: &Step<'_>, campaign: &Campaign) -> Option<PauseCause> {
    match step.world.channels.get(&campaign.channel_id) {
        Some(channel) if !channel.enabled => return Some(PauseCause::ChannelDisabled),
        None => return Some(PauseCause::ChannelDisabled),
        Some(channel) if !channel.health.may_initiate(step.now) => return Some(PauseCause::NumberBarred),
        Some(_) => {}
    }
    let sendable = template(step.world, campaign).is_some_and(crate::template::Template::is_sendable);
    (!sendable).then_some(PauseCause::TemplateNotSendable)
}

fn checked(
    step: &Step<'_>,
    id: CampaignId,
    campaign: &Campaign,
    contact_id: ContactId,
    content: Option<Content>,
) -> Result<(ContactId, Content), Reason> {
    let address_id = address(step.world, campaign, contact_id)?;
    let standing = step.world.standing_for(contact_id);
    if step.find(once_key(step.blind, id, standing)).is_some() {
        return Err(Reason::AlreadyIn);
    }
    let content = content.ok_or(Reason::MissingVariable)?;
    let fits = template(step.world, campaign).is_some_and(|template| template.check(&content).is_empty());
    if !fits || check_limits(&content).is_err() {
        return Err(Reason::TemplateMismatch);
    }
    Ok((address_id, content))
}

fn send(
    step: &mut Step<'_>,
    id: CampaignId,
    campaign: &Campaign,
    contact_id: ContactId,
    address_id: ContactId,
    content: Content,
) -> QueuedRecipient {
    let (conversation_id, opened) = conversation(step, campaign, address_id);
    let once = LookupKey { key: once_key(step.blind, id, step.world.standing_for(contact_id)), value: vec![1] };
    let message_id = write(step, id, conversation_id, content, vec![once]);
    QueuedRecipient { contact_id, address_id, conversation_id, message_id, opened }
}

fn write(
    step: &mut Step<'_>,
    id: CampaignId,
    conversation_id: ConversationId,
    content: Content,
    mut keys: Vec<LookupKey>,
) -> MessageId {
    let message_id: MessageId = step.mint.fresh();
    let place = MessageRef { conversation_id, message_id };
    keys.push(LookupKey { key: message_key(step.blind, message_id), value: place.to_bytes() });
    queue_reply(step, &Reply::by_itself(conversation_id, Sender::Campaign(id), content), message_id, keys);
    message_id
}

/// The conversation that an answer would come to. One that begins with the message begins between episodes: nobody waits in it,
/// and the first begins when the customer writes. Whether it is a new one.
fn conversation(step: &mut Step<'_>, campaign: &Campaign, contact: ContactId) -> (ConversationId, bool) {
    let thread = step.world.thread(campaign.channel_id, contact);
    let continues = thread.filter(|thread| {
        thread.resolved_at.is_none_or(|at| step.now - at <= step.world.settings.reopen_window_ms)
            || step.conversation(thread.conversation_id).is_some_and(Conversation::is_before_the_first)
    });
    if let Some(thread) = continues {
        return (thread.conversation_id, false);
    }
    let previous = thread.map(|thread| thread.conversation_id);
    let (channel, now) = (campaign.channel_id, step.now);
    let opened = receive_message::open(step, channel, contact, now, Origin::Campaign, Status::Resolved, previous);
    (opened, true)
}
