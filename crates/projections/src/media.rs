//! Files: which are still to be fetched, and for every known one where its event is and through what it may be seen.
//! Name, size, type and address are read from the event at that position.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::time::Timestamp;

use crate::digest::Digest;
use domain::paged::{Paged, SlotIndex};

/// A file that a message named and that we do not have.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaEntry {
    pub id: MediaId,
    pub state: MediaState,
    /// The event that asked for it, with the provider's id of it, or the upload.
    pub first_pos: u64,
    pub owner: MediaOwner,
    /// Bytes of the plain content while it is stored, else 0.
    pub size: u64,
}

/// Through what a file may be seen first of all. An uploaded file is also seen through the conversations it was sent
/// in, see [`Media::sent_in`].
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaOwner {
    Conversation(ConversationId),
    /// Who uploaded it.
    User(UserId),
}

/// All files.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Media {
    rows: Paged<MediaEntry>,
    by_id: SlotIndex,
    pending: BTreeMap<MediaId, PendingFetch>,
    sent: BTreeSet<(MediaId, ConversationId)>,
    unsent: BTreeSet<MediaId>,
    stored_bytes: u64,
}

impl Media {
    pub fn get(&self, id: MediaId) -> Option<&MediaEntry> {
        self.slot(id).map(|slot| &self.rows[slot])
    }
    /// The conversations an uploaded file was sent in.
    pub fn sent_in(&self, id: MediaId) -> impl Iterator<Item = ConversationId> {
        self.sent
            .range((id, ConversationId::from_u128(0))..=(id, ConversationId::from_u128(u128::MAX)))
            .map(|(_, conversation)| *conversation)
    }
    /// Uploaded files that were never sent, made in that time (their ids tell).
    pub fn unsent_between(&self, since: Timestamp, before: Timestamp) -> impl Iterator<Item = MediaId> {
        let first = |at: Timestamp| MediaId::from_u128((at.as_millis().max(0) as u128) << 80);
        self.unsent.range(first(since)..first(before).max(first(since))).copied()
    }

    /// Files to fetch, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = &PendingFetch> {
        self.pending.values()
    }
    /// Bytes of all files that are kept.
    pub fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }
    /// One file to fetch.
    pub fn pending_fetch(&self, id: MediaId) -> Option<&PendingFetch> {
        self.pending.get(&id)
    }

    /// The files that go when everything about these conversations goes: what was received in them, and uploads that
    /// were sent nowhere else. Looks at every file there is, for erasures.
    pub fn only_in(&self, conversations: &BTreeSet<ConversationId>) -> Vec<MediaId> {
        let belongs = |entry: &&MediaEntry| match entry.owner {
            MediaOwner::Conversation(conversation) => conversations.contains(&conversation),
            MediaOwner::User(_) => {
                let mut sent = self.sent_in(entry.id).peekable();
                sent.peek().is_some() && sent.all(|conversation| conversations.contains(&conversation))
            }
        };
        let mut found: Vec<_> = self.rows.iter().filter(belongs).map(|entry| entry.id).collect();
        found.sort_unstable();
        found
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let pos = recorded.pos;
        match &recorded.event {
            Event::MediaUploaded(event) => {
                let entry = MediaEntry {
                    id: event.media_id,
                    state: MediaState::Stored { pos },
                    first_pos: pos,
                    owner: MediaOwner::User(event.user_id),
                    size: event.file.size,
                };
                self.add(entry);
                self.unsent.insert(event.media_id);
            }
            Event::MediaFetchRequested(event) => {
                let entry = MediaEntry {
                    id: event.media_id,
                    state: MediaState::Pending,
                    first_pos: pos,
                    owner: MediaOwner::Conversation(event.conversation_id),
                    size: 0,
                };
                self.add(entry);
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
            Event::MediaStored(event) => self.settle(event.media_id, MediaState::Stored { pos }, event.file.size),
            Event::MediaFailed(event) => self.settle(event.media_id, MediaState::Failed { pos }, 0),
            Event::MessageQueued(event) => self.named(event.media_id, event.conversation_id),
            // It is kept for its time, and shown until then.
            Event::MessageScheduled(event) => self.named(event.media_id, event.conversation_id),
            Event::MessageScheduleChanged(event) => self.named(event.media_id, event.conversation_id),
            Event::ContactErasureStarted(event) => {
                event.media.iter().for_each(|id| self.settle(*id, MediaState::Erased, 0));
            }
            _ => {}
        }
    }

    pub(crate) fn digest(&self, digest: &mut Digest) {
        self.rows.iter().for_each(|row| digest.add(row));
        digest.add(&self.pending);
        digest.add(&self.sent);
    }

    /// A message of ours carries it.
    fn named(&mut self, media_id: Option<MediaId>, conversation_id: ConversationId) {
        if let Some(media_id) = media_id {
            self.sent.insert((media_id, conversation_id));
            self.unsent.remove(&media_id);
        }
    }

    fn add(&mut self, entry: MediaEntry) {
        self.stored_bytes += entry.size;
        match self.slot(entry.id) {
            Some(slot) => {
                self.stored_bytes = self.stored_bytes.saturating_sub(self.rows[slot].size);
                self.rows[slot] = entry;
            }
            None => {
                let slot = self.rows.push(entry);
                self.by_id.set(entry.id.as_u128(), slot, |slot| self.rows[slot].id.as_u128());
            }
        }
    }

    fn settle(&mut self, id: MediaId, state: MediaState, size: u64) {
        self.pending.remove(&id);
        if let Some(slot) = self.slot(id) {
            let before = std::mem::replace(&mut self.rows[slot].size, size);
            self.rows[slot].state = state;
            self.stored_bytes = (self.stored_bytes + size).saturating_sub(before);
        }
    }

    fn slot(&self, id: MediaId) -> Option<u32> {
        self.by_id.get(id.as_u128(), |slot| self.rows[slot].id.as_u128())
    }
}
