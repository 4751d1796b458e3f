//! Taking an answer: what a customer presses or types while a question is open. What is none of its choices has it asked
//! again, a few times, and then does what the question says for that; so does its time when it is over.

use serde_json::Value;

use super::ask::{content, read_choice, rule_of, shown};
use super::hand_over::{HandOver, hand_over};
use super::words::{asks_for_a_person, typed};
use super::{Bot, Open};
use crate::automation::act::{Origin, perform, send};
use crate::automation::action::{AutomationAction, Choice};
use crate::content::{Content, MessageKind};
use crate::event::StreamId;
use crate::event::bot::*;
use crate::event::conversation::HandOffCause;
use crate::ids::*;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// Providers tell whole seconds: what is typed right after the question may seem to be a little older.
const GRAIN: Millis = Millis::seconds(1);
/// What stands behind a button by which a customer asks for a person.
const PERSON: &str = "person:";

/// What stands behind the button for a person below an article's answer.
pub(super) fn person_id(answer: ArticleId) -> String {
    format!("{PERSON}{answer}")
}

/// A customer's message was stored: it may answer what they were asked, or ask for a person.
pub(crate) fn customer_wrote(
    step: &mut Step<'_>,
    id: ConversationId,
    message_id: MessageId,
    at: Timestamp,
    content: &Content,
) {
    let Some(bot) = step.conversation(id).map(|conversation| conversation.bot.clone()) else { return };
    let Bot { holder, question, .. } = bot;
    let said = heard(content);
    if let Some(open) = &question {
        let choices = shown(step, id, &open.question, origin(open)).choices;
        if let Some((place, by)) = choice(open, &choices, &said, at) {
            answered(step, id, open, place, by, message_id);
            return;
        }
    }
    if holder.is_some() {
        let cause = match said {
            Heard::Pressed { id, .. } if id.starts_with(PERSON) => Some(HandOffCause::Button),
            Heard::Typed(text) if asks_for_a_person(&step.world.settings.bot.person_phrases, text) => {
                Some(HandOffCause::Keyword)
            }
            Heard::Pressed { .. } | Heard::Typed(_) | Heard::Other => None,
        };
        if let Some(cause) = cause {
            let _ = hand_over(step, id, HandOver::because(cause));
            return;
        }
    }
    // What was written before they were asked answers nothing.
    if let Some(open) = question.filter(|open| at > open.asked_at + GRAIN) {
        unmatched(step, id, &open);
    }
}

/// What a message says to a question.
enum Heard<'a> {
    Pressed { id: &'a str, title: Option<&'a str> },
    Typed(&'a str),
    Other,
}

fn heard(content: &Content) -> Heard<'_> {
    let at = |pointer: &str| content.body.pointer(pointer).and_then(Value::as_str);
    match content.kind {
        MessageKind::Interactive => match at("/button_reply/id").or_else(|| at("/list_reply/id")) {
            Some(id) => Heard::Pressed { id, title: content.preview() },
            None => Heard::Other,
        },
        MessageKind::Button => {
            at("/payload").map_or(Heard::Other, |id| Heard::Pressed { id, title: content.preview() })
        }
        MessageKind::Text => content.preview().map_or(Heard::Other, Heard::Typed),
        _ => Heard::Other,
    }
}

/// Which choice it is. A button of another question is none, even where it reads the same: it was pressed about something else.
fn choice(open: &Open, choices: &[Choice], said: &Heard<'_>, at: Timestamp) -> Option<(usize, ChosenBy)> {
    match said {
        Heard::Pressed { id, title } => match read_choice(id) {
            Some((question_id, n)) => {
                let place = n.checked_sub(1).filter(|place| *place < choices.len());
                place.filter(|_| question_id == open.question_id).map(|place| (place, ChosenBy::Tap))
            }
            // Something of ours that was sent before may well say what one of the choices says.
            None => title.and_then(|title| typed(choices, title)).map(|place| (place, ChosenBy::Text)),
        },
        Heard::Typed(text) if open.asked_at <= at + GRAIN => typed(choices, text).map(|place| (place, ChosenBy::Text)),
        Heard::Typed(_) | Heard::Other => None,
    }
}

