//! How full people's hands were: conversations held open, and how many they could have held, over the time they were at their desk.

use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use crate::event::{Event, Recorded};
use crate::ids::UserId;
use crate::routing::route::capacity;
use crate::time::Timestamp;
use crate::world::World;

/// One person's figures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Person {
    /// Times they were given, or took, a conversation.
    pub assigned: u64,
    /// Messages they wrote.
    pub answers: u64,
    /// Conversations that were theirs when they were resolved.
    pub resolved: u64,
    /// Time at their desk.
    pub at_desk_ms: i64,
    /// Open conversations held while at the desk, times how long.
    pub held_ms: i128,
    /// What they could have held, times how long.
    pub room_ms: i128,
}

impl Person {
    /// The share of what they could hold that they held; `None`: never at their desk.
    pub fn utilisation(&self) -> Option<f64> {
        (self.room_ms > 0).then(|| self.held_ms as f64 / self.room_ms as f64)
    }
}

#[derive(Debug, Clone, Copy)]
struct Hold {
    since: Timestamp,
    at_desk: bool,
    open: u32,
    room: u32,
}

#[derive(Debug)]
pub(super) struct Occupied {
    holds: BTreeMap<UserId, Hold>,
    people: BTreeMap<UserId, Person>,
}

impl Occupied {
    pub(super) fn new(world: &World, scope: &Scope, now: Timestamp) -> Self {
        let mut occupied = Self { holds: BTreeMap::new(), people: BTreeMap::new() };
        world.users.keys().for_each(|user| occupied.look(world, scope, *user, now));
        occupied
    }

    pub(super) fn observe(&mut self, world: &World, scope: &Scope, events: &[Recorded], now: Timestamp) {
        let mut touched: BTreeSet<UserId> = BTreeSet::new();
        for recorded in events {
            match &recorded.event {
                Event::ConversationAssigned(event) => {
                    touched.extend(event.assignee_id);
                    touched.extend(event.previous_assignee_id);
                }
                Event::ConversationResolved(event) => touched.extend(event.assignee_id),
                Event::ConversationReopened(event) => touched.extend(event.assignee_id),
                Event::ConversationStatusChanged(event) => {
                    let entry = world.queues.board().entry(event.conversation_id);
                    touched.extend(entry.and_then(|entry| entry.assignee_id));
                }
                Event::AgentAvailabilityChanged(event) => touched.extend([event.user_id]),
                Event::UserCreated(event) => touched.extend([event.user_id]),
                Event::UserDeactivated(event) => touched.extend([event.user_id]),
                Event::UserRoutingChanged(event) => touched.extend([event.user_id]),
                Event::WorkspaceSettingsChanged(_) => touched.extend(world.users.keys()),
                _ => {}
            }
        }
        touched.into_iter().for_each(|user| self.look(world, scope, user, now));
    }

    fn look(&mut self, world: &World, scope: &Scope, user: UserId, now: Timestamp) {
        let Some(seat) = world.queues.board().seats().of(user) else { return };
        let inside = seat.shares().filter(|(place, _)| scope.has(place.brand));
        let open = inside.map(|(_, share)| share.tally.open).sum();
        let hold = Hold { since: now, at_desk: seat.availability.is_at_desk(), open, room: capacity(world, user) };
        if let Some(before) = self.holds.insert(user, hold) {
            self.add(user, before, now);
        }
    }

    fn add(&mut self, user: UserId, hold: Hold, until: Timestamp) {
        let length = (until - hold.since).0.max(0);
        if hold.at_desk && length > 0 {
            let person = self.people.entry(user).or_default();
            person.at_desk_ms += length;
            person.held_ms += i128::from(hold.open) * i128::from(length);
            person.room_ms += i128::from(hold.room) * i128::from(length);
        }
    }

    pub(super) fn finish(&mut self, now: Timestamp, people: &mut BTreeMap<UserId, Person>) {
        for (user, hold) in std::mem::take(&mut self.holds) {
            self.add(user, hold, now);
        }
        for (user, own) in &self.people {
            let person = people.entry(*user).or_default();
            (person.at_desk_ms, person.held_ms, person.room_ms) = (own.at_desk_ms, own.held_ms, own.room_ms);
        }
    }
}
