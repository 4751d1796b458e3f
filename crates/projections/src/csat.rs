//! Satisfaction surveys: what was asked, answered and left out. One row for each that was sent, in the order they were sent in;
//! the day of that is a survey's cohort. Comments stay in the log; a row knows where.

use domain::csat::{Form, REPLACES_WITHIN};
use domain::event::csat::{SkipReason, Via};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::paged::{NO_SLOT, Paged, SlotIndex, chain};
use domain::time::Timestamp;

use crate::inbox::{Inbox, Row};

/// A survey that was sent.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    pub id: CsatId,
    pub conversation_id: ConversationId,
    pub episode: u32,
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    /// Who resolved the episode, and the team it was resolved in.
    pub resolver_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub message_id: MessageId,
    pub form: Form,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub answer: Option<Answer>,
    /// Position of the event that holds the comment.
    pub comment_pos: Option<u64>,
}

/// The answer that counts.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub score: u8,
    pub at: Timestamp,
    pub via: Via,
    /// How many there were, this one included.
    pub count: u32,
}

/// How far a survey got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It can still be answered.
    Sent,
    Answered,
    Expired,
}

/// What became of asking about a conversation's last episode that was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    Asked(CsatId),
    Skipped { episode: u32, reason: SkipReason },
}

impl Survey {
    /// At a time.
    pub fn state(&self, now: Timestamp) -> State {
        match self.answer {
            Some(_) => State::Answered,
            None if now <= self.expires_at => State::Sent,
            None => State::Expired,
        }
    }

    /// Until when an answer counts.
    pub fn open_until(&self) -> Timestamp {
        self.answer.map_or(self.expires_at, |answer| answer.at + REPLACES_WITHIN)
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Csat {
    surveys: Paged<Survey>,
    by_id: SlotIndex,
    /// The newest of a conversation; it leads to those before.
    by_conversation: SlotIndex,
    /// The one of the same conversation before each; [`NO_SLOT`]: there is none.
    previous: Paged<u32>,
    skipped: Paged<Skipped>,
    skipped_in: SlotIndex,
}

/// The last time a conversation's customer was not asked.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
struct Skipped {
    conversation_id: ConversationId,
    episode: u32,
    reason: SkipReason,
    /// Surveys that had been sent by then, of all conversations.
    after: u32,
}

impl Csat {
    pub fn get(&self, id: CsatId) -> Option<&Survey> {
        self.slot(id).map(|slot| &self.surveys[slot])
    }
    /// All, the newest first, from before a survey on; nothing where that is unknown.
    pub fn before(&self, before: Option<CsatId>) -> impl Iterator<Item = &Survey> {
        let end = before.map_or(self.surveys.len(), |id| self.slot(id).unwrap_or(0));
        (0..end).rev().map(|slot| &self.surveys[slot])
    }
    /// Those of a conversation, the newest first.
    pub fn of(&self, id: ConversationId) -> impl Iterator<Item = &Survey> {
        chain(self.newest_of(id), |slot| self.previous[slot]).map(|slot| &self.surveys[slot])
    }
    /// What became of asking about the conversation's last resolved episode; `None`: nobody wanted to ask.
    pub fn latest(&self, id: ConversationId) -> Option<Latest> {
        let asked = self.newest_of(id);
        let skipped = self.skipped_in.get(id.as_u128(), |slot| self.skipped[slot].conversation_id.as_u128());
        match skipped.map(|slot| &self.skipped[slot]) {
            Some(skipped) if asked.is_none_or(|asked| asked < skipped.after) => {
                Some(Latest::Skipped { episode: skipped.episode, reason: skipped.reason })
            }
            _ => asked.map(|asked| Latest::Asked(self.surveys[asked].id)),
        }
    }

    fn slot(&self, id: CsatId) -> Option<u32> {
        self.by_id.get(id.as_u128(), |slot| self.surveys[slot].id.as_u128())
    }

    fn newest_of(&self, id: ConversationId) -> Option<u32> {
        self.by_conversation.get(id.as_u128(), |slot| self.surveys[slot].conversation_id.as_u128())
    }

    fn sent(&mut self, survey: Survey) {
        let (id, conversation) = (survey.id.as_u128(), survey.conversation_id);
        self.previous.push(self.newest_of(conversation).unwrap_or(NO_SLOT));
        let slot = self.surveys.push(survey);
        let surveys = &self.surveys;
        self.by_id.set(id, slot, |slot| surveys[slot].id.as_u128());
        self.by_conversation.set(conversation.as_u128(), slot, |slot| surveys[slot].conversation_id.as_u128());
    }

    fn skip(&mut self, skipped: Skipped) {
        let id = skipped.conversation_id.as_u128();
        let rows = &self.skipped;
        match self.skipped_in.get(id, |slot| rows[slot].conversation_id.as_u128()) {
            Some(slot) => self.skipped[slot] = skipped,
            None => {
                let slot = self.skipped.push(skipped);
                let rows = &self.skipped;
                self.skipped_in.set(id, slot, |slot| rows[slot].conversation_id.as_u128());
            }
        }
    }

    fn change(&mut self, id: CsatId, change: impl FnOnce(&mut Survey)) {
        if let Some(slot) = self.slot(id) {
            change(&mut self.surveys[slot]);
        }
    }

    /// Applies an event that the inbox has applied.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        let StreamId::Conversation(conversation_id) = recorded.stream else { return };
        match &recorded.event {
            Event::CsatSent(event) => {
                let Some((brand_id, channel_id)) = inbox.get(conversation_id).as_ref().map(place) else { return };
                let survey = Survey {
                    id: event.survey_id,
                    conversation_id,
                    episode: event.episode,
                    brand_id,
                    channel_id,
                    resolver_id: event.resolver_id,
                    team_id: event.team_id,
                    message_id: event.message_id,
                    form: event.form,
                    sent_at: recorded.occurred_at,
                    expires_at: event.expires_at,
                    answer: None,
                    comment_pos: None,
                };
                self.sent(survey);
            }
            Event::CsatSkipped(event) => {
                let (episode, reason) = (event.episode, event.reason);
                self.skip(Skipped { conversation_id, episode, reason, after: self.surveys.len() });
            }
            Event::CsatAnswered(event) => self.change(event.survey_id, |survey| {
                let count = survey.answer.map_or(0, |answer| answer.count) + 1;
                survey.answer = Some(Answer { score: event.score, at: event.at, via: event.via, count });
                if event.commented {
                    survey.comment_pos = Some(recorded.pos);
                }
            }),
            Event::CsatCommented(event) => {
                self.change(event.survey_id, |survey| survey.comment_pos = Some(recorded.pos));
            }
            _ => {}
        }
    }
}

fn place(row: &Row) -> (BrandId, ChannelId) {
    (row.brand_id(), row.channel_id())
}
