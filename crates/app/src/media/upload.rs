//! Files that agents bring. One lies under the workspace's key until it is sent; sending makes a copy under the key of the
//! contact, so that erasing the contact takes it along and another contact's copy stays. What is not sent within a week is
//! removed by [`SweepWorker`].

use std::io;

use domain::access::{Action, Principal};
use domain::content::Content;
use domain::event::media::{FileName, MediaUploaded};
use domain::event::{SealKey, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};
use futures_util::{Stream, StreamExt};

use super::references;
use super::store::{Landed, Pieces, StoreError};
use crate::gate::Gate;
use crate::queries::Answer;
use crate::workers::{Next, Worker};
use crate::{Desk, Failure};

/// Largest file somebody may bring, in bytes.
pub const UPLOAD_BYTES_MAX: u64 = 100 << 20;
/// Characters kept of a file's name.
const FILENAME_MAX: usize = 240;
/// How long a file waits to be sent.
const KEPT_UNSENT: Millis = Millis::days(7);
/// How often unsent files are looked for.
const SWEEP_EVERY: Millis = Millis::hours(1);

/// Why an upload was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error("larger than {max} bytes")]
    TooLarge { max: u64 },
    #[error("empty")]
    Empty,
    /// The sender went away.
    #[error("the upload ended early")]
    Interrupted,
}

/// Where a file that lands in the store comes from.
#[derive(Clone, Copy)]
enum Origin {
    Brought,
    Copy { of: MediaId, contact: ContactId },
}

impl Desk {
    /// Takes a file in while it arrives.
    ///
    /// # Errors
    /// [`UploadError`]; nothing is left behind then.
    pub async fn store_upload<S, B, E>(
        &self,
        principal: &Principal,
        filename: Option<&str>,
        declared: Option<&str>,
        bytes: S,
    ) -> Result<MediaUploaded, UploadError>
    where
        S: Stream<Item = Result<B, E>>,
        B: Into<Vec<u8>>,
    {
        self.allow(principal, Action::MediaUpload)?;
        let media_id = self.fresh_media_id();
        let declared = declared.map(str::to_owned);
        let mut incoming = self.store().begin(media_id, SealKey::WORKSPACE, UPLOAD_BYTES_MAX, declared);
        let mut bytes = std::pin::pin!(bytes);
        while let Some(piece) = bytes.next().await {
            let Ok(piece) = piece else {
                incoming.abort().await;
                return Err(UploadError::Interrupted);
            };
            if !incoming.write(piece.into()).await {
                break;
            }
        }
        let landed = incoming.finish().await.map_err(refused)?;
        if landed.file.size == 0 {
            self.discard(&landed);
            return Err(UploadError::Empty);
        }
        Ok(self.uploaded(principal, media_id, landed, filename.and_then(plain_name), Origin::Brought).await?)
    }

    /// Makes content ready to be sent in a conversation: a file of ours that it names is copied for the contact. Gives the
    /// content with the copy's id, and that id for [`domain::conversation::reply::Reply::media_id`].
    ///
    /// # Errors
    /// Unknown files, more than one, and files that the sender may not open.
    pub async fn attach(
        &self,
        principal: &Principal,
        conversation: ConversationId,
        mut content: Content,
    ) -> Answer<(Content, Option<MediaId>)> {
        let named = references::named(&content);
        let Some(source) = named.first().copied() else {
            // An id of the provider's own would be somebody else's file.
            if content.provider_media_id().is_some() {
                return Err(Rejection::UnknownReference { field: "id" }.into());
            }
            return Ok((content, None));
        };
        if named.len() > 1 {
            let detail = "one message carries one file".to_owned();
            return Err(Rejection::Invalid { field: "id", detail }.into());
        }
        let contact = self.conversation(principal, conversation)?.contact_id();
        let opened = self.open_media(principal, source).map_err(|failure| match failure {
            Failure::Rejected(_) => Failure::Rejected(Rejection::UnknownReference { field: "id" }),
            failure => failure,
        })?;
        let seal = self.work(move |step| {
            let contact = step.world.contacts.get(&contact).ok_or(Rejection::NotFound)?;
            if contact.erased { Err(Rejection::ContactErased) } else { Ok(contact.seal) }
        });
        let seal = seal.await?.value;
        let media_id = self.fresh_media_id();
        let pieces = opened.read(0, opened.file.size).map_err(unreadable)?;
        let landed = self.copy(media_id, seal, &opened.file.mime, opened.file.size, pieces).await?;
        self.uploaded(principal, media_id, landed, opened.filename, Origin::Copy { of: source, contact }).await?;
        references::rename(&mut content, &source.to_string(), &media_id.to_string());
        Ok((content, Some(media_id)))
    }

