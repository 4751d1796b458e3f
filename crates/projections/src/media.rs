//! Files: which are still to be fetched, and for every known one where its event is and through what it may be seen.
//! Name, size, type and address are read from the event at that position.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::time::Timestamp;

use crate::digest::Digest;
use crate::id_map::IdMap;

/// A file that a message named and that we do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingFetch {
    pub media_id: MediaId,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub requested_at: Timestamp,
    /// The event that holds the provider's id of the file.
    pub pos: u64,
}

/// How far a file got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaState {
    Pending,
    /// `pos`: the `media.stored` or `media.uploaded` event with the file's facts.
    Stored {
        pos: u64,
    },
    /// `pos`: the `media.failed` event with the reason.
    Failed {
        pos: u64,
    },
    /// Gone with the customer's data.
    Erased,
}

/// A known file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaEntry {
    pub state: MediaState,
    pub first_pos: u64,
    pub owner: MediaOwner,
}

/// Through what a file may be seen first of all. An uploaded file is also seen through the conversations it was sent
/// in, see [`Media::sent_in`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaOwner {
    Conversation(ConversationId),
    /// Who uploaded it.
    User(UserId),
}

/// All files.
#[derive(Debug, Default)]
pub struct Media {
    by_id: IdMap<MediaId, MediaEntry>,
    pending: BTreeMap<MediaId, PendingFetch>,
    sent: BTreeSet<(MediaId, ConversationId)>,
}

impl Media {
    pub fn get(&self, id: MediaId) -> Option<&MediaEntry> {
        self.by_id.get(&id)
    }
    /// The conversations an uploaded file was sent in.
    pub fn sent_in(&self, id: MediaId) -> impl Iterator<Item = ConversationId> {
        self.sent
            .range((id, ConversationId::from_u128(0))..=(id, ConversationId::from_u128(u128::MAX)))
            .map(|(_, conversation)| *conversation)
    }
    /// Files to fetch, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = &PendingFetch> {
        self.pending.values()
    }
    /// One file to fetch.
    pub fn pending_fetch(&self, id: MediaId) -> Option<&PendingFetch> {
        self.pending.get(&id)
    }

    /// The files that go when everything about these conversations goes: what was received in them, and uploads that
    /// were sent nowhere else. Looks at every file there is, for erasures.
    pub fn only_in(&self, conversations: &BTreeSet<ConversationId>) -> Vec<MediaId> {
        let belongs = |id: MediaId, entry: &MediaEntry| match entry.owner {
            MediaOwner::Conversation(conversation) => conversations.contains(&conversation),
            MediaOwner::User(_) => {
                let mut sent = self.sent_in(id).peekable();
                sent.peek().is_some() && sent.all(|conversation| conversations.contains(&conversation))
            }
        };
        let mut found: Vec<_> =
            self.by_id.iter().filter(|(id, entry)| belongs(**id, entry)).map(|(id, _)| *id).collect();
        found.sort_unstable();
        found
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let pos = recorded.pos;
        match &recorded.event {
            Event::MediaUploaded(event) => {
                let entry = MediaEntry {
                    state: MediaState::Stored { pos },
                    first_pos: pos,
                    owner: MediaOwner::User(event.user_id),
                };
                self.by_id.insert(event.media_id, entry);
            }
            Event::MediaFetchRequested(event) => {
                let entry = MediaEntry {
                    state: MediaState::Pending,
                    first_pos: pos,
                    owner: MediaOwner::Conversation(event.conversation_id),
                };
                self.by_id.insert(event.media_id, entry);
                let fetch = PendingFetch {
                    media_id: event.media_id,
                    conversation_id: event.conversation_id,
                    message_id: event.message_id,
                    channel_id: event.channel_id,
                    contact_id: event.contact_id,
                    requested_at: recorded.occurred_at,
                    pos,
                };
                self.pending.insert(event.media_id, fetch);
            }
            Event::MediaStored(event) => self.settle(event.media_id, MediaState::Stored { pos }),
            Event::MediaFailed(event) => self.settle(event.media_id, MediaState::Failed { pos }),
            Event::MessageQueued(event) => {
                if let Some(media_id) = event.media_id {
                    self.sent.insert((media_id, event.conversation_id));
                }
            }
            Event::ContactErasureStarted(event) => {
                event.media.iter().for_each(|id| self.settle(*id, MediaState::Erased));
            }
            _ => {}
        }
    }

    pub(crate) fn digest(&self, digest: &mut Digest) {
        digest.add(&self.by_id.iter().collect::<BTreeMap<_, _>>());
        digest.add(&self.pending);
        digest.add(&self.sent);
    }

    fn settle(&mut self, id: MediaId, state: MediaState) {
        self.pending.remove(&id);
        if let Some(entry) = self.by_id.get_mut(&id) {
            entry.state = state;
        }
    }
}
