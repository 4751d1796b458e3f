//! Our files at the provider: each is uploaded once per number and its id there remembered while it is good.

use std::collections::BTreeMap;

use domain::ids::{ChannelId, MediaId};
use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;

use crate::Desk;
use crate::channel_book::Connector;
use crate::provider::{CallError, CallRefused, Provider, Upload};

/// The provider keeps a file for 30 days; we rely on it for less.
const GOOD_FOR: Millis = Millis::days(25);
/// Ids remembered at most.
const REMEMBERED_MAX: usize = 10_000;

/// Why a file is not at the provider.
pub(super) enum NotUploaded {
    /// We have no such file (any more).
    NoFile,
    Unreachable,
    Refused(CallRefused),
}

/// The remembered ids.
#[derive(Default)]
pub(crate) struct Uploads {
    known: Mutex<BTreeMap<(MediaId, ChannelId), (String, Timestamp)>>,
}

impl Uploads {
    /// The provider's id of our file.
    pub(super) async fn at_provider(
        &self,
        desk: &Desk,
        provider: &dyn Provider,
        via: &Connector,
        media: MediaId,
    ) -> Result<String, NotUploaded> {
        let place = (media, via.channel_id);
        let now = desk.now();
        if let Some((id, until)) = self.known.lock().get(&place)
            && *until > now
        {
            return Ok(id.clone());
        }
        let (file, filename) = desk.file_of(media).ok_or(NotUploaded::NoFile)?;
        let body = desk.store().read(&file, 0, file.size).map_err(|_| NotUploaded::NoFile)?;
        let upload = Upload { mime: file.mime.clone(), filename, size: file.size, body: body.into_stream() };
        let id = provider.upload(via, upload).await.map_err(|error| match error {
            CallError::Refused(refusal) => NotUploaded::Refused(refusal),
            CallError::Unreachable { .. } => NotUploaded::Unreachable,
        })?;
        let mut known = self.known.lock();
        if known.len() >= REMEMBERED_MAX {
            known.retain(|_, (_, until)| *until > now);
            if known.len() >= REMEMBERED_MAX {
                known.pop_first();
            }
        }
        known.insert(place, (id.clone(), now + GOOD_FOR));
        Ok(id)
    }

    /// Forgets files of an erased contact.
    pub(crate) fn forget(&self, media: &[MediaId]) {
        self.known.lock().retain(|(id, _), _| !media.contains(id));
    }
}