    async fn copy(
        &self,
        media_id: MediaId,
        seal: SealKey,
        mime: &str,
        size: u64,
        mut pieces: Pieces,
    ) -> Result<Landed, Failure> {
        let mut incoming = self.store().begin(media_id, seal, size, Some(mime.to_owned()));
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(bytes) => {
                    if !incoming.write(bytes).await {
                        break;
                    }
                }
                Err(error) => {
                    incoming.abort().await;
                    return Err(unreadable(StoreError::Io(error)));
                }
            }
        }
        let mut landed = incoming.finish().await.map_err(unreadable)?;
        // It was judged when it came.
        mime.clone_into(&mut landed.file.mime);
        Ok(landed)
    }

    async fn uploaded(
        &self,
        principal: &Principal,
        media_id: MediaId,
        landed: Landed,
        filename: Option<String>,
        origin: Origin,
    ) -> Result<MediaUploaded, Failure> {
        let (user_id, by) = (principal.user_id, principal.clone());
        let private = Some(FileName { filename });
        let (copy_of, contact_id) = match origin {
            Origin::Brought => (None, None),
            Origin::Copy { of, contact } => (Some(of), Some(contact)),
        };
        let mut event =
            MediaUploaded { media_id, user_id, file: landed.file.clone(), name_seal: None, copy_of, private };
        let told = event.clone();
        let written = self.run(principal.actor(), move |step| {
            let mut gate = Gate::new(step, &by);
            let step = &mut gate.workspace(Action::MediaUpload)?;
            // Between the copy and this the contact may have been erased; then the key is gone and so must the file be.
            let contact = contact_id.and_then(|id| step.world.contacts.get(&id));
            if contact.is_some_and(|contact| contact.erased) {
                return Err(Rejection::ContactErased);
            }
            if event.copy_of.is_none() {
                event.name_seal = Some(step.next_seal());
            }
            step.emit(StreamId::Media(media_id), event);
            Ok(())
        });
        match written.await {
            Ok(_) => Ok(told),
            Err(failure) => {
                self.discard(&landed);
                Err(failure)
            }
        }
    }

    fn discard(&self, landed: &Landed) {
        if let Err(error) = self.store().remove(&landed.file.content_id) {
            tracing::warn!(%error, "a file that nobody names stays");
        }
    }

    fn fresh_media_id(&self) -> MediaId {
        IdMint::new(self.now(), self.entropy()).fresh()
    }
}

fn refused(error: StoreError) -> UploadError {
    match error {
        StoreError::TooLarge { max } => UploadError::TooLarge { max },
        StoreError::Unfinished => UploadError::Interrupted,
        StoreError::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
            Failure::LogUnavailable { reason: "the disk is full".to_owned() }.into()
        }
        error => unreadable(error).into(),
    }
}

fn unreadable(error: StoreError) -> Failure {
    tracing::error!(%error, "a file cannot be read or stored");
    Failure::Internal
}

/// A name is shown, never used as a path: what could mislead a reader goes.
fn plain_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = base.chars().filter(|c| !c.is_control()).take(FILENAME_MAX).collect();
    let plain = plain.trim().to_owned();
    (!plain.is_empty()).then_some(plain)
}

/// Removes files that nobody sent.
pub(crate) struct SweepWorker {
    desk: Desk,
    /// Everything before this time was looked at.
    swept: Option<Timestamp>,
}

impl SweepWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk, swept: None }
    }
}

impl Worker for SweepWorker {
    const NAME: &'static str = "unsent files";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        let before = now - KEPT_UNSENT;
        let since = self.swept.unwrap_or(Timestamp::from_millis(0));
        let old: Vec<MediaId> = self.desk.view(|views| views.media.unsent_between(since, before).collect());
        let desk = self.desk.clone();
        let removed = tokio::task::spawn_blocking(move || {
            for id in old {
                let Some((file, _)) = desk.file_of(id) else { continue };
                desk.store().remove(&file.content_id)?;
            }
            Ok::<_, io::Error>(())
        });
        match removed.await {
            Ok(Ok(())) => self.swept = Some(before),
            Ok(Err(error)) => tracing::warn!(%error, "unsent files stay for now"),
            Err(error) => tracing::error!(%error, "looking for unsent files panicked"),
        }
        Next::at(now + SWEEP_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn a_name_is_only_a_name() {
        let table = [
            ("../../etc/cron.d/x", Some("x")),
            ("C:\\temp\\report.pdf", Some("report.pdf")),
            ("a\0b\r\nc.txt", Some("abc.txt")),
            ("  ", None),
            ("..\\", None),
        ];
        for (given, kept) in table {
            assert_eq!(plain_name(given).as_deref(), kept, "{given:?}");
        }
        assert_eq!(plain_name(&"é".repeat(4_096)).unwrap().chars().count(), 240);
    }
}
