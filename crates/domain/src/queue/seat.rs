//! What somebody holds at this moment, and whether they take more.

use std::fmt;

use super::QueueId;
use super::tally::{Counted, Place, Tally};
use crate::availability::Availability;
use crate::conversation::Status;
use crate::event::Recorded;
use crate::id_map::IdMap;
use crate::ids::*;
use crate::time::Timestamp;

/// Weight of an open conversation in [`Seat::load`].
pub const OPEN_LOAD: u32 = 100;
/// Weight of one that waits for the customer or a third party: it comes back.
pub const PENDING_LOAD: u32 = 25;

/// One person's.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Seat {
    pub availability: Availability,
    /// Position at which they began to take work.
    pub available_pos: u64,
    /// Open conversations of theirs.
    pub open: u32,
    pub pending: u32,
    /// Position at which they were last given something.
    pub given_pos: u64,
    /// Where they have, or had, something: few, so lists are looked through.
    shares: Vec<(Place, Share)>,
    /// Of the open ones.
    by_channel: Vec<(ChannelId, u32)>,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            availability: Availability::Offline,
            available_pos: 0,
            open: 0,
            pending: 0,
            given_pos: 0,
            shares: Vec::new(),
            by_channel: Vec::new(),
        }
    }
}

impl Seat {
    /// What it weighs, to be compared with others'.
    pub fn load(&self) -> u32 {
        self.open * OPEN_LOAD + self.pending * PENDING_LOAD
    }
    /// Open ones of a queue.
    pub fn open_in(&self, queue: QueueId) -> u32 {
        let inside = self.shares.iter().filter(|(place, _)| place.queue == queue);
        inside.map(|(_, share)| share.tally.open).sum()
    }
    /// Open ones on a channel.
    pub fn open_on(&self, channel: ChannelId) -> u32 {
        held(&self.by_channel, channel)
    }

    /// What they have, place by place, and have had.
    pub fn shares(&self) -> impl Iterator<Item = &(Place, Share)> {
        self.shares.iter()
    }

    fn share(&mut self, place: Place) -> &mut Share {
        let known = self.shares.iter().position(|(other, _)| *other == place);
        let at = known.unwrap_or_else(|| {
            self.shares.push((place, Share::default()));
            self.shares.len() - 1
        });
        &mut self.shares[at].1
    }

    fn count(&mut self, what: Holding, change: fn(&mut u32)) {
        match what.status {
            Status::Open => {
                change(&mut self.open);
                tally(&mut self.by_channel, what.channel, change);
            }
            Status::Pending => change(&mut self.pending),
            Status::Snoozed | Status::Resolved => {}
        }
    }
}

fn held<K: PartialEq>(counts: &[(K, u32)], key: K) -> u32 {
    counts.iter().find(|(other, _)| *other == key).map_or(0, |(_, count)| *count)
}

fn tally<K: PartialEq + Copy>(counts: &mut Vec<(K, u32)>, key: K, change: fn(&mut u32)) {
    match counts.iter_mut().find(|(other, _)| *other == key) {
        Some((_, count)) => change(count),
        None => {
            let mut count = 0;
            change(&mut count);
            counts.push((key, count));
        }
    }
    counts.retain(|(_, count)| *count > 0);
}

/// What somebody has in one place.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Share {
    pub tally: Tally,
    /// When they were last given something.
    pub given_at: Option<Timestamp>,
}

/// A conversation, as far as it fills a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) status: Status,
    pub(super) queue: QueueId,
    pub(super) channel: ChannelId,
}

/// Everybody's.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Clone, Default, PartialEq)]
pub struct Seats(IdMap<UserId, Seat>);

impl Seats {
    /// `None`: there is no such account.
    pub fn of(&self, user: UserId) -> Option<&Seat> {
        self.0.get(&user)
    }
    pub(super) fn of_mut(&mut self, user: UserId) -> &mut Seat {
        self.0.entry(user).or_default()
    }
    pub(super) fn take(&mut self, user: UserId, what: Holding, place: Place, counted: &Counted) {
        let seat = self.of_mut(user);
        seat.count(what, |count| *count += 1);
        seat.share(place).tally.add(counted);
    }
    pub(super) fn give_back(&mut self, user: UserId, what: Holding, place: Place, counted: &Counted) {
        let seat = self.of_mut(user);
        seat.count(what, |count| *count = count.saturating_sub(1));
        seat.share(place).tally.take_off(counted);
    }
    pub(super) fn given(&mut self, user: UserId, place: Option<Place>, recorded: &Recorded) {
        let seat = self.of_mut(user);
        seat.given_pos = recorded.pos;
        if let Some(place) = place {
            seat.share(place).given_at = Some(recorded.recorded_at);
        }
    }
}

/// In the order of ids, so that equal ones read the same.
impl fmt::Debug for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_unstable_by_key(|(user, _)| **user);
        f.debug_map().entries(sorted).finish()
    }
}
