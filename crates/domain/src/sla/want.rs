//! What a conversation's running or last episode promises by its nature, whatever the policies say: its waits for an answer
//! and its resolution, each with its end if it has one.

use crate::conversation::{Clocks, Conversation, Status};
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
    order.sort_by_key(|(_, message)| message.version);
    let (mut waits, mut clocks): (Vec<Want>, _) = (Vec::new(), Clocks::default());
    for (id, message) in order {
        let waited = clocks.waiting_since.is_some();
        let person = match message.author {
            MessageAuthor::Customer => {
                clocks = clocks.customer_wrote(message.counts_from);
                let since = clocks.waiting_since.unwrap_or(message.counts_from);
                match waits.last_mut().filter(|_| waited) {
                    Some(open) => open.since = since,
                    None => waits.push(Want {
                        metric: if clocks.first_response.is_none() {
                            Metric::FirstResponse
                        } else {
                            Metric::NextResponse
                        },
                        message_id: Some(*id),
                        opened_pos: message.pos,
                        since,
                        end: None,
                    }),
                }
                continue;
            }
            MessageAuthor::System => continue,
            MessageAuthor::User(user) => Some(user),
            MessageAuthor::PhoneApp => None,
        };
        clocks = clocks.human_replied(*id, message.counts_from, person);
        if let Some(open) = waits.last_mut().filter(|_| waited && clocks.waiting_since.is_none()) {
            open.end = Some(WantEnd::Met { at: message.counts_from, message_id: Some(*id), pos: message.pos });
        }
    }
    waits
}
