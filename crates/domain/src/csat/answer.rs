//! Taking an answer: what a customer presses or types while a survey of theirs is open, and what they send from the page
//! that a link leads to. What is no answer (another person's survey, one that is over, a number out of range) is an ordinary
//! message, and is treated as one.

use serde_json::Value;

use super::ask::by_itself;
use super::question::read_choice;
use super::rating::rating;
use super::{Asked, COMMENT_WITHIN, CONSENT, SCORE_MAX, SurveyRef, survey_key};
use crate::contact::consent::{change_of, is_opt_out};
use crate::content::{Content, MessageKind};
use crate::conversation::{Conversation, Status};
use crate::event::contact::ConsentSource;
use crate::event::csat::{CsatAnswered, CsatComment, CsatCommented, Via};
use crate::event::{Actor, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// Characters of a comment from the page at most.
pub const COMMENT_CHARS_MAX: usize = 2_000;
/// Providers tell whole seconds: what is typed right after the question may seem to be a little older.
const GRAIN: Millis = Millis::seconds(1);

/// What a customer's message says to a survey.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) conversation_id: ConversationId,
    pub(crate) survey_id: CsatId,
    what: What,
    at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Rates { score: u8, via: Via },
    Comments { comment: String },
}

impl Said {
    /// A comment may be more than one: like a courtesy, it can be made to count by a person.
    pub(crate) fn is_comment(&self) -> bool {
        matches!(self.what, What::Comments { .. })
    }
}

/// What a message of this contact says to a survey, if it does. `quotes`: the message it quotes.
pub(crate) fn recognize(
    step: &mut Step<'_>,
    channel_id: ChannelId,
    contact_id: ContactId,
    at: Timestamp,
    content: &Content,
    quotes: Option<MessageId>,
) -> Option<Said> {
    // Most have never been asked, and their conversation need not be looked at.
    step.world.contacts.get(&contact_id)?.surveyed_at?;
    if let Some((survey_id, score, via)) = pressed(content) {
        let place = SurveyRef::from_bytes(&step.find(survey_key(step.blind, survey_id))?)?;
        let theirs = step.world.thread_of(place.conversation_id) == Some((channel_id, contact_id));
        let asked = step.conversation(place.conversation_id)?.survey(survey_id)?;
        let counts = theirs && (1..=SCORE_MAX).contains(&score) && asked.takes(at);
        return counts.then_some(Said {
            conversation_id: place.conversation_id,
            survey_id,
            what: What::Rates { score, via },
            at,
        });
    }
    let text = (content.kind == MessageKind::Text).then(|| content.preview()).flatten()?;
    let newest = step.world.thread(channel_id, contact_id)?.conversation_id;
    let (step, conversation) = step.view(newest)?;
    let survey = step.world.csat.survey(conversation.brand_id);
    let asked = conversation.surveys.last()?;
    let said = |what| Some(Said { conversation_id: newest, survey_id: asked.survey_id, what, at });
    // "Okay" may be what a score is called, and is what people say when they have nothing more to say.
    let polite = content.is_courtesy(&step.world.settings.courtesy_phrases);
    if let Some(score) = rating(text, if polite { &[] } else { &survey.labels })
        && (talks_of_it(conversation, asked) || quotes == Some(asked.message_id))
        && asked.takes(at)
        && asked.asked_at <= at + GRAIN
    {
        return said(What::Rates { score, via: Via::Typed });
    }
    let remark = !polite && !is_opt_out(content, &step.world.settings);
    let asked_why = survey.asks_comment && survey.thanks.is_some() && !asked.commented && remark;
    let just_answered = asked.answer.is_some_and(|answer| answer.at <= at + GRAIN && at <= answer.at + COMMENT_WITHIN);
    if asked_why && just_answered && talks_of_it(conversation, asked) {
        return said(What::Comments { comment: text.to_owned() });
    }
    None
}

/// Nothing happened since the episode that the survey is about: what is typed now can only be meant for it. A person may
/// have asked for a number in a later one.
fn talks_of_it(conversation: &Conversation, asked: &Asked) -> bool {
    conversation.status == Status::Resolved && conversation.episode == asked.episode
}

/// A score behind something that can be pressed.
fn pressed(content: &Content) -> Option<(CsatId, u8, Via)> {
    let at = |pointer: &str| content.body.pointer(pointer).and_then(Value::as_str);
    let (id, via) = match content.kind {
        MessageKind::Interactive => match at("/list_reply/id") {
            Some(id) => (id, Via::List),
            None => (at("/button_reply/id")?, Via::Button),
        },
        MessageKind::Button => (at("/payload")?, Via::Button),
        _ => return None,
    };
    let (survey_id, score) = read_choice(id)?;
    Some((survey_id, score, via))
}

