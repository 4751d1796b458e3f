//! What is measured in one conversation, by a slow fold over its whole stream with the state that decisions use. The facts
//! ([`projections::facts`]) must measure the same from their moments; the vectors and random histories hold them to it.

use domain::business_hours::Calendar;
use domain::conversation::{Clocks, Conversation};
use domain::event::conversation::Cause;
use domain::event::{Actor, Event, Recorded};
use domain::ids::*;
use domain::message::{MessageAuthor, MessageState};
use domain::time::{Millis, Timestamp};

/// What was measured in one conversation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConversationFigures {
    pub(crate) conversation_id: ConversationId,
    /// Oldest first; there is always at least one.
    pub(crate) episodes: Vec<EpisodeFigures>,
    /// The earliest customer message no person has answered, now.
    pub(crate) waiting_since: Option<Timestamp>,
    /// The same where an automatic answer counts too.
    pub(crate) waiting_any_since: Option<Timestamp>,
    /// From the first episode's beginning to its end.
    pub(crate) first_resolution: Option<Millis>,
    /// From the first episode's beginning to the newest end; moves with every reopening that is resolved again.
    pub(crate) full_resolution: Option<Millis>,
}

/// One episode: from opening or reopening to the resolution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EpisodeFigures {
    /// From 1.
    pub(crate) episode: u32,
    /// The opening or reopening event.
    pub(crate) opened_at: Timestamp,
    /// When the customer first wrote in it (`t0`).
    pub(crate) customer_since: Option<Timestamp>,
    pub(crate) first_response: Option<Response>,
    /// When a bot handed it over to people.
    pub(crate) handed_off_at: Option<Timestamp>,
    /// From the later of the customer's first message and the handing over to the first response: what people took
    /// (`frt_agent`).
    pub(crate) frt_agent: Option<Millis>,
    /// Every human reply that somebody waited for, oldest first.
    pub(crate) replies: Vec<Response>,
    /// Customer messages that count (no courtesies, no blocked contacts, no imported ones).
    pub(crate) customer_messages: u32,
    /// Messages people wrote to the customer that did not fail, the phone app's included.
    pub(crate) human_messages: u32,
    pub(crate) resolution: Option<Resolution>,
}

/// A human reply to a waiting customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Response {
    pub(crate) message_id: MessageId,
    pub(crate) at: Timestamp,
    /// From the earliest unanswered message (for a first response: from `t0`) to the reply.
    pub(crate) after: Millis,
    /// `None`: answered in the phone app.
    pub(crate) responder_id: Option<UserId>,
}

/// The end of an episode.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolution {
    pub(crate) at: Timestamp,
    /// From the episode's first customer message, or its opening by staff.
    pub(crate) total: Millis,
    /// The same without snoozed and pending time.
    pub(crate) active: Millis,
    /// The customer wrote and no person ever answered.
    pub(crate) unanswered: bool,
    pub(crate) resolved_by: Actor,
    pub(crate) cause: Cause,
    pub(crate) assignee_id: Option<UserId>,
    pub(crate) team_id: Option<TeamId>,
}

impl ConversationFigures {
    /// Folds a whole stream; `None` where it does not begin with the opening.
    pub(crate) fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let mut fold = Fold {
            conversation: Conversation::opened(first)?,
            episodes: vec![EpisodeFigures::opened(Conversation::opened(first)?.episode, first.occurred_at)],
        };
        events.for_each(|recorded| fold.apply(recorded));
        Some(fold.finish())
    }

    /// The running or last episode.
    pub(crate) fn current(&self) -> &EpisodeFigures {
        self.episodes.last().expect("there is always at least one episode")
    }
}

impl EpisodeFigures {
    /// Business time from the customer's first message to the first response (`frt_business`). Absent, never 0, where there
    /// is no calendar or no response.
    pub(crate) fn frt_business(&self, calendar: Option<&Calendar>) -> Option<Millis> {
        self.first_response?.business(calendar)
    }

    /// Business time of the same interval as [`Resolution::total`] (`res_business`). Absent, never 0, where there is no
    /// calendar or no resolution.
    pub(crate) fn res_business(&self, calendar: Option<&Calendar>) -> Option<Millis> {
        let resolution = self.resolution.as_ref()?;
        Some(calendar?.between(resolution.at - resolution.total, resolution.at))
    }

    fn opened(episode: u32, at: Timestamp) -> Self {
        Self {
            episode,
            opened_at: at,
            customer_since: None,
            first_response: None,
            handed_off_at: None,
            frt_agent: None,
            replies: Vec::new(),
            customer_messages: 0,
            human_messages: 0,
            resolution: None,
        }
    }

    fn take(&mut self, clocks: &Clocks) {
        self.customer_since = clocks.t0;
        self.handed_off_at = clocks.handoff;
        self.take_response(clocks);
    }

    fn take_response(&mut self, clocks: &Clocks) {
        self.frt_agent = clocks.first_response.map(|response| response.frt_agent_ms);
        self.first_response = clocks.first_response.map(|response| Response {
            message_id: response.message_id,
            at: response.at,
            after: response.frt_total_ms,
            responder_id: response.responder_id,
        });
    }
}

