//! What a policy would have done: a conversation's own events, folded again with the same comparison as the desk's, by other
//! policies. Nothing is written. Each event counts as a command of its own, and deadlines are noticed when they come.

use super::settle::{Change, Ground, next};
use super::want::wants;
use super::{Instance, Outcome, Policies};
use crate::business_hours::Calendars;
use crate::contact::attributes::Attributes;
use crate::conversation::Conversation;
use crate::event::sla::{SlaEscalated, is_of_promise};
use crate::event::{Actor, Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::Timestamp;

/// Differences of one event at most, as in the desk.
const CHANGES_MAX: usize = 500;

/// By which a conversation is looked at again.
#[derive(Clone, Copy)]
pub struct Ways<'a> {
    pub policies: &'a Policies,
    /// As they are now.
    pub calendars: &'a Calendars,
    /// The contact's, as they are now.
    pub attributes: &'a Attributes,
}

/// Every instance that these policies would have made in a conversation up to `until`, given its events.
pub fn replay(events: &[Recorded], by: &Ways<'_>, until: Timestamp) -> Vec<Instance> {
    let mut events = events.iter().filter(|recorded| !is_of_promise(&recorded.event)).peekable();
    let Some(mut conversation) = events.next().and_then(Conversation::opened) else { return Vec::new() };
    let mut kept = Vec::new();
    let mut now = conversation.episode_opened_at;
    settle(&mut conversation, by, now, 0);
    for recorded in events.take_while(|recorded| recorded.recorded_at <= until) {
        if matches!(recorded.event, Event::ConversationReopened(_)) {
            kept.extend(conversation.sla.iter().filter(|instance| !instance.is_open()).cloned());
        }
        // What came between this event and the one before.
        now = recorded.recorded_at;
        settle(&mut conversation, by, now, u64::MAX);
        conversation.evolve(recorded);
        settle(&mut conversation, by, now, recorded.pos);
    }
    settle(&mut conversation, by, until.max(now), u64::MAX);
    kept.extend(conversation.sla.iter().cloned());
    kept
}

fn settle(conversation: &mut Conversation, by: &Ways<'_>, now: Timestamp, fresh_pos: u64) {
    let wanted = wants(conversation);
    let Ways { policies, calendars, attributes } = *by;
    let ground = Ground { policies, calendars, attributes, now, blocked: false, fresh_pos };
    for _ in 0..CHANGES_MAX {
        let event = match next(conversation, &wanted, &ground) {
            None => return,
            Some(Change::Event(event, _)) => *event,
            // What a step would have changed is not guessed at.
            Some(Change::Step { metric, n, step, at, .. }) => noted(conversation.id, metric, n, step, at, now),
        };
        conversation.sla.apply(&Recorded {
            pos: 0,
            stream: StreamId::Conversation(conversation.id),
            version: 0,
            event,
            occurred_at: now,
            recorded_at: now,
            actor: Actor::System,
        });
    }
}

fn noted(
    conversation_id: ConversationId,
    metric: super::Metric,
    n: u32,
    step: u32,
    at: Timestamp,
    detected_at: Timestamp,
) -> Event {
    let action = super::EscalationAction::Notify { who: super::Notified::Assignee };
    let outcome = Outcome::NothingToDo;
    SlaEscalated { conversation_id, metric, n, step, at, detected_at, action, outcome, told: Vec::new() }.into()
}
