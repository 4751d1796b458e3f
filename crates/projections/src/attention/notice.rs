//! One thing somebody was told, and what of the conversation it is about.

use domain::event::{Actor, Recorded};
use domain::ids::*;
use domain::notification::{NotificationKind, notification_id};
use domain::time::Timestamp;

/// One thing somebody was told.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Notice {
    pub id: NotificationId,
    pub kind: NotificationKind,
    /// Position of the event it is about.
    pub pos: u64,
    /// When that happened.
    pub at: Timestamp,
    /// Who made it happen.
    pub by: Actor,
    pub conversation_id: ConversationId,
    /// Where the conversation's stream stood.
    pub version: u64,
    pub about: About,
    pub read_at: Option<Timestamp>,
}

/// What of the conversation it is about.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The conversation itself.
    Conversation,
    Note {
        note_id: NoteId,
        /// The event that holds its present text.
        text_pos: u64,
    },
    Message(MessageId),
    /// What the event at this position says in words.
    Said {
        text_pos: u64,
    },
}

impl Notice {
    /// What an event tells a user.
    pub(super) fn of(
        recorded: &Recorded,
        user: UserId,
        kind: NotificationKind,
        conversation_id: ConversationId,
        about: About,
    ) -> Self {
        Self {
            id: notification_id(conversation_id, recorded.version, recorded.recorded_at, user),
            kind,
            pos: recorded.pos,
            at: recorded.occurred_at,
            by: recorded.actor,
            conversation_id,
            version: recorded.version,
            about,
            read_at: None,
        }
    }

    pub fn message_id(&self) -> Option<MessageId> {
        match self.about {
            About::Message(id) => Some(id),
            About::Conversation | About::Note { .. } | About::Said { .. } => None,
        }
    }
    pub fn note_id(&self) -> Option<NoteId> {
        match self.about {
            About::Note { note_id, .. } => Some(note_id),
            About::Conversation | About::Message(_) | About::Said { .. } => None,
        }
    }
}
