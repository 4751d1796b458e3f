//! One send from beginning to end, each step durable before the next: started, called, outcome. Whatever happens in
//! between (a panic of ours included) is written down as uncertain, never tried again by itself.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use domain::conversation::dispatch::{self, Outcome};
use domain::conversation::observe_status::callback_data;
use domain::event::message::MessageQueued;
use domain::event::{Event, StreamId};
use domain::step::message_key;
use domain::time::Millis;
use futures_util::FutureExt;
use projections::outbox::OutboxEntry;

use super::address::{name_target, recipient};
use super::flights::Flights;
use super::uploads::{NotUploaded, Uploads};
use super::verdict::{self, AGE_MAX, Tried, Verdict};
use crate::channel_book::Connector;
use crate::provider::{Outgoing, Provider, SendOutcome};
use crate::{Desk, Failure};

/// No answer after this long is an unknown end, should the provider's own limit not hold.
const SEND_MAX: Duration = Duration::from_secs(30);
/// How long the outbox waits when the log took nothing.
const LOG_PAUSE: Millis = Millis::seconds(1);
/// Waits between tries to write an outcome.
const WRITE_WAIT_MIN: Duration = Duration::from_millis(100);
const WRITE_WAIT_MAX: Duration = Duration::from_secs(5);

/// What every send needs.
#[derive(Clone)]
pub(super) struct Delivery {
    pub(super) desk: Desk,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) flights: Flights,
    pub(super) uploads: Arc<Uploads>,
}

/// What goes out, or why nothing does.
enum Prepared {
    Ready(Box<(Connector, Outgoing)>),
    Not(Verdict),
}

impl Delivery {
    /// Sends one message.
    pub(super) async fn run(self, entry: OutboxEntry) {
        let id = entry.message_id;
        let attempt = match self.desk.work(move |step| dispatch::start(step, id)).await {
            Ok(done) => match done.value {
                Some(attempt) => attempt,
                None => return,
            },
            Err(Failure::Rejected(rejection)) => {
                tracing::error!(message = %id, %rejection, "a queued message cannot be started");
                let until = self.desk.now() + LOG_PAUSE;
                self.flights.with(|state| state.log_pause = Some(until));
                return;
            }
            Err(failure) => {
                tracing::warn!(%failure, "the outbox waits for the log");
                let until = self.desk.now() + LOG_PAUSE;
                self.flights.with(|state| state.log_pause = Some(until));
                return;
            }
        };
        let verdict = AssertUnwindSafe(self.call(&entry, attempt)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(message = %id, attempt, "sending panicked");
            let outcome = Outcome::Uncertain { reason: "interrupted" };
            Verdict { outcome, news: None, pause_channel: None }
        });
        if let Some(news) = verdict.news {
            self.flights.learn(entry.channel_id, news, self.desk.now());
        }
        self.write(&entry, attempt, &verdict).await;
    }

    async fn call(&self, entry: &OutboxEntry, attempt: u32) -> Verdict {
        let (connector, outgoing) = match self.prepare(entry, attempt).await {
            Prepared::Ready(ready) => *ready,
            Prepared::Not(verdict) => return verdict,
        };
        let sent = tokio::time::timeout(SEND_MAX, self.provider.send(&connector, &outgoing)).await;
        verdict::on_send(self.tried(entry, attempt), sent.unwrap_or(SendOutcome::Uncertain { reason: "timeout" }))
    }

    async fn prepare(&self, entry: &OutboxEntry, attempt: u32) -> Prepared {
        let fail = |reason| Prepared::Not(verdict::failed(reason));
        let tried = self.tried(entry, attempt);
        if tried.now - tried.queued_at > AGE_MAX {
            return fail("expired");
        }
        let Some(queued) = self.queued(entry) else { return fail("content_lost") };
        let Some(private) = queued.private else { return fail("contact_erased") };
        let connector = self.desk.shared.channels.read().get(entry.channel_id).cloned();
        let Some(connector) = connector else { return fail("channel_disabled") };
        let to = self.desk.contact_card(entry.contact_id).ok().and_then(|card| recipient(&card));
        let Some(to) = to else { return fail("no_address") };
        let mut content = private.content;
        if let Some(media) = queued.media_id {
            match self.uploads.at_provider(&self.desk, &*self.provider, &connector, media).await {
                Ok(theirs) => crate::media::rename(&mut content, &media.to_string(), &theirs),
                Err(NotUploaded::NoFile) => return fail("file_lost"),
                Err(NotUploaded::Unreachable) => {
                    return Prepared::Not(verdict::on_unreachable(self.tried(entry, attempt)));
                }
                Err(NotUploaded::Refused(refusal)) => {
                    return Prepared::Not(verdict::on_refusal(self.tried(entry, attempt), refusal));
                }
            }
        }
        let quoted_provider_id = name_target(&mut content, private.context_provider_id);
        let callback_data = callback_data(entry.message_id, attempt);
        Prepared::Ready(Box::new((connector, Outgoing { to, content, quoted_provider_id, callback_data })))
    }

    /// The event that holds the content.
    fn queued(&self, entry: &OutboxEntry) -> Option<MessageQueued> {
        let pos = match entry.written {
            Some(written) => written.pos,
            None => {
                let key = message_key(&self.desk.shared.blinder, entry.message_id);
                self.desk.reader().find(&key.0).ok().flatten()?.pos
            }
        };
        match self.desk.event_open(pos).ok().flatten()?.event {
            Event::MessageQueued(event) => Some(event),
            // The id names the event that was first: what had been written for later was queued afterwards.
            Event::MessageScheduled(event) => {
                let stream = self.desk.stream_open(StreamId::Conversation(event.conversation_id)).ok()?;
                stream.into_iter().find_map(|recorded| match recorded.event {
                    Event::MessageQueued(event) if event.message_id == entry.message_id => Some(event),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    fn tried(&self, entry: &OutboxEntry, attempt: u32) -> Tried {
        let (window_until, group, template) = self.desk.view(|views| {
            let row = views.inbox.get(entry.conversation_id);
            let group = views.directory.contacts.get(entry.contact_id).is_some_and(|contact| contact.is_group());
            (row.and_then(|row| views.inbox.window(&row).until), group, entry.written.map(|written| written.template))
        });
        let template = template.unwrap_or_else(|| self.queued(entry).is_some_and(|event| event.template));
        Tried {
            attempt,
            windowed: !template && !group,
            queued_at: entry.queued_at,
            window_until,
            now: self.desk.now(),
            random: self.desk.entropy() as u64,
        }
    }

    /// Keeps trying while the process lives: an outcome that is not written would be guessed at the next start.
    async fn write(&self, entry: &OutboxEntry, attempt: u32, verdict: &Verdict) {
        let (id, channel) = (entry.message_id, entry.channel_id);
        let mut wait = WRITE_WAIT_MIN;
        loop {
            let Verdict { outcome, pause_channel, .. } = verdict.clone();
            let written = self
                .desk
                .work(move |step| {
                    dispatch::finish(step, id, attempt, outcome)?;
                    if let Some(code) = pause_channel {
                        domain::channel::observe_sending(step, channel, false, Some(code))?;
                    }
                    Ok(())
                })
                .await;
            match written {
                Ok(_) => return,
                Err(Failure::Rejected(rejection)) => {
                    tracing::error!(message = %id, attempt, %rejection, "an outcome has no place");
                    return;
                }
                Err(failure) => tracing::warn!(message = %id, attempt, %failure, "an outcome waits for the log"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WRITE_WAIT_MAX);
        }
    }
}
