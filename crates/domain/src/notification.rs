//! What people are told about: kinds, ids, and what they decide for themselves.
//!
//! Notifications are folded from events, not written as ones. Their ids are therefore computed, from the event's
//! position and time and the user: a fold has no random source, and an event that tells five hundred people need not
//! carry five hundred ids.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::StreamId;
use crate::event::notification::{NotificationRead, NotificationSettingsChanged};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A conversation was given to them by somebody else.
    Assigned,
    /// A note names them, or a team of theirs.
    Mention,
    /// A note was added to a thread they took part in.
    NoteReply,
    /// A snooze on a conversation of theirs ended.
    SnoozeDue,
    /// A message of theirs was refused, or may not have been sent.
    MessageFailed,
}

impl NotificationKind {
    pub const ALL: [Self; 5] = [Self::Assigned, Self::Mention, Self::NoteReply, Self::SnoozeDue, Self::MessageFailed];
}

/// The id of what an event tells a user; a UUIDv7, so that ids sort like positions: the time the event was recorded, 40
/// bits of its position, and 34 that differ from user to user. One event tells one user one thing.
pub fn notification_id(pos: u64, recorded_at: Timestamp, user: UserId) -> NotificationId {
    const POSITION_BITS: u32 = 40;
    const USER_BITS: u32 = 34;
    let position = u128::from(pos) & ((1 << POSITION_BITS) - 1);
    // A multiply spreads the random bits of the user's id over the few that are kept.
    let folded = (user.as_u128() ^ (user.as_u128() >> 64)) as u64;
    let user = u128::from(folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - USER_BITS));
    let rest = (position << USER_BITS) | user;
    let millis = (recorded_at.as_millis().max(0) as u128) << 80;
    NotificationId::from_u128(millis | (0x7 << 76) | ((rest >> 62) << 64) | (0b10 << 62) | (rest & ((1 << 62) - 1)))
}

/// The user has read a notification about the event at `about_pos`; `older_too`: and everything before it. Which
/// notifications somebody has is the read side's knowledge, so the caller has looked there.
pub fn mark_read(
    step: &mut Step<'_>,
    user_id: UserId,
    notification_id: NotificationId,
    about_pos: u64,
    older_too: bool,
) -> Result<(), Rejection> {
    let event = NotificationRead { user_id, notification_id, about_pos, older_too };
    step.emit(StreamId::User(user_id), event);
    Ok(())
}

/// Says what the user does not want to be told from now on. What they were told stays.
pub fn change_settings(
    step: &mut Step<'_>,
    user_id: UserId,
    muted: BTreeSet<NotificationKind>,
) -> Result<(), Rejection> {
    if step.world.muted_notifications(user_id) != muted {
        step.emit(StreamId::User(user_id), NotificationSettingsChanged { user_id, muted });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_that_sort_by_position_and_differ_by_user() {
        let at = Timestamp::from_millis(1_795_251_600_000);
        let (ana, ben) = (UserId::from_u128(0x0193_4b1e << 96 | 5), UserId::from_u128(0x0193_4b1e << 96 | 6));
        let id = |pos, user| notification_id(pos, at, user);
        assert!(id(7, ana) < id(8, ben) && id(8, ana) < id(1 << 39, ben));
        assert_ne!(id(7, ana), id(7, ben));
        assert_eq!(id(7, ana), id(7, ana));
        let value = id(u64::MAX, ana).as_u128();
        assert_eq!(((value >> 76) & 0xf, (value >> 62) & 0b11, value >> 80), (7, 0b10, at.as_millis() as u128));
    }
}
