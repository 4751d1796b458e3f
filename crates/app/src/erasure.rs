//! Erasing a contact: decided as a fact, then the keys are destroyed, the files removed, the search index purged and what memory holds dropped,
//! then said to be done. What a crash leaves half done is finished at the next start. Counts and clocks stay.

use domain::access::{Action, Principal};
use domain::contact::erase;
use domain::conversation::{dispatch, schedule};
use domain::event::media::MediaUploaded;
use domain::event::{Event, SealKey, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Millis;
use event_log::KeyId;
use projections::outbox::OutboxState;

use crate::gate::Gate;
use crate::workers::{Next, Worker};
use crate::{Desk, Done, Failure};

/// Shortest identity looked for inside unplaced items: shorter ones would match by chance.
const IDENTITY_MIN: usize = 5;
/// When to try again to finish.
const AGAIN_AFTER: Millis = Millis::seconds(30);

impl Desk {
    /// Erases a contact with everybody merged into them: every name, number, message and file becomes unreadable for ever.
    /// Returns when the keys are gone.
    pub async fn erase_contact(
        &self,
        principal: &Principal,
        id: ContactId,
        reason: Option<String>,
    ) -> Result<Done<()>, Failure> {
        let by = principal.clone();
        // The person is erased, whichever of their names somebody came across.
        let id = self.view(|views| views.directory.contacts.resolve(id));
        let asker = by.clone();
        self.run(principal.actor(), move |step| {
            let mut gate = Gate::new(step, &asker);
            let step = &mut gate.contact(Action::ContactErase, id)?;
            if step.world.contacts.get(&id).is_some_and(|contact| contact.erased) {
                return Err(Rejection::ContactErased);
            }
            Ok(())
        })
        .await?;
        let desk = self.clone();
        let found = tokio::task::spawn_blocking(move || desk.find_traces(id));
        let traces = found.await.map_err(|_| Failure::Internal)??;
        self.run(principal.actor(), move |step| {
            let mut gate = Gate::new(step, &by);
            let step = &mut gate.contact(Action::ContactErase, id)?;
            erase::start(step, id, traces, reason)
        })
        .await?;
        self.finish_erasure(id).await
    }

    /// Open items that name the contact, and the files of their conversations with the uploads they are copies of.
    fn find_traces(&self, id: ContactId) -> Result<erase::Traces, Failure> {
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
                    Event::MessageScheduled(event) => media.extend(event.media_id),
                    Event::MessageScheduleChanged(event) => media.extend(event.media_id),
                    _ => {}
                }
            }
        }
        let mut names = Vec::new();
        for upload in
            media.iter().filter_map(|copy| self.upload_of(*copy).transpose()).collect::<Result<Vec<_>, _>>()?
        {
            media.push(upload.media_id);
            names.extend(upload.name_seal);
        }
        media.sort_unstable();
        media.dedup();
        names.sort_unstable();
        names.dedup();
        Ok(erase::Traces { quarantined, media, names })
    }

    /// The upload that a file sent to a contact is a copy of. Whoever else it was sent to has a copy of their own; who wants to
    /// send it once more uploads it again.
    fn upload_of(&self, copy: MediaId) -> Result<Option<MediaUploaded>, Failure> {
        let uploaded = |id: MediaId| -> Result<Option<MediaUploaded>, Failure> {
            let Some(entry) = self.view(|views| views.media.get(id).copied()) else { return Ok(None) };
            match self.event_open(entry.first_pos)?.map(|recorded| recorded.event) {
                Some(Event::MediaUploaded(event)) => Ok(Some(event)),
                _ => Ok(None),
            }
        };
        match uploaded(copy)?.and_then(|event| event.copy_of) {
            Some(original) => uploaded(original),
            None => Ok(None),
        }
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
        self.shared.kept.forget();
        self.shared.uploads.forget(&erasure.media);
        let desk = self.clone();
        let theirs = group.clone();
        let removed = tokio::task::spawn_blocking(move || {
            desk.purge_search(&theirs)?;
            desk.remove_files(&erasure.media)
        });
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

    /// What still waited to be sent, or for its time, has failed: its content is gone.
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
        let later: Vec<(MessageId, u64)> = self.view(|views| {
            let theirs = views.schedules.iter().filter(|waiting| group.contains(&waiting.contact_id));
            theirs.map(|waiting| (waiting.message_id, waiting.written_pos)).collect()
        });
        for (message, pos) in later {
            let gone = schedule::Written { pos, content: None, context_provider_id: None };
            self.work(move |step| schedule::due(step, message, gone)).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tests::holding;
    use crate::provider::Provider;
    use crate::testing::{Bench, Download, picture, soon};
    use crate::workers::Wake;
    use domain::content::Content;
    use domain::inbound::{InboundFact, InboundItem, Route};
    use futures_util::stream;
    use std::sync::Arc;

    const TOKEN: &str = "violet-canary-4711";

    async fn history(bench: &Bench) -> (ConversationId, ContactId) {
        let bytes = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", TOKEN.as_bytes()].concat();
        bench.provider.files.lock().insert("m1".to_owned(), Download::Gives(bytes.clone()));
        let conversation = bench.says("34600111222", &format!("I am {TOKEN}")).await;
        bench.customer("34600111222", picture("m1", "image/png")).await;
        let provider: Arc<dyn Provider> = bench.provider.clone();
        let mut fetcher = crate::media::FetchWorker::new(bench.desk.clone(), provider, Wake::default());
        fetcher.step().await;
        soon(fetcher.drain()).await;
        let uploaded = bench
            .desk
            .store_upload(&bench.principal(), Some(TOKEN), None, stream::iter([Ok::<_, ()>(bytes)]))
            .await
            .unwrap();
        let content = Content {
            kind: domain::content::MessageKind::Image,
            body: serde_json::json!({"id": uploaded.media_id, "caption": TOKEN}),
        };
        let (content, copy) = bench.desk.attach(&bench.principal(), conversation, content).await.unwrap();
        bench.replies(conversation, content, copy).await;
        let broken = InboundItem {
            route: Route::Number("999".to_owned()),
            fact: InboundFact::Unknown { field: "messages".to_owned(), body: serde_json::Value::Null },
            raw: format!("{{\"from\":\"34600111222\",\"text\":\"{TOKEN}\"}}"),
        };
        bench.desk.take_webhook(vec![broken], vec![]).await.unwrap();
        let contact = bench.desk.view(|views| views.inbox.get(conversation).unwrap().contact_id());
        (conversation, contact)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_personal_can_be_read_after_an_erasure_and_counts_stay() {
        let bench = Bench::new().await;
        let (conversation, contact) = history(&bench).await;
        let before = bench.desk.view(|views| (views.inbox.len(), views.quarantine.len()));
        assert_eq!(before, (1, 1));
        bench.desk.contact_name(contact).expect("it is known");
        let readable = |bench: &Bench| format!("{:?}", bench.events()).contains(TOKEN);
        assert!(readable(&bench));
        bench.desk.erase_contact(&bench.principal(), contact, None).await.unwrap();
        assert!(!readable(&bench));
        assert!(!format!("{:?}", bench.events()).contains("34600111222"));
        assert_eq!(bench.desk.view(|views| (views.inbox.len(), views.quarantine.len())), (1, 0));
        assert_eq!(bench.desk.contact_name(contact), None);
        let files = bench.events().into_iter().filter_map(|event| match event {
            Event::MediaFetchRequested(event) => Some(event.media_id),
            // The upload and the copy that was sent.
            Event::MediaUploaded(event) => Some(event.media_id),
            _ => None,
        });
        for id in files {
            assert!(bench.desk.open_media(&bench.principal(), id).is_err());
        }
        assert!(holding(bench.dir.path(), TOKEN.as_bytes()).is_empty());
        assert!(holding(bench.dir.path(), b"34600111222").is_empty());
        assert_eq!(bench.desk.view(|views| views.outbox.len()), 0, "what waited is dropped");
        let timeline = bench.desk.timeline(&bench.principal(), conversation).unwrap();
        assert!(timeline.messages().all(|message| message.content.is_none()));
        let again = bench.says("34600111222", "hello again").await;
        assert_ne!(again, conversation, "whoever writes now is somebody new");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_shown_before_an_erasure_is_not_shown_from_memory_after_it() {
        let bench = Bench::new().await;
        let (conversation, contact) = history(&bench).await;
        let shown = || {
            let timeline = bench.desk.timeline(&bench.principal(), conversation).unwrap();
            let row = bench.desk.conversation(&bench.principal(), conversation).unwrap();
            let files = timeline.messages().filter_map(|message| message.media_id);
            let files: Vec<_> = files.map(|id| bench.desk.media_of_message(id).unwrap().filename).collect();
            format!("{:?} {:?} {files:?}", timeline.entries(), bench.desk.last_message(&row))
        };
        let before = shown();
        assert!(before.matches(TOKEN).count() >= 4, "words, a caption, the newest message and a file's name: {before}");
        bench.desk.erase_contact(&bench.principal(), contact, None).await.unwrap();
        assert!(!shown().contains(TOKEN));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_conversation_is_shown_with_what_was_said_last_however_often_it_was_read() {
        let bench = Bench::new().await;
        let conversation = bench.says("34600111222", "one").await;
        for words in ["two", "three", "four"] {
            let read = || bench.desk.timeline(&bench.principal(), conversation).unwrap();
            let before = read();
            assert!(Arc::ptr_eq(&before, &read()), "nothing happened in between");
            bench.says("34600111222", words).await;
            assert_eq!(read().messages().count(), before.messages().count() + 1);
            assert!(format!("{:?}", read().messages().next_back()).contains(words));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_late_report_about_an_erased_customer_does_not_stop_the_desk() {
        let bench = Bench::new().await;
        let conversation = bench.says("34600111222", "hi").await;
        let message = bench.answers(conversation, "hello").await;
        let attempt = bench.desk.work(move |step| dispatch::start(step, message)).await.unwrap().value.unwrap();
        let contact = bench.desk.view(|views| views.inbox.get(conversation).unwrap().contact_id());
        bench.desk.erase_contact(&bench.principal(), contact, None).await.unwrap();
        let outcome =
            dispatch::Outcome::Accepted { provider_id: "wamid.late".to_owned(), held: false, recipient: Vec::new() };
        bench.desk.work(move |step| dispatch::finish(step, message, attempt, outcome)).await.unwrap();
        assert_eq!(bench.status(message), "accepted");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_erasure_that_a_crash_interrupted_is_finished_at_the_next_start() {
        let bench = Bench::new().await;
        let conversation = bench.says("34600111222", &format!("I am {TOKEN}")).await;
        let contact = bench.desk.view(|views| views.inbox.get(conversation).unwrap().contact_id());
        bench.desk.work(move |step| erase::start(step, contact, erase::Traces::default(), None)).await.unwrap();
        let bench = bench.restarted();
        assert!(format!("{:?}", bench.events()).contains(TOKEN), "the key is still there");
        ErasureWorker::new(bench.desk.clone()).step().await;
        assert!(!format!("{:?}", bench.events()).contains(TOKEN));
        assert!(bench.events().iter().any(|event| matches!(event, Event::ContactErased(_))));
        let events = bench.events().len();
        ErasureWorker::new(bench.desk.clone()).step().await;
        assert_eq!(bench.events().len(), events, "once");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn only_a_super_admin_may() {
        let bench = Bench::new().await;
        let conversation = bench.says("34600111222", "hi").await;
        let contact = bench.desk.view(|views| views.inbox.get(conversation).unwrap().contact_id());
        let stranger = Principal::plain(UserId::from_u128(1), domain::access::Role::SuperAdmin);
        assert!(bench.desk.erase_contact(&stranger, contact, None).await.is_err());
        assert!(bench.events().iter().all(|event| !matches!(event, Event::ContactErasureStarted(_))));
    }
}
