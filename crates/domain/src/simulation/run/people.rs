//! People at work: each does one thing at a time, as long as was observed.

use super::super::learn::{Mark, Matter, Then};
use super::super::service::Act;
use super::times::What;
use super::{Book, Run};
use crate::content::MessageKind;
use crate::conversation::Status;
use crate::conversation::assign::claim;
use crate::conversation::change_status::{Resolve, change, resolve};
use crate::event::message::{MessageQueued, Sender};
use crate::event::{Actor, StreamId};
use crate::ids::*;
use crate::queue::{Entry, Key, QueueId};
use crate::routing::route::{has_room_for, works};
use crate::step::Step;
use crate::world::World;

/// Conversations at the head of a queue that somebody looks at before they take one.
const LOOKED_AT_MAX: usize = 50;

/// What somebody is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Doing {
    act: Act,
    id: ConversationId,
}

/// Whether people take it for themselves.
pub(super) fn is_taken(world: &World, entry: &Entry) -> bool {
    let given_out = world.queues.settings(entry.queue_id()).assigns() || entry.is_overridden();
    entry.waits_for_somebody() && entry.waiting_since.is_some() && !given_out
}

impl Run<'_> {
    /// Somebody who has nothing in hand begins with what is next.
    pub(super) fn look_for_work(&mut self, user: UserId) {
        if self.hands.contains_key(&user) || !self.is_there(user) {
            return;
        }
        let Some(doing) = self.own_work(user).or_else(|| self.others_work(user)) else { return };
        let (_, message) = self.book.mark(doing.id);
        let about = message.map_or(doing.id.as_u128(), MessageId::as_u128);
        let service = &self.means.learned.service;
        let Some(effort) = service.effort(doing.act, user, self.means.chance, about) else { return };
        if doing.act == Act::PickUp {
            self.reserved.insert(doing.id);
        }
        self.hands.insert(user, doing);
        self.times.put(self.now + effort, What::Done(user));
    }

    /// Where people take for themselves, something waits: whoever was given nothing for longest looks first.
    pub(super) fn look_for_taker(&mut self, id: ConversationId) {
        let Some(entry) = self.world.queues.board().entry(id).filter(|entry| is_taken(&self.world, entry)) else {
            return;
        };
        let mut idle = works(&self.world.roster, entry.queue_id());
        idle.retain(|user| !self.hands.contains_key(user) && self.is_there(*user));
        let seats = self.world.queues.board().seats();
        idle.sort_unstable_by_key(|user| (seats.of(*user).map(|seat| seat.given_pos), *user));
        for user in idle {
            if self.reserved.contains(&id) {
                return;
            }
            self.look_for_work(user);
        }
    }

    fn is_there(&self, user: UserId) -> bool {
        let seat = self.world.queues.board().seats().of(user);
        let always = self.means.learned.always_there.contains(&user) && !self.hours.contains_key(&user);
        let at_desk = seat.is_some_and(|seat| seat.availability.is_at_desk()) || always;
        at_desk && self.world.roster.principal(user).is_some()
    }

    /// What is theirs and waits for an answer, first in the queue's order.
    fn own_work(&self, user: UserId) -> Option<Doing> {
        let theirs = self.book.owned.get(&user)?;
        let waits = |entry: &&Entry| entry.status == Status::Open && entry.waiting_since.is_some();
        let entries = theirs.iter().filter_map(|id| self.world.queues.board().entry(*id)).filter(waits);
        let entry = entries.min_by_key(|entry| entry.key())?;
        let matter = self.matter(self.book.mark(entry.id));
        let act = match (matter.answered, matter.then, entry.answered) {
            (false, Then::Resolved, _) => Act::Dismiss,
            (_, _, false) => Act::FirstAnswer,
            (_, _, true) => Act::NextAnswer,
        };
        Some(Doing { act, id: entry.id })
    }

    /// What they may take for themselves, first in the order of queues.
    fn others_work(&self, user: UserId) -> Option<Doing> {
        let principal = self.world.roster.principal(user)?;
        let board = self.world.queues.board();
        let teams = self.world.roster.teams_of(user).map(|team| QueueId::Team(team.id));
        let above = principal.role.is_high();
        let brands = self.world.brands.keys().filter(|brand| !above && principal.rights().in_brand(**brand));
        let queues = teams.chain(brands.map(|brand| QueueId::Common(*brand)));
        let first = |queue: QueueId| -> Option<Key> {
            let line = board.line(queue)?;
            line.waiting().take(LOOKED_AT_MAX).copied().find(|key| {
                let entry = board.entry(key.id).filter(|entry| is_taken(&self.world, entry));
                entry.is_some_and(|entry| {
                    !self.reserved.contains(&entry.id)
                        && principal.may_own(entry.brand_id, entry.team_id)
                        && has_room_for(&self.world, entry, user)
                })
            })
        };
        queues.filter_map(first).min().map(|key| Doing { act: Act::PickUp, id: key.id })
    }

    fn matter(&self, mark: Mark) -> Matter {
        // What nothing is known of would have been answered in the end.
        self.means.learned.matters.get(&mark).copied().unwrap_or(Matter { answered: true, ..Matter::default() })
    }

    /// Somebody has finished: it counts if it is still theirs to do.
    pub(super) fn done(&mut self, user: UserId) {
        let Some(Doing { act, id }) = self.hands.remove(&user) else { return };
        self.reserved.remove(&id);
        let entry = self.world.queues.board().entry(id);
        let theirs = entry.is_some_and(|entry| entry.assignee_id == Some(user) && entry.waiting_since.is_some());
        match act {
            Act::PickUp if entry.is_some_and(|entry| is_taken(&self.world, entry)) => {
                self.decide(Actor::User(user), |step, _| {
                    // Who may not own it any more does not.
                    let _ = claim(step, id, user);
                });
            }
            Act::Dismiss if theirs => self.decide(Actor::User(user), |step, _| end(step, id)),
            Act::FirstAnswer | Act::NextAnswer if theirs => self.answer(user, id),
            Act::PickUp | Act::Dismiss | Act::FirstAnswer | Act::NextAnswer | Act::Closing => {}
        }
        self.look_for_work(user);
    }

    fn answer(&mut self, user: UserId, id: ConversationId) {
        let mark = self.book.mark(id);
        let matter = self.matter(mark);
        self.decide(Actor::User(user), |step, book| {
            write(step, id, Sender::User(user));
            put_aside(step, book, id, mark, matter.then);
        });
        if matter.then == Then::Resolved {
            let about = mark.1.map_or(id.as_u128(), MessageId::as_u128);
            let after = self.means.learned.service.effort(Act::Closing, user, self.means.chance, about);
            self.times.put(self.now + after.unwrap_or_default(), What::Close(id, mark));
        }
    }

    /// An answered conversation is resolved, unless the customer wrote meanwhile.
    pub(super) fn close(&mut self, id: ConversationId, mark: Mark) {
        let entry = self.world.queues.board().entry(id);
        let quiet = entry.is_some_and(|entry| entry.waiting_since.is_none()) && self.book.mark(id) == mark;
        if quiet {
            let by = entry.and_then(|entry| entry.assignee_id).map_or(Actor::System, Actor::User);
            self.decide(by, |step, _| end(step, id));
        }
    }
}

