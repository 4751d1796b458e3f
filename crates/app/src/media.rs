//! Files: where their bytes lie ([`store`]), how those of customers come here, how agents bring theirs, who may open
//! which. Bytes are encrypted with the key of the contact they belong to and are never in the log.

use domain::access::Principal;
use domain::event::Event;
use domain::event::media::StoredFile;
use domain::ids::*;
use domain::rejection::Rejection;
use projections::media::{MediaOwner, MediaState};

mod fetch;
mod references;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
mod upload;

pub(crate) use fetch::FetchWorker;
pub use fetch::{DOCUMENT_BYTES_MAX, MEDIA_BYTES_MAX};
pub(crate) use references::rename;
pub use store::{Pieces, Store, StoreError};
pub(crate) use upload::SweepWorker;
pub use upload::{UPLOAD_BYTES_MAX, UploadError};

use crate::Desk;
use crate::queries::Answer;

/// A file as far as it got.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaCard {
    pub id: MediaId,
    pub status: MediaStatus,
    /// As the sender called it; to be shown, never used as a path.
    pub filename: Option<String>,
    /// The conversation whose customer sent it.
    pub conversation_id: Option<ConversationId>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum MediaStatus {
    /// On its way.
    Pending,
    Stored(StoredFile),
    /// It will not come; the word says why.
    Failed(String),
    /// Gone with the customer's data.
    Erased,
}

/// A file that may be read.
#[derive(Clone)]
pub struct OpenMedia {
    pub file: StoredFile,
    pub filename: Option<String>,
    store: Store,
}

impl OpenMedia {
    /// A file of a store, under the name it is saved as.
    pub(crate) fn new(store: Store, file: StoredFile, filename: String) -> Self {
        Self { file, filename: Some(filename), store }
    }
    pub(crate) fn is_there(&self) -> bool {
        self.store.has(&self.file.content_id)
    }
    /// Reads a range; only the parts that hold it are decrypted.
    pub fn read(&self, start: u64, length: u64) -> Result<Pieces, StoreError> {
        self.store.read(&self.file, start, length)
    }
}

impl Desk {
    /// A file's facts, if the asker may see a conversation it is in, or uploaded it.
    pub fn media(&self, principal: &Principal, id: MediaId) -> Answer<MediaCard> {
        let entry = self.view(|views| views.media.get(id).copied()).ok_or(Rejection::NotFound)?;
        let conversation_id = match entry.owner {
            MediaOwner::Conversation(conversation) => {
                self.conversation(principal, conversation)?;
                Some(conversation)
            }
            MediaOwner::User(user) => {
                let sent_in: Vec<ConversationId> = self.view(|views| views.media.sent_in(id).collect());
                let seen = sent_in.iter().find(|conversation| self.conversation(principal, **conversation).is_ok());
                if seen.is_none() && user != principal.user_id {
                    return Err(Rejection::NotFound.into());
                }
                seen.copied()
            }
        };
        let known = |filename, status| MediaCard { id, status, filename, conversation_id };
        Ok(match entry.state {
            MediaState::Pending => known(self.remote_name(entry.first_pos), MediaStatus::Pending),
            MediaState::Erased => known(None, MediaStatus::Erased),
            MediaState::Stored { .. } => {
                let (file, filename) = self.file_of(id).ok_or(Rejection::NotFound)?;
                known(filename, MediaStatus::Stored(file))
            }
            MediaState::Failed { pos } => {
                let reason = match self.event_open(pos)?.map(|recorded| recorded.event) {
                    Some(Event::MediaFailed(event)) => event.reason,
                    _ => "gone".to_owned(),
                };
                known(self.remote_name(entry.first_pos), MediaStatus::Failed(reason))
            }
        })
    }

    /// Opens a file for reading. One that is not (or not any more) here is [`Rejection::NotFound`].
    pub fn open_media(&self, principal: &Principal, id: MediaId) -> Answer<OpenMedia> {
        let card = self.media(principal, id)?;
        let MediaStatus::Stored(file) = card.status else { return Err(Rejection::NotFound.into()) };
        let store = self.store();
        if !store.has(&file.content_id) {
            return Err(Rejection::NotFound.into());
        }
        Ok(OpenMedia { file, filename: card.filename, store })
    }

    /// Where the bytes lie.
    pub(crate) fn store(&self) -> Store {
        Store::new(self.shared.media_dir.clone(), self.reader().clone())
    }

    /// The file behind an id, with its name; `None` where it has not come, will not come, or is gone.
    pub(crate) fn file_of(&self, id: MediaId) -> Option<(StoredFile, Option<String>)> {
        let entry = self.view(|views| views.media.get(id).copied())?;
        let MediaState::Stored { pos } = entry.state else { return None };
        match self.event_open(pos).ok().flatten()?.event {
            Event::MediaUploaded(event) => Some((event.file, event.private.and_then(|private| private.filename))),
            Event::MediaStored(event) => Some((event.file, self.remote_name(entry.first_pos))),
            _ => None,
        }
    }

    /// What the customer called a file.
    fn remote_name(&self, requested_pos: u64) -> Option<String> {
        match self.event_open(requested_pos).ok().flatten()?.event {
            Event::MediaFetchRequested(event) => event.private.and_then(|remote| remote.filename),
            _ => None,
        }
    }
}
