//! What automation did in a conversation, as far as its limits look at it. Part of the conversation's state.

use std::collections::VecDeque;

use crate::event::{Actor, Event, Recorded};
use crate::time::{Millis, Timestamp};

/// Messages that automation sends in one conversation within [`PER`] at most, whatever its rules say.
pub const MESSAGES_MAX: usize = 5;
/// The time that limits by the hour look back.
pub const PER: Millis = Millis::hours(1);

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// When its newest messages were written, oldest first.
    sent: VecDeque<Timestamp>,
}

impl Record {
    /// Whether it may write once more.
    pub fn may_send(&self, now: Timestamp) -> bool {
        self.sent.iter().filter(|at| now - **at < PER).count() < MESSAGES_MAX
    }

    /// Applies an event of the conversation.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        if let (Event::MessageQueued(_), Actor::Rule(_)) = (&recorded.event, recorded.actor) {
            self.sent.push_back(recorded.recorded_at);
            if self.sent.len() > MESSAGES_MAX {
                self.sent.pop_front();
            }
        }
    }
}
