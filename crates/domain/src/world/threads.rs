//! A contact on a channel: their newest conversation there, and when they may be written to freely. Every conversation leads to
//! its thread, also one that was resolved long ago, so each costs some 30 bytes and no more.

use super::{Thread, Window};
use crate::ids::*;
use crate::paged::{NO_SLOT, Paged, SlotIndex, chain};
use crate::time::{MaybeTimestamp, Timestamp};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub(super) struct Threads {
    rows: Paged<Row>,
    /// The contact's newest thread; it leads to those before.
    by_contact: SlotIndex,
    /// Conversations in the order in which they began ...
    conversations: Paged<ConversationId>,
    /// ... and the threads they are of.
    of: Paged<u32>,
    by_conversation: SlotIndex,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
struct Row {
    channel: ChannelId,
    contact: ContactId,
    /// The newest; 0: none yet.
    conversation: u128,
    resolved_at: MaybeTimestamp,
    until: MaybeTimestamp,
    referred_until: MaybeTimestamp,
    free_entry_until: MaybeTimestamp,
    /// The contact's thread before this one; [`NO_SLOT`]: there is none.
    previous: u32,
}

/// A thread that is there: threads never go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place(u32);

/// Memory follows the number of contacts.
const _: () = assert!(size_of::<Row>() == 96);

impl Row {
    fn window(&self) -> Window {
        Window {
            until: self.until.get(),
            referred_until: self.referred_until.get(),
            free_entry_until: self.free_entry_until.get(),
        }
    }
}

impl Threads {
    pub(super) fn newest(&self, channel: ChannelId, contact: ContactId) -> Option<Thread> {
        let row = self.rows[self.place(channel, contact)?];
        let conversation_id = (row.conversation != 0).then(|| ConversationId::from_u128(row.conversation))?;
        Some(Thread { conversation_id, resolved_at: row.resolved_at.get() })
    }

    /// The newest conversations of a contact on all channels.
    pub(super) fn of_contact(&self, contact: ContactId) -> impl Iterator<Item = Thread> {
        self.places(contact).filter_map(move |place| self.newest(self.rows[place].channel, contact))
    }

    pub(super) fn window(&self, channel: ChannelId, contact: ContactId) -> Window {
        self.place(channel, contact).map(|place| self.rows[place].window()).unwrap_or_default()
    }

    pub(super) fn of(&self, conversation: ConversationId) -> Option<(ChannelId, ContactId)> {
        self.place_of(conversation).map(|place| self.whose(place))
    }

    pub(super) fn place_of(&self, conversation: ConversationId) -> Option<Place> {
        let slot = self.by_conversation.get(conversation.as_u128(), |slot| self.conversations[slot].as_u128())?;
        Some(Place(self.of[slot]))
    }

    pub(super) fn whose(&self, place: Place) -> (ChannelId, ContactId) {
        let row = &self.rows[place.0];
        (row.channel, row.contact)
    }

    /// A conversation begins, resolved already where it comes from elsewhere.
    pub(super) fn open(
        &mut self,
        (channel, contact): (ChannelId, ContactId),
        conversation: ConversationId,
        resolved_at: Option<Timestamp>,
    ) {
        let Place(place) = self.place_or_new(channel, contact);
        let row = &mut self.rows[place];
        (row.conversation, row.resolved_at) = (conversation.as_u128(), resolved_at.into());
        let slot = self.conversations.push(conversation);
        self.of.push(place);
        let conversations = &self.conversations;
        self.by_conversation.set(conversation.as_u128(), slot, |slot| conversations[slot].as_u128());
    }

    /// A conversation was resolved, or goes on; it counts while it is the newest.
    pub(super) fn resolved(&mut self, place: Place, conversation: ConversationId, at: Option<Timestamp>) {
        if self.rows[place.0].conversation == conversation.as_u128() {
            self.rows[place.0].resolved_at = at.into();
        }
    }

    pub(super) fn change_window(&mut self, place: Place, change: impl FnOnce(&mut Window)) {
        let row = &mut self.rows[place.0];
        let mut window = row.window();
        change(&mut window);
        row.until = window.until.into();
        row.referred_until = window.referred_until.into();
        row.free_entry_until = window.free_entry_until.into();
    }

    fn place(&self, channel: ChannelId, contact: ContactId) -> Option<u32> {
        self.places(contact).find(|place| self.rows[*place].channel == channel)
    }

    pub(super) fn place_or_new(&mut self, channel: ChannelId, contact: ContactId) -> Place {
        if let Some(place) = self.place(channel, contact) {
            return Place(place);
        }
        let row = Row {
            channel,
            contact,
            conversation: 0,
            resolved_at: MaybeTimestamp::NONE,
            until: MaybeTimestamp::NONE,
            referred_until: MaybeTimestamp::NONE,
            free_entry_until: MaybeTimestamp::NONE,
            previous: self.places(contact).next().unwrap_or(NO_SLOT),
        };
        let place = self.rows.push(row);
        let rows = &self.rows;
        self.by_contact.set(contact.as_u128(), place, |place| rows[place].contact.as_u128());
        Place(place)
    }

    /// All of a contact, newest first.
    fn places(&self, contact: ContactId) -> impl Iterator<Item = u32> {
        let newest = self.by_contact.get(contact.as_u128(), |place| self.rows[place].contact.as_u128());
        chain(newest, |place| self.rows[place].previous)
    }
}
