//! A message of ours before its time: shown where it was written until it is queued, then where it was sent.

use domain::event::message::*;
use domain::event::{Actor, Recorded};
use domain::message::DeliveryStatus;

use super::delivery::MessageError;
use super::message::{Author, Scheduled, TimelineMessage};

impl TimelineMessage {
    pub(super) fn scheduled(event: &MessageScheduled, from: &Recorded) -> Self {
        let author = Author::of(event.sender, from.actor);
        let mut message = Self::new(event.message_id, event.conversation_id, author, &event.kind, from);
        message.media_id = event.media_id;
        message.reply_to_id = event.reply_to_id;
        message.client_ref.clone_from(&event.client_ref);
        message.template = event.template;
        message.scheduled =
            Some(Scheduled { at: event.scheduled_at, cancel_if_customer_writes: event.cancel_if_customer_writes });
        message.written(event.private.as_ref());
        message.reached("scheduled", from.occurred_at);
        message
    }

    pub(super) fn schedule_changed(&mut self, event: &MessageScheduleChanged) {
        self.scheduled =
            Some(Scheduled { at: event.scheduled_at, cancel_if_customer_writes: event.cancel_if_customer_writes });
        if event.rewritten {
            self.author = Author::of(event.sender, Actor::System);
            self.kind = event.kind.clone();
            self.media_id = event.media_id;
            self.template = event.template;
            // What it quotes stays.
            self.base = event.private.as_ref().map(|private| private.content.clone());
        }
    }

    pub(super) fn schedule_cancelled(&mut self, from: &Recorded) {
        self.reached("cancelled", from.occurred_at);
    }

    pub(super) fn schedule_failed(&mut self, event: &MessageScheduleFailed, from: &Recorded) {
        self.reached("failed", from.occurred_at);
        self.failure = Some(MessageError { code: None, reason: event.reason.clone(), title: None, detail: None });
    }

    /// Its time came, and it could not be queued.
    pub fn was_dropped(&self) -> bool {
        let queued = self.status_history.iter().any(|change| change.status == "queued");
        self.scheduled.is_some() && !queued && self.status == DeliveryStatus::Failed
    }

    /// What is queued now had waited for its time.
    pub(super) fn was_scheduled(&mut self, before: &Self) {
        if before.scheduled.is_some() {
            self.scheduled = before.scheduled;
            self.status_history.splice(0..0, before.status_history.iter().cloned());
        }
    }
}
