//! Satisfaction surveys: what was asked, answered and left out. One row for each that was sent, in the order of their ids,
//! which is the order they were sent in; the day of that is a survey's cohort. Comments stay in the log; a row knows where.

use std::collections::BTreeMap;

use domain::csat::{Form, REPLACES_WITHIN};
use domain::event::csat::{SkipReason, Via};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
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
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
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
    surveys: BTreeMap<CsatId, Survey>,
    latest: BTreeMap<ConversationId, Latest>,
    by_conversation: BTreeMap<ConversationId, Vec<CsatId>>,
}

impl Csat {
    pub fn get(&self, id: CsatId) -> Option<&Survey> {
        self.surveys.get(&id)
    }
    /// All, the newest first, from before a survey on.
    pub fn before(&self, before: Option<CsatId>) -> impl Iterator<Item = &Survey> {
        let end = before.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.surveys.range((std::ops::Bound::Unbounded, end)).rev().map(|(_, survey)| survey)
    }
    /// Those of a conversation, the newest first.
    pub fn of(&self, id: ConversationId) -> impl Iterator<Item = &Survey> {
        let ids = self.by_conversation.get(&id).map(Vec::as_slice).unwrap_or_default();
        ids.iter().rev().filter_map(|id| self.surveys.get(id))
    }
    /// What became of asking about the conversation's last resolved episode; `None`: nobody wanted to ask.
    pub fn latest(&self, id: ConversationId) -> Option<Latest> {
        self.latest.get(&id).copied()
    }

    /// Applies an event that the inbox has applied.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        let StreamId::Conversation(conversation_id) = recorded.stream else { return };
        match &recorded.event {
            Event::CsatSent(event) => {
                let Some((brand_id, channel_id)) = inbox.get(conversation_id).map(place) else { return };
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
                self.surveys.insert(event.survey_id, survey);
                self.latest.insert(conversation_id, Latest::Asked(event.survey_id));
                self.by_conversation.entry(conversation_id).or_default().push(event.survey_id);
            }
            Event::CsatSkipped(event) => {
                let skipped = Latest::Skipped { episode: event.episode, reason: event.reason };
                self.latest.insert(conversation_id, skipped);
            }
            Event::CsatAnswered(event) => {
                if let Some(survey) = self.surveys.get_mut(&event.survey_id) {
                    let count = survey.answer.map_or(0, |answer| answer.count) + 1;
                    survey.answer = Some(Answer { score: event.score, at: event.at, via: event.via, count });
                    if event.commented {
                        survey.comment_pos = Some(recorded.pos);
                    }
                }
            }
            Event::CsatCommented(event) => {
                if let Some(survey) = self.surveys.get_mut(&event.survey_id) {
                    survey.comment_pos = Some(recorded.pos);
                }
            }
            _ => {}
        }
    }
}

fn place(row: &Row) -> (BrandId, ChannelId) {
    (row.brand_id(), row.channel_id())
}
