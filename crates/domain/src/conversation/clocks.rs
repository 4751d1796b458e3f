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
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
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
    /// When a bot handed the episode over to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response: Option<FirstResponse>,
}

/// The first human reply of an episode.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(from = "StoredResponse")]
#[schemars(!from)]
pub struct FirstResponse {
    pub message_id: MessageId,
    /// `t1`.
    pub at: Timestamp,
    /// `t1 - t0`.
    pub frt_total_ms: Millis,
    /// `t1 - max(t0, handoff)`: what people took, where a bot wrote before them.
    pub frt_agent_ms: Millis,
    /// Absent: answered in the phone app.
    pub responder_id: Option<UserId>,
}

/// As events have it: where no bot was, there was one number.
#[derive(Deserialize)]
struct StoredResponse {
    message_id: MessageId,
    at: Timestamp,
    frt_total_ms: Millis,
    #[serde(default)]
    frt_agent_ms: Option<Millis>,
    responder_id: Option<UserId>,
}

impl From<StoredResponse> for FirstResponse {
    fn from(stored: StoredResponse) -> Self {
        let StoredResponse { message_id, at, frt_total_ms, frt_agent_ms, responder_id } = stored;
        let frt_agent_ms = frt_agent_ms.unwrap_or(frt_total_ms);
        Self { message_id, at, frt_total_ms, frt_agent_ms, responder_id }
    }
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
            // What was answered before the bot said so was not its to hand over.
            let handoff = self.handoff.filter(|handoff| *handoff <= at);
            let frt_agent_ms = at - handoff.map_or(t0, |handoff| handoff.max(t0));
            self.first_response = Some(FirstResponse { message_id, at, frt_total_ms, frt_agent_ms, responder_id });
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

    /// A bot hands over to people. Only the first time in an episode counts.
    pub fn handed_off(mut self, at: Timestamp) -> Self {
        self.handoff = self.handoff.or(Some(at));
        self
    }

    /// The episode ended: nobody waits any more, what was measured stays.
    pub fn resolved(mut self) -> Self {
        self.waiting_since = None;
        self.waiting_any_since = None;
        self
    }
}

/// The clocks, and each message that nobody has answered: an answer that comes to light late takes away only what it
/// answers, and whoever wrote after it waits on.
/// The one way in which messages become clocks: decisions and reports both go through it.
#[derive(Debug, Default)]
pub struct Reckoning {
    pub clocks: Clocks,
    unanswered: Vec<(Timestamp, MessageId)>,
    unanswered_by_any: Vec<Timestamp>,
}

impl Reckoning {
    /// A customer message that counts.
    pub fn customer_wrote(&mut self, id: MessageId, at: Timestamp) {
        self.clocks = self.clocks.customer_wrote(at);
        self.unanswered.push((at, id));
        self.unanswered_by_any.push(at);
    }

    /// A human reply.
    pub fn human_replied(&mut self, id: MessageId, at: Timestamp, responder_id: Option<UserId>) {
        self.clocks = self.clocks.human_replied(id, at, responder_id);
        self.unanswered.retain(|(since, _)| *since > at);
        self.unanswered_by_any.retain(|since| *since > at);
        self.clocks.waiting_since = self.longest().map(|(since, _)| since);
        self.clocks.waiting_any_since = self.unanswered_by_any.iter().min().copied();
    }

    /// The message that waits longest.
    pub fn longest(&self) -> Option<(Timestamp, MessageId)> {
        self.unanswered.iter().min().copied()
    }

    /// A bot hands over to people.
    pub fn handed_off(&mut self, at: Timestamp) {
        self.clocks = self.clocks.handed_off(at);
    }

    /// An automatic answer.
    pub fn machine_replied(&mut self) {
        self.clocks = self.clocks.machine_replied();
        self.unanswered_by_any.clear();
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
        let clocks = self.reckoned(self.episode, Some((id, changed))).clocks;
        if self.status == Status::Resolved { clocks.resolved() } else { clocks }
    }

    /// The clocks after a reply that was written elsewhere, perhaps a while ago.
    pub(crate) fn clocks_after_echo(&self, id: MessageId, at: Timestamp) -> Clocks {
        let mut reckoned = self.reckoned(self.episode, None);
        reckoned.human_replied(id, at, None);
        reckoned.clocks
    }

    /// The clocks of an episode as it is known today: of an earlier one too a reply may turn out to have failed.
    pub fn clocks_of(&self, episode: u32) -> Clocks {
        self.reckoned(episode, None).clocks
    }

    fn reckoned(&self, episode: u32, changed: Option<(MessageId, &MessageState)>) -> Reckoning {
        let state = |id: MessageId, known| changed.filter(|(other, _)| *other == id).map_or(known, |(_, state)| state);
        let of_episode = self.messages.iter().filter(|(_, message)| message.episode == episode);
        let mut order: Vec<_> = of_episode.map(|(id, message)| (*id, state(*id, message))).collect();
        order.sort_by_key(|(_, message)| message.counts_version);
        let mut handoff = self.handoffs.get(&episode).copied();
        let mut reckoned = Reckoning::default();
        for (id, message) in order {
            if let Some((_, at)) = handoff.take_if(|(version, _)| *version < message.counts_version) {
                reckoned.handed_off(at);
            }
            if !message.counts || message.failed_before_delivery() {
                continue;
            }
            match message.author {
                MessageAuthor::Customer => reckoned.customer_wrote(id, message.counts_from),
                MessageAuthor::User(user) => reckoned.human_replied(id, message.counts_from, Some(user)),
                MessageAuthor::PhoneApp => reckoned.human_replied(id, message.counts_from, None),
                MessageAuthor::System => reckoned.machine_replied(),
                MessageAuthor::Campaign(_) => {}
            }
        }
        if let Some((_, at)) = handoff {
            reckoned.handed_off(at);
        }
        reckoned
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
    fn what_the_bot_took_is_not_the_agents() {
        let handed = Clocks::default().customer_wrote(minute(0)).handed_off(minute(6)).handed_off(minute(8));
        let first = handed.human_replied(reply(1), minute(10), None).first_response.unwrap();
        assert_eq!((first.frt_total_ms, first.frt_agent_ms), (Millis::minutes(10), Millis::minutes(4)));
        // Written before it was handed over, and told afterwards.
        let first = handed.human_replied(reply(1), minute(3), None).first_response.unwrap();
        assert_eq!((first.frt_total_ms, first.frt_agent_ms), (Millis::minutes(3), Millis::minutes(3)));
        let early = Clocks::default().handed_off(minute(0)).customer_wrote(minute(5));
        let first = early.human_replied(reply(1), minute(7), None).first_response.unwrap();
        assert_eq!((first.frt_total_ms, first.frt_agent_ms), (Millis::minutes(2), Millis::minutes(2)));
    }

    #[test]
    fn a_first_response_from_before_there_were_bots_is_read_with_one_number() {
        let first = Clocks::default().customer_wrote(minute(0)).human_replied(reply(1), minute(5), None).first_response;
        let mut old = serde_json::to_value(first.unwrap()).unwrap();
        old.as_object_mut().unwrap().remove("frt_agent_ms");
        let read: FirstResponse = serde_json::from_value(old).unwrap();
        assert_eq!(Some(read), first);
    }

    #[test]
    fn a_bot_clears_only_the_wait_for_any_answer() {
        let clocks = Clocks::default().customer_wrote(minute(0)).machine_replied();
        assert_eq!((clocks.waiting_since, clocks.waiting_any_since), (Some(minute(0)), None));
        assert_eq!(clocks.first_response, None);
    }
}