fn answered(step: &mut Step<'_>, id: ConversationId, open: &Open, place: usize, by: ChosenBy, message_id: MessageId) {
    let Some(choice) = open.question.choices.get(place) else { return };
    let Some(episode) = step.conversation(id).map(|conversation| conversation.episode) else { return };
    let event = QuestionAnswered {
        conversation_id: id,
        question_id: open.question_id,
        episode,
        choice: u32::try_from(place + 1).unwrap_or(u32::MAX),
        title: choice.title.clone(),
        by,
        message_id,
    };
    step.emit(StreamId::Conversation(id), event);
    follow(step, id, open, &choice.then);
}

/// It is none of the choices.
fn unmatched(step: &mut Step<'_>, id: ConversationId, open: &Open) {
    let asker = std::mem::replace(&mut step.actor, actor(open));
    if open.times > open.question.repeats_max || !asked_again(step, id, open) {
        let Some(episode) = step.conversation(id).map(|conversation| conversation.episode) else { return };
        let (question_id, reason) = (open.question_id, CloseReason::NoMatch);
        step.emit(StreamId::Conversation(id), QuestionClosed { conversation_id: id, question_id, episode, reason });
        follow_or_hand_over(step, id, open, &open.question.on_no_match, HandOffCause::NoMatch);
    }
    step.actor = asker;
}

/// Whether it could be.
fn asked_again(step: &mut Step<'_>, id: ConversationId, open: &Open) -> bool {
    let said = shown(step, id, &open.question, origin(open));
    let Ok(Some(message_id)) = send(step, id, &content(&said, open.question_id), origin(open)) else {
        return false;
    };
    let event = QuestionRepeated {
        conversation_id: id,
        question_id: open.question_id,
        message_id,
        times: open.times + 1,
        expires_at: step.now + open.question.wait_ms,
    };
    step.emit(StreamId::Conversation(id), event);
    true
}

/// A question's time may be over. Does nothing where it was answered, asked again or closed meanwhile.
pub fn due(step: &mut Step<'_>, id: ConversationId, question_id: QuestionId) {
    let now = step.now;
    let Some(conversation) = step.conversation(id) else { return };
    let (episode, open) = (conversation.episode, conversation.bot.question.clone());
    let Some(open) = open.filter(|open| open.question_id == question_id && open.expires_at <= now) else { return };
    let at = open.expires_at;
    step.emit(StreamId::Conversation(id), QuestionExpired { conversation_id: id, question_id, episode, at });
    follow_or_hand_over(step, id, &open, &open.question.on_timeout, HandOffCause::Timeout);
}

/// Where nothing is to be done, people see to it.
fn follow_or_hand_over(
    step: &mut Step<'_>,
    id: ConversationId,
    open: &Open,
    actions: &[AutomationAction],
    cause: HandOffCause,
) {
    let held = step.conversation(id).is_some_and(|conversation| conversation.bot.is_held());
    if actions.is_empty() && held {
        let _ = hand_over(step, id, HandOver::because(cause));
    }
    follow(step, id, open, actions);
}

/// Does what was offered, and says what came of it.
fn follow(step: &mut Step<'_>, id: ConversationId, open: &Open, actions: &[AutomationAction]) {
    if actions.is_empty() {
        return;
    }
    let outcomes = perform(step, id, actions, origin(open));
    let asker = std::mem::replace(&mut step.actor, actor(open));
    let event = QuestionFollowed { conversation_id: id, question_id: open.question_id, outcomes };
    step.emit(StreamId::Conversation(id), event);
    step.actor = asker;
}

fn origin(open: &Open) -> Origin {
    Origin::Question { question_id: open.question_id, asked_by: rule_of(open.origin) }
}

fn actor(open: &Open) -> crate::event::Actor {
    origin(open).actor().unwrap_or(crate::event::Actor::System)
}
