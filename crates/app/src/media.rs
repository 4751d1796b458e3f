//! Files: where their bytes lie ([`store`]), how those of customers come here, how agents bring theirs, who may open
//! which. Bytes are encrypted with the key of the contact they belong to and are never in the log.

use domain::event::Event;
use domain::event::media::StoredFile;
use domain::ids::MediaId;
use projections::media::MediaState;

pub mod store;

pub use store::Store;

use crate::Desk;

impl Desk {
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
            Event::MediaStored(event) => {
                let requested = self.event_open(entry.first_pos).ok().flatten();
                let filename = requested.and_then(|requested| match requested.event {
                    Event::MediaFetchRequested(event) => event.private.and_then(|remote| remote.filename),
                    _ => None,
                });
                Some((event.file, filename))
            }
            _ => None,
        }
    }
}
