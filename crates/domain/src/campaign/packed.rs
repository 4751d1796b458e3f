//! Recipients of a campaign that is over, as small as they can be listed and counted by: a quarter of what they take while
//! something may still become of them.

use super::recipient::{Reason, Recipient, RecipientState};
use crate::ids::*;
use crate::step::MessageRef;

/// Every state; its place here is what is kept of it.
const STATES: [RecipientState; 18] = [
    RecipientState::Selected,
    RecipientState::Queued,
    RecipientState::Sending,
    RecipientState::Sent,
    RecipientState::Delivered,
    RecipientState::Read,
    RecipientState::Failed,
    RecipientState::Uncertain,
    RecipientState::Dropped,
    RecipientState::Excluded(Reason::Unknown),
    RecipientState::Excluded(Reason::Erased),
    RecipientState::Excluded(Reason::Blocked),
    RecipientState::Excluded(Reason::NoIdentity),
    RecipientState::Excluded(Reason::OptedOut),
    RecipientState::Excluded(Reason::NoConsent),
    RecipientState::Excluded(Reason::MissingVariable),
    RecipientState::Excluded(Reason::TemplateMismatch),
    RecipientState::Excluded(Reason::AlreadyIn),
];

const WRITTEN: u8 = 1;
const REPLIED: u8 = 2;
const OPTED_OUT: u8 = 4;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
pub(super) struct Packed {
    contact: [u8; 16],
    conversation: [u8; 16],
    message: [u8; 16],
    state: u8,
    flags: u8,
}

impl Packed {
    pub(super) fn of(contact: ContactId, recipient: &Recipient) -> Self {
        let Recipient { state, message, replied, opted_out } = *recipient;
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        let place = STATES.iter().position(|known| *known == state).unwrap_or_default();
        Self {
            contact: contact.as_u128().to_be_bytes(),
            conversation: message.map_or([0; 16], |message| message.conversation_id.as_u128().to_be_bytes()),
            message: message.map_or([0; 16], |message| message.message_id.as_u128().to_be_bytes()),
            state: place as u8,
            flags: flag(message.is_some(), WRITTEN) | flag(replied, REPLIED) | flag(opted_out, OPTED_OUT),
        }
    }

    pub(super) fn contact(&self) -> ContactId {
        ContactId::from_u128(u128::from_be_bytes(self.contact))
    }

    pub(super) fn recipient(&self) -> Recipient {
        let message = MessageRef {
            conversation_id: ConversationId::from_u128(u128::from_be_bytes(self.conversation)),
            message_id: MessageId::from_u128(u128::from_be_bytes(self.message)),
        };
        Recipient {
            state: STATES.get(usize::from(self.state)).copied().unwrap_or(RecipientState::Selected),
            message: (self.flags & WRITTEN != 0).then_some(message),
            replied: self.flags & REPLIED != 0,
            opted_out: self.flags & OPTED_OUT != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_read_back() {
        let contact = ContactId::from_u128(7);
        let place = MessageRef { conversation_id: ConversationId::from_u128(8), message_id: MessageId::from_u128(9) };
        for state in STATES {
            for (message, replied, opted_out) in
                [(None, false, false), (Some(place), true, false), (Some(place), false, true)]
            {
                let recipient = Recipient { state, message, replied, opted_out };
                let packed = Packed::of(contact, &recipient);
                assert_eq!((packed.contact(), packed.recipient()), (contact, recipient));
            }
        }
        assert_eq!(size_of::<Packed>(), 50);
    }
}
