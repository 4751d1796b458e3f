//! Messages of ours of which it is not certain yet whether they reached the customer. One that arrived cannot fail any more
//! and is forgotten, so memory follows what is on its way.

use domain::event::message::{AfterRefusal, MessageStatusObserved};
use domain::id_map::IdMap;
use domain::ids::*;
use domain::message::{DELIVERED, rank};

use super::rows::Slot;

/// One message.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
struct Sending {
    slot: Slot,
    /// Where it was written.
    pos: u64,
    refused: bool,
    reported_sent: bool,
    reported_failed: bool,
}

/// What changed for numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turned {
    pub(super) slot: Slot,
    /// Of the message.
    pub(super) pos: u64,
    pub(super) failed: bool,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Unsettled {
    messages: IdMap<MessageId, Sending>,
}

impl Sending {
    /// Failed reports win over sent ones; a refusal is forgotten where a report says it was sent.
    fn failed(self) -> bool {
        self.reported_failed || (self.refused && !self.reported_sent)
    }
}

impl Unsettled {
    pub(super) fn written(&mut self, id: MessageId, slot: Slot, pos: u64) {
        let sending = Sending { slot, pos, refused: false, reported_sent: false, reported_failed: false };
        self.messages.insert(id, sending);
    }

    /// It is sent anew: what was said about it before says nothing.
    pub(super) fn resent(&mut self, id: MessageId) -> Option<(Slot, u64)> {
        let sending = self.messages.get_mut(&id)?;
        (sending.refused, sending.reported_sent, sending.reported_failed) = (false, false, false);
        Some((sending.slot, sending.pos))
    }

    /// The provider, or we, said no.
    pub(super) fn refused(&mut self, id: MessageId, then: AfterRefusal) -> Option<Turned> {
        self.turn(id, |sending| sending.refused = then == AfterRefusal::Fail)
    }

    /// It goes on its way again.
    pub(super) fn under_way(&mut self, id: MessageId) -> Option<Turned> {
        self.turn(id, |sending| sending.refused = false)
    }

    pub(super) fn observed(&mut self, event: &MessageStatusObserved) -> Option<Turned> {
        let arrived = rank(&event.status).is_some_and(|rank| rank >= DELIVERED);
        let turned = self.turn(event.message_id, |sending| {
            if arrived {
                // Whatever else is said.
                (sending.refused, sending.reported_failed) = (false, false);
            }
            sending.reported_sent |= rank(&event.status).is_some();
            sending.reported_failed |= event.status == "failed" && !arrived;
        });
        if arrived {
            self.messages.remove(&event.message_id);
        }
        turned
    }

    fn turn(&mut self, id: MessageId, change: impl FnOnce(&mut Sending)) -> Option<Turned> {
        let sending = self.messages.get_mut(&id)?;
        let before = sending.failed();
        change(sending);
        let failed = sending.failed();
        (failed != before).then_some(Turned { slot: sending.slot, pos: sending.pos, failed })
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }
}
