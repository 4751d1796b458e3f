//! Response and waiting clocks of an episode.
//!
//! A *customer message* counts unless it is a reaction, an echo, imported, a courtesy after resolve, or from a blocked contact.
//! A *human reply* is an outbound message a person wrote, in frontdesk or in the phone app, and that did not fail
//! before being delivered. Bots, campaigns, notes and status changes never count.

use serde::{Deserialize, Serialize};

use super::{Conversation, Status};
use crate::ids::*;
use crate::message::{MessageAuthor, MessageState};
use crate::time::{Millis, Timestamp};

/// The clocks after an event. Absent fields are not running, or did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clocks {
    /// `t0`: when the customer first wrote in this episode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t0: Option<Timestamp>,
    /// The earliest customer message no person has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// The same where an automatic answer also counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_any_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response: Option<FirstResponse>,
}

/// The first human reply of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstResponse {
    pub message_id: MessageId,
    /// `t1`.
    pub at: Timestamp,
    /// `t1 - t0`.
    pub frt_total_ms: Millis,
    /// Absent: answered in the phone app.
    pub responder_id: Option<UserId>,
}

impl Clocks {
    /// A customer message that counts.
    pub fn customer_wrote(mut self, at: Timestamp) -> Self {
        let earliest = |running: Option<Timestamp>| Some(running.map_or(at, |since| since.min(at)));
        // What was measured stays measured, also when an older message arrives after it.
        if self.first_response.is_none() {
            self.t0 = earliest(self.t0);
        }
        self.waiting_since = earliest(self.waiting_since);
        self.waiting_any_since = earliest(self.waiting_any_since);
        self
    }

    /// A human reply. One from before the customer wrote (the phone app's arrive late) answers nothing.
    pub fn human_replied(mut self, message_id: MessageId, at: Timestamp, responder_id: Option<UserId>) -> Self {
        if let (Some(t0), None) = (self.t0, self.first_response)
            && at >= t0
        {
            let frt_total_ms = at - t0;
            self.first_response = Some(FirstResponse { message_id, at, frt_total_ms, responder_id });
        }
        self.waiting_since = self.waiting_since.filter(|since| *since > at);
        self.waiting_any_since = self.waiting_any_since.filter(|since| *since > at);
        self
    }

    /// An automatic answer.
    pub fn machine_replied(mut self) -> Self {
        self.waiting_any_since = None;
        self
    }

    /// The episode ended: nobody waits any more, what was measured stays.
    pub fn resolved(mut self) -> Self {
        self.waiting_since = None;
        self.waiting_any_since = None;
        self
    }
}

impl Conversation {
    /// The clocks with `changed` in place of what is known of that message: a reply that failed never was one, so the wait
    /// resumes from where it began and the next reply that did arrive becomes the first response; one that arrived
    /// after all is one again. Unchanged for messages of other episodes.
    pub fn clocks_with(&self, id: MessageId, changed: &MessageState) -> Clocks {
        if changed.episode != self.episode {
            return self.clocks;
        }
        let mut order: Vec<_> = self
            .messages
            .iter()
            .filter(|(_, message)| message.episode == self.episode)
            .map(|(other, message)| (*other, if *other == id { changed } else { message }))
            .collect();
        order.sort_by_key(|(_, message)| message.version);
        let clocks = order.into_iter().fold(Clocks::default(), |clocks, (id, message)| {
            if !message.counts || message.failed_before_delivery() {
                return clocks;
            }
            match message.author {
                MessageAuthor::Customer => clocks.customer_wrote(message.counts_from),
                MessageAuthor::User(user) => clocks.human_replied(id, message.counts_from, Some(user)),
                MessageAuthor::PhoneApp => clocks.human_replied(id, message.counts_from, None),
                MessageAuthor::System => clocks.machine_replied(),
            }
        });
        if self.status == Status::Resolved { clocks.resolved() } else { clocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: i64) -> Timestamp {
        Timestamp::from_millis(0) + Millis::minutes(n)
    }
    fn reply(n: u128) -> MessageId {
        MessageId::from_u128(n)
    }

    #[test]
    fn a_second_customer_message_never_moves_the_wait() {
        let clocks = Clocks::default().customer_wrote(minute(0)).customer_wrote(minute(3)).customer_wrote(minute(9));
        assert_eq!(clocks.waiting_since, Some(minute(0)));
        let answered = clocks.human_replied(reply(1), minute(10), None);
        assert_eq!(answered.waiting_since, None);
        assert_eq!(answered.first_response.unwrap().frt_total_ms, Millis::minutes(10));
    }

    #[test]
    fn a_message_that_arrives_late_moves_the_wait_back_to_when_it_was_written() {
        let clocks = Clocks::default().customer_wrote(minute(5)).customer_wrote(minute(2));
        assert_eq!(clocks.waiting_since, Some(minute(2)));
    }

    #[test]
    fn a_message_before_the_customer_wrote_is_no_first_response() {
        let clocks = Clocks::default().human_replied(reply(1), minute(0), None).customer_wrote(minute(30));
        assert_eq!(clocks.first_response, None);
        let answered = clocks.human_replied(reply(2), minute(33), None);
        assert_eq!(answered.first_response.unwrap().frt_total_ms, Millis::minutes(3));
    }

    #[test]
    fn a_bot_clears_only_the_wait_for_any_answer() {
        let clocks = Clocks::default().customer_wrote(minute(0)).machine_replied();
        assert_eq!((clocks.waiting_since, clocks.waiting_any_since), (Some(minute(0)), None));
        assert_eq!(clocks.first_response, None);
    }
}