/// Takes what a stored message says, and thanks for the first answer.
pub(crate) fn take(step: &mut Step<'_>, said: Said, message_id: MessageId) {
    let Said { conversation_id, survey_id, what, at } = said;
    let Some(asked) = step.conversation(conversation_id).and_then(|it| it.survey(survey_id)).cloned() else { return };
    match what {
        What::Rates { score, via } => {
            let given = Given { score, at, via, message_id: Some(message_id), comment: None };
            answered(step, conversation_id, &asked, given);
        }
        What::Comments { comment } => {
            let private = Some(CsatComment { comment });
            let event = CsatCommented { conversation_id, survey_id, episode: asked.episode, message_id, at, private };
            step.emit_at(StreamId::Conversation(conversation_id), event, at, Vec::new());
        }
    }
}

/// Whoever answers a survey by asking for no more messages is not asked again.
pub(crate) fn wants_no_more(step: &mut Step<'_>, channel_id: ChannelId, contact_id: ContactId, at: Timestamp) {
    let asked = step.world.contacts.get(&contact_id).is_some_and(|contact| contact.surveyed_at.is_some());
    let Some(thread) = step.world.thread(channel_id, contact_id).filter(|_| asked) else { return };
    let open =
        step.conversation(thread.conversation_id).and_then(|it| it.surveys.last()).is_some_and(|it| it.takes(at));
    if open {
        change_of(step, contact_id, CONSENT, false, at, ConsentSource::Keyword);
    }
}

/// What the page behind a link sends.
#[derive(Debug, Clone, PartialEq)]
pub struct PageAnswer {
    pub score: u8,
    pub comment: Option<String>,
}

/// The survey behind a link's secret.
pub fn behind(step: &mut Step<'_>, token: BlindKey) -> Result<(SurveyRef, Asked), Rejection> {
    let place = step.find(token).and_then(|value| SurveyRef::from_bytes(&value)).ok_or(Rejection::NotFound)?;
    let conversation = step.conversation(place.conversation_id).ok_or(Rejection::NotFound)?;
    let asked = conversation.survey(place.survey_id).ok_or(Rejection::NotFound)?.clone();
    Ok((place, asked))
}

/// Answers from the page. The same again is once.
pub fn answer_by_link(step: &mut Step<'_>, token: BlindKey, answer: PageAnswer) -> Result<(), Rejection> {
    let (place, asked) = behind(step, token)?;
    let contact_id = step.world.thread_of(place.conversation_id).map(|(_, contact)| contact);
    let contact = contact_id.and_then(|id| step.world.contacts.get(&id));
    let gone = contact.is_none_or(|contact| contact.erased || step.world.is_blocked(contact.id));
    if gone || !asked.takes(step.now) {
        return Err(Rejection::Gone("the survey"));
    }
    if !(1..=SCORE_MAX).contains(&answer.score) {
        return Err(Rejection::Invalid { field: "score", detail: format!("1 to {SCORE_MAX}") });
    }
    let comment = answer.comment.map(|comment| comment.trim().to_owned()).filter(|comment| !comment.is_empty());
    if comment.as_ref().is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        let detail = format!("at most {COMMENT_CHARS_MAX} characters");
        return Err(Rejection::Invalid { field: "comment", detail });
    }
    if let Some(contact) = contact_id {
        step.actor = Actor::Contact(contact);
    }
    if comment.is_none() && asked.answer.is_some_and(|known| known.score == answer.score) {
        return Ok(());
    }
    let given = Given { score: answer.score, at: step.now, via: Via::Link, message_id: None, comment };
    answered(step, place.conversation_id, &asked, given);
    Ok(())
}

/// An answer, whichever way it came.
struct Given {
    score: u8,
    at: Timestamp,
    via: Via,
    message_id: Option<MessageId>,
    comment: Option<String>,
}

fn answered(step: &mut Step<'_>, conversation_id: ConversationId, asked: &Asked, given: Given) {
    let Given { score, at, via, message_id, comment } = given;
    // One that was given before the one that counts, and comes after it, changes nothing.
    if asked.answer.is_some_and(|known| at < known.at) {
        return;
    }
    let event = CsatAnswered {
        conversation_id,
        survey_id: asked.survey_id,
        episode: asked.episode,
        score,
        at,
        resolver_id: asked.resolver_id,
        team_id: asked.team_id,
        replaces: asked.answer.is_some(),
        via,
        message_id,
        commented: comment.is_some(),
        private: comment.map(|comment| CsatComment { comment }),
    };
    step.emit_at(StreamId::Conversation(conversation_id), event, at, Vec::new());
    if asked.answer.is_none() && via != Via::Link {
        thank(step, conversation_id);
    }
}

fn thank(step: &mut Step<'_>, id: ConversationId) {
    let Some(brand) = step.conversation(id).map(|conversation| conversation.brand_id) else { return };
    let Some(thanks) = step.world.csat.survey(brand).thanks.clone() else { return };
    let asker = std::mem::replace(&mut step.actor, Actor::System);
    // Where nothing can be sent, nobody is thanked.
    let _ = by_itself(step, id, Content::text(thanks));
    step.actor = asker;
}
