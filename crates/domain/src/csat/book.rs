//! How each brand asks, and which resolved episodes are still to be asked about. Folded by decisions and by read models
//! alike, so that both hold the same; where a conversation lies is told by whoever folds.

use std::collections::{BTreeMap, BTreeSet};

use super::Survey;
use crate::event::conversation::Cause;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::Timestamp;

/// What a conversation that was resolved spells when it is spam: its disposition, or a tag.
const SPAM: &str = "spam";

/// Whether a disposition or a tag says that it is spam.
pub fn is_spam(word: &str) -> bool {
    word.eq_ignore_ascii_case(SPAM)
}

/// An episode about which the customer is to be asked.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    pub episode: u32,
    pub due_at: Timestamp,
    pub resolver_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    /// Resolved by itself before any person had answered.
    pub auto_unanswered: bool,
    /// The resolution was called spam.
    pub spam: bool,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Book {
    surveys: BTreeMap<BrandId, (Survey, u64)>,
    plain: Survey,
    waiting: BTreeMap<ConversationId, Waiting>,
    by_time: BTreeSet<(Timestamp, ConversationId)>,
}

impl Book {
    /// How a brand asks; by default it does not.
    pub fn survey(&self, brand: BrandId) -> &Survey {
        self.surveys.get(&brand).map_or(&self.plain, |(survey, _)| survey)
    }
    /// Events in the stream of the brand's survey.
    pub fn version(&self, brand: BrandId) -> u64 {
        self.surveys.get(&brand).map_or(0, |(_, version)| *version)
    }
    /// The episode of a conversation that is still to be asked about.
    pub fn waiting(&self, id: ConversationId) -> Option<&Waiting> {
        self.waiting.get(&id)
    }
    /// At most `limit` whose time has come, the longest due first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId)> {
        self.by_time.iter().take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }
    /// When the next one's time comes.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Applies an event. `place`: the brand and the number of a conversation.
    pub fn apply(&mut self, recorded: &Recorded, place: impl FnOnce(ConversationId) -> Option<(BrandId, ChannelId)>) {
        match (&recorded.event, recorded.stream) {
            (Event::CsatSurveyChanged(event), _) => {
                self.surveys.insert(event.brand_id, (event.survey.clone(), recorded.version));
                let gone =
                    |waiting: &Waiting| waiting.brand_id == event.brand_id && !event.survey.asks_on(waiting.channel_id);
                let gone: Vec<_> = self.waiting.iter().filter(|(_, it)| gone(it)).map(|(id, _)| *id).collect();
                gone.into_iter().for_each(|id| self.forget(id));
            }
            (Event::ConversationResolved(event), StreamId::Conversation(id)) => {
                self.forget(id);
                let Some((brand_id, channel_id)) = place(id) else { return };
                let survey = self.survey(brand_id);
                if !survey.asks_on(channel_id) {
                    return;
                }
                let waiting = Waiting {
                    brand_id,
                    channel_id,
                    episode: event.episode,
                    due_at: recorded.recorded_at + survey.delay_ms,
                    resolver_id: recorded.actor.user(),
                    team_id: event.team_id,
                    auto_unanswered: event.cause == Cause::Inactivity && event.unanswered,
                    spam: event.disposition.as_deref().is_some_and(is_spam),
                };
                self.by_time.insert((waiting.due_at, id));
                self.waiting.insert(id, waiting);
            }
            (
                Event::ConversationReopened(_) | Event::CsatSent(_) | Event::CsatSkipped(_),
                StreamId::Conversation(id),
            ) => self.forget(id),
            _ => {}
        }
    }

    fn forget(&mut self, id: ConversationId) {
        if let Some(waiting) = self.waiting.remove(&id) {
            self.by_time.remove(&(waiting.due_at, id));
        }
    }
}
