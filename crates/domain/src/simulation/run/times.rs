//! What comes at its time: acts that are finished, conversations that are to be closed, snoozes, silence, shifts; and the desk's own
//! deadlines, which its books hold.

use std::collections::{BTreeMap, BTreeSet};

use super::super::learn::Mark;
use super::super::scenario::turn;
use super::Run;
use crate::conversation::change_status::snooze_due;
use crate::conversation::{Status, inactivity};
use crate::event::Actor;
use crate::ids::*;
use crate::queue::{Due, Entry};
use crate::routing;
use crate::sla::settle::fire;
use crate::time::Timestamp;
use crate::world::World;

/// What is on the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Somebody has finished what they were doing.
    Done(UserId),
    Close(ConversationId, Mark),
    /// A snooze ends.
    Wakes(ConversationId),
    Silent(ConversationId),
    /// Somebody comes or goes.
    Shift(UserId),
}

#[derive(Debug, Default)]
pub(super) struct Times {
    agenda: BTreeMap<(Timestamp, u64), What>,
    count: u64,
    /// Ends of silences that are on the agenda.
    silent: BTreeMap<ConversationId, Timestamp>,
    /// Deadlines that came and changed nothing: they stay in the books.
    spent: BTreeSet<(Timestamp, ConversationId, Due)>,
    spent_promises: BTreeSet<(Timestamp, ConversationId)>,
    /// Promises that a changed policy was applied to, and that stayed as they were.
    kept: BTreeSet<ConversationId>,
}

impl Times {
    pub(super) fn put(&mut self, at: Timestamp, what: What) {
        self.count += 1;
        self.agenda.insert((at, self.count), what);
    }

    pub(super) fn shift(&mut self, at: Timestamp, user: UserId) {
        self.put(at, What::Shift(user));
    }

    /// A policy was applied to what runs.
    pub(super) fn look_again(&mut self) {
        self.kept.clear();
    }

    /// When a conversation is to be looked at again.
    pub(super) fn follow(&mut self, world: &World, entry: &Entry) {
        let Some(conversation) = world.conversations.get(&entry.id) else { return };
        if let (Status::Snoozed, Some(until)) = (conversation.status, conversation.snoozed_until) {
            self.put(until, What::Wakes(entry.id));
        }
        let rule = world.queues.settings(entry.queue_id()).resolving_by_itself();
        let silent = matches!(entry.status, Status::Open | Status::Pending) && entry.waiting_since.is_none();
        if let Some(rule) = rule.filter(|_| silent) {
            let at = conversation.idle.due_at(rule);
            if self.silent.insert(entry.id, at) != Some(at) {
                self.put(at, What::Silent(entry.id));
            }
        }
    }
}

/// The next thing to come.
enum Next {
    Outdated(Timestamp, ConversationId),
    Promise(Timestamp, ConversationId),
    Queue(Timestamp, ConversationId, Due),
    Agenda(Timestamp, u64),
}

impl Next {
    /// What stands in the desk's books comes before what people do at the same moment.
    fn order(&self) -> (Timestamp, u8) {
        match self {
            Self::Outdated(at, _) | Self::Promise(at, _) => (*at, 0),
            Self::Queue(at, ..) => (*at, 1),
            Self::Agenda(at, _) => (*at, 2),
        }
    }
}

impl Run<'_> {
    /// Lets everything happen that comes up to this moment.
    pub(super) fn advance(&mut self, until: Timestamp) {
        while let Some(next) = self.next(until) {
            self.now = self.now.max(next.order().0);
            match next {
                Next::Outdated(_, id) => {
                    self.decide(Actor::System, |step, _| fire(step, id));
                    self.times.kept.insert(id);
                }
                Next::Promise(at, id) => {
                    self.decide(Actor::System, |step, _| fire(step, id));
                    if self.world.sla.due(at, usize::MAX).contains(&(at, id)) {
                        self.times.spent_promises.insert((at, id));
                    }
                }
                Next::Queue(at, id, what) => {
                    self.decide(Actor::System, |step, _| routing::due::due(step, id, what, at));
                    if self.world.queues.board().due(at, usize::MAX).contains(&(at, id, what)) {
                        self.times.spent.insert((at, id, what));
                    }
                }
                Next::Agenda(at, count) => self.come(at, count),
            }
        }
        self.now = self.now.max(until);
    }

    fn next(&self, until: Timestamp) -> Option<Next> {
        let times = &self.times;
        let promises = self.world.sla.due(until, times.spent_promises.len() + 1);
        let promise = promises.into_iter().find(|due| !times.spent_promises.contains(due));
        let queued = self.world.queues.board().due(until, times.spent.len() + 1);
        let queue = queued.into_iter().find(|due| !times.spent.contains(due));
        let agenda = times.agenda.first_key_value().map(|(key, _)| *key).filter(|(at, _)| *at <= until);
        let outdated = self.world.sla.outdated(times.kept.len() + 1);
        let outdated = outdated.into_iter().find(|id| !times.kept.contains(id));
        let all = [
            outdated.map(|id| Next::Outdated(self.now, id)),
            promise.map(|(at, id)| Next::Promise(at, id)),
            queue.map(|(at, id, what)| Next::Queue(at, id, what)),
            agenda.map(|(at, count)| Next::Agenda(at, count)),
        ];
        all.into_iter().flatten().min_by_key(Next::order)
    }

    fn come(&mut self, at: Timestamp, count: u64) {
        let Some(what) = self.times.agenda.remove(&(at, count)) else { return };
        match what {
            What::Done(user) => self.done(user),
            What::Close(id, mark) => self.close(id, mark),
            What::Wakes(id) => self.decide(Actor::System, |step, _| {
                // What was moved meanwhile says so by itself.
                let _ = snooze_due(step, id);
            }),
            What::Silent(id) => {
                self.times.silent.remove(&id);
                // What was written meanwhile is looked at again at another time, which is on the agenda.
                self.decide(Actor::System, |step, _| {
                    let _ = inactivity::due(step, id);
                });
            }
            What::Shift(user) => {
                let shifts = self.hours.get(&user).cloned().unwrap_or_default();
                let there = shifts.iter().any(|(from, to)| (*from..*to).contains(&at));
                self.decide(Actor::System, |step, _| turn(step, user, there));
            }
        }
    }
}
