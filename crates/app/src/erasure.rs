//! Erasing a contact: decided as a fact, then the keys are destroyed, the files removed and what memory holds dropped,
//! then said to be done. What a crash leaves half done is finished at the next start. Counts and clocks stay.

use domain::access::{Action, Principal};
use domain::contact::erase;
use domain::conversation::dispatch;
use domain::event::{Actor, Event, SealKey, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Millis;
use event_log::KeyId;
use projections::outbox::OutboxState;

use crate::queries::guard_contact;
use crate::workers::{Next, Worker};
use crate::{Desk, Done, Failure};

/// Shortest identity looked for inside unplaced items: shorter ones would match by chance.
const IDENTITY_MIN: usize = 5;
/// When to try again to finish.
const AGAIN_AFTER: Millis = Millis::seconds(30);

impl Desk {
    /// Erases a contact with everybody merged into them: every name, number, message and file becomes unreadable for ever.
    /// Returns when the keys are gone.
    pub async fn erase_contact(&self, principal: &Principal, id: ContactId) -> Result<Done<()>, Failure> {
        let user = principal.user_id;
        // The person is erased, whichever of their names somebody came across.
        let id = self.view(|views| views.directory.contacts.resolve(id));
        self.run(Actor::User(user), move |step| {
            guard_contact(step, user, Action::ContactErase, id)?;
            if step.world.contacts.get(&id).is_some_and(|contact| contact.erased) {
                return Err(Rejection::ContactErased);
            }
            Ok(())
        })
        .await?;
        let desk = self.clone();
        let found = tokio::task::spawn_blocking(move || desk.find_traces(id));
        let (quarantined, media) = found.await.map_err(|_| Failure::Internal)??;
        self.run(Actor::User(user), move |step| {
            guard_contact(step, user, Action::ContactErase, id)?;
            erase::start(step, id, quarantined, media)
        })
        .await?;
        self.finish_erasure(id).await
    }

    /// Open items that name the contact, and the files of their conversations.
    fn find_traces(&self, id: ContactId) -> Result<(Vec<QuarantineId>, Vec<MediaId>), Failure> {
        let group = self.view(|views| views.directory.contacts.group(id));
        let mut values = Vec::new();
        for contact in &group {
            let card = self.contact_card(*contact)?;
            values.extend(card.identities.into_iter().filter_map(|known| known.value));
        }
        values.retain(|value| value.len() >= IDENTITY_MIN);
        let open: Vec<(QuarantineId, u64)> =
            self.view(|views| views.quarantine.iter().map(|item| (item.id, item.pos)).collect());
        let mut quarantined = Vec::new();
        for (item, pos) in open {
            let Some(recorded) = self.event_open(pos)? else { continue };
            let Event::QuarantineItemAdded(added) = recorded.event else { continue };
            let names = |raw: &str| values.iter().any(|value| raw.contains(value.as_str()));
            if added.private.is_some_and(|private| names(&private.raw)) {
                quarantined.push(item);
            }
        }
        let conversations: Vec<ConversationId> = self.view(|views| {
            group.iter().flat_map(|contact| views.inbox.of_contact(*contact)).map(|row| row.id()).collect()
        });
        let mut media = Vec::new();
        for conversation in conversations {
            for recorded in self.stream_open(StreamId::Conversation(conversation))? {
                match recorded.event {
                    Event::MediaFetchRequested(event) => media.push(event.media_id),
                    Event::MessageQueued(event) => media.extend(event.media_id),
                    _ => {}
                }
            }
        }
        media.sort_unstable();
        media.dedup();
        Ok((quarantined, media))
    }

    /// Everything after the decision. Safe to repeat.
    pub(crate) async fn finish_erasure(&self, id: ContactId) -> Result<Done<()>, Failure> {
        let started = self.work(move |step| Ok(step.world.erasures.get(&id).cloned())).await?;
        let Some(erasure) = started.value else { return Ok(Done { value: (), pos: started.pos }) };
        let keys: Vec<KeyId> = erasure
            .seals
            .iter()
            .filter(|seal| **seal != SealKey::WORKSPACE)
            .map(|seal| KeyId(u64::from(seal.0)))
            .collect();
        self.erase_keys(keys).await?;
        let group = self.view(|views| views.directory.contacts.group(id));
        {
            let mut names = self.shared.names.lock();
            group.iter().for_each(|contact| drop(names.remove(contact)));
        }
        self.shared.uploads.forget(&erasure.media);
        let desk = self.clone();
        let removed = tokio::task::spawn_blocking(move || desk.remove_files(&erasure.media));
        removed.await.map_err(|_| Failure::Internal)??;
        self.drop_queued(&group).await?;
        self.work(move |step| erase::finish(step, id)).await
    }

    /// Without the key nobody can read them; gone they need no place either.
    fn remove_files(&self, media: &[MediaId]) -> Result<(), Failure> {
        for id in media {
            for content_id in self.content_ids(*id)? {
                self.store().remove(&content_id).map_err(|error| {
                    tracing::error!(%error, "a file of an erased contact stays for now");
                    Failure::Internal
                })?;
            }
        }
        Ok(())
    }

    /// The files ever stored for an id. The views have forgotten them by now, the log has not.
    fn content_ids(&self, id: MediaId) -> Result<Vec<String>, Failure> {
        let Some(entry) = self.view(|views| views.media.get(id).copied()) else { return Ok(Vec::new()) };
        let Some(first) = self.event_open(entry.first_pos)? else { return Ok(Vec::new()) };
        match first.event {
            Event::MediaUploaded(event) => Ok(vec![event.file.content_id]),
            Event::MediaFetchRequested(event) => {
                let stream = self.stream_open(StreamId::Conversation(event.conversation_id))?;
                let stored = stream.into_iter().filter_map(|recorded| match recorded.event {
                    Event::MediaStored(stored) if stored.media_id == id => Some(stored.file.content_id),
                    _ => None,
                });
                Ok(stored.collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What still waited to be sent has failed: its content is gone.
    async fn drop_queued(&self, group: &std::collections::BTreeSet<ContactId>) -> Result<(), Failure> {
        let waiting: Vec<MessageId> = self.view(|views| {
            let theirs = views.outbox.iter().filter(|entry| group.contains(&entry.contact_id));
            let unsent = theirs.filter(|entry| matches!(entry.state, OutboxState::Queued | OutboxState::Held));
            unsent.map(|entry| entry.message_id).collect()
        });
        for message in waiting {
            // The decision refuses to send to somebody erased, which is what ends the message.
            self.work(move |step| dispatch::start(step, message)).await?;
        }
        Ok(())
    }
}

/// Finishes erasures that something interrupted.
pub(crate) struct ErasureWorker {
    desk: Desk,
}

impl ErasureWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    async fn finish_all(&self) -> Result<(), Failure> {
        let unfinished = self.desk.work(|step| Ok(step.world.erasures.keys().copied().collect::<Vec<_>>())).await?;
        for id in unfinished.value {
            self.desk.finish_erasure(id).await?;
        }
        Ok(())
    }
}

impl Worker for ErasureWorker {
    const NAME: &'static str = "erasures";

    async fn step(&mut self) -> Next {
        if let Err(failure) = self.finish_all().await {
            tracing::error!(%failure, "an erasure is not finished yet");
            return Next::at(self.desk.now() + AGAIN_AFTER);
        }
        Next::default()
    }
}
