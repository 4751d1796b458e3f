//! The trail: through whose hands conversations went lately. A live connection that stood at an earlier position asks it
//! who saw a conversation then, so that what came into somebody's sight, or went out of it, can be told without the state
//! of that time. Rights themselves are not here: whose rights changed begins anew (see `Roster`, `scope_pos`).
//!
//! It reaches [`REACH`] positions back, which is as far as a live connection may lag.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::access::Placement;
use domain::event::{Event, Recorded};
use domain::ids::*;

use crate::inbox::{Inbox, Row};

/// How many positions back the trail reaches.
pub const REACH: u64 = 20_000;

/// Who may have seen a conversation at some position.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Audience {
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    pub team_id: Option<TeamId>,
    pub assignee_id: Option<UserId>,
    pub collaborators: BTreeSet<UserId>,
}

impl Audience {
    fn of(inbox: &Inbox, row: &Row) -> Self {
        Self {
            brand_id: row.brand_id(),
            channel_id: row.channel_id(),
            team_id: row.team_id(),
            assignee_id: row.assignee_id(),
            collaborators: inbox.collaborators(row.id()).collect(),
        }
    }

    /// As somebody's rights look at it.
    pub fn placement(&self, asker: UserId) -> Placement {
        Placement {
            brand_id: self.brand_id,
            team_id: self.team_id,
            assignee_id: self.assignee_id,
            collaborator: self.collaborators.contains(&asker),
        }
    }
}

/// Who saw a conversation once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Then<'a> {
    /// Those who see it now: nothing about that changed since.
    Now,
    /// These.
    Audience(&'a Audience),
    /// Nobody: it had not begun.
    Nobody,
}

/// A change of audience: who saw it before.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Mark {
    pos: u64,
    before: Option<Audience>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Trail {
    by_conversation: BTreeMap<ConversationId, VecDeque<Mark>>,
    /// In order of positions, to forget the oldest.
    order: VecDeque<(u64, ConversationId)>,
}

impl Trail {
    /// Who saw a conversation when `pos` was the newest position; right for the last [`REACH`] of them.
    pub fn at(&self, id: ConversationId, pos: u64) -> Then<'_> {
        let marks = self.by_conversation.get(&id);
        let next = marks.and_then(|marks| marks.get(marks.partition_point(|mark| mark.pos <= pos)));
        match next {
            None => Then::Now,
            Some(Mark { before: Some(audience), .. }) => Then::Audience(audience),
            Some(Mark { before: None, .. }) => Then::Nobody,
        }
    }

    /// Takes note of an event before the inbox applies it.
    pub(crate) fn note(&mut self, recorded: &Recorded, inbox: &Inbox) {
        self.forget(recorded.pos);
        let id = match &recorded.event {
            Event::ConversationOpened(event) => event.conversation_id,
            Event::ConversationAssigned(event) => event.conversation_id,
            Event::CollaboratorAdded(event) => event.conversation_id,
            Event::CollaboratorRemoved(event) => event.conversation_id,
            // Ends invitations.
            Event::ConversationResolved(event) => {
                if inbox.collaborators(event.conversation_id).next().is_none() {
                    return;
                }
                event.conversation_id
            }
            _ => return,
        };
        let before = inbox.get(id).map(|row| Audience::of(inbox, &row));
        self.by_conversation.entry(id).or_default().push_back(Mark { pos: recorded.pos, before });
        self.order.push_back((recorded.pos, id));
    }

    fn forget(&mut self, pos: u64) {
        while let Some((oldest, id)) = self.order.front().copied()
            && oldest + REACH < pos
        {
            self.order.pop_front();
            if let Some(marks) = self.by_conversation.get_mut(&id) {
                marks.pop_front();
                if marks.is_empty() {
                    self.by_conversation.remove(&id);
                }
            }
        }
    }
}
