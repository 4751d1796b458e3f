//! What came from outside, as it comes in the world that was played: a customer's message finds the conversation that runs here, and
//! moves the clocks that run here.

use std::collections::BTreeMap;

use super::super::command::{Command, is_decided};
use super::super::learn::{Mark, Matter};
use super::super::scenario::Scenario;
use super::Book;
use super::people::{end, write};
use crate::conversation::assign::{Assignment, assign};
use crate::conversation::label::{prioritize, tag, untag};
use crate::conversation::receive_message::{Arrival, place};
use crate::conversation::{Cause, Origin, Status, change_status};
use crate::event::bot::ConversationBotStarted;
use crate::event::conversation::{ConversationAssigned, ConversationHandedOff, ConversationOpened, PromisesPaused};
use crate::event::message::{MessageEchoed, MessageReceived, Sender};
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::queue::Entry;
use crate::sla::pause::resume;
use crate::step::Step;

/// Lets a command of the log happen.
pub(super) fn happen(
    step: &mut Step<'_>,
    book: &mut Book,
    command: &Command,
    scenario: &Scenario,
    matters: &BTreeMap<Mark, Matter>,
) {
    let mut begins: Option<&Recorded> = None;
    let warned = command.events.iter().any(|recorded| matches!(recorded.event, Event::ConversationInactivityWarned(_)));
    for recorded in command.events.iter().filter(|recorded| !is_decided(recorded)) {
        step.actor = recorded.actor;
        match (&recorded.event, recorded.stream) {
            (Event::ConversationOpened(event), _) if event.origin == Origin::Inbound => begins = Some(recorded),
            (Event::MessageReceived(event), _) => {
                let opened = begins.take_if(|begun| begun.stream == recorded.stream);
                received(step, book, recorded, event, opened, matters);
            }
            (Event::ConversationOpened(event), _) => opened(step, book, recorded, event),
            (Event::MessageQueued(_), _) if warned => {}
            (_, StreamId::Conversation(real)) => of_conversation(step, book, real, recorded),
            // Its items are in the conversations' own streams.
            (_, StreamId::BulkJob(_)) => {}
            _ => of_others(step, book, recorded, scenario),
        }
    }
    // One that began with something else than a message.
    if let Some((recorded, Event::ConversationOpened(event))) = begins.map(|begun| (begun, &begun.event)) {
        opened(step, book, recorded, event);
    }
}

fn of_others(step: &mut Step<'_>, book: &mut Book, recorded: &Recorded, scenario: &Scenario) {
    let rules = |id| step.world.rules.brand_of(id);
    let Some(fact) = scenario.of_fact(recorded, &rules) else { return };
    step.replay(&fact);
    match &fact.event {
        Event::UserDeactivated(event) => give_back(step, book, event.user_id, &|_| true),
        Event::TeamMemberRemoved(event) => {
            give_back(step, book, event.user_id, &|entry| entry.team_id == Some(event.team_id));
        }
        _ => {}
    }
}

/// What somebody has goes back to its queues.
pub(super) fn give_back(step: &mut Step<'_>, book: &Book, user: UserId, which: &dyn Fn(&Entry) -> bool) {
    let board = step.world.queues.board();
    let theirs = book.owned.get(&user).into_iter().flatten().filter_map(|id| board.entry(*id));
    let back: Vec<_> = theirs.filter(|entry| which(entry)).map(|entry| entry.id).collect();
    for id in back {
        let reason = Some("the owner is gone".to_owned());
        let release = Assignment { reason, expected: Some(Some(user)), ..Assignment::default() };
        let _ = assign(step, id, &release);
    }
}

/// A conversation that staff began, or that was imported; one that runs here already stands for it.
fn opened(step: &mut Step<'_>, book: &mut Book, recorded: &Recorded, event: &ConversationOpened) {
    match step.world.thread(event.channel_id, event.contact_id) {
        Some(thread) if thread.resolved_at.is_none() => {
            book.alias.insert(event.conversation_id, thread.conversation_id);
        }
        _ => step.replay(recorded),
    }
}

fn received(
    step: &mut Step<'_>,
    book: &mut Book,
    recorded: &Recorded,
    event: &MessageReceived,
    opened: Option<&Recorded>,
    matters: &BTreeMap<Mark, Matter>,
) {
    let real = event.conversation_id;
    let known = match opened.map(|opened| &opened.event) {
        Some(Event::ConversationOpened(opened)) => Some((opened.channel_id, opened.contact_id)),
        _ => step.world.thread_of(book.here(real)),
    };
    let Some((channel, contact)) = known else { return };
    let phrases = &step.world.settings.courtesy_phrases;
    let content = event.private.as_ref().map(|private| &private.content);
    let arrival = Arrival {
        blocked: event.blocked,
        courtesy: content.map_or(event.courtesy_after_resolve, |content| content.is_courtesy(phrases)),
        origin: Origin::Inbound,
        named: opened.map(|_| real),
    };
    let at = recorded.occurred_at;
    let placed = place(step, channel, contact, at, arrival);
    let id = placed.conversation_id;
    book.alias.insert(real, id);
    let now = step.now;
    let counts = !event.blocked && !placed.courtesy_after_resolve;
    let Some(conversation) = step.conversation(id) else { return };
    let clocks = if counts { conversation.clocks.customer_wrote(at.min(now)) } else { conversation.clocks };
    let courtesy_after_resolve = placed.courtesy_after_resolve;
    let event = MessageReceived { conversation_id: id, clocks, courtesy_after_resolve, ..event.clone() };
    let message_id = event.message_id;
    step.emit_at(StreamId::Conversation(id), event, at, Vec::new());
    if counts {
        let mark = (real, Some(message_id));
        book.marks.insert(id, mark);
        if matters.get(&mark).is_some_and(|matter| matter.began) {
            book.begun.push((id, message_id, (real, recorded.pos)));
        }
    }
}

