//! The bot's part of an episode: automation asks and answers until it hands over to people, who are given the conversation from
//! then on and not before.
//!
//! [`hold`] says when automation has a conversation and what ends that; [`ask`] asks with buttons or a list and [`choose`] takes
//! what the customer presses or types, or does not; [`answer`] answers from the knowledge base; [`hand_over`] is the one way to
//! people. [`book`] knows which questions have a time to end at, and what is being looked up.

use crate::automation::act::Origin;
use crate::automation::action::{KnowledgeAnswer, Question};
use crate::event::bot::Holder;
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

pub mod answer;
pub mod ask;
pub mod book;
pub mod choose;
pub mod hand_over;
pub mod hold;
mod words;

pub use book::Book;

/// The part of automation in a running episode, as decisions see it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Default)]
pub struct Bot {
    /// Who holds it instead of people.
    pub holder: Option<Holder>,
    /// What the customer was asked and has not answered.
    pub question: Option<Open>,
    /// Words of theirs that are being looked up in the knowledge base.
    pub lookup: Option<Lookup>,
    /// The titles of what they chose in this episode, in their order: what they want, in our words.
    pub chosen: Vec<String>,
}

/// A question that waits for its answer.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Open {
    pub question_id: QuestionId,
    pub question: Question,
    pub origin: Origin,
    /// The message that asked last, and when.
    pub message_id: MessageId,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
    /// How often it was asked.
    pub times: u32,
}

/// A look-up that has no end yet.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Lookup {
    pub message_id: MessageId,
    pub ask: KnowledgeAnswer,
    pub origin: Origin,
}

impl Bot {
    /// Whether people are not to be given the conversation.
    pub fn is_held(&self) -> bool {
        self.holder.is_some()
    }

    /// Whether automation has it and waits for nothing: it answered, and whatever comes next is the customer's.
    pub fn rests(&self) -> bool {
        self.holder == Some(Holder::Automation) && self.question.is_none() && self.lookup.is_none()
    }

    /// Applies an event of the conversation's stream.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ConversationReopened(_) | Event::ConversationResolved(_) => *self = Self::default(),
            Event::ConversationBotStarted(event) => self.holder = Some(event.holder),
            // Whoever has it is a person, whatever led there.
            Event::ConversationAssigned(event) if event.assignee_id.is_some() => self.holder = None,
            Event::ConversationHandedOff(_) => {
                (self.holder, self.question, self.lookup) = (None, None, None);
            }
            Event::QuestionAsked(event) => {
                self.question = Some(Open {
                    question_id: event.question_id,
                    question: (*event.question).clone(),
                    origin: event.origin,
                    message_id: event.message_id,
                    asked_at: recorded.occurred_at,
                    expires_at: event.expires_at,
                    times: 1,
                });
            }
            Event::QuestionRepeated(event) => {
                if let Some(open) = self.question.as_mut().filter(|open| open.question_id == event.question_id) {
                    (open.message_id, open.times) = (event.message_id, event.times);
                    (open.asked_at, open.expires_at) = (recorded.occurred_at, event.expires_at);
                }
            }
            Event::QuestionAnswered(event) => {
                self.chosen.push(event.title.clone());
                self.close(event.question_id);
            }
            Event::KnowledgeLookupRequested(event) => {
                let (message_id, ask, origin) = (event.message_id, (*event.ask).clone(), event.origin);
                self.lookup = Some(Lookup { message_id, ask, origin });
            }
            Event::KnowledgeLookupEnded(event) => {
                self.lookup.take_if(|lookup| lookup.message_id == event.message_id);
            }
            Event::QuestionExpired(event) => self.close(event.question_id),
            Event::QuestionClosed(event) => self.close(event.question_id),
            _ => {}
        }
    }

    fn close(&mut self, id: QuestionId) {
        self.question.take_if(|open| open.question_id == id);
    }
}
