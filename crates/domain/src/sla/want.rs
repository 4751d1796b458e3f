//! What a conversation's running or last episode promises by its nature, whatever the policies say: its waits for an answer
//! and its resolution, each with its end if it has one.

use crate::conversation::{Conversation, Reckoning, Status};
use crate::ids::MessageId;
use crate::message::MessageAuthor;
use crate::time::Timestamp;

use super::Metric;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Want {
    pub(super) metric: Metric,
    /// The message that waits.
    pub(super) message_id: Option<MessageId>,
    /// Position of the event it began with.
    pub(super) opened_pos: u64,
    pub(super) since: Timestamp,
    pub(super) end: Option<WantEnd>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum WantEnd {
    Met {
        at: Timestamp,
        message_id: Option<MessageId>,
        /// Position of the event it ended with.
        pos: u64,
    },
    /// Resolved without it.
    Resolved { at: Timestamp },
}

impl WantEnd {
    pub(super) fn at(self) -> Timestamp {
        match self {
            Self::Met { at, .. } | Self::Resolved { at } => at,
        }
    }
}

/// All of the episode, waits in the order they began.
pub(super) fn wants(conversation: &Conversation) -> Vec<Want> {
    let mut wants = waits(conversation);
    if conversation.status == Status::Resolved {
        let at = conversation.resolved_at.unwrap_or(conversation.episode_opened_at);
        for want in wants.iter_mut().filter(|want| want.end.is_none()) {
            want.end = Some(WantEnd::Resolved { at });
        }
    }
    let opened = conversation.episode_opened_at;
    let resolved = conversation.resolved_at.filter(|_| conversation.status == Status::Resolved);
    wants.push(Want {
        metric: Metric::Resolution,
        message_id: None,
        opened_pos: conversation.opened_pos(),
        since: conversation.clocks.t0.map_or(opened, |t0| t0.min(opened)),
        end: resolved.map(|at| WantEnd::Met { at, message_id: None, pos: 0 }),
    });
    wants
}

/// The same fold as the clocks', which say how long somebody waits; this one says for which message and until which reply.
fn waits(conversation: &Conversation) -> Vec<Want> {
    let mut order: Vec<_> = conversation
        .messages
        .iter()
        .filter(|(_, message)| message.episode == conversation.episode && message.counts)
        .filter(|(_, message)| !message.failed_before_delivery())
        .collect();
    order.sort_by_key(|(_, message)| message.counts_version);
    let (mut waits, mut reckoned): (Vec<Want>, _) = (Vec::new(), Reckoning::default());
    let begun = |reckoned: &Reckoning, id: MessageId, since: Timestamp, opened_pos: u64| Want {
        metric: if reckoned.clocks.first_response.is_none() { Metric::FirstResponse } else { Metric::NextResponse },
        message_id: Some(id),
        opened_pos,
        since,
        end: None,
    };
    for (id, message) in order {
        let waited = reckoned.longest().map(|(since, _)| since);
        let person = match message.author {
            MessageAuthor::Customer => {
                reckoned.customer_wrote(*id, message.counts_from);
                let since = reckoned.longest().map_or(message.counts_from, |(since, _)| since);
                match waits.last_mut().filter(|want| want.end.is_none()) {
                    Some(open) => open.since = since,
                    None => waits.push(begun(&reckoned, *id, since, message.pos)),
                }
                continue;
            }
            MessageAuthor::System | MessageAuthor::Campaign(_) => continue,
            MessageAuthor::User(user) => Some(user),
            MessageAuthor::PhoneApp => None,
        };
        reckoned.human_replied(*id, message.counts_from, person);
        let left = reckoned.longest();
        let answers = left.map(|(since, _)| since) != waited;
        if let Some(open) = waits.last_mut().filter(|want| want.end.is_none() && answers) {
            open.end = Some(WantEnd::Met { at: message.counts_from, message_id: Some(*id), pos: message.pos });
            // Written before what the customer wrote last, and told after it: that still waits. A wait is named by its message,
            // so one that ended is not begun again by the same.
            let named = open.message_id;
            if let Some((since, waiting)) = left.filter(|(_, waiting)| Some(*waiting) != named) {
                waits.push(begun(&reckoned, waiting, since, message.pos));
            }
        }
    }
    after_the_bot(&mut waits, conversation.clocks.handoff);
    // As long as a bot has it, nothing is promised in people's name.
    if conversation.bot.is_held() {
        waits.retain(|want| want.end.is_some());
    }
    waits
}

/// People are promised to answer from where they were handed the conversation.
fn after_the_bot(waits: &mut [Want], handoff: Option<Timestamp>) {
    let first = waits.iter_mut().find(|want| want.metric == Metric::FirstResponse);
    if let (Some(want), Some(handoff)) = (first, handoff)
        && want.end.is_none_or(|end| handoff <= end.at())
    {
        want.since = want.since.max(handoff);
    }
}
