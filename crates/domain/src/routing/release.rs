//! What somebody holds goes back when they stop taking work, as far as the queues it lies in say so; and a conversation that
//! begins anew stays with its owner only if they take it.

use crate::availability::Availability;
use crate::conversation::Status;
use crate::conversation::assign::{Assignment, assign};
use crate::ids::*;
use crate::queue::Entry;
use crate::queue::settings::Release;
use crate::step::Step;

use super::route::capacity;

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
    let reason = format!("{} is {}", "the owner", seat.availability.as_str());
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
    let seat = step.world.queues.board().seats().of(owner);
    // The conversation itself is counted already.
    let takes = seat
        .is_some_and(|seat| seat.availability == Availability::Available && seat.open <= capacity(step.world, owner));
    if !takes {
        let reason = Some("the owner of before takes no more at the moment".to_owned());
        let release = Assignment { reason, expected: Some(Some(owner)), ..Assignment::default() };
        let _ = assign(step, id, &release);
    }
}