fn of_conversation(step: &mut Step<'_>, book: &mut Book, real: ConversationId, recorded: &Recorded) {
    let id = book.here(real);
    let Some(status) = step.conversation(id).map(|conversation| conversation.status) else { return };
    let runs = status != Status::Resolved;
    // What cannot be done in the world that was played is not.
    let _ = match &recorded.event {
        Event::ConversationReopened(event) if event.cause != Cause::CustomerMessage => {
            change_status::change(step, id, Status::Open, None, None)
        }
        Event::ConversationResolved(_) if is_idle(step, book, id, real) => {
            end(step, id);
            Ok(())
        }
        Event::ConversationStatusChanged(event) if event.cause == Cause::Request && is_idle(step, book, id, real) => {
            change_status::change(step, id, event.to, event.until, None)
        }
        Event::ConversationAssigned(event) if runs && event.team_id != event.previous_team_id => {
            moved(step, id, event);
            Ok(())
        }
        Event::ConversationPriorityChanged(event) if runs => prioritize(step, id, event.priority),
        Event::PromisesPaused(event) if runs => {
            step.emit(StreamId::Conversation(id), PromisesPaused { conversation_id: id, ..event.clone() });
            Ok(())
        }
        Event::PromisesResumed(_) => resume(step, id),
        Event::ConversationTagged(event) => tag(step, id, &event.tag),
        Event::ConversationUntagged(event) => untag(step, id, &event.tag),
        Event::ConversationBotStarted(event) if runs => {
            bot_started(step, id, event);
            Ok(())
        }
        Event::ConversationHandedOff(event) if runs => {
            handed_off(step, id, event);
            Ok(())
        }
        Event::MessageQueued(event) if runs && is_exogenous(step, event.sender, real) => {
            write(step, id, event.sender);
            Ok(())
        }
        Event::MessageEchoed(event) => {
            echoed(step, id, recorded, event);
            Ok(())
        }
        _ => Ok(()),
    };
}

/// A bot has it, unless somebody took it before.
fn bot_started(step: &mut Step<'_>, id: ConversationId, event: &ConversationBotStarted) {
    let Some(conversation) = step.conversation(id).filter(|conversation| conversation.assignee_id.is_none()) else {
        return;
    };
    let event = ConversationBotStarted { conversation_id: id, episode: conversation.episode, ..event.clone() };
    step.emit(StreamId::Conversation(id), event);
}

/// What the bot heard goes with it: the rules that are played are asked about that.
fn handed_off(step: &mut Step<'_>, id: ConversationId, event: &ConversationHandedOff) {
    let now = step.now;
    let Some(conversation) = step.conversation(id) else { return };
    if conversation.clocks.handoff.is_none() || conversation.bot.is_held() {
        let (episode, clocks) = (conversation.episode, conversation.clocks.handed_off(now));
        let event = ConversationHandedOff { conversation_id: id, episode, clocks, ..event.clone() };
        step.emit(StreamId::Conversation(id), event);
    }
}

/// What a bot writes, and the first words of a conversation that staff begin.
fn is_exogenous(step: &Step<'_>, sender: Sender, real: ConversationId) -> bool {
    let began = || {
        let mut made = step.made_in(StreamId::Conversation(real));
        made.any(|event| matches!(event, Event::ConversationOpened(_)))
    };
    sender == Sender::System || began()
}

/// Whether what a person did with it is not decided by an answer that was played, or is still to be: nobody waits in it, and the
/// customer's last message is the one of then.
fn is_idle(step: &Step<'_>, book: &Book, id: ConversationId, real: ConversationId) -> bool {
    let entry = step.world.queues.board().entry(id);
    let mark = book.mark(id);
    entry.is_some_and(|entry| entry.waiting_since.is_none()) && book.settled.get(&id) != Some(&mark) && mark.0 == real
}

/// Given to another team, and to whom in it, if they may have it.
fn moved(step: &mut Step<'_>, id: ConversationId, event: &ConversationAssigned) {
    let wanted = Assignment {
        assignee_id: event.assignee_id,
        team_id: Some(event.team_id),
        reason: event.reason.clone(),
        expected: None,
    };
    if assign(step, id, &wanted).is_err() {
        let _ = assign(step, id, &Assignment { assignee_id: None, ..wanted });
    }
}

fn echoed(step: &mut Step<'_>, id: ConversationId, recorded: &Recorded, event: &MessageEchoed) {
    let now = step.now;
    let Some(conversation) = step.conversation(id) else { return };
    let clocks = match conversation.status {
        Status::Resolved => conversation.clocks,
        Status::Open | Status::Pending | Status::Snoozed => {
            conversation.clocks_after_echo(event.message_id, recorded.occurred_at.min(now))
        }
    };
    let event = MessageEchoed { conversation_id: id, clocks, ..event.clone() };
    step.emit_at(StreamId::Conversation(id), event, recorded.occurred_at, Vec::new());
}
