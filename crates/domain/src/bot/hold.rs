//! Who has a conversation before people do. While automation holds it, it lies in its queue and is given to nobody, and nothing
//! is promised in people's name; whoever may see it sees it, and whoever takes it or writes in it has it from then on.

use super::hand_over::{HandOver, hand_over};
use crate::content::Content;
use crate::conversation::Status;
use crate::event::bot::{CloseReason, ConversationBotStarted, Holder, QuestionClosed};
use crate::event::conversation::HandOffCause;
use crate::event::{Event, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Automation asked or answered: the conversation is its own, unless people have it. They have once it was handed over to them,
/// somebody took it, or somebody answered.
pub(crate) fn begin(step: &mut Step<'_>, id: ConversationId, holder: Holder) {
    let Some(conversation) = step.conversation(id) else { return };
    let clocks = &conversation.clocks;
    let peoples = conversation.assignee_id.is_some() || clocks.handoff.is_some() || clocks.first_response.is_some();
    if conversation.status != Status::Resolved && !conversation.bot.is_held() && !peoples {
        started(step, id, holder);
    }
}

/// Somebody says that a program has it, also again after it was handed over.
pub fn hold(step: &mut Step<'_>, id: ConversationId) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let refused = |from| Err(Rejection::InvalidTransition { from, to: "held_by_bot" });
    if conversation.status == Status::Resolved {
        return refused(Status::Resolved.as_str());
    }
    if conversation.assignee_id.is_some() {
        return refused("assigned");
    }
    if !conversation.bot.is_held() {
        started(step, id, Holder::Program);
    }
    Ok(())
}

fn started(step: &mut Step<'_>, id: ConversationId, holder: Holder) {
    let Some(episode) = step.conversation(id).map(|conversation| conversation.episode) else { return };
    step.emit(StreamId::Conversation(id), ConversationBotStarted { conversation_id: id, episode, holder });
}

/// Somebody takes it or writes in it, in frontdesk or in the phone app: what was asked is theirs to ask now.
pub(crate) fn taken_over(step: &mut Step<'_>, id: ConversationId) {
    let Some(conversation) = step.conversation(id) else { return };
    let (held, episode) = (conversation.bot.is_held(), conversation.episode);
    if let Some(question_id) = conversation.bot.question.as_ref().map(|open| open.question_id) {
        let event = QuestionClosed { conversation_id: id, question_id, episode, reason: CloseReason::TakenOver };
        step.emit(StreamId::Conversation(id), event);
    }
    if held {
        // It runs, so nothing is in the way.
        let _ = hand_over(step, id, HandOver::because(HandOffCause::TakenOver));
    }
}

/// The customer wrote, or what was sent to them did not arrive, and no rule has anything to say: then people do. Asked at the
/// end of a command, when all rules were.
pub(crate) fn left_alone(step: &mut Step<'_>, id: ConversationId) {
    let Some(conversation) = step.conversation(id) else { return };
    let waits = conversation.clocks.waiting_any_since.is_some() && conversation.status == Status::Open;
    if !conversation.bot.rests() || !waits {
        return;
    }
    let phrases = &step.world.settings.courtesy_phrases;
    // Whoever says no more than "thanks" has what they wanted.
    let polite = |content: &Content| content.is_courtesy(phrases);
    let calls = step.made_in(StreamId::Conversation(id)).any(|event| match event {
        Event::MessageReceived(event) => {
            event.asks() && !event.private.as_ref().is_some_and(|private| polite(&private.content))
        }
        Event::MessageRefused(event) => event.clocks.is_some(),
        Event::MessageStatusObserved(event) => event.clocks.is_some(),
        _ => false,
    });
    if calls {
        let _ = hand_over(step, id, HandOver::because(HandOffCause::NothingToSay));
    }
}
