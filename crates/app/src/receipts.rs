//! Reading and typing: what an agent has seen is a fact of ours; that the customer is shown it is a courtesy, asked of the
//! provider once per message and never waited for.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::{Action, Principal};
use domain::conversation::label;
use domain::event::message::MessageReadReceiptSent;
use domain::event::{Event, LookupKey, StreamId};
use domain::ids::*;
use domain::message::MessageAuthor;
use domain::step::Step;
use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::gate::Gate;
use crate::{Desk, Done, Failure};

/// Courtesies under way at most; past it they are left out.
const AT_ONCE_MAX: usize = 32;
/// The provider shows typing for 25 seconds; asking more often changes nothing.
const TYPING_EVERY: Millis = Millis::seconds(20);
/// Conversations whose typing is remembered at most.
const TYPING_MAX: usize = 10_000;

/// What is under way, shared by all callers.
pub(crate) struct Receipts {
    room: Arc<Semaphore>,
    typing: Mutex<BTreeMap<ConversationId, Timestamp>>,
}

impl Default for Receipts {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(AT_ONCE_MAX)), typing: Mutex::default() }
    }
}

/// The newest message of a customer that was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    conversation_id: ConversationId,
    message_id: MessageId,
    channel_id: ChannelId,
    pos: u64,
    /// The customer was shown already.
    told: bool,
}

impl Desk {
    /// The user has seen the conversation up to a message (or all of it); `unread` marks it unread. The customer is shown
    /// it, where that works.
    pub async fn mark_read(
        &self,
        principal: &Principal,
        id: ConversationId,
        up_to: Option<MessageId>,
        unread: bool,
    ) -> Result<Done<()>, Failure> {
        let (user, by) = (principal.user_id, principal.clone());
        let done = self
            .run(principal.actor(), move |step| {
                let mut gate = Gate::new(step, &by);
                let step = &mut gate.conversation(Action::ConversationRead, id)?;
                label::mark_read(step, id, user, up_to, unread)?;
                Ok(if unread { None } else { newest_seen(step, id, up_to) })
            })
            .await?;
        if let Some(seen) = done.value.filter(|seen| !seen.told) {
            self.show(seen, false);
        }
        Ok(Done { value: (), pos: done.pos })
    }

    /// Shows the customer that somebody writes. Which is also to say that their messages were read.
    pub async fn typing(&self, principal: &Principal, id: ConversationId) -> Result<(), Failure> {
        let by = principal.clone();
        let seen = self
            .run(principal.actor(), move |step| {
                let mut gate = Gate::new(step, &by);
                let step = &mut gate.conversation(Action::MessageSend, id)?;
                Ok(newest_seen(step, id, None))
            })
            .await?
            .value;
        let Some(seen) = seen else { return Ok(()) };
        let now = self.now();
        {
            let mut typing = self.shared.receipts.typing.lock();
            if typing.get(&id).is_some_and(|at| now - *at < TYPING_EVERY) {
                return Ok(());
            }
            if typing.len() >= TYPING_MAX {
                typing.retain(|_, at| now - *at < TYPING_EVERY);
                if typing.len() >= TYPING_MAX {
                    return Ok(());
                }
            }
            typing.insert(id, now);
        }
        self.show(seen, true);
        Ok(())
    }

    fn show(&self, seen: Seen, typing: bool) {
        let Ok(provider) = self.provider() else { return };
        let Ok(permit) = self.shared.receipts.room.clone().try_acquire_owned() else { return };
        let desk = self.clone();
        tokio::spawn(async move {
            let _permit = permit;
            let provider_id = match desk.event_open(seen.pos) {
                Ok(Some(recorded)) => match recorded.event {
                    Event::MessageReceived(event) => event.private.map(|private| private.provider_id),
                    _ => None,
                },
                Ok(None) | Err(_) => None,
            };
            let connector = desk.shared.channels.read().get(seen.channel_id).cloned();
            let (Some(provider_id), Some(connector)) = (provider_id, connector) else { return };
            if let Err(error) = provider.mark_read(&connector, &provider_id, typing).await {
                tracing::debug!(%error, "the customer is not shown that their message was read");
                return;
            }
            let written = desk.work(move |step| {
                note(step, seen);
                Ok(())
            });
            if let Err(failure) = written.await {
                tracing::debug!(%failure, "a read receipt is not noted");
            }
        });
    }
}