/// What a person did with it after an answer.
fn put_aside(step: &mut Step<'_>, book: &mut Book, id: ConversationId, mark: Mark, then: Then) {
    book.settled.insert(id, mark);
    let _ = match then {
        Then::Pending => change(step, id, Status::Pending, None, None),
        Then::Snoozed(length) => {
            let until = length.filter(|length| length.0 > 0).map(|length| step.now + length);
            change(step, id, Status::Snoozed, until, None)
        }
        Then::Nothing | Then::Resolved => Ok(()),
    };
}

/// A message goes out. What it says, and whether it may be sent, is not looked at.
pub(super) fn write(step: &mut Step<'_>, id: ConversationId, sender: Sender) {
    let message_id: MessageId = step.mint.fresh();
    let now = step.now;
    let Some(conversation) = step.conversation(id) else { return };
    let clocks = match (conversation.status, sender) {
        (Status::Resolved, _) => conversation.clocks,
        (_, Sender::User(user)) => conversation.clocks.human_replied(message_id, now, Some(user)),
        (_, Sender::System) => conversation.clocks.machine_replied(),
        (_, Sender::Campaign(_)) => conversation.clocks,
    };
    let event = MessageQueued {
        conversation_id: id,
        message_id,
        sender,
        kind: MessageKind::Text,
        reply_to_id: None,
        client_ref: None,
        media_id: None,
        template: false,
        clocks,
        private: None,
    };
    step.emit(StreamId::Conversation(id), event);
}

/// Resolves it, named as the queue wants it named.
pub(super) fn end(step: &mut Step<'_>, id: ConversationId) {
    let Some(conversation) = step.conversation(id) else { return };
    let queue = QueueId::of(conversation.brand_id, conversation.team_id);
    let settings = step.world.queues.settings(queue);
    let disposition = settings.dispositions.first().filter(|_| settings.disposition_required).cloned();
    let _ = resolve(step, id, Resolve { disposition, ..Resolve::default() });
}
