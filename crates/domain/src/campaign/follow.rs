//! What a campaign makes of answers to it: they lie in its queue, and a "stop" takes back what was agreed to.

use crate::contact::consent::change_of;
use crate::conversation::assign::{Assignment, assign};
use crate::conversation::label;
use crate::event::contact::ConsentSource;
use crate::event::routing::{ConversationTriaged, Demand};
use crate::event::{Event, StreamId};
use crate::ids::*;
use crate::queue::{Entry, QueueId};
use crate::step::Step;
use crate::time::Timestamp;

/// Sends a conversation whose customer answers a campaign to its queue. Whether it did: no rule is asked then.
pub(crate) fn triage(step: &mut Step<'_>, entry: &Entry) -> bool {
    let id = entry.id;
    let Some(reply) = step.world.campaigns.reply_to(entry.channel_id, entry.contact_id, step.now) else { return false };
    let Some(campaign) = step.world.campaigns.get(reply.campaign_id).map(|entry| entry.campaign.clone()) else {
        return false;
    };
    let Some(routing) = &campaign.reply_routing else { return false };
    if !exists(step, routing.queue_id) || !wrote(step, id) || entry.assignee_id.is_some() {
        return false;
    }
    let event = ConversationTriaged {
        conversation_id: id,
        episode: entry.episode,
        rule: None,
        campaign_id: Some(reply.campaign_id),
        queue_id: routing.queue_id,
        priority: entry.priority,
        demand: Demand::default(),
        passed: Vec::new(),
    };
    step.emit(StreamId::Conversation(id), event);
    if routing.queue_id != entry.queue_id() {
        let reason = Some(format!("campaign {}", campaign.name));
        let moved = Assignment { team_id: Some(routing.queue_id.team_id()), reason, ..Assignment::default() };
        // A queue that is gone by now leaves the conversation where it is.
        let _ = assign(step, id, &moved);
    }
    if let Some(tag) = &routing.tag {
        // One tag too many is no reason to keep the customer from anybody.
        let _ = label::tag(step, id, tag);
    }
    true
}

/// The customer of a conversation said stop: also to what the campaigns that they answer ask consent for.
pub(crate) fn opted_out(step: &mut Step<'_>, contact: ContactId, at: Timestamp) {
    for reply in step.world.campaigns.replies_of(contact, step.now) {
        let purpose = step.world.campaigns.get(reply.campaign_id).and_then(|entry| entry.campaign.consent_purpose);
        if let Some(purpose) = purpose {
            change_of(step, contact, purpose.category(), false, at, ConsentSource::Keyword);
        }
    }
}

fn exists(step: &Step<'_>, queue: QueueId) -> bool {
    queue.team_id().is_none_or(|team| step.world.roster.team(team).is_some())
}

/// Whether the customer wrote in this command what asks for an answer.
fn wrote(step: &Step<'_>, id: ConversationId) -> bool {
    let asks = |event: &Event| matches!(event, Event::MessageReceived(event) if event.asks());
    step.made_in(StreamId::Conversation(id)).any(asks)
}
