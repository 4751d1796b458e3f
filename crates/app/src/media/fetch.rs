//! Fetches the files that customers' messages name: into the store, sealed with the contact's key, then a fact in the
//! conversation. The provider's address for a file is asked for anew on each try; what does not come within a week will
//! not come.

use std::collections::BTreeMap;
use std::sync::Arc;

use channels::whatsapp::media::checksum;
use domain::event::media::{MediaFailed, MediaStored, RemoteFile, StoredFile};
use domain::event::{Event, SealKey, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::step::Step;
use domain::time::{Millis, Timestamp};
use projections::media::PendingFetch;
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::task::JoinSet;

use super::store::{Incoming, Landed, StoreError};
use crate::provider::{DownloadError, Provider};
use crate::workers::{Next, Wake, Worker};
use crate::{Desk, Failure};

/// Downloads at once.
const AT_ONCE_MAX: usize = 4;
/// How long a file may take to come.
const GIVE_UP_AFTER: Millis = Millis::days(7);
/// Waits between tries, doubled from the first to the longest.
const WAIT_MIN: Millis = Millis::seconds(5);
const WAIT_MAX: Millis = Millis::hours(1);
/// Largest picture, sound or film, in bytes.
pub const MEDIA_BYTES_MAX: u64 = 16 << 20;
/// Largest document.
pub const DOCUMENT_BYTES_MAX: u64 = 100 << 20;
/// Between the connection and the sealer.
const PIPE: usize = 64 << 10;

/// How one try ended.
enum Try {
    Settled,
    /// Not yet.
    Later,
}

/// See the module.
pub(crate) struct FetchWorker {
    fetcher: Fetcher,
    wake: Wake,
    tries: JoinSet<(MediaId, Try)>,
    under_way: std::collections::BTreeSet<MediaId>,
    /// Tries so far, and when the next may be made. Starts anew with the process.
    waiting: BTreeMap<MediaId, (u32, Timestamp)>,
}

#[derive(Clone)]
struct Fetcher {
    desk: Desk,
    provider: Arc<dyn Provider>,
}

impl FetchWorker {
    pub(crate) fn new(desk: Desk, provider: Arc<dyn Provider>, wake: Wake) -> Self {
        let fetcher = Fetcher { desk, provider };
        Self { fetcher, wake, tries: JoinSet::new(), under_way: Default::default(), waiting: BTreeMap::new() }
    }

    /// Takes in what has ended.
    fn reap(&mut self, now: Timestamp) {
        while let Some(ended) = self.tries.try_join_next() {
            self.note(ended, now);
        }
    }

    fn note(&mut self, ended: Result<(MediaId, Try), tokio::task::JoinError>, now: Timestamp) {
        match ended {
            Ok((id, Try::Settled)) => {
                self.under_way.remove(&id);
                self.waiting.remove(&id);
            }
            Ok((id, Try::Later)) => {
                self.under_way.remove(&id);
                let (tries, at) = self.waiting.entry(id).or_insert((0, now));
                *at = now + Millis(WAIT_MIN.0 << (*tries).min(20)).min(WAIT_MAX);
                *tries += 1;
            }
            Err(error) => {
                tracing::error!(%error, "fetching a file panicked");
                // Which one is not told: all that nobody works on any more may be tried again.
                if self.tries.is_empty() {
                    self.under_way.clear();
                }
            }
        }
    }
}

impl Worker for FetchWorker {
    const NAME: &'static str = "media";

    async fn step(&mut self) -> Next {
        let now = self.fetcher.desk.now();
        self.reap(now);
        let room = AT_ONCE_MAX.saturating_sub(self.tries.len());
        let (due, next): (Vec<PendingFetch>, Option<Timestamp>) = self.fetcher.desk.view(|views| {
            self.waiting.retain(|id, _| views.media.pending_fetch(*id).is_some());
            let ready = |fetch: &&PendingFetch| self.waiting.get(&fetch.media_id).is_none_or(|(_, at)| *at <= now);
            let idle = views.media.pending().filter(|fetch| !self.under_way.contains(&fetch.media_id));
            let due = idle.filter(ready).take(room).copied().collect();
            (due, self.waiting.values().map(|(_, at)| *at).filter(|at| *at > now).min())
        });
        for fetch in due {
            self.under_way.insert(fetch.media_id);
            let (fetcher, wake) = (self.fetcher.clone(), self.wake.clone());
            self.tries.spawn(async move {
                let ended = fetcher.fetch(&fetch).await;
                wake.wake();
                (fetch.media_id, ended)
            });
        }
        Next::on_change().or_at(next)
    }

    async fn drain(&mut self) {
        while let Some(ended) = self.tries.join_next().await {
            let now = self.fetcher.desk.now();
            self.note(ended, now);
        }
    }

    async fn abandon(&mut self) {
        // What was written of a file goes with its task; it is fetched again at the next start.
        self.tries.shutdown().await;
    }
}

impl Fetcher {
    async fn fetch(&self, fetch: &PendingFetch) -> Try {
        if self.desk.now() - fetch.requested_at > GIVE_UP_AFTER {
            return self.failed(fetch, "expired").await;
        }
        match self.download(fetch).await {
            Ok(Some(landed)) => self.stored(fetch, landed).await,
            // Erased meanwhile: nothing is left to say.
            Ok(None) => Try::Settled,
            Err(DownloadError::TooLarge) => self.failed(fetch, "too_large").await,
            Err(DownloadError::Gone) => self.failed(fetch, "gone").await,
            Err(DownloadError::Blocked { reason }) => {
                tracing::warn!(media = %fetch.media_id, reason, "a file lies where we do not go");
                self.failed(fetch, "blocked").await
            }
            Err(DownloadError::HashMismatch) => self.failed(fetch, "hash_mismatch").await,
            Err(DownloadError::Later { reason }) => {
                tracing::info!(media = %fetch.media_id, reason, "a file does not come yet");
                Try::Later
            }
        }
    }

    async fn download(&self, fetch: &PendingFetch) -> Result<Option<Landed>, DownloadError> {
        let later = |reason| DownloadError::Later { reason };
        let requested = self.desk.event_open(fetch.pos).map_err(|_| later("the log cannot be read"))?;
        let Some(Event::MediaFetchRequested(requested)) = requested.map(|recorded| recorded.event) else {
            return Err(later("the log cannot be read"));
        };
        let Some(remote) = requested.private else { return Ok(None) };
        let Some(seal) = self.seal(fetch.contact_id).await.map_err(|_| later("the desk is busy"))? else {
            return Ok(None);
        };
        let connector = self.desk.shared.channels.read().get(fetch.channel_id).cloned();
        let connector = connector.ok_or(later("the channel has no credentials"))?;
        let size_max = size_max(&remote);
        let store = self.desk.store();
        let mut incoming = store.begin(fetch.media_id, seal, size_max, remote.mime.clone());
        let (mut writer, reader) = tokio::io::duplex(PIPE);
        let download = async {
            let downloaded = self.provider.download(&connector, &remote.provider_media_id, size_max, &mut writer).await;
            drop(writer);
            downloaded
        };
        let (downloaded, all_taken) = tokio::join!(download, pump(reader, &mut incoming));
        if all_taken && let Err(error) = downloaded {
            incoming.abort().await;
            return Err(error);
        }
        let landed = incoming.finish().await.map_err(|error| match error {
            StoreError::TooLarge { .. } => DownloadError::TooLarge,
            error => {
                tracing::warn!(%error, media = %fetch.media_id, "a file cannot be stored");
                later("it cannot be stored")
            }
        })?;
        // What is no checksum at all says nothing about the file.
        let declared = remote.sha256.as_deref().and_then(|text| checksum(text.trim()));
        if declared.is_some_and(|declared| declared != landed.sha256) {
            self.remove(&landed.file);
            return Err(DownloadError::HashMismatch);
        }
        Ok(Some(landed))
    }

    /// The contact's key, unless they were erased.
    async fn seal(&self, contact: ContactId) -> Result<Option<SealKey>, Failure> {
        let done = self
            .desk
            .work(move |step| Ok(step.world.contacts.get(&contact).filter(|it| !it.erased).map(|it| it.seal)))
            .await?;
        Ok(done.value)
    }

    async fn stored(&self, fetch: &PendingFetch, landed: Landed) -> Try {
        let (fetch, file) = (*fetch, landed.file.clone());
        let written = self
            .desk
            .work(move |step| {
                still_wanted(step, &fetch)?;
                let event = MediaStored {
                    media_id: fetch.media_id,
                    conversation_id: fetch.conversation_id,
                    message_id: fetch.message_id,
                    file,
                };
                step.emit(StreamId::Conversation(fetch.conversation_id), event);
                Ok(())
            })
            .await;
        match written {
            Ok(_) => Try::Settled,
            Err(failure) => {
                self.remove(&landed.file);
                let refused = matches!(failure, Failure::Rejected(_));
                if refused { Try::Settled } else { Try::Later }
            }
        }
    }

    async fn failed(&self, fetch: &PendingFetch, reason: &'static str) -> Try {
        let fetch = *fetch;
        let written = self
            .desk
            .work(move |step| {
                still_wanted(step, &fetch)?;
                let event = MediaFailed {
                    media_id: fetch.media_id,
                    conversation_id: fetch.conversation_id,
                    message_id: fetch.message_id,
                    reason: reason.to_owned(),
                };
                step.emit(StreamId::Conversation(fetch.conversation_id), event);
                Ok(())
            })
            .await;
        match written {
            Ok(_) | Err(Failure::Rejected(_)) => Try::Settled,
            Err(_) => Try::Later,
        }
    }

    fn remove(&self, file: &StoredFile) {
        if let Err(error) = self.desk.store().remove(&file.content_id) {
            tracing::warn!(%error, "a file that nobody names stays until it is erased");
        }
    }
}

/// Passes everything on; `false` where the store refused to take more.
async fn pump(mut reader: DuplexStream, incoming: &mut Incoming) -> bool {
    loop {
        let mut bytes = vec![0; PIPE];
        match reader.read(&mut bytes).await {
            Ok(0) | Err(_) => return true,
            Ok(count) => {
                bytes.truncate(count);
                if !incoming.write(bytes).await {
                    return false;
                }
            }
        }
    }
}

/// Not for a message that was taken back, nor about somebody who was erased.
fn still_wanted(step: &mut Step<'_>, fetch: &PendingFetch) -> Result<(), Rejection> {
    if step.world.contacts.get(&fetch.contact_id).is_none_or(|contact| contact.erased) {
        return Err(Rejection::ContactErased);
    }
    let conversation = step.conversation(fetch.conversation_id).ok_or(Rejection::NotFound)?;
    match conversation.messages.get(&fetch.message_id) {
        Some(message) if !message.revoked => Ok(()),
        _ => Err(Rejection::NotFound),
    }
}

/// What a customer may send is larger than what we may.
fn size_max(remote: &RemoteFile) -> u64 {
    let kind = remote.mime.as_deref().and_then(|mime| mime.split('/').next()).unwrap_or_default();
    if matches!(kind, "image" | "audio" | "video") { MEDIA_BYTES_MAX } else { DOCUMENT_BYTES_MAX }
}
