//! What people are told about: kinds, ids, and what they decide for themselves.
//!
//! Notifications are folded from events, not written as ones. Their ids are therefore computed, from the event's time and
//! place in its conversation and the user: a fold has no random source, and an event that tells five hundred people need
//! not carry five hundred ids.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::StreamId;
use crate::event::notification::{NotificationRead, NotificationSettingsChanged};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;

/// Why somebody is told.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
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
    /// A promise in a conversation of theirs, or of a team they lead, is at risk.
    SlaAtRisk,
    /// Its deadline has passed.
    SlaBreached,
    /// A step of a policy's escalation names them.
    SlaEscalated,
    /// A customer of theirs is not satisfied.
    CsatLow,
    /// A rule of automation, or what follows from one, tells them.
    Automation,
    /// A report that comes to them by itself can be fetched.
    ReportReady,
    /// It, or one that they set up, could not be made.
    ReportFailed,
}

impl NotificationKind {
    pub const ALL: [Self; 12] = [
        Self::Assigned,
        Self::Mention,
        Self::NoteReply,
        Self::SnoozeDue,
        Self::MessageFailed,
        Self::SlaAtRisk,
        Self::SlaBreached,
        Self::SlaEscalated,
        Self::CsatLow,
        Self::Automation,
        Self::ReportReady,
        Self::ReportFailed,
    ];
}

/// The id of what the event at `version` of the stream of something (`subject`, its id) tells a user; one event tells one user one thing. A
/// UUIDv7, so that ids sort by time; its other 74 bits are mixed from the rest. The position in the log is left out: it
/// would tell how much happens elsewhere.
pub fn notification_id(subject: u128, version: u64, recorded_at: Timestamp, user: UserId) -> NotificationId {
    /// Odd and without pattern: the bits of pi.
    const SPREAD: u128 = 0x2437_f6a8_885a_308d_3131_98a2_e037_0735;
    const MIXED_BITS: u32 = 74;
    let mix = |mixed: u128, part: u128| {
        let spread = (mixed ^ part).wrapping_mul(SPREAD);
        spread ^ (spread >> 64)
    };
    let parts = [subject, u128::from(version), user.as_u128()];
    let rest = parts.into_iter().fold(SPREAD, mix).wrapping_mul(SPREAD) >> (128 - MIXED_BITS);
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
    fn ids_are_uuids_that_sort_by_time_and_differ_in_everything_else() {
        let at = |second: i64| Timestamp::from_millis(1_795_251_600_000 + second * 1_000);
        let mut seen = BTreeSet::new();
        for conversation in (1..=20u128).map(|n| 0x0193_4b1e << 96 | n) {
            for user in (1..=20u128).map(|n| UserId::from_u128(0x0193_4b1e << 96 | n)) {
                for version in 1..=20 {
                    let id = notification_id(conversation, version, at(1), user);
                    assert_eq!(id, notification_id(conversation, version, at(1), user));
                    assert!(notification_id(conversation, version, at(0), user) < id && seen.insert(id));
                    let value = id.as_u128();
                    let parts = ((value >> 76) & 0xf, (value >> 62) & 0b11, value >> 80);
                    assert_eq!(parts, (7, 0b10, at(1).as_millis() as u128));
                }
            }
        }
        assert_eq!(seen.len(), 8_000);
    }
}
