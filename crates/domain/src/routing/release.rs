//! What somebody holds goes back when they stop taking work, as far as the queues it lies in say so; and a conversation that
//! begins anew stays with its owner only if they take it.

use crate::availability::Availability;
use crate::conversation::Status;
use crate::conversation::assign::{Assignment, assign};
use crate::ids::*;
use crate::queue::Entry;
use crate::queue::settings::Release;
use crate::step::Step;

use super::route::full;

/// Somebody is away or offline: gives back what is not to stay with them.
pub(crate) fn left(step: &mut Step<'_>, user: UserId) {
    let board = step.world.queues.board();
    let Some(seat) = board.seats().of(user) else { return };
    let policy = |entry: &Entry| {
        let settings = step.world.queues.settings(entry.queue_id());
        match seat.availability {
            Availability::Offline => settings.on_offline,
            Availability::Away => settings.on_away,
            Availability::Available | Availability::Busy => Release::Keep,
        }
    };
    let goes_back = |entry: &&Entry| match policy(entry) {
        Release::Keep => false,
        Release::Waiting => entry.waiting_since.is_some(),
        Release::Open => true,
    };
    let theirs = board.entries().filter(|entry| entry.assignee_id == Some(user) && entry.status == Status::Open);
    let back: Vec<_> = theirs.filter(goes_back).map(|entry| entry.id).collect();
    let reason = format!("the owner is {}", seat.availability.as_str());
    for id in back {
        let release = Assignment { reason: Some(reason.clone()), expected: Some(Some(user)), ..Assignment::default() };
        // Giving back has no condition that could fail.
        let _ = assign(step, id, &release);
    }
}

/// A new episode of a conversation that has an owner: in a queue that gives out by itself they keep it only if they take
/// work and have room; else it is given out anew, with them as a hint.
pub(crate) fn reopened(step: &mut Step<'_>, id: ConversationId) {
    let Some(entry) = step.world.queues.board().entry(id) else { return };
    let Some(owner) = entry.assignee_id.filter(|_| entry.episode > 1) else { return };
    if !step.world.queues.settings(entry.queue_id()).assigns() {
        return;
    }
    let takes = step.world.queues.board().seats().of(owner).is_some_and(|seat| {
        let held = [seat.open, seat.open_in(entry.queue_id()), seat.open_on(entry.channel_id)];
        // The conversation itself is counted already.
        let others = held.map(|count| count.saturating_sub(1));
        seat.availability == Availability::Available && full(step.world, entry, owner, others).is_none()
    });
    if !takes {
        let reason = Some("the owner of before takes no more at the moment".to_owned());
        let release = Assignment { reason, expected: Some(Some(owner)), ..Assignment::default() };
        let _ = assign(step, id, &release);
    }
}