/// The newest of the customer's messages, at or before `up_to`. Nothing is shown to somebody who is blocked.
fn newest_seen(step: &mut Step<'_>, id: ConversationId, up_to: Option<MessageId>) -> Option<Seen> {
    let conversation = step.conversation(id)?;
    let (channel_id, contact_id) = (conversation.channel_id, conversation.contact_id);
    let last = match up_to {
        Some(message) => conversation.messages.get(&message)?.version,
        None => u64::MAX,
    };
    let (message_id, pos) = conversation
        .messages
        .iter()
        .filter(|(_, message)| message.author == MessageAuthor::Customer && message.version <= last)
        .max_by_key(|(_, message)| message.version)
        .map(|(id, message)| (*id, message.pos))?;
    let contact = step.world.contacts.get(&contact_id)?;
    if contact.blocked || contact.erased {
        return None;
    }
    let told = step.find(receipt_key(step, message_id)).is_some();
    Some(Seen { conversation_id: id, message_id, channel_id, pos, told })
}

/// Once per message, whoever was faster.
fn note(step: &mut Step<'_>, seen: Seen) {
    let key = receipt_key(step, seen.message_id);
    if step.find(key).is_none() {
        let event = MessageReadReceiptSent { conversation_id: seen.conversation_id, message_id: seen.message_id };
        let keys = vec![LookupKey { key, value: Vec::new() }];
        step.emit_at(StreamId::Conversation(seen.conversation_id), event, step.now, keys);
    }
}

fn receipt_key(step: &Step<'_>, message: MessageId) -> domain::identity::BlindKey {
    step.blind.blind(&format!("receipt:{message}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, soon, until};

    async fn settled(desk: &Desk) {
        let all = desk.shared.receipts.room.acquire_many(AT_ONCE_MAX as u32);
        drop(soon(all).await.unwrap());
    }

    fn shown(bench: &Bench) -> usize {
        bench.events().iter().filter(|event| matches!(event, Event::MessageReadReceiptSent(_))).count()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_customer_is_shown_once_that_their_newest_message_was_read() {
        let bench = Bench::new().await;
        let workers = crate::Workers::start(&bench.desk, crate::WorkerConfig { provider: bench.provider.clone() });
        bench.says("34600000001", "one").await;
        let conversation = bench.says("34600000001", "two").await;
        for _ in 0..3 {
            bench.desk.mark_read(&bench.principal(), conversation, None, false).await.unwrap();
            settled(&bench.desk).await;
        }
        assert_eq!(bench.provider.read.lock().len(), 1);
        assert_eq!(shown(&bench), 1);
        bench.desk.mark_read(&bench.principal(), conversation, None, true).await.unwrap();
        bench.says("34600000001", "three").await;
        bench.desk.mark_read(&bench.principal(), conversation, None, false).await.unwrap();
        until("the second is shown", || shown(&bench) == 2).await;
        let read: Vec<String> = bench.provider.read.lock().iter().map(|(id, _)| id.clone()).collect();
        assert_ne!(read[0], read[1]);
        soon(workers.stop()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn typing_is_shown_at_most_every_twenty_seconds() {
        let bench = Bench::new().await;
        let workers = crate::Workers::start(&bench.desk, crate::WorkerConfig { provider: bench.provider.clone() });
        let conversation = bench.says("34600000001", "hi").await;
        for seconds in [0, 1, 18, 1] {
            bench.clock.advance(Millis::seconds(seconds));
            bench.desk.typing(&bench.principal(), conversation).await.unwrap();
            settled(&bench.desk).await;
        }
        assert_eq!(bench.provider.read.lock().iter().filter(|(_, typing)| *typing).count(), 2);
        soon(workers.stop()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn reading_works_where_nothing_talks_to_the_provider() {
        let bench = Bench::new().await;
        let conversation = bench.says("34600000001", "hi").await;
        bench.desk.mark_read(&bench.principal(), conversation, None, false).await.unwrap();
        assert_eq!(shown(&bench), 0);
    }
}
