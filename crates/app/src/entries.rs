//! Single facts read from the log by position, opened: what one line of a list, one new message or one signed-in device
//! shows, without folding a whole stream. Callers have checked access, or check it here where a principal is taken.

use std::sync::Arc;

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::availability::Note;
use domain::event::media::StoredFile;
use domain::event::user::Device;
use domain::event::workspace::QuarantineRaw;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Timestamp;
use event_log::StoredEvent;
use projections::inbox::Row;
use projections::media::MediaState;
use projections::timeline::Timeline;

use crate::queries::Answer;
use crate::reach;
use crate::{Desk, Failure};

/// What is known about a file without its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFacts {
    pub id: MediaId,
    pub state: MediaState,
    /// Set once the bytes are here.
    pub file: Option<StoredFile>,
    /// `None`: the sender gave none, or it was erased.
    pub filename: Option<String>,
    /// When we learned of it.
    pub created_at: Timestamp,
}

impl Desk {
    /// One message or note as it was when it was made at `pos`: the conversation with nothing but its opening and that
    /// entry in it. An answer to a creation says the same words however often the same request is repeated.
    pub fn entry_at(&self, principal: &Principal, id: ConversationId, pos: u64) -> Answer<Timeline> {
        self.conversation(principal, id)?;
        let first = self.reader().stream(&StreamId::Conversation(id).to_string(), 1, 1).map_err(|error| {
            tracing::error!(%error, "the log cannot be read");
            Failure::Internal
        })?;
        let opening = first.first().map(|stored| self.event_open(stored.pos)).transpose()?.flatten();
        let entry = self.event_open(pos)?.filter(|recorded| recorded.stream == StreamId::Conversation(id));
        let events = [opening.ok_or(Rejection::NotFound)?, entry.ok_or(Rejection::NotFound)?];
        Ok(Timeline::fold(&events, &|_| None).ok_or(Rejection::NotFound)?)
    }

    /// The event of a row's newest message. For rows the asker may see.
    pub fn last_message(&self, row: &Row) -> Option<Arc<Recorded>> {
        self.event_of_late(row.last_message_pos()?).ok().flatten()
    }

    /// What a colleague is called.
    pub fn user_name(&self, id: UserId) -> Option<String> {
        if let Some(then) = &self.then {
            return self.name_then(then, id);
        }
        self.shared.users.read().get(id).map(|account| account.name.clone())
    }

    /// What a team is or was called.
    pub fn team_name(&self, id: TeamId) -> Option<String> {
        self.view(|views| views.roster.any_team(id).map(|team| team.name.clone()))
    }

    /// The device behind a session of the asker, from its opening event.
    pub fn session_device(&self, opened_pos: u64) -> Device {
        match self.event_open(opened_pos).ok().flatten().map(|recorded| recorded.event) {
            Some(Event::SessionOpened(event)) => event.private.unwrap_or_default(),
            _ => Device::default(),
        }
    }

    /// What somebody wrote beside their availability. For people the asker may see.
    pub fn availability_note(&self, note: Note) -> Option<String> {
        match self.event_open(note.pos).ok().flatten().map(|recorded| recorded.event) {
            Some(Event::AgentAvailabilityChanged(event)) => event.private.and_then(|private| private.note),
            _ => None,
        }
    }

    /// The personal part of a stored event as JSON, for those who may open it; `None` for others, where there is none, where
    /// its key was destroyed, and for streams whose sealed part holds secrets.
    pub fn event_private(&self, principal: &Principal, stored: &StoredEvent) -> Answer<Option<Vec<u8>>> {
        self.allow(principal, Action::EventRead)?;
        if authorize(principal, Action::EventOpen, Standing::Workspace) != Decision::Allow {
            return Ok(None);
        }
        self.private_of(stored)
    }

    /// The same for callers that have checked access. What is sealed in accounts, keys and channels is secrets, which nobody
    /// reads back.
    pub fn private_of(&self, stored: &StoredEvent) -> Answer<Option<Vec<u8>>> {
        match stored.stream.parse::<StreamId>() {
            Ok(
                StreamId::User(_)
                | StreamId::Invite(_)
                | StreamId::ApiKey(_)
                | StreamId::Channel(_)
                | StreamId::Team(_)
                | StreamId::Role(_),
            )
            | Err(_) => Ok(None),
            Ok(
                StreamId::Workspace
                | StreamId::Audit
                | StreamId::Brand(_)
                | StreamId::Contact(_)
                | StreamId::Conversation(_)
                | StreamId::Media(_)
                | StreamId::Quarantine(_)
                | StreamId::BusinessHours(_)
                | StreamId::RoutingRule(_)
                | StreamId::SlaPolicy(_)
                | StreamId::Queue(_)
                | StreamId::BulkJob(_)
                | StreamId::ReportExport(_)
                | StreamId::ScheduledReport(_)
                | StreamId::CoachingNote(_)
                | StreamId::AutomationRule(_)
                | StreamId::Article(_)
                | StreamId::CannedReply(_)
                | StreamId::Macro(_)
                | StreamId::Segment(_)
                | StreamId::Campaign(_)
                | StreamId::ContactImport(_)
                | StreamId::CsatSurvey(_),
            ) => match self.reader().open_private(stored) {
                Ok(private) => Ok(private),
                Err(event_log::SealError::Erased(_)) => Ok(None),
                Err(error) => {
                    tracing::error!(%error, pos = stored.pos, "a sealed part cannot be opened");
                    Err(Failure::Internal)
                }
            },
        }
    }

    /// A quarantined item as it came; `None` inside: erased.
    pub fn quarantined(&self, principal: &Principal, id: QuarantineId) -> Answer<Option<QuarantineRaw>> {
        self.allow(principal, Action::QuarantineRead)?;
        let pos = self.view(|views| {
            let item = views.quarantine.get(id)?;
            reach::sees_quarantined(views, principal, item).then_some(item.pos)
        });
        let pos = pos.ok_or(Rejection::NotFound)?;
        match self.event_open(pos)?.map(|recorded| recorded.event) {
            Some(Event::QuarantineItemAdded(event)) => Ok(event.private),
            _ => Err(Rejection::NotFound.into()),
        }
    }

    /// What is known about a file of a message that the asker may see.
    pub fn media_of_message(&self, id: MediaId) -> Answer<MediaFacts> {
        let mut entry = self.view(|views| views.media.get(id).copied()).ok_or(Rejection::NotFound)?;
        if self.past().is_some() && self.file_is_erased(id) {
            entry.state = MediaState::Erased;
        }
        let first = self.event_of_late(entry.first_pos)?.ok_or(Rejection::NotFound)?;
        let (mut file, filename) = match &first.event {
            Event::MediaUploaded(event) => {
                (Some(event.file.clone()), event.private.as_ref().and_then(|private| private.filename.clone()))
            }
            Event::MediaFetchRequested(event) => {
                (None, event.private.as_ref().and_then(|private| private.filename.clone()))
            }
            _ => (None, None),
        };
        if let MediaState::Stored { pos } = entry.state
            && file.is_none()
            && let Some(Event::MediaStored(event)) = self.event_of_late(pos)?.as_deref().map(|recorded| &recorded.event)
        {
            file = Some(event.file.clone());
        }
        Ok(MediaFacts { id, state: entry.state, file, filename, created_at: first.occurred_at })
    }
}
