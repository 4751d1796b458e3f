//! First-contact resolution: whether the first answer to somebody's matter was the last they needed. Folded from the streams of
//! one contact's conversations on the channels of one brand; nothing is kept, and no clock is read.
//!
//! An episode is judged once it is *mature*: its resolution is so long ago that the contact would have come back. What is too
//! young is counted apart, never as a success.

use std::collections::BTreeSet;

use domain::conversation::Conversation;
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::message::MessageAuthor;
use domain::time::{Millis, Timestamp};

/// How long a contact has to come back where nothing else is said.
pub const WINDOW_DEFAULT: Millis = Millis::hours(72);

/// What is judged by: one contact's episodes that were resolved, and when they wrote.
#[derive(Debug, Clone, Default)]
pub struct ContactHistory {
    episodes: Vec<ResolvedEpisode>,
    /// Messages that ask for an answer, on whatever channel: no courtesies, none while blocked, none imported.
    messages: BTreeSet<Timestamp>,
}

/// An episode that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedEpisode {
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub resolved_at: Timestamp,
    /// Who wrote to the customer; `None` stands for the phone app.
    pub humans: BTreeSet<Option<UserId>>,
    /// Whoever had it, one after the other.
    pub owners: BTreeSet<UserId>,
}

/// What an episode comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstContact {
    pub conversation_id: ConversationId,
    pub episode: u32,
    /// Whether its time to be judged has come.
    pub mature: bool,
    /// Whether the contact needed no more. `None`: immature; a later episode; or nobody of ours wrote in it, which is a deflection.
    pub fcr: Option<bool>,
    /// The same with one human and no second owner.
    pub fcr_strict: Option<bool>,
    /// Resolved without a word from a person, whatever came afterwards.
    pub deflection: bool,
}

impl ContactHistory {
    pub fn new(
        episodes: impl IntoIterator<Item = ResolvedEpisode>,
        messages: impl IntoIterator<Item = Timestamp>,
    ) -> Self {
        Self { episodes: episodes.into_iter().collect(), messages: messages.into_iter().collect() }
    }

    /// Adds the whole stream of one of the contact's conversations.
    pub fn take<'a>(&mut self, events: impl IntoIterator<Item = &'a Recorded>) {
        let mut events = events.into_iter();
        let Some(mut conversation) = events.next().and_then(Conversation::opened) else { return };
        let (mut owners, mut resolved) = (BTreeSet::new(), Vec::new());
        for recorded in events {
            conversation.evolve(recorded);
            match &recorded.event {
                Event::ConversationReopened(event) => owners = event.assignee_id.into_iter().collect(),
                Event::ConversationAssigned(event) => owners.extend(event.assignee_id),
                Event::ConversationResolved(event) => resolved.push(ResolvedEpisode {
                    conversation_id: event.conversation_id,
                    episode: event.episode,
                    resolved_at: recorded.occurred_at,
                    humans: BTreeSet::new(),
                    owners: owners.clone(),
                }),
                _ => {}
            }
        }
        for message in conversation.messages.values().filter(|message| message.counts) {
            let human = match message.author {
                MessageAuthor::Customer => {
                    self.messages.insert(message.counts_from);
                    continue;
                }
                MessageAuthor::User(user) => Some(user),
                MessageAuthor::PhoneApp => None,
                MessageAuthor::System => continue,
            };
            let home = resolved.iter_mut().find(|episode| episode.episode == message.episode);
            if let Some(home) = home.filter(|_| !message.failed_before_delivery()) {
                home.humans.insert(human);
            }
        }
        self.episodes.extend(resolved);
    }

    /// Every resolved episode as it stands at `as_of`, in the order they were added.
    pub fn judged(&self, window: Millis, as_of: Timestamp) -> Vec<FirstContact> {
        self.episodes.iter().map(|episode| self.judge(episode, window, as_of)).collect()
    }

    fn judge(&self, episode: &ResolvedEpisode, window: Millis, as_of: Timestamp) -> FirstContact {
        let until = episode.resolved_at + window;
        let (mature, deflection) = (until <= as_of, episode.humans.is_empty());
        let came_back = self.messages.iter().any(|at| *at > episode.resolved_at && *at <= until);
        let counts = mature && !deflection && episode.episode == 1;
        let alone = episode.humans.len() == 1 && episode.owners.len() <= 1;
        FirstContact {
            conversation_id: episode.conversation_id,
            episode: episode.episode,
            mature,
            fcr: counts.then_some(!came_back),
            fcr_strict: counts.then_some(!came_back && alone),
            deflection,
        }
    }
}