impl Response {
    /// Business time of the same interval as [`Self::after`]; absent where there is no calendar.
    pub(crate) fn business(&self, calendar: Option<&Calendar>) -> Option<Millis> {
        Some(calendar?.between(self.at - self.after, self.at))
    }
}

struct Fold {
    conversation: Conversation,
    episodes: Vec<EpisodeFigures>,
}

impl Fold {
    fn apply(&mut self, recorded: &Recorded) {
        let before = self.conversation.clocks;
        self.conversation.evolve(recorded);
        match &recorded.event {
            Event::ConversationReopened(event) => {
                self.episodes.push(EpisodeFigures::opened(event.episode, recorded.occurred_at));
            }
            Event::ConversationResolved(event) => {
                self.current().resolution = Some(Resolution {
                    at: recorded.occurred_at,
                    total: event.res_total_ms,
                    active: event.res_active_ms,
                    unanswered: event.unanswered,
                    resolved_by: recorded.actor,
                    cause: event.cause,
                    assignee_id: event.assignee_id,
                    team_id: event.team_id,
                });
            }
            Event::MessageQueued(event) => self.replied(event.message_id, before.waiting_since),
            Event::MessageEchoed(event) => self.replied(event.message_id, before.waiting_since),
            // Sent again, it is a reply of now.
            Event::MessageResendRequested(event) => self.replied(event.message_id, before.waiting_since),
            _ => {}
        }
        let clocks = self.conversation.clocks;
        self.current().take(&clocks);
    }

    fn current(&mut self) -> &mut EpisodeFigures {
        self.episodes.last_mut().expect("there is always at least one episode")
    }

    /// A message to the customer; it is a reply where it ended a wait.
    fn replied(&mut self, message_id: MessageId, waiting_since: Option<Timestamp>) {
        let left = self.conversation.clocks.waiting_since;
        let Some(message) = self.conversation.messages.get(&message_id) else { return };
        let (at, author) = (message.counts_from, message.author);
        self.current().replies.retain(|reply| reply.message_id != message_id);
        if let Some(since) = waiting_since
            && left.is_none_or(|left| left > since)
        {
            let responder_id = responder(author);
            self.current().replies.push(Response { message_id, at, after: at - since, responder_id });
        }
    }

    /// Takes replies back that failed before they were delivered, and counts.
    fn finish(self) -> ConversationFigures {
        let Self { conversation, mut episodes } = self;
        // Before the first there was none: a campaign wrote, and then the customer.
        if episodes.len() > 1 {
            episodes.retain(|episode| episode.episode > 0);
        }
        for episode in &mut episodes {
            episode.replies.retain(|reply| {
                conversation.messages.get(&reply.message_id).is_some_and(|message| !message.failed_before_delivery())
            });
        }
        // Of those that are over too a reply may have turned out to have failed since.
        for episode in &mut episodes {
            let clocks = conversation.clocks_of(episode.episode);
            episode.customer_since = clocks.t0;
            episode.take_response(&clocks);
        }
        let counted = |message: &&MessageState| message.counts && !message.failed_before_delivery();
        for message in conversation.messages.values().filter(counted) {
            let Some(episode) = episodes.iter_mut().find(|episode| episode.episode == message.episode) else {
                continue;
            };
            match message.author {
                MessageAuthor::Customer if message.counts => episode.customer_messages += 1,
                MessageAuthor::User(_) | MessageAuthor::PhoneApp if !message.failed_before_delivery() => {
                    episode.human_messages += 1;
                }
                MessageAuthor::Customer | MessageAuthor::User(_) | MessageAuthor::PhoneApp | MessageAuthor::System => {}
                MessageAuthor::Campaign(_) => {}
            }
        }
        for episode in &mut episodes {
            let unanswered = episode.customer_since.is_some() && episode.human_messages == 0;
            if let Some(resolution) = &mut episode.resolution {
                resolution.unanswered = unanswered;
            }
        }
        // The begin of the first episode, from the time its resolution measured.
        let begin = episodes[0].resolution.as_ref().map(|resolution| resolution.at - resolution.total);
        let newest = episodes.iter().rev().find_map(|episode| episode.resolution.as_ref());
        ConversationFigures {
            conversation_id: conversation.id,
            waiting_since: conversation.clocks.waiting_since,
            waiting_any_since: conversation.clocks.waiting_any_since,
            first_resolution: episodes[0].resolution.as_ref().map(|resolution| resolution.total),
            full_resolution: begin.zip(newest).map(|(begin, newest)| newest.at - begin),
            episodes,
        }
    }
}

fn responder(author: MessageAuthor) -> Option<UserId> {
    match author {
        MessageAuthor::User(id) => Some(id),
        MessageAuthor::Customer | MessageAuthor::PhoneApp | MessageAuthor::System => None,
        MessageAuthor::Campaign(_) => None,
    }
}
