//! One thing somebody was told, and what it is about: something in a conversation, or a report that comes by itself.

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
    pub subject: Subject,
    pub about: About,
    pub read_at: Option<Timestamp>,
}

/// Where what it is about lies: whoever does not see that is not told.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Conversation {
        id: ConversationId,
        /// Where its stream stood.
        version: u64,
    },
    /// A file of a report that comes by itself.
    Report { report_id: ScheduledReportId, export_id: ReportExportId, for_user_id: UserId },
}

/// What of it it is about.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// All of it.
    Whole,
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
        subject: Subject,
        about: About,
    ) -> Self {
        let id = match subject {
            Subject::Conversation { id, .. } => id.as_u128(),
            Subject::Report { export_id, .. } => export_id.as_u128(),
        };
        Self {
            id: notification_id(id, recorded.version, recorded.recorded_at, user),
            kind,
            pos: recorded.pos,
            at: recorded.occurred_at,
            by: recorded.actor,
            subject,
            about,
            read_at: None,
        }
    }

    pub fn conversation_id(&self) -> Option<ConversationId> {
        match self.subject {
            Subject::Conversation { id, .. } => Some(id),
            Subject::Report { .. } => None,
        }
    }
    pub fn message_id(&self) -> Option<MessageId> {
        match self.about {
            About::Message(id) => Some(id),
            About::Whole | About::Note { .. } | About::Said { .. } => None,
        }
    }
    pub fn note_id(&self) -> Option<NoteId> {
        match self.about {
            About::Note { note_id, .. } => Some(note_id),
            About::Whole | About::Message(_) | About::Said { .. } => None,
        }
    }
}
